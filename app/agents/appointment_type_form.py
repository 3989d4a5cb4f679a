"""What can be typed about a type of appointment, and how it is read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import ListWidget

from app.agents.french_form import FrenchForm, filled, offer
from app.agents.length_field import MINUTE, LengthField, between, said
from app.labels import label
from invitations.appointment_types import Terms
from invitations.models import AppointmentType, OpenTo, PlaceType

DAY = timedelta(days=1)
NONE = timedelta()
ALONE, TOGETHER = "0", "1"


def counted_together(form: TypeForm, control: Field) -> None:
    """A session says how many it receives. Before `Optional`, which would let an empty field through."""
    if form.is_collective.data == TOGETHER and not "".join(control.raw_data or []).strip():
        control.errors = []  # "" is no whole number either, and one complaint is enough
        raise StopValidation("Indiquez combien de places offre une séance.")


class TypeForm(FrenchForm):
    name = StringField(
        "Nom", [InputRequired("Donnez un nom au motif."), filled, Length(max=80, message="80 caractères au plus.")]
    )
    category = SelectField("Catégorie", [InputRequired("Choisissez la catégorie.")], coerce=int)
    duration = LengthField(
        "Durée", [said("Indiquez la durée."), between(5 * MINUTE, 480 * MINUTE, "De 5 à 480 minutes.")]
    )
    place_type = SelectField("Où", choices=offer((one.value, label(one)) for one in PlaceType))
    is_collective = RadioField(
        "Avec qui",
        choices=offer([(ALONE, "Une personne à la fois"), (TOGETHER, "Plusieurs personnes ensemble, en séance")]),
        default=ALONE,
        widget=ListWidget(prefix_label=False),
    )
    seats = IntegerField(
        "Places d’une séance", [counted_together, Optional(), NumberRange(2, 500, message="De 2 à 500 places.")]
    )
    open_to = RadioField(
        "Qui peut réserver",
        choices=offer(
            [
                (OpenTo.INVITED.value, "Les personnes invitées et les agents"),
                (OpenTo.AGENTS.value, "Les agents seulement"),
            ]
        ),
        default=OpenTo.INVITED.value,
        widget=ListWidget(prefix_label=False),
    )
    referents_only = BooleanField("Seulement avec une personne référente")
    instructions_before = TextAreaField("À savoir avant de venir", [Length(max=400, message="400 caractères au plus.")])
    instructions_after = TextAreaField("Pour la suite", [Length(max=400, message="400 caractères au plus.")])
    min_delay = LengthField(
        "Au plus tôt",
        [said("Indiquez le délai, 0 pour aucun."), between(NONE, 30 * DAY, "De 0 à 30 jours.")],
        unit="heures",
        default=DAY,
    )
    max_delay = LengthField(
        "Au plus tard",
        [said("Indiquez le délai."), between(MINUTE, 365 * DAY, "365 jours au plus.")],
        unit="jours",
        default=60 * DAY,
    )
    cancel_limit = LengthField(
        "Annuler, jusqu’à",
        [said("Indiquez le délai, 0 pour le dernier moment."), between(NONE, 30 * DAY, "De 0 à 30 jours.")],
        unit="heures",
        default=timedelta(hours=1),
    )
    move_limit = LengthField("Déplacer, jusqu’à", [between(NONE, 30 * DAY, "De 0 à 30 jours.")], unit="heures")
    step = LengthField("Un créneau toutes les", [between(5 * MINUTE, 480 * MINUTE, "De 5 à 480 minutes.")])
    pause_after = LengthField("Pause après", [between(NONE, 240 * MINUTE, "De 0 à 240 minutes.")], default=NONE)
    max_per_agent_day = IntegerField(
        "Au plus, par agent et par jour", [Optional(), NumberRange(1, 50, message="De 1 à 50, ou rien.")]
    )

    def validate_max_delay(self, control: Field) -> None:
        if self.min_delay.data is not None and control.data is not None and control.data <= self.min_delay.data:
            raise ValidationError(
                "Plus long que le délai «\N{NO-BREAK SPACE}au plus tôt\N{NO-BREAK SPACE}», sinon aucun créneau n’est proposé."
            )


def shown_terms(chosen: AppointmentType) -> dict[str, Any]:
    names = (
        "name duration step pause_after min_delay max_delay cancel_limit move_limit max_per_agent_day referents_only "
        "instructions_before instructions_after"
    )
    return {name: getattr(chosen, name) for name in names.split()} | {
        "place_type": chosen.place_type.value,
        "open_to": chosen.open_to.value,
        "is_collective": TOGETHER if chosen.is_collective else ALONE,
        "seats": chosen.seats if chosen.is_collective else None,
    }


def asked_terms(typed: dict[str, Any]) -> Terms:
    is_collective = typed["is_collective"] == TOGETHER
    lengths = {
        name: typed[name] for name in ("duration", "step", "min_delay", "max_delay", "cancel_limit", "move_limit")
    }
    return Terms(
        name=typed["name"].strip(),
        pause_after=typed["pause_after"] or NONE,
        place_type=PlaceType(typed["place_type"]),
        is_collective=is_collective,
        seats=typed["seats"] if is_collective else 1,
        max_per_agent_day=typed["max_per_agent_day"],
        open_to=OpenTo(typed["open_to"]),
        referents_only=typed["referents_only"],
        instructions_before=(typed["instructions_before"] or "").strip(),
        instructions_after=(typed["instructions_after"] or "").strip(),
        **lengths,
    )

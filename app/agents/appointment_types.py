"""Réglages: what one type of appointment allows and tells."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DecimalField, Field, IntegerField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm
from app.agents.settings import saved
from app.runtime import runtime
from invitations import organisation_settings
from invitations.models import AppointmentType
from invitations.organisation_settings import TypeTerms

bp = Blueprint("appointment_types", __name__, url_prefix="/agents/reglages/motifs")

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
LONGEST = 365


class TypeForm(FrenchForm):
    duration = IntegerField(
        "Durée, en minutes",
        [InputRequired("Indiquez la durée."), NumberRange(5, 480, message="De 5 à 480 minutes.")],
    )
    min_delay = DecimalField(
        "Délai minimal, en heures",
        [InputRequired("Indiquez le délai, 0 pour aucun."), NumberRange(0, 720, message="De 0 à 720 heures.")],
        places=None,
    )
    max_delay = IntegerField(
        "Délai maximal, en jours",
        [InputRequired("Indiquez le délai."), NumberRange(1, LONGEST, message="De 1 à 365 jours.")],
    )
    cancel_limit = DecimalField(
        "Changement possible jusqu’à, en heures avant",
        [InputRequired("Indiquez le délai, 0 pour aucun."), NumberRange(0, 720, message="De 0 à 720 heures.")],
        places=None,
    )
    instructions_before = TextAreaField("À savoir avant de venir", [Length(max=400, message="400 caractères au plus.")])

    def validate_max_delay(self, control: Field) -> None:
        if self.min_delay.errors or control.data is None:
            return  # nothing to compare with: "NaN" is a decimal too
        if control.data * 24 <= (self.min_delay.data or 0):
            raise ValidationError("Plus long que le délai minimal, sinon aucun créneau n’est proposé.")


@bp.get("/<int:type_id>")
@admin_page
def form(session: Session, desk: Desk, type_id: int) -> str:
    chosen = organisation_settings.type_seen_by(session, type_id, desk.organisation.id)
    return page(chosen, TypeForm(data=shown_type(chosen)))


@bp.post("/<int:type_id>")
@admin_page
def change(session: Session, desk: Desk, type_id: int) -> Response | tuple[str, int]:
    chosen = organisation_settings.type_seen_by(session, type_id, desk.organisation.id)
    form = TypeForm()
    if not form.validate():
        return page(chosen, form), 422
    organisation_settings.change_type(
        session, chosen, asked_type(chosen, form.data), agent_id=desk.agent.id, now=runtime().clock()
    )
    return saved(f"Le motif «\N{NO-BREAK SPACE}{chosen.name}\N{NO-BREAK SPACE}» est enregistré.")


def page(chosen: AppointmentType, form: TypeForm) -> str:
    return render_template("agents/settings/type.html", form=form, type=chosen)


def shown_type(chosen: AppointmentType) -> dict[str, Any]:
    return {
        "duration": chosen.duration // MINUTE,
        "min_delay": hours(chosen.min_delay),
        "max_delay": chosen.max_delay // DAY,
        "cancel_limit": hours(chosen.cancel_limit),
        "instructions_before": chosen.instructions_before,
    }


def asked_type(chosen: AppointmentType, said: dict[str, Any]) -> TypeTerms:
    """What was typed. A maximum delay that shows the same number of days stays as it is, to the minute."""
    same_days = said["max_delay"] == chosen.max_delay // DAY
    return TypeTerms(
        duration=said["duration"] * MINUTE,
        min_delay=length(said["min_delay"]),
        max_delay=chosen.max_delay if same_days else said["max_delay"] * DAY,
        cancel_limit=length(said["cancel_limit"]),
        instructions_before=(said["instructions_before"] or "").strip(),
    )


def hours(lasting: timedelta) -> Decimal:
    """24, 0.5, 1.67: two decimals hold every minute."""
    return round(Decimal(lasting // MINUTE) / 60, 2).normalize() + 0


def length(hours_said: Decimal) -> timedelta:
    return round(hours_said * 60) * MINUTE

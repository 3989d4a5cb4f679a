"""Réglages: how one category invites."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, SelectMultipleField, StringField, TelField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm, complain, offer
from app.agents.settings import readable_phone, saved
from app.agents.steps_words import is_about_days, no_longer_fits
from app.filters import phone as written
from app.labels import label
from app.runtime import runtime
from invitations import organisation_settings
from invitations.errors import StepsRefused
from invitations.models import CategorySettings, Channel, Mode
from invitations.organisation_settings import Inviting
from invitations.reach import ELECTRONIC, OTHERWISE
from notifications import phone

bp = Blueprint("categories", __name__, url_prefix="/agents/reglages/categories")

LONGEST = 365
# A letter costs paper and days, a call disturbs: they go where nothing else arrives.
WAYS = {
    Channel.LETTER: "Courrier imprimé, pour qui n’a ni mobile ni courriel",
    Channel.VOICE: "Appel automatique, pour qui n’a qu’un téléphone",
}


def ways(*channels: Channel) -> list[Any]:
    return offer((one.value, WAYS.get(one, label(one))) for one in channels)


class CategoryForm(FrenchForm):
    channels = SelectMultipleField(
        "Comment les invitations partent",
        [InputRequired("Choisissez au moins un moyen.")],
        choices=ways(*ELECTRONIC, *OTHERWISE),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    modes = SelectMultipleField(
        "Façons de donner rendez-vous",
        [InputRequired("Choisissez au moins une façon.")],
        choices=offer((one.value, label(one)) for one in Mode),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    validity_days = IntegerField(
        "Jours pour répondre", [Optional(), NumberRange(1, LONGEST, message="De 1 à 365 jours, ou rien.")]
    )
    help_phone = TelField("Téléphone d’aide", [Optional(), readable_phone])
    help_owner = StringField("Qui y répond", [Length(max=80, message="80 caractères au plus.")])
    help_hours = StringField("Ses horaires", [Length(max=120, message="120 caractères au plus.")])
    referents_only = BooleanField("Seulement avec une personne référente")


@bp.get("/<int:settings_id>")
@admin_page
def form(session: Session, desk: Desk, settings_id: int) -> str:
    chosen = organisation_settings.category_seen_by(session, settings_id, desk.organisation.id)
    return page(desk, chosen, with_ways(CategoryForm(data=shown_category(chosen)), chosen))


@bp.post("/<int:settings_id>")
@admin_page
def change(session: Session, desk: Desk, settings_id: int) -> Response | tuple[str, int]:
    chosen = organisation_settings.category_seen_by(session, settings_id, desk.organisation.id)
    form = with_ways(CategoryForm(), chosen)
    if not form.validate():
        return page(desk, chosen, form), 422
    asked = asked_category(form.data)
    try:
        organisation_settings.change_category(session, chosen, asked, agent_id=desk.agent.id, now=runtime().clock())
    except StepsRefused as refusal:
        complain(form.validity_days if is_about_days(refusal) else form.channels, no_longer_fits(refusal))
        return page(desk, chosen, form), 422
    return saved(f"La catégorie «\N{NO-BREAK SPACE}{chosen.category.name}\N{NO-BREAK SPACE}» est enregistrée.")


def with_ways(form: CategoryForm, chosen: CategorySettings) -> CategoryForm:
    """Calls are offered where a number of ours may make them; where they are chosen already, they can be taken away."""
    if not runtime().settings.makes_calls and Channel.VOICE not in chosen.channels:
        form.channels.choices = ways(*ELECTRONIC, Channel.LETTER)
    return form


def page(desk: Desk, chosen: CategorySettings, form: CategoryForm) -> str:
    return render_template(
        "agents/settings/category.html",
        form=form,
        settings=chosen,
        organisation=desk.organisation,
        makes_calls=runtime().settings.makes_calls,
    )


def shown_category(settings: CategorySettings) -> dict[str, Any]:
    return {
        "channels": settings.channels,
        "modes": settings.modes,
        "validity_days": settings.validity_days,
        "help_phone": written(settings.help_phone),
        "help_owner": settings.help_owner,
        "help_hours": settings.help_hours,
        "referents_only": settings.referents_only,
    }


def asked_category(said: dict[str, Any]) -> Inviting:
    return Inviting(
        channels=said["channels"],
        modes=said["modes"],
        validity_days=said["validity_days"],
        help_phone=phone.parse(said["help_phone"] or ""),
        help_owner=(said["help_owner"] or "").strip() or None,
        help_hours=(said["help_hours"] or "").strip() or None,
        referents_only=said["referents_only"],
    )

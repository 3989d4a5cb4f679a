"""Réglages, limites d’envoi: how many messages the organisations of a département send in a day.

Administrators of the département's own organisations set it; those of others read it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import NumberRange, Optional

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm
from app.agents.settings import saved
from app.runtime import runtime
from invitations import daily_caps, department_settings
from invitations.daily_caps import Cap
from invitations.models import Channel

bp = Blueprint("daily_caps", __name__, url_prefix="/agents/reglages/envois")

MOST = 1_000_000
IN_RANGE = NumberRange(1, MOST, message="Un nombre entre 1 et 1 000 000, ou rien.")


class CapsForm(FrenchForm):
    sms = IntegerField("SMS par jour", [Optional(), IN_RANGE])
    email = IntegerField("Courriels par jour", [Optional(), IN_RANGE])
    voice = IntegerField("Appels automatiques par jour", [Optional(), IN_RANGE])


@bp.get("")
@admin_page
def form(session: Session, desk: Desk) -> str:
    found = daily_caps.read(session, desk.organisation.department, now=runtime().clock())
    return page(desk, found, offered(CapsForm(data={one.channel.value: one.per_day for one in found})))


@bp.post("")
@admin_page
def change(session: Session, desk: Desk) -> Response | tuple[str, int]:
    by = department_settings.speaker(session, agent_id=desk.agent.id, organisation_id=desk.organisation.id)
    now, form = runtime().clock(), offered(CapsForm())
    if not form.validate():
        return page(desk, daily_caps.read(session, by.department, now=now), form), 422
    daily_caps.change(session, asked(form.data), by=by, now=now)
    return saved("Les limites sont enregistrées. Elles valent dès maintenant.", "daily_caps.form")


def offered(form: CapsForm) -> CapsForm:
    """Calls only where this installation makes any."""
    if not runtime().settings.makes_calls:
        del form.voice
    return form


def page(desk: Desk, found: list[Cap], form: CapsForm) -> str:
    return render_template(
        "agents/settings/daily_caps.html",
        department=desk.organisation.department,
        caps=[one for one in found if one.channel.value in form],
        form=form,
        may_change=department_settings.speaks_for_department(desk.organisation),
    )


def asked(said: dict[str, Any]) -> dict[Channel, int | None]:
    return {channel: said[channel.value] for channel in Channel if channel.value in said}

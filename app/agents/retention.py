"""Réglages: for how long messages can be read and people are kept, what that means, and how much of it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm
from app.agents.settings import saved
from app.runtime import runtime
from invitations import purging, purging_ahead, retention
from invitations.errors import WouldForget
from invitations.purging_ahead import COMPARED
from invitations.retention import LONGEST, SHORTEST

bp = Blueprint("retention", __name__, url_prefix="/agents/reglages/conservation")


class RetentionForm(FrenchForm):
    months = IntegerField(
        "Mois de conservation",
        [
            InputRequired("Indiquez un nombre de mois."),
            NumberRange(SHORTEST, LONGEST, message=f"De {SHORTEST} à {LONGEST}\N{NO-BREAK SPACE}mois."),
        ],
    )


@bp.get("")
@admin_page
def form(session: Session, desk: Desk) -> str:
    return page(session, desk, RetentionForm(data={"months": desk.organisation.retention_months}))


@bp.post("")
@admin_page
def change(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form, now = RetentionForm(), runtime().clock()
    if not form.validate():
        return page(session, desk, form), 422
    try:
        retention.keep_for(
            session,
            desk.organisation,
            form.data["months"],
            agent_id=desk.agent.id,
            now=now,
            anyway=request.form.get("anyway", type=int) == form.data["months"],
        )
    except WouldForget as refusal:
        return page(session, desk, form, goes=refusal.details), 409
    return saved("La durée de conservation est enregistrée.", "retention.form")


def page(session: Session, desk: Desk, form: RetentionForm, goes: Mapping[str, int] | None = None) -> str:
    """`goes`: what a shorter length would take, asked about before it does."""
    months, now = desk.organisation.retention_months, runtime().clock()
    lengths = sorted({months, *COMPARED})
    planned = purging.plan(session, now=now, organisation_id=desk.organisation.id)
    ahead = purging_ahead.of(session, desk.organisation)
    live = retention.forgettable(session, desk.organisation, [months], now=now)
    return render_template(
        "agents/settings/retention.html",
        form=form,
        months=months,
        goes=goes,
        counts=counted(ahead.messages if ahead else {}, lengths) | live,
        people=counted(ahead.people if ahead else {}, lengths) | {months: planned[0].people if planned else 0},
        counted_at=ahead.counted_at if ahead else None,
        years=planned[0].years if planned else {},
        last=purging.last_run(session),
        organisation=desk.organisation,
        zone=desk.organisation.department.zone,
    )


def counted(noted: Mapping[str, int], lengths: Sequence[int]) -> dict[int, int | None]:
    """What the night noted of each length; None for one it has not counted."""
    return {one: noted.get(str(one)) for one in lengths}

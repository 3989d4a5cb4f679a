"""Réglages: for how long what messages say is kept, what that means, and how much of it is forgotten."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm
from app.agents.settings import saved
from app.runtime import runtime
from invitations import retention
from invitations.errors import WouldForget
from invitations.retention import LONGEST, SHORTEST

bp = Blueprint("retention", __name__, url_prefix="/agents/reglages/conservation")

# Shown beside the present length, so that whoever chooses knows what another one does.
COMPARED = (6, 12, 24, 36)


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
        return page(session, desk, form, forgotten=refusal.details["messages"]), 409
    return saved("La durée de conservation est enregistrée.", "retention.form")


def page(session: Session, desk: Desk, form: RetentionForm, forgotten: int = 0) -> str:
    months = desk.organisation.retention_months
    lengths = sorted({months, *COMPARED})
    return render_template(
        "agents/settings/retention.html",
        form=form,
        months=months,
        forgotten=forgotten,
        counts=retention.forgettable(session, desk.organisation, lengths, now=runtime().clock()),
    )

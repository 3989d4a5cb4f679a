"""The orientation decided after the appointment: its kind, then the team, one click each; never asked for."""

from __future__ import annotations

from flask import Blueprint, abort, flash, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.person import back, follow_up_of
from app.runtime import runtime
from app.security import row_id
from invitations import orientations
from invitations.models import OrientationKind

bp = Blueprint(
    "orienting", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>/suivis/<int:follow_up_id>/orientation"
)


@bp.post("")
@agent_page
def decide(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> Response:
    """The kind (`type`), or the team that accompanies from now on (`structure`)."""
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    kind = next((one for one in OrientationKind if one == request.form.get("type")), None)
    team = request.form.get("structure", type=row_id)
    now = runtime().clock()
    if kind is not None:
        orientations.decide(session, follow_up, kind, agent=desk.agent, organisation=desk.organisation, now=now)
    elif team is not None:
        orientations.choose_organisation(
            session, follow_up, team, agent=desk.agent, organisation=desk.organisation, now=now
        )
    else:
        abort(422)
    flash("Orientation notée." if kind is not None else "Structure notée.", "good")
    return back(beneficiary_id)


@bp.post("/<int:orientation_id>/retirer")
@agent_page
def withdraw(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int, orientation_id: int) -> Response:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    orientations.withdraw(
        session,
        follow_up,
        orientation_id,
        agent=desk.agent,
        organisation=desk.organisation,
        now=runtime().clock(),
    )
    flash("Orientation retirée.", "good")
    return back(beneficiary_id)

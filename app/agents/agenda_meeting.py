"""One appointment of the agenda: a panel with all that can be done with it, and the acts that need nothing but a button."""

from __future__ import annotations

from flask import Blueprint, flash, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import agenda_words
from app.agents.agenda import back, gone, kept
from app.agents.day import tapped
from app.agents.leaving import leaving
from app.runtime import runtime
from invitations import changing, options, outcomes
from invitations.errors import AppointmentCancelled
from invitations.permissions import participation_seen_by
from invitations.team_agenda import meetings

bp = Blueprint("agenda_meeting", __name__, url_prefix="/agents/agenda")
bp.register_error_handler(AppointmentCancelled, gone)


@bp.get("/rendez-vous/<int:appointment_id>")
@agent_page
def show(session: Session, desk: Desk, appointment_id: int) -> str:
    return render_template(
        "agents/agenda/meeting.html",
        meeting=meetings.one(session, desk.organisation, appointment_id, now=runtime().clock()),
        names={one.id: one.name for one in options.agents(session, desk.organisation.id)},
        kept=kept(),
        words=agenda_words,
    )


@bp.post("/participations/<int:participation_id>/issue")
@agent_page
def record(session: Session, desk: Desk, participation_id: int) -> Response:
    participation = participation_seen_by(session, participation_id, [desk.organisation.id])
    outcomes.record(session, participation, tapped(), agent_id=desk.agent.id, now=runtime().clock())
    if participation.appointment.cancelled_at is not None:
        flash("Rendez-vous annulé, la personne s’est excusée. Le créneau est de nouveau libre.", "good")
    return back(f"rv-{participation.appointment_id}")


@bp.post("/participations/<int:participation_id>/annuler")
@agent_page
def revoke(session: Session, desk: Desk, participation_id: int) -> Response:
    participation = participation_seen_by(session, participation_id, [desk.organisation.id])
    now = runtime().clock()
    changing.revoke(session, participation, agent_id=desk.agent.id, now=now)
    flash(f"Rendez-vous annulé. Le message part{leaving(desk.organisation.department, now)}.", "good")
    return back()

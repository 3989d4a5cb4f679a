"""Moving an appointment: from the grid, where the address says where it was dropped, or by filling in a form."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, flash, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import agenda_words
from app.agents.agenda import back, gone, kept
from app.agents.agenda_spot import NOWHERE, Said, SpotForm, day_asked, doubted, hour_asked, said
from app.agents.attempting import attempt
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations import options, placing
from invitations.errors import AppointmentCancelled, Doubtful, NotChangeable, SlotTaken
from invitations.models import Appointment, PlaceType
from invitations.permissions import appointment_seen_by
from invitations.placing import Spot
from invitations.team_agenda import Meeting, meetings, times

bp = Blueprint("agenda_moving", __name__, url_prefix="/agents/agenda/rendez-vous/<int:appointment_id>/deplacer")
bp.register_error_handler(AppointmentCancelled, gone)


class MoveForm(SpotForm):
    @classmethod
    def of(cls, session: Session, desk: Desk, meeting: Meeting) -> MoveForm:
        """Where it is, or where the address would have it."""
        form = cls()
        form.offer_from(session, desk, nowhere=meeting.place_type is not PlaceType.PUBLIC_OFFICE)
        if request.method == "GET":
            local = meeting.starts_at.astimezone(meeting.zone)
            form.on.data = day_asked() or local.date()
            form.at.data = hour_asked() or local.time()
            form.agent.data = form.asked_of(form.agent, "agent", meeting.agent_ids[0])
            form.place.data = form.asked_of(form.place, "endroit", meeting.place_id or NOWHERE)
        return form


@bp.get("")
@agent_page
def form(session: Session, desk: Desk, appointment_id: int) -> str:
    meeting = meetings.one(session, desk.organisation, appointment_id, now=runtime().clock())
    form = MoveForm.of(session, desk, meeting)
    spot = spot_of(session, desk, form, meeting) if "jour" in request.args else None
    return page(session, desk, meeting, form, foreseen(session, desk, spot, meeting), spot)


@bp.post("")
@agent_page
def move(session: Session, desk: Desk, appointment_id: int) -> Response | tuple[str, int]:
    now = runtime().clock()
    meeting = meetings.one(session, desk.organisation, appointment_id, now=now)
    form = MoveForm.of(session, desk, meeting)
    spot = spot_of(session, desk, form, meeting) if form.validate() else None
    if spot is None:
        return page(session, desk, meeting, form), 422
    appointment = appointment_seen_by(session, appointment_id, [desk.organisation.id])
    refusal = attempt(session, lambda: shift(session, desk, appointment, spot, now=now), Doubtful)
    if refusal is not None:
        return page(session, desk, meeting, form, said(session, desk, refusal, spot, appointment.type), spot), 409
    flash(
        f"{meeting.name}\N{NO-BREAK SPACE}: rendez-vous déplacé au {agenda_words.wall(*form.wall)}. "
        f"{agenda_words.told(meeting) if spot.starts_at > now else agenda_words.UNTOLD}",
        "good",
    )
    return back(f"rv-{appointment_id}", date=form.wall[0].isoformat())


def shift(session: Session, desk: Desk, appointment: Appointment, spot: Spot, *, now: datetime) -> None:
    placing.shift(
        session,
        appointment,
        spot,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=now,
        anyway=bool(request.form.get("anyway")),
        seen=request.form.get("version", type=int),
    )


def spot_of(session: Session, desk: Desk, form: MoveForm, meeting: Meeting) -> Spot | None:
    """Where it would go, as long as it lasts now; None with the reason beside its field."""
    if form.on.data is None or form.at.data is None:
        return None
    type_ = appointment_seen_by(session, meeting.id, [desk.organisation.id]).type
    spot = form.spot(session, desk, type_)
    return spot and replace(spot, lasting=meeting.ends_at - meeting.starts_at)


def foreseen(session: Session, desk: Desk, spot: Spot | None, meeting: Meeting) -> Said:
    """What already speaks against the move, before it is asked for."""
    if not meeting.may_move:
        return Said(refusal_sentence(NotChangeable()))
    if spot is None:
        return Said()
    ends_at = spot.starts_at + (spot.lasting or meeting.ends_at - meeting.starts_at)
    if times.is_taken(session, spot.agent_id, spot.starts_at, ends_at, without=meeting.id):
        type_ = appointment_seen_by(session, meeting.id, [desk.organisation.id]).type
        return said(session, desk, SlotTaken(), spot, type_)
    found = placing.concerns(
        session, spot, organisation_id=desk.organisation.id, now=runtime().clock(), without=meeting.id
    )
    return doubted(found)


def page(
    session: Session, desk: Desk, meeting: Meeting, form: MoveForm, found: Said | None = None, spot: Spot | None = None
) -> str:
    """`spot`: the move is said in one sentence and the fields step back; without it they are what the page is about."""
    return render_template(
        "agents/agenda/move.html",
        meeting=meeting,
        form=form,
        said=found or Said(),
        when=agenda_words.wall(*form.wall) if spot else "",
        names={one.id: one.name for one in options.agents(session, desk.organisation.id)},
        kept=kept(),
        words=agenda_words,
    )

"""Appointments: read, booked, moved, cancelled, and what became of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from app.api.v1 import examples, showing
from app.api.v1.asking import asked
from app.api.v1.asking_rdvs import CancelBody, MoveBody, OutcomeBody, RdvBody, RdvIn, RdvMove
from app.api.v1.conflicts import tells_conflicts, wanted
from app.api.v1.describing import Endpoint, describes
from app.api.v1.following import FOLLOWED, asked_argument, asked_moment, asked_start, written
from app.api.v1.rdv_shapes import RdvDone, RdvsAnswer
from app.api.v1.refusing import WronglyShaped, answer, v1
from app.api.v1.shapes import Moment, Rdv, RdvAnswer
from app.api_access import api_call
from app.runtime import runtime
from app.security import csrf
from invitations.machines import appointments, lists, reading
from invitations.machines.appointments import Wish
from invitations.machines.callers import Caller
from invitations.models import Appointment, KeyScope, Outcome

bp = v1("rdvs")
csrf.exempt(bp)
tells_conflicts(bp)

# Nothing older is kept anywhere (36 months at most), and nobody's agenda is open further ahead.
PAST, AHEAD = timedelta(days=3 * 366), timedelta(days=2 * 366)
QUERY: dict[str, Any] = {"status": Outcome, "from": Moment, "to": Moment} | FOLLOWED


@bp.get("/organisations/<int:organisation_id>/rdvs")
@describes(Endpoint(RdvsAnswer, scope=KeyScope.READ_APPOINTMENTS, query=QUERY))
@api_call(KeyScope.READ_APPOINTMENTS)
def listing(session: Session, caller: Caller, organisation_id: int) -> Response:
    where = caller.organisation(organisation_id)
    wanted_ones = lists.Meetings(asked_moment("from"), asked_moment("to"), asked_argument("status", Outcome))
    found = lists.appointments(session, where.id, asked_start(), wanted_ones)
    team = reading.teams(session, [where.id])[where.id]
    return answer(RdvsAnswer(True, [showing.rdv(one, team, caller) for one in found.rows], written(found.next)))


@bp.get("/rdvs/<uuid:uuid>")
@describes(Endpoint(RdvAnswer, scope=KeyScope.READ_APPOINTMENTS))
@api_call(KeyScope.READ_APPOINTMENTS)
def show(session: Session, caller: Caller, uuid: UUID) -> Response:
    return answer(RdvAnswer(shown(session, caller, str(uuid))))


@bp.post("/organisations/<int:organisation_id>/rdvs")
@describes(
    Endpoint(RdvDone, takes=RdvBody, scope=KeyScope.WRITE_APPOINTMENTS, conflicts=True, example=examples.BOOKING)
)
@api_call(KeyScope.WRITE_APPOINTMENTS)
def book(session: Session, caller: Caller, organisation_id: int) -> Response:
    here, where, said = runtime(), caller.organisation(organisation_id), asked(RdvBody).rdv
    wish = wish_of(said)
    person = reading.person(session, said.user_id, where.id)
    type_ = appointments.type_of(session, where, said.rdv_solidarites_motif_id)
    wanted(type_.id, wish.starts_at, wish.agent_id)
    booked = appointments.book(
        session, person, type_, wish, organisation=where, by=caller, codes=here.codes, now=here.clock()
    )
    return done(session, caller, booked.appointment.uid)


@bp.post("/rdvs/<uuid:uuid>/move")
@describes(
    Endpoint(RdvDone, takes=MoveBody, scope=KeyScope.WRITE_APPOINTMENTS, conflicts=True, example=examples.MOVING)
)
@api_call(KeyScope.WRITE_APPOINTMENTS)
def move(session: Session, caller: Caller, uuid: UUID) -> Response:
    said, found = asked(MoveBody).rdv, meant(session, caller, uuid)
    wish = wish_of(said)
    wanted(found.type_id, wish.starts_at, wish.agent_id or min((one.id for one in found.agents), default=None))
    appointments.move(session, found, wish, by=caller, now=runtime().clock())
    return done(session, caller, found.uid)


@bp.post("/rdvs/<uuid:uuid>/cancel")
@describes(Endpoint(RdvDone, takes=CancelBody, scope=KeyScope.WRITE_APPOINTMENTS, example=examples.CANCELLING))
@api_call(KeyScope.WRITE_APPOINTMENTS)
def cancel(session: Session, caller: Caller, uuid: UUID) -> Response:
    said, found = asked(CancelBody).rdv, meant(session, caller, uuid)
    by_person, now = said.by == "user", runtime().clock()
    appointments.cancel(session, found, person_id=said.user_id, by_person=by_person, by=caller, now=now)
    return done(session, caller, found.uid)


@bp.post("/rdvs/<uuid:uuid>/outcome")
@describes(
    Endpoint(RdvDone, takes=OutcomeBody, scope=KeyScope.WRITE_APPOINTMENTS, conflicts=True, example=examples.OUTCOME)
)
@api_call(KeyScope.WRITE_APPOINTMENTS)
def record(session: Session, caller: Caller, uuid: UUID) -> Response:
    said, found = asked(OutcomeBody).rdv, meant(session, caller, uuid)
    outcome, now = Outcome(said.status), runtime().clock()
    appointments.record(session, found, outcome, person_id=said.user_id, by=caller, now=now)
    return done(session, caller, found.uid)


def meant(session: Session, caller: Caller, uuid: UUID) -> Appointment:
    """Raises NotFound for what is no appointment of the caller's organisations."""
    return reading.appointment(session, str(uuid), by=caller)


def wish_of(said: RdvIn | RdvMove) -> Wish:
    place_id, agent_id = said.rdv_solidarites_lieu_id, said.rdv_solidarites_agent_id
    return Wish(whole_minute(said.starts_at), place_id, agent_id, said.confirm)


def whole_minute(moment: datetime) -> datetime:
    """Raises WronglyShaped for what no agenda holds, whatever is confirmed."""
    now = runtime().clock()
    if not now - PAST <= moment <= now + AHEAD or moment.second or moment.microsecond:
        raise WronglyShaped("Expected a whole minute of the last 3 years or the next 2 - at `$.rdv.starts_at`")
    return moment


def done(session: Session, caller: Caller, uid: str) -> Response:
    session.flush()
    return answer(RdvDone(True, shown(session, caller, uid)))


def shown(session: Session, caller: Caller, uid: str) -> Rdv:
    found = reading.appointment(session, uid, by=caller)
    return showing.rdv(found, reading.teams(session, [found.organisation_id])[found.organisation_id], caller)

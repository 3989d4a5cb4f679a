"""Lines of appointments → appointments, participations and outcomes. What is here already is not touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from invitations.database import hold_rows
from invitations.matching import chunks
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Department,
    FollowUp,
    Invitation,
    Link,
    Outcome,
    Participation,
)
from invitations.moving_house import follow_ups_in, silence, who
from invitations.moving_house.arriving import follow_up_row
from invitations.moving_house.columns import Refused, Trouble
from invitations.moving_house.diaries import Diaries
from invitations.moving_house.lines import Line
from invitations.moving_house.meetings import Meeting, meeting_of
from invitations.moving_house.setting import Setting
from invitations.moving_house.tally import Tally

_HAS_A_SEAT = (Outcome.UNKNOWN, Outcome.SEEN, Outcome.NOSHOW)


def take_in(session: Session, setting: Setting, lines: Sequence[Line]) -> Tally:
    """Some lines, in one transaction."""
    hold_rows(session, select(Department.id).where(Department.id == setting.department_id))
    meetings = _read(session, setting, lines)
    known = _known(session, meetings)
    fresh = _once_each([one for one in meetings if not one.is_in(known)])
    known_already, fresh = len(meetings) - len(fresh), _refuse_elsewhere(session, setting, fresh)
    new = _write_appointments(session, setting, fresh)
    here = [one for one in fresh if one.appointment_id]
    written = _follow(session, here)
    participations = _write_participations(session, here, written.ids)
    _fill_seats(session, here)
    _link(session, setting, here, participations)
    _suspend(session, setting, here, written.ids)
    follow_ups_in.refresh(session, sorted({written.ids[one.who.id, one.type.category_id] for one in here}), setting)
    silence.keep(session, follow_ups=written.new, appointments=new, participations=participations)
    return Tally(
        appointments=len(new),
        participations=len(participations),
        participations_known=known_already,
        follow_ups=len(written.new),
        left_out=len(lines) - known_already - len(here),
    )


def _read(session: Session, setting: Setting, lines: Sequence[Line]) -> list[Meeting]:
    those = []
    for line in lines:
        try:
            those.append(who.read(line, setting))
            line.troubles.clear()  # what of a person can't be read was told with the people's file
        except Refused as refusal:
            line.troubles.append(refusal.why)
    meetings = []
    for one in who.find(session, setting, those):
        try:
            if one.id < 0:
                raise Refused(Trouble.PERSON_UNKNOWN)
            meetings.append(meeting_of(one, setting))
        except Refused as refusal:
            one.line.troubles.append(refusal.why)
    return meetings


def _known(session: Session, meetings: Sequence[Meeting]) -> set[Any]:
    """Who takes part in what already: identifiers of participations; person, type and start."""
    known: set[Any] = set()
    for some in chunks(sorted({one.who.id for one in meetings})):
        query = select(
            Participation.uid, Participation.beneficiary_id, Appointment.type_id, Appointment.starts_at
        ).join(Appointment)
        for uid, *moment in session.execute(query.where(Participation.beneficiary_id.in_(some))):
            known |= {uid, tuple(moment)}
    return known


def _refuse_elsewhere(session: Session, setting: Setting, meetings: Sequence[Meeting]) -> list[Meeting]:
    """Without those whose identifier is one of another person, or of an organisation that nothing is written to."""
    theirs: set[str] = set()
    ours = sorted(setting.organisations.values())
    for some in chunks(sorted({one.uid for one in meetings if one.uid})):
        theirs |= set(session.scalars(select(Participation.uid).where(Participation.uid.in_(some))))
    for some in chunks(sorted({one.row["uid"] for one in meetings if one.has_own_uid})):
        theirs |= set(
            session.scalars(
                select(Appointment.uid).where(Appointment.uid.in_(some), Appointment.organisation_id.not_in(ours))
            )
        )
    kept = []
    for one in meetings:
        if theirs & {one.uid, one.row["uid"]}:
            one.who.line.troubles.append(Trouble.ELSEWHERE)
        else:
            kept.append(one)
    return kept


def _once_each(meetings: list[Meeting]) -> list[Meeting]:
    found: dict[Any, Meeting] = {}
    for one in meetings:
        found.setdefault(one.uid or one.moment, one)
    return list(found.values())


def _write_appointments(session: Session, setting: Setting, meetings: Sequence[Meeting]) -> list[int]:
    """Those that are not here; each meeting then has its appointment's id, but one to come that its agent has no time for."""
    there = _there(session, meetings)
    diaries = Diaries.of(session, meetings)
    new: dict[Any, list[Meeting]] = {}
    for one in meetings:
        if one.same in there:
            one.appointment_id = there[one.same]
        elif one.same in new or diaries.enter(one):
            new.setdefault(one.same, []).append(one)
        else:
            one.who.line.troubles.append(Trouble.AGENT_TAKEN)
    if not new:
        return []
    firsts = [those[0] for those in new.values()]
    setting.sessions |= {one.session for one in firsts if one.type.is_collective}
    query = insert(Appointment).returning(Appointment.id, sort_by_parameter_order=True)
    ids = session.scalars(query, [one.row for one in firsts]).all()
    for those, found in zip(new.values(), ids, strict=True):
        for one in those:
            one.appointment_id = found
    times = [time for one in firsts for time in one.times()]
    if times:
        session.execute(insert(AppointmentAgent), times)
    return list(ids)


def _there(session: Session, meetings: Sequence[Meeting]) -> dict[Any, int]:
    """Appointments that are here, by identifier; sessions by their type and start too."""
    there: dict[Any, int] = {}
    for some in chunks(sorted({one.row["uid"] for one in meetings})):
        query = select(Appointment.uid, Appointment.id).where(Appointment.uid.in_(some))
        there |= {row.uid: row.id for row in session.execute(query)}
    starts = sorted({one.row["starts_at"] for one in meetings if one.type.is_collective})
    types = {one.type.id for one in meetings if one.type.is_collective}
    for moments in chunks(starts):
        sessions = select(Appointment.type_id, Appointment.starts_at, Appointment.id).where(
            Appointment.type_id.in_(types), Appointment.starts_at.in_(moments)
        )
        there |= {(kind, start): found for kind, start, found in session.execute(sessions.order_by(Appointment.id))}
    return there


def _follow(session: Session, meetings: Sequence[Meeting]) -> follow_ups_in.Written:
    wanted: dict[follow_ups_in.Key, dict[str, Any]] = {}
    for one in meetings:
        key = (one.who.id, one.type.category_id)
        if key not in wanted or one.made_at < wanted[key]["created_at"]:
            wanted[key] = follow_up_row(one.made_at)
    return follow_ups_in.open_those(session, wanted)


def _write_participations(
    session: Session, meetings: Sequence[Meeting], ids: dict[follow_ups_in.Key, int]
) -> list[int]:
    if not meetings:
        return []
    invited: dict[str, int] = {}
    for some in chunks(sorted({one.invitation for one in meetings if one.invitation})):
        query = select(Invitation.uid, Invitation.id).where(Invitation.uid.in_(some))
        invited |= {row.uid: row.id for row in session.execute(query)}
    rows = [
        {
            **one.taking_part,
            "appointment_id": one.appointment_id,
            "beneficiary_id": one.who.id,
            "follow_up_id": ids[one.who.id, one.type.category_id],
            "invitation_id": invited.get(one.invitation),
        }
        for one in meetings
    ]
    query_new = insert(Participation).returning(Participation.id, sort_by_parameter_order=True)
    return list(session.scalars(query_new, rows))


def _fill_seats(session: Session, meetings: Sequence[Meeting]) -> None:
    """Who has a seat in each session, after these; more seats where the file has more people than there were."""
    sessions = sorted({one.appointment_id for one in meetings if one.type.is_collective and one.appointment_id})
    taken = select(func.count()).where(
        Participation.appointment_id == Appointment.id, Participation.outcome.in_(_HAS_A_SEAT)
    )
    for some in chunks(sessions):
        query = select(Appointment.id, Appointment.seats, taken.scalar_subquery().label("taken"))
        for found in session.execute(query.where(Appointment.id.in_(some)).order_by(Appointment.id)).all():
            session.execute(
                update(Appointment)
                .where(Appointment.id == found.id)
                .values(seats=max(found.seats, found.taken), seats_taken=found.taken)
            )


def _link(session: Session, setting: Setting, meetings: Sequence[Meeting], ids: Sequence[int]) -> None:
    """Whoever is expected gets a link with their reminder: to change or cancel the appointment."""
    rows = [
        {
            "code_hash": setting.codes.kept(setting.codes.derive("participation", found)),
            "participation_id": found,
            "created_at": setting.now,
        }
        for one, found in zip(meetings, ids, strict=True)
        if one.is_to_come(setting.now)
    ]
    if rows:
        session.execute(insert(Link), rows)


def _suspend(
    session: Session, setting: Setting, meetings: Sequence[Meeting], ids: dict[follow_ups_in.Key, int]
) -> None:
    """Without reminders: those of the follow-ups that have an appointment to come stop, until an agent resumes them."""
    if setting.with_reminders:
        return
    expected = sorted({ids[one.who.id, one.type.category_id] for one in meetings if one.is_to_come(setting.now)})
    for some in chunks(expected):
        session.execute(
            update(FollowUp)
            .where(FollowUp.id.in_(some), FollowUp.reminders_suspended_at.is_(None))
            .values(reminders_suspended_at=setting.now)
        )

"""Who was addressed, how, and what became of it: the facts that the definitions work on. Never anything by agent.

Read from the tables that the work itself writes, for some follow-ups at a time. Only the counting reads here; pages read sums
(`reading`). Every column that is read here is watched by a trigger (`invitations.models.figure_triggers`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CompoundSelect,
    Integer,
    Select,
    String,
    case,
    cast,
    literal,
    literal_column,
    null,
    or_,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import Session

from invitations import rows
from invitations.database import among, days_between, is_postgresql
from invitations.models import (
    Appointment,
    Assignment,
    Author,
    Beneficiary,
    CallbackRequest,
    Category,
    Channel,
    Department,
    EndReason,
    FirstChannel,
    FollowUp,
    HasMobile,
    Invitation,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Outcome,
    Participation,
)
from invitations.statistics.units import Meeting, Unit

# Taken back before anything left: nobody was addressed.
_HAPPENED = or_(Invitation.end_reason.is_(None), Invitation.end_reason != EndReason.TAKEN_BACK)
_FIRST_WRITTEN = (MessageKind.INVITATION, MessageKind.PROPOSITION, MessageKind.CONVOCATION)
_DAY_ZERO = date(1970, 1, 1)  # days are told as numbers among events
_MOBILE = {None: HasMobile.UNKNOWN, 0: HasMobile.NO, 1: HasMobile.YES}


class _Event(NamedTuple):
    """Something that happened in a follow-up. What `word` and the numbers are depends on `what`: see `_events`."""

    follow_up_id: int
    what: str
    at: datetime | None
    word: str | None
    one: int | None
    two: int | None
    three: int | None


class _Act(NamedTuple):
    """The decision to address: an assignment of a trial, or an invitation."""

    at: datetime
    mode: Mode
    organisation_id: int
    invitation_id: int | None
    to_mobile: int | None


Events = dict[str, list[_Event]]


def read_units(session: Session, follow_up_ids: Collection[int]) -> dict[int, Unit]:
    """The unit of each of these follow-ups whose person has been addressed; one query.

    A person is of the organisation that addressed them first, in the trial's arm if lots were drawn. What came later is read
    whoever did it. Days are those of the département.
    """
    told: dict[int, Events] = defaultdict(lambda: defaultdict(list))
    for event in rows.read(session, _statement(is_postgresql(session)), {"ids": list(follow_up_ids)}):
        told[event.follow_up_id][event.what].append(_Event._make(event))
    found = (_unit(events) for _, events in sorted(told.items()))
    return {one.follow_up_id: one for one in found if one is not None}


def _unit(events: Events) -> Unit | None:
    """None when nobody has been addressed."""
    written_in_order = sorted(events["invitation"], key=lambda one: (one.at, one.two))
    acts = [_Act(one.at, Mode(one.word), one.one, one.two, one.three) for one in written_in_order]  # type: ignore[arg-type]
    drawn = [_Act(one.at, Mode(one.word), one.one, None, None) for one in events["assigned"]]  # type: ignore[arg-type]
    if not (drawn or acts):
        return None
    (subject,) = events["subject"]
    first, zone = (drawn or acts)[0], ZoneInfo(subject.word or "")
    written = acts[0] if acts else first
    answered_on = _first(zone, first.at, events["answer"])
    return Unit(
        follow_up_id=subject.follow_up_id,
        category_id=subject.one or 0,
        department_id=subject.two or 0,
        organisation_id=first.organisation_id,
        arm=first.mode,
        channel=_channel(written, events["written"]),
        mobile=_MOBILE[written.to_mobile],
        addressed_on=_day(first.at, zone),
        rights_opened_on=None if subject.three is None else _DAY_ZERO + timedelta(days=subject.three),
        reached_on=_earliest(answered_on, _first(zone, first.at, events["delivered"])),
        answered_on=answered_on,
        crossed_on=_crossed_on(first, acts, zone),
        left_on=_left_on(first, events["membership"], zone),
        meetings=_meetings(first, events["meeting"], zone),
    )


def _channel(written: _Act, messages: Iterable[_Event]) -> FirstChannel:
    used = {Channel(one.word) for one in messages if one.one == written.invitation_id}  # type: ignore[arg-type]
    if used == {Channel.SMS, Channel.EMAIL}:
        return FirstChannel.SMS_EMAIL
    if len(used) > 1:
        return FirstChannel.SEVERAL
    return FirstChannel(used.pop()) if used else FirstChannel.NONE


def _crossed_on(first: _Act, acts: Sequence[_Act], zone: ZoneInfo) -> date | None:
    later = (act.at for act in acts if act.at >= first.at and act.mode is not first.mode)
    return next((_day(at, zone) for at in later), None)


def _left_on(first: _Act, memberships: Sequence[_Event], zone: ZoneInfo) -> date | None:
    """Archived in every organisation of theirs, since they were addressed."""
    archived = [one.at for one in memberships if one.at is not None]
    if not archived or len(archived) < len(memberships) or max(archived) < first.at:
        return None
    return _day(max(archived), zone)


def _meetings(first: _Act, events: Iterable[_Event], zone: ZoneInfo) -> tuple[Meeting, ...]:
    met = (
        Meeting(_day(one.at, zone), Outcome(one.word), bool(one.one))  # type: ignore[arg-type]
        for one in events
        if one.at is not None and one.at >= first.at
    )
    return tuple(sorted(met, key=lambda one: (one.starts_on, one.outcome, one.is_by_person)))


def _first(zone: ZoneInfo, since: datetime, events: Iterable[_Event]) -> date | None:
    return min((_day(one.at, zone) for one in events if one.at is not None and one.at >= since), default=None)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _day(moment: datetime | None, zone: ZoneInfo) -> date:
    if moment is None:
        raise ValueError("an event without a moment")
    return moment.astimezone(zone).date()


@cache
def _statement(postgresql: bool) -> CompoundSelect[Any]:
    """Put together once for each engine, for the follow-ups given as `ids`. In few words: the driver
    remembers statements of 4,096 characters and no longer."""
    return union_all(*_events(postgresql))


def _events(postgresql: bool) -> list[Select[Any]]:
    def theirs(column: Any) -> Any:
        return among(column, "ids", postgresql=postgresql)

    opened = cast(days_between(literal(_DAY_ZERO), Beneficiary.rights_opened_on, postgresql=postgresql), Integer)
    by_person = case((Participation.created_by == Author.BENEFICIARY, 1), else_=0)
    of_invitation, of_participation = Invitation.follow_up_id, Participation.follow_up_id
    is_first = or_(*(Message.kind == one for one in _FIRST_WRITTEN))
    # In these words no engine looks messages up by their state: half of all there are.
    is_delivered = type_coerce(Message.state, String).concat("") == MessageState.DELIVERED.value
    return [
        _said(of_invitation, "invitation", Invitation.created_at, Invitation.mode, Invitation.organisation_id,
              Invitation.id, cast(Invitation.to_mobile, Integer)).where(theirs(of_invitation), _HAPPENED),
        _said(FollowUp.id, "subject", None, Department.timezone, FollowUp.category_id, Department.id, opened)
        .join(Category, Category.id == FollowUp.category_id)
        .join(Department, Department.id == Category.department_id)
        .join(Beneficiary, Beneficiary.id == FollowUp.beneficiary_id).where(theirs(FollowUp.id)),
        _said(of_invitation, "answer", Invitation.answered_at)
        .where(theirs(of_invitation), _HAPPENED, Invitation.answered_at.is_not(None)),
        _said(of_invitation, "written", Message.created_at, Message.channel, Message.invitation_id)
        .join(Invitation, Invitation.id == Message.invitation_id)
        .where(theirs(of_invitation), is_first, Message.replaces_id.is_(None)),
        _said(of_invitation, "delivered", Message.settled_at)
        .join(Invitation, Invitation.id == Message.invitation_id).where(theirs(of_invitation), is_delivered),
        _said(of_participation, "delivered", Message.settled_at)
        .join(Participation, Participation.id == Message.participation_id)
        .where(theirs(of_participation), is_delivered),
        _said(of_participation, "meeting", Appointment.starts_at, Participation.outcome, by_person)
        .join(Appointment, Appointment.id == Participation.appointment_id).where(theirs(of_participation)),
        _said(of_participation, "answer", Participation.created_at)
        .where(theirs(of_participation), Participation.created_by == Author.BENEFICIARY),
        _said(CallbackRequest.follow_up_id, "answer", CallbackRequest.created_at)
        .where(theirs(CallbackRequest.follow_up_id)),
        _said(FollowUp.id, "membership", Membership.archived_at)
        .join(Membership, Membership.beneficiary_id == FollowUp.beneficiary_id).where(theirs(FollowUp.id)),
        _said(Assignment.follow_up_id, "assigned", Assignment.assigned_at, Assignment.arm, Assignment.organisation_id)
        .where(theirs(Assignment.follow_up_id)),
    ]  # fmt: skip


def _said(
    follow_up: Any, what: str, at: Any, word: Any = None, one: Any = None, two: Any = None, three: Any = None
) -> Select[Any]:
    """Every kind of event in the same seven columns, texts as they are stored. The first kind has all of them, and gives them
    their types."""
    return select(
        follow_up.label("follow_up_id"),
        literal_column(f"'{what}'").label("what"),
        (null() if at is None else at).label("at"),
        (null() if word is None else type_coerce(word, String)).label("word"),
        *(
            (null() if number is None else number).label(name)
            for number, name in zip((one, two, three), ("one", "two", "three"), strict=True)
        ),
    )

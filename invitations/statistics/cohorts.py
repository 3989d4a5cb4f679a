"""Who was addressed, how, and what became of it: the facts that the definitions work on. Never anything by agent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import groupby
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from invitations.models import (
    Appointment,
    Author,
    Category,
    CategoryKind,
    CategorySettings,
    EndReason,
    FollowUp,
    Invitation,
    Mode,
    Outcome,
    Participation,
)
from invitations.statistics.definitions import Meeting, Unit

_ORDER_OF_KINDS = list(CategoryKind)
# Taken back before anything left: nobody was addressed.
_HAPPENED = or_(Invitation.end_reason.is_(None), Invitation.end_reason != EndReason.TAKEN_BACK)


class _Act(NamedTuple):
    """One invitation, as read."""

    follow_up_id: int
    category_id: int
    organisation_id: int
    mode: Mode
    created_at: datetime


class _Met(NamedTuple):
    """One participation, as read."""

    follow_up_id: int
    starts_at: datetime
    outcome: Outcome
    created_by: Author


def categories(session: Session, organisation_id: int) -> Sequence[Category]:
    """The categories that the organisation handles, or in which it once addressed somebody; orientation first."""
    handled = select(CategorySettings.category_id).where(CategorySettings.organisation_id == organisation_id)
    used = (
        select(FollowUp.category_id)
        .join(Invitation, Invitation.follow_up_id == FollowUp.id)
        .where(Invitation.organisation_id == organisation_id, _HAPPENED)
    )
    found = session.scalars(select(Category).where(or_(Category.id.in_(handled), Category.id.in_(used))))
    return sorted(found, key=lambda one: (_ORDER_OF_KINDS.index(one.kind), one.name, one.id))


def first_addressed_on(session: Session, organisation_id: int, *, zone: ZoneInfo) -> date | None:
    """The day of the organisation's first invitation, or None."""
    first = session.scalar(
        select(func.min(Invitation.created_at)).where(Invitation.organisation_id == organisation_id, _HAPPENED)
    )
    return first.astimezone(zone).date() if first else None


def read_units(
    session: Session,
    organisation_id: int,
    *,
    zone: ZoneInfo,
    category_id: int | None = None,
    since: date | None = None,
) -> list[Unit]:
    """Everyone whose first invitation, of any mode, was sent by this organisation, since that day; two queries.

    A person whom another organisation addressed first in the same follow-up is that organisation's: nobody is
    counted twice. What came later is read whoever did it. `zone` is the département's: it says what a day is.
    """
    start = datetime.combine(since, time(), zone) if since else None
    mine = _follow_ups_of(organisation_id, category_id)
    met = defaultdict(list)
    for one in _participations(session, mine):
        met[one.follow_up_id].append(one)
    return [
        _unit(acts, met.get(acts[0].follow_up_id, ()), zone)
        for acts in _stories(_invitations(session, mine))
        if acts[0].organisation_id == organisation_id and (start is None or acts[0].created_at >= start)
    ]


def _unit(acts: Sequence[_Act], met: Iterable[_Met], zone: ZoneInfo) -> Unit:
    first = acts[0]
    crossing = next((act.created_at for act in acts if act.mode is not first.mode), None)
    return Unit(
        follow_up_id=first.follow_up_id,
        category_id=first.category_id,
        arm=first.mode,
        addressed_on=first.created_at.astimezone(zone).date(),
        crossed_on=crossing.astimezone(zone).date() if crossing else None,
        meetings=tuple(
            Meeting(one.starts_at.astimezone(zone).date(), one.outcome, one.created_by is Author.BENEFICIARY)
            for one in met
            if one.starts_at >= first.created_at
        ),
    )


def _stories(acts: Iterable[_Act]) -> Iterator[list[_Act]]:
    for _, story in groupby(acts, key=lambda act: act.follow_up_id):
        yield list(story)


def _follow_ups_of(organisation_id: int, category_id: int | None) -> Select[int]:
    ours = select(Invitation.follow_up_id).where(Invitation.organisation_id == organisation_id, _HAPPENED)
    if category_id is None:
        return ours
    return ours.join(FollowUp, FollowUp.id == Invitation.follow_up_id).where(FollowUp.category_id == category_id)


def _invitations(session: Session, follow_ups: Select[int]) -> Iterator[_Act]:
    rows = session.execute(
        select(
            Invitation.follow_up_id,
            FollowUp.category_id,
            Invitation.organisation_id,
            Invitation.mode,
            Invitation.created_at,
        )
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .where(Invitation.follow_up_id.in_(follow_ups), _HAPPENED)
        .order_by(Invitation.follow_up_id, Invitation.created_at, Invitation.id)
    )
    return (_Act(*row) for row in rows)


def _participations(session: Session, follow_ups: Select[int]) -> Iterator[_Met]:
    rows = session.execute(
        select(Participation.follow_up_id, Appointment.starts_at, Participation.outcome, Participation.created_by)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(Participation.follow_up_id.in_(follow_ups))
        .order_by(Participation.follow_up_id, Appointment.starts_at, Participation.id)
    )
    return (_Met(*row) for row in rows)

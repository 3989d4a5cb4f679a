"""What deserves a second look before openings are saved. Never a refusal: an agent's judgement outranks the software."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from invitations.agenda import recurrence
from invitations.agenda.reading import Range, read_closings
from invitations.agenda.search import absent, closed_days
from invitations.agenda.slots import Interval, moment_of
from invitations.agenda.wall_time import midnight, span
from invitations.holidays import is_holiday
from invitations.models import Opening, Place
from invitations.openings import Checked, Replaced, Wish, check
from invitations.place_hours import is_within
from invitations.rhythm import COMPARED

_DAY = timedelta(days=1)


class DoubtKind(StrEnum):
    """What there is to say, in the order in which it is said."""

    SHORTER_THAN_TYPE = "shorter_than_type"
    OUTSIDE_HOURS = "outside_hours"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    OVERLAP = "overlap"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt and what its sentence needs: the type's name; whose time; the first day, hours and place concerned.

    `always`: so it is on every single day of the opening, and not on the first alone.
    """

    kind: DoubtKind
    type: str | None = None
    agent: str | None = None
    on: date | None = None
    starts_at_time: time | None = None
    ends_at_time: time | None = None
    place: str | None = None
    always: bool = False


def doubts(
    session: Session, wish: Wish, *, organisation_id: int, now: datetime, replaced: Replaced | None = None
) -> list[Doubt]:
    """What deserves a second look, in a fixed order. Raises like `openings.add`. `replaced`: what it would take the place of."""
    checked = check(session, wish, organisation_id=organisation_id, now=now)
    closed = closed_among(session, checked)
    return [
        *(Doubt(DoubtKind.SHORTER_THAN_TYPE, type=one.name) for one in checked.types if one.duration > wish.length),
        *outside_hours(wish, checked, closed),
        *never_open(checked, closed),
        *overlaps(session, checked.agents, (wish.starts_at_time, wish.ends_at_time), checked.days, replaced),
        *absences(session, wish, checked),
    ]


def closed_among(session: Session, checked: Checked) -> frozenset[date]:
    """Those of the days on which nobody is received there: public holidays and closing days."""
    place = checked.place
    wanted = Range(midnight(checked.days[0], place.zone), midnight(checked.days[-1] + _DAY, place.zone))
    shut = closed_days(read_closings(session, [place.organisation_id], [], wanted), wanted)
    doors = (place.organisation_id, place.id), (place.organisation_id, None)
    return frozenset(
        day
        for day in checked.days
        if is_holiday(day, place.organisation.department.holidays_subdivision)
        or any((door, day) in shut for door in doors)
    )


def outside_hours(wish: Wish, checked: Checked, closed: Collection[date]) -> Iterator[Doubt]:
    """A doubt when the place's doors are shut during the opening, with the first day on which they are."""
    hours = checked.place.opening_hours
    open_days = [day for day in checked.days if day not in closed] if hours else []
    shut = [day for day in open_days if not is_within(hours, day, wish.starts_at_time, wish.ends_at_time)]
    if shut:
        always = len(shut) == len(open_days)
        yield Doubt(DoubtKind.OUTSIDE_HOURS, on=shut[0], place=checked.place.city, always=always)


def never_open(checked: Checked, closed: Collection[date]) -> Iterator[Doubt]:
    """A doubt when all of its days are public holidays or closing days."""
    if len(closed) < len(checked.days):
        return
    subdivision = checked.place.organisation.department.holidays_subdivision
    holidays = [day for day in checked.days if is_holiday(day, subdivision)]
    kind = DoubtKind.HOLIDAY if len(holidays) == len(checked.days) else DoubtKind.CLOSED
    yield Doubt(kind, on=checked.days[0], place=checked.place.city, always=len(checked.days) > 1)


def met_on(session: Session, opening: Opening, on: date) -> list[Doubt]:
    """The agent's other openings that this one meets on a day."""
    hours = opening.starts_at_time, opening.ends_at_time
    agents = {opening.agent_id: opening.agent.display_name}
    return [*overlaps(session, agents, hours, [on], Replaced(opening.id))]


def overlaps(
    session: Session,
    agents: Mapping[int, str],
    hours: tuple[time, time],
    days: Sequence[date],
    replaced: Replaced | None,
) -> Iterator[Doubt]:
    """A doubt for each other opening of the agents that meets these hours, with the first of the days on which it does."""
    mine = set(days)
    for other in others(session, agents, hours, days[0]):
        theirs = recurrence.occurrences(
            other.rrule, other.starts_on, other.exdates, first=days[0], last=days[0] + COMPARED
        )
        met = next((day for day in theirs if day in mine and not (replaced and replaced.covers(other.id, day))), None)
        if met is not None:
            yield Doubt(
                DoubtKind.OVERLAP,
                agent=agents[other.agent_id],
                on=met,
                starts_at_time=other.starts_at_time,
                ends_at_time=other.ends_at_time,
                place=other.city,
            )


def others(
    session: Session, agent_ids: Collection[int], hours: tuple[time, time], first: date
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The agents' openings at these hours that go on until `first` or longer."""
    return session.execute(
        select(
            Opening.id,
            Opening.agent_id,
            Opening.rrule,
            Opening.starts_on,
            Opening.exdates,
            Opening.starts_at_time,
            Opening.ends_at_time,
            Place.city,
        )
        .join(Place, Opening.place_id == Place.id)
        .where(
            Opening.agent_id.in_(agent_ids),
            or_(Opening.last_on.is_(None), Opening.last_on >= first),
            Opening.starts_at_time < hours[1],
            Opening.ends_at_time > hours[0],
        )
        .order_by(Opening.agent_id, Opening.starts_at_time, Opening.id)
    ).all()


def absences(session: Session, wish: Wish, checked: Checked) -> Iterator[Doubt]:
    """A doubt for each agent who is absent during the first occurrence, with the hours that this takes of it."""
    zone, first = checked.place.zone, checked.days[0]
    opened, _ = span(first, wish.starts_at_time, wish.ends_at_time, zone)
    wanted = Range(moment_of(opened[0]), moment_of(opened[1]))
    found = absent(read_closings(session, [checked.place.organisation_id], wish.agent_ids, wanted), wanted)
    for agent_id, name in checked.agents.items():
        taken = [both for one in found.get(agent_id, []) if (both := common(one, opened))]
        if taken:
            starts, ends = (moment_of(one).astimezone(zone).time() for one in (min(taken)[0], max(taken)[1]))
            yield Doubt(DoubtKind.ABSENT, agent=name, on=first, starts_at_time=starts, ends_at_time=ends)


def common(one: Interval, other: Interval) -> Interval | None:
    """What two intervals share; contact is nothing."""
    starts, ends = max(one[0], other[0]), min(one[1], other[1])
    return (starts, ends) if starts < ends else None

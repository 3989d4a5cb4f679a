"""What an opening would look like in the agenda, before it is saved: its first weeks among what is there, its slots. Read-only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import team_agenda
from invitations.agenda.reading import Range, read_appointments, read_closings
from invitations.agenda.recurrence import occurrences
from invitations.agenda.search import absent, kind_of
from invitations.agenda.slots import Interval, Slot, Span, Window, free_slots, moment_of
from invitations.agenda.wall_time import midnight, span
from invitations.models import AppointmentType, Organisation, Place
from invitations.models.agenda import opening_types
from invitations.openings import Checked, Replaced, Wish, check
from invitations.openings_doubts import closed_among, others
from invitations.team_agenda import Picture, Receiving

_DAY = timedelta(days=1)
# Enough to see a rhythm: most openings come back every week.
WEEKS_SHOWN = 2
COUNTED = timedelta(weeks=4)
NOT_SAVED = 0


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday: what is there already, and among it what the wish adds (`opening_id` is NOT_SAVED)."""

    days: tuple[date, ...]
    wished: frozenset[date]  # on which it would happen, closed or not
    picture: Picture


@dataclass(frozen=True, slots=True)
class Given:
    """How many slots of one type the wish adds in the weeks that are counted."""

    type: str
    slots: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`given` counts from `counted_from` to `counted_to`, both included, what is bookable and was not offered before."""

    agents: dict[int, str]
    place: Place
    weeks: list[Week]
    given: list[Given]
    counted_from: date
    counted_to: date


@dataclass(frozen=True, slots=True)
class Plan:
    """A wish that can be saved, and those of its days on which somebody is received."""

    wish: Wish
    checked: Checked
    open_days: tuple[date, ...]
    replaced: Replaced | None

    def spans(self, days: Collection[date]) -> Iterator[Span]:
        """When it is, on those of its open days that are among `days`."""
        for day in self.open_days:
            if day in days:
                yield span(day, self.wish.starts_at_time, self.wish.ends_at_time, self.checked.place.zone)


def preview(
    session: Session, organisation: Organisation, wish: Wish, *, now: datetime, replaced: Replaced | None = None
) -> Preview:
    """The first weeks in which it happens, and its slots in four weeks or those shown. Raises like `openings.add`."""
    checked = check(session, wish, organisation_id=organisation.id, now=now)
    closed = closed_among(session, checked)
    plan = Plan(wish, checked, tuple(day for day in checked.days if day not in closed), replaced)
    mondays = sorted({day - day.weekday() * _DAY for day in checked.days})[:WEEKS_SHOWN]
    first, last = checked.days[0], max(checked.days[0] + COUNTED, mondays[-1] + timedelta(weeks=1)) - _DAY
    return Preview(
        agents=checked.agents,
        place=checked.place,
        weeks=[week_of(session, organisation, plan, monday, now=now) for monday in mondays],
        given=given(session, plan, first, last, now=now),
        counted_from=first,
        counted_to=last,
    )


def week_of(session: Session, organisation: Organisation, plan: Plan, monday: date, *, now: datetime) -> Week:
    days = tuple(monday + number * _DAY for number in range(7))
    place = plan.checked.place
    picture = team_agenda.read(session, organisation, list(plan.checked.agents), days, now=now)
    there = [one for one in picture.receiving if not is_replaced(one, plan.replaced)]
    # Other places' closing days say nothing here, and of its own the place need not be named.
    closed = [replace(one, place_id=None, place=None) for one in picture.closed if one.place_id in {None, place.id}]
    there += receivings(plan, days)
    return Week(
        days=days,
        wished=frozenset(days).intersection(plan.checked.days),
        picture=replace(picture, zone=place.zone, receiving=there, closed=closed),
    )


def is_replaced(one: Receiving, replaced: Replaced | None) -> bool:
    return replaced is not None and replaced.covers(one.opening_id, one.starts_at.astimezone(one.zone).date())


def receivings(plan: Plan, days: Collection[date]) -> Iterator[Receiving]:
    """The wish on these days, for each of its agents."""
    place = plan.checked.place
    for (starts, ends), _ in plan.spans(days):
        for agent_id in plan.checked.agents:
            yield Receiving(
                opening_id=NOT_SAVED,
                agent_id=agent_id,
                starts_at=moment_of(starts),
                ends_at=moment_of(ends),
                zone=place.zone,
                place_id=place.id,
                city=place.city,
                place=place.name,
                types=tuple(one.name for one in plan.checked.types),
            )


def given(session: Session, plan: Plan, first: date, last: date, *, now: datetime) -> list[Given]:
    """The slots added for each individual type, as if it were the only one: an hour taken for one is gone for the others."""
    place, agents = plan.checked.place, plan.checked.agents
    wanted = Range(midnight(first, place.zone), midnight(last + _DAY, place.zone))
    appointments = read_appointments(session, agents, wanted)
    absences = absent(read_closings(session, [place.organisation_id], agents, wanted), wanted)
    days = [day for day in plan.open_days if day <= last]
    offered = offered_before(session, plan, days)
    counts = []
    for one in plan.checked.types:
        busy = {who: [*appointments.get(who, []), *absences.get(who, []), *offered[one.id, who]] for who in agents}
        slots = slots_of(plan, one, days, busy, now)
        counts += [] if one.is_collective else [Given(one.name, within_limit(one, slots, appointments, place))]
    return counts


def offered_before(session: Session, plan: Plan, days: Sequence[date]) -> dict[tuple[int, int], list[Interval]]:
    """The time that the agents' other openings offer already on these days, by type and agent: no hour counts twice."""
    found: dict[tuple[int, int], list[Interval]] = defaultdict(list)
    if not days:
        return found
    hours = plan.wish.starts_at_time, plan.wish.ends_at_time
    rows = others(session, plan.checked.agents, hours, days[0])
    types = types_by_opening(session, [row.id for row in rows])
    for row in rows:
        times = [
            span(day, row.starts_at_time, row.ends_at_time, plan.checked.place.zone)[0]
            for day in occurrences(row.rrule, row.starts_on, row.exdates, first=days[0], last=days[-1])
            if not (plan.replaced and plan.replaced.covers(row.id, day))
        ]
        for type_id in types.get(row.id, ()):
            found[type_id, row.agent_id] += times
    return found


def slots_of(
    plan: Plan, type_: AppointmentType, days: Collection[date], busy: dict[int, list[Interval]], now: datetime
) -> list[Slot]:
    kind = kind_of(type_, now)._replace(latest=2**62)  # what lies beyond the type's delay becomes bookable in time
    windows = [
        Window(one, plan.checked.place.id, kind, starts, ends, repeated)
        for (starts, ends), repeated in plan.spans(days)
        for one in plan.checked.agents
    ]
    return free_slots(windows, busy)


def within_limit(
    type_: AppointmentType, slots: Sequence[Slot], appointments: dict[int, list[Interval]], place: Place
) -> int:
    """How many of the slots the type's limit a day leaves bookable."""
    if type_.max_per_agent_day is None:
        return len(slots)
    taken = Counter((agent, day_of(start, place)) for agent, times in appointments.items() for start, _ in times)
    free = Counter((slot.agent_id, day_of(slot.start, place)) for slot in slots)
    return sum(min(count, max(0, type_.max_per_agent_day - taken[one])) for one, count in free.items())


def day_of(minute: int, place: Place) -> date:
    return moment_of(minute).astimezone(place.zone).date()


def types_by_opening(session: Session, opening_ids: Collection[int]) -> dict[int, list[int]]:
    """The ids of the types of these openings."""
    found: dict[int, list[int]] = defaultdict(list)
    table = opening_types.c
    for opening_id, type_id in session.execute(
        select(table.opening_id, table.type_id).where(table.opening_id.in_(opening_ids))
    ):
        found[opening_id].append(type_id)
    return found

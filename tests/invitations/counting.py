"""The rules of slots.md, counted minute by minute: as slowly and as plainly as they can be written.

Nothing here is taken from `invitations.agenda`: it is the second opinion that the search is compared with.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A slot: start, place, agent, type, end; in minutes since 1970 UTC, as `Slot` has them.
Found = tuple[int, int, int, int, int]


@dataclass(frozen=True)
class Rhythm:
    """On which days something happens: once, weekly (`every` n weeks), or on the n-th weekday of each month."""

    starts_on: date
    weekdays: frozenset[int] = frozenset()
    every: int = 1
    nth: int | None = None
    until: date | None = None
    removed: frozenset[date] = frozenset()

    def has(self, day: date) -> bool:
        if day < self.starts_on or day in self.removed or (self.until and day > self.until):
            return False
        if not self.weekdays:
            return day == self.starts_on
        return day.weekday() in self.weekdays and (self.is_the_nth(day) if self.nth else self.is_a_week(day))

    def is_the_nth(self, day: date) -> bool:
        return (day + 7 * DAY).month != day.month if self.nth == -1 else (day.day - 1) // 7 + 1 == self.nth

    def is_a_week(self, day: date) -> bool:
        first_monday = self.starts_on - self.starts_on.weekday() * DAY
        return ((day - first_monday).days // 7) % self.every == 0


@dataclass(frozen=True)
class Hours:
    """Wall times on the days of a rhythm, of an agent; when they receive for a type at a place, or are absent."""

    agent: int
    rhythm: Rhythm
    starts: time
    ends: time
    place: int = 0
    kind: int = 0


@dataclass(frozen=True)
class Cut:
    """What a type says of its slots. Lengths in minutes, delays as they are."""

    duration: int
    step: int
    min_delay: timedelta = timedelta()
    max_delay: timedelta = timedelta(days=10_000)
    per_day: int | None = None


@dataclass
class Team:
    """Who receives where and when, and what takes their time. Moments in minutes since 1970 UTC."""

    kinds: dict[int, Cut]
    zones: dict[int, ZoneInfo]  # of places
    openings: list[Hours]
    appointments: list[tuple[int, int, int]] = field(default_factory=list)  # agent, start, end with its pause
    absences: list[tuple[int, int, int]] = field(default_factory=list)  # agent, start, end
    regular_absences: list[tuple[Hours, ZoneInfo]] = field(default_factory=list)
    closed: set[tuple[int, date]] = field(default_factory=set)  # place, day
    holidays: frozenset[date] = frozenset()


def count_slots(team: Team, *, after: datetime, before: datetime, now: datetime, grace: timedelta) -> list[Found]:
    """Every slot that slots.md allows, in its order: start, place, agent."""
    found = []
    for place, agent, kind in {(one.place, one.agent, one.kind) for one in team.openings}:
        cut, zone = team.kinds[kind], team.zones[place]
        days = days_around(after, before, zone)
        free = open_minutes(team, place, agent, kind, days) - busy_minutes(team, agent, days)
        for start in starts_in(free, cut):
            moment = EPOCH + start * MINUTE
            if (
                after <= moment < before
                and now + max(cut.min_delay - grace, timedelta()) <= moment <= now + cut.max_delay
                and not happens_again(moment, zone)
            ):
                found.append((start, place, agent, kind, start + cut.duration))
    return sorted(found)


def open_minutes(team: Team, place: int, agent: int, kind: int, days: Iterable[date]) -> set[int]:
    zone = team.zones[place]
    return {
        minute
        for day in days
        if not is_shut(team, place, agent, kind, day)
        for one in team.openings
        if (one.place, one.agent, one.kind) == (place, agent, kind)
        for minute in minutes_of(one, day, zone)
    }


def busy_minutes(team: Team, agent: int, days: Iterable[date]) -> set[int]:
    busy = {
        minute
        for whose, start, end in [*team.appointments, *team.absences]
        if whose == agent
        for minute in range(start, end)
    }
    for one, zone in team.regular_absences:
        if one.agent == agent:
            busy |= {minute for day in days for minute in minutes_of(one, day, zone)}
    return busy


def starts_in(free: set[int], cut: Cut) -> Iterator[int]:
    """Each run of free minutes from its own beginning, rounded up to 5 minutes."""
    for begin in sorted(minute for minute in free if minute - 1 not in free):
        start = begin + -begin % 5
        while free.issuperset(range(begin, start + cut.duration)):
            yield start
            start += cut.step


def is_shut(team: Team, place: int, agent: int, kind: int, day: date) -> bool:
    limit = team.kinds[kind].per_day
    taken = [start for whose, start, _ in team.appointments if whose == agent]
    that_day = [one for one in taken if (EPOCH + one * MINUTE).astimezone(team.zones[place]).date() == day]
    return day in team.holidays or (place, day) in team.closed or (limit is not None and len(that_day) >= limit)


def minutes_of(hours: Hours, day: date, zone: ZoneInfo) -> range:
    if not hours.rhythm.has(day) or hours.ends <= hours.starts:
        return range(0)
    return range(first_minute(day, hours.starts, zone), first_minute(day, hours.ends, zone))


def first_minute(day: date, wall: time, zone: ZoneInfo) -> int:
    """When the clock on the wall shows this time, or, if it never does, when it has jumped over it."""
    return next(minute for minute, shown in clock(day, zone) if shown >= wall)


@lru_cache(maxsize=512)
def clock(day: date, zone: ZoneInfo) -> list[tuple[int, time]]:
    """Every minute that passes on a day in a zone, and what the clock on the wall shows."""
    noon = int(datetime.combine(day, time(12), UTC).timestamp()) // 60
    shown = [(minute, (EPOCH + minute * MINUTE).astimezone(zone)) for minute in range(noon - 2160, noon + 2160)]
    return [(minute, moment.time()) for minute, moment in shown if moment.date() == day]


def happens_again(moment: datetime, zone: ZoneInfo) -> bool:
    """True when the clock on the wall showed the same an hour ago."""
    return moment.astimezone(zone).time() == (moment - timedelta(hours=1)).astimezone(zone).time()


def days_around(after: datetime, before: datetime, zone: ZoneInfo) -> list[date]:
    first, last = after.astimezone(zone).date() - DAY, before.astimezone(zone).date() + DAY
    return [first + number * DAY for number in range((last - first).days + 1)]

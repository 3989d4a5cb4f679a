"""When something comes back, as somebody asks for it: once, every n weeks on some weekdays, on the n-th weekday of a month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from invitations.agenda import recurrence

# How far recurrences are compared: whatever alternates meets within a year, or hardly ever.
COMPARED = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Days from `starts_on` to `until`, both included. No weekdays: `starts_on` alone.

    `weekdays` count from Monday = 0. With `nth` (1–5, or -1 for the last) it is that weekday of every month, and
    there is only one.
    """

    starts_on: date
    weekdays: tuple[int, ...] = ()
    interval: int = 1
    nth: int | None = None
    until: date | None = None

    @property
    def rrule(self) -> str | None:
        """The rule to be stored; None for a single day. Raises ValueError for a month's n-th of several weekdays."""
        if not self.weekdays:
            return None
        if self.nth is None:
            return recurrence.weekly(self.weekdays, interval=self.interval, until=self.until)
        (weekday,) = self.weekdays
        return recurrence.monthly(self.nth, weekday, until=self.until)

    @property
    def last_on(self) -> date | None:
        return self.until if self.weekdays else self.starts_on

    def days(self, first: date, exdates: Sequence[str] = ()) -> list[date]:
        """The days on which it happens, from `first` and for as long as recurrences are compared."""
        return recurrence.occurrences(self.rrule, self.starts_on, exdates, first=first, last=first + COMPARED)


def rhythm_of(rrule: str | None, starts_on: date, last_on: date | None) -> Rhythm:
    """What a stored recurrence was asked as."""
    if rrule is None:
        return Rhythm(starts_on)
    rule = recurrence.parse(rrule)
    return Rhythm(starts_on, tuple(sorted(rule.weekdays)), rule.interval, rule.nth, last_on)


def happens_on(rrule: str | None, starts_on: date, exdates: Sequence[str], day: date) -> bool:
    return bool(recurrence.occurrences(rrule, starts_on, exdates, first=day, last=day))


def next_on(rrule: str | None, starts_on: date, day: date) -> date:
    """The first of its days from `day` on, taken out or not; `day` when there is none for as long as recurrences are compared.

    What goes on every second week from there keeps to its weeks.
    """
    return next(iter(recurrence.occurrences(rrule, starts_on, first=day, last=day + COMPARED)), day)


def taken_out(rrule: str | None, starts_on: date, exdates: Sequence[str], *, first: date) -> tuple[date, ...]:
    """The days from `first` on which it would have happened, had they not been taken out of it."""
    days = sorted(day for day in map(date.fromisoformat, exdates) if day >= first)
    return tuple(day for day in days if happens_on(rrule, starts_on, (), day))

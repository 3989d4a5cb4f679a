"""Days on which an opening happens: the part of RFC 5545 recurrences that agendas use, by plain arithmetic.

Weekly on any weekdays every n weeks, or monthly on the n-th weekday; an end or none; days taken out. A fifth
Thursday that does not exist is skipped. An rrule that began three years ago costs no more than a new one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


class Frequency(StrEnum):
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """A recurrence. `weekdays` count from Monday = 0; `nth` is 1–5, or -1 for the last, and only monthly."""

    frequency: Frequency
    weekdays: frozenset[int]
    interval: int = 1
    nth: int | None = None
    until: date | None = None


def weekly(weekdays: Collection[int], *, interval: int = 1, until: date | None = None) -> str:
    """The text of a weekly rule, to be stored. Raises ValueError without a weekday or with an interval below 1."""
    if not weekdays or interval < 1:
        raise ValueError("a weekly rule needs a weekday and an interval of 1 or more")
    days = ",".join(WEEKDAYS[day] for day in sorted(weekdays))
    return f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={days}{_until(until)}"


def monthly(nth: int, weekday: int, *, until: date | None = None) -> str:
    """The text of a rule for the n-th weekday of every month (-1: the last)."""
    if nth not in {-1, 1, 2, 3, 4, 5}:
        raise ValueError("nth is 1 to 5, or -1")
    return f"FREQ=MONTHLY;BYDAY={nth}{WEEKDAYS[weekday]}{_until(until)}"


def ending(rule: str, last_on: date | None) -> str:
    """The same rule, over after `last_on`; without an end when it is None."""
    kept = [part for part in rule.split(";") if not part.startswith("UNTIL=")]
    return ";".join(kept) + _until(last_on)


def parse(text: str) -> Rule:
    """Read a stored rule. Raises ValueError for what this subset does not hold."""
    parts = dict(part.split("=", 1) for part in text.removeprefix("RRULE:").split(";"))
    frequency = Frequency(parts["FREQ"])
    days = parts["BYDAY"].split(",")
    until = parts.get("UNTIL")
    return Rule(
        frequency=frequency,
        weekdays=frozenset(WEEKDAYS.index(day[-2:]) for day in days),
        interval=int(parts.get("INTERVAL", "1")),
        nth=int(days[0][:-2]) if frequency is Frequency.MONTHLY else None,
        until=date.fromisoformat(until[:8]) if until else None,
    )


def occurrences(
    rule: str | None, starts_on: date, exdates: Sequence[str] = (), *, first: date, last: date
) -> list[date]:
    """The days from `first` to `last`, both included, on which an opening that began on `starts_on` happens.

    `rule` is a stored text, or None for `starts_on` alone; `exdates` are ISO days taken out.
    """
    removed = set(exdates)
    first = max(first, starts_on)
    if rule is None:
        days = iter([starts_on] if first <= starts_on <= last else [])
    else:
        days = _days(parse(rule), starts_on, first, last)
    return [day for day in days if day.isoformat() not in removed]


def _days(rule: Rule, starts_on: date, first: date, last: date) -> Iterator[date]:
    last = min(last, rule.until) if rule.until else last
    if rule.frequency is Frequency.WEEKLY:
        return _weekly(rule, starts_on, first, last)
    return _monthly(rule, starts_on, first, last)


def _weekly(rule: Rule, starts_on: date, first: date, last: date) -> Iterator[date]:
    anchor = starts_on - timedelta(days=starts_on.weekday())
    weeks = -(-((first - anchor).days - 6) // 7)  # the first week that reaches `first`
    week = max(0, -(-weeks // rule.interval) * rule.interval)
    weekdays = sorted(rule.weekdays)
    while (monday := anchor + timedelta(weeks=week)) <= last:
        for weekday in weekdays:
            day = monday + timedelta(days=weekday)
            if first <= day <= last:
                yield day
        week += rule.interval


def _monthly(rule: Rule, starts_on: date, first: date, last: date) -> Iterator[date]:
    begin = starts_on.year * 12 + starts_on.month - 1
    month = first.year * 12 + first.month - 1
    month += (begin - month) % rule.interval
    while (opening := date(month // 12, month % 12 + 1, 1)) <= last:
        day = _nth_weekday(opening, next(iter(rule.weekdays)), rule.nth or 1)
        if day is not None and first <= day <= last:
            yield day
        month += rule.interval


def _nth_weekday(month: date, weekday: int, nth: int) -> date | None:
    """The n-th such weekday of the month that begins on `month`, or None when it does not exist."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    if nth < 0:
        return following - timedelta(days=(following.weekday() - weekday - 1) % 7 + 1)
    day = month + timedelta(days=(weekday - month.weekday()) % 7 + 7 * (nth - 1))
    return day if day < following else None


def _until(until: date | None) -> str:
    return f";UNTIL={until:%Y%m%d}" if until else ""

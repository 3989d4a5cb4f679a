"""What each figure means: one function a figure, its formula in the docstring, over plain facts about people addressed.

The source of every definition is evaluation.md; the choices it leaves open are said where they are made.
Days are calendar days of the département: the day of the first invitation is day 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from invitations.models import CategoryKind, Outcome
from invitations.statistics.intervals import Interval, wilson
from invitations.statistics.units import Meeting, Unit

# Orientation is due 6 weeks after the right opens (CASF D262-65-2): the field watches 45 days, 30 for accompaniment.
WINDOW = timedelta(days=45)
WINDOW_OF_ACCOMPANIMENT = timedelta(days=30)
# What figures may be asked within, in days.
HORIZONS = (30, 42, 45, 60)
# Time to the first appointment attended is followed for so many days. Delays from the right's opening on are told to the day
# for ten weeks, then in whole weeks, up to a year.
WATCHED_DAYS = 90
TO_THE_DAY = 70
LONGEST_DELAY = 364
# How long a team has, after the window, to say who came.
NOTING = timedelta(days=7)
# Above this share of unknown outcomes no rate is published.
MOST_UNKNOWN = 0.05
# Below this many people a rate "of 100" would say more than the data do.
FEWEST_FOR_A_RATE = 30


@dataclass(frozen=True, slots=True)
class Proportion:
    """So many of so many. 0 of 0 is no data: its rate and its interval are None, never 0."""

    count: int
    total: int

    @property
    def rate(self) -> float | None:
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> Interval | None:
        return wilson(self.count, self.total) if self.total else None


@dataclass(frozen=True, slots=True)
class Seen:
    """The primary figure of a group, with what is needed to judge it."""

    proportion: Proportion  # seen in time / counted: an unknown outcome is not seen
    unknown: int  # of those counted, people whose outcome nobody noted
    too_early: int  # addressed, and their window is not over
    seen_early: int  # of those, seen already

    @property
    def is_published(self) -> bool:
        """True when there is a rate to print: somebody is counted, and at most 5 % of the outcomes are unknown."""
        return self.proportion.total > 0 and self.unknown <= MOST_UNKNOWN * self.proportion.total

    @property
    def is_small(self) -> bool:
        return self.proportion.total < FEWEST_FOR_A_RATE

    @property
    def rate(self) -> float | None:
        return self.proportion.rate if self.is_published else None

    @property
    def interval(self) -> Interval | None:
        return self.proportion.interval if self.is_published else None

    @property
    def worst(self) -> float | None:
        """Nobody of unknown outcome came: the primary figure itself."""
        return self.rate

    @property
    def best(self) -> float | None:
        """Everybody of unknown outcome came: (seen + unknown) / counted."""
        if not self.is_published:
            return None
        return (self.proportion.count + self.unknown) / self.proportion.total


@dataclass(frozen=True, slots=True)
class NoShow:
    """Absences without a word, and what stands beside them, never inside. Counts are appointments, not people."""

    proportion: Proportion
    excused: int
    revoked: int
    unknown: int  # past, and nobody noted who came

    @property
    def is_published(self) -> bool:
        """True when there is a rate to print: of the past appointments it speaks of, at most 5 % have no outcome."""
        known = self.proportion.total
        return known > 0 and self.unknown <= MOST_UNKNOWN * (known + self.unknown)

    @property
    def is_small(self) -> bool:
        return self.proportion.total < FEWEST_FOR_A_RATE

    @property
    def rate(self) -> float | None:
        return self.proportion.rate if self.is_published else None

    @property
    def interval(self) -> Interval | None:
        return self.proportion.interval if self.is_published else None


def window_for(kind: CategoryKind) -> timedelta:
    """45 days after the first invitation; 30 for accompaniment."""
    return WINDOW_OF_ACCOMPANIMENT if kind is CategoryKind.ACCOMPANIMENT else WINDOW


def was_reached(unit: Unit, window: timedelta) -> bool:
    """Known to have been reached within the window: a message was delivered (its receipt says so), or they answered.

    Emails and letters mostly have no receipt: the true number is higher.
    """
    return _is_within(unit, unit.reached_on, window)


def has_answered(unit: Unit, window: timedelta) -> bool:
    """Booked, declined or asked to be called, within the window."""
    return _is_within(unit, unit.answered_on, window)


def has_booked(unit: Unit, window: timedelta) -> bool:
    """Some appointment, kept or not, whoever booked it, starts on or before day t0 + window."""
    return bool(in_time(unit, window))


def is_autonomous(unit: Unit, window: timedelta) -> bool:
    """The person booked an appointment of the window."""
    return any(one.is_by_person for one in in_time(unit, window))


def is_counted(unit: Unit, window: timedelta, *, today: date) -> bool:
    """True once the window is over, and the 7 days in which outcomes are noted: today > t0 + window + 7 days.

    The wait is the same for all. Counting at once those whose outcome is known, and later those whose
    outcome is missing, would make the newest rates too high.
    """
    return today >= counts_from(unit, window)


def was_seen(unit: Unit, window: timedelta) -> bool:
    """Seen in time: some participation is `seen` and starts on or before day t0 + window."""
    return any(one.outcome is Outcome.SEEN for one in in_time(unit, window))


def is_unknown(unit: Unit, window: timedelta) -> bool:
    """Perhaps seen in time: not known as seen, and some appointment of the window has no outcome."""
    return not was_seen(unit, window) and any(one.outcome is Outcome.UNKNOWN for one in in_time(unit, window))


def has_crossed(unit: Unit, window: timedelta) -> bool:
    """Addressed in another mode during the window. The person stays in the first arm; the crossing is counted."""
    return _is_within(unit, unit.crossed_on, window)


def counts_from(unit: Unit, window: timedelta) -> date:
    """The first day on which `is_counted` holds: t0 + window + 7 days + 1."""
    return unit.addressed_on + window + NOTING + timedelta(days=1)


def addressed(units: Sequence[Unit]) -> int:
    """N: everyone with a first invitation, whether or not a message arrived."""
    return len(units)


def counted(units: Iterable[Unit], window: timedelta, *, today: date) -> list[Unit]:
    """The people of whom the figures speak: those for whom `is_counted` holds."""
    return [unit for unit in units if is_counted(unit, window, today=today)]


def seen(units: Sequence[Unit], window: timedelta, *, today: date) -> Seen:
    """The primary figure: seen within the window of t0 / addressed, among those counted."""
    over = counted(units, window, today=today)
    running = [unit for unit in units if not is_counted(unit, window, today=today)]
    return Seen(
        proportion=Proportion(sum(was_seen(unit, window) for unit in over), len(over)),
        unknown=sum(is_unknown(unit, window) for unit in over),
        too_early=len(running),
        seen_early=sum(was_seen(unit, window) for unit in running),
    )


def crossed(units: Iterable[Unit], window: timedelta, *, today: date) -> Proportion:
    """Crossovers: addressed in another mode within the window / counted."""
    over = counted(units, window, today=today)
    return Proportion(sum(has_crossed(unit, window) for unit in over), len(over))


def booked(units: Iterable[Unit], window: timedelta, *, today: date) -> Proportion:
    """With an appointment, kept or not, that starts within the window / counted."""
    over = counted(units, window, today=today)
    return Proportion(sum(has_booked(unit, window) for unit in over), len(over))


def autonomy(units: Iterable[Unit], window: timedelta, *, today: date) -> Proportion:
    """With an appointment of the window that the person booked / counted."""
    over = counted(units, window, today=today)
    return Proportion(sum(is_autonomous(unit, window) for unit in over), len(over))


def no_show(units: Iterable[Unit], window: timedelta, *, today: date) -> NoShow:
    """noshow / (seen + noshow), over the appointments of the window of those counted; `excused`, `revoked`, `unknown` beside.

    Descriptive: whoever never had an appointment is not in it.
    """
    meetings = [one for unit in counted(units, window, today=today) for one in in_time(unit, window)]
    count = {outcome: sum(one.outcome is outcome for one in meetings) for outcome in Outcome}
    return NoShow(
        proportion=Proportion(count[Outcome.NOSHOW], count[Outcome.SEEN] + count[Outcome.NOSHOW]),
        excused=count[Outcome.EXCUSED],
        revoked=count[Outcome.REVOKED],
        unknown=count[Outcome.UNKNOWN],
    )


def in_time(unit: Unit, window: timedelta) -> list[Meeting]:
    """The appointments that start on or before day t0 + window."""
    return [one for one in unit.meetings if one.starts_on <= unit.addressed_on + window]


def _is_within(unit: Unit, day: date | None, window: timedelta) -> bool:
    return day is not None and day <= unit.addressed_on + window

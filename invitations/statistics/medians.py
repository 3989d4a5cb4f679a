"""By which day half of the people were there: of plain delays, and of a curve, with what chance leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from invitations.statistics.definitions import Proportion
from invitations.statistics.survival import Curve, Step


@dataclass(frozen=True, slots=True)
class Median:
    """Days. `low` and `high` are the ends of the interval of 95 %; None while the curve has not gone that far."""

    day: int | None
    low: int | None
    high: int | None


def of_curve(curve: Curve) -> Median:
    """The first day by whose end half were seen; its interval is where the curve's own interval crosses one half.

    Brookmeyer & Crowley, Biometrics 1982; 38: 29–41, on the log(−log) scale of the curve.
    """
    return Median(
        day=curve.median,
        low=_first(curve, lambda step: step.survival if step.low is None else step.low),
        high=_first(curve, lambda step: step.survival if step.high is None else step.high),
    )


def of_days(people: Mapping[int, int], *, of: int) -> int | None:
    """The first day by which half of so many people were there; None while fewer were, or with nobody."""
    so_far = 0
    for day in sorted(people):
        so_far += people[day]
        if so_far * 2 >= of > 0:
            return day
    return None


def within(people: Mapping[int, int], days: int, *, of: int) -> Proportion:
    """Those who were there by that day, of so many."""
    return Proportion(sum(count for day, count in people.items() if day <= days), of)


def _first(curve: Curve, end: Callable[[Step], float]) -> int | None:
    return next((step.day for step in curve.steps if end(step) <= 0.5), None)

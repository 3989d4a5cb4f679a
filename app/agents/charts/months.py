"""Of 100 people addressed in a month, how many were seen: a point a month with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from app.agents.charts.scale import WIDTH, Scale
from invitations.statistics.intervals import Interval

LEFT, RIGHT = 48.0, WIDTH - 12.0
TOP, BOTTOM = 14.0, 214.0
HEIGHT = 262.0
# Two years; a longer past is in the table.
MOST = 24
# So many names of months fit side by side; of more, every third one is written.
NAMES = 12


class Month(NamedTuple):
    """`share` and `interval` are None when outcomes are missing, or nobody is counted yet."""

    first: date
    share: float | None
    interval: Interval | None
    is_small: bool  # too few people for a rate: a hollow point
    is_over: bool  # everyone addressed in it is counted


@dataclass(frozen=True, slots=True)
class Point:
    month: Month
    x: float
    y: float | None
    low: float | None
    high: float | None
    is_named: bool


@dataclass(frozen=True, slots=True)
class Picture:
    points: list[Point]
    line: str  # through neighbouring months that are over and have a rate
    shares: list[tuple[float, int]]  # of 100


def draw(months: Sequence[Month]) -> Picture:
    """The newest `MOST` of the months, oldest first."""
    shown = sorted(months)[-MOST:]
    across = Scale(-0.5, len(shown) - 0.5, LEFT, RIGHT)
    up = Scale(0, 1, BOTTOM, TOP)
    points = [_point(month, across.at(place), up, is_named(place, len(shown))) for place, month in enumerate(shown)]
    return Picture(points, through(points), [(up.at(share / 100), share) for share in (0, 25, 50, 75, 100)])


def is_named(place: int, count: int) -> bool:
    """The last month always is, and every third before it when there are many."""
    return count <= NAMES or (count - 1 - place) % 3 == 0


def through(points: Sequence[Point]) -> str:
    """A line from month to month, broken where a month has no rate."""
    path, is_broken = [], True
    for point in points:
        if point.y is None or point.month.is_small or not point.month.is_over:
            is_broken = True
            continue
        path.append(f"{'M' if is_broken else 'L'}{point.x} {point.y}")
        is_broken = False
    return "".join(path)


def _point(month: Month, x: float, up: Scale, is_named: bool) -> Point:
    reach = month.interval
    return Point(
        month=month,
        x=x,
        y=None if month.share is None else up.at(month.share),
        low=up.at(reach.low) if reach else None,
        high=up.at(reach.high) if reach else None,
        is_named=is_named,
    )

"""Shares of people seen, rising day by day: one curve a mode, its interval, and how many are still followed below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from app.agents.charts.scale import Scale, apart
from invitations.models import Mode

LEFT, RIGHT = 112.0, 636.0
TOP, BOTTOM = 14.0, 274.0
# The rows of people still followed, under the axis and its words.
FIRST_ROW, ROW = 352.0, 22.0
LAST_DAY = 90
DAYS = (0, 15, 30, 45, 60, 75, 90)


class Step(NamedTuple):
    """From this day on, this share has been seen; `low` and `high` are what chance leaves open."""

    day: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rise:
    """What is drawn for one mode. `followed`: people not yet seen and still followed, at each of `DAYS`."""

    mode: Mode
    steps: Sequence[Step]
    followed: Sequence[int]
    until: int = LAST_DAY  # the last day drawn


@dataclass(frozen=True, slots=True)
class Line:
    mode: Mode
    path: str
    band: str
    at_horizon: float
    share: float  # where it ends
    end: float  # where it ends, across
    word: float  # the height of the name beside its end
    row: float  # of the people still followed
    followed: list[tuple[float, int]]


@dataclass(frozen=True, slots=True)
class Picture:
    lines: list[Line]
    days: list[tuple[float, int]]
    shares: list[tuple[float, int]]  # of 100
    horizon: float
    height: float


def draw(rises: Sequence[Rise], *, horizon: int) -> Picture:
    """The drawing of the curves; `horizon` (days) is marked."""
    across = Scale(0, LAST_DAY, LEFT, RIGHT)
    up = Scale(0, 1, BOTTOM, TOP)
    heights = [up.at(one.steps[-1].share if one.steps else 0) for one in rises]
    words = apart(heights, room=20, lowest=BOTTOM)
    return Picture(
        lines=[
            _line(one, across, up, horizon=horizon, word=word, row=FIRST_ROW + ROW * place)
            for place, (one, word) in enumerate(zip(rises, words, strict=True))
        ],
        days=[(across.at(day), day) for day in DAYS],
        shares=[(up.at(share / 100), share) for share in (0, 25, 50, 75, 100)],
        horizon=across.at(horizon),
        height=FIRST_ROW + ROW * len(rises) - 8,
    )


def _line(rise: Rise, across: Scale, up: Scale, *, horizon: int, word: float, row: float) -> Line:
    share = rise.steps[-1].share if rise.steps else 0.0
    return Line(
        mode=rise.mode,
        path=stairs([(0, 0.0), *((one.day, one.share) for one in rise.steps)], across, up, until=rise.until),
        band=between(rise.steps, across, up, until=rise.until),
        at_horizon=max((one.share for one in rise.steps if one.day <= horizon), default=0.0),
        share=share,
        end=across.at(rise.until),
        word=word,
        row=row,
        followed=[(across.at(day), count) for day, count in zip(DAYS, rise.followed, strict=True)],
    )


def stairs(points: Iterable[tuple[int, float]], across: Scale, up: Scale, *, until: int = LAST_DAY) -> str:
    """Level until the next day, then upright: nothing is known between two days. `until` is the last day drawn."""
    (first_day, first), *rest = points
    path = [f"M{across.at(first_day)} {up.at(first)}"]
    path += [f"H{across.at(day)}V{up.at(share)}" for day, share in rest if day <= until]
    return "".join([*path, f"H{across.at(until)}"])


def between(steps: Sequence[Step], across: Scale, up: Scale, *, until: int = LAST_DAY) -> str:
    """The surface between the two ends of the interval: along the upper one, back along the lower one."""
    if not steps:
        return ""
    shown = [one for one in steps if one.day <= until]
    high = stairs(((one.day, one.high) for one in shown), across, up, until=until)
    back = [f"V{up.at(shown[-1].low)}"]
    for before, one in reversed(list(pairwise(shown))):
        back.append(f"H{across.at(one.day)}V{up.at(before.low)}")
    return "".join([high, *back, f"H{across.at(shown[0].day)}Z"])

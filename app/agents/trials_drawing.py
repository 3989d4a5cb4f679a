"""Where the lines of an evaluation's drawings run: plain arithmetic, in units of the drawing. Templates draw them, page and PDF alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from invitations.models import Mode

WIDTH = 760
ROW = 54
LEFT, RIGHT = 190, 560  # where the axis of the intervals runs
TOP = 34
# The curves' frame, and the days written below it.
FRAME_LEFT, FRAME_RIGHT, FRAME_TOP, FRAME_BOTTOM = 52, 590, 14, 284
TICKS = (0, 15, 30, 45, 60, 90)
# Above each other, the names at the ends of two curves need so much room.
NAME_HEIGHT = 20
BOX_GAP = 20
LINE = 19


@dataclass(frozen=True, slots=True)
class Gap:
    """A difference of shares and its interval: 0.09 is 9 more of 100."""

    words: str
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    gap: Gap
    y: float
    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """`ticks`: x and how many of 100; `zero`: where no difference lies."""

    rows: list[Row]
    ticks: list[tuple[float, int]]
    zero: float
    bottom: float
    height: float
    width: int = WIDTH
    top: int = TOP


def intervals(gaps: Sequence[Gap]) -> Intervals:
    """Each difference on a line of its own, on one axis that holds them all and zero in its middle."""
    reach = max((abs(end) * 100 for one in gaps for end in (one.low, one.high)), default=10)
    step = 5 if reach <= 15 else 10 if reach <= 40 else 25
    most = int(-(-reach // step) * step) or step

    def x(share: float) -> float:
        return round(LEFT + (share * 100 + most) / (2 * most) * (RIGHT - LEFT), 1)

    rows = [
        Row(one, TOP + ROW * place + ROW / 2, x(one.value), x(one.low), x(one.high)) for place, one in enumerate(gaps)
    ]
    bottom = TOP + ROW * len(gaps)
    ticks = [(x(tick / 100), tick) for tick in range(-most, most + 1, step)]
    return Intervals(rows, ticks, x(0), bottom, bottom + 52)


@dataclass(frozen=True, slots=True)
class Curve:
    """The share seen by the end of each day on which it rises: (day, share). `last`: the last day that is known of."""

    mode: Mode
    points: Sequence[tuple[int, float]]
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    mode: Mode
    path: str
    end: tuple[float, float]
    name_y: float
    share: float


@dataclass(frozen=True, slots=True)
class Curves:
    lines: list[Line]
    days: list[tuple[float, int]]
    shares: list[tuple[float, int]]
    left: int = FRAME_LEFT
    right: int = FRAME_RIGHT
    top: int = FRAME_TOP
    bottom: int = FRAME_BOTTOM
    width: int = WIDTH
    height: int = FRAME_BOTTOM + 52


def curves(drawn: Sequence[Curve], *, until: int) -> Curves:
    """Steps that rise from 0 to the share seen, up to the day `until`; their names beside their ends, never on each other."""

    def x(day: float) -> float:
        return round(FRAME_LEFT + day / until * (FRAME_RIGHT - FRAME_LEFT), 1)

    def y(share: float) -> float:
        return round(FRAME_BOTTOM - share * (FRAME_BOTTOM - FRAME_TOP), 1)

    lines = []
    for one in drawn:
        last = until if one.last is None else min(until, one.last)
        steps = [(day, share) for day, share in one.points if day <= last]
        share = steps[-1][1] if steps else 0.0
        path = f"M{x(0)} {y(0)}" + "".join(f"H{x(day)}V{y(up)}" for day, up in steps) + f"H{x(last)}"
        lines.append((one.mode, path, (x(last), y(share)), share))
    names = apart([end[1] for _, _, end, _ in lines])
    days = sorted({*(tick for tick in TICKS if tick <= until), until})
    return Curves(
        [Line(mode, path, end, name, share) for (mode, path, end, share), name in zip(lines, names, strict=True)],
        [(x(day), day) for day in days],
        [(y(tick / 100), tick) for tick in (0, 25, 50, 75, 100)],
    )


def apart(heights: Sequence[float]) -> list[float]:
    """The heights, lowered where two of them would stand on each other."""
    placed: dict[int, float] = {}
    last = float("-inf")
    for place in sorted(range(len(heights)), key=lambda one: heights[one]):
        last = placed[place] = max(heights[place], last + NAME_HEIGHT)
    return [placed[place] for place in range(len(heights))]


@dataclass(frozen=True, slots=True)
class Box:
    """A frame of the flow, its first line strong. `mode`: whose arm it is, None for everyone."""

    lines: Sequence[str]
    x: float
    y: float
    width: float
    height: float
    mode: Mode | None = None

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Flow:
    boxes: list[Box]
    arrows: list[str]
    height: float
    width: int = WIDTH
    words: list[str] = field(default_factory=list)


def flow(first: Sequence[str], aside: Sequence[str], arms: Iterable[tuple[Mode, Sequence[Sequence[str]]]]) -> Flow:
    """The diagram of CONSORT 2010 (BMJ 340:c332): everyone on top, who was left out beside, then a column an arm."""
    columns = list(arms)
    top = Box(first, WIDTH / 2 - 150, 4, 300, tall(first))
    beside = Box(aside, WIDTH / 2 + 170, top.y + top.height + 8, WIDTH / 2 - 174, tall(aside))
    below = beside.y + beside.height + BOX_GAP
    wide = (WIDTH - 8 - BOX_GAP * (len(columns) - 1)) / len(columns)
    boxes, arrows = [top, beside], [f"M{top.middle} {top.y + top.height}V{below - BOX_GAP / 2}", across(top, beside)]
    for place, (mode, steps) in enumerate(columns):
        column = list(stacked(mode, steps, 4 + place * (wide + BOX_GAP), below, wide))
        boxes += column
        arrows.append(f"M{top.middle} {below - BOX_GAP / 2}H{column[0].middle}V{below}")
        arrows += [f"M{one.middle} {one.y + one.height}V{two.y}" for one, two in pairwise(column)]
    return Flow(
        boxes, arrows, max(one.y + one.height for one in boxes) + 4, words=[" ".join(one.lines) for one in boxes]
    )


def stacked(mode: Mode, steps: Sequence[Sequence[str]], x: float, y: float, wide: float) -> Iterable[Box]:
    for lines in steps:
        made = Box(lines, x, y, wide, tall(lines), mode)
        yield made
        y += made.height + BOX_GAP


def across(top: Box, beside: Box) -> str:
    return f"M{top.middle} {beside.y + beside.height / 2}H{beside.x}"


def tall(lines: Sequence[str]) -> float:
    return 18 + LINE * len(lines)

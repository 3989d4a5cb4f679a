"""From people addressed to people seen: a bar a step, as long as its number, and what is lost on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEFT, LONGEST = 216.0, 320.0
BAR, GAP = 30.0, 30.0
TOP = 4.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One step. `lost` is the step before minus this one; `fall` the shape between the two."""

    place: int
    count: int
    lost: int | None
    top: float
    length: float
    fall: str

    @property
    def middle(self) -> float:
        return self.top + BAR / 2


@dataclass(frozen=True, slots=True)
class Flow:
    bars: list[Bar]
    height: float


def draw(counts: Sequence[int]) -> Flow:
    """The bars of these counts, from the first, which is the longest. Nobody at all draws nothing."""
    most = max(counts, default=0)
    lengths = [round(LONGEST * count / most, 1) if most else 0.0 for count in counts]
    bars = [_bar(place, counts, lengths) for place in range(len(counts))]
    return Flow(bars if most else [], TOP + len(counts) * (BAR + GAP) - GAP + 4)


def _bar(place: int, counts: Sequence[int], lengths: Sequence[float]) -> Bar:
    top = TOP + place * (BAR + GAP)
    fall = ""
    if place:
        fall = f"M{LEFT} {top - GAP}H{LEFT + lengths[place - 1]}L{LEFT + lengths[place]} {top}H{LEFT}Z"
    lost = counts[place - 1] - counts[place] if place else None
    return Bar(place, counts[place], lost, top, lengths[place], fall)

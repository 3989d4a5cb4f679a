"""From a value to a place in the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

# Every picture is as wide: on a screen of 640 px its words are still read.
WIDTH = 760


@dataclass(frozen=True, slots=True)
class Scale:
    """`first` stands at `start`, `last` at `end`, in units of the drawing; to a tenth of a unit, which nobody sees."""

    first: float
    last: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.first) / (self.last - self.first)
        return round(self.start + share * (self.end - self.start), 1)


def apart(wanted: list[float], *, room: float, lowest: float) -> list[float]:
    """The same heights, in the same order, moved so that neighbours are `room` apart and none is below `lowest`.

    For the words at the end of lines that end close to each other. Heights grow downwards, as in an SVG.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    found = list(wanted)
    for before, place in pairwise(order):
        found[place] = max(found[place], found[before] + room)
    limit = lowest
    for place in reversed(order):
        found[place] = min(found[place], limit)
        limit = found[place] - room
    return [round(one, 1) for one in found]

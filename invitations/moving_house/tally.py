"""How much of the files came in."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(slots=True)
class Tally:
    """`left_out`: lines of which nothing is carried over."""

    people: int = 0
    people_known: int = 0
    follow_ups: int = 0
    invitations: int = 0
    appointments: int = 0
    participations: int = 0
    participations_known: int = 0
    left_out: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

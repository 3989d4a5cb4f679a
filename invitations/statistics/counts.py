"""What a page shows of one group of people: plain numbers that add up, and the figures made of them."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add, attrgetter

from invitations.statistics.definitions import NoShow, Proportion, Seen


@dataclass(frozen=True, slots=True)
class Counts:
    """People first addressed: `counted`, whose window is over, and `too_early`, of whom `seen_early` were seen already.

    Every other number is of the counted ones, within the horizon: people up to `crossed`; from `kept` on the appointments
    of theirs that start within it.
    """

    counted: int = 0
    too_early: int = 0
    seen_early: int = 0
    reached: int = 0
    answered: int = 0
    booked: int = 0
    autonomous: int = 0
    seen: int = 0
    unknown: int = 0
    crossed: int = 0
    kept: int = 0
    noshow: int = 0
    excused: int = 0
    revoked: int = 0
    unnoted: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*map(add, _NUMBERS(self), _NUMBERS(other)))

    @property
    def addressed(self) -> int:
        """N: everyone, whether or not their window is over."""
        return self.counted + self.too_early

    @property
    def appointments(self) -> int:
        """All of the window, whatever became of them."""
        return self.kept + self.noshow + self.excused + self.revoked + self.unnoted

    @property
    def seen_figure(self) -> Seen:
        """The primary figure."""
        return Seen(Proportion(self.seen, self.counted), self.unknown, self.too_early, self.seen_early)

    @property
    def no_show(self) -> NoShow:
        return NoShow(Proportion(self.noshow, self.kept + self.noshow), self.excused, self.revoked, self.unnoted)

    @property
    def service_cancellations(self) -> Proportion:
        """revoked / booked: of all appointments of the window."""
        return Proportion(self.revoked, self.appointments)

    def proportion(self, name: str) -> Proportion:
        """`reached`, `answered`, `booked`, `autonomous`, `seen`, `unknown` or `crossed`, of the people counted."""
        return Proportion(int(getattr(self, name)), self.counted)


_NUMBERS = attrgetter(*Counts.__slots__)  # a page adds thousands of them: `astuple` would copy each number deeply
NOBODY = Counts()
# The numbers that are of the people counted, in the order of their columns.
COUNTED: tuple[str, ...] = tuple(
    name for name in Counts.__slots__ if name not in {"counted", "too_early", "seen_early"}
)

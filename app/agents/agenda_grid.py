"""A picture turned into columns, hours and rows of five minutes; or into lines, day by day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from invitations.agenda.wall_time import midnight
from invitations.options import Option
from invitations.team_agenda import Away, ClosedDay, Meeting, Picture, Receiving

ROW = 5  # minutes
SHORT = 30  # minutes: less than this leaves room for one line of words, less than ROOMY for three
ROOMY = 60
SHORTEST = 10
FIRST_HOUR, LAST_HOUR = 8, 18
WHOLE_DAY = 24 * 60
_DAY = timedelta(days=1)

Item = Receiving | Away | Meeting


@dataclass(frozen=True, slots=True)
class Block:
    """Something of a day, in minutes of its wall time. `kind`: receiving, away or meeting."""

    kind: str
    item: Item
    on: date
    begins: int
    ends: int

    @property
    def rows(self) -> str:
        """The classes that put it where it is (agenda.css): hour and minute of its start, of its end."""
        return rows_of(self.begins, self.ends)

    @property
    def size(self) -> str:
        """How many words there is room for: one line, three, or more."""
        length = self.ends - self.begins
        return "is-short" if length < SHORT else "is-tight" if length < ROOMY else ""


@dataclass(frozen=True, slots=True)
class Column:
    """One agent's day. `now`: the class of the line that says what time it is, on the present day."""

    on: date
    agent: Option
    closed: list[ClosedDay]
    blocks: list[Block]
    now: str


@dataclass(frozen=True, slots=True)
class Grid:
    """Columns by day; hours from `first` to `last`, both whole."""

    days: list[tuple[date, list[Column]]]
    first: int
    last: int

    @property
    def is_empty(self) -> bool:
        """True when nobody receives or is expected."""
        kinds = {block.kind for _, columns in self.days for column in columns for block in column.blocks}
        return not kinds & {"receiving", "meeting"}


@dataclass(frozen=True, slots=True)
class Line:
    kind: str
    item: Item


def lay_out(picture: Picture, agents: Sequence[Option], days: Sequence[date], *, now: datetime) -> Grid:
    """A column for each agent of each day."""
    whole = [block for kind, item in items_of(picture) for block in blocks_of(kind, item, days, picture.zone)]
    first, last = hours_of(whole)
    columns: dict[tuple[int, date], list[Block]] = defaultdict(list)
    for block in filter(None, (clipped(one, first * 60, last * 60) for one in whole)):
        for agent_id in agents_of(block.item):
            columns[agent_id, block.on].append(block)
    closed = {on: [one for one in picture.closed if one.on == on] for on in days}
    line = {on: now_of(now, on, picture.zone, (first, last)) for on in days}
    return Grid(
        [(on, [Column(on, one, closed[on], in_order(columns[one.id, on]), line[on]) for one in agents]) for on in days],
        first,
        last,
    )


def items_of(picture: Picture) -> Iterator[tuple[str, Item]]:
    yield from (("receiving", one) for one in picture.receiving)
    yield from (("away", one) for one in picture.away)
    yield from (("meeting", one) for one in picture.meetings)


def agents_of(item: Item) -> tuple[int, ...]:
    return item.agent_ids if isinstance(item, Meeting) else (item.agent_id,)


def blocks_of(kind: str, item: Item, days: Sequence[date], zone: ZoneInfo) -> Iterator[Block]:
    """What of it falls into each of these days, which follow each other."""
    first = max(item.starts_at.astimezone(zone).date(), days[0])
    last = min(item.ends_at.astimezone(zone).date(), days[-1])
    for number in range((last - first).days + 1):
        on = first + number * _DAY
        span = minutes_of(item.starts_at, item.ends_at, on, zone)
        if span is not None:
            yield Block(kind, item, on, *span)


def hours_of(blocks: Iterable[Block]) -> tuple[int, int]:
    """The hours worth showing: the office's, and all that happens outside them."""
    worth = [one for one in blocks if one.kind != "away"]
    first = min([FIRST_HOUR, *(one.begins // 60 for one in worth)])
    return first, max([LAST_HOUR, *(-(-one.ends // 60) for one in worth)])


def clipped(block: Block, first: int, last: int) -> Block | None:
    """What of it lies between two minutes of the day, tall enough to be seen; None for nothing."""
    begins, ends = max(block.begins, first), min(block.ends, last)
    if begins >= ends:
        return None
    return replace(block, begins=begins, ends=min(max(ends, begins + SHORTEST), last))


def in_order(blocks: list[Block]) -> list[Block]:
    return sorted(blocks, key=lambda one: one.begins)


def minutes_of(starts_at: datetime, ends_at: datetime, on: date, zone: ZoneInfo) -> tuple[int, int] | None:
    """From when to when of a day's wall time, in minutes; None when it touches another day only."""
    begins, ends = midnight(on, zone), midnight(on + _DAY, zone)
    if ends_at <= begins or ends <= starts_at:
        return None
    first = 0 if starts_at <= begins else wall_minute(starts_at, zone)
    last = WHOLE_DAY if ends_at >= ends else wall_minute(ends_at, zone)
    return first, max(last, first + ROW)  # an hour that happens twice may end before it began


def wall_minute(moment: datetime, zone: ZoneInfo) -> int:
    local = moment.astimezone(zone)
    return local.hour * 60 + local.minute


def now_of(now: datetime, on: date, zone: ZoneInfo, hours: tuple[int, int]) -> str:
    minute = wall_minute(now, zone)
    is_shown = now.astimezone(zone).date() == on and hours[0] * 60 <= minute < hours[1] * 60
    return rows_of(minute, minute + ROW) if is_shown else ""


def rows_of(begins: int, ends: int) -> str:
    first, last = begins - begins % ROW, ends + -ends % ROW
    return f"h-{first // 60} m-{first % 60} uh-{last // 60} um-{last % 60}"


def listed(picture: Picture, days: Sequence[date]) -> list[tuple[date, list[ClosedDay], list[Line]]]:
    """Day by day: what closes it, then what happens, in order of time."""
    lines: dict[date, list[Line]] = defaultdict(list)
    for kind, item in sorted(items_of(picture), key=lambda one: one[1].starts_at):
        for block in blocks_of(kind, item, days, picture.zone):
            lines[block.on].append(Line(kind, item))
    return [(on, [one for one in picture.closed if one.on == on], lines[on]) for on in days]

"""A picture turned into columns, hours and rows of five minutes; or into lines, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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

Item = Receiving | Away | Meeting


@dataclass(frozen=True, slots=True)
class Block:
    """Something of a column, in minutes of its day's wall time. `kind`: receiving, away or meeting."""

    kind: str
    item: Item
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
    first, last = hours_of(picture, days)
    columns = [(on, [column_of(picture, on, one, (first, last), now) for one in agents]) for on in days]
    return Grid(columns, first, last)


def hours_of(picture: Picture, days: Sequence[date]) -> tuple[int, int]:
    """The hours worth showing: the office's, and all that happens outside them."""
    worth: list[Item] = [*picture.receiving, *picture.meetings]
    spans = [span for on in days for one in worth if (span := minutes_of(one.starts_at, one.ends_at, on, picture.zone))]
    first = min([FIRST_HOUR, *(begins // 60 for begins, _ in spans)])
    return first, max([LAST_HOUR, *(-(-ends // 60) for _, ends in spans)])


def column_of(picture: Picture, on: date, agent: Option, hours: tuple[int, int], now: datetime) -> Column:
    blocks = [
        *blocks_of(
            "receiving", (one for one in picture.receiving if one.agent_id == agent.id), on, picture.zone, hours
        ),
        *blocks_of("away", (one for one in picture.away if one.agent_id == agent.id), on, picture.zone, hours),
        *blocks_of("meeting", (one for one in picture.meetings if agent.id in one.agent_ids), on, picture.zone, hours),
    ]
    return Column(
        on=on,
        agent=agent,
        closed=[one for one in picture.closed if one.on == on],
        blocks=sorted(blocks, key=lambda one: one.begins),
        now=now_of(now, on, picture.zone, hours),
    )


def blocks_of(kind: str, items: Iterable[Item], on: date, zone: ZoneInfo, hours: tuple[int, int]) -> list[Block]:
    """What of these items falls into the hours shown of a day."""
    found = []
    for one in items:
        span = minutes_of(one.starts_at, one.ends_at, on, zone)
        if span is None:
            continue
        begins, ends = max(span[0], hours[0] * 60), min(span[1], hours[1] * 60)
        if begins < ends:
            found.append(Block(kind, one, begins, min(max(ends, begins + SHORTEST), hours[1] * 60)))
    return found


def minutes_of(starts_at: datetime, ends_at: datetime, on: date, zone: ZoneInfo) -> tuple[int, int] | None:
    """From when to when of a day's wall time, in minutes; None when it touches another day only."""
    begins, ends = midnight(on, zone), midnight(on + timedelta(days=1), zone)
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
    items = [
        *(Line("receiving", one) for one in picture.receiving),
        *(Line("away", one) for one in picture.away),
        *(Line("meeting", one) for one in picture.meetings),
    ]
    items.sort(key=lambda one: one.item.starts_at)
    return [
        (
            on,
            [one for one in picture.closed if one.on == on],
            [one for one in items if minutes_of(one.item.starts_at, one.item.ends_at, on, picture.zone)],
        )
        for on in days
    ]

"""Moments as whole minutes since 1970 UTC, and the text in which both engines take them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from invitations.holidays import is_holiday
from tests.bench.country.habits import DAY

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1)
_CLOCK = [f" {minute // 60:02}:{minute % 60:02}:00.000000" for minute in range(DAY)]
OPENS, CLOSES = 8 * 60, 20 * 60
SUNDAY, SATURDAY = 6, 5


def minute_of(moment: datetime) -> int:
    return int((moment - EPOCH).total_seconds()) // 60


def moment_of(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def text_of(minute: int | None) -> str | None:
    """As SQLite keeps a moment; PostgreSQL reads it so in a session whose time zone is UTC."""
    return None if minute is None else day_text(minute // DAY) + _CLOCK[minute % DAY]


@cache
def day_of(number: int) -> date:
    return _FIRST_DAY + timedelta(days=number)


@cache
def day_text(number: int) -> str:
    return day_of(number).isoformat()


class Place:
    """Wall time of one time zone: what its clock says, and when a message may leave."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        self._ahead: dict[int, int] = {}

    def ahead(self, number: int) -> int:
        """Minutes that wall time is ahead of UTC on this day."""
        if number not in self._ahead:
            noon = datetime.combine(day_of(number), datetime.min.time(), self.zone) + timedelta(hours=12)
            self._ahead[number] = int((noon.utcoffset() or timedelta()).total_seconds()) // 60
        return self._ahead[number]

    def at(self, number: int, wall: int) -> int:
        """The minute at which the clock says `wall` minutes past midnight on this day."""
        return number * DAY + wall - self.ahead(number)

    def leaves(self, minute: int) -> int:
        """When a message owed then may leave: from 8 to 20, neither on Sundays nor on public holidays."""
        number, wall = divmod(minute + self.ahead(minute // DAY), DAY)
        if wall >= CLOSES or is_quiet(number):
            number = next(one for one in range(number + 1, number + 12) if not is_quiet(one))
            wall = OPENS
        return self.at(number, max(wall, OPENS))

    def office(self, minute: int, wall: int) -> int:
        """That time of day on the first working day from then on."""
        number = minute // DAY
        return self.at(next(one for one in range(number, number + 12) if is_worked(one)), wall)


@cache
def is_quiet(number: int) -> bool:
    return day_of(number).weekday() == SUNDAY or is_holiday(day_of(number), None)


@cache
def is_worked(number: int) -> bool:
    return day_of(number).weekday() < SATURDAY and not is_holiday(day_of(number), None)

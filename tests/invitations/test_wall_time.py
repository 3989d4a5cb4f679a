"""Wall time on the two days a year that change the clock."""

from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

from invitations.agenda.slots import Kind, Window, free_slots
from invitations.agenda.wall_time import midnight, span

PARIS = ZoneInfo("Europe/Paris")
REUNION = ZoneInfo("Indian/Reunion")
SPRING, AUTUMN = date(2027, 3, 28), date(2026, 10, 25)
HOURLY = Kind(1, 60, 60)


def starts(day: date, first: time, last: time, zone: ZoneInfo = PARIS) -> list[str]:
    (begins, ends), repeated = span(day, first, last, zone)
    slots = free_slots([Window(1, 1, HOURLY, begins, ends, repeated)], {})
    return [f"{one.starts_at.astimezone(zone):%H:%M}" for one in slots]


def test_nine_stays_nine_across_a_clock_change() -> None:
    for day in (date(2027, 3, 26), SPRING, date(2027, 3, 29), date(2026, 10, 24), AUTUMN, date(2026, 10, 26)):
        assert starts(day, time(9), time(12)) == ["09:00", "10:00", "11:00"]


def test_the_hour_that_does_not_exist_is_skipped() -> None:
    assert starts(SPRING, time(1), time(5)) == ["01:00", "03:00", "04:00"]
    assert starts(SPRING, time(2), time(3)) == []
    assert starts(SPRING, time(2, 30), time(5)) == ["03:00", "04:00"]


def test_the_hour_that_exists_twice_happens_once() -> None:
    assert starts(AUTUMN, time(1), time(5)) == ["01:00", "02:00", "03:00", "04:00"]
    assert starts(AUTUMN, time(2), time(3)) == ["02:00"]


def test_a_day_begins_at_midnight_of_its_own_zone() -> None:
    assert midnight(date(2026, 12, 1), PARIS).isoformat() == "2026-11-30T23:00:00+00:00"
    assert midnight(date(2026, 12, 1), REUNION).isoformat() == "2026-11-30T20:00:00+00:00"


def test_reunion_never_changes_its_clock() -> None:
    assert starts(SPRING, time(1), time(4), REUNION) == ["01:00", "02:00", "03:00"]

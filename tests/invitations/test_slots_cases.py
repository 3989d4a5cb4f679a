"""Cases as somebody from outside would bring them: a day in words, the starts expected. Only the documented names are used.

A line of CASES: openings, what is taken, minutes of the talk and of the step, now and the delays, the starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

import pytest

from invitations.agenda.slots import Interval, Kind, Window, free_slots
from invitations.agenda.wall_time import span

PARIS = ZoneInfo("Europe/Paris")
MIQUELON = ZoneInfo("America/Miquelon")


@dataclass(frozen=True)
class Case:
    """One agent's day, in wall time of the zone: `09:00-12:00 14:00-17:00`. `from_` and `until` bound the start."""

    name: str
    openings: str
    starts: str
    taken: str = ""
    talk: int = 45
    step: int | None = None
    from_: str = "00:00"
    until: str = "23:59"
    day: date = date(2026, 12, 1)
    zone: ZoneInfo = PARIS


CASES = [
    Case("nothing taken", "09:00-12:00", "09:00 09:45 10:30 11:15"),
    Case("too short by a minute", "09:00-09:44", ""),
    Case("exactly long enough", "09:00-09:45", "09:00"),
    Case("contact is free", "09:00-12:00", "09:00 10:30 11:15", taken="09:45-10:30"),
    Case("a pause of 15 minutes", "09:00-12:00", "09:00 10:45", taken="09:45-10:45"),
    Case("taken from before the opening", "09:00-12:00", "10:00 10:45", taken="08:00-10:00"),
    Case("taken beyond the end", "09:00-12:00", "09:00 09:45", taken="11:00-13:00"),
    Case("taken altogether", "09:00-12:00", "", taken="08:00-13:00"),
    Case("rounded up to five minutes", "09:00-12:00", "09:50 10:35", taken="09:00-09:46"),
    Case("an opening off the grid", "09:03-12:00", "09:05 09:50 10:35"),
    Case("what is taken twice is taken once", "09:00-12:00", "10:30 11:15", taken="09:00-10:30 09:30-10:00"),
    Case("nothing that lasts no time takes time", "09:00-12:00", "09:00 09:45 10:30 11:15", taken="10:00-10:00"),
    Case("halves that touch", "09:00-10:10 10:10-12:00", "09:00 09:45 10:30 11:15"),
    Case("halves that overlap", "09:00-11:00 10:00-12:00", "09:00 09:45 10:30 11:15"),
    Case("a break between", "09:00-10:00 10:30-12:00", "09:00 10:30 11:15"),
    Case("starts closer than the length", "09:00-10:30", "09:00 09:15 09:30 09:45", step=15),
    Case("starts further than the length", "09:00-12:00", "09:00 10:00 11:00", step=60),
    Case("the last that fits ends with the opening", "09:00-11:45", "09:00 10:00 11:00", step=60),
    Case("time has passed: dropped, not moved", "09:00-12:00", "09:45 10:30 11:15", from_="09:20"),
    Case("the first moment is included", "09:00-12:00", "09:45 10:30 11:15", from_="09:45"),
    Case("the last moment is included", "09:00-12:00", "09:00 09:45 10:30", until="10:30"),
    Case("a minute too late", "09:00-12:00", "09:00 09:45", until="10:29"),
    Case("across midnight is no opening", "22:00-02:00", ""),
    Case("the 29th of February", "09:00-12:00", "09:00 10:00 11:00", talk=60, day=date(2028, 2, 29)),
    Case("2:00 does not exist", "01:00-05:00", "01:00 03:00 04:00", talk=60, day=date(2027, 3, 28)),
    Case("an opening that does not exist", "02:00-03:00", "", talk=60, day=date(2027, 3, 28)),
    Case("2:00 comes twice and counts once", "01:00-05:00", "01:00 02:00 03:00 04:00", talk=60, day=date(2026, 10, 25)),
    Case("nine is nine all the same", "09:00-11:00", "09:00 10:00", talk=60, day=date(2026, 10, 25)),
    Case(
        "Miquelon springs on another day", "01:00-04:00", "01:00 03:00", talk=60, day=date(2027, 3, 14), zone=MIQUELON
    ),
    Case("and not on ours", "01:00-04:00", "01:00 02:00 03:00", talk=60, day=date(2027, 3, 28), zone=MIQUELON),
]


def clock(text: str) -> time:
    return time.fromisoformat(text)


def spans(case: Case, words: str) -> list[tuple[Interval, Interval | None]]:
    pairs = [one.split("-") for one in words.split()]
    return [span(case.day, clock(first), clock(last), case.zone) for first, last in pairs]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_gives_the_starts_expected(case: Case) -> None:
    earliest, latest = span(case.day, clock(case.from_), clock(case.until), case.zone)[0]
    kind = Kind(type_id=1, duration=case.talk, step=case.step or case.talk, earliest=earliest, latest=latest)
    windows = [
        Window(agent_id=7, place_id=3, kind=kind, starts=begins, ends=ends, repeated=again)
        for (begins, ends), again in spans(case, case.openings)
    ]
    busy = {7: [taken for taken, _ in spans(case, case.taken)]}
    found = " ".join(f"{one.starts_at.astimezone(case.zone):%H:%M}" for one in free_slots(windows, busy))
    assert found == case.starts

"""Days, hours and lengths as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications import wording

PARIS, REUNION = ZoneInfo("Europe/Paris"), ZoneInfo("Indian/Reunion")
NBSP = "\N{NO-BREAK SPACE}"


def test_a_day_is_one_of_the_place() -> None:
    moment = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)
    assert wording.day(moment, PARIS) == "lundi 30 novembre"
    assert wording.day(moment, REUNION) == "mardi 1er décembre"
    assert wording.short_day(moment, REUNION) == "mardi 1/12"
    assert wording.shortest_day(moment, REUNION) == "1/12"


def test_an_hour_is_one_of_the_place() -> None:
    moment = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
    assert wording.hour(moment, PARIS) == f"9{NBSP}h{NBSP}00"
    assert wording.short_hour(moment, PARIS) == "9h"
    assert wording.short_hour(moment + timedelta(minutes=5), REUNION) == "12h05"


def test_midnight_is_one_of_the_place() -> None:
    moment = datetime(2026, 12, 7, 23, 0, tzinfo=UTC)
    assert wording.is_midnight(moment, PARIS)
    assert not wording.is_midnight(moment, REUNION)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(1, "1 minute"), (45, "45 minutes"), (60, "1 heure"), (90, "90 minutes"), (1440, "1 jour"), (4320, "3 jours")],
)
def test_a_length_is_said_in_whole_units(minutes: int, said: str) -> None:
    assert wording.length(timedelta(minutes=minutes)) == said.replace(" ", NBSP)

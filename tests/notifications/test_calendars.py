"""Our calendar files, read back by programs that we did not write."""

from __future__ import annotations

import ctypes
import ctypes.util
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
import vobject
from icalendar import Calendar

from notifications.calendars import Happening, event
from notifications.vtimezone import changes_in

STAMP = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ZONES = (
    "Europe/Paris",
    "Indian/Reunion",
    "Indian/Mayotte",
    "America/Guadeloupe",
    "America/Martinique",
    "America/Cayenne",
    "America/Miquelon",
)
# Beside both clock changes, in both halves of the year, and far ahead.
MOMENTS = (
    datetime(2026, 12, 3, 9, 30, tzinfo=UTC),
    datetime(2027, 7, 1, 7, 0, tzinfo=UTC),
    datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
    datetime(2027, 3, 28, 1, 0, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    datetime(2031, 5, 5, 8, 0, tzinfo=UTC),
)
HAPPENING = Happening(
    uid="5f0c8c1e-0000-4000-8000-000000000012",
    sequence=2,
    starts_at=MOMENTS[0],
    ends_at=MOMENTS[0] + timedelta(minutes=45),
    zone=ZoneInfo("Europe/Paris"),
    summary="Rendez-vous, centre médico-social",
    organiser="Centre médico-social de Valence",
    organiser_email="cms@drome.example",
    stamp=STAMP,
    location="Maison des solidarités, 12 rue Latour-Maubourg; 26000 Valence",
    description="Première ligne, avec virgule\nChanger : https://rdv.exemple.fr/r/abc\n" + "é" * 200,
    url="https://rdv.exemple.fr/r/abc",
)


def at(moment: datetime, zone: str = "Europe/Paris") -> Happening:
    return replace(HAPPENING, starts_at=moment, ends_at=moment + timedelta(minutes=45), zone=ZoneInfo(zone))


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
def test_the_file_has_the_form_that_the_standard_asks_for(method: str) -> None:
    """RFC 5545 § 3.1: CRLF, lines of 75 octets at most."""
    content = event(HAPPENING, method=method)
    lines = content.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert f"METHOD:{method}".encode() in lines


def test_another_reader_finds_every_word() -> None:
    read = vobject.readOne(event(HAPPENING).decode())
    found = read.vevent
    assert found.uid.value == HAPPENING.uid
    assert found.sequence.value == "2"
    assert found.summary.value == HAPPENING.summary
    assert found.location.value == HAPPENING.location
    assert found.description.value == HAPPENING.description
    assert found.url.value == HAPPENING.url
    assert found.status.value == "CONFIRMED"
    assert found.organizer.value == "mailto:cms@drome.example"
    assert found.valarm.trigger.value == timedelta(days=-1)
    assert not hasattr(found, "attendee")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_another_reader_finds_the_same_moment_with_our_vtimezone_alone(moment: datetime, zone: str) -> None:
    """vobject takes the zone from the VTIMEZONE in the file: a wrong or short one would move the hour."""
    found = vobject.readOne(event(at(moment, zone)).decode()).vevent
    wall = moment.astimezone(ZoneInfo(zone))
    assert found.dtstart.value.replace(tzinfo=None) == wall.replace(tzinfo=None)
    if wall.replace(fold=1).utcoffset() == wall.replace(fold=0).utcoffset():  # an hour that happens once
        assert found.dtstart.value.astimezone(UTC) == moment
        assert found.dtend.value.astimezone(UTC) - moment == timedelta(minutes=45)


@pytest.mark.parametrize("zone", ZONES)
def test_clocks_change_in_the_file_when_they_do_in_the_world(zone: str) -> None:
    """Each change of 30 years, half an hour before and after it, as read by vobject from the VTIMEZONE."""
    read = vobject.readOne(event(at(MOMENTS[0], zone)).decode()).vevent.dtstart.value.tzinfo
    for year in range(2026, 2056):
        for change in changes_in(ZoneInfo(zone), year):
            moment = (change.wall - change.before).replace(tzinfo=UTC)
            for beside in (moment - timedelta(hours=1, minutes=30), moment + timedelta(hours=1, minutes=30)):
                wall = beside.astimezone(ZoneInfo(zone))
                assert wall.replace(tzinfo=read).utcoffset() == wall.utcoffset()


def test_the_change_is_written_in_the_wall_time_before_it() -> None:
    """RFC 5545 § 3.6.5: "the onset … in local time with the offset before". Paris goes from 2:00 to 3:00."""
    lines = event(HAPPENING).decode().split("\r\n")
    summer = lines[lines.index("BEGIN:DAYLIGHT") : lines.index("END:DAYLIGHT")]
    assert "DTSTART:20200329T020000" in summer
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in summer
    assert {"TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"} <= set(summer)


def test_a_zone_without_a_yearly_rule_is_refused_rather_than_written_wrong() -> None:
    with pytest.raises(ValueError, match="yearly"):
        event(at(MOMENTS[0], "Africa/Casablanca"))


@pytest.mark.parametrize("zone", ZONES)
def test_a_third_reader_puts_it_on_the_right_day(zone: str) -> None:
    read = Calendar.from_ical(event(at(MOMENTS[0], zone)))
    day = MOMENTS[0].astimezone(ZoneInfo(zone)).date()
    found = recurring_ical_events.of(read).at(day)
    assert [one["UID"] for one in found] == [HAPPENING.uid]
    assert recurring_ical_events.of(read).at(day + timedelta(days=1)) == []


def test_cancelling_reaches_the_same_event_and_rings_no_more() -> None:
    published = vobject.readOne(event(HAPPENING).decode()).vevent
    cancelled = vobject.readOne(event(replace(HAPPENING, sequence=3), method="CANCEL").decode()).vevent
    assert cancelled.uid.value == published.uid.value
    assert int(cancelled.sequence.value) > int(published.sequence.value)
    assert cancelled.status.value == "CANCELLED"
    assert not hasattr(cancelled, "valarm")


def test_what_is_not_known_is_left_out() -> None:
    content = event(replace(HAPPENING, location="", description="", url="", organiser_email=None)).decode()
    for name in ("LOCATION", "URL"):
        assert f"\r\n{name}" not in content
    assert "invalid:nomail" in content


def test_the_same_state_is_the_same_file() -> None:
    assert event(HAPPENING) == event(HAPPENING)


@pytest.mark.parametrize("method", ["PUBLISH", "CANCEL"])
@pytest.mark.parametrize("zone", ZONES)
def test_libical_finds_nothing_to_complain_about(zone: str, method: str) -> None:
    """The reader of Evolution, Thunderbird's ancestors and many phones, with its check of RFC 5546's restrictions."""
    libical = load_libical()
    parsed = libical.icalparser_parse_string(event(at(MOMENTS[0], zone), method=method))
    assert parsed
    parsed = ctypes.c_void_p(parsed)
    assert libical.icalcomponent_count_errors(parsed) == 0
    assert libical.icalrestriction_check(parsed) == 1
    libical.icalcomponent_free(parsed)


def test_libical_does_complain_about_a_file_that_is_wrong() -> None:
    libical = load_libical()
    wrong = event(HAPPENING).replace(b"\r\nUID:", b"\r\nX-UID:")
    parsed = ctypes.c_void_p(libical.icalparser_parse_string(wrong))
    assert libical.icalrestriction_check(parsed) == 0
    libical.icalcomponent_free(parsed)


def load_libical() -> ctypes.CDLL:
    found = ctypes.util.find_library("ical")
    if found is None:
        pytest.skip("NOT RUN: no libical on this machine (Debian: apt install libical3)")
    libical = ctypes.CDLL(found)
    libical.icalparser_parse_string.restype = ctypes.c_void_p
    return libical

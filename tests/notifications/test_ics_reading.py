"""When somebody's calendar takes time: as every program writes it, and as somebody who means harm would."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from notifications.ics_reading import Busy, Reading, Unreadable, Unusable, merged, read_busy

PARIS = ZoneInfo("Europe/Paris")
REUNION = ZoneInfo("Indian/Reunion")
AFTER = datetime(2026, 11, 23, tzinfo=UTC)
BEFORE = AFTER + timedelta(days=401)

# What Exchange writes, word for word.
ROMANCE = """BEGIN:VTIMEZONE
TZID:Romance Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""


def event(*lines: str, uid: str = "one") -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20261101T000000Z", *lines, "END:VEVENT"])


def calendar(*components: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test", *components, "END:VCALENDAR", ""]).encode()


def read(*components: str, zone: ZoneInfo = PARIS) -> Reading:
    return read_busy(calendar(*components), zone=zone, after=AFTER, before=BEFORE)


def busy(*components: str, zone: ZoneInfo = PARIS) -> list[str]:
    """ "01/12 09:00–10:00" in wall time of the zone, in order"""
    reading = read(*components, zone=zone)
    assert reading.left_out == 0
    return [written(one, zone) for one in reading.busy]


def written(one: Busy, zone: ZoneInfo = PARIS) -> str:
    starts, ends = one.starts_at.astimezone(zone), one.ends_at.astimezone(zone)
    same = starts.date() == ends.date()
    return f"{starts:%d/%m %H:%M}–{ends:%H:%M}" if same else f"{starts:%d/%m %H:%M}–{ends:%d/%m %H:%M}"


# What takes time, and what does not


def test_an_empty_calendar_takes_no_time() -> None:
    assert busy() == []


def test_an_event_takes_its_time_and_tells_nothing_else() -> None:
    said = event("DTSTART:20261201T080000Z", "DTEND:20261201T090000Z", "SUMMARY:Secret", "LOCATION:Secret")
    assert read(said) == Reading(
        [Busy(datetime(2026, 12, 1, 8, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC), "one")], 0
    )


@pytest.mark.parametrize(
    "line",
    [
        "TRANSP:TRANSPARENT", "STATUS:CANCELLED", "X-MICROSOFT-CDO-BUSYSTATUS:FREE", "transp:transparent",
        "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE", "X-MICROSOFT-CDO-INTENDEDSTATUS:FREE",
    ],
)  # fmt: skip
def test_free_and_cancelled_take_none(line: str) -> None:
    assert busy(event("DTSTART:20261201T080000Z", "DURATION:PT1H", line)) == []


@pytest.mark.parametrize(
    "line", ["TRANSP:OPAQUE", "STATUS:TENTATIVE", "STATUS:CONFIRMED", "X-MICROSOFT-CDO-BUSYSTATUS:OOF", "CLASS:PRIVATE"]
)
def test_everything_else_does(line: str) -> None:
    assert busy(event("DTSTART:20261201T080000Z", "DURATION:PT1H", line)) == ["01/12 09:00–10:00"]


def test_tasks_journals_and_alarms_take_none() -> None:
    inside = ["BEGIN:VALARM", "TRIGGER:-PT15M", "DTSTART:20261202T080000Z", "DURATION:PT9H", "END:VALARM"]
    assert busy(
        "BEGIN:VTODO\r\nUID:t\r\nDTSTART:20261201T080000Z\r\nDUE:20261201T090000Z\r\nEND:VTODO",
        "BEGIN:VJOURNAL\r\nUID:j\r\nDTSTART:20261201T080000Z\r\nEND:VJOURNAL",
        event("DTSTART:20261203T080000Z", "DURATION:PT1H", *inside),
    ) == ["03/12 09:00–10:00"]


def test_published_free_and_busy_time_is_read() -> None:
    """RFC 5545 § 3.6.4: what Zimbra and Exchange publish for colleagues."""
    assert busy(
        "BEGIN:VFREEBUSY\r\nUID:f\r\nFREEBUSY:20261201T080000Z/PT1H,20261202T080000Z/20261202T090000Z\r\n"
        "FREEBUSY;FBTYPE=FREE:20261203T080000Z/PT1H\r\nFREEBUSY;FBTYPE=BUSY-TENTATIVE:20261204T080000Z/PT1H\r\n"
        "END:VFREEBUSY"
    ) == ["01/12 09:00–10:00", "02/12 09:00–10:00", "04/12 09:00–10:00"]


def test_periods_that_are_none_cost_the_rest_nothing() -> None:
    reading = read(
        "BEGIN:VFREEBUSY\r\nUID:f\r\nFREEBUSY;VALUE=TEXT:demain\r\nEND:VFREEBUSY",
        event("DTSTART:20261201T080000Z", "DTEND:20261201T090000Z"),
    )
    assert ([written(one) for one in reading.busy], reading.left_out) == (["01/12 09:00–10:00"], 1)


# Lengths


def test_duration_stands_for_the_end() -> None:
    assert busy(event("DTSTART:20261201T080000Z", "DURATION:PT1H30M")) == ["01/12 09:00–10:30"]
    assert busy(event("DTSTART:20261201T080000Z", "DURATION:P1D")) == ["01/12 09:00–02/12 09:00"]


def test_an_event_without_length_takes_no_time() -> None:
    assert busy(event("DTSTART:20261201T080000Z")) == []


def test_all_day_takes_the_whole_local_day() -> None:
    said = event("DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20261203")
    assert busy(said) == ["01/12 00:00–03/12 00:00"]
    assert busy(said, zone=REUNION) == ["01/12 00:00–03/12 00:00"]


@pytest.mark.parametrize("lines", [(), ("DTEND;VALUE=DATE:20261201",), ("DURATION:P1D",)])
def test_one_day_in_every_spelling(lines: tuple[str, ...]) -> None:
    assert busy(event("DTSTART;VALUE=DATE:20261201", *lines)) == ["01/12 00:00–02/12 00:00"]


def test_the_day_on_which_the_clocks_change_has_its_own_length() -> None:
    found = read(event("DTSTART;VALUE=DATE:20270328"), event("DTSTART;VALUE=DATE:20271031", uid="two")).busy
    assert [one.ends_at - one.starts_at for one in found] == [timedelta(hours=23), timedelta(hours=25)]


def test_time_is_counted_between_the_two_moments_only() -> None:
    found = read(
        event("DTSTART:20261101T000000Z", "DTEND:20261125T000000Z", uid="before"),
        event("DTSTART:20261101T000000Z", "DTEND:20261102T000000Z", uid="long over"),
        event("DTSTART:20271220T000000Z", "DTEND:20290101T000000Z", uid="after"),
        event("DTSTART:20290101T000000Z", "DTEND:20290102T000000Z", uid="too far"),
    )
    assert [(one.starts_at, one.ends_at) for one in found.busy] == [
        (AFTER, datetime(2026, 11, 25, tzinfo=UTC)),
        (datetime(2027, 12, 20, tzinfo=UTC), BEFORE),
    ]


# Zones


def test_floating_times_are_the_agents() -> None:
    said = event("DTSTART:20261201T090000", "DTEND:20261201T100000")
    assert busy(said) == ["01/12 09:00–10:00"]
    assert read(said, zone=REUNION).busy[0].starts_at == datetime(2026, 12, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["", ROMANCE, ROMANCE.replace("+0200", "+1100").replace("+0100", "+1000")])
def test_windows_names_mean_what_windows_means(zone: str) -> None:
    """With its definition, without, and with a wrong one; in winter and in summer."""
    assert busy(
        *filter(None, [zone]),
        event("DTSTART;TZID=Romance Standard Time:20261201T090000", "DURATION:PT1H"),
        event('DTSTART;TZID="Romance Standard Time":20270701T090000', "DURATION:PT1H", uid="two"),
        event("DTSTART;TZID=SA Western Standard Time:20270701T090000", "DURATION:PT1H", uid="three"),
    ) == ["01/12 09:00–10:00", "01/07 09:00–10:00", "01/07 15:00–16:00"]


def test_a_zone_of_ones_own_is_read_from_the_file_wherever_it_stands() -> None:
    own = ROMANCE.replace("Romance Standard Time", "Customized Time Zone")
    said = [
        event("DTSTART;TZID=Customized Time Zone:20261201T090000", "DURATION:PT1H"),
        event("DTSTART;TZID=Customized Time Zone:20270701T090000", "DURATION:PT1H", uid="two"),
    ]
    assert busy(own, *said) == busy(*said, own) == ["01/12 09:00–10:00", "01/07 09:00–10:00"]


def test_the_long_names_of_other_programs_are_known() -> None:
    assert busy(
        event("DTSTART;TZID=/freeassociation.sourceforge.net/Indian/Reunion:20261201T120000", "DURATION:PT1H")
    ) == ["01/12 09:00–10:00"]


def test_a_zone_that_nobody_knows_counts_as_the_agents() -> None:
    assert busy(event("DTSTART;TZID=Mars/Olympus:20261201T090000", "DURATION:PT1H")) == ["01/12 09:00–10:00"]


# What comes back


def test_nine_stays_nine_across_both_clock_changes() -> None:
    """Zone written, and floating; weekly through March and October."""
    for start in ("DTSTART;TZID=Europe/Paris:20270322T090000", "DTSTART:20270322T090000"):
        found = busy(event(start, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=33"))
        assert len(found) == 33
        assert all(one.endswith("09:00–10:00") for one in found)


def test_a_rule_in_utc_stays_in_utc() -> None:
    found = busy(event("DTSTART:20270322T080000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2"))
    assert found == ["22/03 09:00–10:00", "29/03 10:00–11:00"]


def test_exceptions_moved_and_cancelled_occurrences() -> None:
    paris = ";TZID=Europe/Paris"
    assert busy(
        event(
            f"DTSTART{paris}:20270104T090000", f"DTEND{paris}:20270104T100000", "RRULE:FREQ=WEEKLY;COUNT=6",
            f"EXDATE{paris}:20270111T090000",
        ),
        event(
            f"RECURRENCE-ID{paris}:20270118T090000", f"DTSTART{paris}:20270119T140000", f"DTEND{paris}:20270119T150000"
        ),
        event(f"RECURRENCE-ID{paris}:20270125T090000", f"DTSTART{paris}:20270125T090000", "STATUS:CANCELLED"),
        event(
            f"RECURRENCE-ID{paris}:20270201T090000", f"DTSTART{paris}:20270201T090000", "DURATION:PT3H",
            "TRANSP:TRANSPARENT",
        ),
    ) == ["04/01 09:00–10:00", "19/01 14:00–15:00", "08/02 09:00–10:00"]  # fmt: skip


def test_an_occurrence_moved_into_sight_and_one_moved_out_of_it() -> None:
    assert busy(
        event("DTSTART:20261102T080000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=5"),
        event("RECURRENCE-ID:20261102T080000Z", "DTSTART:20261201T080000Z", "DURATION:PT1H"),
        event("RECURRENCE-ID:20261130T080000Z", "DTSTART:20261030T080000Z", "DURATION:PT1H"),
    ) == ["23/11 09:00–10:00", "01/12 09:00–10:00"]


def test_all_that_follows_moved_at_once() -> None:
    assert busy(
        event("DTSTART:20261201T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=4"),
        event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T080000Z", "DTSTART:20261203T130000Z", "DURATION:PT2H"),
    ) == ["01/12 09:00–10:00", "02/12 09:00–10:00", "03/12 14:00–16:00", "04/12 14:00–16:00"]


def test_single_dates_and_periods_are_added() -> None:
    assert busy(
        event("DTSTART:20261201T080000Z", "DURATION:PT1H", "RDATE:20261203T080000Z,20261204T080000Z"),
        event("DTSTART:20261207T080000Z", "DURATION:PT1H", "RDATE;VALUE=PERIOD:20261208T080000Z/PT3H", uid="two"),
    ) == ["01/12 09:00–10:00", "03/12 09:00–10:00", "04/12 09:00–10:00", "07/12 09:00–10:00", "08/12 09:00–12:00"]


@pytest.mark.parametrize("until", ["20270406", "20270406T065959Z", "20270406T235959"])
def test_an_end_in_every_spelling(until: str) -> None:
    found = busy(
        event("DTSTART;TZID=Europe/Paris:20270322T090000", "DURATION:PT1H", f"RRULE:FREQ=WEEKLY;UNTIL={until}")
    )
    assert found == ["22/03 09:00–10:00", "29/03 09:00–10:00", "05/04 09:00–10:00"]


def test_a_day_off_every_week_since_years() -> None:
    found = busy(event("DTSTART;VALUE=DATE:20200103", "RRULE:FREQ=WEEKLY;BYDAY=FR"))
    assert found[0] == "27/11 00:00–28/11 00:00"
    assert len(found) == 57


@pytest.mark.parametrize(
    "rule",
    ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=MONTHLY;BYDAY=2TU", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=YEARLY",
     "FREQ=DAILY;INTERVAL=3;COUNT=40", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"],
)  # fmt: skip
def test_rules_give_what_another_reader_finds(rule: str) -> None:
    """dateutil alone, in wall time; the first day counts, whatever the rule says of it (RFC 5545 § 3.8.5.3)."""
    start = datetime.combine(date(2026, 12, 1), time(9))
    wanted = sorted({start, *rrulestr(rule, dtstart=start).between(start, BEFORE.replace(tzinfo=None), inc=True)})
    found = read(event("DTSTART;TZID=Europe/Paris:20261201T090000", "DURATION:PT1H", f"RRULE:{rule}")).busy
    assert [one.starts_at.astimezone(PARIS).replace(tzinfo=None) for one in found] == wanted


# What is written badly


def test_folded_lines_lower_case_and_bare_line_ends_are_read() -> None:
    text = "\ufeff\nBEGIN:VCALENDAR\nbegin:vevent\nuid:x\ndtstart;tzid=Europe/\n Paris:20261201T0900\n 00\nduration:PT1H\nend:vevent\nEND:VCALENDAR\n\n"
    found = read_busy(text.encode(), zone=PARIS, after=AFTER, before=BEFORE)
    assert [written(one) for one in found.busy] == ["01/12 09:00–10:00"]


def test_bytes_that_are_no_utf_8_cost_nothing_but_themselves() -> None:
    content = calendar(event("SUMMARY:R\0union", "DTSTART:20261201T080000Z", "DURATION:PT1H")).replace(
        b"\0", b"\xe9\xff"
    )
    assert len(read_busy(content, zone=PARIS, after=AFTER, before=BEFORE).busy) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        event("DTSTART:garbage", "DURATION:PT1H", uid="bad"), event("DURATION:PT1H", uid="bad"),
        event("DTSTART:20261201T080000Z", "DURATION:PT1H", "RRULE:FREQ=SOMETIMES", uid="bad"),
        event("DTSTART:20261201T080000Z", "DURATION:P99999999999D", uid="bad"),
        event("DTSTART:20261301T080000Z", "DURATION:PT1H", uid="bad"),
        event("DTSTART:20261201T080000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY", uid="bad"),
    ],
)  # fmt: skip
def test_an_event_that_can_not_be_read_costs_the_others_nothing(wrong: str) -> None:
    reading = read(wrong, event("DTSTART:20261203T080000Z", "DURATION:PT1H"))
    assert [written(one) for one in reading.busy] == ["03/12 09:00–10:00"]
    assert reading.left_out == 1


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\n", b"<!doctype html><title>Sign in</title>", b"BEGIN:VCALENDAR", b"%PDF-1.7", bytes(range(256)) * 40,
        calendar(event("DTSTART:20261201T080000Z", "DURATION:PT1H"))[:-20], b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        calendar().decode().encode("utf-16"), b'{"calendar": []}',
    ],
)  # fmt: skip
def test_what_is_no_whole_calendar_gives_no_copy(content: bytes) -> None:
    """A file that is cut would free the time of all it no longer holds."""
    with pytest.raises(Unreadable) as refused:
        read_busy(content, zone=PARIS, after=AFTER, before=BEFORE)
    assert refused.value.why is Unusable.NOT_A_CALENDAR


# What is made to hurt

GOOD = event("DTSTART:20261201T080000Z", "DURATION:PT1H", uid="good")
LONG_AGO = "DTSTART:19700101T000000Z"


@pytest.mark.parametrize(
    "bomb",
    [
        event(LONG_AGO, "DURATION:PT1S", "RRULE:FREQ=SECONDLY", uid="bad"),
        event(LONG_AGO, "DURATION:PT1S", "RRULE:FREQ=MINUTELY;COUNT=1000000000", uid="bad"),
        event(LONG_AGO, "DURATION:PT1H", "RRULE:FREQ=HOURLY;INTERVAL=1", uid="bad"),
        event(LONG_AGO, "DURATION:PT1H", "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4;BYMINUTE=0,1,2;BYSECOND=0,1", uid="bad"),
        event(LONG_AGO, "DURATION:PT1H", "RRULE:FREQ=DAILY;INTERVAL=0", uid="bad"),
        event("DTSTART:00010101T000000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY", uid="bad"),
        event(
            "DTSTART:20261201T080000Z", "DURATION:PT1S",
            "RDATE:" + ",".join(f"20261201T{n // 3600:02d}{n // 60 % 60:02d}{n % 60:02d}Z" for n in range(86_400)),
            uid="bad",
        ),
        event("DTSTART:20261201T080000Z", *["EXDATE:20261201T080000Z"] * 5_000, uid="bad"),
        "\r\n".join(event("DTSTART:20261201T080000Z", f"RECURRENCE-ID:2026120{n % 9 + 1}T{n % 24:02d}0000Z", uid="bad") for n in range(5_000)),
    ],
    ids=["every second", "a thousand million", "every hour", "times of day", "interval 0", "year one", "dates",
         "exceptions", "changes"],
)  # fmt: skip
def test_a_bomb_is_left_out_and_the_rest_is_read(bomb: str) -> None:
    started = monotonic()
    reading = read(bomb, GOOD)
    assert [one.uid for one in reading.busy] == ["good"]
    assert reading.left_out >= 1
    assert monotonic() - started < 20


def test_a_rule_that_counts_to_a_thousand_million_in_days_is_counted_to_the_horizon() -> None:
    assert len(read(event(LONG_AGO, "DURATION:PT1H", "RRULE:FREQ=DAILY;COUNT=1000000000")).busy) == 401


def test_a_thousand_overlapping_rules_give_a_reading_or_end_by_themselves() -> None:
    """Each alone is a meeting since 1970; together they are too much, and the child is ended."""
    bombs = [
        event(LONG_AGO, "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", uid=f"{n}") for n in range(300)
    ]
    with pytest.raises(Unreadable) as refused:
        read_busy(calendar(*bombs, GOOD), zone=PARIS, after=AFTER, before=BEFORE, computing=timedelta(seconds=2))
    assert refused.value.why is Unusable.TOO_HEAVY


def test_a_zone_whose_clock_changes_every_second_is_not_believed() -> None:
    bomb = ROMANCE.replace("Romance Standard Time", "Mine").replace("FREQ=YEARLY", "FREQ=SECONDLY")
    reading = read(bomb, event("DTSTART;TZID=Mine:20261201T090000", "DURATION:PT1H"))
    assert [written(one) for one in reading.busy] == ["01/12 09:00–10:00"]


@pytest.mark.parametrize("name", ["VEVENT", "VCALENDAR", "X-DEEP"])
def test_nesting_without_end_is_no_trouble(name: str) -> None:
    reading = read(f"BEGIN:{name}\r\n" * 100_000 + f"END:{name}\r\n" * 100_000, GOOD)
    assert [one.uid for one in reading.busy] == ["good"]


def test_too_many_events_are_counted_and_left_out() -> None:
    reading = read(*(event(f"DTSTART:20261201T{n % 24:02d}0000Z", "DURATION:PT1H", uid=f"{n}") for n in range(20_010)))
    assert len(reading.busy) == 20_000
    assert reading.left_out == 10


def test_ten_years_of_a_busy_calendar_are_read_in_seconds() -> None:
    """5 MB, as large as may be fetched: nearly all of it is over, and dropped before anything is parsed."""
    first = datetime(2016, 1, 1, tzinfo=UTC)
    days = (first + timedelta(hours=5 * number) for number in range(18_000))
    content = calendar(
        *(
            event(f"DTSTART:{day:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", "SUMMARY:" + "x" * 80, "DESCRIPTION:" + "y" * 70)
            for day in days
        ),
        GOOD,
    )
    assert len(content) > 4_500_000
    started = monotonic()
    assert len(read_busy(content, zone=PARIS, after=AFTER, before=BEFORE).busy) == 1
    assert monotonic() - started < 20


def test_random_damage_never_leaves_the_child() -> None:
    """300 bytes of a real calendar changed at a time: a reading or a refusal, nothing else."""
    seeded = random.Random(20261124)
    whole = calendar(
        ROMANCE,
        *(event(f"DTSTART;TZID=Romance Standard Time:202612{n:02d}T090000", "DURATION:PT1H", f"RRULE:FREQ=WEEKLY;COUNT={n}", uid=f"{n}") for n in range(1, 29)),
    )  # fmt: skip
    for _ in range(12):
        damaged = bytearray(whole)
        for place in seeded.sample(range(len(whole)), 300):
            damaged[place] = seeded.randrange(256)
        with suppress(Unreadable):
            reading = read_busy(bytes(damaged), zone=PARIS, after=AFTER, before=BEFORE)
            assert all(AFTER <= one.starts_at < one.ends_at <= BEFORE for one in reading.busy)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="NOT RUN: no /proc on this system")
def test_nothing_is_left_open_and_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = len([*Path("/proc/self/fd").iterdir()])
    read(GOOD)
    assert list(tmp_path.iterdir()) == []
    assert len([*Path("/proc/self/fd").iterdir()]) == before


# Intervals


def test_what_touches_or_overlaps_is_one_interval() -> None:
    def at(hour: int) -> datetime:
        return datetime(2026, 12, 1, hour, tzinfo=UTC)

    said = [Busy(at(8), at(12), "a"), Busy(at(9), at(10), "b"), Busy(at(12), at(13), "c"), Busy(at(15), at(16), "d")]
    assert merged(said) == [(at(8), at(13)), (at(15), at(16))]
    assert merged([]) == []


def test_the_horizon_is_a_day_like_any_other() -> None:
    """All-day and floating times beside both ends of the reading, east and west of Greenwich."""
    for zone in (REUNION, ZoneInfo("America/Guadeloupe")):
        found = read(event("DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=DAILY"), zone=zone).busy
        assert merged(found) == [(AFTER, BEFORE)]

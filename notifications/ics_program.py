"""A program of its own: somebody's calendar on standard input, when it takes time on standard output. Nothing else.

Run by path in a child process (`ics_reading.py`), never imported by the application: a calendar comes from outside and
may be made to hurt (a rule for every second, a hundred thousand dates, components nested for ever). Here that ends the
child alone. The words of a calendar (titles, places, people) are dropped before anything is read.

Asked on the first line, as JSON: {"zone": "Europe/Paris", "after": ISO moment, "before": ISO moment}; the calendar follows.
Answered: {"busy": [[start, end, "uid"], …], "left_out": 3}, seconds since 1970, no more than MOST_BUSY; or {"trouble": "…"}.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar, Component
from icalendar.timezone import tzp
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

MEMORY = 512 * 1024 * 1024  # bytes: 5 MB of calendar need about 150 MB
MOST_EVENTS = 20_000  # components that may matter
MOST_BUSY = 50_000
MOST_LINES = 2_000  # of one event: a list of dates may be long
MOST_DATES = 2_000  # of one series
MOST_CHANGED = 1_000  # occurrences of one series that were changed

# Rules of a meeting. Every hour, minute or second is no meeting, and takes for ever to count from its first day.
FREQUENCIES = re.compile(r"(?:^|;)FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;|$)")
ENDLESS = re.compile(r"(?:^|;)(?:BY(?:HOUR|MINUTE|SECOND)=[^;]*,|INTERVAL=0+(?:;|$))")
OLDEST = 1970

WHEN = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "FREEBUSY")
WHETHER = ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS")
WHERE = ("TZID", "TZOFFSETFROM", "TZOFFSETTO", "TZNAME")
KEPT = frozenset({"BEGIN", "END", "UID", "SEQUENCE", *WHEN, *WHETHER, *WHERE})
WANTED = frozenset({"VEVENT", "VFREEBUSY", "VTIMEZONE"})
REPEATS = re.compile(r"^(?:RRULE|RDATE|RECURRENCE-ID|DURATION)[:;]", re.MULTILINE)
DAYS = re.compile(r"^DT(?:START|END)[^\n]*?:(\d{8})", re.MULTILINE)
DAY = timedelta(days=1)
FREE = frozenset({"FREE", "WORKINGELSEWHERE"})  # what Outlook calls time that others may take


class NotACalendar(Exception):
    """No calendar, or only the beginning of one: what is cut would free time that is taken."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where all-day and floating times are, and the moments between which time counts."""

    zone: ZoneInfo
    after: datetime
    before: datetime


@dataclass(slots=True)
class Found:
    busy: list[tuple[int, int, str]] = field(default_factory=list)
    left_out: int = 0  # events that can't be read, or are one too many


def main() -> None:
    for stopping in (signal.SIGTERM, signal.SIGINT):  # meant for the scheduler, which waits for what it has begun
        signal.signal(stopping, signal.SIG_IGN)
    limit_what_it_may_take(int(sys.argv[1]))
    warnings.simplefilter("ignore")
    said = json.loads(sys.stdin.buffer.readline())
    asked = Asked(ZoneInfo(said["zone"]), *(datetime.fromisoformat(said[name]) for name in ("after", "before")))
    try:
        found = read(sys.stdin.buffer.read().decode("utf-8-sig", errors="replace"), asked)
    except NotACalendar:
        json.dump({"trouble": "not_a_calendar"}, sys.stdout)
    else:
        json.dump({"busy": found.busy, "left_out": found.left_out}, sys.stdout)


def limit_what_it_may_take(seconds: int) -> None:
    """Memory and `seconds` of computing, and only what others leave of it; no core file, which would write the calendar to disk."""
    with suppress(AttributeError, OSError):
        os.nice(10)
    try:
        import resource
    except ImportError:  # not on Windows: the parent's time limit remains
        return
    for kind, most in (("RLIMIT_CORE", 0), ("RLIMIT_CPU", seconds), ("RLIMIT_AS", MEMORY)):
        try:
            resource.setrlimit(getattr(resource, kind), (most, most))
        except (AttributeError, ValueError, OSError):  # macOS has no RLIMIT_AS
            continue


def read(text: str, asked: Asked) -> Found:
    """When the calendar takes time, in no order. Raises NotACalendar."""
    found = Found()
    series: dict[str, list[Any]] = defaultdict(list)
    know_zones(text)
    for number, block in enumerate(block for block in blocks(text) if may_matter(block, asked)):
        component = parsed(block) if number < MOST_EVENTS else None
        if component is None:
            found.left_out += 1
        elif component.name == "VFREEBUSY":
            add_free_busy(found, component, asked)
        elif component.name == "VEVENT":
            series[str(component.get("UID", f"no uid {number}"))].append(component)
    for uid, events in series.items():
        expand(found, uid, events, asked)
    return found


def know_zones(text: str) -> None:
    """Windows' names ("Romance Standard Time") mean what Windows means, whatever the calendar says they do."""
    for name in set(re.findall(r"TZID[=:]\"?([^\":;\r\n]+)", text)) & WINDOWS_TO_OLSON.keys():
        tzp.timezone(name)


def blocks(text: str) -> Iterator[str]:
    """The components we read, zones first, line by line and without their words. What lies inside them is dropped."""
    lines = re.sub(r"\r?\n[ \t]", "", text.replace("\r\n", "\n").replace("\r", "\n")).strip().split("\n")
    if lines[0].strip().upper() != "BEGIN:VCALENDAR" or lines[-1].strip().upper() != "END:VCALENDAR":
        raise NotACalendar
    found = list(components(lines))
    for is_zone in (True, False):
        yield from ("\n".join(block) for block in found if (block[0] == "BEGIN:VTIMEZONE") is is_zone)


def components(lines: Iterable[str]) -> Iterator[list[str]]:
    block: list[str] = []
    inside: list[str] = []  # names of what is open; a zone's rules are the only inner thing kept
    for line in lines:
        name = re.split(r"[:;]", line, maxsplit=1)[0].strip().upper()
        if name not in KEPT:
            continue
        kind = line.partition(":")[2].strip().upper()
        if name == "BEGIN":
            inside.append(kind)
        if is_kept(inside):
            block.append(f"{name}:{kind}" if name in {"BEGIN", "END"} else name + line[len(name) :])
        if name == "END" and inside:
            closed = inside.pop()
            if len(inside) == 1 and closed in WANTED:
                yield block
            if len(inside) <= 1:
                block = []


def is_kept(inside: Sequence[str]) -> bool:
    if len(inside) < 2 or inside[0] != "VCALENDAR" or inside[1] not in WANTED:
        return False
    return len(inside) == 2 or (inside[1] == "VTIMEZONE" and len(inside) == 3)


def may_matter(block: str, asked: Asked) -> bool:
    """False for a single event that is long over: most of what a calendar of ten years holds."""
    if not block.startswith("BEGIN:VEVENT") or REPEATS.search(block):
        return True
    days = DAYS.findall(block)
    return not days or max(days) >= (asked.after - 2 * DAY).strftime("%Y%m%d")


def parsed(block: str) -> Any:
    """The component; None when it can't be read or its rule is made to hurt."""
    rules_of_zone = re.findall(r"^RRULE:(.*)", block, re.MULTILINE) if block.startswith("BEGIN:VTIMEZONE") else []
    if block.count("\n") > MOST_LINES or not all("FREQ=YEARLY" in rule for rule in rules_of_zone):
        return None
    try:
        component: Any = Component.from_ical(block)
        return component if component.name != "VEVENT" or is_reasonable(component) else None
    except Exception:  # noqa: BLE001  (whatever a stranger's calendar makes the parser say)
        return None


def is_reasonable(event: Any) -> bool:
    """A rule that counts in days at least, at one time a day, from a day since 1970; dates that can be counted."""
    rules = [rule.to_ical().decode() for rule in _listed(event.get("RRULE"))]
    dates = sum(len(one.dts) for name in ("RDATE", "EXDATE") for one in _listed(event.get(name)))
    starts: date = event["DTSTART"].dt
    return (
        len(rules) <= 1
        and all(FREQUENCIES.search(rule) and not ENDLESS.search(rule) for rule in rules)
        and dates <= MOST_DATES
        and (not rules or starts.year >= OLDEST)
    )


def expand(found: Found, uid: str, events: Sequence[Any], asked: Asked) -> None:
    """The time that a series takes, its changed and cancelled occurrences seen to."""
    if len(events) > MOST_CHANGED:
        found.left_out += len(events)
        return
    calendar = Calendar()
    for event in events:
        calendar.add_component(event)
    try:
        # A day more on both sides: days and floating times are compared as if they were in UTC.
        happening = recurring_ical_events.of(calendar).between(asked.after - DAY, asked.before + DAY)
        spans = [span for one in happening if takes_time(one) for span in [span_of(one, asked.zone)]]
    except Exception:  # noqa: BLE001  (the same: one series that can't be counted costs the others nothing)
        found.left_out += len(events)
        return
    take(found, spans, uid, asked)


def takes_time(event: Any) -> bool:
    """False for what is cancelled, or marked as free."""
    status = str(event.get("STATUS", "")).upper()
    shown = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS") or event.get("X-MICROSOFT-CDO-INTENDEDSTATUS") or "").upper()
    return status != "CANCELLED" and str(event.get("TRANSP", "")).upper() != "TRANSPARENT" and shown not in FREE


def span_of(event: Any, zone: ZoneInfo) -> tuple[datetime, datetime]:
    starts, ends = event["DTSTART"].dt, event["DTEND"].dt
    if not isinstance(starts, datetime) and ends <= starts:  # a day that ends on itself, as some programs write it
        ends = starts + DAY
    return moment(starts, zone), moment(ends, zone)


def add_free_busy(found: Found, component: Any, asked: Asked) -> None:
    """The periods of a component that holds nothing else, those marked as free left out."""
    try:
        spans = [
            (moment(one.start, ZoneInfo("UTC")), moment(one.end, ZoneInfo("UTC")))
            for one in _listed(component.get("FREEBUSY"))
            if str(one.params.get("FBTYPE", "BUSY")).upper() != "FREE"
        ]
    except Exception:  # noqa: BLE001  (the same: periods that are none cost the rest nothing)
        found.left_out += 1
        return
    take(found, spans, "", asked)


def take(found: Found, spans: Iterable[tuple[datetime, datetime]], uid: str, asked: Asked) -> None:
    for starts, ends in spans:
        first, last = max(starts, asked.after), min(ends, asked.before)
        if first >= last:
            continue
        if len(found.busy) < MOST_BUSY:
            found.busy.append((int(first.timestamp()), -int(-last.timestamp() // 1), uid[:100]))
        else:
            found.left_out += 1


def moment(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A day begins at its midnight there; a time without a zone is a time there."""
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), zone).astimezone(UTC)
    return (value if value.tzinfo else value.replace(tzinfo=zone)).astimezone(UTC)


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


if __name__ == "__main__":
    main()

"""Calendar files (iCalendar, RFC 5545): one appointment that a person adds to their own, or a feed to subscribe to.

To people the method is PUBLISH, with no attendee, and CANCEL to take it back (RFC 5546 § 3.2.1 and 3.2.5); both
want an ORGANIZER. The UID never changes, SEQUENCE grows with every change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vDuration, vText

from notifications.vtimezone import timezone_of

PRODUCT = "-//RDV au choix//FR"
REMINDER = timedelta(days=-1)
READ_EVERY = timedelta(minutes=30)  # what we ask of programs; they do as they like
NOBODY = "invalid:nomail"  # what calendar programs write for an organiser without an address


@dataclass(frozen=True, slots=True)
class Happening:
    """What a calendar shows. `sequence` is the appointment's version; `stamp` when this was last written."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    summary: str
    organiser: str
    stamp: datetime
    organiser_email: str | None = None
    location: str = ""
    description: str = ""
    url: str = ""


def event(happening: Happening, *, method: str = "PUBLISH") -> bytes:
    """The calendar file, CRLF and UTF-8. `method` is PUBLISH or CANCEL."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(timezone_of(happening.zone))
    calendar.add_component(_event(happening, method))
    return bytes(calendar.to_ical())


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a feed. `changed_at` is when what is told of it last changed: it is the stamp, too (RFC 5545 § 3.8.7.2)."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    summary: str
    changed_at: datetime
    is_tentative: bool = False
    location: str = ""
    description: str = ""
    url: str = ""


def feed(name: str, entries: Sequence[Entry], *, zone: ZoneInfo) -> bytes:
    """A calendar to subscribe to: what it no longer holds is gone. Without METHOD: nobody is asked to answer.

    `zone` is the agent's: an empty calendar still holds a component (§ 3.6). REFRESH-INTERVAL is RFC 7986 § 5.7, the two others are what Outlook and Apple read.
    """
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", READ_EVERY, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(READ_EVERY))
    for used in sorted({zone, *(one.zone for one in entries)}, key=lambda one: one.key):
        calendar.add_component(timezone_of(used))
    for one in entries:
        calendar.add_component(_line(one))
    return bytes(calendar.to_ical())


def _line(entry: Entry) -> Event:
    made = Event()
    made.add("uid", entry.uid)
    made.add("sequence", entry.sequence)
    made.add("dtstamp", entry.changed_at)
    made.add("last-modified", entry.changed_at)
    made.add("dtstart", entry.starts_at.astimezone(entry.zone))
    made.add("dtend", entry.ends_at.astimezone(entry.zone))
    made.add("summary", entry.summary)
    made.add("status", "TENTATIVE" if entry.is_tentative else "CONFIRMED")
    made.add("transp", "OPAQUE")
    made.add("class", "PRIVATE")  # colleagues with whom that calendar is shared see "busy"
    for name, value in (("location", entry.location), ("description", entry.description), ("url", entry.url)):
        if value:
            made.add(name, value)
    return made


def _event(happening: Happening, method: str) -> Event:
    made = Event()
    made.add("uid", happening.uid)
    made.add("sequence", happening.sequence)
    made.add("dtstamp", happening.stamp)
    made.add("dtstart", happening.starts_at.astimezone(happening.zone))
    made.add("dtend", happening.ends_at.astimezone(happening.zone))
    made.add("summary", happening.summary)
    made.add("organizer", _organiser(happening))
    made.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    made.add("class", "PRIVATE")  # a shared family or work calendar shows "busy", not what for
    for name, value in (
        ("location", happening.location),
        ("description", happening.description),
        ("url", happening.url),
    ):
        if value:
            made.add(name, value)
    if method != "CANCEL":
        made.add_component(_alarm(happening.summary))
    return made


def _organiser(happening: Happening) -> vCalAddress:
    address = vCalAddress(f"mailto:{happening.organiser_email}" if happening.organiser_email else NOBODY)
    address.params["CN"] = vText(happening.organiser)
    return address


def _alarm(words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", REMINDER)
    return alarm

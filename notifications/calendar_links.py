"""Links that open somebody's calendar on the web with an appointment already written in it, ready to save.

None of these services documents its address; these are the ones that the calendar-link package of npm gives.
Moments are in UTC: each service shows them in the hour of whoever looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

_BASIC = "%Y%m%dT%H%M%SZ"
_EXTENDED = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is handed over, and nothing else."""

    title: str
    details: str
    location: str
    starts_at: datetime
    ends_at: datetime

    def span(self, pattern: str) -> tuple[str, str]:
        return self.starts_at.astimezone(UTC).strftime(pattern), self.ends_at.astimezone(UTC).strftime(pattern)


def links(entry: Entry) -> list[tuple[str, str]]:
    """The name of each service and its link."""
    return [
        ("Google Agenda", google(entry)),
        ("Outlook.com", outlook(entry, "outlook.live.com")),
        ("Office 365", outlook(entry, "outlook.office.com")),
        ("Yahoo", yahoo(entry)),
    ]


def google(entry: Entry) -> str:
    values = {"text": entry.title, "details": entry.details, "location": entry.location}
    return address(
        "https://calendar.google.com/calendar/render", action="TEMPLATE", dates="/".join(entry.span(_BASIC)), **values
    )


def outlook(entry: Entry, host: str) -> str:
    starts_at, ends_at = entry.span(_EXTENDED)
    return address(
        f"https://{host}/calendar/0/deeplink/compose",
        path="/calendar/action/compose",
        rru="addevent",
        startdt=starts_at,
        enddt=ends_at,
        subject=entry.title,
        body=entry.details,
        location=entry.location,
    )


def yahoo(entry: Entry) -> str:
    starts_at, ends_at = entry.span(_BASIC)
    values = {"title": entry.title, "desc": entry.details, "in_loc": entry.location}
    return address("https://calendar.yahoo.com/", v="60", st=starts_at, et=ends_at, **values)


def address(base: str, **values: str) -> str:
    """Spaces as %20: Outlook shows a + as it is."""
    return f"{base}?{urlencode(values, quote_via=quote)}"

"""Links that open a calendar on the web: the formats that each service reads, in UTC, everything escaped."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from notifications.calendar_links import Entry, google, links, outlook, yahoo

PARIS = ZoneInfo("Europe/Paris")
ENTRY = Entry(
    title="Rendez-vous & café + thé",
    details="Votre rendez-vous\N{NO-BREAK SPACE}: https://rdv.example/r/Ab-1_x",
    location="12 rue Latour-Maubourg, 26000 Valence",
    starts_at=datetime(2026, 7, 1, 9, 0, tzinfo=PARIS),
    ends_at=datetime(2026, 7, 1, 9, 45, tzinfo=PARIS),
)


def values(link: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(link).query, strict_parsing=True))


def test_google() -> None:
    assert values(google(ENTRY)) == {
        "action": "TEMPLATE",
        "dates": "20260701T070000Z/20260701T074500Z",
        "text": ENTRY.title,
        "details": ENTRY.details,
        "location": ENTRY.location,
    }


def test_outlook() -> None:
    assert values(outlook(ENTRY, "outlook.live.com")) == {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "startdt": "2026-07-01T07:00:00Z",
        "enddt": "2026-07-01T07:45:00Z",
        "subject": ENTRY.title,
        "body": ENTRY.details,
        "location": ENTRY.location,
    }


def test_yahoo() -> None:
    assert values(yahoo(ENTRY)) == {
        "v": "60",
        "st": "20260701T070000Z",
        "et": "20260701T074500Z",
        "title": ENTRY.title,
        "desc": ENTRY.details,
        "in_loc": ENTRY.location,
    }


def test_every_link_is_https_and_keeps_a_plus_a_plus() -> None:
    for name, link in links(ENTRY):
        assert urlsplit(link).scheme == "https", name
        assert "caf%C3%A9%20%2B%20th%C3%A9" in link, name


def test_a_place_that_nobody_goes_to_is_left_blank() -> None:
    nowhere = Entry("Rendez-vous", "…", "", ENTRY.starts_at, ENTRY.ends_at)
    assert "location=" in google(nowhere)

"""Which addresses an agent may give, how many, and what is told of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import external_calendars
from invitations.errors import CalendarKnown, CalendarRefused, NotFound, OwnCalendar, TooManyCalendars
from invitations.external_calendars import MOST
from invitations.models import AuditEvent, BusyTime, ExternalCalendar
from invitations.sealing import Seals
from notifications.web_addresses import Trouble
from tests.conftest import NOW, SECRET
from tests.factories import World

OUTLOOK = "https://outlook.office365.example/owa/calendar/1f/calendar.ics"
PUBLIC_URL = "https://rdv.drome.example"


@pytest.fixture
def seals() -> Seals:
    return Seals(SECRET)


def add(world: World, seals: Seals, address: str = OUTLOOK, **changes: Any) -> ExternalCalendar:
    values: dict[str, Any] = {
        "agent_id": world.agent.id,
        "organisation_id": world.organisation.id,
        "label": "",
        "public_url": PUBLIC_URL,
        "allowed": frozenset(),
    }
    return external_calendars.add(world.session, address=address, seals=seals, now=NOW, **values | changes)


def test_the_address_is_sealed_and_only_its_host_is_told(world: World, seals: Seals) -> None:
    made = add(world, seals)
    assert "outlook" not in made.sealed_address
    assert seals.open(made.sealed_address, purpose="external calendar") == OUTLOOK
    (shown,) = external_calendars.of_agent(world.session, world.agent.id, seals=seals, now=NOW)
    assert (shown.host, shown.label) == ("outlook.office365.example", "outlook.office365.example")
    assert "1f" not in repr(shown)


def test_a_webcal_address_is_kept_as_https(world: World, seals: Seals) -> None:
    made = add(world, seals, "  webcal://cloud.drome.example/s/abc?export ", label="Nextcloud")
    assert seals.open(made.sealed_address, purpose="external calendar") == "https://cloud.drome.example/s/abc?export"
    assert made.label == "Nextcloud"
    assert made.next_try_at == NOW


def test_a_refusal_says_what_is_wrong_with_the_address(world: World, seals: Seals) -> None:
    for address, why in (
        ("http://cloud.example/a", Trouble.NOT_HTTPS),
        ("https://10.0.0.1/a", Trouble.NOT_PUBLIC),
        ("https://a:b@cloud.example/a", Trouble.HAS_PASSWORD),
        ("calendar", Trouble.NOT_AN_ADDRESS),
        ("https://cloud.example:8443/a", Trouble.WRONG_PORT),
    ):
        with pytest.raises(CalendarRefused) as refused:
            add(world, seals, address)
        assert refused.value.details == {"why": why}


@pytest.mark.parametrize(
    ("public_url", "address"),
    [
        (PUBLIC_URL, f"{PUBLIC_URL}/calendriers/abc.ics"),
        (PUBLIC_URL, "webcal://RDV.drome.example:443/calendriers/abc.ics"),
        (PUBLIC_URL, "http://rdv.drome.example:443/"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/calendriers/abc.ics"),
        ("http://127.0.0.1:8000", "webcal://127.0.0.1:8000/calendriers/abc.ics"),
    ],
)
def test_our_own_feed_is_refused(world: World, seals: Seals, public_url: str, address: str) -> None:
    with pytest.raises(OwnCalendar):
        add(world, seals, address, public_url=public_url)


def test_the_same_calendar_twice_is_refused_even_in_another_spelling(world: World, seals: Seals) -> None:
    add(world, seals)
    with pytest.raises(CalendarKnown):
        add(world, seals, OUTLOOK.replace("https://outlook", "webcal://OUTLOOK"))
    other = world.make_agent()
    assert add(world, seals, agent_id=other.id).agent_id == other.id


def test_an_agent_has_five_calendars_at_most(world: World, seals: Seals) -> None:
    for number in range(MOST):
        add(world, seals, f"{OUTLOOK}?{number}")
    with pytest.raises(TooManyCalendars):
        add(world, seals, f"{OUTLOOK}?{MOST}")


def test_what_is_shown_counts_what_is_to_come(world: World, seals: Seals) -> None:
    made = add(world, seals)
    for hours in (-5, 1, 30):
        starts_at = NOW + timedelta(hours=hours)
        world.add(
            BusyTime(
                calendar_id=made.id,
                agent_id=world.agent.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=2),
            )
        )
    (shown,) = external_calendars.of_agent(world.session, world.agent.id, seals=seals, now=NOW)
    assert (shown.busy, shown.busy_until) == (2, NOW + timedelta(hours=32))


def test_an_address_whose_key_is_gone_shows_no_host(world: World, seals: Seals) -> None:
    add(world, seals, label="Outlook")
    other = Seals("another key, thirty-two characters or more")
    (shown,) = external_calendars.of_agent(world.session, world.agent.id, seals=other, now=NOW)
    assert (shown.label, shown.host) == ("Outlook", "")


def test_a_colleagues_calendar_does_not_exist_for_an_agent(world: World, seals: Seals) -> None:
    made = add(world, seals)
    other = world.make_agent()
    assert external_calendars.of_agent(world.session, other.id, seals=seals, now=NOW) == []
    with pytest.raises(NotFound):
        external_calendars.owned_by(world.session, made.id, other.id)
    with pytest.raises(NotFound):
        external_calendars.owned_by(world.session, 10**6, other.id)


def test_removing_forgets_the_address_and_the_time(world: World, seals: Seals, session: Session) -> None:
    made = add(world, seals)
    world.add(BusyTime(calendar_id=made.id, agent_id=world.agent.id, starts_at=NOW, ends_at=NOW + timedelta(hours=1)))
    external_calendars.remove(session, made, organisation_id=world.organisation.id, now=NOW)
    session.flush()
    assert session.scalar(select(func.count()).select_from(BusyTime)) == 0
    assert session.scalar(select(func.count()).select_from(ExternalCalendar)) == 0


def test_the_journal_says_who_and_when_and_never_where(world: World, seals: Seals, session: Session) -> None:
    made = add(world, seals)
    external_calendars.remove(session, made, organisation_id=world.organisation.id, now=NOW)
    events = list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
    assert [one.action for one in events] == ["calendar.added", "calendar.removed"]
    assert [one.agent_id for one in events] == [world.agent.id] * 2
    assert all(set(one.details) == {"calendar_id"} for one in events)

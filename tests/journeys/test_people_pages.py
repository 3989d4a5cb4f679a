"""The list of people in a real browser: 200 of them, every filter open, a selection of three and of all, archived, tags, dates; by keyboard."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from invitations import identity
from invitations.database import Database
from invitations.models import (
    AgentRole,
    CategorySettings,
    Channel,
    FollowUpStatus,
    Invitation,
    Membership,
    MessageState,
    Mode,
    Referent,
    Role,
    SavedView,
    Tag,
    Tagging,
)
from tests import npm
from tests.app.team import Team, owe
from tests.browser import FRENCH, shoot
from tests.conftest import Clock
from tests.factories import World
from tests.public_checks.window import AXE, RUN_AXE, TAGS, Quiet

pytestmark = pytest.mark.journey

FIRST = ("Inès", "Karim", "Zoé", "Jean-Noël", "Fatou", "Luis", "Hélène", "Yann")
LAST = ("Arnaud", "Benali", "Costa", "Diop", "Éluard", "Faure", "Garcia", "Haddad", "Ivanova", "Jourdan")
STATES = (
    FollowUpStatus.NOT_INVITED,
    FollowUpStatus.INVITATION_PENDING,
    FollowUpStatus.INVITATION_EXPIRED,
    FollowUpStatus.NOSHOW,
    FollowUpStatus.SEEN,
)
BEYOND = "() => document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def page(team: Team, flask_app: Flask, browser: Browser) -> Iterator[Page]:
    """An administrator's window of 1280 px on an organisation with nobody in it yet."""
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN, first_name="Marie", last_name="Delorme", display_name="Mme Delorme")
        world.session.query(AgentRole).filter_by(agent_id=admin.id).one().may_export = True
    cookie = team.browser(flask_app, admin).get_cookie("rdv")
    assert cookie is not None
    server = make_server("127.0.0.1", 0, flask_app, threaded=True, request_handler=Quiet)
    Thread(target=server.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{server.server_port}"
    context = browser.new_context(**FRENCH, base_url=here, viewport={"width": 1280, "height": 900})  # type: ignore[arg-type]
    context.add_cookies([{"name": "rdv", "value": cookie.value, "url": here}])
    yield context.new_page()
    context.close()
    server.shutdown()
    server.server_close()


def fill(team: Team, count: int) -> None:
    """People in every state, some with tags, a referent, a message that did not arrive."""
    with team.changing() as world:
        world.session.query(CategorySettings).one().modes = list(Mode)
        tags = [
            world.add(Tag(organisation_id=world.organisation.id, label=one, created_at=world.now))
            for one in ("Sans permis", "Garde d’enfants", "Atelier budget")
        ]
        for number in range(count):
            add_person(world, number, tags)


def add_person(world: World, number: int, tags: list[Tag]) -> None:
    first, last = FIRST[number % len(FIRST)], LAST[(number * 7 + number // 5) % len(LAST)]
    person = world.make_beneficiary(first_name=first, last_name=last)
    person.search_key = identity.search_key(first_name=first, last_name=last, email=person.email, phone=person.phone)
    state = STATES[number % len(STATES)]
    since = world.now - timedelta(days=number % 23)
    follow_up = world.make_follow_up(person, status=state, status_since=since)
    if number % 3 == 0:
        world.add(Referent(beneficiary_id=person.id, agent_id=world.agent.id, created_at=world.now))
    if number % 6 == 1:
        world.add(Tagging(beneficiary_id=person.id, tag_id=tags[number % 3].id, created_at=world.now))
    if state is not FollowUpStatus.NOT_INVITED:
        invitation = world.add(
            Invitation(
                uid=str(uuid.uuid4()),
                follow_up_id=follow_up.id,
                organisation_id=world.organisation.id,
                mode=Mode.INVITATION,
                created_at=since,
            )
        )
        arrived = MessageState.UNDELIVERED if number % 11 == 1 else MessageState.DELIVERED
        owe(world, beneficiary=person, invitation_id=invitation.id, state=arrived, sent_at=since, channel=Channel.SMS)
    if number % 40 == 39:
        membership = world.session.query(Membership).filter_by(beneficiary_id=person.id).one()
        membership.archived_at, membership.archive_reason = world.now, "A déménagé dans l’Isère"


def looked_at(page: Page, name: str) -> None:
    """Nothing sticks out, axe has nothing to say, and the picture is kept."""
    page.wait_for_load_state()
    assert page.evaluate(BEYOND) <= 0, name
    page.evaluate(npm.file_of(*AXE).read_text())
    assert page.evaluate(RUN_AXE, [TAGS, []]) == [], name
    shoot(page, f"people-{name}", whole=False)


def test_the_list_is_looked_at_in_all_its_states(team: Team, page: Page) -> None:
    page.goto("/agents/personnes")
    looked_at(page, "empty")
    page.goto("/agents/reglages/etiquettes")
    looked_at(page, "tags-empty")
    fill(team, 200)
    with team.changing() as world:
        agent_id = world.session.query(AgentRole).filter_by(role=Role.ADMIN).one().agent_id
        for name, query in (
            ("Relances de Valence", "statut=attend-une-reponse"),
            ("Sans permis", "etiquette=Sans+permis"),
        ):
            world.add(
                SavedView(
                    agent_id=agent_id,
                    organisation_id=world.organisation.id,
                    name=name,
                    query=query,
                    created_at=world.now,
                )
            )
    page.goto("/agents/personnes")
    looked_at(page, "two-hundred")
    page.get_by_text("Plus de filtres").click()
    looked_at(page, "filters")
    page.goto("/agents/personnes?etiquette=Sans+permis&statut=a-traiter&invite_du=2026-10-01")
    page.get_by_text("Garder cette vue").click()
    looked_at(page, "narrowed")
    page.goto("/agents/personnes?archives=oui")
    page.locator("[data-tick]").first.check()
    looked_at(page, "archived")
    page.goto("/agents/personnes?q=zzz&injoignables=oui")
    looked_at(page, "nobody")
    page.goto("/agents/reglages/etiquettes")
    page.get_by_text("Modifier").first.click()
    looked_at(page, "tags")


def test_a_selection_is_acted_on_and_taken_back_by_keyboard(team: Team, page: Page) -> None:
    fill(team, 60)
    page.goto("/agents/personnes?statut=a-inviter")
    ticks = page.locator("[data-tick]")
    for number in range(3):
        ticks.nth(number).focus()
        page.keyboard.press("Space")
    expect(page.locator("[data-count]")).to_have_text("3")
    page.locator(".acts summary").focus()
    page.keyboard.press("Enter")
    looked_at(page, "selected-three")
    page.keyboard.press("Escape")
    expect(page.locator(".acts-panel")).to_be_hidden()
    expect(page.locator(".acts summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#a-nouvelle").focus()
    page.keyboard.type("À rappeler")
    page.keyboard.press("Enter")
    expect(page.locator(".flash")).to_contain_text("À rappeler")
    looked_at(page, "done")
    page.get_by_role("button", name="Annuler ce qui vient d’être fait").press("Enter")
    expect(page.locator(".flash")).to_contain_text("C’est annulé, comme avant.")


def test_the_whole_list_is_chosen_and_dates_are_prepared(team: Team, page: Page) -> None:
    fill(team, 200)
    page.goto("/agents/personnes")
    page.locator("[data-tick-all]").click()
    page.locator("[data-whole]").check()
    expect(page.locator("[data-count]")).to_have_text("195")
    page.locator(".acts summary").click()
    looked_at(page, "selected-all")
    page.goto("/agents/personnes?statut=a-inviter&choisir=8")
    page.locator(".acts summary").click()
    page.get_by_role("button", name="Préparer des propositions").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("8 dates trouvées")
    looked_at(page, "dates")
    page.get_by_role("button", name="Proposer ces dates").click()
    expect(page.locator(".flash")).to_contain_text("8 propositions partent")


@pytest.mark.parametrize("width", [640, 360])
def test_on_a_narrow_screen_or_at_twice_the_size_nothing_hangs_over(team: Team, page: Page, width: int) -> None:
    fill(team, 60)
    page.set_viewport_size({"width": width, "height": 700})
    page.goto("/agents/personnes?choisir=3")
    page.locator(".acts summary").click()
    assert page.evaluate(BEYOND) <= 0
    shoot(page, f"people-{width}", whole=False)

"""The agenda in a real Chromium: dragged, moved by keys and by finger, without JavaScript, printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.clock import utc_now
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Appointment, AppointmentAgent, Outcome, Participation
from invitations.signing_in import hash_password
from tests.app import team
from tests.app.town import Town
from tests.browser import FRENCH, Installation, shoot

pytestmark = pytest.mark.journey

PARIS = ZoneInfo("Europe/Paris")
PASSWORD = "une phrase de passe pour l'essai"
TABLET = {"viewport": {"width": 820, "height": 1180}, "has_touch": True, "is_mobile": True}
HOUR = 72  # px of the grid, on a screen
GO_ON = re.compile("^Déplacer")  # "Déplacer", or "Déplacer quand même"


def monday(weeks: int) -> date:
    """Next week's Monday is 1 week away, last week's -1."""
    today = utc_now().astimezone(PARIS).date()
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks)


def at(on: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(on, time(hour, minute), PARIS).astimezone(UTC)


@pytest.fixture
def town(live_server: Installation) -> Iterator[Town]:
    """Two agents who receive in the morning, in the installation that answers; Mme Roche can sign in."""
    database = Database(live_server.database_url)
    made = Town(database, utc_now(), Codes(live_server.env["SECRET_KEY"]))
    with made.changing() as world:
        began = monday(-4)
        world.session.merge(world.opening).starts_on = began
        world.session.merge(world.agent).password_hash = hash_password(PASSWORD)
        other = world.make_agent(last_name="Faure", display_name="M. Faure")
        world.make_opening(agent_id=other.id, starts_on=began)
    yield made
    database.engine.dispose()


def expected(town: Town, starts_at: datetime, name: str) -> Participation:
    with town.changing() as world:
        person = world.make_beneficiary(last_name=name, search_key=f"ines {name.lower()}")
        return team.expect(world, starts_at, beneficiary=person)


def sign_in(town: Town, installation: Installation, page: Page) -> None:
    page.goto(f"{installation.base_url}/agents/connexion")
    page.get_by_label("Adresse").fill(town.world.agent.email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/agents/")


def open_agenda(installation: Installation, page: Page, on: date, more: str = "") -> None:
    page.goto(f"{installation.base_url}/agents/agenda?date={on}{more}")


def where_is(town: Town, participation: Participation) -> tuple[datetime, list[int]]:
    with town.database.reading() as session:
        times = session.query(AppointmentAgent).filter_by(appointment_id=participation.appointment_id).all()
        found = session.get_one(Appointment, participation.appointment_id)
        return found.starts_at, [one.agent_id for one in times]


def block(page: Page, name: str) -> Locator:
    return page.locator("[data-meeting]", has_text=name)


def confirm(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("button", name=GO_ON).click()
    expect(page.locator(".note-good")).to_contain_text("rendez-vous déplacé")


def insist(page: Page, name: str) -> None:
    """On a public holiday, some weeks of the year, one is asked whether one means it."""
    again = page.get_by_role("button", name=name)
    expect(page.locator(".note-good").or_(again).first).to_be_visible()
    if again.count():
        again.click()


def test_an_appointment_is_dragged_to_another_day_and_agent(town: Town, live_server: Installation, desk: Page) -> None:
    on = monday(1)
    moved = expected(town, at(on, 9), "Arnaud")
    expected(town, at(on, 10, 30), "Zola")
    sign_in(town, live_server, desk)
    open_agenda(live_server, desk, on, "&agents=tous")
    shoot(desk, "agenda-semaine", whole=False)
    lanes = desk.locator("[data-lane]")
    box = block(desk, "Arnaud").bounding_box()
    target = lanes.nth(2).bounding_box()  # Tuesday, M. Faure: the team by surname, day after day
    assert box
    assert target
    desk.mouse.move(box["x"] + 30, box["y"] + 8)
    desk.mouse.down()
    desk.mouse.move(target["x"] + 40, box["y"] + 40, steps=4)
    desk.mouse.move(target["x"] + 40, box["y"] + 8 + HOUR, steps=4)
    shoot(desk, "agenda-deplacer", whole=False)
    desk.mouse.up()
    panel = desk.get_by_role("dialog")
    expect(panel).to_contain_text("Ensuite")
    expect(panel).to_contain_text("M. Faure")
    expect(panel).to_contain_text("La personne est prévenue par message")
    shoot(desk, "agenda-confirmer", whole=False)
    assert where_is(town, moved)[0] == at(on, 9), "nothing moves before it is confirmed"
    confirm(desk)
    starts_at, agents = where_is(town, moved)
    assert starts_at == at(on + timedelta(days=1), 10)
    assert agents != [town.world.agent.id]
    expect(block(desk, "Arnaud")).to_be_focused()


def test_the_keyboard_moves_gives_up_adds_and_opens(town: Town, live_server: Installation, desk: Page) -> None:
    on = monday(1)
    moved = expected(town, at(on, 9), "Arnaud")
    sign_in(town, live_server, desk)
    open_agenda(live_server, desk, on)
    block(desk, "Arnaud").focus()
    press(desk, "ArrowDown", "ArrowDown", "ArrowRight")
    expect(desk.locator("[data-live]")).to_contain_text("9 h 30".replace(" ", "\N{NO-BREAK SPACE}"))
    expect(desk.locator(".agenda-ghost")).to_have_count(1)
    press(desk, "Escape")
    expect(desk.locator(".agenda-ghost")).to_have_count(0)
    expect(block(desk, "Arnaud")).to_be_focused()
    press(desk, "ArrowDown", "ArrowDown", "ArrowRight", "Enter")
    expect(desk.get_by_role("dialog").get_by_role("button", name=GO_ON)).to_be_focused()
    press(desk, "Enter")
    expect(desk.locator(".note-good")).to_contain_text("rendez-vous déplacé")
    assert where_is(town, moved)[0] == at(on + timedelta(days=1), 9, 30)
    desk.locator("[data-plus]").nth(2).focus()
    press(desk, "ArrowDown", "ArrowDown", "ArrowRight", "Enter")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Ajouter un rendez-vous")
    assert f"jour={on + timedelta(days=3)}" in desk.url
    assert "heure=09%3A15" in desk.url


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_an_empty_time_is_clicked_and_a_person_put_there(town: Town, live_server: Installation, desk: Page) -> None:
    on = monday(1)
    with town.changing() as world:
        world.make_beneficiary(last_name="Arnaud", search_key="ines arnaud")
    sign_in(town, live_server, desk)
    open_agenda(live_server, desk, on)
    desk.locator("[data-lane]").nth(1).click(position={"x": 60, "y": 2 * HOUR + 10})
    expect(desk.get_by_label("Nom, téléphone")).to_be_focused()
    desk.keyboard.type("arnaud")
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Heure")).to_have_value("10:00")
    expect(desk.get_by_label("Jour")).to_have_value(str(on + timedelta(days=1)))
    shoot(desk, "agenda-ajouter")
    desk.get_by_role("button", name=re.compile("^Réserver")).click()
    insist(desk, "Réserver quand même")
    expect(desk.locator(".note-good")).to_contain_text("Rendez-vous réservé pour Inès Arnaud")
    expect(block(desk, "Arnaud")).to_be_focused()


def test_an_outcome_is_two_clicks_from_the_grid(town: Town, live_server: Installation, desk: Page) -> None:
    on = monday(-1)
    met = expected(town, at(on, 9), "Arnaud")
    sign_in(town, live_server, desk)
    open_agenda(live_server, desk, on)
    expect(block(desk, "Arnaud")).to_contain_text("À noter")
    block(desk, "Arnaud").click()
    expect(desk.get_by_role("dialog")).to_be_visible()
    shoot(desk, "agenda-panneau", whole=False)
    desk.get_by_role("dialog").get_by_role("button", name="Venu").click()
    expect(block(desk, "Arnaud")).to_contain_text("Venu")
    with town.database.reading() as session:
        assert session.get_one(Participation, met.id).outcome is Outcome.SEEN


def test_on_a_tablet_a_finger_takes_the_grip_and_scrolls_elsewhere(
    town: Town, live_server: Installation, browser: Browser
) -> None:
    on = monday(1)
    moved = expected(town, at(on, 9), "Arnaud")
    context = browser.new_context(**FRENCH, **TABLET)  # type: ignore[arg-type]
    page = context.new_page()
    sign_in(town, live_server, page)
    open_agenda(live_server, page, on)
    shoot(page, "agenda-tablette", whole=False)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= TABLET["viewport"]["width"], "the page itself never scrolls sideways"  # type: ignore[index]
    box = block(page, "Arnaud").bounding_box()
    assert box
    swipe(page, box["x"] + 20, box["y"] + 10, 20)
    expect(page.get_by_role("dialog")).to_have_count(0)
    swipe(page, box["x"] + box["width"] - 16, box["y"] + 10, HOUR)
    expect(page.get_by_role("dialog")).to_contain_text("10 h 00".replace(" ", "\N{NO-BREAK SPACE}"))
    shoot(page, "agenda-tablette-confirmer", whole=False)
    confirm(page)
    assert where_is(town, moved)[0] == at(on, 10)
    context.close()


def swipe(page: Page, x: float, y: float, down: float) -> None:
    """A finger that goes down by so many pixels."""
    hand = page.context.new_cdp_session(page)
    for step in range(6):
        kind = "touchStart" if step == 0 else "touchMove"
        point = {"x": x, "y": y + down * step / 5}
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_without_javascript_the_same_links_do_the_same(town: Town, live_server: Installation, browser: Browser) -> None:
    on = monday(1)
    moved = expected(town, at(on, 9), "Arnaud")
    context = browser.new_context(**FRENCH, viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    sign_in(town, live_server, page)
    open_agenda(live_server, page, on)
    block(page, "Arnaud").click()
    page.get_by_role("link", name="Déplacer").click()
    page.get_by_label("Heure").fill("11:00")
    page.get_by_role("button", name="Déplacer", exact=True).click()
    insist(page, "Déplacer quand même")
    expect(page.locator(".note-good")).to_contain_text("rendez-vous déplacé")
    assert where_is(town, moved)[0] == at(on, 11)
    context.close()


def test_a_week_and_a_long_day_hold_on_one_sheet(town: Town, live_server: Installation, desk: Page) -> None:
    on = monday(1)
    with town.changing() as world:
        for number in range(40):
            agent = world.make_agent(last_name=f"Agent{number}", display_name="Mme Vasseur")
            note = "interprète, accès de plain-pied" if number % 6 == 0 else ""
            person = world.make_beneficiary(first_name="Marie-Thérèse", last_name="Ouédraogo", logistic_note=note)
            team.expect(world, at(on, 8) + timedelta(minutes=10 * number), agent=agent, beneficiary=person)
    sign_in(town, live_server, desk)
    desk.goto(f"{live_server.base_url}/agents/journee?date={on}")
    assert sheets(desk) == ["594"]
    for number in range(4):
        expected(town, at(on + timedelta(days=number), 9), "Arnaud")
    open_agenda(live_server, desk, on)
    assert sheets(desk) == ["841"]


def sheets(page: Page) -> list[str]:
    """The width of each sheet that this page is printed on, in points: 594 upright, 841 on its side."""
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == len(re.findall(rb"/MediaBox", printed))
    return [width.decode() for width in re.findall(rb"/MediaBox\s*\[0 0 (\d+)", printed)]

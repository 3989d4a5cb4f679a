"""Mes calendriers: an agent makes and takes back their own address, connects calendars, and sees how these are doing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import create_app
from app.agents import my_calendar_words as words
from app.filters import PARIS
from app.jobs import TIMETABLE, run_job
from app.settings import Settings
from invitations import sealed_links
from invitations.calendar_copies import SEALED
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Agent, AuditEvent, BusyTime, CalendarFeed, ExternalCalendar, Role
from notifications.ics_reading import Unusable
from notifications.senders import Senders
from notifications.web_addresses import Trouble
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock
from tests.doubles.web import Site, running_site
from tests.fakes import RememberingEmail, RememberingSms
from tests.notifications.test_ics_reading import calendar
from tests.notifications.test_ics_reading import event as busy_event

PAGE = "/agents/mes-calendriers"
OUTLOOK = "https://outlook.office365.example/owa/calendar/1f/calendar.ics"
_ADDRESS = re.compile(r'value="(http[^"]+/calendriers/[^"]+\.ics)"')


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def browser(flask_app: Flask, team: Team) -> FlaskClient:
    return team.browser(flask_app)


def page(browser: FlaskClient) -> str:
    return words_of(browser.get(PAGE).text)


def address(browser: FlaskClient) -> str | None:
    found = _ADDRESS.search(browser.get(PAGE).text)
    return found.group(1) if found else None


def path(url: str) -> str:
    return url.removeprefix("http://127.0.0.1:8000")


def add(browser: FlaskClient, url: str = OUTLOOK, label: str = "") -> Any:
    return browser.post(f"{PAGE}/agendas", data={"address": url, "label": label})


def connected(team: Team, **values: Any) -> ExternalCalendar:
    """The team's only calendar, some of it written by hand."""
    with team.changing() as world:
        if values:
            world.session.execute(update(ExternalCalendar).values(**values))
        return world.session.scalars(select(ExternalCalendar)).one()


def rows(team: Team, table: Any) -> list[Any]:
    with team.database.reading() as session:
        found = list(session.scalars(select(table).order_by(table.id)))
        session.expunge_all()
        return found


# The agent's own address


def test_the_page_is_reached_from_every_page(browser: FlaskClient) -> None:
    assert f'href="{PAGE}"' in browser.get("/agents/").text


def test_there_is_no_address_until_it_is_made_and_looking_makes_none(browser: FlaskClient, team: Team) -> None:
    for _ in range(2):
        assert "Créer mon adresse" in page(browser)
    assert rows(team, CalendarFeed) == []


def test_the_address_is_made_shown_and_opens(browser: FlaskClient, team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        expect(world, NOW + timedelta(days=2))
    answer = browser.post(f"{PAGE}/adresse")
    assert (answer.status_code, answer.location) == (303, f"{PAGE}#adresse")
    made = address(browser)
    assert made is not None
    assert "BEGIN:VEVENT" in flask_app.test_client().get(path(made)).text
    shown = browser.get(PAGE).text
    assert f'href="webcal://{made.removeprefix("http://")}"' in shown
    for program in ("Outlook", "Google Agenda", "Zimbra", "Nextcloud", "iPhone", "Android"):
        assert program in shown


def test_a_double_tap_makes_one_address(browser: FlaskClient, team: Team) -> None:
    browser.post(f"{PAGE}/adresse")
    first = address(browser)
    browser.post(f"{PAGE}/adresse")
    assert address(browser) == first
    assert len(rows(team, CalendarFeed)) == 1


def test_the_address_is_replaced_and_taken_back(browser: FlaskClient, flask_app: Flask) -> None:
    browser.post(f"{PAGE}/adresse")
    old = address(browser)
    browser.post(f"{PAGE}/adresse/remplacer")
    new = address(browser)
    assert old is not None
    assert new is not None
    program = flask_app.test_client()
    assert (program.get(path(old)).status_code, program.get(path(new)).status_code) == (404, 200)
    browser.post(f"{PAGE}/adresse/retirer")
    assert address(browser) is None
    assert program.get(path(new)).status_code == 404


def test_taking_back_twice_or_nothing_is_harmless(browser: FlaskClient, team: Team) -> None:
    assert browser.post(f"{PAGE}/adresse/retirer").status_code == 303
    browser.post(f"{PAGE}/adresse")
    for _ in range(2):
        assert browser.post(f"{PAGE}/adresse/retirer").status_code == 303
    actions = [one.action for one in rows(team, AuditEvent) if one.action.startswith("feed")]
    assert actions == ["feed.made", "feed.revoked"]


def test_each_agent_has_an_address_of_their_own(flask_app: Flask, team: Team) -> None:
    with team.changing() as world:
        colleague = world.make_agent()
    browsers = team.browser(flask_app), team.browser(flask_app, colleague)
    for one in browsers:
        one.post(f"{PAGE}/adresse")
    first, second = (address(one) for one in browsers)
    assert first != second
    browsers[0].post(f"{PAGE}/adresse/retirer")
    assert second is not None
    assert flask_app.test_client().get(path(second)).status_code == 200


def with_key(settings: Settings, clock: Clock, key: str, *previous: str) -> Flask:
    made = create_app(
        replace(settings, secret_key=key, previous_secret_keys=previous),
        clock=clock,
        senders=Senders(sms=RememberingSms(), email=RememberingEmail()),
    )
    made.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return made


def test_after_a_change_of_key_the_address_given_out_still_opens_and_is_still_shown(
    browser: FlaskClient, team: Team, settings: Settings, clock: Clock
) -> None:
    browser.post(f"{PAGE}/adresse")
    given = address(browser)
    assert given is not None
    changed = with_key(settings, clock, "n" * 32, settings.secret_key)
    assert changed.test_client().get(path(given)).status_code == 200
    assert address(team.browser(changed)) == given
    codes = Codes("n" * 32, [settings.secret_key])
    sealed_links.renew(team.database, CalendarFeed.code_hash, codes)
    lost = with_key(settings, clock, "n" * 32)
    assert lost.test_client().get(path(given)).status_code == 200
    assert "ne peut plus être affichée" in page(team.browser(lost))
    for one in (changed, lost):
        one.extensions["rdv"].database.engine.dispose()


def test_the_page_says_whether_names_are_told(browser: FlaskClient, team: Team) -> None:
    assert "Le nom des personnes n’y figure pas" in page(browser)
    with team.changing() as world:
        organisation = world.session.merge(world.organisation)
        organisation.names_in_calendars = True
        name = organisation.name
    assert f"Le nom des personnes y figure pour {name}" in page(browser)


# Calendars of elsewhere


def test_a_calendar_is_added_and_only_its_host_is_shown(browser: FlaskClient, team: Team) -> None:
    answer = add(browser, label="Mon Outlook")
    assert (answer.status_code, answer.location) == (303, PAGE), "what is said stands on top"
    shown = browser.get(PAGE).text
    assert "Mon Outlook" in shown
    assert "outlook.office365.example" in shown
    assert "1f" not in shown
    assert "Première lecture dans la minute" in page(browser)
    assert "outlook" not in connected(team).sealed_address


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "Collez l’adresse que donne votre agenda."),
        ("calendrier", "Cette adresse ne se lit pas."),
        ("http://cloud.example/a.ics", "Cette adresse n’est pas protégée."),
        ("https://10.0.0.1/a.ics", "Cette adresse n’existe que dans un réseau interne."),
        ("https://localhost/a.ics", "Cette adresse n’existe que dans un réseau interne."),
        ("https://a:b@cloud.example/a.ics", "Cette adresse contient un mot de passe."),
        ("https://cloud.example:8443/a.ics", "Cette adresse passe par un port particulier"),
        ("http://127.0.0.1:8000/calendriers/abc.ics", "Cette adresse est celle de vos rendez-vous ici."),
        ("https://cloud.example/" + "x" * 2000, "Cette adresse est trop longue."),
    ],
)
def test_an_address_that_can_not_be_read_is_refused_beside_the_field(
    browser: FlaskClient, team: Team, url: str, sentence: str
) -> None:
    answer = add(browser, url, "Nom gardé")
    assert answer.status_code == 422
    assert sentence in words_of(answer.text)
    assert 'id="address-erreur"' in answer.text
    assert url in answer.text
    assert "Nom gardé" in answer.text
    assert rows(team, ExternalCalendar) == []


def test_the_same_calendar_twice_and_a_sixth_are_refused(browser: FlaskClient) -> None:
    for number in range(5):
        add(browser, f"{OUTLOOK}?{number}")
    again = add(browser, f"{OUTLOOK}?0")
    assert (again.status_code, "Cet agenda est déjà dans la liste." in words_of(again.text)) == (422, True)
    sixth = add(browser, f"{OUTLOOK}?6")
    assert (sixth.status_code, "5 agendas sont lus au plus" in words_of(sixth.text)) == (422, True)
    assert "Ajouter cet agenda" not in page(browser)


def test_what_was_read_is_told(browser: FlaskClient, team: Team, clock: Clock) -> None:
    add(browser)
    made = connected(team, fetched_at=NOW, next_try_at=NOW + timedelta(minutes=15))
    with team.changing() as world:
        for days in (1, 2):
            starts_at = NOW + timedelta(days=days)
            world.add(
                BusyTime(
                    calendar_id=made.id,
                    agent_id=made.agent_id,
                    starts_at=starts_at,
                    ends_at=starts_at + timedelta(hours=1),
                )
            )
    clock.pass_by(timedelta(minutes=4))
    assert "À jour Lu il y a 4 minutes. 2 moments occupés à venir, jusqu’au jeudi 26 novembre." in plain(page(browser))


def test_since_when_it_fails_and_why_is_told(browser: FlaskClient, team: Team) -> None:
    add(browser)
    connected(
        team,
        fetched_at=NOW - timedelta(hours=19, minutes=55),
        failure=str(Trouble.UNREACHABLE),
        failures=3,
        next_try_at=NOW + timedelta(minutes=50),
    )
    said = plain(page(browser))
    assert "À vérifier Lu pour la dernière fois hier à 14 h 05 : l’adresse ne répond pas." in said
    assert "restent bloquées. Prochain essai à 10 h 50." in said


def test_what_never_answered_is_told(browser: FlaskClient, team: Team) -> None:
    add(browser)
    connected(team, failure=str(Unusable.NOT_A_CALENDAR), failures=1, next_try_at=NOW + timedelta(hours=15))
    said = plain(page(browser))
    assert "Pas encore lu : ce qui s’y trouve n’est pas un agenda. Prochain essai demain à 1 h 00." in said
    assert "restent bloquées" not in said


def test_what_was_left_out_is_told(browser: FlaskClient, team: Team) -> None:
    add(browser)
    connected(team, fetched_at=NOW, left_out=3)
    assert "3 événements illisibles ou en trop, qui ne bloquent rien." in plain(page(browser))


def test_a_calendar_is_read_again_at_once_when_asked(browser: FlaskClient, team: Team) -> None:
    add(browser)
    made = connected(team, failure=str(Trouble.GONE), failures=9, next_try_at=NOW + timedelta(hours=6))
    assert browser.post(f"{PAGE}/agendas/{made.id}/relire").status_code == 303
    assert connected(team).next_try_at == NOW


def test_a_calendar_is_removed_with_the_time_it_took(browser: FlaskClient, team: Team) -> None:
    add(browser)
    made = connected(team)
    with team.changing() as world:
        world.add(
            BusyTime(calendar_id=made.id, agent_id=made.agent_id, starts_at=NOW, ends_at=NOW + timedelta(hours=1))
        )
    assert browser.post(f"{PAGE}/agendas/{made.id}/retirer").status_code == 303
    assert rows(team, ExternalCalendar) == rows(team, BusyTime) == []
    assert browser.post(f"{PAGE}/agendas/{made.id}/retirer").status_code == 404


# Whose it is


@pytest.mark.parametrize("where", ["same team", "other organisation", "other département"])
@pytest.mark.parametrize("act", ["relire", "retirer"])
def test_a_calendar_is_its_agents_alone(
    flask_app: Flask, browser: FlaskClient, team: Team, where: str, act: str
) -> None:
    add(browser)
    browser.post(f"{PAGE}/adresse")
    mine = connected(team, next_try_at=NOW + timedelta(hours=1))
    other = team.browser(flask_app, stranger(team, where))
    assert other.post(f"{PAGE}/agendas/{mine.id}/{act}").status_code == 404
    shown = other.get(PAGE).text
    assert "office365" not in shown
    assert _ADDRESS.search(shown) is None
    other.post(f"{PAGE}/adresse/retirer")
    assert address(browser) is not None
    assert connected(team).next_try_at == NOW + timedelta(hours=1)


def stranger(team: Team, where: str) -> Agent:
    with team.changing() as world:
        if where == "same team":
            return world.make_agent(role=Role.ADMIN)
        department = world.department
        if where == "other département":
            department = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        return world.make_agent(role=Role.ADMIN, organisation=world.make_organisation(department_id=department.id))


ACTS = ("adresse", "adresse/remplacer", "adresse/retirer", "agendas", "agendas/1/relire", "agendas/1/retirer")


@pytest.mark.parametrize("act", ACTS)
def test_whoever_is_not_signed_in_does_nothing(flask_app: Flask, team: Team, act: str) -> None:
    nobody = flask_app.test_client()
    assert nobody.get(PAGE).status_code == 302
    assert nobody.post(f"{PAGE}/{act}").status_code == 302
    assert rows(team, CalendarFeed) == rows(team, ExternalCalendar) == []


@pytest.mark.parametrize("act", ACTS)
def test_looking_at_what_acts_does_nothing(browser: FlaskClient, act: str) -> None:
    assert browser.get(f"{PAGE}/{act}").status_code == 405


@pytest.mark.parametrize("act", ACTS)
def test_another_site_can_not_post_here(flask_app: Flask, browser: FlaskClient, team: Team, act: str) -> None:
    flask_app.config["WTF_CSRF_ENABLED"] = True
    assert browser.post(f"{PAGE}/{act}").status_code == 400
    assert rows(team, CalendarFeed) == []


def test_the_number_of_queries_does_not_grow(flask_app: Flask, browser: FlaskClient) -> None:
    browser.post(f"{PAGE}/adresse")
    add(browser, f"{OUTLOOK}?0")
    one = queries_of(flask_app, lambda: browser.get(PAGE))
    for number in range(1, 5):
        add(browser, f"{OUTLOOK}?{number}")
    assert queries_of(flask_app, lambda: browser.get(PAGE)) == one


# Words


def test_every_failure_has_its_words() -> None:
    assert set(words.FAILURES) == {str(one) for one in (*Trouble, *Unusable)} | {SEALED}


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(), "à l’instant"),
        (timedelta(seconds=-30), "à l’instant"),
        (timedelta(minutes=1), "il y a 1 minute"),
        (timedelta(minutes=59), "il y a 59 minutes"),
        (timedelta(hours=1), "aujourd’hui à 9 h 00"),
        (timedelta(hours=11), "hier à 23 h 00"),
        (timedelta(hours=34), "hier à 0 h 00"),
        (timedelta(hours=35), "dimanche 22 novembre à 23 h 00"),
    ],
)
def test_moments_are_said_as_people_do(ago: timedelta, said: str) -> None:
    assert plain(words.when(NOW - ago, NOW, PARIS)) == said


# All of it


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


def test_from_the_form_to_the_agenda_through_the_scheduler(
    settings: Settings, team: Team, clock: Clock, site: Site
) -> None:
    """A local server that the operator has named, the real job, and what the page then says."""
    site.serve("/a.ics", calendar(busy_event("DTSTART:20261126T080000Z", "DURATION:PT1H")))
    flask_app = with_key(replace(settings, private_hosts=site.spots), clock, settings.secret_key)
    browser = team.browser(flask_app)
    assert add(browser, site.url("/a.ics"), "Zimbra").status_code == 303
    job = next(one for one in TIMETABLE if one.name == "read_calendars")
    assert run_job(flask_app.extensions["rdv"], job) is True
    clock.pass_by(timedelta(minutes=2))
    assert "Lu il y a 2 minutes. 1 moment occupé à venir, jusqu’au jeudi 26 novembre." in plain(page(browser))
    assert [one.starts_at for one in rows(team, BusyTime)] == [datetime(2026, 11, 26, 8, tzinfo=NOW.tzinfo)]
    flask_app.extensions["rdv"].database.engine.dispose()


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace(" .", ".")

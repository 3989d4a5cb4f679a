"""Réglages: what follows an invitation without an answer; each step changed, added, taken away, or refused in a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.database import Database
from invitations.models import AuditEvent, CategorySettings, EscalationStep, Role
from tests.app.team import Team, queries_of
from tests.conftest import Clock

NBSP = "\N{NO-BREAK SPACE}"
BOTH = ["sms", "email"]


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    return team.browser(flask_app, admin)


def address(team: Team) -> str:
    return f"/agents/reglages/categories/{team.world.settings.id}/sans-reponse"


def typed(*rows: tuple[str, str, list[str]], **more: str) -> dict[str, Any]:
    """What the form sends; its last row is empty."""
    data: dict[str, Any] = dict(more)
    for number, (days, act, channels) in enumerate([*rows, ("", "remind", BOTH)]):
        data[f"steps-{number}-after_days"] = days
        data[f"steps-{number}-act"] = act
        data[f"steps-{number}-channels"] = channels
    return data


USUAL = (("3", "remind", BOTH), ("7", "remind", BOTH), ("9", "call", []))


def kept(team: Team) -> list[tuple[int, str, list[str]]]:
    with team.database.reading() as session:
        found = session.scalars(
            select(EscalationStep)
            .where(EscalationStep.settings_id == team.world.settings.id)
            .order_by(EscalationStep.after_days)
        )
        return [(one.after_days, one.act.value, one.channels) for one in found]


def test_the_page_shows_the_steps_and_an_empty_one(team: Team, client: FlaskClient) -> None:
    page = client.get(address(team)).text
    for number, days in enumerate(("3", "7", "9")):
        assert f'name="steps-{number}-after_days" type="text" value="{days}"' in page or f'value="{days}"' in page
    assert "Ajouter une étape" in page
    assert "L’invitation part par SMS, courriel" in page


def test_a_step_is_changed_added_and_kept_in_order(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        settings = world.session.get_one(CategorySettings, world.settings.id)
        settings.channels, settings.validity_days = [*BOTH, "letter"], 20
    rows = (("15", "call", BOTH), ("4", "remind", ["sms"]), ("8", "letter", BOTH))
    answer = client.post(address(team), data=typed(*rows))
    assert (answer.status_code, answer.location) == (303, address(team))
    assert kept(team) == [(4, "remind", ["sms"]), (8, "letter", []), (15, "call", [])]
    shown = client.get("/agents/reglages").text
    assert f"rappel à 4{NBSP}jours, courrier à 8{NBSP}jours, appel à 15{NBSP}jours" in shown


def test_a_step_takes_the_day_that_another_had(team: Team, client: FlaskClient) -> None:
    rows = (("7", "remind", ["sms"]), ("9", "remind", ["email"]), ("10", "call", []))
    assert client.post(address(team), data=typed(*rows)).status_code == 303
    assert kept(team) == [(7, "remind", ["sms"]), (9, "remind", ["email"]), (10, "call", [])]


def test_a_step_is_taken_away_by_its_button_or_by_emptying_its_day(team: Team, client: FlaskClient) -> None:
    assert client.post(address(team), data=typed(*USUAL, retirer="1")).status_code == 303
    assert [days for days, _, _ in kept(team)] == [3, 9]
    assert client.post(address(team), data=typed(("", "remind", BOTH), ("9", "call", []))).status_code == 303
    assert [days for days, _, _ in kept(team)] == [9]
    assert client.post(address(team), data=typed()).status_code == 303
    assert kept(team) == []
    assert ">rien<span" in client.get("/agents/reglages").text


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ((("3", "remind", BOTH), ("3", "remind", ["sms"])), "Deux étapes tombent le jour 3"),
        ((("11", "remind", BOTH),), f"Au jour 11, l’invitation n’est plus valable{NBSP}: elle l’est 10{NBSP}jours."),
        ((("3", "remind", []),), f"Par quel moyen rappeler au jour 3{NBSP}?"),
        ((("3", "letter", []),), "Cette catégorie n’envoie pas de courrier."),
        ((("3", "call", []), ("7", "remind", BOTH)), "L’appel vient en dernier"),
        ((("3", "call", []), ("7", "call", [])), "L’appel vient en dernier"),
        ((("0", "remind", BOTH),), f"De 1 à 365{NBSP}jours."),
        ((("trois", "remind", BOTH),), "Indiquez un nombre entier."),
        ((("3", "pigeon", BOTH),), "Choisissez dans la liste."),
        ((("3", "remind", ["letter"]),), "Choisissez dans la liste."),
    ],
)
def test_what_steps_can_not_be_is_told_beside_the_step_and_nothing_is_kept(
    team: Team, client: FlaskClient, rows: tuple[Any, ...], sentence: str
) -> None:
    before = kept(team)
    answer = client.post(address(team), data=typed(*rows))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(f'value="{days}"' in answer.text for days, _, _ in rows)
    assert kept(team) == before


@pytest.mark.parametrize(("days", "is_kept"), [("5", True), ("6", False)])
def test_a_letter_needs_five_days_before_the_end(team: Team, client: FlaskClient, days: str, is_kept: bool) -> None:
    with team.changing() as world:
        world.session.get_one(CategorySettings, world.settings.id).channels = [*BOTH, "letter"]
    answer = client.post(address(team), data=typed((days, "letter", [])))
    assert (answer.status_code == 303) is is_kept
    if not is_kept:
        assert f"Un courrier du jour 6 arriverait trop tard{NBSP}: il lui faut 5{NBSP}jours" in answer.text


def test_two_letters_are_one_too_many(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.get_one(CategorySettings, world.settings.id).channels = [*BOTH, "letter"]
    answer = client.post(address(team), data=typed(("2", "letter", []), ("4", "letter", [])))
    assert "Un seul courrier par invitation." in answer.text


def test_the_journal_says_that_the_steps_changed_once(team: Team, client: FlaskClient) -> None:
    client.post(address(team), data=typed(*USUAL))  # as they were
    client.post(address(team), data=typed(*USUAL[:2]))
    with team.database.reading() as session:
        (event,) = session.scalars(select(AuditEvent))
        assert (event.action, event.details["changed"]) == ("settings.changed", ["steps"])


def test_only_an_administrator_of_that_organisation_sees_the_steps(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        stranger = world.make_agent(role=Role.ADMIN, organisation=other)
    assert team.browser(flask_app).get(address(team)).status_code == 403
    assert team.browser(flask_app).post(address(team), data=typed()).status_code == 403
    assert team.browser(flask_app, stranger).get(address(team)).status_code == 404
    assert team.browser(flask_app, stranger).post(address(team), data=typed()).status_code == 404
    assert len(kept(team)) == 3


def test_the_settings_of_many_categories_cost_as_much_as_of_one(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    few = queries_of(flask_app, lambda: client.get("/agents/reglages"))
    with team.changing() as world:
        for number in range(4):
            world.make_settings(category_id=world.make_category(code=f"autre_{number}").id)
    assert queries_of(flask_app, lambda: client.get("/agents/reglages")) == few

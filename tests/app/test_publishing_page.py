"""Réglages, publication: who lets their figures be public, who corrects a month, and what anybody else may not."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import figures
from invitations.database import Database
from invitations.models import Agent, AuditEvent, Department, Organisation, OrganisationKind, Role
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import Clock
from tests.published import add_people, let_publish, people_of, publish

HERE = "/agents/reglages/publication"
AUGUST = date(2026, 8, 1)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def admin(team: Team) -> Agent:
    with team.changing() as world:
        return world.make_agent(role=Role.ADMIN)


@pytest.fixture
def client(team: Team, flask_app: Flask, admin: Agent) -> FlaskClient:
    return team.browser(flask_app, admin)


def since(team: Team) -> tuple[bool, bool]:
    """Whether the département publishes, and whether the world's organisation agrees."""
    with team.database.reading() as session:
        department = session.get_one(Department, team.world.department.id)
        organisation = session.get_one(Organisation, team.world.organisation.id)
        return department.publishes_since is not None, organisation.publishes_since is not None


def noted(team: Team) -> list[tuple[str, str | None]]:
    with team.database.reading() as session:
        events = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
        return [(one.action, one.details.get("subject", one.details.get("month"))) for one in events]


def test_nothing_is_public_until_somebody_says_so(team: Team, client: FlaskClient) -> None:
    page = words_of(client.get(HERE).text)
    assert since(team) == (False, False)
    assert "Les chiffres de votre structure ne sont pas publics" in page
    assert "Aucune structure n’a encore accepté." in page


def test_an_organisation_and_a_departement_agree_and_take_it_back(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    client.post(f"{HERE}/structure", data={"accepte": "oui"})
    assert since(team) == (False, True)
    answer = client.post(f"{HERE}/departement", data={"publie": "oui"}, follow_redirects=True)
    assert since(team) == (True, True)
    assert "La page publique est ouverte." in answer.text
    assert "Les chiffres de votre structure sont publics" in words_of(client.get(HERE).text)
    assert flask_app.test_client().get("/statistiques/26").status_code == 200
    client.post(f"{HERE}/structure", data={"accepte": "non"})
    client.post(f"{HERE}/departement", data={"publie": "non"})
    assert since(team) == (False, False)
    assert flask_app.test_client().get("/statistiques/26").status_code == 404
    assert noted(team) == [
        ("statistics.agreed", "organisation"),
        ("statistics.agreed", "department"),
        ("statistics.withdrawn", "organisation"),
        ("statistics.withdrawn", "department"),
    ]


def test_within_the_hour_the_scheduler_publishes_what_is_over(
    team: Team, client: FlaskClient, flask_app: Flask
) -> None:
    client.post(f"{HERE}/structure", data={"accepte": "oui"})
    client.post(f"{HERE}/departement", data={"publie": "oui"})
    with team.changing() as world:
        let_publish(world)
        add_people(world, AUGUST)
    here = flask_app.extensions["rdv"]
    assert figures.publish(here) == 1
    assert figures.publish(here) == 0
    assert figures.publish(here, lambda: True) == 0
    assert "août 2026 55 sur 100" in words_of(flask_app.test_client().get("/statistiques/26").text)


def test_a_month_is_corrected_and_the_public_page_says_when(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    with team.changing() as world:
        let_publish(world)
        add_people(world, AUGUST)
        publish(world.session, world)
        people_of(world.session, AUGUST).seen = 130
    assert '<option value="2026-08-01">août\N{NO-BREAK SPACE}2026</option>' in client.get(HERE).text
    assert client.post(f"{HERE}/corriger", data={"month": "2026-08-01"}).status_code == 303
    assert noted(team) == [("statistics.corrected", "2026-08-01")]
    public = flask_app.test_client()
    page = words_of(public.get("/statistiques/26").text)
    assert "août 2026 65 sur 100" in page
    assert "Corrigé depuis sa parution : août 2026, le mardi 24 novembre 2026." in page
    [month] = public.get("/statistiques/26.json").json["chiffres"]  # type: ignore[index]
    assert month["corrige_le"] is not None


@pytest.mark.parametrize("month", ["2026-07-01", "", "août", "2026-08-01; DROP"])
def test_a_month_that_is_not_out_can_not_be_corrected(team: Team, client: FlaskClient, month: str) -> None:
    with team.changing() as world:
        let_publish(world)
        add_people(world, AUGUST)
        publish(world.session, world)
    answer = client.post(f"{HERE}/corriger", data={"month": month})
    assert answer.status_code == 422
    assert "Choisissez" in answer.text
    assert noted(team) == []


def test_a_partners_administrators_speak_for_their_organisation_alone(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        partner = world.make_organisation(name="Chantier", kind=OrganisationKind.SIAE)
        reader = world.make_agent(organisation=partner, role=Role.ADMIN)
    theirs = team.browser(flask_app, reader)
    page = theirs.get(HERE).text
    assert "Ouvrir la page publique" not in page
    assert theirs.post(f"{HERE}/structure", data={"accepte": "oui"}).status_code == 303
    for path, typed in (("departement", {"publie": "oui"}), ("corriger", {"month": "2026-08-01"})):
        assert theirs.post(f"{HERE}/{path}", data=typed).status_code == 403
    assert since(team) == (False, False)
    with team.database.reading() as session:
        assert session.get_one(Organisation, partner.id).publishes_since is not None


def test_the_administrators_of_another_departement_open_their_own(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        elsewhere = world.make_organisation(department_id=isere.id)
        stranger = world.make_agent(organisation=elsewhere, role=Role.ADMIN)
    theirs = team.browser(flask_app, stranger)
    theirs.post(f"{HERE}/departement", data={"publie": "oui"})
    assert since(team) == (False, False)
    assert flask_app.test_client().get("/statistiques/38").status_code == 200


def test_who_may_not_administer_opens_nothing(team: Team, flask_app: Flask) -> None:
    basic = team.browser(flask_app)
    for path in (HERE, f"{HERE}/structure", f"{HERE}/departement", f"{HERE}/corriger"):
        answer = basic.get(path) if path == HERE else basic.post(path)
        assert answer.status_code == 403, path
    assert since(team) == (False, False)


def test_the_page_of_settings_says_whether_one_is_in(team: Team, client: FlaskClient) -> None:
    overview = "/agents/reglages"
    assert "Publication vos chiffres ne sont pas publics" in words_of(client.get(overview).text)
    client.post(f"{HERE}/structure", data={"accepte": "oui"})
    assert "Publication acceptée, sans page publique" in words_of(client.get(overview).text)
    client.post(f"{HERE}/departement", data={"publie": "oui"})
    assert "Publication vos chiffres sont publics" in words_of(client.get(overview).text)


def test_the_page_costs_the_same_whatever_it_holds(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    client.get(HERE)
    few = queries_of(flask_app, lambda: client.get(HERE))
    with team.changing() as world:
        let_publish(world, *(world.make_organisation() for _ in range(3)))
        add_people(world, AUGUST)
        publish(world.session, world)
    assert queries_of(flask_app, lambda: client.get(HERE)) == few

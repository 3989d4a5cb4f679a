"""Réglages, jours de fermeture: nobody is received, nothing booked is lost from sight."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.agenda.search import find_slots
from invitations.database import Database
from invitations.models import Agent, AppointmentType, AuditEvent, Closure, Role
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock

LISTING = "/agents/reglages/fermetures"
THURSDAY = date(2026, 11, 26)


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


def typed(**changes: Any) -> dict[str, Any]:
    return {"place": "0", "first_on": "2026-11-26", "last_on": "2026-11-27", "label": "pont"} | changes


def closures(team: Team) -> list[Closure]:
    with team.database.reading() as session:
        found = list(session.scalars(select(Closure)))
        session.expunge_all()
    return found


def days_with_slots(team: Team) -> set[date]:
    with team.database.reading() as session:
        types = session.scalars(select(AppointmentType)).all()
        slots = find_slots(session, types=types, after=NOW, before=NOW + timedelta(days=6), now=NOW)
    return {slot.starts_at.astimezone(ZoneInfo("Europe/Paris")).date() for slot in slots}


def test_no_slot_is_offered_on_closing_days(team: Team, client: FlaskClient) -> None:
    assert THURSDAY in days_with_slots(team)
    answer = client.post(LISTING, data=typed())
    assert (answer.status_code, answer.location) == (303, LISTING)
    assert not {THURSDAY, date(2026, 11, 27)} & days_with_slots(team)
    assert date(2026, 11, 30) in days_with_slots(team)
    page = words_of(client.get(LISTING).text)
    assert "1 fermeture prévue" in page
    assert "toute la structure" in page
    assert "pont" in page


def test_a_single_day_needs_no_last_one(team: Team, client: FlaskClient) -> None:
    assert client.post(LISTING, data=typed(last_on="")).status_code == 303
    assert [(one.first_on, one.last_on) for one in closures(team)] == [(THURSDAY, THURSDAY)]


def test_a_double_tap_closes_once(team: Team, client: FlaskClient) -> None:
    for label in ("pont", "fêtes"):
        assert client.post(LISTING, data=typed(label=label)).status_code == 303
    assert [one.label for one in closures(team)] == ["fêtes"]


def test_one_place_may_close_alone(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        elsewhere = world.make_place(name="Annexe")
    client.post(LISTING, data=typed(place=elsewhere.id))
    assert closures(team)[0].place_id == elsewhere.id
    assert THURSDAY in days_with_slots(team)
    assert "Valence, Annexe" in client.get(LISTING).text


def test_what_was_booked_stays_and_is_told_with_a_link_to_its_day(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        elsewhere = world.make_place(name="Annexe")
        for hours in (47, 49):
            expect(world, NOW + timedelta(hours=hours))
        expect(world, NOW + timedelta(hours=51), place_id=elsewhere.id)
        expect(world, NOW + timedelta(hours=53), cancelled_at=NOW)
        expect(world, NOW + timedelta(days=5))
    client.post(LISTING, data=typed())
    client.post(LISTING, data=typed(place=elsewhere.id, label="travaux"))
    page = client.get(LISTING).text
    assert "3\N{NO-BREAK SPACE}rendez-vous" in page
    assert "1\N{NO-BREAK SPACE}rendez-vous" in page
    assert "/agents/journee?date=2026-11-26" in page
    assert "/agents/journee?date=2026-11-29" not in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"first_on": ""}, "Indiquez le premier jour."),
        ({"first_on": "demain"}, "Indiquez une date"),
        ({"last_on": "2026-11-25"}, "Il vient avant le premier jour."),
        ({"first_on": "2026-11-02", "last_on": "2026-11-03"}, "Ces jours sont passés."),
        ({"first_on": "0226-11-02"}, "Indiquez une année entre 2000 et 2100."),
        ({"place": "999999"}, "Choisissez dans la liste."),
        ({"label": "x" * 81}, "80 caractères au plus."),
    ],
)
def test_what_is_no_closing_is_told_beside_its_field(
    team: Team, client: FlaskClient, changes: dict[str, str], sentence: str
) -> None:
    answer = client.post(LISTING, data=typed(**changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert closures(team) == []


def test_days_that_are_taken_out_receive_again(team: Team, client: FlaskClient, admin: Agent) -> None:
    client.post(LISTING, data=typed())
    assert client.post(f"{LISTING}/{closures(team)[0].id}/retirer").status_code == 303
    assert closures(team) == []
    assert THURSDAY in days_with_slots(team)
    with team.database.reading() as session:
        noted = [(one.action, one.agent_id) for one in session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert noted == [("closure.added", admin.id), ("closure.removed", admin.id)]
    assert "Aucune fermeture prévue" in client.get(LISTING).text


def test_the_list_costs_the_same_whatever_its_length(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    client.post(LISTING, data=typed())
    few = queries_of(flask_app, lambda: client.get(LISTING))
    for day in range(1, 6):
        client.post(LISTING, data=typed(first_on=f"2026-12-0{day}", last_on=""))
    assert queries_of(flask_app, lambda: client.get(LISTING)) == few


def test_another_teams_closings_do_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        theirs = world.add(
            Closure(organisation_id=other.id, first_on=THURSDAY, last_on=THURSDAY, label="Ailleurs", created_at=NOW)
        )
        place = world.make_place(organisation_id=other.id)
    assert "Ailleurs" not in client.get(LISTING).text
    assert client.post(f"{LISTING}/{theirs.id}/retirer").status_code == 404
    assert client.post(LISTING, data=typed(place=place.id)).status_code == 422
    assert [one.id for one in closures(team)] == [theirs.id]


def test_only_an_administrator_closes_days(team: Team, flask_app: Flask) -> None:
    client = team.browser(flask_app)
    assert client.get(LISTING).status_code == 403
    assert client.post(LISTING, data=typed()).status_code == 403

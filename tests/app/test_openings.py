"""Créneaux: openings in words, adding one with its doubts, ending one, absences."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.agents import opening_words
from invitations.agenda.recurrence import monthly, parse, weekly
from invitations.database import Database
from invitations.models import Absence, Opening
from invitations.openings_list import AbsenceLine, OpeningLine
from tests.app.team import Team, expect
from tests.conftest import Clock

NBSP = "\N{NO-BREAK SPACE}"
PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 11, 24)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def asked(team: Team, **changes: Any) -> dict[str, Any]:
    """Every Saturday morning: the world has nothing there."""
    return {
        "agent": team.world.agent.id,
        "place": team.world.place.id,
        "types": [team.world.type.id],
        "starts_on": "2026-11-28",
        "starts": "09:00",
        "ends": "12:00",
        "repetition": "1",
        "weekdays": ["5"],
        "until": "",
    } | changes


def openings(team: Team) -> list[Opening]:
    with team.database.reading() as session:
        found = list(session.scalars(select(Opening).order_by(Opening.id)))
        session.expunge_all()
    return found


def absences(team: Team) -> list[Absence]:
    with team.database.reading() as session:
        found = list(session.scalars(select(Absence).order_by(Absence.id)))
        session.expunge_all()
    return found


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (weekly([1]), "tous les mardis"),
        (weekly([1, 3]), "tous les mardis et jeudis"),
        (weekly(range(5)), "du lundi au vendredi"),
        (weekly([0, 2, 4]), "tous les lundis, mercredis et vendredis"),
        (weekly(range(7)), "tous les jours"),
        (weekly([1], interval=2), "une semaine sur deux, le mardi"),
        (weekly([1, 4], interval=3), f"toutes les 3{NBSP}semaines, le mardi et le vendredi"),
        (weekly(range(5), interval=2), "une semaine sur deux, du lundi au vendredi"),
        (monthly(1, 3), "le premier jeudi du mois"),
        (monthly(-1, 4), "le dernier vendredi du mois"),
    ],
)
def test_a_recurrence_reads_like_a_sentence(rule: str, words: str) -> None:
    assert opening_words.repeated(parse(rule)) == words


@pytest.mark.parametrize(
    ("starts_on", "last_on", "words"),
    [
        (date(2026, 11, 2), None, "tous les mardis"),
        (date(2026, 12, 1), None, "tous les mardis, à partir du mardi 1er décembre 2026"),
        (date(2026, 11, 2), date(2026, 12, 18), "tous les mardis, jusqu’au vendredi 18 décembre 2026"),
    ],
)
def test_the_bounds_of_an_opening_are_told_while_they_are_to_come(
    starts_on: date, last_on: date | None, words: str
) -> None:
    line = OpeningLine(
        1, "Mme Roche", "Valence", "Mairie", (), parse(weekly([1])), starts_on, last_on, time(9), time(12)
    )
    assert opening_words.rhythm(line, TODAY) == words


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        ("2026-12-02T00:00", "2026-12-03T00:00", "mercredi 2 décembre"),
        ("2026-12-21T00:00", "2026-12-25T00:00", "du lundi 21 décembre au jeudi 24 décembre"),
        ("2026-12-01T14:00", "2026-12-01T16:30", f"mardi 1er décembre, de 14{NBSP}h à 16{NBSP}h{NBSP}30"),
        (
            "2026-12-01T14:00",
            "2026-12-03T12:00",
            f"du mardi 1er décembre à 14{NBSP}h{NBSP}00 au jeudi 3 décembre à 12{NBSP}h{NBSP}00",
        ),
    ],
)
def test_an_absence_reads_like_a_sentence(starts: str, ends: str, words: str) -> None:
    begins, over = (datetime.fromisoformat(f"{moment}+01:00") for moment in (starts, ends))
    assert opening_words.absence(AbsenceLine(1, "Mme Roche", begins, over, ""), PARIS) == words


def test_the_page_tells_the_slots_left_and_the_openings_in_words(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.make_place(name="Antenne", city="Die")
        world.make_opening(starts_on=date(2026, 11, 1), rrule=None, last_on=date(2026, 11, 1))
    page = client.get("/agents/creneaux").text
    assert f"76{NBSP}créneaux libres d’ici au mardi 22 décembre</h1>" in page
    assert "du lundi au vendredi" in page
    assert f"9{NBSP}h – 12{NBSP}h" in page
    assert "aucune plage" in page
    assert page.count("Arrêter cette plage") == 1


def test_an_opening_is_added(team: Team, client: FlaskClient) -> None:
    assert client.get("/agents/creneaux/nouvelle").status_code == 200
    answer = client.post("/agents/creneaux/nouvelle", data=asked(team, until="2026-12-19"))
    assert (answer.status_code, answer.location) == (303, "/agents/creneaux")
    assert "tous les samedis" in client.get(answer.location).text
    added = openings(team)[-1]
    assert (added.rrule, added.last_on) == (weekly([5], until=date(2026, 12, 19)), date(2026, 12, 19))


def test_an_opening_of_one_day_keeps_no_rule(team: Team, client: FlaskClient) -> None:
    client.post("/agents/creneaux/nouvelle", data=asked(team, repetition="0", until="2026-12-19"))
    added = openings(team)[-1]
    assert (added.rrule, added.last_on) == (None, date(2026, 11, 28))


def test_a_repetition_without_weekdays_is_on_that_of_its_first_day(team: Team, client: FlaskClient) -> None:
    client.post("/agents/creneaux/nouvelle", data=asked(team, weekdays=[]))
    assert openings(team)[-1].rrule == weekly([5])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"starts": "22:00", "ends": "02:00"}, "Pour passer minuit, ajoutez deux plages."),
        ({"starts": "09:00", "ends": "09:00"}, "Pour passer minuit, ajoutez deux plages."),
        ({"starts_on": "2026-11-02", "repetition": "0"}, "Aucun jour de cette plage n’est à venir."),
        ({"starts_on": "demain"}, "Indiquez une date, par exemple 24/11/2026."),
        ({"starts_on": "9999-12-31"}, "Indiquez une année entre 2000 et 2100."),
        ({"until": "0226-12-31"}, "Indiquez une année entre 2000 et 2100."),
        ({"starts": ""}, "Indiquez l’heure de début."),
        ({"types": []}, "Choisissez au moins un motif."),
        ({"place": "999999"}, "Choisissez dans la liste."),
    ],
)
def test_what_is_wrong_is_told_beside_the_field_and_what_was_typed_stays(
    team: Team, client: FlaskClient, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.post("/agents/creneaux/nouvelle", data=asked(team, **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="2026-11-28"' in answer.text or "starts_on" in changes
    assert len(openings(team)) == 1


def test_a_doubt_is_told_then_overruled_in_one_click(team: Team, client: FlaskClient) -> None:
    meeting = asked(team, weekdays=["0"], ends="09:30")
    answer = client.post("/agents/creneaux/nouvelle", data=meeting)
    assert answer.status_code == 422
    assert f"Mme Roche reçoit déjà lundi 30 novembre 2026 de 9{NBSP}h à 12{NBSP}h" in answer.text
    assert "La plage est plus courte que" in answer.text
    assert len(openings(team)) == 1
    answer = client.post("/agents/creneaux/nouvelle", data=meeting | {"anyway": "1"})
    assert answer.status_code == 303
    assert len(openings(team)) == 2


def test_what_can_not_be_is_not_overruled(team: Team, client: FlaskClient) -> None:
    answer = client.post("/agents/creneaux/nouvelle", data=asked(team, ends="08:00", anyway="1"))
    assert answer.status_code == 422
    assert len(openings(team)) == 1


def test_an_opening_is_stopped_from_a_day(team: Team, client: FlaskClient) -> None:
    address = f"/agents/creneaux/{team.world.opening.id}/fin"
    assert client.post(address, data={"from_on": "bientôt"}).status_code == 422
    answer = client.post(address, data={"from_on": "2026-12-07"})
    page = client.get(answer.location).text
    assert "plus de créneau à partir du lundi 7 décembre 2026" in page
    assert openings(team)[0].last_on == date(2026, 12, 6)


def test_an_absence_is_added_told_and_taken_back(team: Team, client: FlaskClient) -> None:
    assert client.get("/agents/absences/nouvelle").status_code == 200
    with team.changing() as world:
        expect(world, datetime(2026, 12, 2, 9, tzinfo=PARIS))
    answer = client.post(
        "/agents/absences/nouvelle",
        data={"agent": team.world.agent.id, "first_on": "2026-12-02", "label": " Formation "},
    )
    page = client.get(answer.location).text
    assert f"1{NBSP}rendez-vous est déjà pris" in page
    assert "mercredi 2 décembre" in page
    (absence,) = absences(team)
    assert (absence.starts_at, absence.ends_at, absence.label) == (
        datetime(2026, 12, 2, tzinfo=PARIS),
        datetime(2026, 12, 3, tzinfo=PARIS),
        "Formation",
    )
    client.post(f"/agents/absences/{absence.id}/retirer")
    assert absences(team) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first_on": "2026-12-02", "last_on": "2026-12-01"}, "La fin vient après le début."),
        ({"first_on": "2026-12-02", "starts": "14:00", "ends": "12:00"}, "La fin vient après le début."),
        ({"first_on": "2026-11-20"}, "Cette absence est déjà passée."),
        ({"first_on": ""}, "Indiquez le premier jour."),
        ({"first_on": "0001-01-01", "last_on": "2026-12-31"}, "Indiquez une année entre 2000 et 2100."),
        ({"first_on": "9999-12-31"}, "Indiquez une année entre 2000 et 2100."),
        ({"first_on": "2026-12-02", "label": "x" * 81}, "80 caractères au plus."),
    ],
)
def test_an_absence_that_can_not_be_is_told_beside_its_field(
    team: Team, client: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    answer = client.post("/agents/absences/nouvelle", data={"agent": team.world.agent.id} | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert absences(team) == []


def test_another_organisations_agenda_does_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        agent = world.make_agent(organisation=other, display_name="Mme Ailleurs")
        place = world.make_place(organisation_id=other.id)
        opening = world.make_opening(organisation_id=other.id, agent_id=agent.id, place_id=place.id)
        absence = world.add(
            Absence(
                agent_id=agent.id,
                starts_at=datetime(2026, 12, 1, tzinfo=PARIS),
                ends_at=datetime(2026, 12, 2, tzinfo=PARIS),
                created_at=world.now,
            )
        )
    assert "Mme Ailleurs" not in client.get("/agents/creneaux").text
    assert client.post(f"/agents/creneaux/{opening.id}/fin", data={"from_on": "2026-12-07"}).status_code == 404
    assert client.post(f"/agents/absences/{absence.id}/retirer").status_code == 404
    for theirs in ({"agent": agent.id}, {"place": place.id}):
        assert client.post("/agents/creneaux/nouvelle", data=asked(team, **theirs)).status_code == 422
    typed = {"agent": agent.id, "first_on": "2026-12-02"}
    assert client.post("/agents/absences/nouvelle", data=typed).status_code == 422
    assert (len(openings(team)), len(absences(team))) == (2, 1)

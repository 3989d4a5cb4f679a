"""Absences from the openings page: whole days or hours, once or again and again, of one agent or of the team."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.agents import absence_words
from invitations.absences_list import AbsenceLine, RegularLine
from invitations.agenda.recurrence import monthly, weekly
from invitations.database import Base, Database
from invitations.models import Absence, Agent, RegularAbsence
from tests.app.team import Team, expect
from tests.app.town import words_of
from tests.conftest import Clock

NBSP = "\N{NO-BREAK SPACE}"
PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 11, 24)

Row = TypeVar("Row", bound=Base)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


@pytest.fixture
def colleague(team: Team) -> Agent:
    with team.changing() as world:
        return world.make_agent(display_name="M. Faure", last_name="Faure")


def rows(team: Team, kind: type[Row]) -> list[Row]:
    with team.database.reading() as session:
        found = list(session.scalars(select(kind).order_by(kind.__table__.c.id)))
        session.expunge_all()
    return found


def weekly_off(team: Team, **changes: Any) -> dict[str, Any]:
    """Every Wednesday afternoon."""
    return {
        "agents": [team.world.agent.id],
        "starts_on": "2026-12-02",
        "starts": "13:30",
        "ends": "",
        "repetition": "1",
        "weekdays": ["2"],
        "until": "",
        "label": "Temps partiel",
    } | changes


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
    assert absence_words.absence(AbsenceLine((), begins, over, ""), PARIS) == words


@pytest.mark.parametrize(
    ("rule", "starts", "ends", "words"),
    [
        (weekly([2]), time(), time(23, 59), "tous les mercredis, toute la journée"),
        (weekly([2]), time(13, 30), time(23, 59), f"tous les mercredis, à partir de 13{NBSP}h{NBSP}30"),
        (weekly([2]), time(), time(12), f"tous les mercredis, jusqu’à 12{NBSP}h"),
        (monthly(1, 0), time(9), time(11), f"le premier lundi du mois, de 9{NBSP}h à 11{NBSP}h"),
    ],
)
def test_an_absence_that_comes_back_reads_like_a_sentence(rule: str, starts: time, ends: time, words: str) -> None:
    line = RegularLine((), rule, date(2026, 11, 2), None, starts, ends, "", PARIS, ())
    assert absence_words.regular(line, TODAY) == words


def test_an_absence_is_added_told_and_taken_back(team: Team, client: FlaskClient) -> None:
    assert client.get("/agents/absences/nouvelle").status_code == 200
    with team.changing() as world:
        expect(world, datetime(2026, 12, 2, 9, tzinfo=PARIS))
    typed = {"agents": team.world.agent.id, "first_on": "2026-12-02", "label": " Formation "}
    answer = client.post("/agents/absences/nouvelle", data=typed)
    page = client.get(answer.location).text
    assert f"1{NBSP}rendez-vous est déjà pris" in page
    assert f"1{NBSP}rendez-vous déjà pris" in page
    assert f"/agents/journee?date=2026-12-02&amp;agent={team.world.agent.id}" in page
    (absence,) = rows(team, Absence)
    assert (absence.starts_at, absence.ends_at, absence.label) == (
        datetime(2026, 12, 2, tzinfo=PARIS),
        datetime(2026, 12, 3, tzinfo=PARIS),
        "Formation",
    )
    client.post(f"/agents/absences/{absence.id}/retirer", data={"agents": team.world.agent.id})
    assert rows(team, Absence) == []


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
        ({"first_on": "2026-12-02", "agents": []}, "Choisissez au moins une personne."),
    ],
)
def test_an_absence_that_can_not_be_is_told_beside_its_field(
    team: Team, client: FlaskClient, typed: dict[str, Any], sentence: str
) -> None:
    with team.changing() as world:
        there = world.add(
            Absence(
                agent_id=world.agent.id,
                starts_at=datetime(2026, 12, 9, tzinfo=PARIS),
                ends_at=datetime(2026, 12, 10, tzinfo=PARIS),
                created_at=world.now,
            )
        )
    for address in ("nouvelle", str(there.id)):
        answer = client.post(f"/agents/absences/{address}", data={"agents": team.world.agent.id} | typed)
        assert answer.status_code == 422
        assert sentence in answer.text
    assert [one.starts_at for one in rows(team, Absence)] == [there.starts_at]


def test_an_absence_of_several_is_added_changed_and_removed_for_those_who_are_ticked(
    team: Team, client: FlaskClient, colleague: Agent
) -> None:
    both = [team.world.agent.id, colleague.id]
    typed = {"agents": both, "first_on": "2026-12-02", "starts": "09:00", "ends": "11:00", "label": "Réunion"}
    answer = client.post("/agents/absences/nouvelle", data=typed)
    page = words_of(client.get(answer.location).text)
    assert "enregistrée pour 2 personnes" in page
    assert "M. Faure, Mme Roche mercredi 2 décembre, de 9 h à 11 h Réunion" in page
    mine, theirs = sorted(rows(team, Absence), key=lambda one: one.agent_id)
    form = client.get(f"/agents/absences/{theirs.id}").text
    for value in ("2026-12-02", "09:00", "11:00", "Réunion"):
        assert f'value="{value}"' in form
    assert form.count("checked") == 2
    later = typed | {"agents": [colleague.id], "last_on": "2026-12-02", "ends": "12:00"}
    client.post(f"/agents/absences/{theirs.id}", data=later)
    assert [one.ends_at.astimezone(PARIS).hour for one in rows(team, Absence)] == [11, 12]
    assert client.post(f"/agents/absences/{mine.id}/retirer", data={}).status_code == 422
    client.post(f"/agents/absences/{mine.id}/retirer", data={"agents": [mine.agent_id]})
    assert [one.id for one in rows(team, Absence)] == [theirs.id]


def test_an_absence_that_is_looked_at_tells_what_is_booked_each_day(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for day, hour in ((2, 9), (2, 10), (3, 9)):
            expect(world, datetime(2026, 12, day, hour, tzinfo=PARIS))
        absence = world.add(
            Absence(
                agent_id=world.agent.id,
                starts_at=datetime(2026, 12, 2, tzinfo=PARIS),
                ends_at=datetime(2026, 12, 5, tzinfo=PARIS),
                created_at=world.now,
            )
        )
    page = words_of(client.get(f"/agents/absences/{absence.id}").text)
    assert "3 rendez-vous déjà pris pendant cette absence : mercredi 2 décembre (2), jeudi 3 décembre (1)." in page


def test_an_absence_that_comes_back_is_added_changed_and_removed(team: Team, client: FlaskClient) -> None:
    assert client.get("/agents/absences/regulieres/nouvelle").status_code == 200
    with team.changing() as world:
        expect(world, datetime(2026, 12, 9, 14, tzinfo=PARIS))
        expect(world, datetime(2026, 12, 9, 9, tzinfo=PARIS))
    answer = client.post("/agents/absences/regulieres/nouvelle", data=weekly_off(team))
    page = words_of(client.get(answer.location).text)
    assert "1 rendez-vous est déjà pris" in page
    assert "tous les mercredis, à partir de 13 h 30, à partir du mercredi 2 décembre 2026 Temps partiel" in page
    (absence,) = rows(team, RegularAbsence)
    assert (absence.rrule, absence.starts_at_time, absence.ends_at_time, absence.timezone) == (
        weekly([2]),
        time(13, 30),
        time(23, 59),
        "Europe/Paris",
    )
    address = f"/agents/absences/regulieres/{absence.id}"
    page = words_of(client.get(address).text)
    assert "mercredi 2 décembre Retirer ce jour, mercredi 2 décembre mercredi 9 décembre 1 rendez-vous" in page
    monthly_one = weekly_off(team, repetition="m1", weekdays=["0"], starts="09:00", ends="11:00")
    client.post(address, data=monthly_one)
    (absence,) = rows(team, RegularAbsence)
    assert (absence.rrule, absence.ends_at_time) == (monthly(1, 0), time(11))
    client.post(f"{address}/retirer", data={"agents": team.world.agent.id})
    assert rows(team, RegularAbsence) == []


def test_a_day_of_a_team_meeting_is_taken_out_and_put_back_for_those_who_are_ticked(
    team: Team, client: FlaskClient, colleague: Agent
) -> None:
    both = [team.world.agent.id, colleague.id]
    client.post("/agents/absences/regulieres/nouvelle", data=weekly_off(team, agents=both))
    first, second = rows(team, RegularAbsence)
    address = f"/agents/absences/regulieres/{first.id}"
    day = {"on": "2026-12-09"}
    assert client.post(f"{address}/retirer-un-jour", data=day).status_code == 422
    for _ in ("a tab", "another one that shows it still"):
        assert client.post(f"{address}/retirer-un-jour", data=day | {"agents": both}).status_code == 303
    assert [one.exdates for one in rows(team, RegularAbsence)] == [["2026-12-09"], ["2026-12-09"]]
    assert "sauf le mercredi 9 décembre" in words_of(client.get("/agents/creneaux").text)
    assert "mercredi 9 décembre pas d’absence Remettre" in words_of(client.get(address).text)
    client.post(f"{address}/remettre-un-jour", data=day | {"agents": [first.agent_id]})
    assert [one.exdates for one in rows(team, RegularAbsence)] == [[], ["2026-12-09"]]
    assert second.id != first.id
    for act in ("retirer-un-jour", "remettre-un-jour"):
        answer = client.post(f"{address}/{act}", data={"on": "2026-12-10", "agents": first.agent_id})
        assert answer.status_code == 404
        assert client.post(f"{address}/{act}", data={"on": "bientôt"}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"starts": "14:00", "ends": "12:00"}, "La fin vient après le début, le même jour."),
        ({"until": "2026-12-01"}, "Aucun jour de cette absence n’est à venir."),
        ({"repetition": "m1", "weekdays": ["1", "2"]}, "Une fois par mois, c’est un seul jour de la semaine."),
        ({"repetition": "0"}, "Choisissez dans la liste."),
        ({"agents": []}, "Choisissez au moins une personne."),
        ({"starts_on": ""}, "Indiquez le premier jour."),
    ],
)
def test_a_regular_absence_that_can_not_be_is_told_beside_its_field(
    team: Team, client: FlaskClient, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.post("/agents/absences/regulieres/nouvelle", data=weekly_off(team, **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Temps partiel"' in answer.text
    assert rows(team, RegularAbsence) == []
    client.post("/agents/absences/regulieres/nouvelle", data=weekly_off(team))
    (there,) = rows(team, RegularAbsence)
    answer = client.post(f"/agents/absences/regulieres/{there.id}", data=weekly_off(team, **changes))
    assert answer.status_code == 422
    assert sentence in answer.text


def test_an_absence_of_elsewhere_does_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        stranger = world.make_agent(organisation=world.make_organisation(), display_name="Mme Ailleurs")
        once = world.add(
            Absence(
                agent_id=stranger.id,
                starts_at=datetime(2026, 12, 1, tzinfo=PARIS),
                ends_at=datetime(2026, 12, 2, tzinfo=PARIS),
                created_at=world.now,
            )
        )
        often = world.add(
            RegularAbsence(
                agent_id=stranger.id,
                starts_on=date(2026, 12, 2),
                starts_at_time=time(9),
                ends_at_time=time(10),
                rrule=weekly([2]),
                exdates=[],
                timezone="Europe/Paris",
                created_at=world.now,
            )
        )
    assert "Mme Ailleurs" not in client.get("/agents/creneaux?termine=oui").text
    assert "Mme Ailleurs" not in client.get("/agents/absences/nouvelle").text
    typed = weekly_off(team, agents=[stranger.id], on="2026-12-02", first_on="2026-12-02")
    for address in (f"{once.id}", f"regulieres/{often.id}"):
        assert client.get(f"/agents/absences/{address}").status_code == 404
        for act in ("", "/retirer"):
            assert client.post(f"/agents/absences/{address}{act}", data=typed).status_code == 404
    for act in ("retirer-un-jour", "remettre-un-jour"):
        assert client.post(f"/agents/absences/regulieres/{often.id}/{act}", data=typed).status_code == 404
    for address in ("nouvelle", "regulieres/nouvelle"):
        assert client.post(f"/agents/absences/{address}", data=typed).status_code == 422
    assert len(rows(team, Absence)) == len(rows(team, RegularAbsence)) == 1
    assert rows(team, RegularAbsence)[0].exdates == []

"""Créneaux: openings in words, adding some with their doubts, looking at them in the agenda before they are saved."""

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
from invitations.models import Absence, Closure, Opening, RegularAbsence
from invitations.openings_list import OpeningLine
from invitations.team_agenda import ClosedDay
from tests.app.team import Team, expect, queries_of
from tests.app.town import words_of
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
        "agents": [team.world.agent.id],
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


def line(starts_on: date, last_on: date | None, taken_out: tuple[date, ...] = ()) -> OpeningLine:
    """Every Tuesday morning in Valence."""
    place = ("Valence", "Mairie", False, ())
    return OpeningLine(1, 2, "Mme Roche", *place, parse(weekly([1])), starts_on, last_on, time(9), time(12), taken_out)


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
    assert opening_words.rhythm(line(starts_on, last_on), TODAY) == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([], ""),
        ([8], "sauf le mardi 8 décembre"),
        (
            [1, 8, 15, 22],
            "sauf le mardi 1er décembre, le mardi 8 décembre, le mardi 15 décembre et le mardi 22 décembre",
        ),
        (
            [1, 8, 15, 22, 29],
            f"sauf le mardi 1er décembre, le mardi 8 décembre, le mardi 15 décembre et 2{NBSP}autres jours",
        ),
    ],
)
def test_the_days_taken_out_are_named_while_they_are_few(days: list[int], words: str) -> None:
    assert opening_words.exceptions([date(2026, 12, day) for day in days]) == words


def test_days_closed_one_after_the_other_are_told_at_once() -> None:
    closed = [ClosedDay(date(2026, 12, day), "Travaux", is_holiday=False, place="Antenne") for day in (28, 29, 30)]
    holiday = ClosedDay(date(2026, 12, 25), "Noël", is_holiday=True)
    other = ClosedDay(date(2027, 1, 4), "Travaux", is_holiday=False, place="Antenne")
    assert opening_words.closed_days([holiday, *closed, other, ClosedDay(date(2027, 2, 1), "", is_holiday=False)]) == [
        "vendredi 25 décembre (Noël, férié)",
        "du lundi 28 décembre au mercredi 30 décembre (Travaux, Antenne)",
        "lundi 4 janvier (Travaux, Antenne)",
        "lundi 1er février (fermé)",
    ]


def test_the_page_tells_the_slots_left_and_the_openings_in_words(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.make_place(name="Antenne", city="Die")
        world.make_opening(starts_on=date(2026, 11, 1), rrule=None, last_on=date(2026, 11, 1))
        world.make_opening(
            rrule=weekly([5]), exdates=["2026-12-12"], starts_at_time=time(14), ends_at_time=time(14, 30)
        )
    page = words_of(client.get("/agents/creneaux").text)
    assert "76 créneaux libres d’ici au mardi 22 décembre" in page
    assert "du lundi au vendredi 9 h – 12 h" in page
    assert "tous les samedis sauf le samedi 12 décembre" in page
    assert "aucune plage" in page
    assert "dimanche 1er novembre" not in page
    assert "vendredi 25 décembre (Noël, férié)" in page


def test_holidays_of_the_region_are_told_beside_closing_days(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.merge(world.department).holidays_subdivision = "974"
        world.add(
            Closure(
                organisation_id=world.organisation.id,
                first_on=date(2026, 12, 24),
                last_on=date(2026, 12, 24),
                label="Pont",
                created_at=world.now,
            )
        )
    page = words_of(client.get("/agents/creneaux").text)
    assert "jeudi 24 décembre (Pont) · vendredi 25 décembre (Noël, férié)" in page
    # In Réunion the abolition of slavery is kept on 20 December, a Sunday this year: no news.
    assert "esclavage" not in page
    seen = client.post("/agents/creneaux/apercu", data=asked(team, starts_on="2026-12-19", weekdays=["6"]))
    assert "Férié : Abolition de l’esclavage" in words_of(seen.text)


def test_what_is_over_is_shown_to_whoever_asks(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        over = world.make_opening(starts_on=date(2026, 11, 1), rrule=None, last_on=date(2026, 11, 1))
    assert "termine=oui" in client.get("/agents/creneaux").text
    page = client.get("/agents/creneaux?termine=oui").text
    assert "dimanche 1er novembre 2026 seulement" in page
    assert f"copie={over.id}" in page


def test_openings_are_narrowed_by_agent_and_place(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        colleague = world.make_agent(display_name="M. Faure", last_name="Faure")
        die = world.make_place(name="Antenne", city="Die")
        world.make_opening(agent_id=colleague.id, place_id=die.id, rrule=weekly([5]))
    everything = words_of(client.get("/agents/creneaux").text)
    assert "tous les samedis" in everything
    assert "du lundi au vendredi" in everything
    for narrow in (f"agent={colleague.id}", f"lieu={die.id}", f"agent={colleague.id}&lieu={die.id}"):
        page = words_of(client.get(f"/agents/creneaux?{narrow}").text)
        assert "tous les samedis" in page
        assert "du lundi au vendredi" not in page
    page = words_of(client.get(f"/agents/creneaux?agent={colleague.id}&lieu={team.world.place.id}").text)
    assert "Aucune plage pour M. Faure à Valence, Maison des solidarités" in page
    assert client.get("/agents/creneaux?agent=999999").status_code == 404
    assert client.get("/agents/creneaux?lieu=999999").status_code == 404


def test_a_team_without_an_opening_is_told_what_one_is(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.delete(world.session.merge(world.opening))
    page = words_of(client.get("/agents/creneaux").text)
    assert "Une plage dit qui reçoit, où, quel jour et pour quel motif." in page
    assert "Ajouter une première plage" in page


def test_an_opening_is_added(team: Team, client: FlaskClient) -> None:
    assert client.get("/agents/creneaux/nouvelle").status_code == 200
    answer = client.post("/agents/creneaux/nouvelle", data=asked(team, until="2026-12-19"))
    assert (answer.status_code, answer.location) == (303, "/agents/creneaux")
    assert "tous les samedis" in client.get(answer.location).text
    added = openings(team)[-1]
    assert (added.rrule, added.last_on) == (weekly([5], until=date(2026, 12, 19)), date(2026, 12, 19))


@pytest.mark.parametrize(
    ("repetition", "weekdays", "rule"),
    [
        ("1", [], weekly([5])),
        ("3", ["0", "5"], weekly([0, 5], interval=3)),
        ("m1", ["1"], monthly(1, 1)),
        ("m-1", [], monthly(-1, 5)),
        ("m5", ["6"], monthly(5, 6)),
        ("0", ["5"], None),
    ],
)
def test_an_opening_comes_back_as_it_was_asked(
    team: Team, client: FlaskClient, repetition: str, weekdays: list[str], rule: str | None
) -> None:
    typed = asked(team, repetition=repetition, weekdays=weekdays, starts="14:00", ends="17:00")
    client.post("/agents/creneaux/nouvelle", data=typed)
    added = openings(team)[-1]
    assert (added.rrule, added.starts_on) == (rule, date(2026, 11, 28))
    assert added.last_on == (None if rule else date(2026, 11, 28))


def test_openings_are_added_for_several_agents_in_one_go(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        colleague = world.make_agent(display_name="M. Faure", last_name="Faure")
    answer = client.post("/agents/creneaux/nouvelle", data=asked(team, agents=[team.world.agent.id, colleague.id]))
    assert f"2{NBSP}plages enregistrées" in client.get(answer.location).text
    added = openings(team)[1:]
    assert {one.agent_id for one in added} == {team.world.agent.id, colleague.id}
    assert {one.rrule for one in added} == {weekly([5])}


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
        ({"agents": []}, "Choisissez au moins une personne qui reçoit."),
        ({"agents": ["999999"]}, "Choisissez dans la liste."),
        ({"place": "999999"}, "Choisissez dans la liste."),
        ({"repetition": "m1", "weekdays": ["1", "3"]}, "Une fois par mois, c’est un seul jour de la semaine."),
        ({"repetition": "m9"}, "Choisissez dans la liste."),
    ],
)
@pytest.mark.parametrize("address", ["/agents/creneaux/nouvelle", "/agents/creneaux/apercu"])
def test_what_is_wrong_is_told_beside_the_field_and_what_was_typed_stays(
    team: Team, client: FlaskClient, changes: dict[str, Any], sentence: str, address: str
) -> None:
    answer = client.post(address, data=asked(team, **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="2026-11-28"' in answer.text or "starts_on" in changes
    assert len(openings(team)) == 1


def test_a_collective_type_is_not_offered_for_openings(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        meeting = world.make_type(name="Réunion d’information", is_collective=True)
    assert "Réunion d’information" not in client.get("/agents/creneaux/nouvelle").text
    answer = client.post("/agents/creneaux/nouvelle", data=asked(team, types=[meeting.id]))
    assert answer.status_code == 422


def test_doubts_name_the_agent_and_are_overruled_in_one_click(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        colleague = world.make_agent(display_name="M. Faure", last_name="Faure")
        world.session.merge(world.place).opening_hours = "Tu-Fr 09:00-12:00"
        world.add(
            Absence(
                agent_id=colleague.id,
                starts_at=datetime(2026, 11, 30, tzinfo=PARIS),
                ends_at=datetime(2026, 12, 1, tzinfo=PARIS),
                created_at=world.now,
            )
        )
    meeting = asked(team, agents=[team.world.agent.id, colleague.id], weekdays=["0"], ends="09:30")
    answer = client.post("/agents/creneaux/nouvelle", data=meeting)
    page = words_of(answer.text)
    assert answer.status_code == 422
    assert "La plage est plus courte que « Entretien d'orientation »" in page
    assert "le lieu choisi à Valence n’est pas ouvert tout ce temps." in page
    assert "Mme Roche reçoit déjà lundi 30 novembre 2026 de 9 h à 12 h, à Valence." in page
    assert "M. Faure n’est pas disponible lundi 30 novembre 2026 de 9 h à 9 h 30" in page
    assert "M. Faure reçoit" not in page
    assert len(openings(team)) == 1
    # Everything typed is still there, to be sent once more.
    assert answer.text.count("checked") == 4
    assert client.post("/agents/creneaux/nouvelle", data=meeting | {"anyway": "1"}).status_code == 303
    assert len(openings(team)) == 3


@pytest.mark.parametrize(
    ("on", "closed", "sentence"),
    [
        ("2026-12-25", False, "Le vendredi 25 décembre 2026 est férié : aucun créneau ne sera proposé."),
        ("2026-12-29", True, "Le lieu choisi à Valence est fermé le mardi 29 décembre 2026"),
    ],
)
def test_a_day_on_which_nobody_is_received_is_doubted(
    team: Team, client: FlaskClient, on: str, closed: bool, sentence: str
) -> None:
    if closed:
        with team.changing() as world:
            world.add(
                Closure(
                    organisation_id=world.organisation.id,
                    first_on=date(2026, 12, 28),
                    last_on=date(2026, 12, 31),
                    created_at=world.now,
                )
            )
    typed = asked(team, starts_on=on, repetition="0", starts="14:00", ends="17:00")
    answer = client.post("/agents/creneaux/nouvelle", data=typed)
    assert answer.status_code == 422
    assert sentence in words_of(answer.text)


def test_what_can_not_be_is_not_overruled(team: Team, client: FlaskClient) -> None:
    for changes in ({"ends": "08:00"}, {"starts_on": ""}):
        answer = client.post("/agents/creneaux/nouvelle", data=asked(team, anyway="1", **changes))
        assert answer.status_code == 422
    assert len(openings(team)) == 1


def test_openings_are_seen_in_the_agenda_before_they_are_saved(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        colleague = world.make_agent(display_name="M. Faure", last_name="Faure")
        expect(world, datetime(2026, 12, 2, 9, tzinfo=PARIS))
        world.add(
            RegularAbsence(
                agent_id=colleague.id,
                starts_on=date(2026, 12, 2),
                starts_at_time=time(9),
                ends_at_time=time(10),
                rrule=weekly([2]),
                exdates=[],
                timezone="Europe/Paris",
                label="Réunion",
                created_at=world.now,
            )
        )
    typed = asked(
        team,
        agents=[team.world.agent.id, colleague.id],
        starts_on="2026-12-01",
        weekdays=["2"],
        starts="13:00",
        ends="16:00",
    )
    answer = client.post("/agents/creneaux/apercu", data=typed)
    page = words_of(answer.text)
    assert answer.status_code == 200
    assert len(openings(team)) == 1
    assert "Mme Roche et M. Faure, tous les mercredis, à partir du mardi 1er décembre 2026, 13 h – 16 h" in page
    assert "Du mercredi 2 décembre au mardi 29 décembre, pour ces 2 personnes ensemble" in page
    assert "32 créneaux pour « Entretien d'orientation »" in page
    assert page.count("Nouvelle plage, 13 h 00 – 16 h 00") == 2 * 2
    assert page.count("Plage déjà ouverte, 9 h 00 – 12 h 00") == 10
    assert page.count("Absence : Réunion") == 2
    assert page.count("9 h 00 rendez-vous") == 1
    assert "Inès" not in page
    answer = client.post("/agents/creneaux/nouvelle", data=typed | {"anyway": "1"})
    assert answer.status_code == 303
    assert len(openings(team)) == 3


def test_the_preview_tells_the_doubts_too(team: Team, client: FlaskClient) -> None:
    page = words_of(client.post("/agents/creneaux/apercu", data=asked(team, weekdays=["0"])).text)
    assert "Mme Roche reçoit déjà lundi 30 novembre 2026" in page
    assert "Enregistrer quand même" in page


def test_an_opening_is_duplicated_to_whoever_and_wherever(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        copied = world.make_opening(
            rrule=monthly(2, 3), starts_on=date(2027, 1, 4), starts_at_time=time(13, 30), ends_at_time=time(17)
        )
        other = world.make_organisation()
        theirs = world.make_opening(organisation_id=other.id)
    page = client.get(f"/agents/creneaux/nouvelle?copie={copied.id}").text
    assert '<option selected value="m2">' in page
    for value in ("2027-01-04", "13:30", "17:00"):
        assert f'value="{value}"' in page
    # One that began long ago goes on from today.
    page = client.get(f"/agents/creneaux/nouvelle?copie={team.world.opening.id}").text
    assert 'value="2026-11-24"' in page
    assert client.get(f"/agents/creneaux/nouvelle?copie={theirs.id}").status_code == 404


def test_a_copy_of_every_second_week_keeps_to_its_weeks(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        copied = world.make_opening(rrule=weekly([1], interval=2), starts_on=date(2026, 11, 3))
    page = client.get(f"/agents/creneaux/nouvelle?copie={copied.id}").text
    assert 'name="starts_on" required type="date" value="2026-12-01"' in page
    assert client.get(f"/agents/creneaux/nouvelle?copie={10**30}").status_code == 200


def test_the_form_opens_with_what_the_address_says(team: Team, client: FlaskClient) -> None:
    page = client.get("/agents/creneaux/nouvelle?jour=2026-12-03&de=13:30&a=16:00").text
    for value in ("2026-12-03", "13:30", "16:00"):
        assert f'value="{value}"' in page
    assert client.get("/agents/creneaux/nouvelle?jour=x&de=y&a=z&agent=w&lieu=v").status_code == 200


def test_a_big_team_costs_no_more_queries_than_a_small_one(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    def fill(count: int) -> None:
        with team.changing() as world:
            for number in range(count):
                agent = world.make_agent(display_name=f"Mme {number}")
                for weekday in range(4):
                    world.make_opening(agent_id=agent.id, rrule=weekly([weekday]), exdates=["2026-12-01"])
                world.add(
                    RegularAbsence(
                        agent_id=agent.id,
                        starts_on=date(2026, 12, 2),
                        starts_at_time=time(9),
                        ends_at_time=time(10),
                        rrule=weekly([2]),
                        exdates=[],
                        timezone="Europe/Paris",
                        created_at=world.now,
                    )
                )
                expect(world, datetime(2026, 12, 2, 9, tzinfo=PARIS), agent=agent)

    fill(2)
    few = queries_of(flask_app, lambda: client.get("/agents/creneaux?termine=oui"))
    fill(12)
    assert queries_of(flask_app, lambda: client.get("/agents/creneaux?termine=oui")) == few
    page = words_of(client.get("/agents/creneaux").text)
    assert "14 personnes" in page
    assert "14 rendez-vous déjà pris" in page
    everybody = [team.world.agent.id]
    one = queries_of(flask_app, lambda: client.post("/agents/creneaux/apercu", data=asked(team)))
    with team.database.reading() as session:
        everybody = list(session.scalars(select(Opening.agent_id).distinct()))
    many = queries_of(flask_app, lambda: client.post("/agents/creneaux/apercu", data=asked(team, agents=everybody)))
    assert many == one


def test_another_organisations_agents_and_places_can_not_be_chosen(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        agent = world.make_agent(organisation=other, display_name="Mme Ailleurs")
        place = world.make_place(organisation_id=other.id)
        world.make_opening(organisation_id=other.id, agent_id=agent.id, place_id=place.id)
    assert "Mme Ailleurs" not in client.get("/agents/creneaux?termine=oui").text
    for theirs in ({"agents": [agent.id]}, {"place": place.id}):
        for address in ("nouvelle", "apercu"):
            answer = client.post(f"/agents/creneaux/{address}", data=asked(team, anyway="1", **theirs))
            assert answer.status_code == 422
    assert len(openings(team)) == 2

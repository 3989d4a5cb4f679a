"""One opening: its next days, changed this time, from a day on or altogether, a day taken out, the end; and who may."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.agenda.recurrence import monthly, weekly
from invitations.database import Database
from invitations.models import Agent, Opening
from tests.app.team import Team, expect
from tests.app.town import words_of
from tests.conftest import Clock
from tests.factories import WORKDAYS

PARIS = ZoneInfo("Europe/Paris")
WEDNESDAY = "2026-12-02"

# What a stranger gets on each address of one opening, and without sign-in: the door.
ROUTES = (
    ("GET", ""),
    ("GET", "/modifier/toutes"),
    ("GET", f"/modifier/une-fois?le={WEDNESDAY}"),
    ("GET", "/modifier/a-partir"),
    ("POST", "/modifier/toutes"),
    ("POST", f"/modifier/une-fois?le={WEDNESDAY}"),
    ("POST", "/modifier/a-partir"),
    ("POST", "/apercu/toutes"),
    ("POST", "/retirer-un-jour"),
    ("POST", "/remettre-un-jour"),
    ("POST", "/fin"),
)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


@pytest.fixture
def address(team: Team) -> str:
    return f"/agents/creneaux/{team.world.opening.id}"


def asked(team: Team, **changes: Any) -> dict[str, Any]:
    """The world's opening, in the afternoon."""
    return {
        "agent": team.world.agent.id,
        "place": team.world.place.id,
        "types": [team.world.type.id],
        "starts_on": "2026-11-02",
        "starts": "14:00",
        "ends": "17:00",
        "repetition": "1",
        "weekdays": ["0", "1", "2", "3", "4"],
        "until": "",
    } | changes


def openings(team: Team) -> list[Opening]:
    with team.database.reading() as session:
        found = list(session.scalars(select(Opening).order_by(Opening.id)))
        session.expunge_all()
    return found


def hours(one: Opening) -> tuple[time, time]:
    return one.starts_at_time, one.ends_at_time


def test_its_next_days_tell_what_becomes_of_each(team: Team, client: FlaskClient, address: str) -> None:
    with team.changing() as world:
        world.session.merge(world.opening).exdates = ["2026-11-26", "2027-03-03"]
        expect(world, datetime(2026, 11, 27, 9, tzinfo=PARIS))
    answer = client.get(address)
    page = words_of(answer.text)
    assert "Mme Roche, du lundi au vendredi" in page
    assert "jeudi 26 novembre retiré Remettre" in page
    assert "vendredi 27 novembre 1 rendez-vous Modifier ce jour" in page
    assert f"/agents/journee?date=2026-11-27&amp;agent={team.world.agent.id}" in answer.text
    assert "mercredi 3 mars 2027 retiré" in page


def test_it_changes_this_time_only(team: Team, client: FlaskClient, address: str) -> None:
    page = client.get(f"{address}/modifier/une-fois?le={WEDNESDAY}").text
    assert f'value="{WEDNESDAY}"' in page
    assert 'name="repetition"' not in page
    typed = asked(team, starts_on=WEDNESDAY)
    answer = client.post(f"{address}/modifier/une-fois?le={WEDNESDAY}", data=typed)
    assert "modifiée, cette fois seulement" in client.get(answer.location).text
    before, added = openings(team)
    assert (before.rrule, before.exdates, hours(before)) == (WORKDAYS, [WEDNESDAY], (time(9), time(12)))
    assert (added.rrule, added.starts_on, hours(added)) == (None, date(2026, 12, 2), (time(14), time(17)))
    page = words_of(client.get("/agents/creneaux").text)
    assert "sauf le mercredi 2 décembre" in page
    assert "mercredi 2 décembre 2026 seulement" in page


def test_a_day_of_another_rhythm_has_nothing_to_change(team: Team, client: FlaskClient, address: str) -> None:
    for day in ("2026-12-05", "2026-10-30"):
        assert client.get(f"{address}/modifier/une-fois?le={day}").status_code == 404
        assert client.post(f"{address}/modifier/une-fois?le={day}", data=asked(team)).status_code == 404
    assert client.get(f"{address}/modifier/jamais").status_code == 404


def test_it_changes_from_a_day_on(team: Team, client: FlaskClient, address: str) -> None:
    page = client.get(f"{address}/modifier/a-partir?le={WEDNESDAY}").text
    assert f'value="{WEDNESDAY}"' in page
    typed = asked(team, starts_on="2026-12-07", weekdays=["1"], repetition="m1")
    answer = client.post(f"{address}/modifier/a-partir?le={WEDNESDAY}", data=typed)
    assert "modifiée à partir du lundi 7 décembre 2026" in client.get(answer.location).text
    before, added = openings(team)
    assert (before.last_on, hours(before)) == (date(2026, 12, 6), (time(9), time(12)))
    assert (added.starts_on, added.rrule, hours(added)) == (date(2026, 12, 7), monthly(1, 1), (time(14), time(17)))


def test_every_second_week_keeps_to_its_weeks(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        opening = world.make_opening(rrule=weekly([1], interval=2), starts_on=date(2026, 12, 8))
    for day in ("2026-12-09", "2026-12-15", "2026-12-22"):
        page = client.get(f"/agents/creneaux/{opening.id}/modifier/a-partir?le={day}").text
        assert 'name="starts_on" required type="date" value="2026-12-22"' in page, day


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-31", ""])
def test_a_day_that_is_none_is_today(client: FlaskClient, address: str, day: str) -> None:
    assert 'value="2026-11-24"' in client.get(f"{address}/modifier/a-partir?le={day}").text
    assert 'value="2026-11-24"' in client.get(f"{address}/modifier/une-fois?le={day}").text


def test_all_of_it_changes_and_may_go_to_a_colleague(team: Team, client: FlaskClient, address: str) -> None:
    with team.changing() as world:
        colleague = world.make_agent(display_name="M. Faure")
        world.session.merge(world.opening).exdates = [WEDNESDAY]
    page = client.get(f"{address}/modifier/toutes").text
    for value in ("2026-11-02", "09:00", "12:00"):
        assert f'value="{value}"' in page
    answer = client.post(f"{address}/modifier/toutes", data=asked(team, agent=colleague.id))
    assert "La plage est modifiée." in client.get(answer.location).text
    (changed,) = openings(team)
    assert (changed.id, changed.agent_id, hours(changed)) == (
        team.world.opening.id,
        colleague.id,
        (time(14), time(17)),
    )
    assert changed.exdates == [WEDNESDAY]


def test_a_change_is_doubted_against_other_openings_not_against_itself(
    team: Team, client: FlaskClient, address: str
) -> None:
    longer = asked(team, starts="08:00", ends="13:00")
    with team.changing() as world:
        world.make_opening(rrule=weekly([2]), starts_at_time=time(12), ends_at_time=time(14))
    answer = client.post(f"{address}/modifier/toutes", data=longer)
    page = words_of(answer.text)
    assert answer.status_code == 422
    assert page.count("Mme Roche reçoit déjà") == 1
    assert "mercredi 25 novembre 2026 de 12 h à 14 h" in page
    assert hours(openings(team)[0]) == (time(9), time(12))
    assert client.post(f"{address}/modifier/toutes", data=longer | {"anyway": "1"}).status_code == 303
    assert hours(openings(team)[0]) == (time(8), time(13))


@pytest.mark.parametrize("which", ["toutes", f"une-fois?le={WEDNESDAY}", f"a-partir?le={WEDNESDAY}"])
def test_what_can_not_be_is_told_beside_its_field(team: Team, client: FlaskClient, address: str, which: str) -> None:
    for act in ("modifier", "apercu"):
        answer = client.post(f"{address}/{act}/{which}", data=asked(team, starts="18:00"))
        assert answer.status_code == 422
        assert "Pour passer minuit, ajoutez deux plages." in answer.text
    assert [hours(one) for one in openings(team)] == [(time(9), time(12))]


@pytest.mark.parametrize(
    ("which", "starts_on", "old", "new"),
    [
        ("toutes", "2026-11-02", 0, 9),  # Monday is over
        (f"une-fois?le={WEDNESDAY}", WEDNESDAY, 4, 1),
        (f"a-partir?le={WEDNESDAY}", WEDNESDAY, 2, 8),
    ],
)
def test_a_change_is_seen_in_the_agenda_without_what_it_replaces(
    team: Team, client: FlaskClient, address: str, which: str, starts_on: str, old: int, new: int
) -> None:
    answer = client.post(f"{address}/apercu/{which}", data=asked(team, starts_on=starts_on))
    page = words_of(answer.text)
    assert answer.status_code == 200
    assert page.count("Nouvelle plage, 14 h 00 – 17 h 00") == new
    assert page.count("Plage déjà ouverte, 9 h 00 – 12 h 00") == old
    assert len(openings(team)) == 1


def test_a_day_is_taken_out_and_put_back(team: Team, client: FlaskClient, address: str) -> None:
    answer = client.post(f"{address}/retirer-un-jour", data={"on": WEDNESDAY})
    assert answer.location == address
    assert "Plus de créneau le mercredi 2 décembre 2026" in client.get(address).text
    assert openings(team)[0].exdates == [WEDNESDAY]
    answer = client.post(f"{address}/retirer-un-jour", data={"on": WEDNESDAY})
    assert answer.status_code == 422
    assert "Cette plage n’a pas lieu le mercredi 2 décembre 2026." in answer.text
    with team.changing() as world:
        on = date(2026, 12, 2)
        world.make_opening(rrule=None, starts_on=on, last_on=on, starts_at_time=time(10), ends_at_time=time(15))
    client.post(f"{address}/remettre-un-jour", data={"on": WEDNESDAY})
    assert openings(team)[0].exdates == []
    assert "Mme Roche reçoit déjà mercredi 2 décembre 2026 de 10 h à 15 h" in words_of(client.get(address).text)
    assert client.post(f"{address}/remettre-un-jour", data={"on": "2026-12-05"}).status_code == 404


@pytest.mark.parametrize("typed", ["", "demain", "0001-01-01"])
def test_a_day_that_is_none_is_refused(team: Team, client: FlaskClient, address: str, typed: str) -> None:
    for act in ("retirer-un-jour", "remettre-un-jour"):
        assert client.post(f"{address}/{act}", data={"on": typed}).status_code == 422
    assert client.post(f"{address}/fin", data={"from_on": typed}).status_code == 422
    assert openings(team)[0].last_on is None


def test_it_is_stopped_from_a_day(team: Team, client: FlaskClient, address: str) -> None:
    answer = client.post(f"{address}/fin", data={"from_on": "2026-12-07"})
    assert "plus de créneau à partir du lundi 7 décembre 2026" in client.get(answer.location).text
    assert openings(team)[0].last_on == date(2026, 12, 6)


def test_an_opening_of_one_day_is_changed_or_removed_whole(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        on = date(2026, 12, 5)
        single = world.make_opening(rrule=None, starts_on=on, last_on=on)
    address = f"/agents/creneaux/{single.id}"
    page = client.get(address).text
    assert "Retirer cette plage" in page
    assert "Les prochains jours" not in page
    answer = client.post(f"{address}/retirer-un-jour", data={"on": "2026-12-05"})
    assert answer.location == "/agents/creneaux"
    assert [one.id for one in openings(team)] == [team.world.opening.id]


def test_a_place_out_of_use_is_told_and_chosen_anew(team: Team, client: FlaskClient, address: str) -> None:
    with team.changing() as world:
        world.make_place(name="Antenne", city="Die")
        world.session.merge(world.place).closed_at = world.now
    assert "Ce lieu ne sert plus" in client.get(address).text
    page = client.get(f"{address}/modifier/toutes").text
    assert '<option selected value="0">À choisir</option>' in page
    answer = client.post(f"{address}/modifier/toutes", data=asked(team, place=0))
    assert answer.status_code == 422
    assert "Choisissez dans la liste." in answer.text


@pytest.fixture(params=["other organisation", "other département"])
def stranger(request: pytest.FixtureRequest, team: Team) -> Agent:
    with team.changing() as world:
        department = world.department
        if request.param == "other département":
            department = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        return world.make_agent(organisation=world.make_organisation(department_id=department.id))


def test_an_opening_of_elsewhere_does_not_exist(team: Team, flask_app: Flask, stranger: Agent, address: str) -> None:
    browser = team.browser(flask_app, stranger)
    typed = asked(team) | {"on": WEDNESDAY, "from_on": WEDNESDAY}
    for method, route in ROUTES:
        answer = browser.open(address + route, method=method, data=typed if method == "POST" else None)
        assert answer.status_code == 404, route
    (there,) = openings(team)
    assert (there.exdates, there.last_on, hours(there)) == ([], None, (time(9), time(12)))


def test_whoever_is_not_signed_in_is_sent_to_sign_in(flask_app: Flask, address: str) -> None:
    browser = flask_app.test_client()
    for method, route in ROUTES:
        answer = browser.open(address + route, method=method)
        assert (answer.status_code, answer.location.split("?")[0]) == (302, "/agents/connexion"), route


def test_every_address_of_one_opening_is_walked(flask_app: Flask) -> None:
    """A new one without a row here fails."""
    adapter = flask_app.url_map.bind("localhost")
    walked = {
        (adapter.match(f"/agents/creneaux/1{route.split('?')[0]}", method=method)[0], method)
        for method, route in ROUTES
    }
    there = {
        (rule.endpoint, method)
        for rule in flask_app.url_map.iter_rules()
        if rule.endpoint.startswith("opening.")
        for method in (rule.methods or set()) & {"GET", "POST"}
    }
    assert walked == there

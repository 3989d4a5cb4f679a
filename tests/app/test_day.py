"""The day: who is expected, said in one tap, at the same place of the page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations.database import Database
from invitations.models import Appointment, Message, MessageKind, Outcome, Participation, PlaceType
from tests.app.team import Team, expect, queries_of
from tests.conftest import Clock

TODAY = datetime(2026, 11, 24, tzinfo=UTC)
EARLIER = TODAY.replace(hour=8)  # 9:00 in Paris; it is 10:00
LATER = TODAY.replace(hour=13)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


def outcome_of(team: Team, participation: Participation) -> Outcome:
    with team.database.reading() as session:
        return session.get_one(Participation, participation.id).outcome


def tap(client: FlaskClient, participation: Participation, outcome: str, date: str = "2026-11-24") -> str:
    answer = client.post(f"/agents/journee/{participation.id}", query_string={"date": date}, data={"outcome": outcome})
    assert answer.status_code == 303
    return answer.location


def test_the_day_tells_how_many_are_expected_and_lists_them_by_hour(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        expect(world, LATER, beneficiary=world.make_beneficiary(last_name="Zola"))
        expect(world, EARLIER, beneficiary=world.make_beneficiary(last_name="Arnaud", logistic_note="interprète"))
        expect(world, TODAY + timedelta(days=1, hours=8), beneficiary=world.make_beneficiary(last_name="Demain"))
    page = client.get("/agents/journee").text
    assert "2\N{NO-BREAK SPACE}rendez-vous mardi 24 novembre</h1>" in page
    assert page.index("Arnaud") < page.index("Zola")
    assert "interprète" in page
    assert "Demain" not in page


def test_one_tap_says_who_came_and_another_takes_it_back(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        met = expect(world, EARLIER)
    assert tap(client, met, "seen") == f"/agents/journee?date=2026-11-24#p{met.id}"
    assert outcome_of(team, met) is Outcome.SEEN
    page = client.get("/agents/journee").text
    assert page.count('aria-pressed="true"') == 1
    tap(client, met, "noshow")
    assert outcome_of(team, met) is Outcome.NOSHOW
    tap(client, met, "unknown")
    assert outcome_of(team, met) is Outcome.UNKNOWN


def test_a_tap_keeps_the_filters_of_the_page(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        met = expect(world, EARLIER)
        place = world.place.id
    answer = client.post(f"/agents/journee/{met.id}?date=2026-11-24&lieu={place}", data={"outcome": "seen"})
    assert answer.location == f"/agents/journee?date=2026-11-24&lieu={place}#p{met.id}"


def test_everybody_came_then_the_exceptions(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        first = expect(world, EARLIER)
        second = expect(world, EARLIER - timedelta(hours=1))
        excused = expect(world, EARLIER - timedelta(hours=2), outcome=Outcome.EXCUSED)
        later = expect(world, LATER)
    assert "Tout le monde est venu" in client.get("/agents/journee").text
    answer = client.post("/agents/journee/tous-venus?date=2026-11-24")
    assert answer.location == "/agents/journee?date=2026-11-24"
    assert "2\N{NO-BREAK SPACE}personnes venues" in client.get(answer.location).text
    tap(client, second, "noshow")
    assert [outcome_of(team, one) for one in (first, second, excused, later)] == [
        Outcome.SEEN,
        Outcome.NOSHOW,
        Outcome.EXCUSED,
        Outcome.UNKNOWN,
    ]
    assert "Tout le monde est venu" not in client.get("/agents/journee").text


def test_everybody_came_is_said_of_the_list_that_is_shown(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        colleague = world.make_agent(display_name="M. Faure")
        mine = expect(world, EARLIER)
        theirs = expect(world, EARLIER, agent=colleague)
    client.post(f"/agents/journee/tous-venus?date=2026-11-24&agent={colleague.id}")
    assert (outcome_of(team, mine), outcome_of(team, theirs)) == (Outcome.UNKNOWN, Outcome.SEEN)


def test_before_the_start_nobody_can_have_come(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        to_come = expect(world, LATER)
    page = client.get("/agents/journee").text
    assert 'value="seen"' not in page
    assert 'value="excused"' in page
    answer = client.post(f"/agents/journee/{to_come.id}", data={"outcome": "seen"})
    assert answer.status_code == 409
    assert outcome_of(team, to_come) is Outcome.UNKNOWN


def test_somebody_who_excuses_themselves_frees_the_slot_and_leaves_the_count(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        to_come = expect(world, LATER)
    tap(client, to_come, "excused")
    page = client.get("/agents/journee").text
    assert "Aucun rendez-vous mardi 24 novembre" in page
    assert "créneau libéré" in page
    with team.database.reading() as session:
        assert session.get_one(Appointment, to_come.appointment_id).cancelled_at is not None


def test_the_service_cancels_and_the_person_is_told(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        to_come = expect(world, LATER)
    assert client.post(f"/agents/journee/{to_come.id}/annuler?date=2026-11-24").status_code == 303
    assert outcome_of(team, to_come) is Outcome.REVOKED
    with team.database.reading() as session:
        kinds = {message.kind for message in session.query(Message)}
    assert kinds == {MessageKind.CANCELLED_BY_SERVICE}


def test_an_outcome_that_no_tap_says_is_refused(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        met = expect(world, EARLIER)
    for said in ("revoked", "", "late"):
        assert client.post(f"/agents/journee/{met.id}", data={"outcome": said}).status_code == 422
    assert outcome_of(team, met) is Outcome.UNKNOWN


def test_what_was_not_said_yesterday_is_recalled_on_top(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        for hour in (7, 8, 9):
            expect(world, TODAY - timedelta(days=1) + timedelta(hours=hour))
        expect(world, TODAY - timedelta(days=4) + timedelta(hours=8))
        expect(world, TODAY - timedelta(days=5) + timedelta(hours=8), outcome=Outcome.SEEN)
        expect(world, TODAY - timedelta(days=1) + timedelta(hours=13), cancelled_at=world.now)
        expect(world, TODAY - timedelta(days=60))
    page = client.get("/agents/journee").text
    assert "3\N{NO-BREAK SPACE}rendez-vous d’hier sans issue" in page
    assert "1\N{NO-BREAK SPACE}rendez-vous du vendredi 20 novembre sans issue" in page
    assert page.count("sans issue") == 2
    assert "sans issue" not in client.get("/agents/journee?date=2026-11-25").text


def test_the_steps_skip_the_weekend_unless_somebody_is_expected(team: Team, client: FlaskClient) -> None:
    page = client.get("/agents/journee?date=2026-11-27").text
    assert "date=2026-11-26" in page
    assert "date=2026-11-30" in page
    with team.changing() as world:
        expect(world, datetime(2026, 11, 28, 9, tzinfo=UTC))
    assert "date=2026-11-28" in client.get("/agents/journee?date=2026-11-27").text


def test_a_day_is_the_places_own(team: Team, client: FlaskClient) -> None:
    """23:30 on Tuesday in Paris is Wednesday on Réunion."""
    with team.changing() as world:
        island = world.make_place(timezone="Indian/Reunion", city="Saint-Denis")
        expect(world, datetime(2026, 11, 25, 3, 0, tzinfo=UTC), place_id=island.id)
        expect(world, datetime(2026, 11, 24, 22, 0, tzinfo=UTC), place_id=island.id)
    page = client.get("/agents/journee?date=2026-11-25").text
    assert "2\N{NO-BREAK SPACE}rendez-vous mercredi 25 novembre" in page
    assert "7\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}00" in page
    assert "Aucun rendez-vous mardi" in client.get("/agents/journee?date=2026-11-24").text


def test_an_appointment_by_phone_says_so_instead_of_a_place(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        by_phone = world.make_type(place_type=PlaceType.PHONE)
        expect(world, EARLIER, place_id=None, type_id=by_phone.id)
    assert "Par téléphone" in client.get("/agents/journee").text


def test_with_one_agent_chosen_nothing_is_counted(team: Team, client: FlaskClient) -> None:
    """No figure per agent, on any screen (product.md)."""
    with team.changing() as world:
        expect(world, EARLIER)
    page = client.get(f"/agents/journee?agent={team.world.agent.id}").text
    assert "<h1>Mardi 24 novembre avec Mme Roche</h1>" in page
    assert "1\N{NO-BREAK SPACE}rendez-vous" not in page


def test_an_address_with_a_strange_date_shows_today(team: Team, client: FlaskClient) -> None:
    for strange in ("hier", "0001-01-01", "9999-12-31", "2026-02-30"):
        assert "mardi 24 novembre" in client.get("/agents/journee", query_string={"date": strange}).text


def test_another_organisations_day_does_not_exist(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        other = world.make_organisation()
        place = world.make_place(organisation_id=other.id)
        agent = world.make_agent(organisation=other)
        person = world.make_beneficiary(organisation=other, last_name="Ailleurs")
        theirs = expect(world, EARLIER, organisation_id=other.id, place_id=place.id, agent=agent, beneficiary=person)
    assert "Ailleurs" not in client.get("/agents/journee").text
    assert client.get(f"/agents/journee?lieu={place.id}").status_code == 404
    assert client.get(f"/agents/journee?agent={agent.id}").status_code == 404
    assert client.post(f"/agents/journee/{theirs.id}", data={"outcome": "seen"}).status_code == 404
    assert client.post(f"/agents/journee/{theirs.id}/annuler").status_code == 404
    assert client.post(f"/agents/journee/tous-venus?lieu={place.id}").status_code == 404
    assert outcome_of(team, theirs) is Outcome.UNKNOWN


def test_a_longer_day_costs_no_more_queries(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    with team.changing() as world:
        expect(world, EARLIER)
    few = queries_of(flask_app, lambda: client.get("/agents/journee"))
    with team.changing() as world:
        for minutes in range(0, 600, 50):
            expect(world, EARLIER + timedelta(minutes=minutes), agent=world.make_agent())
    many = queries_of(flask_app, lambda: client.get("/agents/journee"))
    assert many == few
    assert "13\N{NO-BREAK SPACE}rendez-vous" in client.get("/agents/journee").text

"""Collective sessions on the agents' side: created alone or as a series, filled, marked on one screen, cancelled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations import sessions_changing
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Appointment,
    AppointmentType,
    Message,
    MessageKind,
    Outcome,
    Participation,
    Role,
)
from invitations.offers import Choice
from tests.app.team import Team, queries_of
from tests.app.town import Town, words_of
from tests.conftest import NOW, Clock
from tests.factories import World

# Tuesday 1 December, 14:00 in Paris.
AT = datetime(2026, 12, 1, 13, 0, tzinfo=UTC)
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


@pytest.fixture
def workshop(team: Team) -> AppointmentType:
    with team.changing() as world:
        return world.make_type(name="Atelier collectif", duration=timedelta(hours=2), is_collective=True, seats=15)


def seat(world: World, codes: Codes, one: Appointment, **person: Any) -> Participation:
    """One more person in the session."""
    return sessions_changing.add(
        world.session,
        world.session.get_one(Appointment, one.id),
        world.make_beneficiary(**person),
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )


@pytest.fixture
def gathering(team: Team, workshop: AppointmentType) -> Appointment:
    with team.changing() as world:
        return world.make_session(AT, workshop, seats=3)


def wish(team: Team, workshop: AppointmentType, **changes: Any) -> dict[str, Any]:
    values = {
        "type": workshop.id,
        "place": team.world.place.id,
        "agents": [team.world.agent.id],
        "title": "Atelier budget",
        "seats": 12,
        "starts_on": "2026-12-01",
        "starts": "14:00",
        "repetition": "0",
    }
    return values | changes


def sessions_of(team: Team) -> list[Appointment]:
    with team.database.reading() as session:
        found = list(session.scalars(select(Appointment).order_by(Appointment.starts_at)))
        session.expunge_all()
        return found


# Created


def test_without_a_collective_type_the_page_says_what_to_do_first(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    assert "Il faut d’abord un motif collectif. Voir les motifs" in words_of(
        team.browser(flask_app, admin).get("/agents/seances").text
    )
    assert "Une personne qui administre votre structure peut l’ajouter" in words_of(
        team.browser(flask_app).get("/agents/seances").text
    )


def test_the_page_without_sessions_says_what_they_are(client: FlaskClient, workshop: AppointmentType) -> None:
    words = words_of(client.get("/agents/seances").text)
    assert "Aucune séance collective à venir" in words
    assert "Elles la choisissent avec leur invitation, comme un créneau" in words


def test_the_form_starts_with_the_types_seats(client: FlaskClient, workshop: AppointmentType) -> None:
    page = client.get("/agents/seances/nouvelle").text
    assert 'name="seats" required type="number" value="15"' in page or 'value="15"' in page
    assert "Entretien d'orientation" not in page


def test_one_session_is_created_and_shown(team: Team, client: FlaskClient, workshop: AppointmentType) -> None:
    answer = client.post("/agents/seances/nouvelle", data=wish(team, workshop))
    (made,) = sessions_of(team)
    assert (answer.status_code, answer.location) == (303, f"/agents/seances/{made.id}")
    words = words_of(client.get(answer.location).text)
    assert "La séance est créée. Ses places peuvent être choisies dès maintenant." in words
    assert f"Mardi 1er décembre 2026, de 14{NBSP}h{NBSP}00 à 16{NBSP}h{NBSP}00".replace(NBSP, " ") in words
    assert "0 place prise sur 12" in words
    assert "Elle est proposée à qui est invité." in words


def test_a_series_tells_its_doubtful_days_before_it_is_saved(
    team: Team, client: FlaskClient, workshop: AppointmentType
) -> None:
    series = wish(team, workshop, starts_on="2026-12-11", repetition="1", times=4)
    answer = client.post("/agents/seances/nouvelle", data=series)
    words = words_of(answer.text)
    assert answer.status_code == 422
    assert "Vendredi 25 décembre 2026 : jour férié Vendredi 1er janvier 2027 : jour férié" in words
    assert "Créer 2 séances, sans ces jours Créer 4 séances, ces jours compris Vérifier de nouveau" in words
    assert 'value="Atelier budget"' in answer.text
    assert sessions_of(team) == []
    answer = client.post("/agents/seances/nouvelle", data=series | {"jours": "sauter"})
    assert answer.location == "/agents/seances"
    assert len(sessions_of(team)) == 2
    words = words_of(client.get(answer.location).text)
    assert "2 séances sont créées, du vendredi 11 décembre au vendredi 18 décembre." in words
    assert "2 séances collectives à venir" in words


def test_a_holiday_may_be_kept(team: Team, client: FlaskClient, workshop: AppointmentType) -> None:
    once = wish(team, workshop, starts_on="2026-12-25")
    words = words_of(client.post("/agents/seances/nouvelle", data=once).text)
    assert "Vendredi 25 décembre 2026 : jour férié Créer quand même" in words
    client.post("/agents/seances/nouvelle", data=once | {"jours": "garder"})
    assert len(sessions_of(team)) == 1


def test_an_agents_taken_time_is_said_beside_the_agents(
    team: Team, client: FlaskClient, workshop: AppointmentType, gathering: Appointment
) -> None:
    answer = client.post("/agents/seances/nouvelle", data=wish(team, workshop, jours="garder"))
    assert answer.status_code == 422
    assert "Aucune de ces séances n’est possible" in words_of(answer.text)
    assert len(sessions_of(team)) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"agents": []}, "Choisissez au moins une personne qui anime."),
        ({"seats": ""}, "Indiquez le nombre de places."),
        ({"seats": "0"}, "De 1 à 500 places."),
        ({"starts": ""}, "Indiquez l’heure de début."),
        ({"ends": "13:00"}, "Une séance finit le jour où elle commence, après son début."),
        ({"starts_on": "2026-11-03"}, "Aucune séance n’est à venir."),
        ({"repetition": "1"}, "Indiquez jusqu’à quand, ou combien de fois."),
        ({"repetition": "1", "until": "2029-12-01"}, "60 séances au plus à la fois, raccourcir la série."),
        ({"type": 999}, "Choisissez dans la liste."),
        ({"title": "x" * 121}, "120 caractères au plus."),
    ],
)
def test_a_slip_is_said_beside_its_field_and_nothing_is_lost(
    team: Team, client: FlaskClient, workshop: AppointmentType, changes: dict[str, Any], sentence: str
) -> None:
    answer = client.post("/agents/seances/nouvelle", data=wish(team, workshop, **changes))
    assert answer.status_code == 422
    assert sentence in words_of(answer.text)
    assert 'value="2026-' in answer.text
    assert sessions_of(team) == []


# One session


def test_people_are_found_and_added_until_it_is_full(
    team: Team, client: FlaskClient, codes: Codes, gathering: Appointment
) -> None:
    with team.changing() as world:
        seat(world, codes, gathering, last_name="Zola", search_key="ines zola")
        free = world.make_beneficiary(last_name="Arnaud", search_key="ines arnaud")
        world.make_beneficiary(last_name="Arnaudin", search_key="ines arnaudin")
    path = f"/agents/seances/{gathering.id}"
    words = words_of(client.get(f"{path}?q=arnaud").text)
    assert "Inès Arnaud Ajouter Inès Arnaud Inès Arnaudin Ajouter" in words
    assert "Inès Zola a déjà une place" in words_of(client.get(f"{path}?q=zola").text)
    assert "Personne de votre structure ne correspond à « dupont »." in words_of(client.get(f"{path}?q=dupont").text)
    answer = client.post(f"{path}/personnes", data={"personne": free.id})
    assert answer.status_code == 303
    words = words_of(client.get(path).text)
    assert "Inès Arnaud a une place. La confirmation part tout de suite." in words
    assert "2 places prises sur 3" in words
    answer = client.post(f"{path}/personnes", data={"personne": free.id})
    assert answer.status_code == 409
    assert "Un rendez-vous est déjà prévu." in words_of(answer.text)
    with team.changing() as world:
        seat(world, codes, gathering)
        late = world.make_beneficiary()
    assert "La séance est complète. Pour ajouter quelqu’un, augmentez le nombre de places." in words_of(
        client.get(path).text
    )
    answer = client.post(f"{path}/personnes", data={"personne": late.id})
    assert (answer.status_code, "La séance est complète." in words_of(answer.text)) == (409, True)


def test_before_it_begins_one_can_only_leave(
    team: Team, client: FlaskClient, codes: Codes, gathering: Appointment
) -> None:
    with team.changing() as world:
        one, other = (seat(world, codes, gathering) for _ in range(2))
    path = f"/agents/seances/{gathering.id}"
    page = client.get(path).text
    assert page.count("Ne viendra pas") == 2
    assert "Tout le monde est venu" not in page
    assert client.post(f"{path}/personnes/{one.id}", data={"outcome": "seen"}).status_code == 409
    assert client.post(f"{path}/personnes/{one.id}", data={"outcome": "excused"}).status_code == 303
    client.post(f"{path}/personnes/{other.id}/annuler")
    words = words_of(client.get(path).text)
    assert "0 place prise sur 3" in words
    assert "Excusé place libérée" in words
    with team.database.reading() as session:
        assert session.get_one(Participation, other.id).outcome is Outcome.REVOKED
        told = select(Message).where(Message.kind == MessageKind.CANCELLED_BY_SERVICE)
        assert len(session.scalars(told).all()) == 2


def test_everyone_came_then_the_exceptions_one_tap_each(
    team: Team, client: FlaskClient, codes: Codes, clock: Clock, gathering: Appointment
) -> None:
    with team.changing() as world:
        people = [seat(world, codes, gathering) for _ in range(3)]
    clock.now = AT + timedelta(minutes=30)
    path = f"/agents/seances/{gathering.id}"
    assert "Tout le monde est venu" in client.get(path).text
    client.post(f"{path}/tous-venus")
    answer = client.post(f"{path}/personnes/{people[1].id}", data={"outcome": "noshow"})
    assert answer.location == f"{path}#p{people[1].id}"
    page = client.get(path).text
    assert page.count('aria-pressed="true"') == 3
    assert "Tout le monde est venu" not in page
    with team.database.reading() as session:
        outcomes = [session.get_one(Participation, one.id).outcome for one in people]
        assert session.get_one(Appointment, gathering.id).seats_taken == 3
    assert outcomes == [Outcome.SEEN, Outcome.NOSHOW, Outcome.SEEN]


def test_on_paper_there_is_a_box_for_each_outcome(
    team: Team, client: FlaskClient, codes: Codes, gathering: Appointment
) -> None:
    with team.changing() as world:
        seat(world, codes, gathering)
    page = client.get(f"/agents/seances/{gathering.id}").text
    assert page.count('class="box "') == 3
    assert "data-print" in page


def test_a_session_without_an_outcome_is_remembered(
    team: Team, client: FlaskClient, codes: Codes, clock: Clock, gathering: Appointment
) -> None:
    with team.changing() as world:
        seat(world, codes, gathering)
    clock.now = AT + timedelta(days=1)
    words = words_of(client.get("/agents/seances").text)
    assert "Atelier budget, mardi 1er décembre : 1 personne sans issue, la noter" in words
    assert "Aucune séance collective à venir" in words


def test_the_day_leads_to_its_sessions(
    team: Team, client: FlaskClient, codes: Codes, clock: Clock, gathering: Appointment
) -> None:
    with team.changing() as world:
        seat(world, codes, gathering)
    page = client.get("/agents/journee?date=2026-12-01").text
    assert "14 h 00 Atelier budget, Valence : 1 place prise sur 3. Ouvrir la séance" in words_of(page)
    assert f'href="/agents/seances/{gathering.id}"' in page
    assert "Atelier budget" not in client.get("/agents/journee?date=2026-12-02").text


def test_a_session_is_changed_and_people_are_told(
    team: Team, client: FlaskClient, codes: Codes, gathering: Appointment
) -> None:
    with team.changing() as world:
        one, other = (seat(world, codes, gathering) for _ in range(2))
    path = f"/agents/seances/{gathering.id}/modifier"
    page = client.get(path).text
    assert 'value="14:00"' in page
    assert 'value="16:00"' in page
    assert "2 places sont déjà prises. Si le jour, l’heure ou le lieu changent" in words_of(page)
    as_it_is = {
        "title": "Atelier cuisine",
        "place": team.world.place.id,
        "agents": [team.world.agent.id],
        "seats": 1,
        "starts_on": "2026-12-01",
        "starts": "15:00",
        "ends": "17:00",
    }
    answer = client.post(path, data=as_it_is)
    assert (answer.status_code, "2 places sont déjà prises." in words_of(answer.text)) == (422, True)
    answer = client.post(path, data=as_it_is | {"seats": 8, "starts_on": "2026-12-25"})
    assert (answer.status_code, "Jour férié" in words_of(answer.text)) == (422, True)
    assert client.post(path, data=as_it_is | {"seats": 8}).status_code == 303
    (changed,) = sessions_of(team)
    assert (changed.title, changed.seats, changed.starts_at) == ("Atelier cuisine", 8, AT + timedelta(hours=1))
    with team.database.reading() as session:
        of_both = select(Message).where(Message.participation_id.in_([one.id, other.id])).order_by(Message.id)
        news = session.scalars(of_both).all()
        assert "à 15\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}00" in news[-1].body


def test_a_change_onto_taken_time_is_said_beside_the_agents(
    team: Team, client: FlaskClient, workshop: AppointmentType, gathering: Appointment
) -> None:
    with team.changing() as world:
        world.make_session(AT + timedelta(days=1), workshop)
    answer = client.post(
        f"/agents/seances/{gathering.id}/modifier",
        data={
            "place": team.world.place.id,
            "agents": [team.world.agent.id],
            "seats": 3,
            "starts_on": "2026-12-02",
            "starts": "14:00",
            "ends": "16:00",
            "anyway": "1",
        },
    )
    assert answer.status_code == 422
    assert "Quelqu’un de l’équipe a déjà un rendez-vous à cette heure." in words_of(answer.text)


def test_cancelling_one_or_the_rest_of_the_series(
    team: Team, client: FlaskClient, codes: Codes, workshop: AppointmentType
) -> None:
    client.post("/agents/seances/nouvelle", data=wish(team, workshop, repetition="1", times=3))
    made = sessions_of(team)
    with team.changing() as world:
        seat(world, codes, made[1])
    page = client.get(f"/agents/seances/{made[0].id}").text
    assert "Annuler aussi 2 séances qui suivent" in words_of(page)
    answer = client.post(f"/agents/seances/{made[0].id}/annuler", data={"suite": "oui"})
    assert "Les séances sont annulées. 1 personne reçoit un message, avec d’autres dates à choisir." in words_of(
        client.get(answer.location).text
    )
    assert all(one.cancelled_at == NOW for one in sessions_of(team))
    words = words_of(client.get(f"/agents/seances/{made[1].id}").text)
    assert "Cette séance est annulée depuis le mardi 24 novembre." in words
    assert "Ajouter une personne" not in words
    assert client.get(f"/agents/seances/{made[1].id}/modifier").status_code == 303


def test_pages_ask_as_often_whatever_they_hold(
    team: Team, client: FlaskClient, flask_app: Flask, codes: Codes, workshop: AppointmentType, gathering: Appointment
) -> None:
    paths = ["/agents/seances", f"/agents/seances/{gathering.id}?q=ines"]
    with team.changing() as world:
        seat(world, codes, gathering)
    before = [queries_of(flask_app, lambda path=path: client.get(path)) for path in paths]  # type: ignore[misc]
    with team.changing() as world:
        for number in range(4):
            world.make_session(AT + timedelta(days=7 * (number + 1)), workshop)
        seat(world, codes, gathering)
    assert [queries_of(flask_app, lambda path=path: client.get(path)) for path in paths] == before  # type: ignore[misc]


def test_an_address_that_mixes_two_sessions_leads_nowhere(
    team: Team, client: FlaskClient, codes: Codes, workshop: AppointmentType, gathering: Appointment
) -> None:
    with team.changing() as world:
        other = world.make_session(AT + timedelta(days=7), workshop)
        one = seat(world, codes, other)
        stranger = world.make_beneficiary(organisation=world.make_organisation())
    path = f"/agents/seances/{gathering.id}"
    assert client.post(f"{path}/personnes/{one.id}", data={"outcome": "excused"}).status_code == 404
    assert client.post(f"{path}/personnes/{one.id}/annuler").status_code == 404
    assert client.post(f"{path}/personnes", data={"personne": stranger.id}).status_code == 404
    assert client.post(f"{path}/personnes", data={"personne": "x"}).status_code == 422
    assert client.post(f"{path}/personnes/{one.id}", data={"outcome": "gone"}).status_code == 404


def test_a_seat_is_booked_with_the_person_and_never_proposed(
    team: Team, client: FlaskClient, gathering: Appointment
) -> None:
    with team.changing() as world:
        follow_up = world.make_follow_up()
    path = f"/agents/personnes/{follow_up.beneficiary_id}/suivis/{follow_up.id}"
    token = Choice(AT, team.world.place.id, gathering.type_id, AT).token
    assert token not in client.get(f"{path}/proposer?jours=60").text
    page = client.get(f"{path}/reserver?jours=60").text
    assert token in page
    assert "14 h 00 Atelier budget Séance à plusieurs, 2 h, il reste 3 places" in words_of(page)
    assert client.post(f"{path}/reserver", data={"creneau": token}).status_code == 303
    assert [one.seats_taken for one in sessions_of(team)] == [1]
    assert client.post(f"{path}/deplacer", data={"creneau": token}).status_code == 303


def test_an_individual_appointment_is_no_session(town: Town, flask_app: Flask) -> None:
    path = town.invite()
    flask_app.test_client().post(path, data={"creneau": town.token(datetime(2026, 11, 26, 8, 0, tzinfo=UTC))})
    (booked,) = town.appointments()
    assert town.browser(flask_app).get(f"/agents/seances/{booked.id}").status_code == 404

"""Logiciels prévenus: an administrator adds an address, reads what it was told, has it said again, takes it away."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from invitations.database import Database
from invitations.models import CHOSEN, EventState, Happening, PauseReason, Resource, Role, WebhookEndpoint, WebhookEvent
from invitations.webhooks.recording import OURS
from notifications.web_addresses import Trouble
from tests.app.team import Team
from tests.app.town import words_of
from tests.conftest import Clock

HERE = "/agents/reglages/logiciels"
ADDRESS = "https://logiciel.exemple.fr/recevoir?cle=1"
ALL = [one.value for one in CHOSEN]


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    return team.browser(flask_app, admin)


def endpoint(team: Team) -> WebhookEndpoint:
    with team.database.reading() as session:
        found = session.scalars(select(WebhookEndpoint)).one()
        session.expunge_all()
        return found


def happened(team: Team, **changes: object) -> WebhookEvent:
    values = {
        "endpoint_id": endpoint(team).id,
        "resource": Resource.RDV,
        "resource_id": 7,
        "happening": Happening.UPDATED,
    }
    with team.changing() as world:
        return world.add(WebhookEvent(**values | changes))


@pytest.fixture
def added(team: Team, client: FlaskClient) -> str:
    """The page of the one endpoint."""
    client.post(HERE, data={"address": ADDRESS, "resources": ALL})
    return f"{HERE}/{endpoint(team).id}"


def test_an_address_is_added_and_its_secret_shown_once(team: Team, client: FlaskClient) -> None:
    assert "Aucun logiciel prévenu" in words_of(client.get(HERE).text)
    answer = client.post(HERE, data={"address": ADDRESS, "resources": ["rdv", "user"]})
    (secret,) = re.findall(r"whsec_[\w+/=]{44}", answer.text)
    assert (answer.status_code, "Le secret à donner à logiciel.exemple.fr" in words_of(answer.text)) == (200, True)
    made = endpoint(team)
    assert (made.address, [one for one in CHOSEN if made.tells(one)]) == (ADDRESS, [Resource.RDV, Resource.USER])
    assert secret not in made.secret_sealed
    page = client.get(HERE).text
    assert "1 logiciel prévenu" in words_of(page)
    assert (secret in page, secret in client.get(f"{HERE}/{made.id}").text, "cle=1" in page) == (False, False, False)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"resources": ALL}, "Collez l’adresse que donne l’éditeur du logiciel."),
        ({"address": ADDRESS}, "Choisissez au moins une chose à dire."),
        ({"address": "http://logiciel.exemple.fr/", "resources": ALL}, "Cette adresse n’est pas protégée."),
        ({"address": "https://10.0.0.1/", "resources": ALL}, "Cette adresse n’existe que dans un réseau interne."),
        ({"address": "bonjour", "resources": ALL}, "Cette adresse ne se lit pas."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field_and_stays(
    client: FlaskClient, typed: dict[str, object], sentence: str
) -> None:
    answer = client.post(HERE, data=typed)
    assert (answer.status_code, sentence in words_of(answer.text)) == (422, True)
    assert str(typed.get("address", "")) in answer.text


def test_the_same_address_again_is_refused(client: FlaskClient, added: str) -> None:
    answer = client.post(HERE, data={"address": ADDRESS, "resources": ALL})
    assert "Cette adresse est déjà dans la liste." in words_of(answer.text)
    assert client.get(added).status_code == 200


def test_the_log_says_what_was_told_and_why_it_was_not(team: Team, client: FlaskClient, added: str) -> None:
    happened(team, state=EventState.DELIVERED, last_try_at=team.now, tries=1, last_status=200)
    happened(
        team,
        resource=Resource.USER,
        happening=Happening.CREATED,
        tries=3,
        last_try_at=team.now,
        next_try_at=team.now + timedelta(minutes=30),
        last_status=503,
        last_trouble=Trouble.REFUSED.value,
    )
    page = words_of(client.get(added).text)
    assert "Rendez-vous nº 7, modifié Dit le mardi 24 novembre à 10 h 00, réponse 200" in page
    assert (
        "Personne nº 7, nouvelle À redire le mardi 24 novembre à 10 h 00, 3 essais, réponse 503 :"
        " le serveur est en panne, ou refuse. Prochain essai le mardi 24 novembre à 10 h 30"
    ) in page


def test_an_event_is_said_again(team: Team, client: FlaskClient, added: str) -> None:
    told = happened(team, state=EventState.DELIVERED)
    answer = client.post(f"{added}/evenements/{told.id}/renvoyer")
    assert (answer.status_code, answer.location) == (303, added)
    with team.database.reading() as session:
        states = session.scalars(select(WebhookEvent.state).order_by(WebhookEvent.id)).all()
    assert states == [EventState.DELIVERED, EventState.PENDING]


def test_it_is_paused_resumed_changed_and_taken_away(team: Team, client: FlaskClient, added: str) -> None:
    client.post(f"{added}/pause")
    assert "En pause depuis le mardi 24 novembre à 10 h 00." in words_of(client.get(added).text)
    client.post(f"{added}/reprendre")
    client.post(added, data={"resources": ["rdv"]})
    made = endpoint(team)
    assert (made.paused_at, [one for one in CHOSEN if made.tells(one)]) == (None, [Resource.RDV])
    client.post(f"{added}/retirer")
    assert (client.get(added).status_code, "Aucun logiciel prévenu" in words_of(client.get(HERE).text)) == (404, True)


def test_a_pause_of_its_own_is_said_with_its_reason(team: Team, client: FlaskClient, added: str) -> None:
    made = endpoint(team)
    with team.changing() as world:
        row = world.session.get_one(WebhookEndpoint, made.id)
        row.paused_at, row.pause_reason = team.now, PauseReason.FAILING
    sentence = "En pause depuis le mardi 24 novembre à 10 h 00 : pas de réponse pendant trois jours."
    assert sentence in words_of(client.get(HERE).text)
    assert "logiciel.exemple.fr ne répond plus depuis trois jours" in words_of(client.get("/agents/").text)


def test_the_log_costs_the_same_number_of_queries_for_one_and_for_forty(
    team: Team, client: FlaskClient, added: str
) -> None:
    said: list[str] = []
    event.listen(team.database.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    counts = []
    for _ in (1, 40):
        for number in range(_):
            happened(team, resource_id=number)
        said.clear()
        client.get(added)
        counts.append(len(said))
    assert counts[0] == counts[1]


def test_an_event_left_out_by_our_fault_is_said_so(client: FlaskClient, team: Team, added: str) -> None:
    happened(team, state=EventState.GIVEN_UP, tries=5, last_try_at=team.now, last_trouble=OURS, settled_at=team.now)
    said = words_of(client.get(added).text)
    assert "5 essais : une erreur de notre part empêche de le décrire. Il est sauté, ce qui suit est dit" in said

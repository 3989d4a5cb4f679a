"""Whatever has become of an invitation, its link says so, what to do, and whom to call; and so does the address itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.settings import Settings
from invitations import helplines, inviting
from invitations.models import Channel, EndReason, Invitation, Organisation, OrganisationKind, Participation
from tests.app.team import queries_of
from tests.app.town import Town, words_of
from tests.applications import Applications
from tests.conftest import SECRET, Clock

THURSDAY_9_00 = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)
AGAIN = "Vous pouvez demander un nouveau rendez-vous ici, ou appeler le 04 75 00 00 00."


def end(town: Town, path: str, reason: EndReason) -> None:
    with town.changing():
        ended = town.invitation_of(path)
        ended.ended_at, ended.end_reason = town.now, reason


@pytest.mark.parametrize(
    ("reason", "heading"),
    [
        (EndReason.BOOKED, "Vous avez déjà répondu à cette invitation"),
        (EndReason.REPLACED, "Un message plus récent remplace cette invitation"),
        (EndReason.CLOSED, "Le service a terminé ce suivi."),
        (EndReason.ARCHIVED, "Ce service ne vous accompagne plus"),
        (EndReason.WITHDRAWN, "Le service a retiré cette invitation"),
    ],
)
def test_an_ended_invitation_says_why_what_to_do_and_whom_to_call(
    town: Town, phone: FlaskClient, reason: EndReason, heading: str
) -> None:
    path = town.invite()
    end(town, path, reason)
    answer = phone.get(path)
    words = words_of(answer.text)
    assert answer.status_code == 410
    assert heading in words
    assert AGAIN in words
    assert f'action="{path}/rappel"' in answer.text
    assert phone.post(f"{path}/rappel").status_code == 303


@pytest.mark.parametrize("reason", [*EndReason, None])
def test_it_is_said_in_the_language_of_the_person(town: Town, phone: FlaskClient, reason: EndReason | None) -> None:
    path = town.invite(language="ar")
    with town.changing():
        invitation = town.invitation_of(path)
        invitation.ended_at, invitation.end_reason = (town.now, reason) if reason else (None, None)
        invitation.expires_at = town.now - timedelta(days=1)
    answer = phone.get(path)
    assert answer.status_code == 410
    assert '<html lang="ar" dir="rtl"' in answer.text
    assert '<html lang="fr"' in phone.get(f"{path}?langue=fr").text


def invited_again(town: Town, path: str) -> str:
    """The same person's newer invitation."""
    with town.changing() as world:
        first = town.invitation_of(path)
        made = inviting.invite(
            world.session,
            first.follow_up,
            organisation_id=world.organisation.id,
            channels=[Channel.SMS],
            agent_id=world.agent.id,
            codes=town.codes,
            now=town.now + timedelta(days=2),
        )
    return town.page_of(made)


def test_a_replaced_invitation_leads_to_the_newer_one(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    newer = invited_again(town, path)
    end(town, path, EndReason.REPLACED)
    page = phone.get(path).text
    assert f'href="{newer}"' in page
    assert "Ouvrir l’invitation la plus récente" in words_of(page)


def test_an_expired_one_leads_to_the_newer_one_too(town: Town, phone: FlaskClient, clock: Clock) -> None:
    path = town.invite()
    newer = invited_again(town, path)
    with town.changing():
        town.invitation_of(path).expires_at = town.now + timedelta(days=1)
        town.invitation_of(path).ended_at = town.invitation_of(path).end_reason = None
    clock.pass_by(timedelta(days=2))
    answer = phone.get(path)
    assert answer.status_code == 410
    assert f'href="{newer}"' in answer.text


def test_nobody_else_s_invitation_is_shown(town: Town, phone: FlaskClient) -> None:
    path, theirs = town.invite(), town.invite()
    end(town, path, EndReason.REPLACED)
    assert theirs.split("/")[2] not in phone.get(path).text


def test_an_answered_one_leads_to_what_was_chosen(town: Town, phone: FlaskClient, clock: Clock) -> None:
    path = town.invite()
    booked = phone.post(path, data={"creneau": town.token(THURSDAY_9_00)}).location
    assert phone.get(path).location == booked, "while it is to come, straight there"
    clock.now = THURSDAY_9_00 + timedelta(hours=3)
    page = phone.get(path).text
    assert "Vous avez déjà répondu à cette invitation" in words_of(page)
    assert f'href="{booked}"' in page
    assert phone.get(booked).status_code == 200


def test_an_ended_invitation_asks_for_as_many_queries_whatever_came_after(
    town: Town, phone: FlaskClient, flask_app: Flask
) -> None:
    path = town.invite()
    end(town, path, EndReason.WITHDRAWN)
    before = queries_of(flask_app, lambda: phone.get(path))
    for _ in range(3):
        town.invite()
    assert queries_of(flask_app, lambda: phone.get(path)) == before


# Whom to call where nobody knows who reads


NOBODY_KNOWN = ["/", "/nulle-part", "/i/abc", "/r/abc", "/i/abc/garder", "/i/abc/besoins"]


@pytest.mark.parametrize("path", NOBODY_KNOWN)
def test_pages_that_know_no_person_name_the_teams(town: Town, phone: FlaskClient, path: str) -> None:
    answer = phone.get(path)
    assert 'href="tel:+33475000000"' in answer.text
    assert "Qui appeler" in words_of(answer.text)
    assert town.world.organisation.name in words_of(answer.text)


def test_too_many_teams_are_no_list_to_read(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    few = queries_of(flask_app, lambda: phone.get("/"))
    with town.changing() as world:
        for number in range(helplines.FEW):
            world.add(
                Organisation(
                    department_id=world.department.id,
                    name=f"Équipe {number}",
                    kind=OrganisationKind.DEPARTMENT_COUNCIL,
                    phone="+33475000001",
                    created_at=world.now,
                )
            )
    page = phone.get("/").text
    assert "Équipe" not in page
    assert "Appelez le numéro écrit dans le message que vous avez reçu." in words_of(page)
    assert queries_of(flask_app, lambda: phone.get("/")) == few


def test_the_address_itself_leads_on(town: Town, phone: FlaskClient) -> None:
    page = phone.get("/?langue=en").text
    assert 'href="/code?langue=en"' in page
    assert 'href="/agents/"' in page
    assert len(re.findall("<h1", page)) == 1
    assert "Set-Cookie" not in phone.get("/").headers


# The database out of reach


@pytest.fixture
def stranded(
    applications: Applications, tmp_path: Path, request: pytest.FixtureRequest, clock: Clock
) -> Iterator[FlaskClient]:
    """A visitor of an application whose database is not there at all."""
    urls = {
        "sqlite": f"sqlite:///{tmp_path}/no-such-folder/rdv.db",
        "postgres": "postgresql://nobody:secret-word@127.0.0.1:9/rdv",
    }
    with applications.lend(Settings(database_url=urls[request.param], secret_key=SECRET), clock=clock) as lent:
        lent.config["WTF_CSRF_ENABLED"] = False
        yield lent.test_client()


ENGINES = pytest.mark.parametrize("stranded", ["sqlite", "postgres"], indirect=True)


@ENGINES
@pytest.mark.parametrize("path", ["/", "/i/abc", "/r/abc/besoins", "/i/abc?langue=ar"])
def test_without_a_database_a_page_says_what_to_do(stranded: FlaskClient, path: str) -> None:
    with structlog.testing.capture_logs() as logged:
        answer = stranded.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 30
    assert "<h1" in answer.text
    assert "Set-Cookie" not in answer.headers
    (line,) = [one for one in logged if one["event"] == "database.away"]
    assert set(line) == {"event", "log_level", "error", "where"}
    assert "secret-word" not in str(logged)
    assert "abc" not in str(logged)


@ENGINES
def test_without_a_database_an_answer_is_not_said_to_be_noted(stranded: FlaskClient) -> None:
    answer = stranded.post("/i/abc?langue=tr", data={"creneau": "20261126T0800-1-1"})
    assert answer.status_code == 503
    words = words_of(stranded.get("/i/abc").text)
    assert "Nos pages sont arrêtées pour un moment" in words
    assert "Vos rendez-vous déjà pris sont toujours notés." in words
    assert "appelez le numéro écrit dans ce message" in words


@ENGINES
def test_without_a_database_heads_and_machines_are_answered_too(stranded: FlaskClient) -> None:
    head = stranded.head("/i/abc")
    assert (head.status_code, head.data) == (503, b"")
    told = stranded.get("/i/abc", headers={"Accept": "application/json"})
    assert (told.status_code, told.json) == (503, {"error": "DatabaseAway"})
    assert stranded.get("/sante").status_code == 503
    assert stranded.get("/nulle-part").status_code == 404, "no database is asked about what does not exist"


@ENGINES
def test_without_a_database_agents_are_told_in_their_frame(stranded: FlaskClient) -> None:
    with stranded.session_transaction() as cookie:
        cookie["token"] = "whatever it is"
    answer = stranded.get("/agents/")
    assert answer.status_code == 503
    assert 'class="agents"' in answer.text
    assert "La base de données ne répond pas." in words_of(answer.text)


def test_machines_read_refusals_as_json(town: Town, phone: FlaskClient) -> None:
    told = phone.get("/i/abc", headers={"Accept": "application/json"})
    assert (told.status_code, told.json) == (404, {"error": "LinkUnknown"})
    told = phone.get("/nulle-part", headers={"Accept": "application/json"})
    assert (told.status_code, told.json) == (404, {"error": "NotFound"})
    assert "<html" in phone.get("/i/abc", headers={"Accept": "*/*"}).text


def test_a_database_that_comes_back_is_used_again(town: Town, phone: FlaskClient, flask_app: Flask) -> None:
    path = town.invite()
    flask_app.extensions["rdv"].database.engine.dispose()
    assert phone.get(path).status_code == 200
    assert town.rows(select(Participation)) == []
    assert len(town.rows(select(Invitation))) == 1

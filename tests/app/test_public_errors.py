"""Each error says what happened, what to do next and whom to call; none sets a cookie or needs one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app import create_app
from app.settings import Settings
from invitations.codes import Codes
from invitations.database import Base, Database
from notifications.senders import Senders
from tests.app.town import Town, words_of
from tests.conftest import SECRET, Clock
from tests.fakes import RememberingEmail, RememberingSms

TOO_MUCH = 13 * 1024 * 1024


@pytest.mark.parametrize("path", ["/i/abc", "/i/abc/confirmer?creneau=20261201T0900-1-1", "/i/abc/rappel", "/r/abc"])
def test_an_unknown_code_says_what_to_do_and_whom_to_call(phone: FlaskClient, path: str) -> None:
    answer = phone.get(path)
    words = words_of(answer.text)
    assert answer.status_code == 404
    assert "Ce lien ne mène à aucun rendez-vous" in words
    assert "Appelez le numéro écrit dans le message que vous avez reçu." in words


@pytest.mark.parametrize("path", ["/i/abc", "/i/abc/garder", "/i/abc/rappel", "/r/abc/changer", "/r/abc/annuler"])
def test_nothing_is_done_for_an_unknown_code(phone: FlaskClient, path: str) -> None:
    assert phone.post(path, data={"creneau": "20261201T0900-1-1"}).status_code == 404


def test_a_page_that_does_not_exist_says_so(phone: FlaskClient) -> None:
    answer = phone.get("/nulle-part")
    assert answer.status_code == 404
    assert "Cette page n’existe pas" in words_of(answer.text)
    assert "Ouvrez de nouveau le lien" in words_of(answer.text)


def test_looking_where_one_can_only_act_is_no_accident(phone: FlaskClient) -> None:
    answer = phone.get("/i/abc/garder")
    assert answer.status_code == 405
    assert "Cette page ne s’ouvre pas ainsi Rien n’a été modifié." in words_of(answer.text)


def test_too_much_at_once_is_refused(phone: FlaskClient) -> None:
    answer = phone.post("/i/abc", data=bytes(TOO_MUCH), content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    assert "Ce fichier est trop lourd" in words_of(answer.text)


def test_our_own_failure_says_that_it_is_ours(flask_app: Flask, town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    flask_app.config.update(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    with town.changing() as world:
        world.session.execute(text("ALTER TABLE waitings RENAME TO gone"))
    answer = phone.get(path)
    assert answer.status_code == 500
    words = words_of(answer.text)
    assert "Quelque chose n’a pas marché de notre côté" in words
    assert "Ce n’est pas de votre fait" in words
    assert "Appelez le numéro écrit dans le message que vous avez reçu." in words


@contextmanager
def writer_who_never_ends(path: str) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_busy_database_loses_nothing_and_says_when_to_come_back(
    sqlite_url: str, clock: Clock, codes: Codes, sms: RememberingSms, email: RememberingEmail
) -> None:
    database = Database(sqlite_url)
    path = Town(database, clock(), codes).invite()
    settings = Settings(sqlite_url, SECRET, database_patience=timedelta(milliseconds=50))
    flask = create_app(settings, clock=clock, senders=Senders(sms=sms, email=email))
    with writer_who_never_ends(sqlite_url.removeprefix("sqlite:///")):
        busy = flask.test_client().post(path, data={"creneau": "20261126T0800-1-1"})
        assert flask.test_client().get(path).status_code == 200, "reading goes on"
    assert busy.status_code == 503
    assert busy.headers["Retry-After"] == "5"
    words = words_of(busy.text)
    assert "Nos pages sont très demandées" in words
    assert "Rien n’est perdu" in words
    assert flask.test_client().post(path, data={"creneau": "20261126T0800-1-1"}).status_code == 303
    flask.extensions["rdv"].database.engine.dispose()
    database.engine.dispose()


def test_public_pages_set_no_cookie_and_run_nothing(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    booked = phone.post(path, data={"creneau": "20261126T0800-1-1"}).location
    other = town.invite()
    for page in (
        other,
        f"{other}/confirmer",
        f"{other}/rappel",
        booked,
        f"{booked}/changer",
        f"{booked}/annuler",
        "/i/x",
    ):
        answer = phone.get(page)
        assert "Set-Cookie" not in answer.headers, page
        assert "<script " not in answer.text, f"{page}: nothing is fetched to run"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in phone.post(f"{other}/rappel").headers


def test_people_need_no_form_token(
    settings: Settings, town: Town, clock: Clock, sms: RememberingSms, email: RememberingEmail
) -> None:
    flask = create_app(settings, clock=clock, senders=Senders(sms=sms, email=email))
    client = flask.test_client()
    booked = client.post(town.invite(), data={"creneau": "20261126T0800-1-1"})
    assert booked.status_code == 303
    assert client.post(f"{booked.location}/annuler").status_code == 303
    assert client.post(f"{town.invite()}/rappel").status_code == 303
    flask.extensions["rdv"].database.engine.dispose()


def test_looking_twice_at_every_page_changes_nothing(town: Town, phone: FlaskClient) -> None:
    """Link scanners fetch every address, often twice."""
    path, proposed = town.invite(), town.propose(9)
    booked = phone.post(town.invite(), data={"creneau": "20261126T0800-1-1"}).location
    before = contents(town.database)
    for page in (
        path,
        f"{path}/confirmer?creneau=20261126T0845-1-1",
        proposed,
        f"{path}/rappel",
        f"{path}/rappel/note",
        f"{path}/besoins",
        f"{path}/coordonnees",
        f"{path}/messages",
        f"{path}/messages/stop",
    ):
        assert [phone.get(page).status_code, phone.head(page).status_code] == [200, 200]
    for page in (booked, f"{booked}/changer", f"{booked}/annuler", f"{booked}/rendez-vous.ics", "/messagerie"):
        assert [phone.get(page).status_code, phone.head(page).status_code] == [200, 200]
    assert contents(town.database) == before


def contents(database: Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        return {
            name: [tuple(map(str, row)) for row in session.execute(table.select().order_by(*table.primary_key))]
            for name, table in Base.metadata.tables.items()
        }


def test_an_agent_reads_errors_in_the_agents_frame(town: Town, flask_app: Flask) -> None:
    browser = town.browser(flask_app)
    for answer in (browser.get("/agents/nulle-part"), browser.get("/agents/personnes/999999")):
        assert answer.status_code == 404
        assert 'class="agents"' in answer.text
        assert "Cette page n’existe pas" in words_of(answer.text)


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/agents/personnes/999999/note", 404, "Cette page n’existe pas"),
        ("/agents/reglages/structure", 403, "Cette page est réservée"),
    ],
)
def test_an_act_refused_to_an_agent_is_told_in_the_agents_frame(
    town: Town, flask_app: Flask, path: str, status: int, words: str
) -> None:
    """The transaction is rolled back by then: the frame must not read from it any more."""
    answer = town.browser(flask_app).post(path)
    assert answer.status_code == status
    assert 'class="agents"' in answer.text
    assert words in words_of(answer.text)

"""Réglages, France Travail: an administrator chooses, reads how it goes, takes back; and whoever it concerns reads that it is so."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app import doctor, machine_acts
from app.settings import Settings, WrongSettings
from invitations.database import Database
from invitations.models import (
    AuditEvent,
    JobCentreNotice,
    NoticeState,
    NoticeTrouble,
    Organisation,
    OrganisationKind,
    Role,
)
from notifications.france_travail import FranceTravail
from tests.app.team import Team, expect, queries_of
from tests.app.town import Town, tokens_of, words_of
from tests.conftest import SECRET, Clock
from tests.doubles.france_travail import running_agency
from tests.fakes import RememberingEmail

HERE = "/agents/reglages/france-travail"
NUMBER = "12345678901"
SENTENCE = "France Travail est informé de ce rendez-vous, puis de votre venue ou de votre absence."


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(
        settings,
        france_travail_api_url="http://127.0.0.1:9",
        france_travail_token_url="http://127.0.0.1:9/token",
        france_travail_client_id="PAR_rdvauchoix",
        france_travail_client_secret="a secret",
    )


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    return team.browser(flask_app, admin)


def organisation(team: Team) -> Organisation:
    with team.database.reading() as session:
        found = session.get_one(Organisation, team.world.organisation.id)
        session.expunge_all()
        return found


def notice(team: Team, state: NoticeState, trouble: NoticeTrouble | None = None, **changes: object) -> int:
    """Of somebody expected in five days, who chose so before this was told."""
    with team.changing() as world:
        met = expect(world, team.now + timedelta(days=5), agent=world.make_agent())
        values = {"participation_id": met.id, "organisation_id": world.organisation.id, "state": state}
        return world.add(JobCentreNotice(**values | {"trouble": trouble} | changes)).id


def state_of(team: Team, notice_id: int) -> NoticeState | None:
    with team.database.reading() as session:
        return session.scalar(select(JobCentreNotice.state).where(JobCentreNotice.id == notice_id))


def test_it_is_off_says_what_it_means_and_is_chosen_and_ended(team: Team, client: FlaskClient) -> None:
    page = words_of(client.get(HERE).text)
    assert "France Travail n’est prévenu de rien" in page
    assert "Une absence écrite dans le dossier d’une autre administration peut compter contre la personne" in page
    answer = client.post(HERE, data={"prevenir": "oui"}, follow_redirects=True)
    assert "France Travail est prévenu de vos rendez-vous" in words_of(answer.text)
    assert organisation(team).job_centre_since == team.now
    assert "prévenu de vos rendez-vous" in words_of(client.get("/agents/reglages").text)
    client.post(HERE, data={"prevenir": "non"})
    assert organisation(team).job_centre_since is None
    with team.database.reading() as session:
        noted = session.scalars(
            select(AuditEvent).where(AuditEvent.action.like("job_centre.%")).order_by(AuditEvent.id)
        )
        assert [(one.action, one.agent_id is not None) for one in noted] == [
            ("job_centre.chosen", True),
            ("job_centre.ended", True),
        ]


def test_an_organisation_that_may_not_is_told_so_and_refused(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        world.session.execute(update(Organisation).values(kind=OrganisationKind.SIAE))
    assert "Ce choix est réservé aux conseils départementaux" in words_of(client.get(HERE).text)
    assert client.post(HERE, data={"prevenir": "oui"}).status_code == 403
    assert organisation(team).job_centre_since is None


def test_each_kind_of_trouble_is_named_with_whom_it_concerns(team: Team, client: FlaskClient) -> None:
    for trouble in NoticeTrouble:
        notice(team, NoticeState.UNSURE if trouble is NoticeTrouble.UNCERTAIN else NoticeState.GIVEN_UP, trouble)
    notice(team, NoticeState.TOLD)
    off = words_of(client.get(HERE).text)
    assert ("sans numéro" in off, "France Travail ne répond pas" in off) == (False, True)
    client.post(HERE, data={"prevenir": "oui"})
    page = client.get(HERE).text
    assert len(re.findall(r"rendez-vous</span> du ", page)) == len(NoticeTrouble)
    assert page.count("Réessayer maintenant") == len(NoticeTrouble) - 2
    words = words_of(page)
    for said in ("Numéro inconnu de France Travail", "France Travail ne répond pas", "Il n’y est pas, renvoyer"):
        assert said in words


def test_what_waits_is_tried_again_and_what_is_unsure_said_again_or_left(team: Team, client: FlaskClient) -> None:
    away = notice(team, NoticeState.GIVEN_UP, NoticeTrouble.AWAY)
    first, second = (notice(team, NoticeState.UNSURE, NoticeTrouble.UNCERTAIN) for _ in range(2))
    client.post(f"{HERE}/reessayer/away")
    client.post(f"{HERE}/reessayer/uncertain")
    assert [state_of(team, one) for one in (away, first)] == [NoticeState.WAITING, NoticeState.UNSURE]
    client.post(f"{HERE}/{first}/redire")
    client.post(f"{HERE}/{second}/laisser")
    assert [state_of(team, one) for one in (first, second)] == [NoticeState.WAITING, None]
    assert client.post(f"{HERE}/reessayer/nothing").status_code == 404
    assert client.post(f"{HERE}/{first}/redire").status_code == 404


def test_once_it_is_off_what_was_told_of_days_to_come_is_taken_back(team: Team, client: FlaskClient) -> None:
    told = notice(team, NoticeState.TOLD, remote_id="1")
    assert "1 rendez-vous à venir est encore écrit chez France Travail" in words_of(client.get(HERE).text)
    answer = client.post(f"{HERE}/retirer", follow_redirects=True)
    assert "1 rendez-vous à venir est retiré de chez France Travail" in words_of(answer.text)
    assert state_of(team, told) is NoticeState.WAITING
    client.post(HERE, data={"prevenir": "oui"})
    assert client.post(f"{HERE}/retirer").status_code == 403


def test_the_page_costs_the_same_for_one_and_for_ten(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    notice(team, NoticeState.GIVEN_UP, NoticeTrouble.AWAY)
    client.get(HERE)
    before = queries_of(flask_app, lambda: client.get(HERE))
    for _ in range(9):
        notice(team, NoticeState.GIVEN_UP, NoticeTrouble.AWAY)
    assert queries_of(flask_app, lambda: client.get(HERE)) == before


# The installation


GIVEN = {
    "FRANCE_TRAVAIL_API_URL": "https://api.francetravail.example/",
    "FRANCE_TRAVAIL_TOKEN_URL": "https://entreprise.francetravail.example/token?realm=%2Fagent",
    "FRANCE_TRAVAIL_CLIENT_ID": "PAR_rdvauchoix",
    "FRANCE_TRAVAIL_CLIENT_SECRET": "a secret",
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, ""),
        ({"FRANCE_TRAVAIL_CLIENT_SECRET": ""}, "go together."),
        ({"FRANCE_TRAVAIL_API_URL": "http://api.francetravail.example"}, "must start with https://."),
    ],
)
def test_the_four_settings_go_together_and_over_https(changes: dict[str, str], sentence: str) -> None:
    env = {"DATABASE_URL": "sqlite:///x.db", "SECRET_KEY": SECRET, **GIVEN, **changes}
    if not sentence:
        assert Settings.from_env(env).france_travail_api_url == "https://api.francetravail.example"
        return
    with pytest.raises(WrongSettings, match=sentence):
        Settings.from_env(env)


def test_the_scheduler_tells_where_an_account_is_set_and_the_doctor_says_whether_it_is_accepted(
    team: Team, flask_app: Flask, client: FlaskClient
) -> None:
    client.post(HERE, data={"prevenir": "oui"})
    with team.changing() as world:
        expect(world, team.now + timedelta(days=5), beneficiary=world.make_beneficiary(france_travail_id=NUMBER))
    here = flask_app.extensions["rdv"]
    without = replace(here, job_centre=None)
    assert machine_acts.tell_job_centre(without) == 0
    assert doctor.check_job_centre(without) == "not set: France Travail is told of nothing"
    with running_agency() as agency:
        agency.people.add(NUMBER)
        with_one = replace(here, job_centre=FranceTravail(agency.account))
        assert machine_acts.tell_job_centre(with_one) == 1
        assert agency.written == [(NUMBER, "PRIS")]
        assert doctor.check_job_centre(with_one) == "France Travail answers and accepts the account"
        agency.script("TOKEN", 400)
        with pytest.raises(doctor.Trouble, match="refused"):
            doctor.check_job_centre(with_one)


# Whoever it concerns


def chosen(town: Town) -> None:
    with town.changing() as world:
        world.session.execute(update(Organisation).values(job_centre_since=town.now))


def booked(phone: FlaskClient, path: str) -> tuple[str, str]:
    """What the page before confirming says, and the appointment's."""
    token = tokens_of(phone.get(path).text)[0]
    before = phone.get(f"{path}/confirmer", query_string={"creneau": token})
    after = phone.post(path, data={"creneau": token}, follow_redirects=True)
    return words_of(before.text), words_of(after.text)


@pytest.mark.parametrize(
    ("is_on", "number", "is_told"), [(True, NUMBER, True), (True, None, False), (False, NUMBER, False)]
)
def test_whoever_is_told_of_reads_it_before_they_confirm_after_and_in_their_email(
    town: Town,
    phone: FlaskClient,
    email: RememberingEmail,
    deliver: Callable[[], int],
    is_on: bool,
    number: str | None,
    is_told: bool,
) -> None:
    if is_on:
        chosen(town)
    before, after = booked(phone, town.invite(france_travail_id=number))
    deliver()
    (sent,) = [one for one in email.sent if "C’est noté" in one.subject]
    said = " ".join(sent.text.split())
    assert [SENTENCE in one for one in (before, after, said)] == [is_told] * 3


def test_what_was_taken_back_is_not_said_any_more(town: Town, phone: FlaskClient) -> None:
    chosen(town)
    path = town.invite(france_travail_id=NUMBER)
    assert SENTENCE in booked(phone, path)[1]
    with town.changing() as world:
        world.session.execute(update(JobCentreNotice).values(is_taken_back=True))
    assert SENTENCE not in words_of(phone.get(path, follow_redirects=True).text)


def test_what_is_done_with_data_names_the_organisations_that_tell(town: Town, phone: FlaskClient) -> None:
    assert "France Travail, pour les" not in words_of(phone.get("/donnees-personnelles").text)
    chosen(town)
    words = words_of(phone.get("/donnees-personnelles").text)
    assert f"France Travail, pour les rendez-vous pris avec {town.world.organisation.name}" in words
    assert "données à d’autres que ceux-là" in words

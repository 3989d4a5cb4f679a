"""Évaluations: who reads what and when; the answer in words, its bounds and proofs; the report and the rows that leave."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from functools import partial

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from invitations.database import Database
from invitations.models import Agent, AgentRole, AuditEvent, Mode, Trial, TrialExit, TrialOptOut
from invitations.trials import looking
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.app.trial_stage import conclusive, drafted, ended, people, running, some
from tests.conftest import Clock

HERE = "/agents/evaluations"


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


def made(team: Team, *, is_over: bool = True) -> Trial:
    """40 people counted in each of two arms, as planned, looked at once."""
    with team.changing() as world:
        trial = running(world)
        conclusive(world, trial)
        looking.look(world.session, trial.id, now=team.now)
        return ended(world, trial) if is_over else trial


def words(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return words_of(answer.text)


def admin(team: Team, flask_app: Flask, trial: Trial) -> FlaskClient:
    with team.changing() as world:
        agent = world.session.get_one(Agent, trial.created_by_agent_id)
    return team.browser(flask_app, agent)


def exporter(team: Team) -> Agent:
    with team.changing() as world:
        agent = world.make_agent()
        world.session.get_one(AgentRole, (agent.id, world.organisation.id)).may_export = True
        return agent


def pdf_words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def test_without_any_the_page_says_what_it_is_for(team: Team, flask_app: Flask) -> None:
    page = words(team.browser(flask_app), HERE)
    assert "seul un tirage au sort dit ce que la façon change" in page
    assert "Les personnes qui administrent votre structure peuvent en préparer une." in page


def test_whoever_addresses_people_reads_what_it_means_in_three_sentences(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        trial = running(world)
        drafted(world, name="Un brouillon")
    basic = team.browser(flask_app)
    for page in (words(basic, HERE), words(basic, f"{HERE}/{trial.id}")):
        assert "Elle compare l’invitation et la proposition, pour les personnes de « RSA orientation »" in page
        assert "un clic sort quelqu’un du tirage, sans raison à donner" in page
        assert "au 21e jour la liste des personnes à appeler, quelle que soit la façon" in page
        assert "Un brouillon" not in page


def test_while_it_runs_nobody_reads_a_result_by_arm(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        trial = running(world, expected_to=0.7)
        people(world, trial, Mode.INVITATION, some(11, 24))
        people(world, trial, Mode.PROPOSITION, some(30, 3, unknown=1))
    page = words(admin(team, flask_app, trial), f"{HERE}/{trial.id}")
    assert "69 personnes tirées au sort, 69 déjà comptées sur 186 prévues" in page
    assert re.search(
        r"Écart entre la proposition et l’invitation : entre \+\d+ et \+\d+ pour 100. Trop tôt pour conclure", page
    )
    assert "Vues" not in page
    assert not re.search(r"\b(11|30|31|88)\b", page)  # how many were seen in each arm, and of 100
    basic = team.browser(flask_app)
    assert "Écart" not in words(basic, f"{HERE}/{trial.id}")
    assert basic.get(f"{HERE}/{trial.id}/rapport.pdf").status_code == 404


def test_before_the_first_draw_the_page_says_so(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        trial = running(world)
    page = words(admin(team, flask_app, trial), f"{HERE}/{trial.id}")
    assert "Personne n’a encore été tiré au sort" in page
    assert "Prochain regard à 78 personnes comptées." in page
    assert "Où en est le tirage" not in page


def test_the_answer_comes_first_in_absolute_numbers(team: Team, flask_app: Flask) -> None:
    trial = made(team)
    page = words(team.browser(flask_app), f"{HERE}/{trial.id}")
    assert "85 personnes sur 100 vues par proposition, 50 par invitation" in page
    assert re.search(
        r"L’écart entre la proposition et l’invitation est compris entre \+\d+ et \+\d+ personnes vues pour 100 : plus que le "
        "hasard. On voit plus de personnes par proposition.",
        page,
    )
    assert "Écart avec invitation Par groupe Intervalle Brut Intervalle p" in page
    assert "seuil franchi" in page
    assert "terminée au nombre prévu" in page


def test_the_planned_number_reached_the_result_is_read_and_one_may_stop(team: Team, flask_app: Flask) -> None:
    trial = made(team, is_over=False)
    page = admin(team, flask_app, trial).get(f"{HERE}/{trial.id}").text
    assert f"{HERE}/{trial.id}/arreter" in page
    assert "85 personnes sur 100" in words_of(page)
    assert "Graine du tirage" not in page


def test_everybody_is_accounted_for_from_the_draw_to_the_figure(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        trial = running(world)
        conclusive(world, trial)
        for why in (TrialExit.AGENT, TrialExit.AGENT, TrialExit.NOT_IN_EVERY_ARM):
            row = {"trial_id": trial.id, "organisation_id": world.organisation.id, "why": why, "at": team.now}
            world.add(TrialOptOut(**row))
        ended(world, trial)
    page = words(team.browser(flask_app), f"{HERE}/{trial.id}")
    assert "83 personnes sollicitées pour la première fois" in page
    assert "3 hors tirage par un agent : 2 façons impossibles : 1" in page
    assert "Invitation : 40 sollicitées : 40" in page


def test_the_seed_is_shown_once_no_lot_is_drawn_from_it(team: Team, flask_app: Flask) -> None:
    trial = made(team)
    page = words(team.browser(flask_app), f"{HERE}/{trial.id}")
    seed = re.search(r"Graine du tirage ((?:[0-9a-f]{8} ?){8})", page)
    assert seed
    hashed = hashlib.sha256(bytes.fromhex(seed[1].replace(" ", ""))).hexdigest()
    assert trial.seed_hash == hashed
    assert " ".join(hashed[at : at + 8] for at in range(0, 64, 8)) in page


def test_the_protocol_is_what_was_frozen_and_its_hash_is_reckoned_again(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        trial = running(world)
    client = team.browser(flask_app)
    page = words(client, f"{HERE}/{trial.id}/protocole")
    assert "son empreinte, recalculée à l’instant, est la même" in page
    assert "39 personnes par façon, 78 en tout" in page
    frozen = client.get(f"{HERE}/{trial.id}/protocole.json")
    assert hashlib.sha256(frozen.data).hexdigest() == trial.protocol_hash
    assert json.loads(frozen.data)["arms"] == ["invitation", "proposition"]
    paper = client.get(f"{HERE}/{trial.id}/protocole.pdf")
    assert paper.mimetype == "application/pdf"
    told = pdf_words(paper.data)
    assert (trial.protocol_hash or "")[:8] in told
    assert "au moins un rendez-vous où la personne est venue" in told


def test_a_draft_has_a_protocol_to_read_and_none_that_is_frozen(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        trial = drafted(world)
    client = admin(team, flask_app, trial)
    assert client.get(f"{HERE}/{trial.id}/protocole.pdf").status_code == 200
    assert client.get(f"{HERE}/{trial.id}/protocole.json").status_code == 404


def test_the_report_is_two_to_four_pages_that_say_it_all(team: Team, flask_app: Flask) -> None:
    trial = made(team)
    answer = team.browser(flask_app).get(f"{HERE}/{trial.id}/rapport.pdf")
    assert answer.mimetype == "application/pdf"
    assert 2 <= len(PdfReader(io.BytesIO(answer.data)).pages) <= 4
    told = pdf_words(answer.data)
    for part in (
        "85 personnes sur 100 vues par proposition, 50 par invitation",
        "Écarts avec l’invitation",
        "Combien de personnes, du tirage au résultat",
        "Regards sur les données",
        "Limites",
        "Protocole, tel qu’il a été figé",
        "Graine du tirage",
    ):
        assert part in told


def test_the_rows_leave_for_whoever_may_export_and_it_is_noted(team: Team, flask_app: Flask) -> None:
    trial, agent = made(team), exporter(team)
    path = f"{HERE}/{trial.id}/exporter"
    assert "Une ligne par personne, sans nom" not in team.browser(flask_app).get(f"{HERE}/{trial.id}").text
    assert team.browser(flask_app).post(path).status_code == 403
    client = team.browser(flask_app, agent)
    assert "Une ligne par personne, sans nom" in client.get(f"{HERE}/{trial.id}").text
    answer = client.post(path)
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 80
    assert sum(row["arm"] == "proposition" and row["seen_in_time"] == "yes" for row in rows) == 34
    with team.database.reading() as session:
        noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "trial.exported")).one()
        assert (noted.agent_id, noted.details["people"]) == (agent.id, 80)


def test_no_row_leaves_before_the_end(team: Team, flask_app: Flask) -> None:
    trial, agent = made(team, is_over=False), exporter(team)
    client = team.browser(flask_app, agent)
    assert client.post(f"{HERE}/{trial.id}/exporter").status_code == 404
    assert "Une ligne par personne" not in client.get(f"{HERE}/{trial.id}").text


def test_of_another_organisation_it_does_not_exist(team: Team, flask_app: Flask) -> None:
    trial = made(team)
    with team.changing() as world:
        stranger = world.make_agent(organisation=world.make_organisation())
    client = team.browser(flask_app, stranger)
    assert "Relances d’automne" not in client.get(HERE).text
    for path in ("", "/protocole", "/protocole.pdf", "/protocole.json", "/rapport.pdf"):
        assert client.get(f"{HERE}/{trial.id}{path}").status_code == 404
    assert client.post(f"{HERE}/{trial.id}/exporter").status_code == 404


def test_the_pages_cost_the_same_however_many_people_there_are(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        trial = running(world)
        people(world, trial, Mode.INVITATION, some(1, 1))
        ended(world, trial)
    client = team.browser(flask_app)
    few = [queries_of(flask_app, partial(client.get, path)) for path in (HERE, f"{HERE}/{trial.id}")]
    with team.changing() as world:
        people(world, trial, Mode.PROPOSITION, some(30, 30))
        other = running(world)
        people(world, other, Mode.PROPOSITION, some(3, 3))
    many = [queries_of(flask_app, partial(client.get, path)) for path in (HERE, f"{HERE}/{trial.id}")]
    assert many == few

"""The register of processing and the DPIA: what is set here stands in them, what is kept stands in them, nothing is stale."""

from __future__ import annotations

import argparse
import io
import re
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import register, register_words, registering
from app.column_words import NAMES, OF_TABLES, called
from app.register import Document, Installed
from invitations.database import Base, Database
from invitations.models import AgentRole, Department, OrganisationKind, Role
from invitations.personal_columns import EVERY, Care, Kept, Purpose, Reader
from invitations.personal_columns import register as rows
from invitations.processing import Processing
from invitations.processing import Team as Practising
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import NOW, Clock
from tests.house.conftest import ROOT

HERE = "/agents/reglages/registre"
DEFAULT = {one: register.markdown(one, Processing(), Installed(), on=None) for one in Document}


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    with team.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
    return team.browser(flask_app, admin)


def said(text: str) -> str:
    return words_of(text).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("document", Document)
def test_the_copies_in_docs_are_those_of_the_code(document: Document) -> None:
    option = " --aipd" if document is Document.ASSESSMENT else ""
    assert (ROOT / "docs" / f"{document}.md").read_text() == DEFAULT[document], (
        f"stale: write it anew with `rdv register --default{option} > docs/{document}.md`"
    )


def test_every_measure_of_the_assessment_is_where_it_says() -> None:
    named = set(re.findall(r"`([a-z]+/[\w./-]+\.(?:py|md))`", DEFAULT[Document.ASSESSMENT]))
    assert len(named) > 30
    assert sorted(one for one in named if not (ROOT / one).exists()) == []


def test_every_personal_column_of_every_table_has_its_line_in_french() -> None:
    text = DEFAULT[Document.REGISTER]
    for row in rows():
        assert f"### {register_words.TABLES[row.table]}\n" in text
        assert register_words.columns(row) in text
    assert set(register_words.TABLES) == set(EVERY)


def test_every_purpose_reader_guard_and_length_has_words() -> None:
    assert set(register_words.PURPOSES) == set(register_words.PURPOSES_TOLD) == set(Purpose)
    assert set(register_words.READERS) == set(register_words.READERS_TOLD) == set(Reader)
    assert set(register_words.CARES) == set(Care) - {Care.NONE}
    assert set(register_words.KEPT) == set(Kept)


def test_a_word_of_one_table_is_of_a_column_that_is_there() -> None:
    assert [key for key in OF_TABLES if key[1] not in Base.metadata.tables[key[0]].columns] == []
    assert {called(table, name) for table, name in OF_TABLES} <= set(OF_TABLES.values())
    assert "" not in NAMES.values()


def test_what_is_not_decided_is_said_to_be_the_departements() -> None:
    for text in DEFAULT.values():
        assert text.count("*À compléter par le département\N{NO-BREAK SPACE}: ") > 8
        assert "None" not in text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sends_sms": True}, "Twilio peut traiter le numéro et le texte des SMS hors de l’Union européenne"),
        ({"sends_sms": True, "makes_calls": True}, "acheminer les SMS et les appels automatiques"),
        ({"mail_host": "mx.drome.example"}, "| mx.drome.example | acheminer les courriels |"),
        ({"sign_on": "proconnect.example"}, "| proconnect.example | vérifier l’identité des agents |"),
        ({"second_factor": False}, "deuxième facteur possible, non exigé"),
    ],
)
def test_what_the_operator_set_stands_in_the_register(changed: dict[str, object], words: str) -> None:
    assert words not in DEFAULT[Document.REGISTER]
    text = register.markdown(Document.REGISTER, Processing(), replace(Installed(), **changed), on=None)  # type: ignore[arg-type]
    assert words in text


def test_every_setting_that_is_looked_at_changes_a_document() -> None:
    values = {bool: True, str: "set.example"}
    for one in fields(Installed):
        if one.name in {"second_factor", "reads_bounces", "job_centre"}:
            continue  # tried above; mails that come back go to the relay that sent them; France Travail: by team, below
        installed = replace(Installed(sends_sms=True), **{one.name: values[type(one.default)]})  # type: ignore[arg-type]
        made = [register.markdown(each, Processing(), installed, on=None) for each in Document]
        assert made != list(DEFAULT.values()), one.name


def test_the_page_tells_what_this_departement_does(team: Team, client: FlaskClient, flask_app: Flask) -> None:
    with team.changing() as world:
        partner = world.make_organisation(kind=OrganisationKind.SIAE, retention_months=6, names_in_calendars=True)
        partner.name = "Chantier | *vert*"
        world.session.get_one(Department, world.department.id).privacy_contact = "dpo@drome.example\nValence"
    page = said(client.get(HERE).text)
    assert "Chantier | *vert* (structure d’insertion par l’activité économique)" in page
    assert "les personnes qu’elle suit, sans le numéro interne ni le NIR" in page
    assert "6 ou 24 mois, selon la structure" in page
    assert "Agendas des agents de Chantier | *vert*" in page
    assert "dpo@drome.example, Valence" in page
    assert "Le numéro de sécurité sociale (NIR) n’est pas gardé" in page
    assert "Drôme" in said(client.get(f"{HERE}/aipd").text)
    file = client.get(f"{HERE}/registre.md")
    assert (file.mimetype, file.headers["Content-Disposition"]) == (
        "text/markdown",
        "attachment; filename=registre-2026-11-24.md",
    )
    assert "# Registre des traitements" in file.text


def test_who_turned_the_nir_on_reads_since_when(team: Team, client: FlaskClient) -> None:
    with team.changing() as world:
        department = world.session.get_one(Department, world.department.id)
        department.nir_kept_since = NOW - timedelta(days=2, hours=9, minutes=30)  # 0:30 there, the day before in UTC
    page = said(client.get(HERE).text)
    assert "Le numéro de sécurité sociale (NIR) est gardé depuis le 22/11/2026" in page
    assert "à vérifier avec votre DPO" in page


def test_france_travail_is_a_recipient_where_a_team_chose_it_and_the_operator_set_it() -> None:
    here = Processing(
        teams=[
            Practising("CMS", OrganisationKind.DEPARTMENT_COUNCIL, 24, tells_job_centre=True, names_in_calendars=False)
        ]
    )
    words = "| France Travail, qui en répond ensuite |"
    assert words not in register.markdown(Document.REGISTER, here, Installed(), on=None)
    assert words in register.markdown(Document.REGISTER, here, Installed(job_centre=True), on=None)


def test_another_organisation_is_told_whose_it_is(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        partner = world.make_organisation(kind=OrganisationKind.SIAE)
        admin = world.make_agent(organisation=partner, role=Role.ADMIN)
    there = team.browser(flask_app, admin)
    page = said(there.get(HERE).text)
    assert "Le lire revient aux administrateurs et administratrices du département" in page
    assert "Fiche de la personne" not in page
    assert there.get(f"{HERE}/registre.md").status_code == 403
    assert team.browser(flask_app).get(HERE).status_code == 403


def test_whoever_watches_over_personal_data_reads_it_without_being_an_administrator(
    team: Team, flask_app: Flask
) -> None:
    with team.changing() as world:
        agent = world.make_agent()
        world.session.get_one(AgentRole, (agent.id, world.organisation.id)).is_dpo = True
    there = team.browser(flask_app, agent)
    assert HERE in there.get("/agents/reglages/journal").text
    page = there.get(HERE).text
    assert "Fiche de la personne" in page
    assert "Aller à un autre réglage" not in page


def test_whoever_watches_over_those_of_another_organisation_reads_no_register(team: Team, flask_app: Flask) -> None:
    with team.changing() as world:
        partner = world.make_organisation(kind=OrganisationKind.SIAE)
        agent = world.make_agent(organisation=partner)
        world.session.get_one(AgentRole, (agent.id, partner.id)).is_dpo = True
    there = team.browser(flask_app, agent)
    assert "Fiche de la personne" not in there.get(HERE).text
    assert there.get(f"{HERE}/registre.md").status_code == 403
    assert HERE not in there.get("/agents/reglages/journal").text


def test_it_costs_the_same_however_many_organisations(team: Team, flask_app: Flask, client: FlaskClient) -> None:
    client.get(HERE)
    before = queries_of(flask_app, lambda: client.get(HERE))
    with team.changing() as world:
        for _ in range(3):
            world.make_organisation()
    assert queries_of(flask_app, lambda: client.get(HERE)) == before


def typed(flask_app: Flask, *words: str) -> tuple[int, str]:
    parser, printed = argparse.ArgumentParser(), io.StringIO()
    registering.add_arguments(parser)
    return registering.run(flask_app.extensions["rdv"], parser.parse_args(words), printed), printed.getvalue()


def test_the_command_writes_either_as_text_or_html(team: Team, flask_app: Flask) -> None:
    status, text = typed(flask_app)
    assert (status, text.splitlines()[0]) == (0, "# Registre des traitements\N{NO-BREAK SPACE}: rendez-vous au choix")
    assert "Département de la Drôme, état au 24/11/2026" in text
    assert typed(flask_app, "--aipd", "--default") == (0, DEFAULT[Document.ASSESSMENT])
    assert typed(flask_app, "--html")[1].startswith("<h1>Registre")
    assert typed(flask_app, "--department", "99")[0] == 1


def test_what_somebody_wrote_is_no_markup() -> None:
    text = register.markdown(
        Document.REGISTER, Processing(full_name="<b>Drôme</b> | `x` [y](z)"), Installed(), on=NOW.date()
    )
    shown = str(register.html(text))
    assert "&lt;b&gt;Drôme&lt;/b&gt; | `x` [y](z)" in shown
    assert "<b>" not in shown

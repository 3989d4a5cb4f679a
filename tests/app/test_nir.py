"""The social security number on pages and for machines: chosen by the département, never shown whole, found by sending it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.night_acts import erase_nirs
from invitations.database import Database
from invitations.models import AgentRole, AuditEvent, Beneficiary, Organisation, OrganisationKind, Role
from tests.app.team import Team
from tests.app.test_imports import upload
from tests.app.test_person_editing import NEW, typed
from tests.conftest import Clock
from tests.invitations.lists import csv
from tests.invitations.numbers import give, held_by, keep_numbers, number

SETTING = "/agents/reglages/securite-sociale"
SEARCH = "/agents/personnes/recherche"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MASKED = "1 85 •• •• ••• ••• ••"
WHOLE = number(7)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    made = Team(database, clock())
    with made.changing() as world:
        keep_numbers(world)
        role = world.session.get_one(AgentRole, (world.agent.id, world.organisation.id))
        role.role = Role.ADMIN
    return made


@pytest.fixture
def client(team: Team, flask_app: Flask) -> FlaskClient:
    return team.browser(flask_app)


@pytest.fixture
def person(team: Team) -> Beneficiary:
    with team.changing() as world:
        made = world.make_beneficiary(
            first_name="Inès", last_name="Bernard", phone="+33639980042", email="ines@example.fr",
            department_internal_id="D26-7",
        )  # fmt: skip
        return give(world, made, WHOLE)


def read(team: Team, person_id: int) -> Beneficiary:
    with team.database.reading() as session:
        found = session.get_one(Beneficiary, person_id)
        session.expunge_all()
        return found


def switch(team: Team, **changes: Any) -> None:
    """Set the département's or the organisation's columns."""
    with team.changing() as world:
        for name, value in changes.items():
            organisation = world.session.get_one(Organisation, world.organisation.id)
            setattr(organisation if name == "kind" else organisation.department, name, value)


# The setting


def test_the_departement_turns_it_on_after_its_dpo_was_heard_and_off_after_reading_the_count(
    team: Team, client: FlaskClient, flask_app: Flask, person: Beneficiary
) -> None:
    assert "1 personne en a un" in client.get(SETTING).text.replace("\xa0", " ")
    assert "Effacer 1 numéro de sécurité sociale" in client.get(f"{SETTING}/effacer").text.replace("\xa0", " ")
    assert read(team, person.id).nir_hash
    client.post(f"{SETTING}/effacer")
    assert "pour quelques minutes" in client.get(SETTING).text
    assert client.post(SETTING, data={"avis": "oui"}).status_code == 409
    assert erase_nirs(flask_app.extensions["rdv"]) == 1
    assert held_by(read(team, person.id)) == ""
    assert client.post(SETTING).status_code == 422
    assert client.post(SETTING, data={"avis": "oui"}).status_code == 303
    assert "Personne n’en a encore" in client.get(SETTING).text
    with team.database.reading() as session:
        noted = list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))
    assert noted == ["department.nir_dropped", "department.nir_kept"]


@ON_SQLITE
def test_an_organisation_that_is_not_the_departements_reads_and_decides_nothing(
    team: Team, client: FlaskClient
) -> None:
    switch(team, kind=OrganisationKind.RSA_DELEGATE)
    assert "revient aux administrateurs" in client.get(SETTING).text
    assert {client.post(SETTING).status_code, client.post(f"{SETTING}/effacer").status_code} == {403}


# A person


def test_it_is_typed_once_and_never_said_back(team: Team, client: FlaskClient, person: Beneficiary) -> None:
    page = client.get(f"/agents/personnes/{person.id}/modifier").text
    assert MASKED in page
    answer = client.post(
        f"/agents/personnes/{person.id}/modifier", data=typed(nir=f"{number(8)[:13]} {number(8)[13:]}", phone="12")
    )
    assert answer.status_code == 422
    assert number(8)[:13] not in answer.text
    waits = re.search(r'name="nir_note" value="([^"]+)"', answer.text)
    assert waits is not None
    client.post(f"/agents/personnes/{person.id}/modifier", data=typed(nir_note=waits[1]))
    assert held_by(read(team, person.id)) == number(8)
    shown = client.get(f"/agents/personnes/{person.id}").text
    assert MASKED in shown
    assert number(8)[3:13] not in shown
    client.post(f"/agents/personnes/{person.id}/modifier", data=typed(nir_note=waits[1], nir_erased="y"))
    assert held_by(read(team, person.id)) == "", "its box is ticked: what waits in the page is not written"


@ON_SQLITE
def test_left_blank_it_stays_wrong_it_is_refused_and_its_box_erases_it(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    path = f"/agents/personnes/{person.id}/modifier"
    client.post(path, data=typed(last_name="Blanc"))
    assert held_by(read(team, person.id)) == WHOLE
    answer = client.post(path, data=typed(nir=f"{WHOLE[:13]}99"))
    assert answer.status_code == 422
    assert "ne correspond pas" in answer.text
    assert WHOLE[:13] not in answer.text
    client.post(path, data=typed(nir_erased="y"))
    assert (held_by(read(team, person.id)), read(team, person.id).nir_hash) == ("", None)


@ON_SQLITE
@pytest.mark.parametrize(
    "change", [{"nir_kept_since": None}, {"kind": OrganisationKind.SIAE}, {"kind": OrganisationKind.RSA_DELEGATE}]
)
def test_whoever_may_not_know_of_it_sees_no_field_and_writes_none(
    team: Team, client: FlaskClient, person: Beneficiary, change: dict[str, Any]
) -> None:
    switch(team, **change)
    pages = [f"/agents/personnes/{person.id}", f"/agents/personnes/{person.id}/modifier", NEW]
    assert not [path for path in pages if "sécurité sociale" in client.get(path).text]
    client.post(f"/agents/personnes/{person.id}/modifier", data=typed(nir=number(8), nir_erased="y", last_name="Blanc"))
    assert held_by(read(team, person.id)) == WHOLE


@ON_SQLITE
def test_somebody_new_with_a_number_that_is_known_is_pointed_out(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    with team.changing() as world:
        category = world.category.id
    said = {"first_name": "Agnès", "last_name": "Petit", "nir": WHOLE, "title": "", "role": "", "category": category}
    answer = client.post(NEW, data=said)
    assert answer.status_code == 409
    assert "Inès Bernard a aussi ce numéro de sécurité sociale" in answer.text
    assert WHOLE[:13] not in answer.text
    waits = re.search(r'name="nir_note" value="([^"]+)"', answer.text)
    assert waits is not None
    client.post(NEW, data=said | {"nir": "", "nir_note": waits[1], "meme": "autre"})
    with team.database.reading() as session:
        made = session.scalars(select(Beneficiary).where(Beneficiary.first_name == "Agnès")).one()
        assert held_by(made) == WHOLE


@ON_SQLITE
def test_a_list_says_what_is_wrong_with_it_and_not_what_it_was(team: Team, client: FlaskClient) -> None:
    rows = (f"Roux;Ana;0639980051;{WHOLE};Mme", f"Petit;Lou;0639980052;{WHOLE[:13]}99;M.")
    preview = client.get(upload(client, team, csv("Nom;Prénom;Téléphone;NIR;Civilité", *rows)).location).text
    assert "il ne dit pas la même civilité" in preview
    assert "sa clé, les deux derniers chiffres, ne correspond pas" in preview
    assert not re.search(r'name="nir"', preview)


# Searching


def test_typed_in_the_search_box_it_finds_the_person_and_stands_in_no_address(
    team: Team, client: FlaskClient, person: Beneficiary
) -> None:
    assert f'method="post" action="{SEARCH}"' in client.get("/agents/personnes").text
    for text in (WHOLE, WHOLE[:13], " ".join((WHOLE[:1], WHOLE[1:3], WHOLE[3:13], WHOLE[13:]))):
        answer = client.post(SEARCH, data={"q": text, "direct": "oui"})
        assert answer.location == f"/agents/personnes/{person.id}"
    assert client.post(SEARCH, data={"q": number(8)}).location == "/agents/personnes"
    assert "Aucune fiche n’a ce numéro" in client.get("/agents/personnes").text
    assert (
        client.post(SEARCH, data={"q": "Bernard", "direct": "oui"}).location == "/agents/personnes?q=Bernard&direct=oui"
    )
    assert client.post(SEARCH, data={"q": f"Bernard {WHOLE}"}).location == "/agents/personnes"
    assert "se cherche seul" in client.get("/agents/personnes").text


@ON_SQLITE
def test_in_an_address_it_is_taken_out_of_it(team: Team, client: FlaskClient) -> None:
    switch(team, nir_kept_since=None)
    assert f'action="{SEARCH}"' not in client.get("/agents/personnes").text
    answer = client.get(f"/agents/personnes?q={WHOLE}&statut=a-inviter")
    assert answer.location == "/agents/personnes?statut=a-inviter"
    assert "il resterait dans l’adresse" in client.get(answer.location).text
    assert client.post(SEARCH, data={"q": WHOLE}).location == "/agents/personnes"


@ON_SQLITE
@pytest.mark.parametrize("path", ["/\t/elsewhere.example", "/\\elsewhere.example", "//elsewhere.example"])
def test_an_address_without_it_leads_to_no_other_host(team: Team, client: FlaskClient, path: str) -> None:
    answer = client.get("/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": f"q={WHOLE}"})
    assert answer.status_code == 302
    assert answer.location in {"/%09/elsewhere.example", "/%5Celsewhere.example", "/elsewhere.example"}

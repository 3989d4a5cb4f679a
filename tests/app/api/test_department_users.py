"""A whole département: its people searched, and handed to the organisation that serves where they live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from invitations.models import Membership, Organisation, Sector, SectorCommune, SectorService
from tests.app.api.conftest import CATEGORY, INES, ON_SQLITE, Machine, machine_of
from tests.app.api.test_users import USER
from tests.app.team import queries_of
from tests.app.town import Town
from tests.conftest import Clock

VALENCE, BOURG = "12 rue des Alpes, 26000 Valence", "3 place de la Mairie, 26300 Bourg-de-Péage"
PATH = "departments/26/users"


@dataclass
class Territory:
    """Two organisations, each with a sector of its own, and a key for both."""

    machine: Machine
    valence: Organisation
    bourg: Organisation


@pytest.fixture
def territory(flask_app: Flask, town: Town) -> Territory:
    with town.changing() as world:
        bourg = world.make_organisation(name="Antenne de Bourg-de-Péage")
        world.make_settings(organisation_id=bourg.id)
        for name, organisation, commune in (("Sud", world.organisation, "26362"), ("Nord", bourg, "26057")):
            sector = Sector(department_id=world.department.id, name=name, created_at=world.now)
            sector.communes = [SectorCommune(commune_insee=commune)]
            sector.services = [SectorService(organisation_id=organisation.id)]
            world.add(sector)
    return Territory(machine_of(flask_app, town, of_department=True), town.world.organisation, bourg)


def create(territory: Territory, path: str = PATH, status: int = 200, **said: Any) -> dict[str, Any]:
    answer = territory.machine.post(path, {"user": INES | {"invitation": CATEGORY} | said})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def followed(machine: Machine, **query: str) -> dict[str, Any]:
    answer = machine.get(PATH, query_string=query)
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "users", "archived_user_ids", "next_cursor"}
    return dict(answer.get_json())


def members(territory: Territory) -> list[int]:
    query = select(Membership).order_by(Membership.id)
    return [one.organisation_id for one in territory.machine.town.rows(query)]


def test_the_address_says_which_organisation(territory: Territory) -> None:
    found = create(territory, address=BOURG)
    assert set(found) == {"success", "user"}
    assert set(found["user"]) == USER
    assert members(territory) == [territory.bourg.id]
    assert create(territory, address=BOURG) == found
    assert members(territory) == [territory.bourg.id]


@ON_SQLITE
def test_who_is_handed_in_is_invited_there(territory: Territory) -> None:
    found = create(territory, f"{PATH}/create_and_invite", address=VALENCE)
    assert set(found) == {"success", "user", "invitations"}
    assert [one["format"] for one in found["invitations"]] == ["sms", "email"]
    assert members(territory) == [territory.valence.id]
    refused = create(
        territory, f"{PATH}/create_and_invite", 422, address=BOURG, email="x@exemple.fr", phone_number=None
    )
    assert refused["errors"][0]["error_details"]  # nobody receives there
    assert members(territory) == [territory.valence.id, territory.bourg.id]


@ON_SQLITE
@pytest.mark.parametrize(
    ("address", "words"),
    [
        (None, "L’adresse ne dit pas la structure"),
        ("12 rue des Alpes", "L’adresse ne dit pas la structure"),
        ("1 rue de la Gare, 26400 Crest", "Plusieurs structures sont possibles pour Crest"),
    ],
)
def test_where_no_sector_says_it_the_choices_are_named(territory: Territory, address: str | None, words: str) -> None:
    [problem] = create(territory, status=422, address=address)["errors"]
    assert problem["error_details"].startswith(words)
    for one in (territory.valence, territory.bourg):
        assert f"{one.name} (n° {one.id})" in problem["error_details"]
    assert (problem["first_name"], problem["last_name"]) == ("Inès", "Bernard")
    assert members(territory) == []


@ON_SQLITE
def test_only_organisations_that_handle_the_category_are_meant(territory: Territory) -> None:
    with territory.machine.town.changing() as world:
        siae = world.make_category(code="siae", name="SIAE")
        world.make_settings(organisation_id=territory.bourg.id, category_id=siae.id)
    create(territory, invitation={"motif_category": {"name": "siae"}}, address=VALENCE)
    assert members(territory) == [territory.bourg.id]
    unknown = create(territory, status=422, invitation={"motif_category": {"short_name": "x"}})
    assert "n’est pas ouverte" in unknown["errors"][0]["error_details"]


@ON_SQLITE
def test_a_commune_that_two_organisations_serve_is_a_question(territory: Territory) -> None:
    with territory.machine.town.changing() as world:
        sector = Sector(department_id=world.department.id, name="Tout", created_at=world.now)
        sector.communes = [SectorCommune(commune_insee="26057")]
        sector.services = [SectorService(organisation_id=world.organisation.id)]
        world.add(sector)
    refused = create(territory, status=422, address=BOURG)["errors"][0]["error_details"]
    assert refused.startswith("Plusieurs structures sont possibles pour Bourg-de-Péage")


@ON_SQLITE
def test_a_key_of_one_organisation_means_that_one(machine: Machine) -> None:
    assert machine.post(PATH, {"user": INES}).status_code == 200
    [member] = machine.town.rows(select(Membership))
    assert member.organisation_id == machine.town.world.organisation.id


@ON_SQLITE
def test_people_of_all_its_organisations_are_searched_and_no_others(territory: Territory, flask_app: Flask) -> None:
    machine = territory.machine
    with machine.town.changing() as world:
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        away = world.make_organisation(department_id=isere.id)
        world.make_beneficiary(organisation=away, department_id=isere.id)
        here = [world.make_beneficiary(organisation=one).id for one in [territory.valence, territory.bourg] * 14]
    first = followed(machine)
    rest = followed(machine, cursor=first["next_cursor"])
    assert [one["id"] for one in first["users"] + rest["users"]] == here
    assert rest["next_cursor"] is None
    name = first["users"][3]["last_name"]
    assert [one["id"] for one in followed(machine, search_query=name)["users"]] == [here[3]]
    alone = machine_of(flask_app, machine.town, organisation=territory.bourg)
    assert [one["id"] for one in followed(alone)["users"]] == here[1::2]


def test_archiving_and_coming_back_are_told_to_who_follows(territory: Territory, clock: Clock) -> None:
    machine = territory.machine
    with machine.town.changing() as world:
        person = world.make_beneficiary().id
        world.add(Membership(beneficiary_id=person, organisation_id=territory.bourg.id, created_at=world.now))

    def after(act: str, organisation: Organisation) -> list[tuple[list[int], list[int]]]:
        """Who is active and who archived, of what has changed now: in the organisation, in the département."""
        clock.now += timedelta(hours=1)
        here, said = f"organisations/{organisation.id}/users", {"updated_since": clock.now.isoformat()}
        assert machine.post(f"{here}/{person}/{act}", {} if act == "archive" else None).status_code == 200
        answers = [machine.get(path, query_string=said).get_json() for path in (here, PATH)]
        return [([one["id"] for one in told["users"]], told["archived_user_ids"]) for told in answers]

    active, archived = ([person], list[int]()), (list[int](), [person])
    assert after("archive", territory.valence) == [archived, active]
    assert after("archive", territory.bourg) == [archived, archived]
    assert after("unarchive", territory.valence) == [active, active]
    clock.now += timedelta(hours=1)
    assert followed(machine, updated_since=clock.now.isoformat())["users"] == []


@ON_SQLITE
def test_following_costs_the_same_number_of_queries_however_many_people(territory: Territory, flask_app: Flask) -> None:
    def cost() -> int:
        return queries_of(flask_app, lambda: followed(territory.machine))

    territory.machine.town.person()
    cost()
    few = cost()
    with territory.machine.town.changing() as world:
        for _ in range(10):
            world.make_beneficiary(organisation=territory.bourg)
    assert cost() == few

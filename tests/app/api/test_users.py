"""People: listed and added, as api.md says, matched as an import matches."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from invitations import tags
from invitations.database import Base
from invitations.models import Beneficiary, FollowUp, Membership, OrganisationKind, Tag
from tests.app.api.conftest import CATEGORY, INES, ON_SQLITE, Machine, machine_of
from tests.app.team import queries_of
from tests.app.town import Town

# api.md, "user out, all keys always there".
USER = {
    *(
        "id",
        "address",
        "affiliation_number",
        "birth_date",
        "birth_name",
        "created_at",
        "email",
        "first_name",
        "last_name",
    ),
    *("phone_number", "department_internal_id", "rights_opening_date", "title", "role", "nir", "france_travail_id"),
    *("rdv_solidarites_user_id", "referents", "tags"),
}
PAGINATION = {"current_page", "next_page", "prev_page", "total_pages", "total_count"}
NIR = "185112636200189"


def add(machine: Machine, **said: Any) -> dict[str, Any]:
    answer = machine.post(machine.users, {"user": INES | said})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    assert set(found) == {"success", "user"}
    return dict(found["user"])


def why_not(machine: Machine, **said: Any) -> str:
    """The sentence of the refusal, which names whom it is about; and nothing was written."""
    before = machine.count(select(Beneficiary.id)), machine.count(select(FollowUp.id))
    answer = machine.post(machine.users, {"user": INES | said})
    assert answer.status_code == 422, answer.text
    assert before == (machine.count(select(Beneficiary.id)), machine.count(select(FollowUp.id)))
    [problem] = answer.get_json()["errors"]
    assert set(problem) == {"error_details", "first_name", "last_name"}
    return str(problem["error_details"])


def test_a_person_is_added_with_all_that_is_said(machine: Machine) -> None:
    with machine.town.changing() as world:
        world.add(Tag(organisation_id=world.organisation.id, label="Garde d’enfants", created_at=world.now))
        email = world.agent.email
    made = add(
        machine,
        title="madame",
        birth_date="24/11/1985",
        rights_opening_date="01/11/2026",
        affiliation_number="1234567",
        role="demandeur",
        department_internal_id="26-77",
        france_travail_id="7654321A",
        birth_name="Petit",
        address="12 rue des Alpes, 26000 Valence",
        referents_to_add=[{"email": email.upper()}],
        tags_to_add=[{"value": "GARDE d'enfants"}],
        invitation=CATEGORY,
    )
    assert set(made) == USER
    assert made["phone_number"] == "+33639980001"
    assert (made["birth_date"], made["rights_opening_date"]) == ("1985-11-24", "2026-11-01")
    assert made["address"] == "12 rue des Alpes, 26000 Valence"
    assert made["rdv_solidarites_user_id"] == made["id"]
    assert made["nir"] is None
    [referent], [tag] = made["referents"], made["tags"]
    assert set(referent) == {"id", "email", "first_name", "last_name", "rdv_solidarites_agent_id"}
    assert (referent["email"], tag["value"]) == (email, "Garde d’enfants")
    assert machine.count(select(FollowUp.id)) == 1


def test_the_same_person_again_is_the_same_and_a_blank_erases_nothing(machine: Machine) -> None:
    first = add(machine, birth_date="24/11/1985", birth_name="Petit")
    again = add(machine, email=None, birth_name="", address="3 place de la Mairie, 26300 Bourg-de-Péage")
    assert again["id"] == first["id"]
    assert (again["email"], again["birth_name"], again["birth_date"]) == (INES["email"], "Petit", "1985-11-24")
    assert again["address"].endswith("26300 Bourg-de-Péage")
    assert machine.count(select(Beneficiary.id)) == 1


def test_whoever_is_archived_comes_back(machine: Machine) -> None:
    made = add(machine)
    with machine.town.changing() as world:
        mine = world.session.scalars(select(Membership).where(Membership.beneficiary_id == made["id"])).one()
        mine.archived_at, mine.archive_reason = world.now, "déménagement"
    assert machine.get(machine.users).get_json()["users"] == []
    assert add(machine)["id"] == made["id"]
    assert [one["id"] for one in machine.get(machine.users).get_json()["users"]] == [made["id"]]


def test_whom_several_could_be_is_a_question_for_a_human(machine: Machine) -> None:
    with machine.town.changing() as world:
        for _ in range(2):
            world.make_beneficiary(phone="+33639980001", first_name="Inès")
    assert "Un agent doit dire laquelle" in why_not(machine, email=None)


@ON_SQLITE
def test_who_differs_too_much_is_a_question_too(machine: Machine) -> None:
    with machine.town.changing() as world:
        world.make_beneficiary(phone="+33639980001", department_internal_id="A1", last_name="Martin")
    assert "Un agent doit trancher" in why_not(machine, email=None, department_internal_id="B2")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"email": None, "phone_number": None}, "Rien pour reconnaître"),
    ({"email": "ines@"}, "email"),
    ({"phone_number": "12"}, "phone_number"),
    ({"birth_date": "31/02/1985"}, "birth_date"),
    ({"birth_date": "24/11/2085"}, "birth_date"),
    ({"referents_to_add": [{"email": "nobody@example.fr"}]}, "nobody@example.fr"),
    ({"tags_to_add": [{"value": "inconnue"}]}, "inconnue"),
    ({"invitation": {"motif_category": {"short_name": "siae"}}}, "siae"),
    ({"invitation": {"rdv_solidarites_lieu_id": 999}}, "999"),
]


def test_what_can_t_be_kept_is_refused_with_a_sentence(machine: Machine) -> None:
    for said, words in REFUSED:
        assert words in why_not(machine, **said)


def test_the_category_may_be_left_out_when_there_is_one_only(machine: Machine) -> None:
    add(machine)
    with machine.town.changing() as world:
        other = world.make_category(code="rsa_accompagnement", name="RSA accompagnement")
        world.make_settings(category_id=other.id)
    assert "motif_category" in why_not(machine)
    add(machine, invitation={"motif_category": {"name": "rsa Accompagnement"}})
    assert machine.count(select(FollowUp.id)) == 2


def test_a_social_security_number_is_nowhere_whatever_the_field(machine: Machine) -> None:
    add(machine, nir=NIR, department_internal_id=f"0{NIR}", affiliation_number=NIR, address=f"chez {NIR}")
    machine.post(f"{machine.users}/create_and_invite_many", {"users": [INES | {"nir": NIR, "address": NIR}]})
    with machine.town.database.reading() as session:
        held = repr([session.execute(select(table)).all() for table in Base.metadata.sorted_tables])
    assert NIR not in held
    assert NIR[:13] not in held


@ON_SQLITE
@pytest.mark.parametrize(("kind", "is_shown"), [(OrganisationKind.SIAE, False), (OrganisationKind.RSA_DELEGATE, True)])
def test_the_internal_id_is_hidden_from_partners(
    flask_app: Flask, town: Town, kind: OrganisationKind, is_shown: bool
) -> None:
    with town.changing() as world:
        theirs = world.make_organisation(kind=kind)
        world.make_beneficiary(organisation=theirs, department_internal_id="26-77")
    found = machine_of(flask_app, town, organisation=theirs).get(f"organisations/{theirs.id}/users").get_json()
    assert found["users"][0]["department_internal_id"] == ("26-77" if is_shown else None)


@ON_SQLITE
def test_another_team_s_tags_are_not_shown(machine: Machine) -> None:
    with machine.town.changing() as world:
        person, other = world.make_beneficiary(), world.make_organisation()
        tag = world.add(Tag(organisation_id=other.id, label="à eux", created_at=world.now))
        tags.put(world.session, tag, [person.id], agent_id=None, now=world.now)
    assert machine.get(machine.users).get_json()["users"][0]["tags"] == []


def test_people_are_listed_25_a_page_by_name(machine: Machine) -> None:
    with machine.town.changing() as world:
        for number in range(27):
            world.make_beneficiary(last_name=f"Nom{number:02}", search_key=f"ines nom{number:02}")
        world.make_beneficiary(organisation=world.make_organisation(), last_name="Ailleurs")
    first, last = (machine.get(machine.users, query_string={"page": page}).get_json() for page in (1, 2))
    assert [one["last_name"] for one in first["users"]] == [f"Nom{number:02}" for number in range(25)]
    assert len(last["users"]) == 2
    assert set(first["users"][0]) == USER
    assert first["success"] is True
    assert set(first["pagination"]) == PAGINATION
    assert list(first["pagination"].values()) == [1, 2, None, 2, 27]
    assert list(last["pagination"].values()) == [2, None, 1, 2, 27]
    searched = machine.get(machine.users, query_string={"search_query": "NOM26 inès"}).get_json()
    assert [one["last_name"] for one in searched["users"]] == ["Nom26"]
    assert machine.get(machine.users, query_string={"search_query": "%"}).get_json()["users"] == []


@ON_SQLITE
def test_what_is_no_page_is_refused(machine: Machine) -> None:
    for page in ("0", "-1", "x", "1.5", "99999999999999999999"):
        assert machine.get(machine.users, query_string={"page": page}).status_code == 422, page


@ON_SQLITE
def test_a_page_costs_the_same_number_of_queries_however_many_people(machine: Machine, flask_app: Flask) -> None:
    def cost() -> int:
        return queries_of(flask_app, lambda: machine.get(machine.users))

    with machine.town.changing() as world:
        world.make_beneficiary()
    machine.get(machine.users)
    few = cost()
    with machine.town.changing() as world:
        for _ in range(20):
            world.make_beneficiary()
    assert cost() == few

"""Who an incoming person is: domain.md, "Identity and matching"."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from invitations.identity import email_key, first_name_key
from invitations.matching import Match, find_match
from invitations.models import Beneficiary, Membership, RsaRole
from invitations.uploads.people import Person
from tests.factories import World

NOBODY = {"email": None, "phone": None, "email_key": None}


def known(world: World, **changes: Any) -> Beneficiary:
    values = {**NOBODY, "first_name": "Inès", "last_name": "Bernard", **changes}
    values |= {"first_name_key": first_name_key(values["first_name"]), "email_key": email_key(values["email"])}
    return world.make_beneficiary(**values)


def found(session: Session, world: World, **values: Any) -> Match:
    return find_match(session, world.department.id, Person(**{"first_name": "INES", "last_name": "BERNARD", **values}))


@pytest.mark.parametrize(
    "identifier",
    [
        {"department_internal_id": "8383"},
        {"email": "ines@example.fr"},
        {"phone": "+33639980001"},
        {"france_travail_id": "123456K"},
        {"affiliation_number": "QK4711Z", "role": RsaRole.APPLICANT},
    ],
    ids=lambda one: next(iter(one)),
)
def test_an_identifier_with_the_first_name_finds_the_person(
    session: Session, world: World, identifier: dict[str, Any]
) -> None:
    person = known(world, **identifier)
    assert found(session, world, **identifier).id == person.id
    assert found(session, world, first_name="Karim", **identifier).ids == ()


def test_the_first_identifier_that_finds_somebody_decides(session: Session, world: World) -> None:
    by_id = known(world, department_internal_id="8383")
    by_email = known(world, email="ines@example.fr")
    by_phone = known(world, phone="+33639980001")
    identifiers = {"department_internal_id": "8383", "email": "INES@example.fr", "phone": "+33639980001"}
    assert found(session, world, **identifiers).id == by_id.id
    assert found(session, world, **identifiers | {"department_internal_id": "1"}).id == by_email.id
    assert found(session, world, phone="+33639980001").id == by_phone.id


def test_couples_who_share_everything_but_the_first_name_are_two_people(session: Session, world: World) -> None:
    shared = {"department_internal_id": "8383", "email": "foyer@example.fr", "phone": "+33639980001"}
    ines = known(world, **shared)
    karim = known(world, first_name="Karim", **shared)
    assert found(session, world, **shared).id == ines.id
    assert found(session, world, first_name="karim", **shared).id == karim.id
    assert found(session, world, first_name="Lina", **shared).ids == ()


def test_two_people_who_match_alike_are_a_question(session: Session, world: World) -> None:
    two = {known(world, phone="+33639980001").id, known(world, phone="+33639980001").id}
    match = found(session, world, phone="+33639980001")
    assert set(match.ids) == two
    assert match.id is None


def test_a_stranger_with_the_same_phone_and_first_name_is_a_question(session: Session, world: World) -> None:
    known(world, phone="+33639980001", birth_on=date(1980, 1, 1))
    match = found(session, world, last_name="Kaya", phone="+33639980001", birth_on=date(1999, 1, 1))
    assert match.is_contradicted
    assert match.id is None


def test_an_empty_value_matches_nothing(session: Session, world: World) -> None:
    known(world)
    assert found(session, world).ids == ()


def test_a_person_of_another_departement_is_not_looked_at(session: Session, world: World) -> None:
    ardeche = world.make_department(number="07", name="Ardèche", full_name="Département de l’Ardèche")
    known(world, department_id=ardeche.id, email="ines@example.fr")
    assert found(session, world, email="ines@example.fr").ids == ()


def test_a_person_archived_everywhere_is_not_looked_at(session: Session, world: World) -> None:
    person = known(world, email="ines@example.fr")
    session.execute(update(Membership).values(archived_at=world.now))
    assert found(session, world, email="ines@example.fr").ids == ()
    other = world.make_organisation()
    world.add(Membership(beneficiary_id=person.id, organisation_id=other.id, created_at=world.now))
    assert found(session, world, email="ines@example.fr").id == person.id

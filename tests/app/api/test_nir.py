"""`nir` in, never out: kept where the département keeps it and the organisation may know of it, dropped without a word elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from invitations.models import AuditEvent, Beneficiary, Organisation, OrganisationKind
from tests.app.api.conftest import INES, ON_SQLITE, Machine
from tests.invitations.numbers import held_by, keep_numbers, number

pytestmark = ON_SQLITE  # what is written is for tests/app/test_nir_nowhere.py, on both
NIR = number(7)


@pytest.fixture
def keeping(machine: Machine) -> Machine:
    with machine.town.changing() as world:
        keep_numbers(world)
    return machine


def held(machine: Machine) -> list[str]:
    with machine.town.database.reading() as session:
        return [held_by(one) for one in session.scalars(select(Beneficiary).order_by(Beneficiary.id))]


def add(machine: Machine, **said: Any) -> dict[str, Any]:
    answer = machine.post(machine.users, {"user": INES | said})
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json()["user"])


def test_it_is_kept_and_answered_as_null(keeping: Machine) -> None:
    made = add(keeping, nir=NIR[:13])
    assert made["nir"] is None
    assert held(keeping) == [NIR]
    again = add(keeping, nir=NIR, email="other@exemple.fr", phone_number="06 39 98 00 99")
    assert again["id"] == made["id"]


def test_what_can_not_be_right_is_refused_without_repeating_it(keeping: Machine) -> None:
    for wrong, why in {f"{NIR[:13]}99": "sa clé ne correspond pas", "1.80333E+12": "a perdu des chiffres"}.items():
        answers = [keeping.post(keeping.users, {"user": INES | {"nir": wrong}})]
        made = add(keeping)
        answers.append(keeping.call("PATCH", f"{keeping.users}/{made['id']}", {"user": {"nir": wrong}}))
        for answer in answers:
            assert answer.status_code == 422
            assert why in answer.get_json()["errors"][0]["error_details"]
            assert wrong[:13] not in answer.text


def test_correcting_writes_it_and_null_or_blank_erases_nothing(keeping: Machine) -> None:
    made = add(keeping, nir=NIR)
    path = f"{keeping.users}/{made['id']}"
    for said in (None, "", "  "):
        assert keeping.call("PATCH", path, {"user": {"nir": said}}).status_code == 200
        assert held(keeping) == [NIR]
    keeping.call("PATCH", path, {"user": {"nir": number(8)}})
    assert held(keeping) == [number(8)]
    with keeping.town.database.reading() as session:
        noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "beneficiary.edited")).one()
        assert noted.details["fields"] == ["nir"]


@pytest.mark.parametrize("kind", [None, OrganisationKind.SIAE, OrganisationKind.OTHER, OrganisationKind.RSA_DELEGATE])
def test_elsewhere_it_is_dropped(keeping: Machine, kind: OrganisationKind | None) -> None:
    with keeping.town.changing() as world:
        organisation = world.session.get_one(Organisation, world.organisation.id)
        if kind is None:
            organisation.department.nir_kept_since = None
        else:
            organisation.kind = kind
    made = add(keeping, nir=NIR)
    assert keeping.call("PATCH", f"{keeping.users}/{made['id']}", {"user": {"nir": NIR}}).status_code == 200
    assert held(keeping) == [""]

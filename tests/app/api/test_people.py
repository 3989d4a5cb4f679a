"""People who are known: corrected, archived and back; and followed as they change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from invitations.models import AuditEvent, Beneficiary, Invitation, Membership, OrganisationKind
from tests.app.api.conftest import ON_SQLITE, Machine, machine_of
from tests.app.api.test_inviting import invite
from tests.app.api.test_users import NIR, USER, add
from tests.app.team import queries_of
from tests.app.town import Town
from tests.conftest import Clock


def correct(machine: Machine, person_id: int, **said: Any) -> dict[str, Any]:
    answer = machine.call("PATCH", f"{machine.users}/{person_id}", {"user": said})
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "user"}
    assert set(answer.get_json()["user"]) == USER
    return dict(answer.get_json()["user"])


def followed(machine: Machine, **query: str) -> dict[str, Any]:
    answer = machine.get(machine.users, query_string=query)
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "users", "archived_user_ids", "next_cursor"}
    return dict(answer.get_json())


def acts(machine: Machine) -> list[str]:
    return [one.action for one in machine.town.rows(select(AuditEvent).order_by(AuditEvent.id))]


def test_what_is_said_is_written_and_nothing_else_changes(machine: Machine, clock: Clock) -> None:
    made = add(machine, birth_date="24/11/1985", birth_name="Petit")
    clock.now += timedelta(hours=1)
    now = correct(machine, made["id"], phone_number="06 39 98 00 09", rights_opening_date="01/11/2026")
    assert now == made | {"phone_number": "+33639980009", "rights_opening_date": "2026-11-01"}
    assert acts(machine)[-1] == "beneficiary.edited"
    before = len(acts(machine))
    assert correct(machine, made["id"], phone_number="+33639980009") == now
    assert len(acts(machine)) == before


def test_a_blank_erases_nothing_and_null_does(machine: Machine) -> None:
    made = add(machine, birth_name="Petit", address="12 rue des Alpes, 26000 Valence")
    assert correct(machine, made["id"], birth_name=" ", address="", email="", first_name="", title="", role="") == made
    gone = correct(machine, made["id"], birth_name=None, address=None, email=None)
    assert gone == made | {"birth_name": None, "address": None, "email": None}


def test_an_address_is_read_with_its_town(machine: Machine) -> None:
    made = add(machine)
    correct(machine, made["id"], address="3 place de la Mairie, 26300 Bourg-de-Péage")
    [person] = machine.town.rows(select(Beneficiary))
    assert (person.address, person.postcode, person.commune_insee) == ("3 place de la Mairie", "26300", "26057")


def test_nobody_is_left_without_an_identifier_nor_written_as_can_t_be_read(machine: Machine) -> None:
    made = add(machine)
    for said, words in (
        ({"email": None, "phone_number": None}, "Rien pour reconnaître"),
        ({"email": "ines@"}, "email"),
        ({"phone_number": "12"}, "phone_number"),
        ({"birth_date": "31/02/1985"}, "birth_date"),
        ({"first_name": None}, "user.first_name"),
        ({"title": "docteur"}, "user.title"),
    ):
        answer = machine.call("PATCH", f"{machine.users}/{made['id']}", {"user": said})
        assert answer.status_code == 422, said
        assert words in answer.get_json()["errors"][0]["error_details"]
    assert machine.get(machine.users).get_json()["users"] == [made]
    broken = machine.browser.patch(f"/api/v1/{machine.users}/{made['id']}", data="{", headers=machine.said())
    assert broken.status_code == 400


@ON_SQLITE
def test_a_social_security_number_is_not_kept_by_a_correction(machine: Machine) -> None:
    made = add(machine)
    correct(machine, made["id"], birth_name=NIR, address=f"chez {NIR}")
    [person] = machine.town.rows(select(Beneficiary))
    assert NIR not in f"{person.birth_name} {person.address} {person.search_key}"


@ON_SQLITE
@pytest.mark.parametrize(
    ("kind", "is_written"), [(OrganisationKind.SIAE, False), (OrganisationKind.RSA_DELEGATE, True)]
)
def test_who_may_not_read_the_internal_id_does_not_write_it(
    flask_app: Flask, town: Town, kind: OrganisationKind, is_written: bool
) -> None:
    with town.changing() as world:
        theirs = world.make_organisation(kind=kind)
        person = world.make_beneficiary(organisation=theirs, department_internal_id="26-77")
    partner = machine_of(flask_app, town, organisation=theirs)
    said = {"user": {"department_internal_id": "26-99"}}
    answer = partner.call("PATCH", f"organisations/{theirs.id}/users/{person.id}", said)
    assert answer.status_code == 200
    [kept] = town.rows(select(Beneficiary.department_internal_id).where(Beneficiary.id == person.id))
    assert kept == ("26-99" if is_written else "26-77")


def test_whoever_is_archived_leaves_the_list_their_invitations_end_and_they_come_back(machine: Machine) -> None:
    made = invite(machine)["user"]
    for _ in range(2):
        answer = machine.post(f"{machine.users}/{made['id']}/archive", {"reason": " déménagement  "})
        assert (answer.status_code, answer.get_json()) == (200, {"success": True, "user": made})
        assert machine.get(machine.users).get_json()["users"] == []
    [member], [invitation] = machine.town.rows(select(Membership)), machine.town.rows(select(Invitation))
    assert (member.archive_reason, invitation.end_reason) == ("déménagement", "archived")
    for _ in range(2):
        answer = machine.post(f"{machine.users}/{made['id']}/unarchive")
        assert (answer.status_code, answer.get_json()) == (200, {"success": True, "user": made})
        assert machine.get(machine.users).get_json()["users"] == [made]
    assert [one for one in acts(machine) if "archived" in one] == ["person.archived", "person.unarchived"]


def test_the_same_key_answers_the_same_without_a_body(machine: Machine) -> None:
    made = add(machine)
    paths = [f"{machine.users}/{made['id']}/unarchive", f"{machine.users}/{made['id'] + 1}/unarchive"]
    first, again = (machine.post(paths[0], Idempotency_Key="k") for _ in range(2))
    assert (first.get_json(), again.headers["Idempotent-Replayed"]) == (again.get_json(), "true")
    assert machine.post(paths[1], Idempotency_Key="k").status_code == 422


def test_somebody_elsewhere_is_not_there(machine: Machine) -> None:
    with machine.town.changing() as world:
        other = world.make_beneficiary(organisation=world.make_organisation())
    for method, path, body in (
        ("PATCH", "", {"user": {"email": "x@example.fr"}}),
        ("POST", "/archive", {}),
        ("POST", "/unarchive", None),
    ):
        answer = machine.call(method, f"{machine.users}/{other.id}{path}", body)
        assert (answer.status_code, answer.get_json()) == (404, {"not_found": "User"}), path


def test_people_are_followed_from_where_one_was(machine: Machine, clock: Clock) -> None:
    with machine.town.changing() as world:
        ids = [world.make_beneficiary().id for _ in range(27)]
        world.make_beneficiary(organisation=world.make_organisation())
    first = followed(machine, cursor="")
    rest = followed(machine, cursor=first["next_cursor"])
    assert [one["id"] for one in first["users"] + rest["users"]] == ids
    assert (len(first["users"]), rest["next_cursor"]) == (25, None)
    since = clock.now + timedelta(minutes=1)
    with machine.town.changing() as world:
        later = update(Beneficiary).where(Beneficiary.id.in_(ids[:2])).values(updated_at=since)
        world.session.execute(later)
    assert [one["id"] for one in followed(machine, updated_since=since.isoformat())["users"]] == ids[:2]
    assert [one["id"] for one in followed(machine, cursor=first["next_cursor"])["users"]] == [*ids[25:], *ids[:2]]
    assert followed(machine, updated_since=(since + timedelta(seconds=1)).isoformat())["users"] == []


@ON_SQLITE
def test_what_is_no_cursor_and_no_moment_is_refused(machine: Machine) -> None:
    for said in (
        {"cursor": "x"},
        {"cursor": "1.99999999999"},
        {"cursor": "1.2147483648"},
        {"updated_since": "hier"},
        {"updated_since": "2026-11-24"},
        {"updated_since": "2026-11-24T09:00:00"},
        {"updated_since": "0001-01-01T00:00:00+14:00"},
    ):
        assert machine.get(machine.users, query_string=said).status_code == 422, said


@ON_SQLITE
def test_following_costs_the_same_number_of_queries_however_many_people(machine: Machine, flask_app: Flask) -> None:
    def cost() -> int:
        return queries_of(flask_app, lambda: followed(machine, cursor=""))

    with machine.town.changing() as world:
        world.make_beneficiary()
    cost()
    few = cost()
    with machine.town.changing() as world:
        for _ in range(20):
            world.make_beneficiary()
    assert cost() == few

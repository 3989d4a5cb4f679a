"""Who is let in: service keys, agents' programs, how often; and how the rest is answered (api.md, "Errors")."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Update, select, update

from app.api.v1.examples import BOOKING, CANCELLING, MOVING, OUTCOME
from invitations import second_factor, signing_in
from invitations.errors import NotAllowed
from invitations.machines import keys
from invitations.models import (
    Agent,
    AuditEvent,
    CodeGenerator,
    KeyScope,
    Organisation,
    OrganisationKind,
    Role,
    ServiceKey,
    Tries,
)
from invitations.signing_in import hash_password
from tests.app.api.conftest import CATEGORY, INES, ON_SQLITE, Machine, machine_of, make_key
from tests.app.town import Town
from tests.conftest import Clock

NOBODY = "5f1d3a3e-9d4f-4a4c-8f6b-1b6f7c6f9f11"
PASSWORD = "un mot bien à moi"


def calls(machine: Machine, organisation: int | None = None) -> list[tuple[str, str, object, KeyScope]]:
    """Every endpoint but signing in: method, path, a body that it takes, the scope it wants."""
    where = f"organisations/{organisation or machine.town.world.organisation.id}"
    users = f"{where}/users"
    user = {"user": INES | {"invitation": CATEGORY}}
    return [
        ("GET", "departments/26", None, KeyScope.READ_DEPARTMENT),
        ("GET", f"rdvs/{NOBODY}", None, KeyScope.READ_APPOINTMENTS),
        ("GET", users, None, KeyScope.READ_PEOPLE),
        ("POST", users, user, KeyScope.WRITE_PEOPLE),
        ("POST", f"{users}/create_and_invite", user, KeyScope.INVITE),
        ("POST", f"{users}/create_and_invite_many", {"users": [user["user"]]}, KeyScope.INVITE),
        ("POST", f"{users}/1/invite", {"invitation": CATEGORY}, KeyScope.INVITE),
        ("GET", f"batches/{NOBODY}", None, KeyScope.INVITE),
        ("PATCH", f"{users}/1", {"user": {"email": "ines@example.fr"}}, KeyScope.WRITE_PEOPLE),
        ("POST", f"{users}/1/archive", {}, KeyScope.WRITE_PEOPLE),
        ("POST", f"{users}/1/unarchive", None, KeyScope.WRITE_PEOPLE),
        ("GET", f"{where}/follow_ups", None, KeyScope.READ_PEOPLE),
        ("POST", f"{where}/follow_ups/1/close", None, KeyScope.WRITE_PEOPLE),
        ("POST", f"{where}/follow_ups/1/reopen", None, KeyScope.WRITE_PEOPLE),
        ("GET", f"{where}/statistics", None, KeyScope.READ_STATISTICS),
        ("GET", f"{where}/invitations", None, KeyScope.INVITE),
        ("POST", f"{where}/invitations/1/end", None, KeyScope.INVITE),
        ("GET", f"{where}/batches", None, KeyScope.INVITE),
        ("POST", f"{where}/invitations/1/extend", {"invitation": {}}, KeyScope.INVITE),
        ("GET", f"{where}/slots", None, KeyScope.READ_APPOINTMENTS),
        ("GET", f"{where}/rdvs", None, KeyScope.READ_APPOINTMENTS),
        ("POST", f"{where}/rdvs", BOOKING, KeyScope.WRITE_APPOINTMENTS),
        ("POST", f"rdvs/{NOBODY}/move", MOVING, KeyScope.WRITE_APPOINTMENTS),
        ("POST", f"rdvs/{NOBODY}/cancel", CANCELLING, KeyScope.WRITE_APPOINTMENTS),
        ("POST", f"rdvs/{NOBODY}/outcome", OUTCOME, KeyScope.WRITE_APPOINTMENTS),
        ("GET", "departments/26/users", None, KeyScope.READ_PEOPLE),
        ("POST", "departments/26/users", user, KeyScope.WRITE_PEOPLE),
        ("POST", "departments/26/users/create_and_invite", user, KeyScope.INVITE),
    ]


def of_organisation(machine: Machine, organisation: int) -> list[tuple[str, str, object, KeyScope]]:
    return [one for one in calls(machine, organisation) if one[1].startswith("organisations/")]


def status(machine: Machine, method: str, path: str, body: object) -> int:
    return machine.call(method, path, body).status_code


@ON_SQLITE
def test_nobody_is_let_in_without_a_key_or_with_a_wrong_one(machine: Machine) -> None:
    for said in ({"Authorization": "Bearer rdv_wrong"}, {"uid": "x@example.fr", "client": "c", "access-token": "t"}):
        machine.headers = said
        for method, path, body, _ in calls(machine):
            answer = machine.call(method, path, body)
            assert answer.status_code == 401, path
            assert list(answer.get_json()) == ["errors"]
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert "X-RateLimit-Limit" not in answer.headers
            assert "Set-Cookie" not in answer.headers
    assert not machine.messages()


@ON_SQLITE
def test_a_key_does_what_its_scopes_say_and_nothing_else(machine: Machine, flask_app: Flask) -> None:
    for scope in KeyScope:
        limited = machine_of(flask_app, machine.town, *(one for one in KeyScope if one is not scope))
        for method, path, body, wanted in calls(machine):
            if wanted is scope:
                answer = limited.call(method, path, body)
                assert answer.status_code == 403, (scope, path)
                assert wanted.value in answer.get_json()["errors"][0]
    assert not machine.messages()


@ON_SQLITE
def test_another_organisation_does_not_exist_for_a_key(machine: Machine) -> None:
    with machine.town.changing() as world:
        other = world.make_organisation().id
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        away = world.make_organisation(department_id=isere.id).id
    for organisation in (other, away, 2**31 - 1):
        for method, path, body, _ in of_organisation(machine, organisation):
            answer = machine.call(method, path, body)
            assert (answer.status_code, answer.get_json()) == (404, {"not_found": "Organisation"}), path
    for method, path, body, _ in calls(machine):
        if path.startswith("departments/"):
            answer = machine.call(method, path.replace("26", "38"), body)
            assert (answer.status_code, answer.get_json()) == (404, {"not_found": "Department"}), path
        if path.startswith("rdvs/"):
            answer = machine.call(method, path, body)
            assert (answer.status_code, answer.get_json()) == (404, {"not_found": "Rdv"}), path
    assert machine.get(f"batches/{NOBODY}").get_json() == {"not_found": "Batch"}


@ON_SQLITE
def test_a_key_of_the_departement_sees_all_of_its_organisations_and_no_other_s(flask_app: Flask, town: Town) -> None:
    with town.changing() as world:
        other = world.make_organisation()
        isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        away = world.make_organisation(department_id=isere.id)
    machine = machine_of(flask_app, town, of_department=True)
    assert machine.get(f"organisations/{other.id}/users").status_code == 200
    assert machine.get(f"organisations/{away.id}/users").status_code == 404
    named = [one["id"] for one in machine.get("departments/26").get_json()["department"]["organisations"]]
    assert set(named) == {town.world.organisation.id, other.id}


def test_a_revoked_key_opens_nothing_and_a_rotated_one_a_day_longer(machine: Machine, clock: Clock) -> None:
    with machine.town.changing() as world:
        admin = world.make_agent(role=Role.ADMIN)
        by = keys.By(admin, world.session.get_one(Organisation, world.organisation.id))
        _, token = keys.rotate(world.session, machine.key_id, by=by, now=clock())
    assert machine.get(machine.users).status_code == 200
    before, machine.token = machine.token, token
    assert machine.get(machine.users).status_code == 200
    clock.pass_by(timedelta(hours=24))
    assert machine.get(machine.users).status_code == 200
    machine.token = before
    assert machine.get(machine.users).status_code == 401
    machine.token = token
    with machine.town.changing() as world:
        keys.revoke(world.session, machine.key_id, by=by, now=clock())
    assert machine.get(machine.users).status_code == 401


@ON_SQLITE
def test_only_the_hash_of_a_key_is_kept_and_its_last_use_to_the_hour(machine: Machine, clock: Clock) -> None:
    clock.pass_by(timedelta(minutes=42))
    machine.get(machine.users)
    [key] = machine.town.rows(select(ServiceKey))
    assert key.token_hash == hashlib.sha256(machine.token.encode()).hexdigest()
    assert machine.token not in repr(vars(key))
    assert key.last_used_at == clock().replace(minute=0, second=0)


def test_more_calls_than_allowed_are_answered_429_and_another_key_goes_on(
    machine: Machine, flask_app: Flask, clock: Clock
) -> None:
    most = flask_app.extensions["rdv"].settings.api_calls_per_minute
    first = machine.get(machine.users)
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == (str(most), str(most - 1))
    with machine.town.changing() as world:
        world.session.execute(spent("api", most))
    answer = machine.get(machine.users)
    assert answer.status_code == 429
    assert answer.headers["X-RateLimit-Remaining"] == "0"
    assert list(answer.get_json()) == ["errors"]
    assert machine_of(flask_app, machine.town).get(machine.users).status_code == 200
    clock.pass_by(timedelta(seconds=int(answer.headers["Retry-After"])))
    assert machine.get(machine.users).status_code == 200


def spent(surface: str, count: int) -> Update:
    """As if there had been so many tries in this window."""
    return update(Tries).where(Tries.surface == surface).values(count=count)


# An agent's program


def sign_in(machine: Machine, email: str, password: str = PASSWORD) -> dict[str, str]:
    answer = machine.post("auth/sign_in", {"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return {name: answer.headers[name] for name in ("access-token", "client", "uid")}


@pytest.fixture(scope="module")
def password_hash() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
def agent(machine: Machine, password_hash: str) -> Agent:
    with machine.town.changing() as world:
        return world.make_agent(email="claire@drome.example", password_hash=password_hash)


def test_an_agent_s_program_signs_in_for_a_day_with_the_rights_of_the_agent(
    machine: Machine, agent: Agent, clock: Clock
) -> None:
    machine.headers = sign_in(machine, " Claire@drome.example ")
    assert machine.headers["uid"] == agent.email
    assert machine.get(machine.users).status_code == 200
    assert machine.post(machine.users, {"user": INES}).status_code == 200
    with machine.town.changing() as world:
        other = world.make_organisation().id
    assert machine.get(f"organisations/{other}/users").status_code == 404
    machine.headers["client"] = "another"
    assert machine.get(machine.users).status_code == 401
    machine.headers = sign_in(machine, agent.email)
    clock.pass_by(timedelta(hours=24))
    assert machine.get(machine.users).status_code == 401


@ON_SQLITE
def test_a_wrong_password_is_401_and_counts_with_those_of_the_sign_in_page(machine: Machine, agent: Agent) -> None:
    assert machine.post("auth/sign_in", {"email": agent.email, "password": "faux"}).status_code == 401
    with machine.town.changing() as world:
        world.session.execute(spent("sign_in", 10))
    answer = machine.post("auth/sign_in", {"email": agent.email, "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


@ON_SQLITE
def test_whoever_has_a_second_step_is_told_to_take_a_key(machine: Machine, agent: Agent) -> None:
    with machine.town.changing() as world:
        generator = CodeGenerator(agent_id=agent.id, sealed_secret="x", created_at=world.now, confirmed_at=world.now)
        world.add(generator)
        assert second_factor.is_asked(world.session, agent.id)
    answer = machine.post("auth/sign_in", {"email": agent.email, "password": PASSWORD})
    assert answer.status_code == 403
    assert "clé de service" in answer.get_json()["errors"][0]


@ON_SQLITE
def test_a_new_password_ends_the_programs_that_the_old_one_let_in(machine: Machine, agent: Agent, clock: Clock) -> None:
    machine.headers = sign_in(machine, agent.email)
    with machine.town.changing() as world:
        signing_in.end_sessions(world.session, agent.id, now=clock())
    assert machine.get(machine.users).status_code == 401


# What is no endpoint, and what is no JSON


def test_what_is_no_json_is_400_and_json_of_another_shape_422(machine: Machine) -> None:
    said = machine.said()
    for body, kind in (("{", "application/json"), ("a=1", "application/x-www-form-urlencoded"), ("", "text/plain")):
        answer = machine.browser.post(f"/api/v1/{machine.users}", data=body, headers=said, content_type=kind)
        assert answer.status_code == 400, (body, kind)
        assert list(answer.get_json()) == ["errors"]
    for wrong in ([], {}, {"user": 3}, {"user": INES | {"title": "docteur"}}, {"user": INES | {"last_name": ""}}):
        answer = machine.post(machine.users, wrong)
        assert answer.status_code == 422, wrong
        assert answer.get_json()["success"] is False
        assert list(answer.get_json()["errors"][0]) == ["error_details"]
    assert machine.post(machine.users, {"user": INES | {"last_name": "A\0"}}).status_code == 400


@ON_SQLITE
def test_every_endpoint_that_takes_a_body_refuses_what_is_no_json(machine: Machine) -> None:
    for method, path, body, _ in calls(machine):
        if body is not None:
            sent = {"headers": machine.said(), "content_type": "application/json"}
            assert machine.browser.open(f"/api/v1/{path}", method=method, data="{", **sent).status_code == 400, path
            assert machine.call(method, path, []).status_code == 422, path


@ON_SQLITE
def test_what_is_no_endpoint_is_said_in_json(machine: Machine) -> None:
    assert machine.get("nothing").get_json() == {"not_found": "Route"}
    assert machine.get("nothing").status_code == 404
    assert machine.browser.delete("/api/v1/departments/26").get_json() == {"errors": ["Method Not Allowed"]}


@ON_SQLITE
def test_what_breaks_us_is_a_500_in_json_without_a_word_of_what_was_sent(machine: Machine, flask_app: Flask) -> None:
    flask_app.config["PROPAGATE_EXCEPTIONS"] = False
    with machine.town.changing() as world:
        world.session.get_one(ServiceKey, machine.key_id).scopes = 3  # type: ignore[assignment]  # what nobody writes
    answer = machine.post(machine.users, {"user": INES})
    assert answer.status_code == 500
    assert list(answer.get_json()) == ["errors"]
    assert INES["last_name"] not in answer.text


def test_what_a_machine_does_is_noted_with_its_key(machine: Machine) -> None:
    machine.post(f"{machine.users}/create_and_invite", {"user": INES | {"invitation": CATEGORY}})
    noted = machine.town.rows(select(AuditEvent).order_by(AuditEvent.id))
    by_key = {one.action for one in noted if one.details.get("service_key_id") == machine.key_id}
    assert by_key == {"beneficiary.added", "beneficiary.joined", "follow_up.invitation"}
    assert INES["last_name"] not in repr([one.details for one in noted])


@ON_SQLITE
def test_a_key_of_the_departement_is_for_its_own_organisations_to_give(flask_app: Flask, town: Town) -> None:
    with town.changing() as world:
        siae = world.make_organisation(kind=OrganisationKind.SIAE)
    with pytest.raises(NotAllowed):
        make_key(town, organisation=siae, of_department=True)

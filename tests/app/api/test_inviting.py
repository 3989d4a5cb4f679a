"""Adding and inviting in one call: by every channel that reaches, never by letter, and never twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Channel,
    IdempotencyKey,
    Invitation,
    Message,
    MessageState,
    Organisation,
)
from tests.app.api.conftest import CATEGORY, INES, ON_SQLITE, Machine, machine_of
from tests.app.api.test_users import USER
from tests.conftest import Clock
from tests.fakes import RememberingEmail, RememberingSms

# api.md, "invitation".
INVITATION = {
    *("id", "format", "clicked", "rdv_with_referents", "created_at", "motif_category", "delivery_status"),
    *("delivered_at", "expires_at"),
}


def invite(machine: Machine, status: int = 200, **said: Any) -> dict[str, Any]:
    answer = machine.post(f"{machine.users}/create_and_invite", {"user": INES | {"invitation": CATEGORY} | said})
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def formats(found: dict[str, Any]) -> list[str]:
    return [one["format"] for one in found["invitations"]]


def test_a_person_is_added_and_invited_by_every_channel_that_reaches(
    machine: Machine, deliver: Callable[[], int], sms: RememberingSms, email: RememberingEmail
) -> None:
    found = invite(machine)
    assert set(found) == {"success", "user", "invitations"}
    assert set(found["user"]) == USER
    assert formats(found) == ["sms", "email"]
    for one in found["invitations"]:
        assert set(one) == INVITATION
        assert (one["delivery_status"], one["delivered_at"], one["clicked"]) == (None, None, False)
        assert set(one["motif_category"]) == {"id", "name", "short_name"}
        assert one["expires_at"] == "2026-12-04T23:00:00Z"
    assert deliver() == 2
    assert (len(sms.sent), len(email.sent)) == (1, 1)


@ON_SQLITE
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"phone_number": "04 75 00 00 01"}, ["email"]),
        ({"email": None}, ["sms"]),
    ],
)
def test_a_landline_gets_no_text_and_nobody_a_letter(
    machine: Machine, said: dict[str, Any], expected: list[str]
) -> None:
    assert formats(invite(machine, **said, address="12 rue des Alpes, 26000 Valence")) == expected


def test_the_same_call_within_a_day_answers_the_same_and_sends_nothing(machine: Machine, clock: Clock) -> None:
    first = invite(machine)
    clock.pass_by(timedelta(hours=23))
    assert invite(machine) == first
    assert machine.messages() == 2
    clock.pass_by(timedelta(hours=2))
    again = invite(machine)
    assert again["invitations"] != first["invitations"]
    assert machine.messages() == 4


@ON_SQLITE
def test_what_never_arrived_may_be_asked_for_again_at_once(machine: Machine) -> None:
    first = invite(machine)
    with machine.town.changing() as world:
        world.session.execute(update(Message).values(state=MessageState.FAILED, error_reason="wrong_address"))
    again = invite(machine)
    assert {one["id"] for one in again["invitations"]}.isdisjoint(one["id"] for one in first["invitations"])


@ON_SQLITE
def test_one_channel_failing_hides_nothing_of_the_other(machine: Machine) -> None:
    invite(machine)
    with machine.town.changing() as world:
        text, mail = (Message.channel == one for one in (Channel.SMS, Channel.EMAIL))
        failed = {"state": MessageState.UNDELIVERED, "error_reason": "wrong_address"}
        world.session.execute(update(Message).where(text).values(**failed))
        world.session.execute(update(Message).where(mail).values(state=MessageState.DELIVERED, settled_at=world.now))
    sms, email = invite(machine)["invitations"]
    assert (sms["delivery_status"], sms["delivered_at"]) == ("hard_bounce", None)
    assert (email["delivery_status"], email["delivered_at"]) == ("delivered", "2026-11-24T09:00:00Z")
    assert machine.messages() == 2


def test_who_can_t_be_invited_is_known_all_the_same_and_the_answer_says_both(machine: Machine) -> None:
    with machine.town.changing() as world:
        world.session.execute(update(AppointmentType).values(max_delay=timedelta(hours=1)))
    found = invite(machine, 422)
    assert found["success"] is False
    [problem] = found["errors"]
    assert problem["error_details"].startswith("Aucun créneau libre")
    assert (problem["first_name"], problem["last_name"]) == ("Inès", "Bernard")
    assert set(found["user"]) == USER
    assert machine.count(select(Beneficiary.id)) == 1
    assert not machine.count(select(Invitation.id))


@ON_SQLITE
@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"phone": None, "email": None}, "Ni"),
        ({}, "Aucun numéro de téléphone à indiquer"),
    ],
)
def test_every_refusal_of_inviting_is_a_sentence(machine: Machine, made: dict[str, Any], words: str) -> None:
    with machine.town.changing() as world:
        person = world.make_beneficiary(**made)
        if not made:
            world.session.execute(update(Organisation).values(phone=None))
    answer = machine.post(f"{machine.users}/{person.id}/invite", {"invitation": CATEGORY})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["error_details"].startswith(words)


def test_a_person_who_has_an_appointment_is_not_invited(machine: Machine, clock: Clock) -> None:
    machine.town.convene(choice=8)
    clock.pass_by(timedelta(hours=25))
    [met] = machine.town.rows(select(Beneficiary))
    answer = machine.post(f"{machine.users}/{met.id}/invite", {"invitation": CATEGORY})
    assert answer.status_code == 422
    assert answer.get_json()["errors"][0]["error_details"].startswith("Un rendez-vous est déjà prévu")


def test_a_known_person_is_invited_to_a_place(machine: Machine) -> None:
    with machine.town.changing() as world:
        person, elsewhere = world.make_beneficiary(), world.make_place(organisation_id=world.make_organisation().id)
    path, place = f"{machine.users}/{person.id}/invite", machine.town.world.place.id
    found = machine.post(path, {"invitation": CATEGORY | {"rdv_solidarites_lieu_id": place}}).get_json()
    assert formats(found) == ["sms", "email"]
    assert [one.place_id for one in machine.town.rows(select(Invitation))] == [place]
    assert machine.post(path, {"invitation": CATEGORY | {"rdv_solidarites_lieu_id": elsewhere.id}}).status_code == 422
    assert machine.post(path, {"invitation": CATEGORY}).status_code == 422  # another place: not the same call
    assert machine.messages() == 2


@ON_SQLITE
def test_a_person_of_another_organisation_is_not_there_to_be_invited(machine: Machine) -> None:
    with machine.town.changing() as world:
        person = world.make_beneficiary(organisation=world.make_organisation())
    answer = machine.post(f"{machine.users}/{person.id}/invite", {})
    assert (answer.status_code, answer.get_json()) == (404, {"not_found": "User"})


def test_five_same_calls_at_once_invite_once(machine: Machine, flask_app: Flask) -> None:
    told: list[Any] = []
    start = Barrier(5)

    def call() -> None:
        start.wait()
        answer = flask_app.test_client(use_cookies=False).post(
            f"/api/v1/{machine.users}/create_and_invite",
            json={"user": INES | {"invitation": CATEGORY}},
            headers=machine.said(),
        )
        told.append((answer.status_code, answer.get_json()))

    threads = [Thread(target=call) for _ in range(5)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=30)
    assert len(told) == 5
    assert told[0][0] == 200
    assert all(one == told[0] for one in told)
    assert machine.count(select(Beneficiary.id)) == 1
    assert machine.messages() == 2


# Idempotency-Key


def test_under_a_key_the_same_call_is_answered_the_same_whatever_happened_since(machine: Machine, clock: Clock) -> None:
    first = machine.post(machine.users, {"user": INES}, Idempotency_Key="a")
    with machine.town.changing() as world:
        world.session.execute(update(Beneficiary).values(last_name="Autrement"))
    again = machine.post(machine.users, {"user": INES}, Idempotency_Key="a")
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    clock.pass_by(timedelta(hours=24))
    anew = machine.post(machine.users, {"user": INES}, Idempotency_Key="a")
    assert "Idempotent-Replayed" not in anew.headers


def test_another_request_under_the_same_key_is_refused_and_another_caller_s_key_is_another(
    machine: Machine, flask_app: Flask
) -> None:
    machine.post(machine.users, {"user": INES}, Idempotency_Key="a")
    for path, body in (
        (machine.users, {"user": INES | {"first_name": "Ana"}}),
        (f"{machine.users}/create_and_invite", {"user": INES}),
    ):
        answer = machine.post(path, body, Idempotency_Key="a")
        assert answer.status_code == 422
        assert "Idempotency-Key" in answer.get_json()["errors"][0]["error_details"]
    other = machine_of(flask_app, machine.town)
    answer = other.post(machine.users, {"user": INES}, Idempotency_Key="a")
    assert "Idempotent-Replayed" not in answer.headers


@ON_SQLITE
def test_a_key_is_of_a_length_that_anybody_needs(machine: Machine) -> None:
    assert machine.post(machine.users, {"user": INES}, Idempotency_Key="a" * 256).status_code == 422
    assert machine.post(machine.users, {"user": INES}, Idempotency_Key="a" * 255).status_code == 200


def test_what_was_answered_is_kept_sealed_and_a_refusal_is_not_kept(machine: Machine) -> None:
    machine.post(machine.users, {"user": INES}, Idempotency_Key="a")
    [kept] = machine.town.rows(select(IdempotencyKey))
    assert kept.answer
    assert "Bernard" not in kept.answer
    wrong = machine.post(machine.users, {"user": INES | {"email": "x"}}, Idempotency_Key="b")
    assert wrong.status_code == 422
    assert machine.post(machine.users, {"user": INES}, Idempotency_Key="b").status_code == 200


@ON_SQLITE
def test_a_batch_under_a_key_is_one_batch(machine: Machine) -> None:
    path = f"{machine.users}/create_and_invite_many"
    first, again = (machine.post(path, {"users": [INES]}, Idempotency_Key="a").get_json() for _ in range(2))
    assert first == again
    assert not machine.count(select(Appointment.id))

"""Appointments booked, moved, cancelled and noted by a machine: never a slot twice, and what agents are told is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from invitations.concerns import Concern
from invitations.models import (
    Agent,
    Appointment,
    AppointmentType,
    AuditEvent,
    FollowUp,
    Membership,
    Message,
    MessageKind,
    Participation,
    PlaceType,
)
from tests.app.api.conftest import ON_SQLITE, Machine, machine_of
from tests.app.api.test_rdvs import RDV
from tests.app.api.test_slots import SLOT, asked
from tests.app.team import expect
from tests.conftest import Clock
from tests.fakes import RememberingSms

TUESDAY = "2026-12-01T08:00:00Z"  # nine o'clock in Valence
LATER = "2026-12-01T08:45:00Z"
OUTSIDE = "2026-12-01T14:00:00Z"


def ask(machine: Machine, path: str, expected: int = 200, /, **said: Any) -> dict[str, Any]:
    answer = machine.post(path, {"rdv": said})
    assert answer.status_code == expected, answer.text
    found: dict[str, Any] = answer.get_json()
    if expected == 200:
        assert set(found) == {"success", "rdv"}
        assert set(found["rdv"]) == RDV
        return dict(found["rdv"])
    return found


def book(machine: Machine, person_id: int, starts_at: str = TUESDAY, status: int = 200, **said: Any) -> dict[str, Any]:
    about = {"user_id": person_id, "rdv_solidarites_motif_id": machine.town.world.type.id, "starts_at": starts_at}
    return ask(machine, f"{machine.organisation}/rdvs", status, **about | said)


def someone(machine: Machine) -> int:
    return machine.town.person().id


def told(machine: Machine) -> list[MessageKind]:
    return [one.kind for one in machine.town.rows(select(Message).order_by(Message.id))]


def reason(found: dict[str, Any]) -> str:
    return str(found["errors"][0]["error_details"])


@ON_SQLITE
def test_a_free_time_is_booked_and_the_person_told(
    machine: Machine, deliver: Callable[[], int], sms: RememberingSms
) -> None:
    person = someone(machine)
    rdv = book(machine, person)
    assert (rdv["starts_at"], rdv["status"], rdv["created_by"]) == (TUESDAY, "unknown", "agent")
    assert [one["user"]["id"] for one in rdv["participations"]] == [person]
    assert [one["id"] for one in rdv["agents"]] == [machine.town.world.agent.id]
    assert machine.get(f"rdvs/{rdv['uuid']}").get_json() == {"rdv": rdv}
    assert deliver() == 2
    assert len(sms.sent) == 1
    [noted] = machine.town.rows(select(AuditEvent).where(AuditEvent.action == "appointment.booked"))
    assert (noted.agent_id, noted.details["service_key_id"]) == (None, machine.key_id)


@ON_SQLITE
def test_the_same_again_is_the_one_that_is_there_and_another_is_refused(machine: Machine) -> None:
    person = someone(machine)
    assert book(machine, person) == book(machine, person)
    assert told(machine) == [MessageKind.BOOKED] * 2
    refused = book(machine, person, LATER, 422)
    assert (refused["success"], reason(refused)) == (False, "Un rendez-vous est déjà prévu.")


def test_a_time_that_is_taken_comes_with_the_three_nearest(machine: Machine) -> None:
    book(machine, someone(machine))
    for said in ({}, {"rdv_solidarites_agent_id": machine.town.world.agent.id, "rdv_solidarites_lieu_id": 1}):
        said = said and said | {"rdv_solidarites_lieu_id": machine.town.world.place.id, "confirm": True}
        refused = book(machine, someone(machine), TUESDAY, 409, **said)
        assert set(refused) == {"success", "errors", "concerns", "slots"}
        assert (refused["success"], refused["concerns"]) == (False, [])
        assert reason(refused) == "Ce créneau n’est plus libre, en choisir un autre."
        assert [set(one) for one in refused["slots"]] == [SLOT] * 3
        assert LATER in [one["starts_at"] for one in refused["slots"]]
    assert len(machine.town.appointments()) == 1


def test_of_eight_at_once_one_has_it(machine: Machine, flask_app: Flask) -> None:
    people, statuses, start = [someone(machine) for _ in range(8)], [], Barrier(8)
    about = {"rdv_solidarites_motif_id": machine.town.world.type.id, "starts_at": TUESDAY}

    def call(person: int) -> None:
        browser = flask_app.test_client(use_cookies=False)
        start.wait(timeout=30)
        path, said = f"/api/v1/{machine.organisation}/rdvs", {"rdv": about | {"user_id": person}}
        statuses.append(browser.post(path, json=said, headers=machine.said()).status_code)

    threads = [Thread(target=call, args=(one,)) for one in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=60)
    assert sorted(statuses) == [200] + [409] * 7
    assert len(machine.town.appointments()) == 1


def test_what_speaks_against_an_agent_s_time_is_told_once_and_confirmed(machine: Machine) -> None:
    person, world = someone(machine), machine.town.world
    said: dict[str, Any] = {"rdv_solidarites_agent_id": world.agent.id, "rdv_solidarites_lieu_id": world.place.id}
    refused = book(machine, person, OUTSIDE, 409, **said)
    assert (refused["concerns"], refused["slots"]) == ([Concern.OUTSIDE_OPENINGS.value], [])
    assert "confirm" in reason(refused)
    assert machine.town.appointments() == []
    assert machine.count(select(FollowUp.id)) == 0
    assert book(machine, person, OUTSIDE, **said, confirm=True)["starts_at"] == OUTSIDE
    assert book(machine, someone(machine), OUTSIDE, 409)["slots"]  # without an agent, only what is free


@ON_SQLITE
def test_what_was_held_is_written_down_once_however_often_it_is_said(machine: Machine, clock: Clock) -> None:
    world, person = machine.town.world, someone(machine)
    before = f"{clock() - timedelta(days=1):%Y-%m-%dT%H:%M:00Z}"
    said: dict[str, Any] = {"rdv_solidarites_agent_id": world.agent.id, "rdv_solidarites_lieu_id": world.place.id}
    held = book(machine, person, before, **said, confirm=True)
    assert book(machine, person, before, **said) == held
    ask(machine, f"rdvs/{held['uuid']}/outcome", status="seen")
    assert book(machine, person, before, **said)["status"] == "seen"
    assert len(machine.town.appointments()) == 1
    assert book(machine, someone(machine), before, 409, **said, confirm=True)["success"] is False
    ask(machine, f"rdvs/{held['uuid']}/outcome", status="revoked")
    assert book(machine, person, before, 409, **said)["concerns"]


@ON_SQLITE
def test_what_is_not_the_organisation_s_is_refused(machine: Machine) -> None:
    with machine.town.changing() as world:
        other = world.make_organisation()
        stranger = world.make_beneficiary(organisation=other)
        there, theirs = world.make_place(organisation_id=other.id), world.make_agent(organisation=other)
        theirs_type = world.make_type(organisation_id=other.id)
    person, agent = someone(machine), machine.town.world.agent.id
    for said, words in (
        ({"rdv_solidarites_lieu_id": there.id}, "lieu n°"),
        ({"rdv_solidarites_agent_id": theirs.id}, "L’agent n°"),
        ({"rdv_solidarites_motif_id": theirs_type.id}, "Le motif n°"),
        ({"rdv_solidarites_agent_id": agent}, "Indiquez rdv_solidarites_lieu_id"),
        ({"starts_at": "2026-12-01T08:00:30Z"}, "rdv.starts_at"),
        ({"starts_at": "2023-11-01T08:00:00Z", "confirm": True}, "rdv.starts_at"),
        ({"starts_at": "2029-01-01T08:00:00Z", "confirm": True}, "rdv.starts_at"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "rdv.starts_at"),
        ({"starts_at": "2026-12-01T08:00:00"}, "rdv.starts_at"),
        ({"user_id": 0}, "rdv.user_id"),
    ):
        assert words in reason(book(machine, person, **{"status": 422} | said)), said
    assert book(machine, stranger.id, status=404) == {"not_found": "User"}


@ON_SQLITE
def test_whoever_is_archived_comes_back_and_whose_follow_up_is_closed_does_not(machine: Machine) -> None:
    person = someone(machine)
    machine.post(f"{machine.users}/{person}/archive", {})
    rdv = book(machine, person)
    [member] = machine.town.rows(select(Membership))
    assert member.archived_at is None
    ask(machine, f"rdvs/{rdv['uuid']}/cancel")
    with machine.town.changing() as world:
        world.session.execute(update(FollowUp).values(closed_at=world.now))
    assert reason(book(machine, person, LATER, 422)).startswith("Le suivi est clos")


@ON_SQLITE
def test_a_seat_is_booked_in_a_session_until_it_is_full(machine: Machine) -> None:
    with machine.town.changing() as world:
        atelier = world.make_type(is_collective=True, name="Atelier", seats=1)
        met = world.make_session(world.now + timedelta(days=3), atelier, seats=1)
    at, said = met.starts_at.isoformat(), {"rdv_solidarites_motif_id": atelier.id}
    first, second = someone(machine), someone(machine)
    agent = {"rdv_solidarites_agent_id": machine.town.world.agent.id}
    assert "Le motif" in reason(book(machine, first, at, 422, **said, **agent))
    assert book(machine, first, at, **said)["uuid"] == met.uid
    assert book(machine, second, at, 409, **said)["slots"] == []
    ask(machine, f"rdvs/{met.uid}/cancel", by="user", user_id=first)
    assert book(machine, second, at, **said)["users_count"] == 2
    assert "Indiquez user_id" in reason(ask(machine, f"rdvs/{met.uid}/outcome", 422, status="excused"))
    full = ask(machine, f"rdvs/{met.uid}/outcome", 409, status="unknown", user_id=first)
    assert reason(full) == "La séance est complète."
    assert ask(machine, f"rdvs/{met.uid}/cancel", 404, user_id=someone(machine)) == {"not_found": "User"}
    assert "Indiquez user_id" in reason(ask(machine, f"rdvs/{met.uid}/cancel", 422, by="user"))
    for _ in range(2):
        assert ask(machine, f"rdvs/{met.uid}/cancel")["cancelled_at"] is not None
    assert told(machine).count(MessageKind.CANCELLED_BY_SERVICE) == 2


@ON_SQLITE
def test_a_kind_that_needs_no_travelling_needs_no_place(machine: Machine) -> None:
    with machine.town.changing() as world:
        world.session.execute(update(AppointmentType).values(place_type=PlaceType.PHONE))
    agent = {"rdv_solidarites_agent_id": machine.town.world.agent.id}
    assert book(machine, someone(machine), **agent)["lieu"] is None


def test_an_appointment_moves_and_keeps_who_it_is(machine: Machine, clock: Clock) -> None:
    rdv = book(machine, someone(machine))
    path = f"rdvs/{rdv['uuid']}/move"
    for _ in range(2):
        moved = ask(machine, path, starts_at=LATER)
        assert {name for name in RDV if moved[name] != rdv[name]} == {"starts_at", "participations"}
    doubted = ask(machine, path, 409, starts_at=OUTSIDE)
    assert doubted["concerns"] == [Concern.OUTSIDE_OPENINGS.value]
    assert ask(machine, path, starts_at=OUTSIDE, confirm=True)["starts_at"] == OUTSIDE
    book(machine, someone(machine))
    taken = ask(machine, path, 409, starts_at=TUESDAY)
    assert (taken["concerns"], len(taken["slots"])) == ([], 3)
    clock.now += timedelta(days=10)
    assert reason(ask(machine, path, 422, starts_at="2026-12-15T08:00:00Z")) == "Ce rendez-vous ne se change plus."


@ON_SQLITE
def test_what_somebody_held_who_has_left_moves_to_a_colleague(machine: Machine) -> None:
    path = f"rdvs/{book(machine, someone(machine))['uuid']}/move"
    with machine.town.changing() as world:
        colleague = world.make_agent(organisation=world.organisation)
        world.session.execute(update(Agent).where(Agent.id == world.agent.id).values(closed_at=world.now))
    assert "ne travaille pas dans cette structure" in reason(ask(machine, path, 422, starts_at=LATER))
    moved = ask(machine, path, starts_at=LATER, rdv_solidarites_agent_id=colleague.id, confirm=True)
    assert [one["id"] for one in moved["agents"]] == [colleague.id]


@ON_SQLITE
def test_the_service_cancels_and_tells_or_notes_that_the_person_can_t_come(machine: Machine, clock: Clock) -> None:
    ours, theirs = book(machine, someone(machine)), book(machine, someone(machine), LATER)
    before = len(told(machine))
    for _ in range(2):
        assert ask(machine, f"rdvs/{ours['uuid']}/cancel")["status"] == "revoked"
    assert told(machine)[before:] == [MessageKind.CANCELLED_BY_SERVICE] * 2
    for _ in range(2):
        gone = ask(machine, f"rdvs/{theirs['uuid']}/cancel", by="user")
        assert (gone["status"], bool(gone["cancelled_at"])) == ("excused", True)
    assert len(told(machine)) == before + 2
    assert TUESDAY in [one["starts_at"] for one in asked(machine, **{"from": TUESDAY})["slots"]]
    for said in ({"by": "service"}, {"by": "user"}):
        other = theirs if said["by"] == "service" else ours
        assert reason(ask(machine, f"rdvs/{other['uuid']}/cancel", 422, **said)) == "Ce rendez-vous ne se change plus."
    with machine.town.changing() as world:
        past = expect(world, world.now - timedelta(days=1)).appointment.uid
    assert reason(ask(machine, f"rdvs/{past}/cancel", 422)) == "Ce rendez-vous ne se change plus."


@ON_SQLITE
def test_what_became_of_it_is_noted_and_corrected(machine: Machine, clock: Clock) -> None:
    rdv = book(machine, someone(machine))
    path = f"rdvs/{rdv['uuid']}/outcome"
    assert reason(ask(machine, path, 422, status="seen")) == "Ce rendez-vous n’a pas encore eu lieu."
    clock.now += timedelta(days=8)
    for status in ("seen", "noshow", "excused", "revoked", "unknown", "seen"):
        assert ask(machine, path, status=status)["status"] == status
    assert told(machine) == [MessageKind.BOOKED] * 2  # what is over is only written
    [kept] = machine.town.rows(select(Participation))
    assert kept.outcome == "seen"
    noted = machine.town.rows(select(AuditEvent).where(AuditEvent.action == "outcome.recorded"))
    assert len(noted) == 6


@ON_SQLITE
def test_revoking_what_is_to_come_is_the_service_s_own_cancellation(machine: Machine) -> None:
    rdv = book(machine, someone(machine))
    assert ask(machine, f"rdvs/{rdv['uuid']}/outcome", status="revoked")["cancelled_at"] is not None
    assert MessageKind.CANCELLED_BY_SERVICE in told(machine)


@ON_SQLITE
@pytest.mark.parametrize("act", ["move", "cancel", "outcome"])
def test_another_team_s_and_a_held_slot_are_not_there(machine: Machine, flask_app: Flask, act: str) -> None:
    said = {"move": {"starts_at": LATER}, "cancel": {}, "outcome": {"status": "excused"}}[act]
    rdv = book(machine, someone(machine))
    with machine.town.changing() as world:
        other = world.make_organisation()
    stranger = machine_of(flask_app, machine.town, organisation=other)
    assert ask(stranger, f"rdvs/{rdv['uuid']}/{act}", 404, **said) == {"not_found": "Rdv"}
    machine.town.propose()
    [held] = machine.town.rows(select(Appointment).where(Appointment.held_until.is_not(None)))
    assert ask(machine, f"rdvs/{held.uid}/{act}", 404, **said) == {"not_found": "Rdv"}
    assert machine.get(f"rdvs/{rdv['uuid']}").get_json() == {"rdv": rdv}

"""Appointments followed by a machine: all that webhooks tell of one moves it to the end of the list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from invitations import booking, moving, sessions_changing
from invitations.models import Appointment, Author, Outcome, Participation
from invitations.offers import Choice
from invitations.session_doubts import Time
from invitations.sessions import Checked
from invitations.sessions_changing import Change
from tests.app.api.conftest import ON_SQLITE, Machine
from tests.app.api.test_rdvs import RDV
from tests.app.api.test_rdvs_writing import LATER, ask, book, someone
from tests.app.team import expect, queries_of
from tests.conftest import Clock


def listed(machine: Machine, **query: Any) -> list[dict[str, Any]]:
    named = {name.rstrip("_"): value for name, value in query.items()}
    answer = machine.get(f"{machine.organisation}/rdvs", query_string=named)
    assert answer.status_code == 200, answer.text
    assert set(answer.get_json()) == {"success", "rdvs", "next_cursor"}
    return list(answer.get_json()["rdvs"])


def ids(machine: Machine, **query: Any) -> list[int]:
    return [one["id"] for one in listed(machine, **query)]


@ON_SQLITE
def test_appointments_are_told_to_the_end_as_each_is_told_alone(machine: Machine) -> None:
    with machine.town.changing() as world:
        made = [expect(world, world.now + timedelta(days=1, hours=number)).appointment for number in range(27)]
        elsewhere = world.make_organisation()
        away = world.make_type(organisation_id=elsewhere.id)
        expect(world, world.now + timedelta(days=9), organisation_id=elsewhere.id, type_id=away.id)
    machine.town.propose()
    first = machine.get(f"{machine.organisation}/rdvs").get_json()
    rest = listed(machine, cursor=first["next_cursor"])
    assert [one["id"] for one in first["rdvs"] + rest] == [one.id for one in made]
    assert set(first["rdvs"][0]) == RDV
    assert first["rdvs"][0] == machine.get(f"rdvs/{made[0].uid}").get_json()["rdv"]


@ON_SQLITE
def test_they_are_chosen_by_start_and_by_what_became_of_them(machine: Machine) -> None:
    with machine.town.changing() as world:
        past = [expect(world, world.now - timedelta(days=1, hours=n), outcome=one) for n, one in enumerate(Outcome)]
        atelier = world.make_type(is_collective=True, name="Atelier", seats=12)
        empty, mixed, off = (world.make_session(world.now + timedelta(days=day), atelier) for day in (1, 2, 3))
        for met, outcomes in ((mixed, (Outcome.SEEN, Outcome.NOSHOW)), (off, (Outcome.EXCUSED, Outcome.REVOKED))):
            for outcome in outcomes:
                one = expect(world, met.starts_at, agent=world.make_agent(), outcome=outcome)
                one.appointment_id = met.id
        off.cancelled_at = world.now
    shown = {one["id"]: one["status"] for one in listed(machine)}
    assert (shown[empty.id], shown[mixed.id], shown[off.id]) == ("unknown", "seen", "revoked")
    for outcome in Outcome:
        assert set(ids(machine, status=outcome.value)) == {one for one, told in shown.items() if told == outcome.value}
    assert set(ids(machine, from_=empty.starts_at.isoformat(), to=mixed.starts_at.isoformat())) == {empty.id} | {
        one.id for one in machine.town.appointments() if empty.starts_at <= one.starts_at < mixed.starts_at
    }
    assert set(ids(machine, to=machine.town.now.isoformat())) >= {one.appointment_id for one in past}


@ON_SQLITE
def test_what_can_t_be_read_is_refused(machine: Machine) -> None:
    for said in ({"status": "x"}, {"from": "x"}, {"to": "2026-12-01"}, {"cursor": "x"}, {"updated_since": "x"}):
        assert machine.get(f"{machine.organisation}/rdvs", query_string=said).status_code == 422, said


@ON_SQLITE
def test_a_list_costs_the_same_number_of_queries_however_long(machine: Machine, flask_app: Flask) -> None:
    def cost() -> int:
        return queries_of(flask_app, lambda: listed(machine))

    with machine.town.changing() as world:
        expect(world, world.now + timedelta(days=1))
    cost()
    few = cost()
    with machine.town.changing() as world:
        for hour in range(10):
            expect(world, world.now + timedelta(days=2, hours=hour))
    assert cost() == few


# Each act happens half an hour after all else, to the appointments whose ids it answers.


def kept(machine: Machine, clock: Clock) -> list[int]:
    path = machine.town.propose(choice=8)
    later(machine, clock)
    with machine.town.changing() as world:
        code = path.rsplit("/", 1)[-1]
        return [booking.keep(world.session, code, codes=machine.town.codes, now=machine.town.now).appointment_id]


def moved(machine: Machine, clock: Clock) -> list[int]:
    rdv = book(machine, someone(machine))
    later(machine, clock)
    return [ask(machine, f"rdvs/{rdv['uuid']}/move", starts_at=LATER)["id"]]


def cancelled(machine: Machine, clock: Clock) -> list[int]:
    rdv = book(machine, someone(machine))
    later(machine, clock)
    return [ask(machine, f"rdvs/{rdv['uuid']}/cancel")["id"]]


def noted(machine: Machine, clock: Clock) -> list[int]:
    with machine.town.changing() as world:
        uid = expect(world, world.now - timedelta(days=1)).appointment.uid
    later(machine, clock)
    return [ask(machine, f"rdvs/{uid}/outcome", status="seen")["id"]]


def sessions(machine: Machine) -> list[Appointment]:
    with machine.town.changing() as world:
        atelier = world.make_type(is_collective=True, name="Atelier", seats=12)
        agents = [world.make_agent()]
        return [world.make_session(world.now + timedelta(days=day), atelier, agents=agents, seats=12) for day in (3, 4)]


def seated(machine: Machine, clock: Clock) -> list[int]:
    met, person = sessions(machine)[0], someone(machine)
    later(machine, clock)
    said = {"rdv_solidarites_motif_id": met.type_id}
    return [book(machine, person, met.starts_at.isoformat(), **said)["id"]]


def changed_seats(machine: Machine, clock: Clock) -> list[int]:
    """From one session to another: neither is what it was."""
    one, other = sessions(machine)
    book(machine, someone(machine), one.starts_at.isoformat(), rdv_solidarites_motif_id=one.type_id)
    later(machine, clock)
    with machine.town.changing() as world:
        [participation] = world.session.scalars(select(Participation).where(Participation.appointment_id == one.id))
        assert participation.created_by is Author.AGENT
        token = Choice(other.starts_at, other.place_id or 0, other.type_id, other.ends_at).token
        code = machine.town.codes.derive("participation", participation.id)
        moving.move(world.session, code, token, codes=machine.town.codes, now=machine.town.now)
    return [one.id, other.id]


def renamed(machine: Machine, clock: Clock) -> list[int]:
    met = sessions(machine)[0]
    later(machine, clock)
    with machine.town.changing() as world:
        found = world.session.get_one(Appointment, met.id)
        checked = Checked(found.type, found.place or world.place, list(found.agents))
        wish = Change("Autre titre", 12, checked, Time(found.starts_at.date(), found.starts_at, found.ends_at))
        sessions_changing.change(world.session, found, wish, agent_id=world.agent.id, now=machine.town.now)
    return [met.id]


def later(machine: Machine, clock: Clock) -> None:
    clock.now += timedelta(minutes=30)
    machine.town.now = clock.now


def test_whatever_webhooks_tell_of_is_at_the_end_of_the_list(machine: Machine, clock: Clock) -> None:
    for act in (kept, moved, cancelled, noted, seated, changed_seats, renamed):
        told = act(machine, clock)
        assert sorted(ids(machine, updated_since=clock.now.isoformat())) == sorted(told), act
        later(machine, clock)

"""People handed in together: answered at once, done by the scheduler, and what became of each can be read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from app.machine_acts import invite_handed_in
from app.runtime import Runtime
from invitations.machines import answered, batches, callers
from invitations.models import ApiBatch, ApiBatchRow, AppointmentType, Beneficiary
from tests.app.api.conftest import CATEGORY, INES, ON_SQLITE, Machine, machine_of
from tests.conftest import Clock

ROW = {"index", "status", "user_id", "invitation_id", "error_details"}


def people(count: int) -> list[dict[str, Any]]:
    return [
        {"first_name": "Inès", "last_name": f"Nom{at}", "email": f"p{at}@exemple.fr", "invitation": CATEGORY}
        for at in range(count)
    ]


def hand_in(machine: Machine, users: list[dict[str, Any]]) -> str:
    answer = machine.post(f"{machine.users}/create_and_invite_many", {"users": users})
    assert answer.status_code == 200, answer.text
    assert answer.get_json()["success"] is True
    return str(answer.get_json()["batch_id"])


def read(machine: Machine, batch_id: str) -> dict[str, Any]:
    found: dict[str, Any] = machine.get(f"batches/{batch_id}").get_json()["batch"]
    return found


def runtime_of(flask_app: Flask) -> Runtime:
    found: Runtime = flask_app.extensions["rdv"]
    return found


def test_a_list_is_answered_at_once_and_done_afterwards(machine: Machine, flask_app: Flask) -> None:
    batch = hand_in(machine, [*people(2), {"first_name": "Sans", "last_name": "Rien"}])
    waiting = read(machine, batch)
    assert set(waiting) == {"id", "created_at", "finished", "total", "users"}
    assert (waiting["finished"], waiting["total"], machine.messages()) == (False, 3, 0)
    assert {one["status"] for one in waiting["users"]} == {"waiting"}
    assert invite_handed_in(runtime_of(flask_app)) == 3
    done = read(machine, batch)
    assert done["finished"] is True
    assert [one["status"] for one in done["users"]] == ["invited", "invited", "refused"]
    assert [one["index"] for one in done["users"]] == [0, 1, 2]
    assert all(set(one) == ROW for one in done["users"])
    assert "Rien pour reconnaître" in done["users"][2]["error_details"]
    assert done["users"][2]["user_id"] is None
    assert machine.messages() == 2


def test_the_same_list_twice_sends_nothing_twice(machine: Machine, flask_app: Flask) -> None:
    first, second = hand_in(machine, people(3)), hand_in(machine, people(3))
    invite_handed_in(runtime_of(flask_app))
    assert machine.messages() == 3
    ids = [[one["invitation_id"] for one in read(machine, batch)["users"]] for batch in (first, second)]
    assert ids[0] == ids[1]


def test_what_was_cut_short_goes_on_where_it_was_and_two_schedulers_do_each_once(
    machine: Machine, flask_app: Flask, clock: Clock
) -> None:
    here = runtime_of(flask_app)
    hand_in(machine, people(3))
    left = iter([False, True, True])
    assert invite_handed_in(here, lambda: next(left)) == 1
    with here.database.writing() as session:
        [first, *_] = [row.id for row in session.scalars(select(ApiBatchRow).order_by(ApiBatchRow.id))]
        assert not batches.go_on(session, first, say=str, codes=here.codes, now=clock())
    assert invite_handed_in(here) == 2
    assert invite_handed_in(here) == 0
    assert machine.messages() == 3


def test_who_could_not_be_invited_is_known_and_nothing_of_what_was_asked_is_kept(
    machine: Machine, flask_app: Flask
) -> None:
    with machine.town.changing() as world:
        world.session.execute(update(AppointmentType).values(max_delay=timedelta(hours=1)))
    batch = hand_in(machine, people(1))
    invite_handed_in(runtime_of(flask_app))
    [row] = read(machine, batch)["users"]
    assert (row["status"], row["invitation_id"]) == ("refused", None)
    assert row["error_details"].startswith("Aucun créneau libre")
    assert row["user_id"] == machine.town.rows(select(Beneficiary.id))[0]
    [kept] = machine.town.rows(select(ApiBatchRow))
    assert kept.asked == {}


@ON_SQLITE
def test_one_that_breaks_us_holds_up_nobody(machine: Machine, flask_app: Flask) -> None:
    batch = hand_in(machine, people(2))
    with machine.town.changing() as world:
        world.session.execute(update(ApiBatchRow).where(ApiBatchRow.position == 0).values(asked={"cells": 3}))
    invite_handed_in(runtime_of(flask_app))
    assert [one["status"] for one in read(machine, batch)["users"]] == ["refused", "invited"]


@ON_SQLITE
def test_a_list_is_25_people_at_most_and_somebody(machine: Machine) -> None:
    path = f"{machine.users}/create_and_invite_many"
    for users in (people(26), []):
        assert machine.post(path, {"users": users}).status_code == 422
    assert machine.post(path, {"users": people(25)}).status_code == 200
    assert machine.count(select(ApiBatchRow.id)) == 25


@ON_SQLITE
def test_nothing_of_a_list_is_kept_in_which_somebody_is_said_wrongly(machine: Machine) -> None:
    path, (first, second, third) = f"{machine.users}/create_and_invite_many", people(3)
    named = {"first_name": "Inès", "last_name": "Nom1", "index": 1}
    for wrong, sentence in (
        ({"tags_to_add": [{"value": "rare"}]}, "L’étiquette « rare » n’existe pas"),
        ({"referents_to_add": [{"email": "x@y.fr"}]}, "Aucun agent de cette structure"),
        ({"invitation": CATEGORY | {"rdv_solidarites_lieu_id": 999}}, "Le lieu n° 999"),
        ({"invitation": {"motif_category": {"short_name": "rien"}}}, "La catégorie de motif « rien »"),
        ({"email": 3}, "email : valeur inattendue"),
    ):
        answer = machine.post(path, {"users": [first, second | wrong, third]})
        [problem] = answer.get_json()["errors"]
        details = " ".join(problem.pop("error_details").split())
        assert (answer.status_code, details[: len(sentence)], problem) == (422, sentence, named)
    del third["last_name"]
    answer = machine.post(path, {"users": [3, second, third]})
    assert [(one["index"], one.get("first_name")) for one in answer.get_json()["errors"]] == [(0, None), (2, "Inès")]
    assert not machine.count(select(ApiBatch.id))


@ON_SQLITE
def test_another_organisation_s_list_is_not_there(machine: Machine, flask_app: Flask) -> None:
    batch = hand_in(machine, people(1))
    with machine.town.changing() as world:
        other = world.make_organisation()
    stranger = machine_of(flask_app, machine.town, organisation=other)
    assert stranger.get(f"batches/{batch}").get_json() == {"not_found": "Batch"}


def test_old_lists_sessions_and_answers_are_forgotten(machine: Machine, clock: Clock) -> None:
    hand_in(machine, people(2))
    machine.post(machine.users, {"user": INES}, Idempotency_Key="a")
    clock.pass_by(timedelta(days=29))
    with machine.town.changing() as world:
        assert batches.forget(world.session, now=clock()) == 0
        assert answered.forget(world.session, now=clock()) == 1
        assert callers.forget(world.session, now=clock()) == 0
    clock.pass_by(timedelta(days=2))
    with machine.town.changing() as world:
        assert batches.forget(world.session, now=clock()) == 1
    assert not machine.count(select(ApiBatch.id))
    assert not machine.count(select(ApiBatchRow.id))

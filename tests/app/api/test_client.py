"""The client of docs/client, as somebody copies it: against the application behind a real socket."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any, get_type_hints

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.app.api.conftest import CATEGORY, INES, ON_SQLITE, Machine

FILE = Path(__file__).parents[3] / "docs" / "client" / "rdv_au_choix.py"
# The client's own names → those of the description.
SHAPES = {"Invited": "InvitedAnswer"}


@pytest.fixture(scope="module")
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rdv_au_choix", FILE)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def client(module: ModuleType, flask_app: Flask, machine: Machine) -> Iterator[Any]:
    server = make_server("127.0.0.1", 0, flask_app, threaded=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield module.Client(f"http://127.0.0.1:{server.server_port}/", machine.token)
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


@ON_SQLITE
def test_somebody_is_added_corrected_invited_and_followed(client: Any, machine: Machine) -> None:
    here = machine.town.world.organisation.id
    made = client.create(here, INES)
    assert client.correct(here, made["id"], birth_name="Petit")["birth_name"] == "Petit"
    assert client.correct(here, made["id"], birth_name=None) == made
    invited = client.invite(here, made["id"], category="rsa_orientation")
    assert [one["format"] for one in invited["invitations"]] == ["sms", "email"]
    assert client.create_and_invite(here, INES | {"invitation": CATEGORY}) == invited
    [told], [followed] = client.invitations(here), client.follow_ups(here, status="invitation_pending")
    assert told["invitations"] == invited["invitations"]
    assert client.end_invitation(here, told["id"])["ended_at"] is not None
    assert client.close(here, followed["id"])["status"] == "closed"
    assert client.reopen(here, followed["id"])["closed_at"] is None
    assert client.archive(here, made["id"], "déménagement") == made
    assert list(client.people(here)) == []
    assert client.unarchive(here, made["id"]) == made
    batch_id = client.create_and_invite_many(here, [INES])
    assert list(client.batches(here)) == [client.batch(batch_id)]
    assert client.department("26")["capital"] == "Valence"
    assert client.statistics(here, horizon="60")["horizon"] == 60


@ON_SQLITE
def test_a_free_time_is_found_booked_moved_and_noted(client: Any, module: ModuleType, machine: Machine) -> None:
    here, world = machine.town.world.organisation.id, machine.town.world
    person = client.create_in_department("26", INES)["id"]
    assert [one["id"] for one in client.people_of_department("26", search="inès")] == [person]
    first, second = islice(client.slots(here, category="rsa_orientation", user_id=person), 2)
    assert first in islice(client.slots(here, motif_id=world.type.id, place_id=world.place.id), 50)
    at = datetime.fromisoformat(first["starts_at"])
    rdv = client.book(here, person, world.type.id, at)
    assert list(client.appointments(here, since=at, status="unknown")) == [rdv] == [client.appointment(rdv["uuid"])]
    other = client.create(here, {"first_name": "Ana", "last_name": "Costa", "email": "ana@exemple.fr"})["id"]
    with pytest.raises(module.Refused, match="409") as taken:
        client.book(here, other, world.type.id, at, agent_id=world.agent.id, place_id=world.place.id)
    assert second in taken.value.slots
    assert len(taken.value.slots) == 3
    night = at.replace(hour=22)
    with pytest.raises(module.Refused) as doubted:
        client.move(rdv["uuid"], night)
    assert doubted.value.concerns == ["outside_openings"]
    assert client.move(rdv["uuid"], night, confirm=True)["starts_at"] == night.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert client.note(rdv["uuid"], "excused")["status"] == "excused"
    assert client.cancel(client.book(here, other, world.type.id, at)["uuid"])["status"] == "revoked"
    found = client.create_and_invite_in_department("26", INES | {"first_name": "Zoé"})
    [told] = client.invitations(here)
    longer = client.extend_invitation(here, told["id"], last_day=date(2026, 12, 20))
    assert longer["expires_at"] == "2026-12-20T23:00:00Z"
    client.archive(here, found["user"]["id"])
    assert list(client.archived(here, updated_since=machine.town.now)) == [found["user"]["id"]]


@ON_SQLITE
def test_a_list_is_read_to_its_end(client: Any, machine: Machine) -> None:
    with machine.town.changing() as world:
        ids = [world.make_beneficiary().id for _ in range(27)]
        here, later = world.organisation.id, world.now + timedelta(hours=1)
    assert [one["id"] for one in client.people(here)] == ids
    assert list(client.people(here, updated_since=later)) == []
    assert [one["id"] for one in client.people(here, search="inès")] == ids


@ON_SQLITE
def test_what_is_refused_is_raised_with_its_sentences(client: Any, module: ModuleType, machine: Machine) -> None:
    here = machine.town.world.organisation.id
    with pytest.raises(module.Refused, match="Rien pour reconnaître") as refused:
        client.create(here, {"first_name": "Inès", "last_name": "Bernard"})
    assert refused.value.status == 422
    with pytest.raises(module.Refused, match="User not found"):
        client.archive(here, 99)
    with pytest.raises(module.Refused, match="401"):
        module.Client(client.url, "rdv_wrong").department("26")


@ON_SQLITE
def test_its_shapes_are_those_of_the_description(module: ModuleType, machine: Machine) -> None:
    described = machine.browser.get("/api/openapi.json").get_json()["components"]["schemas"]
    held = [one for one in vars(module).values() if hasattr(one, "__required_keys__")]
    assert len(held) == 16
    for one in held:
        assert set(get_type_hints(one)) == set(described[SHAPES.get(one.__name__, one.__name__)]["properties"]), one

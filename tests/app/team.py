"""A team at work, saved in a database, and a browser in which one of its agents is signed in."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from invitations.codes import fingerprint
from invitations.database import Database
from invitations.models import (
    Agent,
    AgentSession,
    Appointment,
    AppointmentAgent,
    Author,
    Beneficiary,
    Channel,
    Message,
    MessageKind,
    Participation,
)
from tests.factories import World


@dataclass
class Team:
    """A world whose every change is committed at once."""

    database: Database
    now: datetime

    def __post_init__(self) -> None:
        with self.database.writing() as session:
            self.world = World(session, self.now)

    @contextmanager
    def changing(self) -> Iterator[World]:
        """The world inside a transaction."""
        with self.database.writing() as session:
            self.world.session = session
            yield self.world

    def browser(self, flask_app: Flask, agent: Agent | None = None) -> FlaskClient:
        """A browser in which this agent (else the world's own) is signed in."""
        token = secrets.token_urlsafe(8)
        with self.changing() as world:
            world.add(
                AgentSession(
                    agent_id=(agent or world.agent).id,
                    token_hash=fingerprint(token),
                    created_at=self.now,
                    expires_at=self.now + timedelta(days=400),
                    proved_at=self.now,
                )
            )
        client = flask_app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = token
        return client

    def person(self, **changes: Any) -> Beneficiary:
        with self.changing() as world:
            return world.make_beneficiary(**changes)


def expect(world: World, starts_at: datetime, *, agent: Agent | None = None, **changes: Any) -> Participation:
    """A person expected at a moment, by an agent (else the world's own). Keywords change the appointment."""
    person = changes.pop("beneficiary", None) or world.make_beneficiary()
    outcome = {name: changes.pop(name) for name in ("outcome",) if name in changes}
    follow_up = world.make_follow_up(person)
    values = {
        "uid": str(uuid.uuid4()),
        "organisation_id": world.organisation.id,
        "type_id": world.type.id,
        "place_id": world.place.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
        "created_by": Author.BENEFICIARY,
        "created_at": world.now - timedelta(days=7),
    }
    appointment = world.add(Appointment(**values | changes))
    world.add(
        AppointmentAgent(
            appointment_id=appointment.id,
            agent_id=(agent or world.agent).id,
            starts_at=appointment.starts_at,
            ends_at=appointment.ends_at,
            busy_until=appointment.ends_at,
            is_live=appointment.cancelled_at is None,
        )
    )
    return world.add(
        Participation(
            uid=str(uuid.uuid4()),
            appointment_id=appointment.id,
            beneficiary_id=person.id,
            follow_up_id=follow_up.id,
            created_by=Author.BENEFICIARY,
            created_at=world.now - timedelta(days=7),
            **outcome,
        )
    )


def owe(world: World, **changes: Any) -> Message:
    """A message to a person, waiting unless `state` says otherwise."""
    person = changes.pop("beneficiary", None) or world.make_beneficiary()
    values = {
        "once": str(uuid.uuid4()),
        "organisation_id": world.organisation.id,
        "beneficiary_id": person.id,
        "kind": MessageKind.INVITATION,
        "channel": Channel.SMS,
        "address": person.phone,
        "body": "Bonjour",
        "due_at": world.now,
    }
    return world.add(Message(created_at=world.now, **values | changes))


def queries_of(flask_app: Flask, act: Callable[[], Any]) -> int:
    """How many statements the application sends to its database while it does this."""
    said: list[str] = []

    def remember(*words: Any) -> None:
        said.append(words[2])

    engine = flask_app.extensions["rdv"].database.engine
    event.listen(engine, "before_cursor_execute", remember)
    act()
    event.remove(engine, "before_cursor_execute", remember)
    return len(said)

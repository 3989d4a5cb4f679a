"""Many texts owed at once, each to a number of its own, written in bulk."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.clock import utc_now
from invitations.database import Database
from invitations.messages import LINK
from invitations.models import Beneficiary, Channel, FollowUp, FollowUpStatus, Invitation, Message, MessageKind, Mode
from tests.factories import World

MOST = 10_000  # numbers that belong to nobody: 06 39 98 00 00 to 06 39 98 99 99


def owe_texts(database: Database, number: int) -> None:
    """One open invitation a person, its text due now, at whatever hour this is run."""
    if number > MOST:
        raise ValueError(f"there are {MOST} numbers that belong to nobody")
    with database.writing() as session:
        world = World(session, utc_now())
        people = keys(session, Beneficiary, [person(world, one) for one in range(number)])
        follow_ups = keys(session, FollowUp, [follow_up(world, one) for one in people])
        invitations = keys(session, Invitation, [invitation(world, one) for one in follow_ups])
        owed = [text(world, *one) for one in zip(range(number), people, invitations, strict=True)]
        session.execute(insert(Message), owed)


def keys(session: Session, table: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert the rows; their ids, in the order given."""
    return list(session.scalars(insert(table).returning(table.id, sort_by_parameter_order=True), rows))


def phone(number: int) -> str:
    return f"+3363998{number:04d}"


def person(world: World, number: int) -> dict[str, Any]:
    return {
        "uid": str(uuid.uuid4()),
        "department_id": world.department.id,
        "first_name": "Inès",
        "last_name": f"Bernard{number}",
        "phone": phone(number),
        "first_name_key": "ines",
        "search_key": "ines",
        "created_at": world.now,
        "updated_at": world.now,
    }


def follow_up(world: World, beneficiary_id: int) -> dict[str, Any]:
    return {
        "uid": str(uuid.uuid4()),
        "beneficiary_id": beneficiary_id,
        "category_id": world.category.id,
        "status": FollowUpStatus.INVITATION_PENDING,
        "status_since": world.now,
        "created_at": world.now,
    }


def invitation(world: World, follow_up_id: int) -> dict[str, Any]:
    return {
        "uid": str(uuid.uuid4()),
        "follow_up_id": follow_up_id,
        "organisation_id": world.organisation.id,
        "mode": Mode.INVITATION,
        "created_at": world.now,
    }


def text(world: World, number: int, beneficiary_id: int, invitation_id: int) -> dict[str, Any]:
    return {
        "once": f"invitation:i{invitation_id}:sms:0",
        "organisation_id": world.organisation.id,
        "beneficiary_id": beneficiary_id,
        "invitation_id": invitation_id,
        "kind": MessageKind.INVITATION,
        "channel": Channel.SMS,
        "address": phone(number),
        "body": f"Choisissez votre rendez-vous : {LINK}",
        "due_at": world.now,
        "leaves_at_once": True,
        "created_at": world.now,
    }

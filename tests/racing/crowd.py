"""Many people, each with an open invitation and its link, written in bulk; and a day on which nobody has a holiday."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.holidays import is_holiday
from invitations.models import Beneficiary, FollowUp, FollowUpStatus, Invitation, Link, Membership, Mode
from tests.factories import World

SECRET = "a secret key for races, thirty-two characters or more"
CODES = Codes(SECRET)


@dataclass(frozen=True)
class Person:
    """Somebody with an invitation, or (`code` empty) with a follow-up alone."""

    beneficiary_id: int
    follow_up_id: int
    code: str = ""


def make_people(world: World, number: int, *, invited: bool = True, first: int = 0) -> list[Person]:
    """So many people of the world's organisation. `first` keeps addresses apart from those made before."""
    session, now = world.session, world.now
    if not number:
        return []
    people = keys(session, Beneficiary, [person(world, first + one) for one in range(number)])
    session.execute(
        insert(Membership),
        [{"beneficiary_id": id_, "organisation_id": world.organisation.id, "created_at": now} for id_ in people],
    )
    status = FollowUpStatus.INVITATION_PENDING if invited else FollowUpStatus.NOT_INVITED
    follow_ups = keys(
        session,
        FollowUp,
        [
            {"uid": str(uuid.uuid4()), "beneficiary_id": id_, "category_id": world.category.id, "created_at": now}
            | {"status": status, "status_since": now}
            for id_ in people
        ],
    )
    if not invited:
        return [Person(*ids) for ids in zip(people, follow_ups, strict=True)]
    invitations = keys(session, Invitation, [invitation(world, id_) for id_ in follow_ups])
    codes = [CODES.derive("invitation", id_) for id_ in invitations]
    links = zip(codes, invitations, strict=True)
    session.execute(
        insert(Link),
        [
            {"code_hash": CODES.kept(code), "invitation_id": id_, "participation_id": None, "created_at": now}
            for code, id_ in links
        ],
    )
    return [Person(*one) for one in zip(people, follow_ups, codes, strict=True)]


def keys(session: Session, table: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert the rows; their ids, in the order given."""
    return list(session.scalars(insert(table).returning(table.id, sort_by_parameter_order=True), rows))


def person(world: World, number: int) -> dict[str, Any]:
    return {
        "uid": str(uuid.uuid4()),
        "department_id": world.department.id,
        "first_name": "Inès",
        "last_name": f"Bernard{number}",
        "email": f"personne{number}@example.fr",
        "phone": f"+3363998{number % 10_000:04d}",
        "first_name_key": "ines",
        "email_key": f"personne{number}@example.fr",
        "search_key": f"ines bernard{number}",
        "created_at": world.now,
        "updated_at": world.now,
    }


def invitation(world: World, follow_up_id: int) -> dict[str, Any]:
    return {
        "uid": str(uuid.uuid4()),
        "follow_up_id": follow_up_id,
        "organisation_id": world.organisation.id,
        "mode": Mode.INVITATION,
        "expires_at": world.now + timedelta(days=30),
        "created_at": world.now,
    }


def working_days(now: datetime, number: int) -> list[date]:
    """The next so many days without a public holiday, from in three days on: nothing is too soon."""
    days: list[date] = []
    day = now.date() + timedelta(days=3)
    while len(days) < number:
        if not is_holiday(day, None):
            days.append(day)
        day += timedelta(days=1)
    return days

"""What happened to one person, written into the tables as the product writes it, in days after a first day."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from invitations.models import (
    Appointment,
    Author,
    Beneficiary,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Membership,
    Mode,
    Organisation,
    Outcome,
    Participation,
)
from tests.factories import World

Row = TypeVar("Row")

# 12 weeks before the tests' present: every window is over, 10:00 in Paris.
T0 = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)


class Story:
    """A follow-up, and what comes to it in the order told."""

    def __init__(self, world: World, follow_up: FollowUp | None = None) -> None:
        self.world = world
        self.follow_up = follow_up or world.make_follow_up()

    def addressed(self, mode: Mode, *, day: float = 0, by: Organisation | None = None) -> Story:
        self.world.add(
            Invitation(
                uid=str(uuid.uuid4()),
                follow_up_id=self.follow_up.id,
                organisation_id=(by or self.world.organisation).id,
                mode=mode,
                created_at=T0 + timedelta(days=day),
            )
        )
        return self

    def met(self, outcome: Outcome, *, day: float) -> Story:
        starts_at = T0 + timedelta(days=day, hours=2)
        appointment = self.world.add(
            Appointment(
                uid=str(uuid.uuid4()),
                organisation_id=self.world.organisation.id,
                type_id=self.world.type.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=45),
                created_by=Author.BENEFICIARY,
                created_at=T0,
            )
        )
        self.world.add(
            Participation(
                uid=str(uuid.uuid4()),
                appointment_id=appointment.id,
                beneficiary_id=self.follow_up.beneficiary_id,
                follow_up_id=self.follow_up.id,
                outcome=outcome,
                created_by=Author.BENEFICIARY,
                created_at=T0,
            )
        )
        return self


def crowd(
    world: World,
    people: int,
    mode: Mode,
    *outcomes: Outcome,
    day: float = 0,
    after: float = 10,
    by: Organisation | None = None,
    category_id: int | None = None,
    **changes: Any,
) -> None:
    """So many people addressed on a day, the first ones met `after` days, one an outcome: a stage at a time, so quickly.

    `changes` are of the invitation.
    """
    at, organisation = T0 + timedelta(days=day), by or world.organisation
    persons = _added(world, [_person(world) for _ in range(people)])
    _added(
        world, [Membership(beneficiary_id=one.id, organisation_id=organisation.id, created_at=T0) for one in persons]
    )
    category = category_id or world.category.id
    follow_ups = _added(world, [_follow_up(one, category) for one in persons])
    values = {"organisation_id": organisation.id, "mode": mode, "created_at": at} | changes
    _added(world, [Invitation(uid=str(uuid.uuid4()), follow_up_id=one.id, **values) for one in follow_ups])
    met = _added(world, [_appointment(world, organisation, at + timedelta(days=after, hours=2)) for _ in outcomes])
    _added(
        world,
        [
            Participation(
                uid=str(uuid.uuid4()),
                appointment_id=appointment.id,
                beneficiary_id=follow_up.beneficiary_id,
                follow_up_id=follow_up.id,
                outcome=outcome,
                created_by=Author.BENEFICIARY if mode is Mode.INVITATION else Author.AGENT,
                created_at=at,
            )
            for follow_up, appointment, outcome in zip(follow_ups, met, outcomes, strict=False)
        ],
    )


def _added(world: World, rows: list[Row]) -> list[Row]:
    world.session.add_all(rows)
    world.session.flush()
    return rows


def _person(world: World) -> Beneficiary:
    number = next(world.numbers)
    return Beneficiary(
        uid=str(uuid.uuid4()),
        department_id=world.department.id,
        first_name="Inès",
        last_name=f"Bernard{number}",
        phone="+33639980000",
        first_name_key="ines",
        search_key=f"ines bernard{number}",
        created_at=T0,
        updated_at=T0,
    )


def _follow_up(person: Beneficiary, category_id: int) -> FollowUp:
    return FollowUp(
        uid=str(uuid.uuid4()),
        beneficiary_id=person.id,
        category_id=category_id,
        status=FollowUpStatus.NOT_INVITED,
        status_since=T0,
        created_at=T0,
    )


def _appointment(world: World, organisation: Organisation, starts_at: datetime) -> Appointment:
    return Appointment(
        uid=str(uuid.uuid4()),
        organisation_id=organisation.id,
        type_id=world.type.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        created_by=Author.AGENT,
        created_at=T0,
    )

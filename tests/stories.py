"""What happened to one person, written into the tables as the product writes it, in days after a first day."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

from invitations.models import (
    Appointment,
    Author,
    FollowUp,
    Invitation,
    Mode,
    Organisation,
    Outcome,
    Participation,
)
from tests.factories import World

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

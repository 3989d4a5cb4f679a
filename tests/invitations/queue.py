"""A team with hardly a slot, and people who wait for one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import accepting, booking, changing, convening, inviting, offering, offering_free, queueing
from invitations.codes import Codes
from invitations.models import (
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Author,
    Channel,
    FollowUp,
    FreedSlot,
    Invitation,
    Message,
    MessageKind,
    Participation,
    Waiting,
)
from tests.factories import World

BOTH = (Channel.SMS, Channel.EMAIL)


@dataclass
class Somebody:
    """One person of the queue, with their follow-up and the code of their invitation."""

    queue: Queue
    follow_up: FollowUp
    invitation: Invitation
    code: str

    def ask(self, **changes: Any) -> None:
        queueing.ask(self.queue.session, self.code, codes=self.queue.codes, now=self.queue.now, **changes)

    def book(self, number: int = 0) -> Participation:
        """The nth free time, from their page."""
        session, now = self.queue.session, self.queue.now
        token = booking.open_invitation(session, self.code, codes=self.queue.codes, now=now).choices[number].token
        return booking.book(session, self.code, token, codes=self.queue.codes, now=now)

    def take(self, offer_id: int | None = None) -> Participation:
        """Yes to what is kept for them; to another offer when one is named."""
        offer_id = offer_id or self.last_offer.id
        return accepting.take(self.queue.session, self.code, offer_id, codes=self.queue.codes, now=self.queue.now)

    def decline(self) -> None:
        accepting.decline(self.queue.session, self.follow_up.id, self.last_offer.id, now=self.queue.now)

    @property
    def last_offer(self) -> FreedSlot:
        return self.queue.last_offer(self.follow_up.id)

    @property
    def offer(self) -> FreedSlot | None:
        """What is kept for them now."""
        return self.queue.session.scalar(
            select(FreedSlot)
            .join(Waiting)
            .where(Waiting.follow_up_id == self.follow_up.id, FreedSlot.answered_at.is_(None))
        )

    @property
    def place(self) -> Waiting:
        """Their last place in the queue."""
        return self.queue.session.scalars(
            select(Waiting).where(Waiting.follow_up_id == self.follow_up.id).order_by(Waiting.id.desc()).limit(1)
        ).one()


class Queue:
    """The world's organisation, the time handed in, and what the scheduler does with those who wait."""

    def __init__(self, world: World, codes: Codes) -> None:
        self.world, self.codes, self.now = world, codes, world.now
        self.session: Session = world.session

    def invite(self, **person: Any) -> Somebody:
        return self.invite_again(self.world.make_follow_up(self.world.make_beneficiary(**person)))

    def invite_again(self, follow_up: FollowUp) -> Somebody:
        """Address this person; what they had before is replaced."""
        invitation = inviting.invite(
            self.session,
            follow_up,
            organisation_id=self.world.organisation.id,
            channels=BOTH,
            agent_id=self.world.agent.id,
            codes=self.codes,
            now=self.now,
        )
        return Somebody(self, follow_up, invitation, self.codes.derive("invitation", invitation.id))

    def propose(self, follow_up: FollowUp) -> Somebody:
        """Hold the first free time for this person."""
        by_agent = {"organisation_id": self.world.organisation.id, "now": self.now}
        token = convening.choices_for(self.session, follow_up, **by_agent).choices[0].token
        made = convening.propose(
            self.session, follow_up, token, agent_id=self.world.agent.id, codes=self.codes, **by_agent
        )
        return Somebody(self, follow_up, made, self.codes.derive("invitation", made.id))

    def pass_by(self, length: timedelta) -> None:
        self.now += length

    def scheduler(self) -> int:
        """What the job does, until nothing is due."""
        done = queueing.end_overtaken(self.session, queueing.overtaken(self.session, now=self.now), now=self.now)
        while due := offering.due(self.session, now=self.now):
            done += sum(offering.settle(self.session, one, now=self.now) for one in due)
        first = offering_free.due(self.session, now=self.now)
        return done + sum(offering_free.offer_first(self.session, one, now=self.now) for one in first)

    def told(self) -> list[Message]:
        """Every message about a free place, in order."""
        return list(
            self.session.scalars(select(Message).where(Message.kind == MessageKind.SLOT_FREED).order_by(Message.id))
        )

    def held(self) -> list[Appointment]:
        """What takes somebody's time for nobody yet."""
        return list(
            self.session.scalars(
                select(Appointment)
                .where(Appointment.held_until.is_not(None), Appointment.cancelled_at.is_(None))
                .order_by(Appointment.starts_at)
            )
        )

    def cancel(self, participation: Participation) -> None:
        changing.cancel(self.session, self.code_of(participation), codes=self.codes, now=self.now)

    def somebody_of(self, participation: Participation) -> Somebody:
        """Whoever takes part, with their invitation."""
        invitation = participation.invitation
        assert invitation is not None
        return Somebody(self, participation.follow_up, invitation, self.codes.derive("invitation", invitation.id))

    def last_offer(self, follow_up_id: int) -> FreedSlot:
        """What this person was offered last, answered or not."""
        mine = select(FreedSlot).join(Waiting).where(Waiting.follow_up_id == follow_up_id)
        return self.session.scalars(mine.order_by(FreedSlot.id.desc()).limit(1)).one()

    def take_instead(self, participation: Participation) -> Participation:
        offer_id = self.last_offer(participation.follow_up_id).id
        return accepting.take_instead(
            self.session, self.code_of(participation), offer_id, codes=self.codes, now=self.now
        )

    def code_of(self, participation: Participation) -> str:
        return self.codes.derive("participation", participation.id)

    def make_session(self, starts_at: datetime, *, seats: int = 1) -> Appointment:
        """A session of a collective type of the world's category, by an agent of its own."""
        world = self.world
        type_ = self.session.scalar(select(AppointmentType).where(AppointmentType.is_collective))
        type_ = type_ or world.make_type(name="Réunion d'information", is_collective=True, seats=seats)
        ends_at = starts_at + timedelta(hours=1)
        made = world.add(
            Appointment(
                uid=str(uuid.uuid4()),
                organisation_id=world.organisation.id,
                type_id=type_.id,
                place_id=world.place.id,
                starts_at=starts_at,
                ends_at=ends_at,
                seats=seats,
                created_by=Author.AGENT,
                created_at=self.now,
            )
        )
        times = {"starts_at": starts_at, "ends_at": ends_at, "busy_until": ends_at}
        world.add(AppointmentAgent(appointment_id=made.id, agent_id=world.make_agent().id, **times))
        return made

"""A committed world with messages owed in it, and its delivery: what the outbox tests share."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from invitations import outbox
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Author,
    Beneficiary,
    Channel,
    FollowUp,
    Invitation,
    Link,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Participation,
)
from invitations.outbox import DeliveryTerms
from notifications.senders import Senders
from tests.factories import World
from tests.fakes import RememberingEmail, RememberingSms

BOTH = (Channel.SMS, Channel.EMAIL)
PUBLIC_URL = "https://rdv.drome.example"
TERMS = DeliveryTerms(
    public_url=PUBLIC_URL,
    mail_domain="drome.example",
    threads=4,
    lease=timedelta(minutes=2),
    settle_every=timedelta(minutes=5),
)


@dataclass
class Post:
    """Everything between owing a message and a provider, on a real database; each act is its own transaction."""

    database: Database
    clock: Any  # tests.conftest.Clock
    codes: Codes
    sms: RememberingSms
    email: RememberingEmail
    terms: DeliveryTerms = TERMS

    def __post_init__(self) -> None:
        with self.database.writing() as session:
            self.world = World(session, self.clock())

    # What there is to tell

    def invitation(self, *, mode: Mode = Mode.INVITATION, days: int | None = 10, **changes: Any) -> Invitation:
        """An open invitation of a new person, with its link."""
        with self.database.writing() as session:
            self.world.session = session
            follow_up = self.world.make_follow_up(changes.pop("beneficiary", None))
            values: dict[str, Any] = {
                "uid": str(uuid.uuid4()),
                "follow_up_id": follow_up.id,
                "organisation_id": self.world.organisation.id,
                "mode": mode,
                "expires_at": self.clock() + timedelta(days=days) if days is not None else None,
                "created_at": self.clock(),
            }
            made = self.world.add(Invitation(**values | changes))
            self._link(invitation_id=made.id)
        return made

    def participation(self, *, starts_in: timedelta = timedelta(days=5), **changes: Any) -> Participation:
        """A person's booked appointment, with its link."""
        with self.database.writing() as session:
            self.world.session = session
            follow_up = self.world.make_follow_up(changes.pop("beneficiary", None))
            starts_at = self.clock() + starts_in
            appointment = self.appointment(starts_at)
            made = self.world.add(
                Participation(
                    uid=str(uuid.uuid4()),
                    appointment_id=appointment.id,
                    beneficiary_id=follow_up.beneficiary_id,
                    follow_up_id=follow_up.id,
                    created_by=Author.BENEFICIARY,
                    created_at=self.clock(),
                    **changes,
                )
            )
            self._link(participation_id=made.id)
        return made

    def appointment(self, starts_at: datetime, **changes: Any) -> Appointment:
        """An appointment of an agent of its own; call it inside a transaction of the world."""
        agent = self.world.make_agent()
        values: dict[str, Any] = {
            "uid": str(uuid.uuid4()),
            "organisation_id": self.world.organisation.id,
            "type_id": self.world.type.id,
            "place_id": self.world.place.id,
            "starts_at": starts_at,
            "ends_at": starts_at + self.world.type.duration,
            "created_by": Author.BENEFICIARY,
            "created_at": self.clock(),
        }
        made = self.world.add(Appointment(**values | changes))
        self.world.add(
            AppointmentAgent(
                appointment_id=made.id,
                agent_id=agent.id,
                starts_at=made.starts_at,
                ends_at=made.ends_at,
                busy_until=made.ends_at,
            )
        )
        return made

    def _link(self, **subject: int) -> None:
        ((name, subject_id),) = subject.items()
        code = self.codes.derive(name.removesuffix("_id"), subject_id)
        self.world.add(Link(code_hash=self.codes.kept(code), created_at=self.clock(), **subject))

    # Owing, sending, looking

    def owe(
        self,
        kind: MessageKind,
        *,
        invitation: Invitation | None = None,
        participation: Participation | None = None,
        channels: tuple[Channel, ...] = BOTH,
        **changes: Any,
    ) -> list[Message]:
        with self.database.writing() as session:
            subject = invitation or participation
            assert subject is not None
            follow_up = session.get_one(FollowUp, subject.follow_up_id)
            once = outbox.owe(
                session,
                kind,
                channels=channels,
                beneficiary=session.get_one(Beneficiary, follow_up.beneficiary_id),
                organisation=session.merge(self.world.organisation),
                invitation=session.get(Invitation, invitation.id) if invitation else None,
                participation=session.get(Participation, participation.id) if participation else None,
                now=self.clock(),
                **changes,
            )
            owed = {one.once: one for one in session.scalars(select(Message).where(Message.once.in_(once)))}
            return [owed[one] for one in once]

    def invited(self, *, channels: tuple[Channel, ...] = (Channel.SMS,), **changes: Any) -> Message:
        """One invitation owed on one channel."""
        (message,) = self.owe(MessageKind.INVITATION, invitation=self.invitation(), channels=channels, **changes)
        return message

    def booked(self, *, channels: tuple[Channel, ...] = (Channel.SMS,)) -> tuple[Participation, Message]:
        participation = self.participation()
        (message,) = self.owe(MessageKind.BOOKED, participation=participation, channels=channels, leaves_at_once=True)
        return participation, message

    def deliver(self, *, process: str = "here", should_stop: Callable[[], bool] = lambda: False) -> int:
        return outbox.deliver(
            self.database,
            Senders(sms=self.sms, email=self.email),
            codes=self.codes,
            terms=self.terms,
            clock=self.clock,
            process=process,
            should_stop=should_stop,
        )

    def settle(self) -> int:
        return outbox.settle_unknown(
            self.database,
            Senders(sms=self.sms, email=self.email),
            codes=self.codes,
            terms=self.terms,
            clock=self.clock,
        )

    def change(self, row: Any, **values: Any) -> None:
        with self.database.writing() as session:
            found = session.get_one(type(row), row.id)
            for name, value in values.items():
                setattr(found, name, value)

    def read(self, row: Any) -> Any:
        """The row as it is in the database now."""
        with self.database.reading() as session:
            found = session.get_one(type(row), row.id)
            session.expunge_all()  # the end of a reading session empties what it read
        return found

    def state(self, message: Message) -> MessageState:
        return MessageState(self.read(message).state)

    def person(self, message: Message) -> Beneficiary:
        with self.database.reading() as session:
            found = session.get_one(Beneficiary, message.beneficiary_id)
            session.expunge_all()
        return found

    def messages(self) -> list[Message]:
        with self.database.reading() as session:
            found = list(session.scalars(select(Message).order_by(Message.id)))
            session.expunge_all()
        return found

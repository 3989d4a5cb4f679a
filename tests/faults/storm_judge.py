"""What a storm left: what people were answered, the database and the provider's own record, held against each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from invitations.database import Database
from invitations.models import Appointment, Channel, Message, MessageState, Participation
from tests.faults.bookers import Bookers
from tests.faults.provider import Provider
from tests.racing.judge import booked_twice, empty, overlapping

NOT_YET = (MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN)
TEXT = Message.channel == Channel.SMS


@dataclass(frozen=True)
class Found:
    """Counts. The first five must be 0."""

    requests_lost: int  # answered with success, and nothing of it is there
    bookings_lost: int  # an appointment with nobody in it, or somebody told no who holds one
    bookings_doubled: int  # an agent, or a person, with two at once
    messages_lost: int  # a booking without its confirmation taken by the provider
    messages_doubled: int  # taken once more than owed
    bookings: int
    unanswered: int  # attempts that met a dead server; the same person tried again
    sent_away: int  # attempts answered "come back"; the same person tried again
    doubted: int  # texts that were asked about

    @property
    def violations(self) -> int:
        return (
            self.requests_lost + self.bookings_lost + self.bookings_doubled + self.messages_lost + self.messages_doubled
        )


def judge(database: Database, provider: Provider, bookers: Bookers) -> Found:
    taken = provider.taken_by_number()
    with database.reading() as session:
        held = Counter(session.scalars(select(Participation.beneficiary_id).order_by(Participation.id)))
        owed = confirmations(session)
        (organisation,) = session.scalars(select(Appointment.organisation_id).distinct().order_by("organisation_id"))
        return Found(
            requests_lost=len(bookers.booked - set(held)),
            bookings_lost=empty(session, organisation) + len(set(bookers.otherwise) & set(held) - bookers.booked),
            bookings_doubled=overlapping(session, organisation)
            + booked_twice(session, organisation)
            + sum(times - 1 for times in held.values()),
            messages_lost=sum(taken[owed.get(person, "")] < times for person, times in held.items()),
            messages_doubled=sum(times - 1 for times in taken.values()),
            bookings=sum(held.values()),
            unanswered=bookers.unanswered,
            sent_away=bookers.sent_away,
            doubted=count(session, TEXT, Message.looks > 0),
        )


def confirmations(session: Session) -> dict[int, str]:
    """The number to which each person's confirmation went, as far as we say that it went."""
    rows = select(Message.beneficiary_id, Message.address).where(TEXT, Message.state == MessageState.SENT)
    return {person: str(address) for person, address in session.execute(rows.order_by(Message.id)) if person}


def quiet(database: Database) -> bool:
    """True when no text is on its way or due."""
    with database.reading() as session:
        return count(session, TEXT, Message.state.in_(NOT_YET)) == 0


def sent_since(database: Database, moment: datetime) -> bool:
    """True when a text that was taken in hand after that moment has left."""
    with database.reading() as session:
        return count(session, TEXT, Message.state == MessageState.SENT, Message.claimed_at > moment) > 0


def count(session: Session, *which: ColumnElement[bool]) -> int:
    found: Any = session.scalar(select(func.count()).select_from(Message).where(*which))
    return int(found or 0)

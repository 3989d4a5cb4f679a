"""A freed slot, answered by text: yes takes it while it is the last thing we told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from invitations import replies
from invitations.codes import Codes
from invitations.models import (
    AuditEvent,
    InboundText,
    Message,
    MessageKind,
    MessageState,
    Participation,
    Unanswered,
)
from notifications.inbound import Text
from tests.factories import World
from tests.invitations.queue import Queue, Somebody
from tests.invitations.test_waiting import NINE, leave_slots


@pytest.fixture
def queue(world: World, codes: Codes) -> Queue:
    return Queue(world, codes)


def say(queue: Queue, somebody: Somebody, body: str) -> InboundText:
    """A text of theirs, read at once."""
    phone = somebody.follow_up.beneficiary.phone or ""
    sid = f"SM{next(queue.world.numbers)}"
    replies.receive(queue.session, Text(sid=sid, sender=phone, number="+33937000000", body=body), now=queue.now)
    (waiting,) = replies.unread(queue.session)
    assert replies.read(queue.session, waiting, codes=queue.codes, now=queue.now)
    return queue.session.get_one(InboundText, waiting)


def everything_left(queue: Queue) -> None:
    pending = update(Message).where(Message.state == MessageState.PENDING)
    queue.session.execute(pending.values(state=MessageState.SENT, sent_at=queue.now))


@pytest.fixture
def offered(world: World, queue: Queue) -> Somebody:
    """One slot on Thursday at nine was freed, and is kept for the only one who waits."""
    first, second = queue.invite(), queue.invite()
    leave_slots(world, (9, 0))
    booked = first.book()
    second.ask()
    queue.cancel(booked)
    everything_left(queue)
    queue.pass_by(timedelta(minutes=1))
    queue.scheduler()
    everything_left(queue)
    assert second.offer is not None
    return second


def bookings_of(queue: Queue, somebody: Somebody) -> list[Participation]:
    whose = Participation.follow_up_id == somebody.follow_up.id
    return list(queue.session.scalars(select(Participation).where(whose)))


def test_yes_takes_the_freed_slot(queue: Queue, offered: Somebody) -> None:
    assert say(queue, offered, "OUI").waits_for is None
    (booked,) = bookings_of(queue, offered)
    assert booked.appointment.starts_at == NINE


def test_yes_after_another_text_of_ours_does_not_take_it(queue: Queue, offered: Somebody) -> None:
    say(queue, offered, "Qui êtes-vous ?")
    everything_left(queue)
    say(queue, offered, "OUI")
    assert bookings_of(queue, offered) == []


def test_the_same_yes_again_confirms_what_was_taken(queue: Queue, offered: Somebody) -> None:
    say(queue, offered, "OUI")
    everything_left(queue)
    say(queue, offered, "OUI")
    assert len(bookings_of(queue, offered)) == 1
    last = queue.session.scalars(select(Message).order_by(Message.id.desc()).limit(1)).one()
    assert last.kind is MessageKind.REPLY_APPOINTMENT
    assert queue.session.scalar(select(AuditEvent).where(AuditEvent.action == "appointment.confirmed")) is not None


def test_what_cannot_be_read_is_left_to_somebody_and_the_others_go_on(queue: Queue, offered: Somebody) -> None:
    phone = offered.follow_up.beneficiary.phone or ""
    replies.receive(queue.session, Text(sid="SM1", sender=phone, number="+33937000000", body="1"), now=queue.now)
    (waiting,) = replies.unread(queue.session)
    replies.give_up(queue.session, waiting, now=queue.now)
    assert list(replies.unread(queue.session)) == []
    found = queue.session.get_one(InboundText, waiting, populate_existing=True)
    assert (found.waits_for, found.organisation_id) == (Unanswered.BROKEN, queue.world.organisation.id)
    assert not replies.read(queue.session, waiting, codes=queue.codes, now=queue.now)

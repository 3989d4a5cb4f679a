"""What could not reach its reader by one channel is said by another: the same words, once, while it is useful."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from invitations import escalation_calls, escalation_untold
from invitations.database import Database
from invitations.escalation_calls import Calls, CallWhy
from invitations.models import (
    Appointment,
    Beneficiary,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Organisation,
    Outcome,
    Participation,
)
from invitations.models.messages import ENDED_BADLY
from invitations.outbox import falling_back, receipts
from invitations.outbox.falling_back import once_by
from invitations.outbox.states import ANSWERING, LETTERED
from notifications.receipts import Delivery, Receipt
from notifications.senders import Reason, SendError
from tests.post import Post

SMS, EMAIL, LETTER = (Channel.SMS,), (Channel.EMAIL,), (Channel.LETTER,)
DAY = timedelta(days=1)
AT_HOME = {"address": "3 rue des Lilas", "postcode": "26000", "city": "Valence"}


def fall_back(post: Post) -> list[Message]:
    """What the job owes now."""
    before = {one.id for one in post.messages()}
    with post.database.reading() as session:
        due = falling_back.due(session, now=post.clock())
    with post.database.writing() as session:
        falling_back.fall_back(session, due, now=post.clock())
    return [one for one in post.messages() if one.id not in before]


def fails(post: Post, message: Message, reason: Reason = Reason.WRONG_ADDRESS) -> None:
    """The provider refuses the one message that is due."""
    refusals = post.sms.refusals if message.channel is Channel.SMS else post.email.refusals
    refusals.append(SendError(reason, "21211"))
    post.deliver()
    assert post.state(message) is MessageState.FAILED


def sends_letters(post: Post) -> None:
    post.change(post.world.settings, channels=["sms", "email", "letter"])


def at_home(post: Post, message: Message) -> None:
    post.change(post.person(message), **AT_HOME)


def test_the_email_takes_the_place_of_a_text_that_could_not_be_delivered(post: Post) -> None:
    text_ = post.invited()
    fails(post, text_)
    (owed,) = fall_back(post)
    assert (owed.kind, owed.channel, owed.version) == (MessageKind.INVITATION, Channel.EMAIL, text_.version)
    assert (owed.invitation_id, owed.useless_at) == (text_.invitation_id, text_.useless_at)
    assert owed.replaces_id == text_.id
    assert owed.once == once_by(text_.once, Channel.EMAIL)
    assert owed.address == post.person(text_).email
    assert post.deliver() == 1
    assert fall_back(post) == []


def test_the_text_takes_the_place_of_an_email_that_bounced(post: Post) -> None:
    message = post.invited(channels=EMAIL)
    fails(post, message)
    (owed,) = fall_back(post)
    assert owed.channel is Channel.SMS
    assert post.deliver() == 1


def test_a_receipt_that_comes_later_leads_there_too(post: Post) -> None:
    message = post.invited()
    post.deliver()
    post.clock.pass_by(timedelta(hours=1))
    provider_id = str(post.read(message).provider_id)
    receipt = Receipt(
        reference=str(message.id),
        provider_id=provider_id,
        status="undelivered",
        delivery=Delivery.UNDELIVERED,
        error_code="30005",
    )
    with post.database.writing() as session:
        receipts.apply_receipt(session, receipt, reason=Reason.WRONG_ADDRESS, now=post.clock())
    assert post.state(message) is MessageState.UNDELIVERED
    (owed,) = fall_back(post)
    assert owed.channel is Channel.EMAIL


def test_what_was_said_by_the_other_channel_is_not_said_again(post: Post) -> None:
    post.owe(MessageKind.INVITATION, invitation=post.invitation())
    post.sms.refusals.append(SendError(Reason.WRONG_ADDRESS, "21211"))
    assert post.deliver() == 1
    assert fall_back(post) == []


def test_what_the_person_refused_before_it_left_is_said_by_the_other_channel(post: Post) -> None:
    message = post.invited()
    post.change(post.person(message), sms_refused_at=post.clock())
    assert post.deliver() == 0
    assert post.read(message).error_reason == "refused"
    (owed,) = fall_back(post)
    assert owed.channel is Channel.EMAIL


@pytest.mark.parametrize(
    "changes", [{"email": None}, {"email_dead_at": True}, {"email_refused_at": True}], ids=["none", "dead", "refused"]
)
def test_an_address_that_does_not_work_takes_no_place(post: Post, changes: dict[str, Any]) -> None:
    message = post.invited()
    values = {name: post.clock() if value else value for name, value in changes.items()}
    post.change(post.person(message), **values)
    fails(post, message)
    assert fall_back(post) == []
    assert post.read(message).fell_back_at == post.clock()


def test_our_account_refused_is_no_reason_to_change_channels(post: Post) -> None:
    message = post.invited()
    post.sms.refusals.append(SendError(Reason.OUR_ACCOUNT, "20003"))
    post.deliver()
    assert post.state(message) is MessageState.PENDING
    assert fall_back(post) == []


def test_what_is_overtaken_is_not_said_again(post: Post) -> None:
    participation, message = post.booked()
    fails(post, message)
    with post.database.writing() as session:
        session.get_one(Participation, participation.id).appointment.version += 1
    assert fall_back(post) == []


def test_an_invitation_answered_meanwhile_is_not_repeated(post: Post) -> None:
    message = post.invited()
    fails(post, message)
    with post.database.writing() as session:
        session.get_one(Invitation, message.invitation_id).answered_at = post.clock()
    assert fall_back(post) == []


def test_an_appointment_that_is_over_is_told_by_nothing(post: Post) -> None:
    _, message = post.booked()
    fails(post, message)
    post.clock.pass_by(timedelta(days=1))
    with post.database.writing() as session:
        for one in session.query(Appointment):
            one.starts_at, one.ends_at = post.clock() - timedelta(hours=1), post.clock()
    assert fall_back(post) == []


def test_a_reminder_that_is_too_late_is_not_said_again(post: Post) -> None:
    participation = post.participation(starts_in=timedelta(hours=26))
    (message,) = post.owe(
        MessageKind.APPOINTMENT_REMINDER,
        participation=participation,
        channels=SMS,
        step="d1",
        useless_at=post.clock() + timedelta(hours=24),
    )
    fails(post, message)
    post.clock.pass_by(timedelta(hours=25))
    assert fall_back(post) == []


def test_a_reminder_in_time_keeps_its_step(post: Post) -> None:
    participation = post.participation()
    (message,) = post.owe(
        MessageKind.APPOINTMENT_REMINDER,
        participation=participation,
        channels=SMS,
        step="d1",
        useless_at=post.clock() + timedelta(days=4),
    )
    fails(post, message)
    (owed,) = fall_back(post)
    assert (owed.once, owed.useless_at) == (message.once.replace(":sms:", ":email:"), message.useless_at)


def test_a_move_told_by_another_channel_still_says_the_time_before(post: Post) -> None:
    participation = post.participation()
    before = post.clock() + timedelta(days=2)
    (message,) = post.owe(
        MessageKind.MOVED, participation=participation, channels=SMS, previous_starts_at=before, leaves_at_once=True
    )
    fails(post, message)
    (owed,) = fall_back(post)
    assert owed.previous_starts_at == before
    assert "26\N{NO-BREAK SPACE}novembre" in owed.body.replace(" ", "\N{NO-BREAK SPACE}")
    assert not owed.leaves_at_once  # hours may have passed: nobody waits for it any more


def test_a_letter_is_left_when_neither_text_nor_email_arrives(post: Post) -> None:
    sends_letters(post)
    messages = post.owe(MessageKind.INVITATION, invitation=post.invitation(days=20))
    at_home(post, messages[0])
    post.sms.refusals.append(SendError(Reason.WRONG_ADDRESS, "21211"))
    post.email.refusals.append(SendError(Reason.WRONG_ADDRESS, "5.1.1"))
    assert post.deliver() == 0
    (owed,) = fall_back(post)
    assert (owed.kind, owed.channel) == (MessageKind.INVITATION, Channel.LETTER)
    assert post.state(owed) is MessageState.PENDING
    assert fall_back(post) == []


@pytest.mark.parametrize("why", ["no letters", "no address", "no time", "a letter lies there"])
def test_no_letter_without_what_it_needs(post: Post, why: str) -> None:
    if why != "no letters":
        sends_letters(post)
    message = post.invited() if why == "no time" else post.owe(
        MessageKind.INVITATION, invitation=post.invitation(days=20), channels=SMS
    )[0]  # fmt: skip
    post.change(post.person(message), email=None, **({} if why == "no address" else AT_HOME))
    if why == "a letter lies there":
        invitation = post.read(Invitation(id=message.invitation_id))
        post.owe(MessageKind.INVITATION, invitation=invitation, channels=LETTER, version=7)
    fails(post, message)
    post.clock.pass_by(timedelta(days=1))
    if why == "no time":
        post.change(message, useless_at=post.clock() + timedelta(days=5))
    assert fall_back(post) == []


def test_what_failed_days_ago_is_left_to_those_who_have_called(post: Post) -> None:
    message = post.invited()
    fails(post, message)
    post.clock.pass_by(falling_back.A_WHILE + timedelta(minutes=1))
    assert fall_back(post) == []


def test_answers_to_texts_and_freed_slots_are_not_carried_on() -> None:
    left_alone = ANSWERING | {MessageKind.SLOT_FREED, MessageKind.DIGEST, MessageKind.CONTACT_CHANGED}
    assert falling_back.CARRIED_ON.isdisjoint(left_alone)
    assert LETTERED <= falling_back.CARRIED_ON


def test_two_schedulers_at_once_say_it_once(post: Post) -> None:
    for _ in range(6):
        fails(post, post.invited())
    with post.database.reading() as session:
        due = falling_back.due(session, now=post.clock())

    def run(_: int) -> int:
        with post.database.writing() as session:
            return falling_back.fall_back(session, due, now=post.clock())

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(run, range(2)))
    assert sum(done) == 6
    assert sum(one.channel is Channel.EMAIL for one in post.messages()) == 6


def test_whoever_dies_in_the_middle_has_done_nothing(post: Post) -> None:
    fails(post, post.invited())
    with post.database.reading() as session:
        due = falling_back.due(session, now=post.clock())

    def die() -> None:
        with post.database.writing() as session:
            falling_back.fall_back(session, due, now=post.clock())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die()
    assert len(fall_back(post)) == 1


def test_what_failed_is_found_by_its_index(database: Database) -> None:
    """SQLite says so itself; PostgreSQL reads a small table whole, and is asked not to."""
    with database.reading() as session:
        is_sqlite = session.get_bind().dialect.name == "sqlite"
        query = f"SELECT id FROM messages WHERE {ENDED_BADLY} AND settled_at >= '2026-01-01' ORDER BY settled_at"
        if not is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.execute(text(f"EXPLAIN {'QUERY PLAN ' if is_sqlite else ''}{query}")).all()
    assert "ix_messages_to_fall_back" in str(plan)


# Whom no channel tells: somebody calls them


def calls(post: Post) -> Calls:
    with post.database.reading() as session:
        organisation = session.get_one(Organisation, post.world.organisation.id)
        found = escalation_calls.read(session, organisation, now=post.clock())
        assert escalation_calls.count(session, organisation, now=post.clock()) == len(found.now)
    return found


def moved_in_vain(post: Post, kind: MessageKind = MessageKind.MOVED, **changes: Any) -> Participation:
    """Somebody without an email whose text about a change does not arrive."""
    participation = post.participation(**changes)
    post.change(Beneficiary(id=participation.beneficiary_id), email=None)
    post.change(FollowUp(id=participation.follow_up_id), status=FollowUpStatus.APPOINTMENT_PENDING)
    if kind is MessageKind.CANCELLED_BY_SERVICE:
        post.change(participation, outcome=Outcome.REVOKED)
    (message,) = post.owe(kind, participation=participation, leaves_at_once=True)
    fails(post, message)
    assert fall_back(post) == []
    return participation


@pytest.mark.parametrize("kind", [MessageKind.MOVED, MessageKind.CANCELLED_BY_SERVICE])
def test_whoever_does_not_know_of_a_change_is_called_first(post: Post, kind: MessageKind) -> None:
    participation = moved_in_vain(post, kind)
    (one,) = calls(post).now
    assert (one.why, one.follow_up_id) == (CallWhy.UNTOLD, participation.follow_up_id)
    assert one.is_off is (kind is MessageKind.CANCELLED_BY_SERVICE)
    assert [(said.channel, said.state) for said in one.written] == [(Channel.SMS, MessageState.FAILED)]


def test_once_it_is_said_by_voice_nobody_is_called(post: Post) -> None:
    participation = moved_in_vain(post)
    for _ in range(2):
        with post.database.writing() as session:
            escalation_untold.note_told(
                session,
                session.get_one(FollowUp, participation.follow_up_id),
                agent_id=post.world.agent.id,
                organisation_id=post.world.organisation.id,
                now=post.clock(),
            )
    assert calls(post).now == []


def test_after_the_appointment_nobody_is_called_about_its_move(post: Post) -> None:
    moved_in_vain(post)
    post.clock.pass_by(timedelta(days=6))
    assert calls(post).now == []


def test_a_move_told_by_the_other_channel_is_no_call(post: Post) -> None:
    participation = post.participation()
    (message,) = post.owe(MessageKind.MOVED, participation=participation, channels=SMS, leaves_at_once=True)
    fails(post, message)
    fall_back(post)
    assert calls(post).now == []


def test_a_convocation_that_reached_nobody_is_somebodys_to_call(post: Post) -> None:
    participation = post.participation()
    invitation = post.invitation(mode=Mode.CONVOCATION, beneficiary=None)
    post.change(invitation, follow_up_id=participation.follow_up_id)
    post.change(participation, invitation_id=invitation.id)
    post.change(Beneficiary(id=participation.beneficiary_id), email=None)
    post.change(FollowUp(id=participation.follow_up_id), status=FollowUpStatus.APPOINTMENT_PENDING)
    (message,) = post.owe(
        MessageKind.CONVOCATION,
        participation=post.read(participation),
        invitation=post.read(invitation),
    )
    fails(post, message)
    fall_back(post)
    assert [(one.why, one.follow_up_id) for one in calls(post).now if one.why is CallWhy.UNDELIVERED] == [
        (CallWhy.UNDELIVERED, participation.follow_up_id)
    ]

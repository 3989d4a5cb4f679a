"""What is owed, to whom, on which channel, from when."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from invitations import outbox
from invitations.messages import LINK
from invitations.models import Channel, MessageKind, MessageState
from tests.post import BOTH, Post

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def test_an_invitation_is_owed_by_text_and_email(post: Post) -> None:
    invitation = post.invitation()
    sms, email = post.owe(MessageKind.INVITATION, invitation=invitation)
    assert (sms.channel, email.channel) == BOTH
    assert sms.address.startswith("+33639980")
    assert "@" in email.address
    assert sms.segments == 1
    assert LINK in sms.body
    assert LINK in email.body
    assert sms.useless_at == invitation.expires_at
    assert {one.state for one in post.messages()} == {MessageState.PENDING}


def test_the_same_message_is_owed_once(post: Post) -> None:
    invitation = post.invitation()
    assert len(post.owe(MessageKind.INVITATION, invitation=invitation)) == 2
    assert post.owe(MessageKind.INVITATION, invitation=invitation) == []
    assert len(post.messages()) == 2


def test_another_version_is_another_message(post: Post) -> None:
    participation = post.participation()
    post.owe(MessageKind.MOVED, participation=participation, version=1)
    post.owe(MessageKind.MOVED, participation=participation, version=2)
    assert sorted(one.version for one in post.messages()) == [1, 1, 2, 2]


def test_two_reminders_of_one_appointment_are_two_messages(post: Post) -> None:
    participation = post.participation()
    post.owe(MessageKind.APPOINTMENT_REMINDER, participation=participation, step="2d")
    post.owe(MessageKind.APPOINTMENT_REMINDER, participation=participation, step="1d")
    assert len({one.once for one in post.messages()}) == 4


def test_a_channel_that_does_not_reach_the_person_is_skipped(post: Post) -> None:
    invitation = post.invitation()
    (sms,) = post.owe(MessageKind.INVITATION, invitation=invitation, channels=(Channel.SMS,))
    post.change(post.person(sms), phone="+33475000000")
    (email,) = post.owe(MessageKind.INVITATION_REMINDER, invitation=invitation, version=1)
    assert email.channel is Channel.EMAIL


def test_what_is_owed_at_night_is_due_in_the_morning(post: Post) -> None:
    post.clock.now = at("2026-11-28T21:00")  # a Saturday
    assert post.invited().due_at == at("2026-11-30T08:00")


def test_the_answer_to_someone_who_acted_is_due_at_once(post: Post) -> None:
    post.clock.now = at("2026-11-28T23:00")
    _, message = post.booked()
    assert message.due_at == post.clock()


def test_an_appointment_s_message_has_its_version_and_is_useless_once_it_starts(post: Post) -> None:
    participation = post.participation()
    with post.database.writing() as session:
        appointment = session.merge(participation).appointment
        appointment.version = 3
    (message,) = post.owe(MessageKind.MOVED, participation=participation, channels=(Channel.SMS,))
    assert message.version == 3
    assert message.useless_at == appointment.starts_at


def test_what_has_not_left_is_taken_back(post: Post) -> None:
    invitation = post.invitation()
    post.owe(MessageKind.INVITATION, invitation=invitation, channels=(Channel.SMS,))
    post.deliver()
    post.owe(MessageKind.INVITATION_REMINDER, invitation=invitation, version=1, channels=(Channel.SMS,))
    with post.database.writing() as session:
        assert outbox.cancel_pending(session, invitation_id=invitation.id, now=post.clock()) == 1
    assert [one.state for one in post.messages()] == [MessageState.SENT, MessageState.CANCELLED]


def test_ending_an_invitation_leaves_the_confirmation_it_led_to(post: Post) -> None:
    invitation, participation = post.invitation(), post.participation()
    post.owe(MessageKind.BOOKED, invitation=invitation, participation=participation, channels=(Channel.SMS,))
    with post.database.writing() as session:
        assert outbox.cancel_pending(session, invitation_id=invitation.id, now=post.clock()) == 0
        assert outbox.cancel_pending(session, participation_id=participation.id, now=post.clock()) == 1


def test_taking_back_needs_a_subject(post: Post) -> None:
    with post.database.writing() as session, pytest.raises(ValueError, match="which"):
        outbox.cancel_pending(session, now=post.clock())


def test_the_same_debt_from_two_schedulers_is_one_message(post: Post) -> None:
    invitation = post.invitation()
    with post.database.reading() as session:
        assert session.get_one(type(invitation), invitation.id).expires_at == post.clock() + timedelta(days=10)
    for _ in range(2):
        post.owe(MessageKind.INVITATION_REMINDER, invitation=invitation, version=1)
    assert len(post.messages()) == 2

"""Messages of which nobody knows whether they left."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from invitations.models import Channel, Message, MessageKind, MessageState
from invitations.outbox.claiming import claim
from invitations.outbox.marking import Result, mark
from notifications.senders import Reason, SendError, Sms
from tests.post import Post


def die_while_sending(post: Post, *, accepted: bool) -> None:
    """A process claims what is due, the provider takes it or not, and the process is gone before it writes anything."""
    with post.database.writing() as session:
        session.expire_on_commit = False
        batch = claim(session, process="dead", limit=100, now=post.clock()) or []
    if accepted:
        from invitations.outbox.handing_over import write_sms

        for one in batch:
            post.sms.send(write_sms(one, codes=post.codes, terms=post.terms))


def test_a_claim_within_its_lease_is_left_alone(post: Post) -> None:
    message = post.invited()
    die_while_sending(post, accepted=False)
    post.clock.pass_by(post.terms.lease - timedelta(seconds=1))
    assert post.settle() == 0
    assert post.state(message) is MessageState.SENDING


def test_what_a_dead_process_had_sent_is_found_and_not_sent_again(post: Post) -> None:
    message = post.invited()
    die_while_sending(post, accepted=True)
    post.clock.pass_by(timedelta(minutes=3))
    assert post.settle() == 1
    kept = post.read(message)
    assert (kept.state, kept.provider_id) == (MessageState.SENT, "SM" + "1".zfill(32))
    assert post.deliver() == 0
    assert len(post.sms.sent) == 1


def test_what_a_dead_process_had_not_sent_leaves_after_two_looks(post: Post) -> None:
    message = post.invited()
    die_while_sending(post, accepted=False)
    post.clock.pass_by(timedelta(minutes=3))
    assert post.settle() == 0
    assert (post.state(message), post.read(message).looks) == (MessageState.UNKNOWN, 1)
    post.clock.pass_by(timedelta(minutes=1))
    assert post.settle() == 0
    assert post.read(message).looks == 1  # too soon for the second
    post.clock.pass_by(timedelta(minutes=4))
    assert post.settle() == 1
    assert post.state(message) is MessageState.PENDING
    assert post.deliver() == 1
    assert len(post.sms.sent) == 1


def test_what_shows_up_at_the_second_look_is_not_sent_again(post: Post) -> None:
    message = post.invited()
    die_while_sending(post, accepted=False)
    post.clock.pass_by(timedelta(minutes=3))
    post.settle()
    late = Sms(reference=str(message.id), to=message.address, body=body_of(post, message))
    post.sms.send(late)
    post.clock.pass_by(timedelta(minutes=5))
    assert post.settle() == 1
    assert post.state(message) is MessageState.SENT
    assert post.deliver() == 0


def body_of(post: Post, message: Message) -> str:
    from invitations.messages import finish
    from tests.post import PUBLIC_URL

    return finish(message, codes=post.codes, public_url=PUBLIC_URL).text


@pytest.mark.parametrize("kind", [MessageKind.INVITATION_REMINDER, MessageKind.PROPOSITION_REMINDER])
def test_a_lost_reminder_is_given_up(post: Post, kind: MessageKind) -> None:
    (message,) = post.owe(kind, invitation=post.invitation(), version=1, channels=(Channel.SMS,))
    die_while_sending(post, accepted=False)
    post.clock.pass_by(timedelta(minutes=3))
    post.settle()
    post.clock.pass_by(timedelta(minutes=5))
    assert post.settle() == 1
    assert (post.state(message), post.read(message).error_reason) == (MessageState.FAILED, "given_up")


def test_a_provider_that_cannot_say_is_asked_again_and_the_look_does_not_count(post: Post) -> None:
    message = post.invited()
    die_while_sending(post, accepted=True)

    class Silent:
        def send(self, sms: Sms) -> str:
            raise SendError(Reason.WAIT)

        def find(self, sms: Sms, *, since: datetime) -> str | None:
            raise SendError(Reason.WAIT)

    provider, post.sms = post.sms, Silent()  # type: ignore[assignment]
    for _ in range(5):
        post.clock.pass_by(timedelta(minutes=6))
        assert post.settle() == 0
    assert (post.state(message), post.read(message).looks) == (MessageState.UNKNOWN, 0)
    post.sms = provider
    post.clock.pass_by(timedelta(minutes=6))
    assert post.settle() == 1
    assert post.state(message) is MessageState.SENT


def test_a_text_found_is_not_taken_for_another_that_reads_alike(post: Post) -> None:
    invitation = post.invitation()
    (first,) = post.owe(MessageKind.INVITATION, invitation=invitation, channels=(Channel.SMS,))
    post.deliver()
    (second,) = post.owe(MessageKind.INVITATION, invitation=invitation, version=1, channels=(Channel.SMS,))
    assert second.body == first.body
    die_while_sending(post, accepted=False)
    post.clock.pass_by(timedelta(minutes=3))
    assert post.settle() == 0
    assert post.state(second) is MessageState.UNKNOWN


def test_an_email_of_a_dead_process_goes_again_as_the_same_email(post: Post) -> None:
    message = post.invited(channels=(Channel.EMAIL,))
    die_while_sending(post, accepted=False)
    post.clock.pass_by(timedelta(minutes=3))
    post.settle()
    assert post.deliver() == 1
    again = post.email.sent[0].message_id
    assert str(message.id) in again


def test_a_process_that_wakes_up_late_still_says_what_left(post: Post) -> None:
    message = post.invited()
    with post.database.writing() as session:
        (claimed,) = claim(session, process="slow", limit=100, now=post.clock()) or []
    post.clock.pass_by(timedelta(minutes=3))
    post.settle()
    with post.database.writing() as session:
        mark(session, [Result(claimed, provider_id="SM9")], now=post.clock())
    assert (post.state(message), post.read(message).provider_id) == (MessageState.SENT, "SM9")


def test_a_process_that_wakes_up_late_can_not_take_back_what_another_is_sending(post: Post) -> None:
    message = post.invited()
    with post.database.writing() as session:
        (claimed,) = claim(session, process="slow", limit=100, now=post.clock()) or []
    for _ in range(2):
        post.clock.pass_by(timedelta(minutes=6))
        post.settle()
    with post.database.writing() as session:
        assert claim(session, process="other", limit=100, now=post.clock())
    with post.database.writing() as session:
        mark(session, [Result(claimed, error=SendError(Reason.WAIT))], now=post.clock())
        mark(session, [Result(claimed)], now=post.clock())
    assert post.state(message) is MessageState.SENDING

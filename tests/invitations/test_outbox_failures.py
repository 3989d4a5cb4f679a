"""What each refusal of a provider leads to; the queue when the provider is down or our account is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from invitations.models import Channel, MessageState
from notifications.senders import Reason, SendError
from tests.post import Post


@pytest.mark.parametrize(
    ("reason", "column"), [(Reason.WRONG_ADDRESS, "phone_dead_at"), (Reason.REFUSED_BY_PERSON, "sms_refused_at")]
)
def test_a_number_that_is_wrong_or_refuses_is_closed_for_everyone_who_shares_it(
    post: Post, reason: Reason, column: str
) -> None:
    message = post.invited()
    with post.database.writing() as session:
        post.world.session = session
        spouse = post.world.make_beneficiary(phone=message.address)
        stranger = post.world.make_beneficiary()
    post.sms.refusals = [SendError(reason, "21211")]
    assert post.deliver() == 0
    assert (post.state(message), post.read(message).error_code) == (MessageState.FAILED, "21211")
    assert getattr(post.person(message), column) == post.clock()
    assert getattr(post.read(spouse), column) == post.clock()
    assert getattr(post.read(stranger), column) is None


def test_an_email_address_that_does_not_exist_is_closed(post: Post) -> None:
    message = post.invited(channels=(Channel.EMAIL,))
    post.email.refusals = [SendError(Reason.WRONG_ADDRESS, "550 5.1.1")]
    post.deliver()
    assert post.person(message).email_dead_at == post.clock()
    assert post.person(message).phone_dead_at is None


def test_a_provider_that_asks_to_wait_gets_the_message_later(post: Post) -> None:
    message = post.invited()
    post.sms.refusals = [
        SendError(Reason.WAIT, "20429"),
        SendError(Reason.WAIT, "20429", retry_after=timedelta(minutes=2)),
    ]
    assert post.deliver() == 0
    assert post.read(message).due_at == post.clock() + timedelta(minutes=5)
    post.clock.pass_by(timedelta(minutes=5))
    assert post.deliver() == 0
    assert post.read(message).due_at == post.clock() + timedelta(minutes=2)
    post.clock.pass_by(timedelta(minutes=2))
    assert post.deliver() == 1
    kept = post.read(message)
    assert (kept.state, kept.attempts, kept.error_reason) == (MessageState.SENT, 3, None)


def test_an_unknown_error_is_tried_once_more_then_left_to_a_person(post: Post) -> None:
    message = post.invited()
    post.sms.refusals = [SendError(Reason.OTHER, "99999")] * 2
    post.deliver()
    assert post.state(message) is MessageState.PENDING
    post.clock.pass_by(timedelta(minutes=5))
    post.deliver()
    kept = post.read(message)
    assert (kept.state, kept.error_code, kept.settled_at) == (MessageState.FAILED, "99999", post.clock())


def test_a_refused_account_stops_the_channel_and_loses_nothing(post: Post) -> None:
    messages = [post.invited() for _ in range(10)]
    post.invited(channels=(Channel.EMAIL,))
    post.sms.refusals = [SendError(Reason.OUR_ACCOUNT, "20003")] * 100
    assert post.deliver() == 1  # the email
    tried = 100 - len(post.sms.refusals)
    assert tried <= post.terms.threads
    kept = [post.read(one) for one in messages]
    assert {(one.state, one.attempts) for one in kept} == {(MessageState.PENDING, 0)}
    assert any(one.error_reason == Reason.OUR_ACCOUNT for one in kept)

    assert post.deliver() == 0  # the next tick does not even ask
    assert 100 - len(post.sms.refusals) == tried

    post.sms.refusals = []
    post.clock.pass_by(timedelta(minutes=5))
    assert post.deliver() == 10


def test_a_provider_that_is_down_is_not_hammered_and_all_leave_once_when_it_is_back(post: Post) -> None:
    for _ in range(40):
        post.invited()
    post.sms.refusals = [SendError(Reason.WAIT, "ConnectionError")] * 1000
    for _ in range(3):
        assert post.deliver() == 0
        post.clock.pass_by(timedelta(seconds=5))
    assert 1000 - len(post.sms.refusals) <= 3 * 2 * post.terms.threads
    assert {one.state for one in post.messages()} == {MessageState.PENDING}

    post.sms.refusals = []
    for _ in range(4):
        post.deliver()
        post.clock.pass_by(timedelta(minutes=20))
    assert len(post.sms.sent) == 40
    assert len({one.reference for one in post.sms.sent}) == 40
    assert {one.state for one in post.messages()} == {MessageState.SENT}


def test_a_text_that_may_or_may_not_have_left_is_unknown(post: Post) -> None:
    message = post.invited()
    post.sms.refusals = [SendError(Reason.UNCERTAIN, "ReadTimeout")]
    assert post.deliver() == 0
    assert post.state(message) is MessageState.UNKNOWN
    post.clock.pass_by(timedelta(hours=1))
    assert post.deliver() == 0  # never sent again blindly


def test_an_email_cut_off_goes_again_as_the_same_email(post: Post) -> None:
    message = post.invited(channels=(Channel.EMAIL,))
    post.email.refusals = [SendError(Reason.UNCERTAIN, "SMTPServerDisconnected")]
    assert post.deliver() == 0
    kept = post.read(message)
    assert (kept.state, kept.error_reason) == (MessageState.PENDING, Reason.UNCERTAIN)
    post.clock.pass_by(timedelta(minutes=5))
    assert post.deliver() == 1


def test_a_text_too_late_to_be_of_use_expires(post: Post) -> None:
    message = post.invited()
    post.sms.refusals = [SendError(Reason.EXPIRED)]
    post.deliver()
    assert post.state(message) is MessageState.EXPIRED

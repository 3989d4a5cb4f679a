"""Twilio is down, slow, cut off; the mail server refuses: through our real senders, on real sockets. Nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.clock import utc_now
from invitations.models import Channel, MessageState
from notifications.email import SmtpEmail
from notifications.sms import TwilioSms
from tests.doubles.smtp import Mailbox, running_smtp
from tests.doubles.twilio import running_twilio
from tests.invitations.test_outbox_settling import die_while_sending
from tests.post import Post
from tests.postgres import free_port

ACCOUNT = "AC" + "0" * 32


def use_twilio(post: Post, url: str, *, patience: timedelta = timedelta(seconds=10)) -> None:
    post.sms = TwilioSms(  # type: ignore[assignment]
        account_sid=ACCOUNT, auth_token="a token", sender="+33937000000", api_url=url, patience=patience
    )


@pytest.fixture
def smtp(post: Post) -> Iterator[Mailbox]:
    with running_smtp() as mailbox:
        post.email = SmtpEmail(  # type: ignore[assignment]
            f"smtp://127.0.0.1:{mailbox.port}",
            mail_from="rdv@drome.example",
            clock=post.clock,
            patience=timedelta(seconds=5),
        )
        yield mailbox


def at_real_time(post: Post) -> None:
    """The stand-in dates what it takes by the real clock."""
    post.clock.now = utc_now()


def states(post: Post) -> Counter[MessageState]:
    return Counter(one.state for one in post.messages())


def test_twilio_is_down_for_hours_then_back_and_every_text_leaves_once(post: Post, tmp_path: Path) -> None:
    port = free_port()
    use_twilio(post, f"http://127.0.0.1:{port}")
    for _ in range(20):
        post.invited(leaves_at_once=True)
    for _ in range(6):
        assert post.deliver() == 0
        post.clock.pass_by(timedelta(minutes=30))
    assert states(post) == {MessageState.PENDING: 20}
    with running_twilio(port=port) as twilio:
        for _ in range(3):
            post.deliver()
            post.clock.pass_by(timedelta(hours=4))
        assert states(post) == {MessageState.SENT: 20}
        assert Counter(one["to"] for one in twilio.accepted) == {one.address: 1 for one in post.messages()}


def test_twilio_asks_for_patience_and_gets_it(post: Post) -> None:
    with running_twilio() as twilio:
        use_twilio(post, twilio.url)
        message = post.invited()
        twilio.script({"do": "status", "status": 429, "retry_after": 90})
        assert post.deliver() == 0
        assert post.read(message).due_at == post.clock() + timedelta(seconds=90)
        post.clock.pass_by(timedelta(seconds=90))
        assert post.deliver() == 1


@pytest.mark.parametrize("step", ["cut_after", "garbage", "hang_after"])
def test_a_text_taken_without_an_answer_is_asked_about_and_not_sent_again(post: Post, step: str) -> None:
    at_real_time(post)
    with running_twilio() as twilio:
        use_twilio(post, twilio.url, patience=timedelta(seconds=0.5))
        message = post.invited(leaves_at_once=True)
        twilio.script({"do": step, "seconds": 2})
        assert post.deliver() == 0
        assert post.state(message) is MessageState.UNKNOWN
        use_twilio(post, twilio.url)
        assert post.settle() == 1
        assert post.state(message) is MessageState.SENT
        assert [one["sid"] for one in twilio.accepted] == [post.read(message).provider_id]


def test_what_left_before_a_crash_is_found_though_our_clock_was_hours_ahead(post: Post) -> None:
    at_real_time(post)
    with running_twilio() as twilio:
        use_twilio(post, twilio.url)
        message = post.invited(leaves_at_once=True)
        post.clock.pass_by(timedelta(hours=3))
        die_while_sending(post, accepted=True)
        at_real_time(post)
        assert post.settle() == 1
        assert post.state(message) is MessageState.SENT
        assert [one["sid"] for one in twilio.accepted] == [post.read(message).provider_id]


def test_a_look_planned_by_a_clock_that_was_ahead_does_not_wait_for_it(post: Post) -> None:
    at_real_time(post)
    with running_twilio() as twilio:
        use_twilio(post, twilio.url)
        message = post.invited(leaves_at_once=True)
        post.clock.pass_by(timedelta(hours=3))
        die_while_sending(post, accepted=False)
        post.clock.pass_by(post.terms.lease + timedelta(seconds=1))
        assert post.settle() == 0
        assert (post.state(message), post.read(message).looks) == (MessageState.UNKNOWN, 1)
        at_real_time(post)
        assert post.settle() == 1
        assert (post.state(message), twilio.accepted) == (MessageState.PENDING, [])


@pytest.mark.parametrize("step", [{"do": "cut"}, {"do": "status", "status": 503}])
def test_a_text_lost_without_an_answer_leaves_after_two_looks(post: Post, step: dict[str, object]) -> None:
    at_real_time(post)
    with running_twilio() as twilio:
        use_twilio(post, twilio.url)
        message = post.invited(leaves_at_once=True)
        twilio.script(step)
        assert post.deliver() == 0
        assert post.settle() == 0
        post.clock.pass_by(timedelta(minutes=5))
        assert post.settle() == 1
        assert post.deliver() == 1
        assert (post.state(message), len(twilio.accepted)) == (MessageState.SENT, 1)


def test_the_mail_server_refuses_for_now_and_the_email_leaves_later(post: Post, smtp: Mailbox) -> None:
    message = post.invited(channels=(Channel.EMAIL,))
    smtp.script("MAIL", "451 4.3.0 come back later")
    smtp.script("RCPT", "450 4.2.0 greylisted")
    assert post.deliver() == 0
    assert post.state(message) is MessageState.PENDING
    for _ in range(3):
        post.clock.pass_by(timedelta(hours=4))
        post.deliver()
    assert post.state(message) is MessageState.SENT
    assert len(smtp.taken) == 1


def test_a_greylist_keeps_its_own_people_waiting_and_nobody_else(post: Post, smtp: Mailbox) -> None:
    for _ in range(12):
        post.invited(channels=(Channel.EMAIL,))
    smtp.script("RCPT", *["450 4.2.0 greylisted"] * 10)
    assert post.deliver() == 2
    assert states(post) == {MessageState.PENDING: 10, MessageState.SENT: 2}


def test_the_mail_server_knows_no_such_address(post: Post, smtp: Mailbox) -> None:
    message = post.invited(channels=(Channel.EMAIL,))
    smtp.script("RCPT", "550 5.1.1 no such user")
    assert post.deliver() == 0
    assert post.state(message) is MessageState.FAILED
    assert post.person(message).email_dead_at == post.clock()


def test_the_mail_server_refuses_our_sender_and_the_queue_waits(post: Post, smtp: Mailbox) -> None:
    for _ in range(5):
        post.invited(channels=(Channel.EMAIL,))
    smtp.script("MAIL", *["550 5.7.1 not you"] * 5)
    assert post.deliver() == 0
    assert states(post) == {MessageState.PENDING: 5}
    smtp.replies.clear()
    post.clock.pass_by(timedelta(minutes=5))
    assert post.deliver() == 5


def test_an_email_cut_off_after_its_content_arrives_as_the_same_email(post: Post, smtp: Mailbox) -> None:
    post.invited(channels=(Channel.EMAIL,))
    smtp.script("DATA", None)
    assert post.deliver() == 0
    post.clock.pass_by(timedelta(minutes=5))
    assert post.deliver() == 1
    first, again = (one["Message-ID"] for one in smtp.taken)
    assert first == again


def test_the_mail_server_is_down_then_back(post: Post) -> None:
    port = free_port()
    post.email = SmtpEmail(f"smtp://127.0.0.1:{port}", mail_from="rdv@drome.example", clock=post.clock)  # type: ignore[assignment]
    for _ in range(5):
        post.invited(channels=(Channel.EMAIL,))
    assert post.deliver() == 0
    assert states(post) == {MessageState.PENDING: 5}
    with running_smtp() as mailbox:
        post.email = SmtpEmail(  # type: ignore[assignment]
            f"smtp://127.0.0.1:{mailbox.port}", mail_from="rdv@drome.example", clock=post.clock
        )
        post.clock.pass_by(timedelta(minutes=15))
        post.deliver()
        assert len({one["Message-ID"] for one in mailbox.taken}) == len(mailbox.taken) == 5

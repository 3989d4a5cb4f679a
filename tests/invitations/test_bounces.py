"""What came back changes the message and its address, once; and the mailbox it came to, on a real IMAP server."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pymap.backend.dict.mailbox
import pytest
from pymap.parsing.specials.flag import Wildcard, get_system_flags
from sqlalchemy import func, select

from invitations import bounces, outbox
from invitations.codes import Codes
from invitations.models import Agent, Beneficiary, Channel, Message, MessageKind, MessageState, ReceiptEvent
from invitations.outbox.returned import mark_of
from notifications.bounce_mailbox import Account, BounceMailbox, MailboxAway, OpenMailbox
from notifications.bounces import read_bounce
from notifications.senders import Reason, SendError
from tests.conftest import SECRET
from tests.doubles.imap import Mailserver, running_imap
from tests.doubles.smtp import make_certificate
from tests.files.bounces_of import sample
from tests.post import Post

FILTERED, LATER, DEAD = Reason.FILTERED, Reason.LATER, Reason.WRONG_ADDRESS


def sent(post: Post) -> Message:
    """An email that left."""
    message = post.invited(channels=(Channel.EMAIL,))
    post.deliver()
    return post.read(message)


def come_back(post: Post, name: str, message: Message, *, codes: Codes | None = None) -> bool:
    """A report about this email comes in."""
    return bounces.apply(
        post.database, sample(name, mark_of(message, codes or post.codes)), codes=post.codes, now=post.clock()
    )


def events(post: Post) -> int:
    with post.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ReceiptEvent)) or 0


def ended(post: Post, message: Message) -> tuple[Any, ...]:
    found = post.read(message)
    return found.state, found.error_reason, found.error_code


# What follows for the message and its address


@pytest.mark.parametrize(
    ("name", "reason", "code"),
    [
        ("postfix-unknown", DEAD, "550 5.1.1"),
        ("exchange-unknown", DEAD, "550 5.1.10"),
        ("exim-unknown", DEAD, "550 5.1.1"),
        ("headers-only", DEAD, "5.1.1"),
    ],
)
def test_an_address_that_does_not_exist_is_dead(post: Post, name: str, reason: Reason, code: str) -> None:
    message = sent(post)
    assert come_back(post, name, message)
    assert ended(post, message) == (MessageState.UNDELIVERED, reason, code)
    assert post.read(message).settled_at == post.clock()
    assert post.person(message).email_dead_at == post.clock()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("laposte-full", LATER),
        ("gmail-full", LATER),
        ("postfix-given-up", LATER),
        ("sfr-filtered", FILTERED),
        ("outlook-unavailable", Reason.OTHER),
    ],
)
def test_what_says_nothing_against_the_address_ends_the_message_alone(post: Post, name: str, reason: Reason) -> None:
    message = sent(post)
    assert come_back(post, name, message)
    assert ended(post, message)[:2] == (MessageState.UNDELIVERED, reason)
    assert (post.person(message).email_dead_at, post.person(message).email_refused_at) == (None, None)
    post.clock.pass_by(timedelta(days=1))
    assert post.deliver() == 0  # the server has tried for days


def test_an_email_that_is_late_is_not_lost(post: Post) -> None:
    message = sent(post)
    assert come_back(post, "postfix-delayed", message)
    assert (ended(post, message), events(post)) == ((MessageState.SENT, None, None), 1)
    assert come_back(post, "postfix-unknown", message)
    assert post.state(message) is MessageState.UNDELIVERED


def test_a_complaint_means_no_more_emails_and_that_this_one_arrived(post: Post) -> None:
    message = sent(post)
    assert come_back(post, "complaint", message)
    assert post.state(message) is MessageState.DELIVERED
    assert post.person(message).email_refused_at == post.clock()
    assert post.person(message).sms_refused_at is None


def test_an_agent_who_complains_of_the_summary_gets_no_other(post: Post) -> None:
    with post.database.writing() as session:
        agent = session.merge(post.world.agent)
        agent.wants_digest = True
        message = Message(
            once="digest:1",
            organisation_id=post.world.organisation.id,
            agent_id=agent.id,
            kind=MessageKind.DIGEST,
            channel=Channel.EMAIL,
            address=agent.email,
            body="…",
            state=MessageState.SENT,
            due_at=post.clock(),
            sent_at=post.clock(),
            created_at=post.clock(),
        )
        session.add(message)
    assert come_back(post, "complaint", message)
    with post.database.reading() as session:
        assert session.get_one(Agent, post.world.agent.id).wants_digest is False


def test_the_same_report_again_changes_nothing(post: Post) -> None:
    message = sent(post)
    come_back(post, "postfix-unknown", message)
    before = post.read(message).settled_at
    post.change(post.person(message), email_dead_at=None)  # somebody vouches for the address
    post.clock.pass_by(timedelta(hours=1))
    assert come_back(post, "postfix-unknown", message)
    assert (post.read(message).settled_at, events(post)) == (before, 1)
    assert post.person(message).email_dead_at is None


def test_a_final_state_does_not_go_back_and_the_address_is_closed_all_the_same(post: Post) -> None:
    message = sent(post)
    come_back(post, "complaint", message)
    come_back(post, "postfix-unknown", message)
    assert post.state(message) is MessageState.DELIVERED
    assert post.person(message).email_dead_at == post.clock()


def test_an_address_corrected_meanwhile_stays_open(post: Post) -> None:
    message = sent(post)
    post.change(post.person(message), email="ines.corrigee@example.fr")
    assert come_back(post, "postfix-unknown", message)
    assert post.state(message) is MessageState.UNDELIVERED
    assert post.person(message).email_dead_at is None


def test_a_report_faster_than_our_own_mark_is_kept(post: Post) -> None:
    message = post.invited(channels=(Channel.EMAIL,))
    in_time = post.email.send

    def send_and_come_back(email: Any) -> str:
        provider_id = in_time(email)
        assert come_back(post, "postfix-unknown", post.read(message))
        return provider_id

    post.email.send = send_and_come_back  # type: ignore[method-assign]
    post.deliver()
    assert ended(post, message) == (MessageState.UNDELIVERED, DEAD, "550 5.1.1")
    assert post.person(message).email_dead_at == post.clock()


def test_a_report_settles_an_email_that_may_or_may_not_have_left(post: Post) -> None:
    message = post.invited(channels=(Channel.EMAIL,))
    post.email.refusals = [SendError(Reason.UNCERTAIN, "SMTPServerDisconnected")]
    post.deliver()
    assert post.state(message) is MessageState.PENDING
    assert come_back(post, "laposte-full", message)
    post.clock.pass_by(timedelta(hours=4))
    assert (post.deliver(), post.state(message)) == (0, MessageState.UNDELIVERED)


# Whose word it is


def test_nobody_closes_an_address_by_making_up_a_report(post: Post) -> None:
    message = sent(post)
    wrong = f"{message.id}.{'0' * 20}"
    assert not bounces.apply(post.database, sample("postfix-unknown", wrong), codes=post.codes, now=post.clock())
    assert not come_back(post, "forged", message)
    assert not come_back(post, "postfix-unknown", message, codes=Codes("another key, thirty-two characters long"))
    assert (post.state(message), events(post)) == (MessageState.SENT, 0)
    assert post.person(message).email_dead_at is None


def test_the_mark_of_one_email_says_nothing_of_another(post: Post) -> None:
    first, second = sent(post), sent(post)
    stolen = mark_of(first, post.codes).partition(".")[2]
    content = sample("postfix-unknown", f"{second.id}.{stolen}")
    assert not bounces.apply(post.database, content, codes=post.codes, now=post.clock())


@pytest.mark.parametrize("number", ["99999999", "2147483648", "999999999999999999"])
def test_a_mark_of_no_email_of_ours_is_of_nothing(post: Post, number: str) -> None:
    content = sample("postfix-unknown", f"{number}.0123456789abcdef0123")
    assert not bounces.apply(post.database, content, codes=post.codes, now=post.clock())


def test_marks_made_with_the_former_key_stay_good(post: Post) -> None:
    message = sent(post)
    mark = mark_of(message, post.codes)
    post.codes = Codes("a new key, thirty-two characters or more", [SECRET])
    assert mark_of(message, post.codes) != mark
    assert bounces.apply(post.database, sample("postfix-unknown", mark), codes=post.codes, now=post.clock())


def test_servers_that_write_addresses_in_capitals_are_understood(post: Post) -> None:
    message = sent(post)
    content = sample("to-the-mark-alone", mark_of(message, post.codes).upper())
    assert bounces.apply(post.database, content, codes=post.codes, now=post.clock())


def test_every_email_carries_its_mark(post: Post) -> None:
    message = sent(post)
    (email,) = post.email.sent
    assert email.mark == mark_of(message, post.codes)
    assert email.message_id == f"<{email.mark}@drome.example>"


def test_two_who_read_the_same_report_at_once_write_it_once(post: Post) -> None:
    message = sent(post)
    bounce = read_bounce(sample("postfix-unknown", mark_of(message, post.codes)))
    assert bounce is not None
    together = threading.Barrier(4, timeout=30)

    def apply() -> None:
        together.wait()
        with post.database.writing() as session:
            outbox.apply_bounce(session, bounce, codes=post.codes, now=post.clock())

    threads = [threading.Thread(target=apply) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert events(post) == 1


# The mailbox


@pytest.fixture
def server() -> Iterator[Mailserver]:
    with running_imap() as running:
        yield running


@pytest.fixture
def keeps_keywords(monkeypatch: pytest.MonkeyPatch) -> None:
    """pymap as Dovecot and Cyrus are: any keyword is kept. By itself it keeps none."""
    flags = property(lambda _mailbox: frozenset(get_system_flags()) | {Wildcard})
    monkeypatch.setattr(pymap.backend.dict.mailbox.MailboxData, "permanent_flags", flags)


def read(post: Post, server: Mailserver, **how: Any) -> int:
    return bounces.read_mailbox(post.database, BounceMailbox(server.url), codes=post.codes, clock=post.clock, **how)


def test_what_is_ours_is_applied_and_deleted_and_the_rest_stays(
    post: Post, server: Mailserver, keeps_keywords: None
) -> None:
    message = sent(post)
    mark = mark_of(message, post.codes)
    stays = [sample(name, mark) for name in ("by-hand", "forged", "not-ours", "broken")]
    server.put(*stays, *(sample(name, mark) for name in ("postfix-unknown", "vacation", "complaint")))
    assert read(post, server) == 3
    assert post.state(message) is MessageState.UNDELIVERED
    assert post.person(message).email_refused_at == post.clock()
    assert [one.split() for one in server.left()] == [one.split() for one in stays]
    assert server.unread() == 4  # somebody may want to read them
    assert (read(post, server), events(post)) == (0, 2)


def test_a_server_without_keywords_shows_the_rest_as_read(post: Post, server: Mailserver) -> None:
    server.put(sample("by-hand", "x"))
    with BounceMailbox(server.url).open() as mailbox:
        assert len(mailbox.new(10)) == 1
    assert read(post, server) == 0
    with BounceMailbox(server.url).open() as mailbox:
        assert mailbox.new(10) == []
    assert len(server.left()) == 1


def test_who_dies_between_applying_and_deleting_reads_it_again_and_changes_nothing(
    post: Post, server: Mailserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = sent(post)
    server.put(sample("postfix-unknown", mark_of(message, post.codes)))

    def die(_mailbox: OpenMailbox, _uids: list[int]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(OpenMailbox, "delete", die)
        with pytest.raises(KeyboardInterrupt):
            read(post, server)
    assert (post.state(message), len(server.left())) == (MessageState.UNDELIVERED, 1)
    assert (read(post, server), server.left(), events(post)) == (1, [], 1)


def test_two_schedulers_at_once_are_harmless(post: Post, server: Mailserver) -> None:
    messages = [sent(post) for _ in range(5)]
    server.put(*(sample("postfix-unknown", mark_of(one, post.codes)) for one in messages))
    threads = [threading.Thread(target=read, args=(post, server)) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert (server.left(), events(post)) == ([], 5)
    assert {post.state(one) for one in messages} == {MessageState.UNDELIVERED}


def test_one_that_can_t_be_applied_does_not_keep_the_others(post: Post, server: Mailserver) -> None:
    message = sent(post)
    mark = mark_of(message, post.codes)
    server.put(b"\xff\xfe\x00" * 1000, b"\r\n", sample("postfix-unknown", mark) + b"A" * 600_000)
    assert read(post, server) == 1
    assert post.state(message) is MessageState.UNDELIVERED


def test_reading_stops_between_two_messages_when_asked(post: Post, server: Mailserver) -> None:
    messages = [sent(post) for _ in range(3)]
    server.put(*(sample("postfix-unknown", mark_of(one, post.codes)) for one in messages))
    answers = iter([False, True])
    assert read(post, server, should_stop=lambda: next(answers)) == 1
    assert len(server.left()) == 2


def test_a_mailbox_that_is_away_is_read_next_time(post: Post, server: Mailserver) -> None:
    closed = BounceMailbox("imap://a:b@localhost:9/INBOX", patience=timedelta(seconds=1))
    assert bounces.read_mailbox(post.database, closed, codes=post.codes, clock=post.clock) == 0
    with pytest.raises(MailboxAway, match="ConnectionRefusedError"):
        closed.check()
    with pytest.raises(MailboxAway, match="LoginError"):
        BounceMailbox(server.url.replace("rebonds", "autre")).check()


@pytest.mark.parametrize("way", ["starttls", "imaps"])
def test_the_server_s_certificate_is_verified(way: str) -> None:
    certificate = make_certificate()
    contexts: dict[str, ssl.SSLContext] = {way: certificate.server}
    with running_imap(**contexts, trusted=certificate.client) as server:
        assert BounceMailbox(server.url, tls=certificate.client).check() == 0
        with pytest.raises(MailboxAway, match="SSLCertVerificationError"):
            BounceMailbox(server.url).check()


@pytest.mark.parametrize(
    "url", ["imap://a:b@mail.example/INBOX", "pop3://a:b@mail.example", "imaps://mail.example", "imaps://", ""]
)
def test_an_address_that_would_leak_or_lead_nowhere_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="BOUNCES_URL") as refused:
        Account.parse(url)
    assert "a:b" not in str(refused.value)
    assert "secret" not in repr(Account.parse("imaps://rdv:secret@mail.example"))


def test_the_person_who_corrects_the_address_is_written_to_again(post: Post) -> None:
    message = sent(post)
    come_back(post, "postfix-unknown", message)
    with post.database.reading() as session:
        dead = session.scalars(select(Beneficiary).where(Beneficiary.email_dead_at.is_not(None))).all()
        assert [one.id for one in dead] == [message.beneficiary_id]

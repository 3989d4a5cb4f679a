"""Emails over real SMTP, to a real server that keeps them, refuses them, or hangs up."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import cast

import pytest

from notifications.email import Server, SmtpEmail, deliverable
from notifications.senders import Attachment, Email, Reason, SendError
from tests.doubles.smtp import Certificate, Mailbox, make_certificate, running_smtp

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
CALENDAR = Attachment("rendez-vous.ics", b"BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n", "PUBLISH")
LETTER = Email(
    reference="17",
    message_id="<17.abc@rdv.exemple.fr>",
    to="ines@example.fr",
    subject="C’est noté\N{NO-BREAK SPACE}: rendez-vous jeudi 3 décembre",
    text="Bonjour Inès,\n\nà jeudi.\n",
    html="<p>Bonjour Inès,</p><p>à jeudi.</p>",
    sender_name="Département de la Drôme",
    calendar=CALENDAR,
    headers={"Reply-To": "cms@drome.example"},
)


@pytest.fixture
def smtp() -> Iterator[Mailbox]:
    with running_smtp() as mailbox:
        yield mailbox


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    return make_certificate()


def sender(mailbox: Mailbox, *, url: str | None = None, certificate: Certificate | None = None) -> SmtpEmail:
    return SmtpEmail(
        url or f"smtp://localhost:{mailbox.port}",
        mail_from="rdv@drome.example",
        clock=lambda: NOW,
        patience=timedelta(seconds=20),
        tls=certificate.client if certificate else None,
    )


def refusal(mailbox: Mailbox, email: Email = LETTER) -> SendError:
    with pytest.raises(SendError) as raised:
        sender(mailbox).send(email)
    return raised.value


def test_an_email_arrives_with_all_that_makes_it_ours(smtp: Mailbox) -> None:
    assert sender(smtp).send(LETTER) == LETTER.message_id
    taken = smtp.taken[0]
    assert smtp.envelopes == [("rdv@drome.example", ["ines@example.fr"])]
    assert taken["From"] == "Département de la Drôme <rdv@drome.example>"
    assert taken["To"] == "ines@example.fr"
    assert taken["Subject"] == LETTER.subject
    assert taken["Message-ID"] == LETTER.message_id
    assert taken["Date"].datetime == NOW
    assert taken["Auto-Submitted"] == "auto-generated"
    assert taken["Reply-To"] == "cms@drome.example"


def test_text_html_and_calendar_stand_side_by_side_and_the_calendar_is_attached_too(smtp: Mailbox) -> None:
    sender(smtp).send(LETTER)
    mixed = smtp.taken[0]
    assert mixed.get_content_type() == "multipart/mixed"
    alternative, attached = cast(list[EmailMessage], list(mixed.iter_parts()))
    assert alternative.get_content_type() == "multipart/alternative"
    text, html, calendar = cast(list[EmailMessage], list(alternative.iter_parts()))
    assert text.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().strip() == LETTER.html
    assert (calendar.get_content_type(), calendar["Content-Type"].params["method"]) == ("text/calendar", "PUBLISH")
    assert calendar["Content-Transfer-Encoding"] == "base64"
    assert calendar.get_payload(decode=True) == CALENDAR.content
    assert attached.get_filename() == "rendez-vous.ics"
    assert attached.get_payload(decode=True) == CALENDAR.content


def test_an_email_without_calendar_has_two_parts(smtp: Mailbox) -> None:
    sender(smtp).send(Email("1", "<1@x.fr>", "ines@example.fr", "Objet", "a", "<p>a</p>", "Drôme"))
    assert [part.get_content_type() for part in smtp.taken[0].iter_parts()] == ["text/plain", "text/html"]


def test_what_leaves_is_plain_ascii_for_relays_that_take_no_more(smtp: Mailbox) -> None:
    sender(smtp).send(LETTER)
    assert smtp.taken[0].as_bytes().isascii()


def test_no_line_break_starts_a_header(smtp: Mailbox) -> None:
    sly = "x\r\nBcc: thief@example.org\r\n\r\nbody"
    sender(smtp).send(
        Email("1", "<1@x.fr>", "ines@example.fr", sly, "a", "<p>a</p>", sly, headers={"Reply-To": f"a@b.fr{sly}"})
    )
    taken = smtp.taken[0]
    assert taken["Bcc"] is None
    assert smtp.envelopes[0][1] == ["ines@example.fr"]
    assert taken["Subject"] == "x Bcc: thief@example.org body"


@pytest.mark.parametrize(
    "address",
    ["inès@example.fr", "a@b", "a b@c.fr", "@c.fr", "a@c.fr\r\nBcc: b@c.fr", "a@-c.fr", "a..b@c.fr", "", "a@b@c.fr"],
)
def test_an_address_no_server_could_take_is_refused_before_sending(smtp: Mailbox, address: str) -> None:
    error = refusal(smtp, Email("1", "<1@x.fr>", address, "Objet", "a", "<p>a</p>", "Drôme"))
    assert error.reason is Reason.WRONG_ADDRESS
    assert error.permanent
    assert smtp.taken == []


def test_a_domain_with_accents_is_written_as_servers_want_it() -> None:
    assert deliverable(" ines@collège.fr ") == "ines@xn--collge-6ua.fr"


@pytest.mark.parametrize(
    ("step", "reply", "reason"),
    [
        ("RCPT", "550 5.1.1 no such user", Reason.WRONG_ADDRESS),
        ("RCPT", "550 no such user", Reason.WRONG_ADDRESS),
        ("RCPT", "556 5.1.10 null MX", Reason.WRONG_ADDRESS),
        ("RCPT", "552 5.2.2 mailbox full", Reason.LATER),
        ("RCPT", "550 5.7.1 policy", Reason.FILTERED),
        ("RCPT", "554 odd", Reason.OTHER),
        ("RCPT", "550 5.4.4 no route", Reason.OTHER),
        ("RCPT", "452 4.2.2 mailbox full", Reason.LATER),
        ("RCPT", "451 4.7.1 greylisted", Reason.WAIT),
        ("RCPT", "421 too busy", Reason.WAIT),
        ("MAIL", "550 5.7.1 sender refused", Reason.OUR_ACCOUNT),
        ("MAIL", "451 later", Reason.WAIT),
        ("DATA", "554 5.7.1 spam", Reason.FILTERED),
        ("DATA", "554 spam", Reason.FILTERED),
        ("DATA", "552 5.3.4 too big", Reason.OTHER),
        ("DATA", "552 5.2.2 mailbox full", Reason.LATER),
        ("DATA", "451 4.3.0 later", Reason.WAIT),
    ],
)
def test_the_server_s_refusals_become_our_reasons(smtp: Mailbox, step: str, reply: str, reason: Reason) -> None:
    smtp.script(step, reply)
    error = refusal(smtp)
    assert error.reason is reason
    assert error.code.split()[0] == reply.split()[0]
    assert "user" not in error.code
    assert smtp.taken == []


def test_after_a_passing_refusal_the_same_email_arrives(smtp: Mailbox) -> None:
    smtp.script("RCPT", "451 4.7.1 greylisted")
    assert refusal(smtp).reason is Reason.WAIT
    assert sender(smtp).send(LETTER) == LETTER.message_id


def test_a_cut_before_the_content_means_that_nothing_left(smtp: Mailbox) -> None:
    smtp.script("RCPT", None)
    assert refusal(smtp).reason is Reason.WAIT
    assert smtp.taken == []


def test_a_cut_after_the_content_is_uncertain_and_the_retry_carries_the_same_message_id(smtp: Mailbox) -> None:
    smtp.script("DATA", None)
    error = refusal(smtp)
    assert error.reason is Reason.UNCERTAIN
    assert not error.permanent
    sender(smtp).send(LETTER)
    assert [taken["Message-ID"] for taken in smtp.taken] == [LETTER.message_id] * 2


def test_a_refused_connection_means_that_nothing_left() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        nobody = Mailbox(port=taken.getsockname()[1])
    assert refusal(nobody).reason is Reason.WAIT


def test_a_server_that_says_nothing_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = SmtpEmail(
            f"smtp://127.0.0.1:{silent.getsockname()[1]}",
            mail_from="rdv@drome.example",
            clock=lambda: NOW,
            patience=timedelta(seconds=0.2),
        )
        with pytest.raises(SendError) as raised:
            mute.send(LETTER)
    assert raised.value.reason is Reason.WAIT


def test_starttls_is_used_and_its_certificate_believed_only_when_it_is_good(certificate: Certificate) -> None:
    with running_smtp(starttls=certificate.server) as mailbox:
        url = f"smtp+starttls://localhost:{mailbox.port}"
        sender(mailbox, url=url, certificate=certificate).send(LETTER)
        with pytest.raises(SendError) as unknown:
            sender(mailbox, url=url).send(LETTER)
        with pytest.raises(SendError) as another_name:
            sender(mailbox, url=url.replace("localhost", "127.0.0.1"), certificate=certificate).send(LETTER)
    assert mailbox.used_tls == [True]
    assert unknown.value.reason is Reason.OUR_ACCOUNT
    assert another_name.value.reason is Reason.OUR_ACCOUNT


def test_a_server_without_starttls_gets_nothing(smtp: Mailbox) -> None:
    with pytest.raises(SendError) as raised:
        sender(smtp, url=f"smtp+starttls://localhost:{smtp.port}").send(LETTER)
    assert raised.value.reason is Reason.OUR_ACCOUNT
    assert smtp.taken == []


def test_tls_from_the_first_byte(certificate: Certificate) -> None:
    with running_smtp(smtps=certificate.server) as mailbox:
        sender(mailbox, url=f"smtps://localhost:{mailbox.port}", certificate=certificate).send(LETTER)
    assert mailbox.used_tls == [True]


def test_signing_in_and_a_wrong_password(certificate: Certificate) -> None:
    with running_smtp(starttls=certificate.server) as mailbox:
        mailbox.users["rdv"] = "mot/de:passe"
        right = f"smtp+starttls://rdv:mot%2Fde%3Apasse@localhost:{mailbox.port}"
        sender(mailbox, url=right, certificate=certificate).send(LETTER)
        with pytest.raises(SendError) as raised:
            sender(mailbox, url=right.replace("mot", "pas"), certificate=certificate).send(LETTER)
    assert len(mailbox.taken) == 1
    assert (raised.value.reason, raised.value.code) == (Reason.OUR_ACCOUNT, "535")


def test_addresses_of_servers() -> None:
    assert Server.parse("smtp://mail.example") == Server("smtp", "mail.example", 25)
    assert Server.parse("smtp+starttls://a%40b.fr:c@mail.example") == Server(
        "smtp+starttls", "mail.example", 587, "a@b.fr", "c"
    )
    assert Server.parse("smtps://mail.example:4650") == Server("smtps", "mail.example", 4650)
    for odd in ("http://mail.example", "smtp://", "mail.example"):
        with pytest.raises(ValueError, match="SMTP_URL"):
            Server.parse(odd)
    assert "secret" not in repr(Server.parse("smtp://a:secret@mail.example"))


def test_a_check_signs_in_and_sends_nothing(smtp: Mailbox) -> None:
    sender(smtp).check()
    smtp.users["rdv"] = "right"
    with pytest.raises(SendError) as raised:
        sender(smtp, url=f"smtp://rdv:wrong@localhost:{smtp.port}").check()
    assert raised.value.reason is Reason.OUR_ACCOUNT
    assert smtp.taken == []

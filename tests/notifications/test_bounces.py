"""What mail servers and relays send back, read from messages as they are shaped in the field; nothing makes it raise."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.bounces import LARGEST, MOST_MARKS, Bounce, automatic_answer_to, codes_in, find_marks, read_bounce
from notifications.email import header_repeated_by, return_path
from notifications.mail_events import MOST_EVENTS, read_events
from notifications.receipts import Delivery
from notifications.senders import Reason
from tests.files.bounces_of import sample

MARK = "17.0123456789abcdef0123"
SAMPLES = sorted(path.stem for path in (Path(__file__).parent.parent / "files" / "bounces").glob("*.eml"))
FAILED, ARRIVED = Delivery.UNDELIVERED, Delivery.DELIVERED
DEAD, LATER, FILTERED, OTHER = Reason.WRONG_ADDRESS, Reason.LATER, Reason.FILTERED, Reason.OTHER

# File → what is read of it: status, codes, what became of the email, why.
SAID: dict[str, tuple[str, str, Delivery | None, Reason]] = {
    "postfix-unknown": ("failed", "550 5.1.1", FAILED, DEAD),
    "exchange-unknown": ("failed", "550 5.1.10", FAILED, DEAD),
    "outlook-unavailable": ("failed", "550 5.5.0", FAILED, OTHER),  # says nothing sure of the address
    "gmail-unknown": ("failed", "550 5.1.1", FAILED, DEAD),
    "exim-unknown": ("failed", "550 5.1.1", FAILED, DEAD),  # its status is 5.0.0, the other server's words say more
    "ovh-unknown": ("failed", "550 5.1.1", FAILED, DEAD),
    "orange-unknown": ("failed", "550 5.1.1", FAILED, DEAD),
    "free-closed": ("failed", "550 5.2.1", FAILED, DEAD),
    "laposte-full": ("failed", "552 5.2.2", FAILED, LATER),
    "gmail-full": ("failed", "452 4.2.2", FAILED, LATER),
    "postfix-given-up": ("failed", "4.4.1", FAILED, LATER),
    "sfr-filtered": ("failed", "550 5.7.1", FAILED, FILTERED),
    "outlook-policy": ("failed", "550 5.7.606", FAILED, FILTERED),
    "postfix-delayed": ("delayed", "4.4.1", None, OTHER),
    "relayed": ("relayed", "2.1.9", None, OTHER),
    "two-recipients": ("failed", "5.1.1", FAILED, DEAD),
    "headers-only": ("failed", "5.1.1", FAILED, DEAD),
    "to-the-mark-alone": ("failed", "5.1.1", FAILED, DEAD),
    "wrapped": ("failed", "550 5.1.1", FAILED, DEAD),
    "cut-short": ("failed", "550 5.1.1", FAILED, DEAD),
    "wrong-charset": ("failed", "550 5.1.1", FAILED, DEAD),
    "complaint": ("complaint", "", ARRIVED, Reason.REFUSED_BY_PERSON),
    "complaint-redacted": ("complaint", "", ARRIVED, Reason.REFUSED_BY_PERSON),
}
# Reports that name none of our emails truly.
NOT_OF_OURS = {"forged", "not-ours", "bounce-of-a-bounce"}
NO_REPORT = {"vacation", "out-of-office", "by-hand", "no-body", "broken"}


def test_every_file_is_looked_at() -> None:
    assert set(SAMPLES) == SAID.keys() | NOT_OF_OURS | NO_REPORT
    assert len(SAMPLES) >= 20


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_report_says_which_email_and_why(name: str) -> None:
    assert read_bounce(sample(name, MARK)) == Bounce((MARK,), *SAID[name])


@pytest.mark.parametrize("name", sorted(SAID))
def test_the_line_ends_of_the_wire_change_nothing(name: str) -> None:
    assert read_bounce(sample(name, MARK).replace(b"\n", b"\r\n")) == Bounce((MARK,), *SAID[name])


@pytest.mark.parametrize("name", sorted(NOT_OF_OURS))
def test_a_report_of_something_else_names_none_of_our_emails(name: str) -> None:
    found = read_bounce(sample(name, MARK))
    assert found is not None
    assert MARK not in found.marks


@pytest.mark.parametrize("name", sorted(NO_REPORT))
def test_what_is_no_report_is_read_as_none(name: str) -> None:
    assert read_bounce(sample(name, MARK)) is None


def test_nothing_that_is_kept_repeats_the_address() -> None:
    for name in SAMPLES:
        found = read_bounce(sample(name, MARK))
        assert found is None or ("@" not in found.code and len(found.code) <= 40)


@pytest.mark.parametrize("name", ["vacation", "out-of-office"])
def test_an_answering_machine_is_known_and_the_email_it_answers(name: str) -> None:
    assert automatic_answer_to(sample(name, MARK)) == (MARK,)


@pytest.mark.parametrize("name", ["by-hand", "broken", "no-body", "not-ours"])
def test_what_a_person_wrote_and_what_nobody_could_read_are_not_taken_for_a_machine_s_answer(name: str) -> None:
    assert automatic_answer_to(sample(name, MARK)) == ()


def test_a_complaint_that_takes_itself_back_is_none() -> None:
    assert read_bounce(sample("complaint", MARK).replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam")) is None


def test_a_huge_message_is_read_at_its_beginning_and_in_no_time() -> None:
    began = time.process_time()
    huge = sample("postfix-unknown", MARK) + b"A" * 50_000_000
    assert read_bounce(huge) == Bounce((MARK,), *SAID["postfix-unknown"])
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(2000))
    assert read_bounce(deep[:LARGEST]) is None
    many = b"To: " + b", ".join(b"<r+%d.0123456789abcdef0123@x.fr>" % n for n in range(1, 5000)) + b"\n"
    found = read_bounce(many + sample("postfix-unknown", MARK))
    assert found is not None
    assert len(found.marks) == MOST_MARKS
    assert time.process_time() - began < 5


@settings(max_examples=150)
@given(
    name=st.sampled_from(SAMPLES),
    cut=st.integers(0, 4000),
    noise=st.binary(max_size=60),
    where=st.integers(0, 4000),
)
def test_whatever_is_cut_out_or_put_in_nothing_raises(name: str, cut: int, noise: bytes, where: int) -> None:
    content = sample(name, MARK)
    broken = content[:where] + noise + content[where + cut % 200 :]
    read_bounce(broken)
    automatic_answer_to(broken)
    read_bounce(content[:cut])


def test_a_message_comes_back_to_an_address_that_names_it() -> None:
    address = return_path("rebonds@drome.example", MARK)
    assert address == f"rebonds+{MARK}@drome.example"
    assert find_marks([f"<{address}>", f"SRS0=Abc=Zz=drome.example=rebonds+{MARK.upper()}@relais.example"]) == (MARK,)
    assert return_path("", MARK) == ""


@pytest.mark.parametrize(
    ("host", "header"),
    [
        ("in-v3.mailjet.com", "X-MJ-CustomID"),
        ("smtp-relay.brevo.com", "X-Mailin-custom"),
        ("smtp-relay.sendinblue.com", "X-Mailin-custom"),
        ("notmailjet.com", None),
        ("mailjet.com.example", None),
        ("smtp.drome.example", None),
    ],
)
def test_only_relays_that_repeat_a_header_get_one(host: str, header: str | None) -> None:
    assert header_repeated_by(host) == header


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("smtp; 550-5.1.1 The email account", "550 5.1.1"),
        ("smtp;550 #5.1.0 Address rejected.", "550 5.1.0"),
        ("550 5.7.1 [5.4.1.2] blocked, version 5.1.12.3", "550 5.7.1"),
        ("connect to 5.1.1.3: timed out", ""),
        ("554 5.1.1.3 is listed", "554"),
        ("", ""),
    ],
)
def test_codes_are_told_from_addresses_of_machines(words: str, codes: str) -> None:
    assert codes_in(words) == codes


# Relays


def brevo(event: str, **more: Any) -> dict[str, Any]:
    """As on https://developers.brevo.com/docs/transactional-webhooks."""
    return {
        "event": event,
        "email": "ines@orange.example",
        "id": 4711,
        "date": "2026-11-24 10:00:00",
        "ts": 1795510800,
        "message-id": "<202611240900.12345678901@smtp-relay.mailin.example>",
        "ts_event": 1795510800,
        "subject": "Choisissez votre rendez-vous",
        "X-Mailin-custom": MARK,
        "sending_ip": "192.0.2.10",
    } | more


def mailjet(event: str, **more: Any) -> dict[str, Any]:
    """As on https://dev.mailjet.com/email/guides/webhooks/."""
    return {
        "event": event,
        "time": 1795510800,
        "MessageID": 19421777835146490,
        "Message_GUID": "1ab23cd4-e567-8901-2345-6789f0gh1i2j",
        "email": "ines@orange.example",
        "mj_campaign_id": 7257,
        "mj_contact_id": 4,
        "customcampaign": "",
        "CustomID": MARK,
        "Payload": "",
    } | more


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (brevo("delivered"), ("delivered", "", ARRIVED, OTHER)),
        (
            brevo("hard_bounce", reason="550 5.1.1 <ines@orange.example>: unknown"),
            ("failed", "550 5.1.1", FAILED, DEAD),
        ),
        (brevo("hard_bounce", reason="server says no"), ("failed", "", FAILED, DEAD)),
        (brevo("hard_bounce", reason="550 5.7.1 blocked"), ("failed", "550 5.7.1", FAILED, FILTERED)),
        (brevo("soft_bounce", reason="552 5.2.2 full"), ("failed", "552 5.2.2", FAILED, LATER)),
        (brevo("soft_bounce", reason=None), ("failed", "", FAILED, LATER)),
        (brevo("deferred", reason="451 4.7.1 greylisted"), ("delayed", "451 4.7.1", None, Reason.WAIT)),
        (brevo("invalid_email"), ("failed", "", FAILED, DEAD)),
        (brevo("blocked"), ("failed", "", Delivery.FAILED, FILTERED)),
        (brevo("error"), ("failed", "", Delivery.FAILED, OTHER)),
        (brevo("spam"), ("complaint", "", ARRIVED, Reason.REFUSED_BY_PERSON)),
        (brevo("unsubscribed"), ("complaint", "", ARRIVED, Reason.REFUSED_BY_PERSON)),
        (mailjet("sent", smtp_reply="sent (250 2.0.0 OK)"), ("delivered", "", ARRIVED, OTHER)),
        (mailjet("bounce", hard_bounce=True, error="user unknown", comment=""), ("failed", "", FAILED, DEAD)),
        (mailjet("bounce", hard_bounce=False, error="quota exceeded"), ("failed", "", FAILED, LATER)),
        (mailjet("bounce", hard_bounce=True, error="", comment="x 550 5.1.1 y"), ("failed", "550 5.1.1", FAILED, DEAD)),
        (mailjet("bounce", hard_bounce=True, error="something new"), ("failed", "", FAILED, LATER)),
        (mailjet("blocked", error="preblocked", error_related_to="mailjet"), ("failed", "", Delivery.FAILED, FILTERED)),
        (mailjet("spam", source="JMRPP"), ("complaint", "", ARRIVED, Reason.REFUSED_BY_PERSON)),
        (mailjet("unsub"), ("complaint", "", ARRIVED, Reason.REFUSED_BY_PERSON)),
    ],
)
def test_a_relay_s_event_becomes_our_words(event: dict[str, Any], said: tuple[Any, ...]) -> None:
    assert read_events(json.dumps(event).encode()) == [Bounce((MARK,), *said)]


def test_a_list_of_events_is_read_in_its_order_without_what_nobody_wants_to_know() -> None:
    events = [
        mailjet("open", ip="192.0.2.1"),
        mailjet("sent"),
        mailjet("click", url="https://…"),
        mailjet("bounce", error="greylisted"),
        brevo("opened"),
        brevo("unique_proxy_open"),
        brevo("click"),
        brevo("request"),
        mailjet("spam"),
    ]
    assert [one.status for one in read_events(json.dumps(events).encode())] == ["delivered", "complaint"]


def test_brevo_s_own_id_names_our_email_where_it_is_ours() -> None:
    (found,) = read_events(
        json.dumps(brevo("spam", **{"X-Mailin-custom": "", "message-id": f"<{MARK}@d.fr>"})).encode()
    )
    assert found.marks == (MARK,)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"42",
        b'"event"',
        b"{}",
        b'{"event": 3}',
        b'{"event": "DROP TABLE"}',
        b'[{"event": "spam"}, 3]',
        b"\xff\xfe",
        b"[" * 100_000,
        json.dumps([{"event": "spam"}] * (MOST_EVENTS + 1)).encode(),
    ],
)
def test_garbage_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(ValueError) as refused:
        read_events(content)
    assert str(refused.value).endswith(".")

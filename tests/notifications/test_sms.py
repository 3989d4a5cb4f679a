"""Texts through Twilio's own SDK, over real HTTP, to a double that remembers."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from notifications.senders import Reason, SendError, Sms
from notifications.sms import TwilioSms, reason_of
from tests.doubles.twilio import Twilio, running_twilio

ACCOUNT = "AC" + "0" * 32
TOKEN = "a token for tests"
Senders = Callable[..., TwilioSms]
TEXT = Sms(reference="17", to="+33639980012", body="Bonjour Inès, votre rendez-vous")


@pytest.fixture
def twilio() -> Iterator[Twilio]:
    with running_twilio(auth_token=TOKEN) as double:
        yield double


@pytest.fixture
def nobody_there() -> str:
    """An address on the loopback where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def sender() -> Iterator[Senders]:
    """Makes senders, and closes their connections at the end."""
    made: list[TwilioSms] = []

    def make(url: str, **changes: Any) -> TwilioSms:
        values: dict[str, Any] = {
            "account_sid": ACCOUNT,
            "auth_token": TOKEN,
            "sender": "+33939000000",
            "api_url": url,
            "callback_url": "https://rdv.exemple.fr/hooks/twilio/status",
            "patience": timedelta(seconds=20),
        }
        made.append(TwilioSms(**values | changes))
        return made[-1]

    yield make
    for one in made:
        one.close()


def refusal(sms: TwilioSms, text: Sms = TEXT) -> SendError:
    with pytest.raises(SendError) as raised:
        sms.send(text)
    return raised.value


def test_a_text_reaches_twilio_with_our_reference_in_its_callback(twilio: Twilio, sender: Senders) -> None:
    sid = sender(twilio.url).send(TEXT)
    taken = twilio.accepted[0]
    assert taken["sid"] == sid
    assert (taken["to"], taken["from"], taken["body"]) == (TEXT.to, "+33939000000", TEXT.body)
    assert taken["validity_period"] is None
    callback = urlsplit(taken["status_callback"])
    assert callback.path == "/hooks/twilio/status"
    assert parse_qs(callback.query) == {"message": ["17"]}


@pytest.mark.parametrize(
    ("lives_for", "seconds"),
    [(timedelta(hours=2), 7200), (timedelta(days=3), 36_000), (timedelta(seconds=1), 1)],
)
def test_a_text_lives_as_long_as_it_is_useful(
    twilio: Twilio, lives_for: timedelta, seconds: int, sender: Senders
) -> None:
    sender(twilio.url).send(Sms("17", TEXT.to, TEXT.body, lives_for=lives_for))
    assert twilio.accepted[0]["validity_period"] == seconds


def test_a_text_that_is_useless_by_now_is_not_sent(twilio: Twilio, sender: Senders) -> None:
    error = refusal(sender(twilio.url), Sms("17", TEXT.to, TEXT.body, lives_for=timedelta()))
    assert error.reason is Reason.EXPIRED
    assert error.permanent
    assert twilio.accepted == []


def test_the_messaging_service_is_used_unless_the_organisation_has_its_own_sender(
    twilio: Twilio, sender: Senders
) -> None:
    sms = sender(twilio.url, sender="", messaging_service_sid="MG" + "0" * 32)
    sms.send(TEXT)
    sms.send(Sms("18", TEXT.to, TEXT.body, sender="DEPT DROME"))
    assert [(one["from"], one["messaging_service_sid"]) for one in twilio.accepted] == [
        (None, "MG" + "0" * 32),
        ("DEPT DROME", None),
    ]


def test_no_callback_is_asked_for_without_an_address(twilio: Twilio, sender: Senders) -> None:
    sender(twilio.url, callback_url=None).send(TEXT)
    assert twilio.accepted[0]["status_callback"] is None


@pytest.mark.parametrize(
    ("code", "reason", "permanent"),
    [
        (21211, Reason.WRONG_ADDRESS, True),
        (21614, Reason.WRONG_ADDRESS, True),
        (21635, Reason.WRONG_ADDRESS, True),
        (21610, Reason.REFUSED_BY_PERSON, True),
        (21408, Reason.OUR_ACCOUNT, False),
        (21606, Reason.OUR_ACCOUNT, False),
        (21611, Reason.WAIT, False),
        (30007, Reason.FILTERED, True),
        (30036, Reason.EXPIRED, True),
        (99999, Reason.OTHER, False),
    ],
)
def test_twilio_s_refusals_become_our_reasons(
    twilio: Twilio, code: int, reason: Reason, permanent: bool, sender: Senders
) -> None:
    twilio.script({"do": "error", "code": code})
    error = refusal(sender(twilio.url))
    assert (error.reason, error.code, error.permanent) == (reason, str(code), permanent)
    assert twilio.accepted == []


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("30003", Reason.LATER),
        ("30005", Reason.WRONG_ADDRESS),
        (30008, Reason.LATER),
        ("", Reason.OTHER),
        (None, Reason.OTHER),
        ("odd", Reason.OTHER),
    ],
)
def test_the_codes_of_receipts_have_the_same_reasons(code: int | str | None, reason: Reason) -> None:
    assert reason_of(code) is reason


def test_too_many_requests_waits_as_long_as_twilio_asks(twilio: Twilio, sender: Senders) -> None:
    twilio.script({"do": "status", "status": 429, "retry_after": 7}, {"do": "status", "status": 429})
    sms = sender(twilio.url)
    asked, silent = refusal(sms), refusal(sms)
    assert (asked.reason, asked.retry_after) == (Reason.WAIT, timedelta(seconds=7))
    assert (silent.reason, silent.retry_after) == (Reason.WAIT, None)
    assert sms.send(TEXT)


def test_a_wrong_token_stops_the_queue(twilio: Twilio, sender: Senders) -> None:
    error = refusal(sender(twilio.url, auth_token="another"))
    assert (error.reason, error.code) == (Reason.OUR_ACCOUNT, "20003")


def test_an_unknown_account_stops_the_queue(twilio: Twilio, sender: Senders) -> None:
    assert refusal(sender(twilio.url, account_sid="ACodd")).reason is Reason.OUR_ACCOUNT


@pytest.mark.parametrize(
    "step",
    [
        {"do": "status", "status": 500},
        {"do": "status", "status": 503},
        {"do": "cut"},
        {"do": "cut_after"},
        {"do": "hang", "seconds": 3},
        {"do": "hang_after", "seconds": 3},
        {"do": "garbage"},
    ],
    ids=lambda step: "_".join(str(value) for value in step.values()),
)
def test_what_nobody_can_know_is_said_to_be_uncertain(twilio: Twilio, step: dict[str, Any], sender: Senders) -> None:
    twilio.script(step)
    error = refusal(sender(twilio.url, patience=timedelta(seconds=1)))
    assert error.reason is Reason.UNCERTAIN
    assert not error.permanent


def test_nothing_has_left_when_the_connection_is_refused(nobody_there: str, sender: Senders) -> None:
    assert refusal(sender(nobody_there)).reason is Reason.WAIT


def test_a_text_taken_before_the_cut_is_found_again(twilio: Twilio, sender: Senders) -> None:
    sms, since = sender(twilio.url), datetime.now(UTC)
    twilio.script({"do": "cut_after"}, {"do": "cut"})
    for _ in range(2):
        assert refusal(sms).reason is Reason.UNCERTAIN
    assert sms.find(TEXT, since=since) == twilio.accepted[0]["sid"]
    assert sms.find(Sms("18", TEXT.to, "another text"), since=since) is None
    assert sms.find(Sms("18", "+33639980099", TEXT.body), since=since) is None


def test_a_text_of_another_time_is_not_this_one(twilio: Twilio, sender: Senders) -> None:
    sms = sender(twilio.url)
    sms.send(TEXT)
    assert sms.find(TEXT, since=datetime.now(UTC) + timedelta(minutes=5)) is None


def test_a_text_is_found_behind_a_page_of_others(twilio: Twilio, sender: Senders) -> None:
    sms, since = sender(twilio.url), datetime.now(UTC)
    sid = sms.send(TEXT)
    for number in range(60):
        sms.send(Sms(str(number), TEXT.to, f"text {number}"))
    assert sms.find(TEXT, since=since) == sid


def test_looking_never_filters_on_the_date_of_sending(twilio: Twilio, sender: Senders) -> None:
    sender(twilio.url).find(TEXT, since=datetime.now(UTC))
    asked = [(one.method, sorted(parse_qs(urlsplit(one.path).query))) for one in twilio.exchanges]
    assert asked == [("GET", ["PageSize", "To"])]


def test_a_provider_that_does_not_answer_can_t_say_that_nothing_is_there(nobody_there: str, sender: Senders) -> None:
    with pytest.raises(SendError) as raised:
        sender(nobody_there).find(TEXT, since=datetime.now(UTC))
    assert raised.value.reason is Reason.WAIT


def test_no_number_and_no_text_reaches_the_logs(
    twilio: Twilio, caplog: pytest.LogCaptureFixture, sender: Senders
) -> None:
    with caplog.at_level(logging.INFO):
        sender(twilio.url).send(TEXT)
        sender(twilio.url).find(TEXT, since=datetime.now(UTC))
    assert "639980012" not in caplog.text
    assert "Inès" not in caplog.text


def test_the_double_keeps_what_it_took_across_a_restart(tmp_path: Path, sender: Senders) -> None:
    record = tmp_path / "accepted.jsonl"
    with running_twilio(record) as first:
        sid = sender(first.url).send(TEXT)
    with running_twilio(record) as second:
        assert [one["sid"] for one in second.accepted] == [sid]
        assert sender(second.url).find(TEXT, since=datetime.now(UTC)) == sid

"""Calls through Twilio: what is asked, what is said, what is told of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from notifications.languages import LANGUAGES
from notifications.receipts import REFERENCE
from notifications.senders import Call, Reason, SendError
from notifications.voice import VOICES, CallEnd, Picked, Said, Speech, TwilioVoice, audible, read_call, twiml
from tests.doubles.twilio import Twilio, running_twilio
from tests.doubles.twilio_calls import hear

HOOKS = "https://rdv.exemple.fr"
LANDLINE = "+33475000001"
OURS = "+33937000000"
ACCOUNT = "AC" + "0" * 32


@pytest.fixture(scope="module")
def running() -> Iterator[Twilio]:
    with running_twilio(auth_token="token") as twilio:
        yield twilio


@pytest.fixture
def twilio(running: Twilio) -> Twilio:
    running.calls.clear()
    running.forget_script()
    return running


@pytest.fixture
def voice(twilio: Twilio) -> Iterator[TwilioVoice]:
    made = TwilioVoice(
        account_sid=ACCOUNT,
        auth_token="token",
        sender=OURS,
        hooks_url=f"{HOOKS}/",
        api_url=twilio.url,
        patience=timedelta(seconds=20),
    )
    yield made
    made.close()


def test_a_call_is_asked_for_with_where_its_words_are(voice: TwilioVoice, twilio: Twilio) -> None:
    sid = voice.call(Call("17", LANDLINE))
    (made,) = twilio.calls
    assert (made["sid"], made["to"], made["from"]) == (sid, LANDLINE, OURS)
    assert made["url"] == f"{HOOKS}/hooks/twilio/voice?message=17"
    assert made["status_callback"] == f"{HOOKS}/hooks/twilio/voice/status?message=17"
    assert (made["events"], made["machine_detection"]) == (["completed"], "DetectMessageEnd")


@pytest.mark.parametrize(
    ("code", "status", "reason"),
    [
        (21217, 400, Reason.WRONG_ADDRESS),
        (21214, 400, Reason.WRONG_ADDRESS),
        (21211, 400, Reason.WRONG_ADDRESS),
        (21210, 400, Reason.OUR_ACCOUNT),
        (21215, 400, Reason.OUR_ACCOUNT),
        (21219, 400, Reason.OUR_ACCOUNT),
        (20003, 401, Reason.OUR_ACCOUNT),
        (10004, 400, Reason.WAIT),
        (99999, 400, Reason.OTHER),
    ],
)
def test_the_codes_of_calls_are_our_reasons(
    voice: TwilioVoice, twilio: Twilio, code: int, status: int, reason: Reason
) -> None:
    twilio.script({"do": "error", "code": code, "status": status})
    with pytest.raises(SendError) as refused:
        voice.call(Call("17", LANDLINE))
    assert (refused.value.reason, refused.value.code) == (reason, str(code))
    assert twilio.calls == []


def test_what_was_asked_and_not_answered_is_uncertain_and_found_again(voice: TwilioVoice, twilio: Twilio) -> None:
    begun = datetime.now(UTC)
    assert voice.find(Call("17", LANDLINE), since=begun) is None
    twilio.script({"do": "cut_after"})
    with pytest.raises(SendError) as cut:
        voice.call(Call("17", LANDLINE))
    assert cut.value.reason is Reason.UNCERTAIN
    assert voice.find(Call("17", LANDLINE), since=begun) == twilio.calls[0]["sid"]
    assert voice.find(Call("18", "+33475000002"), since=begun) is None
    assert voice.find(Call("17", LANDLINE), since=begun + timedelta(minutes=5)) is None


def test_what_wants_a_key_waits_for_one_and_tells_silence_too() -> None:
    heard = hear(twiml(Speech((Said("fr", ("Bonjour.", "Et <vous> & moi ?")),), "17", step=2), hooks_url=HOOKS))
    assert heard.sentences == ("Bonjour.", "Et <vous> & moi ?")
    assert heard.action == f"{HOOKS}/hooks/twilio/voice/keys?message=17&step=2"
    assert 'actionOnEmptyResult="true"' in heard.xml
    assert 'numDigits="1"' in heard.xml
    assert (heard.languages, heard.voices) == (("fr-FR",), ("Polly.Lea-Neural",))


def test_what_wants_none_hangs_up() -> None:
    heard = hear(twiml(Speech((Said("ar", ("مرحبا",)), Said("fr", ("Au revoir.",)))), hooks_url=HOOKS))
    assert (heard.action, heard.languages) == ("", ("ar-XA", "fr-FR"))


def test_every_language_is_spoken_but_the_one_without_a_voice() -> None:
    assert set(LANGUAGES) - set(VOICES) == {"prs"}
    assert {code: audible(code).code for code in LANGUAGES} == {code: code for code in LANGUAGES} | {"prs": "fr"}
    assert audible(None).code == audible("xx").code == "fr"


@pytest.mark.parametrize(
    ("answered_by", "picked"),
    [
        ("human", Picked.PERSON),
        ("unknown", Picked.PERSON),
        ("", Picked.PERSON),
        ("machine_start", Picked.MACHINE),
        ("machine_end_beep", Picked.MACHINE),
        ("machine_end_silence", Picked.MACHINE),
        ("fax", Picked.MACHINE),
    ],
)
def test_who_picked_up(answered_by: str, picked: Picked) -> None:
    assert read_call({}, {"AnsweredBy": answered_by}).picked is picked


@pytest.mark.parametrize(
    ("status", "end"),
    [
        ("queued", None),
        ("in-progress", None),
        ("teleported", None),
        ("completed", CallEnd.COMPLETED),
        ("busy", CallEnd.BUSY),
        ("no-answer", CallEnd.NO_ANSWER),
        ("failed", CallEnd.FAILED),
        ("canceled", CallEnd.FAILED),
    ],
)
def test_how_it_ended(status: str, end: CallEnd | None) -> None:
    assert read_call({}, {"CallStatus": status}).end is end


@pytest.mark.parametrize(("step", "read"), [("3", 3), ("", 0), ("-1", 0), ("x", 0), ("9" * 30, 0)])
def test_a_step_is_a_number_or_the_first(step: str, read: int) -> None:
    told = read_call({REFERENCE: "17", "step": step}, {"CallSid": "CA1", "Digits": "4", "From": OURS})
    assert (told.reference, told.sid, told.step, told.key, told.caller) == ("17", "CA1", read, "4", OURS)

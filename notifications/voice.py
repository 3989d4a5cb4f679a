"""Calls through Twilio: ringing somebody, what is said to them, and what Twilio tells of a call.

Sources: https://www.twilio.com/docs/voice/api/call-resource (fields, statuses), …/voice/answering-machine-detection
(`AnsweredBy`), …/voice/twiml/gather, https://www.twilio.com/docs/api/errors. Calls have no idempotency key either: what
we can't know is said (`UNCERTAIN`), and `find` asks later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from notifications.languages import FRENCH, Language, language
from notifications.receipts import REFERENCE
from notifications.senders import Call, Reason, SendError
from notifications.sms import CLOCK_SLACK, MOST_LOOKED_AT, PATIENCE, REASONS, make_client, named_failures

if TYPE_CHECKING:
    from twilio.rest import Client

# Where Twilio asks what to say, tells the keys pressed, and how a call ended (house.md, stable surfaces).
VOICE_PATH = "/hooks/twilio/voice"
KEYS_PATH = f"{VOICE_PATH}/keys"
ENDED_PATH = f"{VOICE_PATH}/status"
# In the query of the address that keys are told to: how many were heeded before.
STEP = "step"

RINGS_FOR = timedelta(seconds=30)
LASTS = timedelta(minutes=5)  # whoever leaves the receiver beside the telephone costs no more
WAITS_FOR_A_KEY = timedelta(seconds=8)

# Twilio's codes of calls, beside those that texts meet too.
CALL_REASONS: Mapping[int, Reason] = {
    **REASONS,
    21214: Reason.WRONG_ADDRESS,  # "To" can't be reached
    21217: Reason.WRONG_ADDRESS,  # "To" is no number
    21205: Reason.OUR_ACCOUNT,  # our address is none
    21210: Reason.OUR_ACCOUNT,  # "From" is not ours
    21212: Reason.OUR_ACCOUNT,  # "From" is no number
    21213: Reason.OUR_ACCOUNT,  # no "From"
    21215: Reason.OUR_ACCOUNT,  # this country is not enabled
    21216: Reason.OUR_ACCOUNT,  # this number is blocked for the account
    21219: Reason.OUR_ACCOUNT,  # trial account, unverified number
    10004: Reason.WAIT,  # as many calls at once as the account may make
}

# A language of ours → Twilio's `language` and `voice` (https://www.twilio.com/docs/voice/twiml/say/text-speech). Dari has
# none there: it is spoken to in French. Voices are other companies' and may change: Twilio then takes another one.
VOICES: Mapping[str, tuple[str, str]] = {
    "fr": ("fr-FR", "Polly.Lea-Neural"),
    "facile": ("fr-FR", "Polly.Lea-Neural"),
    "en": ("en-GB", "Polly.Amy-Neural"),
    "ar": ("ar-XA", "Google.ar-XA-Standard-A"),
    "es": ("es-ES", "Polly.Lucia-Neural"),
    "pt": ("pt-PT", "Polly.Ines-Neural"),
    "tr": ("tr-TR", "Google.tr-TR-Standard-A"),
    "uk": ("uk-UA", "Google.uk-UA-Standard-A"),
    "ru": ("ru-RU", "Google.ru-RU-Standard-A"),
    "ro": ("ro-RO", "Google.ro-RO-Standard-A"),
}


class Picked(StrEnum):
    """Who picked up, as far as Twilio can tell. What it does not know is taken for a person."""

    PERSON = "person"
    MACHINE = "machine"


class CallEnd(StrEnum):
    """How a call ended, in our words."""

    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"


# `queued`, `ringing` and `in-progress` end nothing.
ENDS: Mapping[str, CallEnd] = {
    "completed": CallEnd.COMPLETED,
    "busy": CallEnd.BUSY,
    "no-answer": CallEnd.NO_ANSWER,
    "failed": CallEnd.FAILED,
    "canceled": CallEnd.FAILED,
}


@dataclass(frozen=True, slots=True)
class CallNews:
    """What Twilio tells of a call. `reference` is our message's, empty when somebody calls us; `caller`: who calls;
    `step` and `key` when a key was pressed, `key` empty for silence; `end` None while it goes on."""

    reference: str
    sid: str
    caller: str
    picked: Picked
    step: int
    key: str
    end: CallEnd | None


@dataclass(frozen=True, slots=True)
class Said:
    """Sentences in one language of ours."""

    language: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Speech:
    """What is said next. `reference` and `step` go with the key that is waited for; without a step the call ends."""

    said: tuple[Said, ...]
    reference: str = ""
    step: int | None = None


class TwilioVoice:
    """Rings through Twilio from `sender`, a number. `hooks_url` is our public address: what is said is asked for there.

    Threads may share one instance.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str,
        hooks_url: str,
        api_url: str = "https://api.twilio.com",
        patience: timedelta = PATIENCE,
    ) -> None:
        self._account = (account_sid, auth_token)
        self._sender = sender
        self._hooks_url = hooks_url.rstrip("/")
        self._api_url = api_url.rstrip("/")
        self._patience = patience

    def call(self, call: Call) -> str:
        """Ask Twilio to ring; its Call SID. Raises SendError.

        `DetectMessageEnd`: an answering machine is spoken to after its own words, else it would record none of ours.
        """
        query = urlencode({REFERENCE: call.reference})
        with named_failures(CALL_REASONS):
            created = self._client.calls.create(
                to=call.to,
                from_=self._sender,
                url=f"{self._hooks_url}{VOICE_PATH}?{query}",
                status_callback=f"{self._hooks_url}{ENDED_PATH}?{query}",
                machine_detection="DetectMessageEnd",
                timeout=RINGS_FOR // timedelta(seconds=1),
                time_limit=LASTS // timedelta(seconds=1),
            )
        if not created.sid:
            raise SendError(Reason.UNCERTAIN, "no_sid")
        return str(created.sid)

    def find(self, call: Call, *, since: datetime) -> str | None:
        """The SID of the first call to this number begun after `since`. Raises SendError(WAIT) when Twilio can't say."""
        try:
            with named_failures(CALL_REASONS):
                return self._look(call, since.astimezone(UTC) - CLOCK_SLACK)
        except SendError as error:
            raise SendError(Reason.WAIT, error.code, retry_after=error.retry_after) from error

    def close(self) -> None:
        """Close the connections kept open between calls; the next one opens new ones."""
        if "_client" in self.__dict__:
            self._client.http_client.session.close()

    def _look(self, call: Call, since: datetime) -> str | None:
        first = None
        for found in self._client.calls.stream(to=call.to, from_=self._sender, page_size=50, limit=MOST_LOOKED_AT):
            if found.date_created is not None and found.date_created < since:
                break  # newest first: nothing younger follows
            first = str(found.sid)
        return first

    @cached_property
    def _client(self) -> Client:
        return make_client(self._account, self._api_url, self._patience)


def read_call(query: Mapping[str, str], fields: Mapping[str, str]) -> CallNews:
    """What Twilio tells of a call, from the query and the form. What it lacks is an empty string.

    Who picked up: https://www.twilio.com/docs/voice/answering-machine-detection#answeredby; a fax is a machine too.
    """
    answered_by, step = fields.get("AnsweredBy", ""), query.get(STEP, "")
    return CallNews(
        reference=query.get(REFERENCE, ""),
        sid=fields.get("CallSid", "")[:64],
        caller=fields.get("From", ""),
        picked=Picked.MACHINE if answered_by.startswith(("machine", "fax")) else Picked.PERSON,
        step=int(step) if step.isdecimal() and len(step) < 6 else 0,
        key=fields.get("Digits", ""),
        end=ENDS.get(fields.get("CallStatus", "")),
    )


def audible(code: str | None) -> Language:
    """The language in which somebody who reads this one is spoken to: theirs, or French where no voice speaks it."""
    return language(code) if code in VOICES else FRENCH


def twiml(speech: Speech, *, hooks_url: str) -> str:
    """The XML that says it: https://www.twilio.com/docs/voice/twiml. Silence is told too, as a key that is empty."""
    from twilio.twiml.voice_response import Gather, VoiceResponse

    response, speaker = VoiceResponse(), VoiceResponse()
    if speech.step is None:
        speaker = response
    else:
        query = urlencode({REFERENCE: speech.reference, STEP: speech.step})
        speaker = Gather(
            input="dtmf",
            num_digits=1,
            finish_on_key="",  # "#" is a key like the others
            timeout=WAITS_FOR_A_KEY // timedelta(seconds=1),
            action=f"{hooks_url.rstrip('/')}{KEYS_PATH}?{query}",
            method="POST",
            action_on_empty_result=True,
        )
        response.append(speaker)
    for said in speech.said:
        language, voice = VOICES[said.language]
        for sentence in said.sentences:
            speaker.say(sentence, language=language, voice=voice)
    if speech.step is None:
        response.hangup()
    return str(response)

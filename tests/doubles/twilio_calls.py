"""Telephones behind the stand-in for Twilio: they are picked up, press keys, are busy, or a machine answers.

The double keeps the calls it was asked to make (`twilio.calls`); a test says what happens to each, and hears what was
said. Our pages are asked with Twilio's own fields, signed, over HTTP or through a Flask client.
"""

from __future__ import annotations

import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from twilio.request_validator import RequestValidator

Fields = dict[str, str]
# Posts a form to an address; the status and the body of the answer.
Post = Callable[[str, Fields, Mapping[str, str]], tuple[int, str]]


@dataclass(frozen=True)
class Heard:
    """One answer of ours as it is heard. `action`: where the next key goes; empty when the call ends."""

    xml: str
    sentences: tuple[str, ...]
    languages: tuple[str, ...]
    voices: tuple[str, ...]
    action: str

    @property
    def words(self) -> str:
        return " ".join(self.sentences).replace("\N{NO-BREAK SPACE}", " ")


def hear(xml: str) -> Heard:
    """Reads TwiML as Twilio would."""
    response = ElementTree.fromstring(xml)
    assert response.tag == "Response"
    gather = response.find("Gather")
    said = list((response if gather is None else gather).iter("Say"))
    assert (gather is None) == (response.find("Hangup") is not None)
    return Heard(
        xml,
        tuple(one.text or "" for one in said),
        tuple(dict.fromkeys(one.attrib["language"] for one in said)),
        tuple(dict.fromkeys(one.attrib["voice"] for one in said)),
        gather.attrib["action"] if gather is not None else "",
    )


def over_http(url: str, fields: Fields, headers: Mapping[str, str]) -> tuple[int, str]:
    request = urllib.request.Request(url, urlencode(fields).encode(), dict(headers))
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(answer.status), answer.read().decode()


class Telephones:
    """What happens to the calls that the double was asked to make."""

    def __init__(self, *, auth_token: str, post: Post = over_http) -> None:
        self.auth_token = auth_token
        self.post = post
        self.asked: list[tuple[str, Fields]] = []  # every request to our pages, to be told again

    def pick_up(self, call: Mapping[str, Any], *keys: str, answered_by: str = "human") -> list[Heard]:
        """Somebody, or a machine, picks up and presses these keys ("" is silence), then the call ends."""
        heard = [self.ask(call["url"], fields_of(call, "in-progress") | {"AnsweredBy": answered_by})]
        for key in keys:
            heard.append(self.press(call, heard[-1], key))
        self.end(call, "completed", answered_by=answered_by)
        return heard

    def press(self, call: Mapping[str, Any], after: Heard, key: str) -> Heard:
        assert after.action, f"nobody listens any more: {after.words}"
        return self.ask(after.action, fields_of(call, "in-progress") | {"Digits": key, "msg": "Gather End"})

    def end(self, call: Mapping[str, Any], status: str, *, answered_by: str = "") -> int:
        """`completed`, `busy`, `no-answer`, `failed` or `canceled`."""
        fields = fields_of(call, status) | {"CallDuration": "12", "CallbackSource": "call-progress-events"}
        code, _ = self.send(call["status_callback"], fields | ({"AnsweredBy": answered_by} if answered_by else {}))
        return code

    def ask(self, url: str, fields: Fields) -> Heard:
        code, body = self.send(url, fields)
        assert code == 200, (code, body)
        return hear(body)

    def send(self, url: str, fields: Fields) -> tuple[int, str]:
        self.asked.append((url, fields))
        signature = RequestValidator(self.auth_token).compute_signature(url, fields)
        return self.post(url, fields, {"X-Twilio-Signature": signature})

    def tell_again(self) -> None:
        """Every request once more, in their order, as a network may."""
        for url, fields in list(self.asked):
            self.send(url, fields)


def fields_of(call: Mapping[str, Any], status: str) -> Fields:
    """What Twilio posts of a call (voice/twiml#request-parameters)."""
    return {
        "CallSid": call["sid"],
        "AccountSid": call["account_sid"],
        "From": call["from"],
        "To": call["to"],
        "Called": call["to"],
        "Caller": call["from"],
        "CallStatus": status,
        "ApiVersion": "2010-04-01",
        "Direction": "outbound-api",
    }


def taken(account: str, fields: Mapping[str, str], events: Sequence[str]) -> dict[str, Any]:
    """A call as the double keeps it."""
    return {
        "sid": f"CA{uuid.uuid4().hex}",
        "account_sid": account,
        "to": fields["To"],
        "from": fields["From"],
        "url": fields["Url"],
        "status_callback": fields.get("StatusCallback"),
        "events": list(events),
        "machine_detection": fields.get("MachineDetection"),
        "created_at": datetime.now(UTC).isoformat(),
        "status": "queued",
    }


def complaint(fields: Mapping[str, str]) -> tuple[int, str] | None:
    """Twilio's code and words for a call it would refuse to make."""
    if not fields.get("To"):
        return 21201, "No 'To' number is specified"
    if not fields["To"].startswith("+") or not fields["To"][1:].isdecimal():
        return 21211, "Invalid 'To' Phone Number"
    if not fields.get("From"):
        return 21213, "'From' phone number is required"
    return None if fields.get("Url") else (21205, "Url is required")


def resource(call: Mapping[str, Any]) -> dict[str, Any]:
    """A call as Twilio shows it. `start_time` is empty while it is queued."""
    created = format_datetime(datetime.fromisoformat(call["created_at"]))
    uri = f"/2010-04-01/Accounts/{call['account_sid']}/Calls/{call['sid']}"
    return {
        "account_sid": call["account_sid"],
        "annotation": None,
        "answered_by": None,
        "api_version": "2010-04-01",
        "caller_name": None,
        "date_created": created,
        "date_updated": created,
        "direction": "outbound-api",
        "duration": None,
        "end_time": None,
        "forwarded_from": None,
        "from": call["from"],
        "from_formatted": call["from"],
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": None,
        "price_unit": "EUR",
        "queue_time": "0",
        "sid": call["sid"],
        "start_time": None,
        "status": call["status"],
        "subresource_uris": {"recordings": f"{uri}/Recordings.json"},
        "to": call["to"],
        "to_formatted": call["to"],
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }

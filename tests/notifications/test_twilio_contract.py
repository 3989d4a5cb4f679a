"""What Twilio's own public OpenAPI file says of fields, statuses and limits, and Prism (test_twilio_prism.py) doesn't check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from notifications.receipts import DELIVERIES
from notifications.senders import Call, Sms
from notifications.sms import LONGEST_LIFE, TwilioSms
from notifications.voice import ENDS, TwilioVoice
from tests import npm
from tests.doubles.twilio import Exchange, running_twilio

PACKAGE, VERSION = "@twilio/cli-core", "8.3.2"
INTEGRITY = "sha512-qRTAZS15i/nseKHu2zZIb1BD78WFRVOWM65iC9JqjZdNpz5KQaiEI1klsLcWDi1pwXH9JG6pbFXJrIiYRJw/dw=="
FILE = "src/services/twilio-api/twilio_api_v2010.json"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
CALLS = "/2010-04-01/Accounts/{AccountSid}/Calls.json"
ACCOUNT = "AC" + "0" * 32
CALL_SCHEMAS = {"api.v2010.account.call", "call_enum_status"}


def read_published() -> dict[str, Any]:
    """Twilio's file, cut down to the Messages and Calls endpoints. Raises NoNpm."""
    whole = json.loads(npm.file_of(PACKAGE, VERSION, INTEGRITY, FILE).read_text())
    schemas = {
        name: one for name, one in whole["components"]["schemas"].items() if "message" in name or name in CALL_SCHEMAS
    }
    return whole | {
        "paths": {one: whole["paths"][one] for one in (MESSAGES, CALLS)},
        "components": {"schemas": schemas, "securitySchemes": whole["components"]["securitySchemes"]},
    }


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    try:
        return read_published()
    except npm.NoNpm as why:
        npm.skip_or_fail(why)


@pytest.fixture(scope="module")
def exchanges() -> Iterator[list[Exchange]]:
    """Every form of request we make: with and without sender, life and callback; and the look afterwards."""
    with running_twilio() as twilio:
        account: dict[str, Any] = {"account_sid": ACCOUNT, "auth_token": "token", "api_url": twilio.url}
        number = TwilioSms(**account, sender="+33939000000", callback_url="https://rdv.exemple.fr/hooks/twilio/status")
        service = TwilioSms(**account, messaging_service_sid="MG" + "0" * 32)
        number.send(Sms("17", "+33639980012", "Bonjour Inès", lives_for=timedelta(hours=2)))
        number.send(Sms("18", "+33639980012", "Bonjour Inès, encore", sender="DEPT DROME"))
        service.send(Sms("19", "+33639980012", "Bonjour"))
        service.find(Sms("19", "+33639980012", "Bonjour"), since=datetime.now(UTC))
        number.close()
        service.close()
        yield list(twilio.exchanges)


@pytest.fixture(scope="module")
def calls() -> Iterator[list[Exchange]]:
    """A call, and the look for one afterwards."""
    with running_twilio() as twilio:
        voice = TwilioVoice(
            account_sid=ACCOUNT,
            auth_token="token",
            sender="+33937000000",
            hooks_url="https://rdv.exemple.fr",
            api_url=twilio.url,
        )
        voice.call(Call("17", "+33199001234"))
        voice.find(Call("17", "+33199001234"), since=datetime.now(UTC))
        voice.close()
        yield list(twilio.exchanges)


def test_every_field_we_send_is_a_field_that_twilio_knows(published: dict[str, Any], exchanges: list[Exchange]) -> None:
    """A form takes unknown fields in silence: a misspelt one would be lost."""
    operation = published["paths"][MESSAGES]
    form = operation["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    query = {parameter["name"] for parameter in operation["get"]["parameters"]}
    sent = {name for one in exchanges if one.method == "POST" for name, _ in parse_qsl(one.body.decode())}
    asked = {name for one in exchanges if one.method == "GET" for name, _ in parse_qsl(urlsplit(one.path).query)}
    assert sent == {"To", "From", "Body", "StatusCallback", "ValidityPeriod", "MessagingServiceSid"}
    assert sent <= set(form)
    assert asked <= query


def test_every_status_that_twilio_publishes_has_our_word(published: dict[str, Any]) -> None:
    statuses = set(published["components"]["schemas"]["message_enum_status"]["enum"])
    assert statuses - {"receiving", "received", "partially_delivered"} <= set(DELIVERIES)


def test_the_longest_life_is_the_one_that_twilio_publishes(published: dict[str, Any]) -> None:
    form = published["paths"][MESSAGES]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    words = form["schema"]["properties"]["ValidityPeriod"]["description"]
    assert f"from `1` to `{LONGEST_LIFE // timedelta(seconds=1)}`" in words


def test_every_field_of_a_call_is_a_field_that_twilio_knows(published: dict[str, Any], calls: list[Exchange]) -> None:
    assert [one.method for one in calls] == ["POST", "GET"]
    operation = published["paths"][CALLS]
    form = operation["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["properties"]
    sent = {name for name, _ in parse_qsl(calls[0].body.decode())}
    asked = {name for name, _ in parse_qsl(urlsplit(calls[1].path).query)}
    assert sent == {
        "To", "From", "Url", "StatusCallback", "MachineDetection", "Timeout", "TimeLimit",
    }  # fmt: skip
    assert sent <= set(form)
    assert asked <= {parameter["name"] for parameter in operation["get"]["parameters"]}


def test_every_end_of_a_call_that_twilio_publishes_has_our_word(published: dict[str, Any]) -> None:
    statuses = set(published["components"]["schemas"]["call_enum_status"]["enum"])
    assert statuses - {"queued", "ringing", "in-progress"} == set(ENDS)

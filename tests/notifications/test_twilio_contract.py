"""What we ask of Twilio, held against Twilio's own public OpenAPI file; and what our double answers, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from notifications.receipts import DELIVERIES
from notifications.senders import Sms
from notifications.sms import LONGEST_LIFE, TwilioSms
from tests import npm
from tests.doubles.twilio import Exchange, running_twilio

PACKAGE, VERSION = "@twilio/cli-core", "8.3.2"
INTEGRITY = "sha512-qRTAZS15i/nseKHu2zZIb1BD78WFRVOWM65iC9JqjZdNpz5KQaiEI1klsLcWDi1pwXH9JG6pbFXJrIiYRJw/dw=="
FILE = "src/services/twilio-api/twilio_api_v2010.json"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
ACCOUNT = "AC" + "0" * 32


@pytest.fixture(scope="module")
def published() -> dict[str, Any]:
    """Twilio's file, cut down to the Messages endpoint."""
    try:
        kept = npm.file_of(PACKAGE, VERSION, INTEGRITY, FILE)
    except npm.NoNpm as why:
        npm.skip_or_fail(why)
    whole = json.loads(kept.read_text())
    schemas = {name: one for name, one in whole["components"]["schemas"].items() if "message" in name}
    return whole | {
        "paths": {MESSAGES: whole["paths"][MESSAGES]},
        "components": {"schemas": schemas, "securitySchemes": whole["components"]["securitySchemes"]},
    }


@pytest.fixture(scope="module")
def contract(published: dict[str, Any]) -> OpenAPI:
    return OpenAPI.from_dict(published)


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


def as_request(exchange: Exchange) -> MockRequest:
    parts = urlsplit(exchange.path)
    return MockRequest(
        "https://api.twilio.com",
        exchange.method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query)),
        headers=exchange.headers,
        data=exchange.body or None,
        content_type=exchange.headers.get("Content-Type", ""),
    )


def test_every_request_we_make_is_one_that_twilio_publishes(contract: OpenAPI, exchanges: list[Exchange]) -> None:
    assert [one.method for one in exchanges] == ["POST", "POST", "POST", "GET"]
    for exchange in exchanges:
        contract.validate_request(as_request(exchange))


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


def test_the_double_answers_as_twilio_publishes(contract: OpenAPI, exchanges: list[Exchange]) -> None:
    for exchange in exchanges:
        answer = MockResponse(exchange.answer, status_code=exchange.status, content_type="application/json")
        contract.validate_response(as_request(exchange), answer)


def test_the_contract_notices_a_request_that_is_wrong(contract: OpenAPI, exchanges: list[Exchange]) -> None:
    first = exchanges[0]
    without_to = Exchange(first.method, first.path, first.headers, b"Body=Bonjour", first.status, first.answer)
    odd_account = Exchange(first.method, first.path.replace("AC0", "XX0"), first.headers, first.body, 201, b"")
    odd_life = Exchange(first.method, first.path, first.headers, first.body.replace(b"7200", b"soon"), 201, b"")
    for wrong in (without_to, odd_account, odd_life):
        with pytest.raises(OpenAPIError):
            contract.validate_request(as_request(wrong))


def test_every_status_that_twilio_publishes_has_our_word(published: dict[str, Any]) -> None:
    statuses = set(published["components"]["schemas"]["message_enum_status"]["enum"])
    assert statuses - {"receiving", "received", "partially_delivered"} <= set(DELIVERIES)


def test_the_longest_life_is_the_one_that_twilio_publishes(published: dict[str, Any]) -> None:
    form = published["paths"][MESSAGES]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    words = form["schema"]["properties"]["ValidityPeriod"]["description"]
    assert f"from `1` to `{LONGEST_LIFE // timedelta(seconds=1)}`" in words

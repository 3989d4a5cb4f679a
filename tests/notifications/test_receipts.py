"""Is it really Twilio, and what does it say?"""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import pytest
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from notifications.receipts import DELIVERIES, SIGNATURE, Delivery, is_from_twilio, read_receipt, signed_url
from notifications.senders import Sms
from notifications.sms import TwilioSms
from tests.doubles.twilio import running_twilio

TOKEN = "a token for tests"
BASE = "https://rdv.exemple.fr"
PATH = "/hooks/twilio/status"
FIELDS = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+33639980012", "RawDlrDoneDate": "2611240900"}


def checked(*, query: str = "message=17", fields: Any = FIELDS, headers: dict[str, str] | None = None) -> bool:
    signature = RequestValidator(TOKEN).compute_signature(f"{BASE}{PATH}?{query}", FIELDS)
    return is_from_twilio(
        auth_token=TOKEN,
        public_url=BASE,
        path=PATH,
        raw_query=query,
        fields=fields,
        headers={SIGNATURE: signature} if headers is None else headers,
    )


def test_twilio_s_own_signature_is_accepted() -> None:
    assert checked()
    assert checked(fields=MultiDict(FIELDS))


def test_twilio_s_published_example_is_accepted() -> None:
    """https://www.twilio.com/docs/usage/security#validating-requests, the worked example with token 12345."""
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Caller": "+14158675309",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
    }
    assert is_from_twilio(
        auth_token="12345",
        public_url="https://mycompany.com",
        path="/myapp.php",
        raw_query="foo=1&bar=2",
        fields=fields,
        headers={SIGNATURE: "RSOYDt4T1cUTdK1PDd93/VVr8B8="},
    )


def test_the_query_is_taken_as_it_came() -> None:
    query = "message=17%2F3&name=In%C3%A8s+B"
    assert checked(query=query)
    assert signed_url(BASE + "/", PATH, query.encode()) == f"{BASE}{PATH}?{query}"
    assert signed_url(BASE, PATH, b"") == f"{BASE}{PATH}"


@pytest.mark.parametrize("headers", [{}, {SIGNATURE: ""}, {SIGNATURE: "odd"}, {SIGNATURE: "é"}])
def test_a_missing_or_odd_signature_is_refused_without_an_exception(headers: dict[str, str]) -> None:
    assert not checked(headers=headers)


@pytest.mark.parametrize("change", [{"MessageStatus": "failed"}, {"Added": "later"}])
def test_a_changed_or_added_field_is_noticed(change: dict[str, str]) -> None:
    assert not checked(fields=FIELDS | change)


def test_without_our_token_nobody_is_believed() -> None:
    assert not is_from_twilio(
        auth_token="", public_url=BASE, path=PATH, raw_query="", fields={}, headers={SIGNATURE: "x"}
    )


def test_the_algorithm_that_twilio_names_is_used() -> None:
    url = f"{BASE}{PATH}?message=17"
    settings = {"X-Twilio-Webhooks-Signature-Settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}
    newer = RequestValidator(TOKEN).compute_signature(url, FIELDS, "HMAC_SHA256")
    older = RequestValidator(TOKEN).compute_signature(url, FIELDS)
    assert checked(headers=settings | {SIGNATURE: newer})
    assert not checked(headers=settings | {SIGNATURE: older})
    assert not checked(headers={"X-Twilio-Webhooks-Signature-Settings": "algorithm=ROT13", SIGNATURE: older})


def test_a_receipt_says_which_message_and_what_became_of_it() -> None:
    receipt = read_receipt({"message": "17"}, FIELDS | {"MessageStatus": "undelivered", "ErrorCode": "30003"})
    assert (receipt.reference, receipt.provider_id) == ("17", "SM1")
    assert (receipt.delivery, receipt.error_code) == (Delivery.UNDELIVERED, "30003")


def test_a_receipt_with_nothing_in_it_is_read_all_the_same() -> None:
    receipt = read_receipt({}, {})
    assert (receipt.reference, receipt.provider_id, receipt.status) == ("", "", "")
    assert receipt.delivery is None
    assert receipt.error_code is None


def test_every_status_twilio_documents_has_our_word() -> None:
    documented = "accepted scheduled canceled queued sending sent failed delivered undelivered read"
    assert set(DELIVERIES) == set(documented.split())


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bool]]]:
    """A page that checks what is posted to it, as ours does, from the raw query."""
    believed: list[bool] = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            path, _, query = self.path.partition("?")
            content = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = dict(parse_qsl(content, keep_blank_values=True))
            believed.append(
                is_from_twilio(
                    auth_token=TOKEN,
                    public_url=f"http://{self.headers['Host']}",
                    path=path,
                    raw_query=query,
                    fields=fields,
                    headers=dict(self.headers.items()),
                )
            )
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}{PATH}", believed
        server.shutdown()
        thread.join()


def test_a_callback_of_the_double_is_signed_as_twilio_signs(listener: tuple[str, list[bool]]) -> None:
    url, believed = listener
    with running_twilio(auth_token=TOKEN) as twilio:
        sms = TwilioSms(
            account_sid="AC" + "0" * 32, auth_token=TOKEN, sender="DROME", api_url=twilio.url, callback_url=url
        )
        sid = sms.send(Sms("17/é", "+33639980012", "Bonjour"))
        assert twilio.report(sid, "delivered") == 204
        sms.close()
    assert believed == [True]

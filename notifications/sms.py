"""Text messages through Twilio: our words out, its codes turned into our reasons.

Source of paths, fields and codes: https://www.twilio.com/docs/messaging/api/message-resource and
https://www.twilio.com/docs/api/errors. Messages have no idempotency key there: what we can't know is said
(`UNCERTAIN`), and `find` asks later.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError, SSLError

from notifications.receipts import REFERENCE
from notifications.senders import Reason, SendError, Sms

if TYPE_CHECKING:
    from twilio.base.exceptions import TwilioException
    from twilio.rest import Client

PATIENCE = timedelta(seconds=10)  # the SDK has none by default
LONGEST_LIFE = timedelta(hours=10)  # ValidityPeriod, 1–36,000 s
# Twilio's clock and ours may differ, and its dates have no fraction.
CLOCK_SLACK = timedelta(minutes=1)
MOST_LOOKED_AT = 200
MOST_CONNECTIONS = 100

REASONS: Mapping[int, Reason] = {
    21211: Reason.WRONG_ADDRESS,  # invalid "To"
    21614: Reason.WRONG_ADDRESS,  # not a mobile number
    21635: Reason.WRONG_ADDRESS,  # a landline
    30005: Reason.WRONG_ADDRESS,  # unknown handset
    30006: Reason.WRONG_ADDRESS,  # landline or unreachable carrier
    21610: Reason.REFUSED_BY_PERSON,  # they answered STOP
    30004: Reason.REFUSED_BY_PERSON,  # blocked
    20003: Reason.OUR_ACCOUNT,  # credentials
    20005: Reason.OUR_ACCOUNT,  # account not active
    20404: Reason.OUR_ACCOUNT,  # no such account at this address
    21408: Reason.OUR_ACCOUNT,  # region not enabled
    21603: Reason.OUR_ACCOUNT,  # no "From"
    21606: Reason.OUR_ACCOUNT,  # "From" can't send texts
    21608: Reason.OUR_ACCOUNT,  # trial account, unverified number
    21612: Reason.OUR_ACCOUNT,  # this "From" can't reach this "To"
    30002: Reason.OUR_ACCOUNT,  # account suspended
    20429: Reason.WAIT,  # too many requests: nothing was taken
    21611: Reason.WAIT,  # the sender's queue is full
    30003: Reason.LATER,  # handset off
    30008: Reason.LATER,  # unknown, by the carrier
    30007: Reason.FILTERED,
    30036: Reason.EXPIRED,  # ValidityPeriod over
}

logging.getLogger("twilio.http_client").setLevel(logging.WARNING)  # its INFO lines carry numbers and texts


def reason_of(
    code: int | str | None, *, otherwise: Reason = Reason.OTHER, reasons: Mapping[int, Reason] = REASONS
) -> Reason:
    """Our word for a Twilio error code, of a refused request or of a status callback."""
    text = str(code or "").strip()
    return reasons.get(int(text), otherwise) if text.isdecimal() else otherwise


class TwilioSms:
    """Sends texts through Twilio, from `sender` (a number or a name) or a messaging service, unless the text has its own.

    `callback_url` is where status callbacks go (our reference is added to its query); null: none are asked for.
    Threads may share one instance. The SDK is loaded at the first text: it takes 200 ms.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        auth_token: str,
        sender: str = "",
        messaging_service_sid: str = "",
        api_url: str = "https://api.twilio.com",
        callback_url: str | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._account = (account_sid, auth_token)
        self._sender = sender
        self._messaging_service_sid = messaging_service_sid
        self._api_url = api_url.rstrip("/")
        self._callback_url = callback_url
        self._patience = patience

    def send(self, sms: Sms) -> str:
        """Hand the text to Twilio; its Message SID. Raises SendError."""
        if sms.lives_for is not None and sms.lives_for < timedelta(seconds=1):
            raise SendError(Reason.EXPIRED)
        with named_failures():
            created = self._client.messages.create(to=sms.to, body=sms.body, **self._fields(sms))
        if not created.sid:
            raise SendError(Reason.UNCERTAIN, "no_sid")
        return str(created.sid)

    def find(self, sms: Sms, *, since: datetime) -> str | None:
        """The SID of a text with this body to this number, from the same sender, created after `since`. Raises SendError(WAIT)
        when Twilio can't say.

        `DateSent` is empty while a message is queued, so the dates of creation are compared here.
        """
        try:
            with named_failures():
                return self._look(sms, since.astimezone(UTC) - CLOCK_SLACK)
        except SendError as error:
            raise SendError(Reason.WAIT, error.code, retry_after=error.retry_after) from error

    def close(self) -> None:
        """Close the connections kept open between texts; the next text opens new ones."""
        if "_client" in self.__dict__:
            self._client.http_client.session.close()

    def _look(self, sms: Sms, since: datetime) -> str | None:
        for found in self._client.messages.stream(to=sms.to, page_size=50, limit=MOST_LOOKED_AT):
            if found.date_created is not None and found.date_created < since:
                return None  # newest first: nothing younger follows
            if not self._is_from_here(sms, found.from_):
                continue
            # A trial account puts a sentence before the text.
            if (found.body or "").strip().endswith(sms.body.strip()):
                return str(found.sid)
        return None

    def _is_from_here(self, sms: Sms, sender: str | None) -> bool:
        """False for what another of our numbers or names said; a messaging service chooses its number itself."""
        ours = self._fields(sms).get("from_")
        return not ours or not sender or sender == ours

    def _fields(self, sms: Sms) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        if sms.sender or not self._messaging_service_sid:
            fields["from_"] = sms.sender or self._sender
        else:
            fields["messaging_service_sid"] = self._messaging_service_sid
        if sms.lives_for is not None:
            fields["validity_period"] = min(sms.lives_for, LONGEST_LIFE) // timedelta(seconds=1)
        if self._callback_url:
            fields["status_callback"] = f"{self._callback_url}?{urlencode({REFERENCE: sms.reference})}"
        return fields

    @cached_property
    def _client(self) -> Client:
        return make_client(self._account, self._api_url, self._patience)


def make_client(account: tuple[str, str], api_url: str, patience: timedelta) -> Client:
    """The SDK's client, with the patience it lacks, for Twilio or a double. Importing it takes 200 ms."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    wire = TwilioHttpClient(timeout=patience.total_seconds(), request_hooks={"response": [_heed_retry_after]})
    # One kept connection for each thread; requests keeps ten, and opens a new one for each call beyond.
    wire.session.mount("https://", HTTPAdapter(pool_maxsize=MOST_CONNECTIONS))
    wire.session.mount("http://", HTTPAdapter(pool_maxsize=MOST_CONNECTIONS))
    client = Client(*account, http_client=wire)
    client.api.base_url = api_url
    return client


def _heed_retry_after(response: requests.Response, **_: Any) -> None:
    """Says how long to wait when Twilio asks for it: the SDK's own exception drops the header."""
    if response.status_code == requests.codes.too_many_requests:
        response.close()  # nobody else reads it any more
        raise SendError(Reason.WAIT, "20429", retry_after=_seconds(response.headers))


@contextmanager
def named_failures(reasons: Mapping[int, Reason] = REASONS) -> Iterator[None]:
    """Turns what the SDK and the wire raise into SendError. `reasons`: our words for Twilio's codes."""
    from twilio.base.exceptions import TwilioException

    try:
        yield
    except TwilioException as error:
        raise _refused(error, reasons) from error
    except requests.RequestException as error:
        raise SendError(_wire_reason(error), type(error).__name__) from error
    except ValueError as error:  # an answer that is no JSON: taken or not, nobody knows
        raise SendError(Reason.UNCERTAIN, "unreadable") from error


def _refused(error: TwilioException, reasons: Mapping[int, Reason]) -> SendError:
    status = int(getattr(error, "status", 0) or 0)
    code = getattr(error, "code", None) or status
    if status == 0:  # the SDK refused before asking: no credentials
        return SendError(Reason.OUR_ACCOUNT, "sdk")
    if status >= requests.codes.server_error:
        return SendError(Reason.UNCERTAIN, str(code))
    account = status in {requests.codes.unauthorized, requests.codes.forbidden}
    otherwise = Reason.OUR_ACCOUNT if account else Reason.OTHER
    return SendError(reason_of(code, otherwise=otherwise, reasons=reasons), str(code))


def _wire_reason(error: requests.RequestException) -> Reason:
    """WAIT when nothing can have left, because no connection was made. UNCERTAIN in every other case."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return Reason.WAIT
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    if isinstance(reason, SSLError) and isinstance(reason.args[0], ssl.SSLCertVerificationError):
        return Reason.WAIT
    return Reason.WAIT if isinstance(reason, NewConnectionError) else Reason.UNCERTAIN


def _seconds(headers: Mapping[str, str]) -> timedelta | None:
    text = headers.get("Retry-After", "").strip()
    return timedelta(seconds=int(text)) if text.isdecimal() else None

"""A stand-in for Twilio's Messages and Calls API that remembers what it took. Real HTTP, real process if wanted.

    python -m tests.doubles.twilio --port 4010 --record accepted.jsonl

- `POST /2010-04-01/Accounts/{sid}/Messages.json` and `GET …/Messages.json?To=…` as Twilio answers them; `Calls.json` alike:
  what then happens to a call, `tests.doubles.twilio_calls.Telephones` does;
- `POST /control` with JSON `{"latency_ms": 50, "next": [{"do": "status", "status": 429, "retry_after": 2, "times": 3}]}`
  scripts what the next requests to send meet, each `times` times (once when not said):
  `status` (HTTP `status`, Twilio `code`, perhaps `retry_after`), `error` (Twilio `code`, HTTP 400), `hang` (silent for `seconds`,
  nothing taken), `cut` (connection closed, nothing taken), `cut_after` and `hang_after` (taken, then no answer), `garbage` (taken,
  and an answer that is no JSON);
- `POST /control` with `{"forget": true}` drops what is still scripted;
- `GET /control/accepted`: everything taken, oldest first; `GET /control/arrived`: how many requests to send have come.

Every text taken is appended to the record file, and flushed, before the answer. A file that is there already is read
back: the double may be stopped and started too.
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import socket
import threading
import time
import urllib.request
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from twilio.request_validator import RequestValidator

from tests.doubles import twilio_calls

RESOURCES = re.compile(r"^/2010-04-01/Accounts/(?P<account>AC[0-9a-f]{32})/(?P<what>Messages|Calls)\.json$")
LONGEST_BODY = 1600
Fields = dict[str, str]


@dataclass(frozen=True)
class Exchange:
    """One request as it came, and our answer to it."""

    method: str
    path: str  # with its query
    headers: dict[str, str]
    body: bytes
    status: int
    answer: bytes


class Twilio:
    """What the double knows: texts taken, and what the next requests shall meet."""

    def __init__(self, record: Path | None = None, *, auth_token: str | None = None) -> None:
        self.accepted: list[dict[str, Any]] = []
        self.calls: list[dict[str, Any]] = []
        self.exchanges: deque[Exchange] = deque(maxlen=1000)
        self.arrived = 0
        self.latency_ms = 0
        self.auth_token = auth_token
        self.url = ""
        self._script: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        if record is not None and record.exists():
            self.accepted = [json.loads(line) for line in record.read_text().splitlines()]
        self._by_number: dict[str, list[dict[str, Any]]] = {}
        for one in self.accepted:
            self._by_number.setdefault(one["to"], []).append(one)
        self._record = record.open("a") if record is not None else None

    def script(self, *steps: dict[str, Any], latency_ms: int | None = None) -> None:
        """What the next sends meet, after what is already scripted."""
        with self._lock:
            self._script.extend(dict(step) for step in steps)
            self.latency_ms = self.latency_ms if latency_ms is None else latency_ms

    def forget_script(self) -> None:
        with self._lock:
            self._script.clear()

    def next_step(self) -> dict[str, Any]:
        """The step for this request; an empty one when nothing is scripted."""
        with self._lock:
            self.arrived += 1
            if not self._script:
                return {}
            step = self._script[0]
            step["times"] = step.get("times", 1) - 1
            if step["times"] <= 0:
                self._script.pop(0)
            return step

    def take(self, account: str, fields: Fields) -> dict[str, Any]:
        """Keep a text, in the record file first."""
        taken = {
            "sid": f"SM{uuid.uuid4().hex}",
            "account_sid": account,
            "to": fields["To"],
            "from": fields.get("From"),
            "messaging_service_sid": fields.get("MessagingServiceSid"),
            "body": fields["Body"],
            "status_callback": fields.get("StatusCallback"),
            "validity_period": int(fields["ValidityPeriod"]) if "ValidityPeriod" in fields else None,
            "created_at": datetime.now(UTC).isoformat(),
            "status": "queued",
        }
        with self._lock:
            if self._record is not None:
                self._record.write(json.dumps(taken) + "\n")
                self._record.flush()
            self.accepted.append(taken)
            self._by_number.setdefault(taken["to"], []).append(taken)
        return taken

    def take_call(self, account: str, fields: Fields) -> dict[str, Any]:
        """Keep a call; nothing rings before `Telephones` says so."""
        taken = twilio_calls.taken(account, fields, ["completed"])
        with self._lock:
            self.calls.append(taken)
        return taken

    def calls_matching(self, to: str | None, sender: str | None) -> list[dict[str, Any]]:
        """Calls asked for, newest first."""
        with self._lock:
            return [one for one in reversed(self.calls) if to in {None, one["to"]} and sender in {None, one["from"]}]

    def matching(self, to: str | None) -> list[dict[str, Any]]:
        """Texts taken, newest first."""
        with self._lock:
            return list(reversed(self.accepted if to is None else self._by_number.get(to, [])))

    def report(self, sid: str, status: str, *, error_code: int | None = None) -> int:
        """Call the text's StatusCallback as Twilio would, signed; the HTTP status of the answer."""
        text = next(one for one in self.accepted if one["sid"] == sid)
        text["status"] = status
        fields = {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": text["to"],
            "From": text["from"] or "",
            "AccountSid": text["account_sid"],
            "ApiVersion": "2010-04-01",
        }
        if error_code is not None:
            fields["ErrorCode"] = str(error_code)
        return self._call(text["status_callback"], fields)

    def text(self, url: str, *, sender: str, number: str, body: str, sid: str | None = None) -> int:
        """Hand a text of somebody's to `url` as Twilio would, signed; the HTTP status of the answer."""
        sid = sid or f"SM{uuid.uuid4().hex}"
        return self._call(url, inbound_fields(sid, sender, number, body))

    def _call(self, url: str, fields: Fields) -> int:
        signature = RequestValidator(self.auth_token or "").compute_signature(url, fields)
        request = urllib.request.Request(url, urlencode(fields).encode(), {"X-Twilio-Signature": signature})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)

    def close(self) -> None:
        if self._record is not None:
            self._record.close()


def inbound_fields(sid: str, sender: str, number: str, body: str) -> Fields:
    """What Twilio posts when somebody writes to one of its numbers (messaging/guides/webhook-request)."""
    return {
        "ToCountry": "FR",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "SmsSid": sid,
        "SmsStatus": "received",
        "FromCountry": "FR",
        "Body": body,
        "To": number,
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": sender,
        "ApiVersion": "2010-04-01",
    }


class Answers(BaseHTTPRequestHandler):
    """One connection. `twilio` is set on a subclass for each server."""

    protocol_version = "HTTP/1.1"
    twilio: Twilio
    content = b""
    is_call = False

    def setup(self) -> None:
        super().setup()
        # Two writes an answer and delayed acknowledgements would cost 40 ms a request.
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def do_POST(self) -> None:
        content = self.content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if urlsplit(self.path).path == "/control":
            wanted = json.loads(content)
            if wanted.get("forget"):
                self.twilio.forget_script()
            self.twilio.script(*wanted.get("next", []), latency_ms=wanted.get("latency_ms"))
            self.answer(200, {})
            return
        fields = dict(parse_qsl(content.decode(), keep_blank_values=True))
        self.in_account(fields, self.send_one)

    def do_GET(self) -> None:
        parts, self.content = urlsplit(self.path), b""
        if parts.path == "/control/accepted":
            self.answer(200, list(self.twilio.accepted))
            return
        if parts.path == "/control/arrived":
            self.answer(200, self.twilio.arrived)
            return
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.in_account(query, self.list_them)

    def in_account(self, fields: Fields, act: Callable[[str, Fields], None]) -> None:
        found = RESOURCES.match(urlsplit(self.path).path)
        if found is None:
            self.refuse(404, 20404, "The requested resource was not found")
        elif not self.is_signed_in(found["account"]):
            self.refuse(401, 20003, "Authenticate")
        else:
            time.sleep(self.twilio.latency_ms / 1000)
            self.is_call = found["what"] == "Calls"
            act(found["account"], fields)

    def is_signed_in(self, account: str) -> bool:
        scheme, _, credentials = self.headers.get("Authorization", "").partition(" ")
        with suppress(ValueError):
            user, _, token = base64.b64decode(credentials).decode().partition(":")
            return scheme == "Basic" and user == account and self.twilio.auth_token in {None, token}
        return False

    def send_one(self, account: str, fields: Fields) -> None:
        step = self.twilio.next_step()
        act = getattr(self, f"step_{step.get('do', 'take')}")
        act(account, fields, step)

    def step_take(self, account: str, fields: Fields, _step: dict[str, Any]) -> None:
        wrong = (twilio_calls.complaint if self.is_call else complaint)(fields)
        if wrong:
            self.refuse(400, *wrong)
        else:
            self.answer(201, self.shown(self.keep(account, fields)))

    def step_status(self, _account: str, _fields: Fields, step: dict[str, Any]) -> None:
        status = int(step["status"])
        headers = {"Retry-After": str(step["retry_after"])} if "retry_after" in step else {}
        self.refuse(status, int(step.get("code", 20429 if status == 429 else 20500)), "Scripted", headers)

    def step_error(self, _account: str, _fields: Fields, step: dict[str, Any]) -> None:
        self.refuse(int(step.get("status", 400)), int(step["code"]), "Scripted")

    def step_hang(self, _account: str, _fields: Fields, step: dict[str, Any]) -> None:
        time.sleep(step.get("seconds", 60))
        self.cut()

    def step_cut(self, _account: str, _fields: Fields, _step: dict[str, Any]) -> None:
        self.cut()

    def step_cut_after(self, account: str, fields: Fields, _step: dict[str, Any]) -> None:
        self.keep(account, fields)
        self.cut()

    def step_hang_after(self, account: str, fields: Fields, step: dict[str, Any]) -> None:
        self.keep(account, fields)
        time.sleep(step.get("seconds", 60))
        self.cut()

    def step_garbage(self, account: str, fields: Fields, _step: dict[str, Any]) -> None:
        self.keep(account, fields)
        self.answer(201, "<html>", raw=True)

    def keep(self, account: str, fields: Fields) -> dict[str, Any]:
        return (self.twilio.take_call if self.is_call else self.twilio.take)(account, fields)

    def shown(self, one: dict[str, Any]) -> dict[str, Any]:
        return (twilio_calls.resource if self.is_call else resource)(one)

    def list_them(self, account: str, query: Fields) -> None:
        size, page = int(query.get("PageSize", 50)), int(query.get("Page", 0))
        to, sender = query.get("To"), query.get("From")
        found = self.twilio.calls_matching(to, sender) if self.is_call else self.twilio.matching(to)
        shown = found[page * size : (page + 1) * size]
        here = f"/2010-04-01/Accounts/{account}/{'Calls' if self.is_call else 'Messages'}.json"
        rest = {name: value for name, value in query.items() if name != "Page"}

        def uri(number: int) -> str:
            return f"{here}?{urlencode(rest | {'Page': number})}"

        self.answer(
            200,
            {
                "calls" if self.is_call else "messages": [self.shown(one) for one in shown],
                "page": page,
                "page_size": size,
                "start": page * size,
                "end": page * size + max(len(shown) - 1, 0),
                "uri": uri(page),
                "first_page_uri": uri(0),
                "previous_page_uri": uri(page - 1) if page else None,
                "next_page_uri": uri(page + 1) if len(found) > (page + 1) * size else None,
            },
        )

    def refuse(self, status: int, code: int, words: str, headers: dict[str, str] | None = None) -> None:
        more = f"https://www.twilio.com/docs/errors/{code}"
        self.answer(status, {"code": code, "message": words, "more_info": more, "status": status}, headers)

    def answer(self, status: int, content: Any, headers: dict[str, str] | None = None, *, raw: bool = False) -> None:
        body = content.encode() if raw else json.dumps(content).encode()
        self.send_response(status, HTTPStatus(status).phrase)
        self.send_header("Content-Type", "application/json;charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.twilio.exchanges.append(
            Exchange(self.command, self.path, dict(self.headers.items()), self.content, status, body)
        )
        self.wfile.write(body)

    def cut(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Silent: what matters is in the record."""


def complaint(fields: Fields) -> tuple[int, str] | None:
    """Twilio's code and words for a request it would refuse."""
    lives_for = fields.get("ValidityPeriod", "1")
    if not fields.get("To"):
        return 21604, "A 'To' phone number is required."
    if not re.fullmatch(r"\+[1-9]\d{7,14}", fields["To"]):
        return 21211, "Invalid 'To' Phone Number"
    if not fields.get("Body"):
        return 21602, "Message body is required."
    if len(fields["Body"]) > LONGEST_BODY:
        return 21617, "The concatenated message body exceeds the 1600 character limit."
    if not fields.get("From") and not fields.get("MessagingServiceSid"):
        return 21603, "A 'From' phone number is required."
    if not lives_for.isdecimal() or not 1 <= int(lives_for) <= 36_000:
        return 21620, "ValidityPeriod must be between 1 and 36000."
    return None


def resource(taken: dict[str, Any]) -> dict[str, Any]:
    """A text as Twilio shows it. `date_sent` is empty while it is queued."""
    created = format_datetime(datetime.fromisoformat(taken["created_at"]))
    account, sid = taken["account_sid"], taken["sid"]
    return {
        "account_sid": account,
        "api_version": "2010-04-01",
        "body": taken["body"],
        "date_created": created,
        "date_sent": None,
        "date_updated": created,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": taken["from"],
        "messaging_service_sid": taken["messaging_service_sid"],
        "num_media": "0",
        "num_segments": "1",
        "price": None,
        "price_unit": "EUR",
        "sid": sid,
        "status": taken["status"],
        "subresource_uris": {"media": f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json"},
        "to": taken["to"],
        "uri": f"/2010-04-01/Accounts/{account}/Messages/{sid}.json",
    }


def make_server(twilio: Twilio, port: int = 0) -> ThreadingHTTPServer:
    """A server on the loopback; port 0 takes a free one. Sets `twilio.url`."""

    class Bound(Answers):
        pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 128

        def handle_error(self, *_: Any) -> None:
            """A client that was killed leaves broken pipes behind; they are what is being tested."""

    Bound.twilio = twilio
    server = Server(("127.0.0.1", port), Bound)
    twilio.url = f"http://127.0.0.1:{server.server_address[1]}"
    return server


@contextmanager
def running_twilio(record: Path | None = None, *, port: int = 0, auth_token: str | None = None) -> Iterator[Twilio]:
    """The double in a thread of this process: `double.url`, `double.accepted`, `double.script(…)`, `double.report(…)`."""
    twilio = Twilio(record, auth_token=auth_token)
    server = make_server(twilio, port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield twilio
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        twilio.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="A stand-in for Twilio's Messages API.")
    parser.add_argument("--port", type=int, default=4010)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--auth-token")
    wanted = parser.parse_args()
    twilio = Twilio(wanted.record, auth_token=wanted.auth_token)
    server = make_server(twilio, wanted.port)
    print(twilio.url, flush=True)
    with suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()

"""What the processes say of themselves: one line of JSON an event, on stderr, with ids and counts and nobody's data.

A line of a request carries its id, which a proxy in front may have made; people read a short form of it to whoever helps
them. A line of a job carries the job's name. Paths hold codes: of a request the route's pattern is written.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
from contextlib import suppress
from hashlib import sha256
from time import perf_counter
from typing import Any, TextIO, cast

import structlog
from flask import Flask, Response, g, request
from flask.signals import request_finished

from app.settings import Settings

HEADER = "X-Request-ID"
# What a proxy may have made: nothing that a log or a page would have to escape.
ACCEPTED = re.compile(r"[A-Za-z0-9_.-]{8,64}")
# Said over the telephone: no 0, O, 1, I, L, no vowel that makes a word (32 bits and more in eight).
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXZ"
LENGTH = 8
# Nothing is learnt from these, and monitors ask for them all day.
QUIET = frozenset({"static", "health.show", "metrics.show"})
# Of a library's line its own words before anything is filled in: what would be filled in may be anybody's.
LONGEST = 200

log = structlog.get_logger()


def write_json() -> None:
    """From now on every line is JSON on stderr; those of libraries too, from warnings on, without what they fill in."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(cast(TextIO, Lines())),
    )
    root = logging.getLogger()
    if not any(isinstance(one, OfLibraries) for one in root.handlers):
        root.addHandler(OfLibraries(logging.WARNING))


class Lines:
    """Stderr. A line that can't be written, for the disk is full, is lost: nobody's request or job ends for it."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


class OfLibraries(logging.Handler):
    """Lines of others, as ours: who said it where, and what kind of failure it was."""

    def emit(self, record: logging.LogRecord) -> None:
        failure = record.exc_info[0] if record.exc_info else None
        says = record.msg[:LONGEST] if isinstance(record.msg, str) else type(record.msg).__name__
        said = {"logger": record.name, "says": says, "where": f"{record.filename}:{record.lineno}"}
        log.log(record.levelno, "library", **said, **({"error": failure.__name__} if failure else {}))


def install(flask: Flask, settings: Settings) -> None:
    """Every request has an id, answered in its header."""
    is_behind_proxy = settings.trusted_proxies > 0

    @flask.before_request
    def begin() -> None:
        given = request.headers.get(HEADER, "") if is_behind_proxy else ""
        g.began = perf_counter()
        g.request_id = given if ACCEPTED.fullmatch(given) else new_id()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request=g.request_id)

    @flask.after_request
    def answer(response: Response) -> Response:
        if "request_id" in g:
            response.headers.setdefault(HEADER, g.request_id)
        return response

    flask.jinja_env.globals["support_code_of_request"] = support_code


def new_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def support_code() -> str:
    """B7KQ-29XD, of this request; empty outside one"""
    given = g.get("request_id", "")
    return parted(short(given)) if given else ""


def short(request_id: str) -> str:
    """The id itself when it is one of ours, else eight signs that stand for it."""
    if len(request_id) == LENGTH and set(request_id) <= set(ALPHABET):
        return request_id
    number = int.from_bytes(sha256(request_id.encode()).digest()[:8])
    return "".join(ALPHABET[number // len(ALPHABET) ** place % len(ALPHABET)] for place in range(LENGTH))


def parted(code: str) -> str:
    return f"{code[:4]}-{code[4:]}"


def tell_requests(flask: Flask) -> None:
    """A line for each request from now on: the route's pattern, the status, how long it took."""
    request_finished.connect(told, flask)


def told(_flask: Flask, response: Response, **_: Any) -> None:
    if request.endpoint in QUIET:
        return
    given = g.get("request_id", "")
    log.info(
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        ms=round((perf_counter() - g.began) * 1000, 1) if "began" in g else None,
        **({"code": short(given)} if given and short(given) != given else {}),
    )

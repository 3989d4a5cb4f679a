"""`POST /hooks/courriel/rebonds`: what came back of our emails, posted by a relay (Brevo, Mailjet) or piped by a mail server."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Blueprint, abort, request
from sqlalchemy.orm import Session

from app.access import machine_call
from app.runtime import runtime
from app.security import csrf
from invitations import outbox, tries
from notifications.bounces import LARGEST, Bounce, read_bounce
from notifications.mail_events import read_events

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger()
bp = Blueprint("bounces", __name__)
csrf.exempt(bp)  # the secret says who calls; a relay has no form of ours

# A whole list of 10,000 emails that a relay speaks of twice passes; a loop does not. It posts again what it was refused.
CALLS = tries.Party(tries.Limit("bounces", most=30_000, window=timedelta(minutes=15)), "everybody")
PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def with_the_secret(view: Callable[P, R]) -> Callable[P, R]:
    """403 for a secret that is wrong or missing, 404 when none is set. Nothing was read by then."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        secret = runtime().settings.bounces_token
        if not secret:
            abort(404)
        if not hmac.compare_digest(given_secret().encode(), secret.encode()):
            log.warning("bounces.forged")
            abort(403)
        request.max_content_length = LARGEST
        return view(*args, **kwargs)

    return checked


def given_secret() -> str:
    """A bearer token, or the password of Basic: relays take an address with `user:password@` (RFC 6750, RFC 7617)."""
    given = request.authorization
    if given is None:
        return ""
    return (
        str(given.token if given.type == "bearer" else given.password or "")
        if given.type in {"bearer", "basic"}
        else ""
    )


@bp.post("/hooks/courriel/rebonds")
@with_the_secret
@machine_call
def take(session: Session) -> tuple[str, int, dict[str, str]]:
    """What was said, applied. Late, twice, in any order: the same again changes nothing. Mailjet wants exactly 200."""
    here = runtime()
    now = here.clock()
    tries.check(session, [CALLS], codes=here.codes, now=now)
    tries.count(session, [CALLS], codes=here.codes, now=now)
    try:
        told = read_posted()
    except ValueError as error:
        return f"{error}\n", 400, PLAIN
    known = sum(outbox.apply_bounce(session, one, codes=here.codes, now=now) for one in told)
    if known < len(told):
        log.warning("bounce.of_nothing", count=len(told) - known)
    return "", 200, PLAIN


def read_posted() -> list[Bounce]:
    """What the body holds: a returned message as it came, or a relay's events. Raises ValueError with a sentence."""
    if request.mimetype == "message/rfc822":
        found = read_bounce(request.get_data(cache=False))
        if found is None:
            raise ValueError("The message is neither a delivery report nor a complaint.")
        return [found]
    if request.mimetype == "application/json":
        return read_events(request.get_data(cache=False))
    raise ValueError("Post message/rfc822 or application/json.")

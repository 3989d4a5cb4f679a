"""What Twilio calls: the status of texts it took, and texts that people send. Signed, or refused before anything is read."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from flask import Blueprint, abort, request
from sqlalchemy.orm import Session

from app.access import machine_call
from app.runtime import runtime
from app.security import csrf
from invitations import outbox, replies
from notifications.inbound import EMPTY_ANSWER, INBOUND_PATH, read_text
from notifications.receipts import STATUS_PATH, is_from_twilio, read_receipt
from notifications.sms import reason_of

P = ParamSpec("P")
R = TypeVar("R")

log = structlog.get_logger()
bp = Blueprint("twilio", __name__)
csrf.exempt(bp)  # the signature says who calls; Twilio has no form of ours


def signed_by_twilio(view: Callable[P, R]) -> Callable[P, R]:
    """403 for a signature that is forged or missing, or when no account is set. Nothing has changed by then."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        settings = runtime().settings
        if not is_from_twilio(
            auth_token=settings.twilio_auth_token,
            public_url=settings.public_url,
            path=request.path,
            raw_query=request.environ.get("QUERY_STRING", ""),
            fields=request.form,
            headers=dict(request.headers),
        ):
            log.warning("twilio.forged", path=request.path)
            abort(403)
        return view(*args, **kwargs)

    return checked


@bp.post(STATUS_PATH)
@signed_by_twilio
@machine_call
def status(session: Session) -> tuple[str, int]:
    """What became of a text. Late, twice, in any order: the same receipt again changes nothing."""
    receipt = read_receipt(request.args, request.form)
    known = outbox.apply_receipt(session, receipt, reason=reason_of(receipt.error_code), now=runtime().clock())
    if not known:
        log.warning("receipt.of_nothing")
    return "", 204


@bp.post(INBOUND_PATH)
@signed_by_twilio
@machine_call
def text(session: Session) -> tuple[str, int, dict[str, str]]:
    """A text that somebody sent: kept, and answered by a job. The same text again changes nothing."""
    if not replies.receive(session, read_text(request.form), now=runtime().clock()):
        log.info("text.not_new")
    return EMPTY_ANSWER, 200, {"Content-Type": "text/xml; charset=utf-8"}

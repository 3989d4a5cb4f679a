"""What Twilio asks about calls: what to say when somebody picks up, what a key does, and how the call ended."""

from __future__ import annotations

import structlog
from flask import Blueprint, request
from sqlalchemy.orm import Session

from app.access import machine_call
from app.api.twilio import signed_by_twilio
from app.runtime import runtime
from app.security import csrf
from invitations import calling
from notifications.voice import ENDED_PATH, KEYS_PATH, VOICE_PATH, CallNews, Speech, read_call, twiml

Xml = tuple[str, int, dict[str, str]]

log = structlog.get_logger()
bp = Blueprint("voice", __name__)
csrf.exempt(bp)  # the signature says who calls; Twilio has no form of ours


@bp.post(VOICE_PATH)
@signed_by_twilio
@machine_call
def picked_up(session: Session) -> Xml:
    """Who calls, said before anything else. Told twice, it is the same call."""
    return said(calling.begin(session, news(), now=runtime().clock()))


@bp.post(KEYS_PATH)
@signed_by_twilio
@machine_call
def pressed(session: Session) -> Xml:
    """A key, or silence. Told twice, it is heeded once."""
    return said(calling.press(session, news(), codes=runtime().codes, now=runtime().clock()))


@bp.post(ENDED_PATH)
@signed_by_twilio
@machine_call
def ended(session: Session) -> tuple[str, int]:
    """How a call ended. Told again, nothing changes."""
    if not calling.end(session, news(), now=runtime().clock()):
        log.warning("call.of_nothing")
    return "", 204


def news() -> CallNews:
    return read_call(request.args, request.form)


def said(speech: Speech) -> Xml:
    xml = twiml(speech, hooks_url=runtime().settings.public_url)
    return xml, 200, {"Content-Type": "text/xml; charset=utf-8"}

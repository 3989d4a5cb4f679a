"""`/calendriers/<secret>.ics`: an agent's appointments, for the calendar program they subscribe with.

The address is the authority, there is no sign-in. It is asked again and again for the same: whoever says what they
have is told that nothing changed (RFC 9110 § 13).
"""

from __future__ import annotations

from hashlib import sha256

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from app.access import machine_call
from app.api.feed_words import CALENDAR_NAME, line
from app.runtime import runtime
from invitations import feeds
from notifications import calendars

bp = Blueprint("calendar_feeds", __name__)


@bp.get("/calendriers/<code>.ics")
@machine_call
def show(session: Session, code: str) -> Response:
    """The calendar, or 304 when it is what the program has. 404 for an address that is unknown or was taken back."""
    feed = feeds.open_feed(session, code, codes=runtime().codes, now=runtime().clock())
    lines = [line(entry, public_url=runtime().settings.public_url) for entry in feed.entries]
    answer = Response(content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="rendez-vous.ics"'
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.last_modified = feed.changed_at
    answer.set_etag(sha256(repr((feed.changed_at, lines)).encode()).hexdigest()[:32])
    answer.make_conditional(request)
    if answer.status_code == 200:
        answer.set_data(calendars.feed(CALENDAR_NAME, lines, zone=feed.zone))
    return answer

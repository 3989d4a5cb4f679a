"""Whether the session goes on: asked and said by the page that an agent has open (`static/presence.js`)."""

from __future__ import annotations

from flask import Blueprint, g, jsonify
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, securing_page
from app.runtime import runtime
from invitations import sign_in_rules

bp = Blueprint("presence", __name__, url_prefix="/agents/presence")


@bp.get("")
@securing_page
def look(_session: Session, desk: Desk) -> Response:
    """Asked by the page itself: that is no use of the session."""
    return jsonify(left=int((desk.sign_in.expires_at - runtime().clock()).total_seconds()))


@bp.post("")
@securing_page
def stay(_session: Session, _desk: Desk) -> Response:
    """Somebody is there: typing, or pressing the button that says so. Noted as every use of the session is."""
    return jsonify(left=session_left())


@bp.app_template_global("session_left")
def session_left() -> int | None:
    """Seconds until an idle session ends, from this request on; None where it lasts the day."""
    desk: Desk | None = g.get("desk")
    if desk is None or sign_in_rules.idle_length(desk.sign_in.agent) is None:
        return None
    now = runtime().clock()
    ends_at = sign_in_rules.ends_at(desk.sign_in.agent, desk.sign_in.created_at, used_at=now)
    return int((ends_at - now).total_seconds())

"""Messages: what left, what waits, and why something did not arrive."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import Desk, agent_page
from app.labels import LABELS
from app.runtime import runtime
from invitations import sent
from invitations.models import Channel
from invitations.sent import Group
from notifications.senders import Reason

bp = Blueprint("messages", __name__, url_prefix="/agents/messages")

# Filters as words in the address.
GROUPS = {
    "en-attente": Group.WAITING,
    "partis": Group.SENT,
    "arrives": Group.ARRIVED,
    "echecs": Group.FAILED,
    "non-envoyes": Group.DROPPED,
}
CHANNELS = {"sms": Channel.SMS, "courriel": Channel.EMAIL, "courrier": Channel.LETTER}


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    group, channel = request.args.get("etat", ""), request.args.get("canal", "")
    page = sent.read(
        session,
        desk.organisation.id,
        group=GROUPS.get(group),
        channel=CHANNELS.get(channel),
        number=request.args.get("page", 1, type=int),
    )
    return render_template(
        "agents/messages/listing.html",
        page=page,
        trouble=sent.trouble(session, desk.organisation.id, now=runtime().clock()),
        groups=GROUPS,
        channels=CHANNELS,
        group=group if group in GROUPS else "",
        channel=channel if channel in CHANNELS else "",
        zone=desk.organisation.department.zone,
        now=runtime().clock(),
        why=why,
        href=lambda number: url_for("messages.listing", **kept(group, channel), page=number),
    )


def kept(group: str, channel: str) -> dict[str, Any]:
    return {name: value for name, value in (("etat", group), ("canal", channel)) if value}


def why(line: sent.Line) -> str:
    """The reason in French; the provider's code beside it, for whoever has to ask them."""
    if not line.reason:
        return ""
    words = LABELS[Reason].get(line.reason, LABELS[Reason][Reason.OTHER])
    return f"{words} ({line.code})" if line.code else words

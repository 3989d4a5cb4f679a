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
from invitations.reach import Unreachable
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

# Why a message is where it is: what providers say, what was known of the address, what the outbox decided itself.
REASONS: dict[str, str] = {
    **LABELS[Reason],
    Unreachable.NO_PHONE: "Plus de numéro de téléphone",
    Unreachable.NO_ADDRESS: "Adresse postale incomplète",
    Unreachable.NOT_MOBILE: "Numéro fixe, qui ne reçoit pas de SMS",
    Unreachable.NO_EMAIL: "Plus d’adresse électronique",
    Unreachable.REFUSED: "La personne a refusé ces messages",
    Unreachable.DEAD: "Numéro ou adresse qui n’existe plus",
    Unreachable.INVALID: "Numéro ou adresse mal écrits",
    "overtaken": "La suite l’a rendu sans objet",
    "useless": "Il serait arrivé trop tard pour être utile",
    "returned_wrong_address": "Courrier revenu, adresse incomplète ou sans accès",
    "returned_unknown": "Courrier revenu, inconnu à cette adresse",
    "returned_refused": "Courrier revenu, refusé",
    "crash": "Envoi interrompu, vérifié auprès du service d’envoi",
    "given_up": "Personne ne sait s’il est parti, un rappel ne se répète pas",
}


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
    words = REASONS.get(line.reason, LABELS[Reason][Reason.OTHER])
    return f"{words} ({line.code})" if line.code else words

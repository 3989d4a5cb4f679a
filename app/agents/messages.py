"""Messages: what left, what waits, and why something did not arrive."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import Desk, agent_page
from app.agents import state_words
from app.labels import LABELS
from app.runtime import runtime
from invitations import sent, trouble, undoing
from invitations.models import CallOutcome, Channel
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
CHANNELS = {"sms": Channel.SMS, "courriel": Channel.EMAIL, "courrier": Channel.LETTER, "appel": Channel.VOICE}

# Why a message is where it is: what providers say, what was known of the address, what the outbox decided itself.
REASONS: dict[str, str] = {
    **LABELS[Reason],
    **LABELS[CallOutcome],
    Unreachable.NO_PHONE: "Plus de numéro de téléphone",
    Unreachable.NO_ADDRESS: "Adresse postale incomplète",
    Unreachable.NOT_MOBILE: "Numéro fixe, qui ne reçoit pas de SMS",
    Unreachable.NO_EMAIL: "Plus d’adresse électronique",
    Unreachable.REFUSED: "La personne a refusé ces messages",
    Unreachable.DEAD: "Numéro ou adresse qui n’existe plus",
    Unreachable.INVALID: "Numéro ou adresse mal écrits",
    Unreachable.NOT_THEIRS: "À ce numéro, une autre personne a répondu",
    Unreachable.WRITTEN_TO: "La personne ne peut pas être appelée, on lui écrit",
    "no_time": "Aucune heure d’appel avant qu’il soit trop tard",
    "taken_back": "Annulé avec son envoi, avant qu’il parte",
    "overtaken": "La suite l’a rendu sans objet",
    "useless": "Il serait arrivé trop tard pour être utile",
    "returned_wrong_address": "Courrier revenu, adresse incomplète ou sans accès",
    "returned_unknown": "Courrier revenu, inconnu à cette adresse",
    "returned_refused": "Courrier revenu, refusé",
    "daily_cap": "La limite du jour est atteinte, il part au prochain jour d’envoi",
    "crash": "Envoi interrompu, vérifié auprès du service d’envoi",
    "restored": "L’installation a été rétablie depuis une sauvegarde, il était peut-être déjà parti",
    "given_up": "Personne ne sait s’il est parti, un rappel ne se répète pas",
}


# What servers say of an email, where it is clearer than the words for every channel.
OF_EMAILS: dict[str, str] = {
    Reason.WRONG_ADDRESS: "Adresse électronique qui n’existe pas",
    Reason.LATER: "Boîte aux lettres pleine, ou hors service",
    Reason.FILTERED: "Bloqué par le filtre de la messagerie",
    Reason.REFUSED_BY_PERSON: "La personne ne veut plus de courriels",
}


# Why the same was said again by another channel.
NOT_ARRIVED = {
    Channel.SMS: "le SMS n’est pas arrivé",
    Channel.EMAIL: "le courriel n’est pas arrivé",
    Channel.LETTER: "le courrier n’est pas arrivé",
    Channel.VOICE: "l’appel n’a pas abouti",
}


@bp.app_template_filter("not_arrived")
def not_arrived(channel: Channel) -> str:
    """le SMS n’est pas arrivé"""
    return NOT_ARRIVED[channel]


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
        trouble=trouble.read(session, desk.organisation, now=runtime().clock()),
        batches=undoing.to_take_back(session, desk.organisation.id, now=runtime().clock()),
        words=state_words,
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
    words = words_of(line.reason, line.channel)
    return f"{words} ({line.code})" if words and line.code else words


def words_of(reason: str | None, channel: Channel) -> str:
    """Adresse électronique qui n’existe pas; empty when nobody said why"""
    if not reason:
        return ""
    words = REASONS.get(reason, LABELS[Reason][Reason.OTHER])
    return OF_EMAILS.get(reason, words) if channel is Channel.EMAIL else words

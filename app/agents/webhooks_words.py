"""How telling other software goes, in French: what was said, when, and why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from app.filters import clock_time, day, plural
from invitations.models import EventState, Happening, PauseReason, Resource, WebhookEndpoint, WebhookEvent
from invitations.webhooks.endpoints import Shown
from invitations.webhooks.recording import OURS
from invitations.webhooks.sending import SEALED
from notifications.web_addresses import Trouble

NBSP = "\N{NO-BREAK SPACE}"
RESOURCES = {
    Resource.RDV: "Les rendez-vous",
    Resource.INVITATION: "Les invitations, et les listes traitées",
    Resource.USER: "Les personnes",
    Resource.FOLLOW_UP: "Les suivis",
}
_ONE = {
    Resource.RDV: "Rendez-vous",
    Resource.INVITATION: "Invitation",
    Resource.USER: "Personne",
    Resource.FOLLOW_UP: "Suivi",
    Resource.BATCH: "Liste",
}
_MASCULINE = {Happening.CREATED: "nouveau", Happening.UPDATED: "modifié", Happening.DESTROYED: "supprimé"}
_FEMININE = {Happening.CREATED: "nouvelle", Happening.UPDATED: "modifiée", Happening.DESTROYED: "supprimée"}
_HAPPENED = {Resource.RDV: _MASCULINE, Resource.FOLLOW_UP: _MASCULINE, Resource.BATCH: {Happening.UPDATED: "traitée"}}

# Beside the field, when the address is refused at once.
WRONG_ADDRESS = {
    Trouble.NOT_AN_ADDRESS: "Cette adresse ne se lit pas. Elle commence par https://.",
    Trouble.NOT_HTTPS: "Cette adresse n’est pas protégée. Il en faut une qui commence par https://.",
    Trouble.HAS_PASSWORD: "Cette adresse contient un mot de passe. Il en faut une qui n’en a pas.",
    Trouble.WRONG_PORT: "Cette adresse passe par un port particulier, qui n’est pas ouvert d’ici.",
    Trouble.NOT_PUBLIC: "Cette adresse n’existe que dans un réseau interne. Votre service informatique peut l’autoriser.",
}

# Why a try failed, by the value that is kept.
FAILURES: dict[str, str] = {
    Trouble.NOT_AN_ADDRESS: "l’adresse ne se lit pas",
    Trouble.NOT_HTTPS: "l’adresse n’est pas protégée",
    Trouble.NOT_PUBLIC: "l’adresse mène dans un réseau interne, rien n’y est envoyé",
    Trouble.UNKNOWN_HOST: "le serveur de cette adresse est introuvable",
    Trouble.UNREACHABLE: "l’adresse ne répond pas",
    Trouble.BAD_CERTIFICATE: "le certificat du serveur n’est pas valable",
    Trouble.TOO_SLOW: "la réponse n’est pas arrivée en 10\N{NO-BREAK SPACE}secondes",
    Trouble.TOO_MANY_REDIRECTS: "le serveur renvoie vers une autre adresse, qui n’est pas suivie",
    Trouble.KEPT_OUT: "le serveur refuse l’accès",
    Trouble.GONE: "cette adresse n’existe plus",
    Trouble.REFUSED: "le serveur est en panne, ou refuse",
    Trouble.GARBLED: "la réponse est incompréhensible",
    OURS: "une erreur de notre part empêche de le décrire",
    SEALED: "le secret n’est plus lisible, il faut en faire un autre",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One event, as the log shows it."""

    event: WebhookEvent
    what: str
    state: str
    tone: str  # of its tag
    detail: str


def host(endpoint: WebhookEndpoint) -> str:
    """logiciel.exemple.fr: enough to know it again; the rest of an address may be a secret."""
    return urlsplit(endpoint.address).hostname or "ce logiciel"


def state(one: Shown, zone: ZoneInfo) -> str:
    """Prévenu · 3 événements attendent · En pause depuis le 3 décembre : pas de réponse pendant trois jours"""
    endpoint = one.endpoint
    waiting = f"{plural(one.waiting, 'événement attend', 'événements attendent')}" if one.waiting else ""
    if endpoint.paused_at is not None:
        since = f"En pause depuis le {when(endpoint.paused_at, zone)}"
        why = f"{NBSP}: pas de réponse pendant trois jours" if endpoint.pause_reason is PauseReason.FAILING else ""
        return joined(f"{since}{why}", waiting)
    if endpoint.failing_since is not None:
        return joined(f"Ne répond plus depuis le {when(endpoint.failing_since, zone)}", waiting)
    return joined("Prévenu de ce qui arrive", waiting)


def joined(*said: str) -> str:
    return ". ".join(one for one in said if one) + "."


def line(event: WebhookEvent, zone: ZoneInfo) -> Line:
    happened = _HAPPENED.get(event.resource, _FEMININE)[event.happening]
    what = f"{_ONE[event.resource]} nº{NBSP}{event.resource_id}, {happened}"
    words, tone = {
        EventState.DELIVERED: ("Dit", "good"),
        EventState.GIVEN_UP: ("Abandonné", "stop"),
        EventState.PENDING: ("À redire" if event.tries else "En attente", "care" if event.tries else "wait"),
        EventState.MERGED: ("Dit avec un autre", "quiet"),
    }[event.state]
    return Line(event, what, words, tone, detail(event, zone))


def detail(event: WebhookEvent, zone: ZoneInfo) -> str:
    """le 3 décembre à 14 h 05 · 4 essais, réponse 503 : le serveur est en panne, ou refuse ; prochain essai …"""
    if event.last_try_at is None:
        return ""
    said = f"le {when(event.last_try_at, zone)}"
    if event.tries > 1:
        said += f", {event.tries}{NBSP}essais"
    if event.last_status is not None:
        said += f", réponse {event.last_status}"
    if event.last_trouble is not None:
        said += f"{NBSP}: {FAILURES.get(event.last_trouble, 'le logiciel ne répond pas')}"
    if event.state is EventState.GIVEN_UP and event.last_trouble == OURS:
        said += ". Il est sauté, ce qui suit est dit"
    if event.state is EventState.PENDING and event.next_try_at is not None:
        said += f". Prochain essai le {when(event.next_try_at, zone)}"
    return said


def when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{day(moment, zone)} à {clock_time(moment, zone)}"

"""Words of a person's page: why two records look the same, what is compared between them, and how they hear of what is done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from app.access import Desk
from app.agents import nir_field
from app.agents.leaving import leaving
from app.filters import phone, short_day
from app.labels import label
from app.runtime import runtime
from invitations.duplicates import Duplicate, Likeness
from invitations.models import Beneficiary, Channel
from invitations.reach import ELECTRONIC
from notifications.languages import language

LIKENESSES = {
    Likeness.NIR: "ce numéro de sécurité sociale",
    Likeness.PHONE: "ce numéro et ce prénom",
    Likeness.EMAIL: "cette adresse électronique et ce prénom",
    Likeness.INTERNAL_ID: "ce numéro interne et ce prénom",
    Likeness.FRANCE_TRAVAIL: "cet identifiant France Travail et ce prénom",
    Likeness.AFFILIATION: "ce numéro d’allocataire et ce rôle",
    Likeness.BIRTH: "ce nom et cette date de naissance",
}
CHOICES = {
    "title": "Civilité",
    "first_name": "Prénom",
    "last_name": "Nom",
    "birth_name": "Nom de naissance",
    "birth_on": "Date de naissance",
    "phone": "Téléphone",
    "email": "Adresse électronique",
    "address": "Adresse postale",
    "affiliation_number": "Numéro d’allocataire",
    "role": "Rôle",
    "department_internal_id": "Numéro interne",
    "france_travail_id": "Identifiant France Travail",
    "nir": "Numéro de sécurité sociale",
    "rights_opened_on": "Ouverture des droits",
    "language": "Langue",
    "logistic_note": "Note pratique",
}


# What a provider says of a message, in its own word (Twilio's `MessageStatus`) and in ours.
RECEIPTS = {
    "accepted": "Accepté par le service d’envoi",
    "queued": "Reçu par le service d’envoi",
    "sending": "En route",
    "sent": "Remis à l’opérateur",
    "delivered": "Arrivé",
    "read": "Lu",
    "undelivered": "Non remis",
    "failed": "Échec",
    # What mail servers send back.
    "delayed": "Retardé, le serveur essaie encore",
    "relayed": "Transmis à un autre serveur",
    "expanded": "Transmis à plusieurs adresses",
    "complaint": "Signalé comme indésirable",
}


def shared(likenesses: Collection[Likeness]) -> str:
    """ce numéro et ce prénom, ce nom et cette date de naissance"""
    return ", ".join(LIKENESSES[one] for one in likenesses)


def doubt(one: Duplicate) -> str:
    """Inès Bernard a aussi ce numéro et ce prénom; of somebody who is followed elsewhere, no name."""
    who = one.name if one.is_here else "Une personne suivie par une autre structure"
    return f"{who} a aussi {shared(one.likenesses)}."


def written(person: Beneficiary, choice: str) -> str:
    """What a record says of it, as a page shows it; nothing when it says nothing."""
    if choice == "address":
        town = " ".join(one for one in (person.postcode, person.city) if one)
        return ", ".join(one for one in (person.address, town) if one)
    if choice == "nir":
        return nir_field.shown(person)
    value: Any = getattr(person, choice)
    if not value:
        return ""
    if choice in {"title", "role"}:
        return label(value)
    if choice in {"birth_on", "rights_opened_on"}:
        return short_day(value)
    return language(value).name if choice == "language" else phone(value) if choice == "phone" else str(value)


def told_by(channels: Sequence[Channel], desk: Desk) -> str:
    """How somebody hears of a cancellation; when nothing is on its way, whoever cancels tells them."""
    if any(one in ELECTRONIC for one in channels):
        return f"Le message part{leaving(desk.organisation.department, runtime().clock())}."
    if Channel.LETTER in channels:
        return "Le courrier attend d’être imprimé."
    if Channel.VOICE in channels:
        return "L’appel part aux heures d’appel."
    return "Aucun message ne peut l’annoncer à temps\N{NO-BREAK SPACE}: il reste à prévenir la personne."


def invited_by(channels: Sequence[Channel], desk: Desk) -> str:
    """That the invitation leaves, that the telephone will ring, that a letter waits to be printed."""
    by_itself = any(one in ELECTRONIC for one in channels)
    sentences = [f"L’invitation part{leaving(desk.organisation.department, runtime().clock())}."] if by_itself else []
    sentences += ["L’appel part aux heures d’appel."] if Channel.VOICE in channels else []
    return " ".join([*sentences, *(["Le courrier attend d’être imprimé."] if Channel.LETTER in channels else [])])

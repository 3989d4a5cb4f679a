"""Words of a person's page: why two records look the same, and what is compared between them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from app.agents import nir_field
from app.filters import phone, short_day
from app.labels import label
from invitations.duplicates import Duplicate, Likeness
from invitations.models import Beneficiary
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

"""What is kept of a person, in the words that they read on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.agents.needs import name_in_french
from app.filters import clock_time, phone, short_day
from app.labels import label
from invitations.models import (
    Author,
    Beneficiary,
    CallOutcome,
    CallTime,
    Channel,
    EndReason,
    FollowUpStatus,
    MessageKind,
    MessageState,
    Mode,
    Need,
    Organisation,
    OrientationKind,
    Outcome,
    RsaRole,
    Title,
    WaitEnd,
)
from notifications.languages import language
from notifications.records import Record, Section

NBSP = "\N{NO-BREAK SPACE}"
HEADINGS = {
    "organisations": "Structures qui vous suivent",
    "referents": "Personnes qui vous accompagnent",
    "tags": "Étiquettes",
    "follow_ups": "Suivis",
    "statuses": "États successifs des suivis",
    "orientations": "Orientations",
    "invitations": "Invitations",
    "appointments": "Rendez-vous",
    "messages": "Messages qui vous ont été adressés",
    "calls": "Appels",
    "texts_received": "SMS que vous avez envoyés",
    "callback_requests": "Demandes d’être rappelé ou rappelée",
    "waiting": "Attentes d’une place",
    "imports": "Lignes de fichiers d’où viennent ces données",
}
NAMES = {
    "uid": "Identifiant de la fiche", "title": "Civilité", "first_name": "Prénom", "last_name": "Nom",
    "birth_name": "Nom de naissance", "birth_on": "Date de naissance", "email": "Adresse électronique",
    "phone": "Téléphone", "wrong_phone": "Numéro où une autre personne répond", "address": "Adresse",
    "postcode": "Code postal", "city": "Commune", "commune_insee": "Code INSEE de la commune",
    "affiliation_number": "Numéro d’allocataire", "role": "Rôle", "department_internal_id": "Numéro interne",
    "france_travail_id": "Identifiant France Travail", "rights_opened_on": "Ouverture des droits",
    "language": "Langue des messages", "logistic_note": "Note pratique", "needs": "Pour vous accueillir",
    "sms_refused_at": "SMS refusés depuis", "email_refused_at": "Courriels refusés depuis",
    "phone_dead_at": "Téléphone qui ne répond plus depuis", "email_dead_at": "Adresse qui n’arrive plus depuis",
    "phone_corrected_at": "Téléphone corrigé par vous", "email_corrected_at": "Adresse corrigée par vous",
    "letter_dead_at": "Courriers revenus depuis", "created_at": "Noté", "updated_at": "Dernier changement",
    "name": "Nom", "since": "Depuis", "archived_at": "Archivée", "archive_reason": "Raison", "label": "Mot",
    "category": "Suivi", "status": "État", "status_since": "Depuis", "closed_at": "Clos",
    "reminders_suspended_at": "Relances suspendues", "call_tries": "Appels sans réponse", "at": "Quand",
    "decided_on": "Décidée", "kind": "Nature", "organisation": "Structure", "mode": "Forme",
    "expires_at": "Valable jusqu’à", "answered_at": "Réponse", "ended_at": "Fin", "end_reason": "Pourquoi",
    "starts_at": "Début", "ends_at": "Fin prévue", "type": "Motif", "place": "Lieu", "outcome": "Issue",
    "outcome_at": "Issue notée", "created_by": "Pris par", "written_at": "Écrit", "channel": "Moyen",
    "subject": "Objet", "body": "Texte", "state": "Arrivée", "sent_at": "Parti", "forgotten_at": "Texte effacé",
    "started_at": "Quand", "received_at": "Reçu", "sender": "Depuis le numéro", "handled_at": "Traité",
    "times": "Moments souhaités", "preferred": "Précision", "tries": "Appels sans réponse", "asked_at": "Demandée",
    "filename": "Fichier", "position": "Ligne", "cells": "Ce que disait la ligne",
}  # fmt: skip
# Of which words a value is, by its name; `kind` is a message's or an orientation's.
WORDS: dict[str, Any] = {
    "title": Title, "role": RsaRole, "status": FollowUpStatus, "mode": Mode, "end_reason": (EndReason, WaitEnd),
    "outcome": (Outcome, CallOutcome), "channel": Channel, "state": MessageState, "created_by": Author,
    "kind": (MessageKind, OrientationKind), "needs": Need, "times": CallTime,
}  # fmt: skip
AUTHORS = {Author.AGENT: "le service", Author.BENEFICIARY: "vous"}


def record(found: Mapping[str, Any], person: Beneficiary, organisation: Organisation, on: date) -> Record:
    """The whole as it is printed for the person."""
    return Record(
        title=f"Les données gardées sur {person.full_name}",
        author=organisation.name,
        lead=tuple(lead(organisation, on)),
        sections=[
            Section("Qui vous êtes, comment vous joindre", [facts(found["person"], organisation.department.zone)]),
            *(
                Section(heading, [facts(one, organisation.department.zone) for one in found[name]])
                for name, heading in HEADINGS.items()
                if found[name]
            ),
        ],
    )


def lead(organisation: Organisation, on: date) -> Iterator[str]:
    yield (
        f"Voici, au {short_day(on)}, tout ce que garde sur vous {organisation.name}, {organisation.department.full_name}, "
        "pour vous donner des rendez-vous. Vous pouvez en demander la correction ou l’effacement."
    )
    yield "Le journal des actes, avec leurs dates, est dans le fichier à reprendre (JSON), que vous pouvez demander aussi."
    ways = [phone(organisation.phone) if organisation.phone else "", organisation.email or ""]
    known = [one for one in ways if one]
    if known:
        yield f"Pour une question{NBSP}: {' ou '.join(known)}."


def facts(one: Mapping[str, Any], zone: ZoneInfo) -> list[tuple[str, str]]:
    """What says something, as pairs of words."""
    told = ((NAMES[name], words(name, value, zone)) for name, value in one.items())
    return [(name, value) for name, value in told if value]


def words(name: str, value: Any, zone: ZoneInfo) -> str:
    if value in (None, "", 0, [], {}):
        return ""
    if isinstance(value, list):
        return ", ".join(words(name, one, zone) for one in value)
    if isinstance(value, Mapping):
        return "\n".join(f"{NAMES.get(key, key)}{NBSP}: {one}" for key, one in value.items() if one)
    if name in WORDS:
        return of_a_kind(name, value)
    if name in {"phone", "sender", "wrong_phone"}:
        return phone(str(value))
    return name_in_french(language(value).html) if name == "language" else of_time(name, value, zone)


def of_a_kind(name: str, value: str) -> str:
    kinds = WORDS[name] if isinstance(WORDS[name], tuple) else (WORDS[name],)
    member = next((kind(value) for kind in kinds if value in {one.value for one in kind}), None)
    if isinstance(member, Author):
        return AUTHORS[member]
    return label(member) if member is not None else value


def of_time(name: str, value: Any, zone: ZoneInfo) -> str:
    if name.endswith("_on"):
        return short_day(date.fromisoformat(value))
    if name in {"at", "since"} or name.endswith(("_at", "_since")):
        at = datetime.fromisoformat(value).astimezone(zone)
        return f"{short_day(at, zone)} à {clock_time(at, zone)}"
    return str(value)

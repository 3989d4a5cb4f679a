"""Bodies that can be sent as they are, for the description and the page of the API. Numbers are ARCEP's fictional ones."""

from __future__ import annotations

from typing import Any

USER: dict[str, Any] = {
    "user": {
        "first_name": "Inès",
        "last_name": "Bernard",
        "title": "madame",
        "email": "ines.bernard@exemple.fr",
        "phone_number": "06 39 98 00 01",
        "birth_date": "24/11/1985",
        "affiliation_number": "1234567",
        "role": "demandeur",
        "address": "12 rue des Alpes, 26000 Valence",
    }
}
INVITATION: dict[str, Any] = {"invitation": {"motif_category": {"short_name": "rsa_orientation"}}}
USER_TO_INVITE: dict[str, Any] = {"user": USER["user"] | INVITATION}
USERS_TO_INVITE: dict[str, Any] = {
    "users": [
        USER_TO_INVITE["user"],
        {"first_name": "Karim", "last_name": "Haddad", "phone_number": "06 39 98 00 02"} | INVITATION,
    ]
}
CORRECTION: dict[str, Any] = {"user": {"phone_number": "06 39 98 00 03", "birth_name": None}}
ARCHIVING: dict[str, Any] = {"reason": "Déménagement hors du département"}
EXTENDING: dict[str, Any] = {"invitation": {"last_day": "15/12/2026"}}
BOOKING: dict[str, Any] = {
    "rdv": {
        "user_id": 1,
        "rdv_solidarites_motif_id": 1,
        "rdv_solidarites_lieu_id": 1,
        "starts_at": "2026-12-01T08:00:00Z",
    }
}
MOVING: dict[str, Any] = {"rdv": {"starts_at": "2026-12-02T08:45:00Z"}}
CANCELLING: dict[str, Any] = {"rdv": {"by": "service"}}
OUTCOME: dict[str, Any] = {"rdv": {"status": "seen"}}

"""An appointment as France Travail's API for partners wants it: its fields, and the closed lists of what some of them hold."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Standing(StrEnum):
    PLANNED = "PRIS"
    HELD = "EFFECTUE"
    CANCELLED = "ANNULE"
    MISSED = "ABSENT"


class Way(StrEnum):
    IN_PERSON = "PHYSIQUE"
    PHONE = "TELEPHONE"
    VIDEO = "VISIO"


class Motive(StrEnum):
    ORIENTATION = "ORI"
    ACCOMPANIMENT = "ACC"
    OTHER = "AUT"


class Body(StrEnum):
    """What kind of organisation receives."""

    DEPARTMENT = "CD"
    DELEGATE = "DCD"
    FRANCE_TRAVAIL = "FT"


@dataclass(frozen=True, slots=True)
class Meeting:
    """An appointment as it is to be written there. `starts_at` in the time of the place; nothing but what its API has a field for."""

    starts_at: datetime
    length: timedelta
    is_by_person: bool
    is_collective: bool
    standing: Standing
    way: Way
    motive: Motive
    theme: str
    information: str
    place: str
    address: str
    body: Body
    organisation: str
    organisation_email: str | None
    organisation_phone: str | None
    person_phone: str | None
    agent_email: str | None
    agent_last_name: str | None
    agent_first_name: str | None

    def fields(self, remote_id: str | None) -> dict[str, Any]:
        """Every field of the contract, always; `idStructure` is a number of France Travail's own, which nobody has told us."""
        return {
            "id": remote_id,
            "adresse": self.address or None,
            "date": self.starts_at.isoformat(),
            "duree": self.length // timedelta(minutes=1),
            "information": self.information or None,
            "initiateur": "USAGER" if self.is_by_person else "PARTENAIRE",
            "libelleAdresse": self.place or None,
            "modaliteContact": self.way.value,
            "motif": self.motive.value,
            "organisme": {
                "code": self.body.value,
                "emailContact": self.organisation_email,
                "idStructure": None,
                "libelleStructure": self.organisation,
                "telephoneContact": self.organisation_phone,
            },
            "statut": self.standing.value,
            "telephoneContactUsager": self.person_phone,
            "theme": self.theme,
            "typeReception": "COL" if self.is_collective else "IND",
            "interlocuteur": {
                "email": self.agent_email,
                "nom": self.agent_last_name,
                "prenom": self.agent_first_name,
            },
        }

    def digest(self) -> str:
        """Equal for two that say the same."""
        return hashlib.sha256(json.dumps(self.fields(None), sort_keys=True).encode()).hexdigest()

"""Rows and files as data·inclusion publishes them (schema 1.0), for tests."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

STRUCTURES = (
    "source", "id", "nom", "description", "date_maj", "siret", "commune", "code_postal", "code_insee", "adresse",
    "complement_adresse", "longitude", "latitude", "telephone", "courriel", "site_web", "lien_source",
    "horaires_accueil", "accessibilite_lieu", "reseaux_porteurs",
)  # fmt: skip
SERVICES = (*STRUCTURES[:2], "structure_id", *STRUCTURES[2:18], "thematiques", "contact_nom_prenom")


def structure(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A social centre in Valence, 300 m from the place of `World`."""
    return {
        "source": "dora",
        "id": f"dora--{number}",
        "nom": f"Centre social {number}",
        "description": "Un lieu ouvert à toutes et tous.",
        "date_maj": "2026-10-01",
        "siret": "13003013300016",
        "commune": "Valence",
        "code_postal": "26000",
        "code_insee": "26362",
        "adresse": "3 place Le Cardonnel",
        "complement_adresse": None,
        "longitude": 4.8954,
        "latitude": 44.9352,
        "telephone": "+33475000001",
        "courriel": "accueil@centre.example",
        "site_web": "https://centre.example/",
        "lien_source": None,
        "horaires_accueil": "Mo-Fr 08:30-12:30; PH off",
        "accessibilite_lieu": "https://acceslibre.beta.gouv.fr/app/26-valence/a/centre-social/erp/centre/",
        "reseaux_porteurs": ["centres-sociaux"],
    } | changes


def service(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Help with digital things by the structure of the same number, at its address."""
    row = structure(number) | {
        "id": f"dora--service-{number}",
        "structure_id": f"dora--{number}",
        "nom": f"Atelier numérique {number}",
        "thematiques": ["numerique--acceder-a-des-services-en-ligne"],
        "contact_nom_prenom": "Camille Secrettan",
    }
    return {name: row.get(name) for name in SERVICES} | changes


def as_json(*rows: Any) -> bytes:
    return json.dumps(rows, ensure_ascii=False).encode()


def as_csv(*rows: dict[str, Any], separator: str = ",", encoding: str = "utf-8") -> bytes:
    """Lists are written as JSON inside their cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=separator)
    writer.writeheader()
    writer.writerows(
        {name: json.dumps(one) if isinstance(one, list) else one for name, one in row.items()} for row in rows
    )
    return text.getvalue().encode(encoding)

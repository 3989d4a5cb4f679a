"""One row of data·inclusion's files → what we keep of it, or why we don't. Plain functions.

Schema 1.0 (`horaires_accueil`, `accessibilite_lieu`) and 0.x (`horaires_ouverture`, `accessibilite`):
https://github.com/gip-inclusion/data-inclusion-schema. Whoever publishes may write anything: no text is trusted.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from math import isfinite
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from invitations import communes, place_hours
from invitations.communes import Commune
from invitations.distances import haversine_km
from invitations.models import UsefulKind, UsefulTheme
from notifications import phone

# What is read of a row, by either version's name; the rest is dropped as it comes.
FIELDS = frozenset({
    "id", "source", "structure_id", "nom", "adresse", "complement_adresse", "code_postal", "commune", "code_insee",
    "latitude", "longitude", "telephone", "horaires_accueil", "horaires_ouverture", "recurrence", "accessibilite_lieu",
    "accessibilite", "thematiques", "date_maj",
})  # fmt: skip
REQUIRED = frozenset({"id", "nom"})
FARTHEST_KM = 50.0  # from the middle of its commune: the widest of France, Arles, is 40 km across

# Beginnings of the schema's subjects, 1.0 and 0.x, under what they mean here.
SUBJECTS: Mapping[UsefulTheme, tuple[str, ...]] = {
    UsefulTheme.TRANSPORT: ("mobilite", "handicap--mobilite"),
    UsefulTheme.CHILDCARE: ("famille--garde-denfants",),
    UsefulTheme.DIGITAL: ("numerique",),
    UsefulTheme.PAPERWORK: (
        "difficultes-administratives-ou-juridiques--accompagnement-aux-demarches-administratives",
        "difficultes-administratives-ou-juridiques--accompagnement-pour-lacces-aux-droits",
        "acces-aux-droits-et-citoyennete--accompagnement-dans-les-demarches-administratives",
        "acces-aux-droits-et-citoyennete--connaitre-ses-droits",
    ),
    UsefulTheme.FRENCH: ("lecture-ecriture-calcul--maitriser-le-francais", "apprendre-francais"),
}
_SLUG = re.compile(r"[a-z0-9]+(?:-{1,2}[a-z0-9]+)*")
_SPACE = re.compile(r"\s+")
_FORMULA = "=+-@|"  # what a spreadsheet would take for a formula, were the name ever in one
_ACCESSLIBRE = re.compile(r"(?:[a-z0-9-]+\.)*acceslibre\.(?:beta\.gouv\.fr|gouv\.fr|info)")


class Flaw(StrEnum):
    """Why a row is not kept. `ELSEWHERE` is none: it lies in another département."""

    SHAPE = "shape"
    NO_ID = "no_id"
    NO_NAME = "no_name"
    NO_COMMUNE = "no_commune"
    TWICE = "twice"
    ELSEWHERE = "elsewhere"


class Kept(NamedTuple):
    """All that is kept of a row; the fields are those of `UsefulPlace`."""

    source: str
    reference: str
    structure_reference: str
    name: str
    address: str
    postcode: str
    city: str
    commune_insee: str
    latitude: float | None
    longitude: float | None
    phone: str | None
    opening_hours: str
    accessibility: str | None
    themes: str
    updated_on: date | None


def read_row(row: Mapping[str, Any] | None, number: str) -> Kept | Flaw:
    """What is kept of a row for the département of this number. None: a row that is no object, or broken."""
    if row is None:
        return Flaw.SHAPE
    reference, name = text(row.get("id"), 120), text(row.get("nom"), 120).lstrip(_FORMULA).strip()
    if not reference:
        return Flaw.NO_ID
    if len(name) < 2:
        return Flaw.NO_NAME
    commune = _commune(row, number)
    if isinstance(commune, Flaw):
        return commune
    latitude, longitude = position(row, commune)
    return Kept(
        source=text(row.get("source"), 60),
        reference=reference,
        structure_reference=text(row.get("structure_id"), 120),
        name=name,
        address=_address(row),
        postcode=_postcode(row, commune),
        city=commune.name[:80],
        commune_insee=commune.code,
        latitude=latitude,
        longitude=longitude,
        phone=phone.parse(text(row.get("telephone"), 40)),
        opening_hours=hours(row),
        accessibility=accessibility(row),
        themes=themes(row.get("thematiques")),
        updated_on=_day(row.get("date_maj")),
    )


def kind_of(names: Mapping[str, Any] | frozenset[str]) -> UsefulKind:
    """Which of the two files has these fields."""
    return UsefulKind.SERVICE if "structure_id" in names else UsefulKind.STRUCTURE


def text(value: Any, most: int) -> str:
    """One line without what can't be seen, cut at `most` characters; nothing for a value that is no text."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    seen = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in value[: 4 * most])
    line = _SPACE.sub(" ", seen).strip()
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def themes(said: Any) -> str:
    """The themes among the schema's subjects, between spaces. A list, or a list as CSV writers write it: `["a", "b"]`, `{a,b}`."""
    words = " ".join(one for one in said if isinstance(one, str)) if isinstance(said, list) else said
    if not isinstance(words, str):
        return ""
    slugs = _SLUG.findall(words[:10_000])
    found = [theme for theme, starts in SUBJECTS.items() if any(_is_under(one, starts) for one in slugs)]
    return f" {' '.join(found)} " if found else ""


def hours(row: Mapping[str, Any]) -> str:
    """OSM syntax that can be read; nothing for anything else."""
    said = text(row.get("horaires_accueil") or row.get("horaires_ouverture") or row.get("recurrence"), 400)
    return said if place_hours.parsed(said) is not None else ""


def accessibility(row: Mapping[str, Any]) -> str | None:
    """The page of Acceslibre: people open it, so nothing else will do."""
    said = text(row.get("accessibilite_lieu") or row.get("accessibilite"), 300)
    try:
        parts = urlsplit(said)
        is_there = parts.scheme == "https" and _ACCESSLIBRE.fullmatch(parts.netloc.lower())
    except ValueError:
        return None
    return said if is_there and " " not in said and not said.endswith("…") else None


def position(row: Mapping[str, Any], commune: Commune) -> tuple[float | None, float | None]:
    """Degrees to six decimals (10 cm); none that lies far from its commune: swapped, or another country's."""
    latitude, longitude = _degrees(row.get("latitude"), 90), _degrees(row.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None, None
    middle = communes.position(commune.code)
    if middle is not None and haversine_km(*middle, latitude, longitude) > FARTHEST_KM:
        return None, None
    return latitude, longitude


def _commune(row: Mapping[str, Any], number: str) -> Commune | Flaw:
    code = text(row.get("code_insee"), 5).upper()
    if len(code) == 5 and not code.startswith(_beginnings(number)):
        return Flaw.ELSEWHERE
    found = communes.get(code) or _named(row, number)
    if found is None:
        return Flaw.NO_COMMUNE
    return found if found.code.startswith(_beginnings(number)) else Flaw.ELSEWHERE


def _named(row: Mapping[str, Any], number: str) -> Commune | None:
    """By postcode and name, when they name one."""
    words = f"{text(row.get('code_postal'), 5)} {text(row.get('commune'), 80)}".strip()
    found = communes.find(words, department=number) if words else []
    return found[0] if len(found) == 1 else None


def _beginnings(number: str) -> tuple[str, ...]:
    """Of the INSEE codes of a département; "20" is the whole of Corsica."""
    return ("2A", "2B") if number == "20" else (number,)


def _address(row: Mapping[str, Any]) -> str:
    parts = [text(row.get("adresse"), 120), text(row.get("complement_adresse"), 78)]
    return ", ".join(one for one in parts if one).lstrip(_FORMULA).strip()


def _postcode(row: Mapping[str, Any], commune: Commune) -> str:
    said = text(row.get("code_postal"), 5)
    return said if re.fullmatch(r"[0-9]{5}", said) else commune.postcodes[0] if commune.postcodes else ""


def _is_under(slug: str, starts: tuple[str, ...]) -> bool:
    return any(slug == one or slug.startswith((f"{one}--", f"{one}-")) for one in starts)


def _degrees(value: Any, most: float) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return round(number, 6) if isfinite(number) and abs(number) <= most and not isinstance(value, bool) else None


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(text(value, 40)[:10])
    except ValueError:
        return None

"""The public figures as a file for spreadsheets and as JSON: what the page says, for every period, and no more."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

from app.labels import label
from app.public import statistics_words as words
from invitations.exports import quoted
from invitations.models import Part, Span
from invitations.statistics.definitions import FEWEST_FOR_A_RATE
from invitations.statistics.public_page import Line, Published, Subject
from invitations.statistics.suppression import FEWEST

COLUMNS = (
    "Département", "Catégorie", "Délai (jours)", "Durée", "Début", "Période", "Partie", "Qui", "Mesure",
    "Personnes sollicitées", "Nombre", "Pour cent", "Intervalle bas", "Intervalle haut", "Remarque", "Publié le", "Corrigé le",
)  # fmt: skip
SPANS = {Span.MONTH: "mois", Span.QUARTER: "trimestre", Span.YEAR: "année"}
PARTS = {Part.EVERYONE: "ensemble", Part.MODE: "mode", Part.ORGANISATION: "structure", Part.STEP: "étape"}
SEEN = "Vues dans le délai"
OBSERVED = "observé, non comparable"


def as_csv(published: Published) -> str:
    """The file's text: semicolons and decimal commas, as French spreadsheets read them."""
    text = StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow(COLUMNS)
    for subject in published.subjects:
        for line in subject.lines:
            out.writerow([quoted(cell) for cell in cells(published, subject, line)])
    return text.getvalue()


def cells(published: Published, subject: Subject, line: Line) -> Iterator[str]:
    interval, zone = line.interval, published.department.zone
    yield from (published.department.number, subject.category.name, str(subject.days))
    yield from (SPANS[line.span], line.starts_on.isoformat(), words.period(line).replace("\xa0", " "))
    yield from (PARTS[line.part], "" if line.part is Part.EVERYONE else words.who(line))
    yield words.STEPS[line.step] if line.part is Part.STEP else SEEN
    yield from (whole(line.people), whole(line.reaching), percent(line.rate))
    yield from (percent(interval.low), percent(interval.high)) if interval else ("", "")
    yield words.why_no_rate(line) or (OBSERVED if line.part is Part.MODE else "")
    yield line.published_at.astimezone(zone).date().isoformat()
    yield line.corrected_at.astimezone(zone).date().isoformat() if line.corrected_at else ""


def whole(count: int | None) -> str:
    return "" if count is None else str(count)


def percent(share: float | None) -> str:
    """71,43, from 0.714286."""
    return "" if share is None else f"{share * 100:.2f}".replace(".", ",")


def as_json(published: Published) -> dict[str, Any]:
    """The same for machines; `supprime`: hidden so that a few people are not told of, its numbers null."""
    return {
        "departement": {"numero": published.department.number, "nom": published.department.full_name},
        "seuils": {"effectif": FEWEST, "taux": FEWEST_FOR_A_RATE},
        "structures": list(published.organisations),
        "chiffres": [
            entry(subject, line) for subject in published.subjects for line in subject.lines
        ],
    }  # fmt: skip


def entry(subject: Subject, line: Line) -> dict[str, Any]:
    interval = line.interval
    return {
        "categorie": {"code": subject.category.code, "nom": subject.category.name},
        "delai_jours": subject.days,
        "duree": SPANS[line.span],
        "debut": line.starts_on.isoformat(),
        "partie": PARTS[line.part],
        "mode": label(line.mode) if line.part is Part.MODE else None,
        "structure": line.name or None,
        "etape": words.STEPS[line.step] if line.part is Part.STEP else None,
        "personnes": line.people,
        "nombre": line.reaching,
        "part": line.rate,
        "intervalle": [interval.low, interval.high] if interval else None,
        "supprime": line.is_hidden,
        "publie_le": line.published_at.isoformat(),
        "corrige_le": line.corrected_at.isoformat() if line.corrected_at else None,
    }

"""The tables of the page of results: one line a group, the same figures in each; the page and the files are made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from babel.dates import format_date

from app.agents.results_measures import Measure, measures
from app.labels import label
from invitations.models import Mode
from invitations.statistics.reading import Dimension
from invitations.statistics.results import Results
from invitations.statistics.results_sums import Part

EVERYONE = "Ensemble"
WAY = ("sollicitees", "comptees", "jointes", "repondu", "rendez-vous", "autonomie", "vues", "inconnues")
APPOINTMENTS = ("absences", "excuses", "annules", "sans-issue")
SHORT = ("sollicitees", "comptees", "jointes", "repondu", "rendez-vous", "vues", "inconnues", "absences")


@dataclass(frozen=True, slots=True)
class Line:
    """`figures` is None for a group of a few people of other organisations."""

    head: str
    figures: Mapping[str, Measure] | None
    mode: Mode | None = None
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """`name` is that of its file; `first` the head of the column of groups; `shown` the figures that the page prints."""

    name: str
    caption: str
    first: str
    lines: list[Line]
    shown: tuple[str, ...] = SHORT
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def definition(self) -> str:
        """The anchor of what the groups are, if that needs saying."""
        return {"facons": "facon", "anciennete": "ancien"}.get(self.name, "")


def tables(results: Results) -> dict[str, Table]:
    """Every table by groups, by name, in the order of the page. The whole file is all of them."""
    made = [
        by(results, Dimension.MODE, "facons", "Selon la première sollicitation", "Première sollicitation", label),
        by(results, Dimension.MONTH, "mois", "Selon le mois de la première sollicitation", "Mois", month),
        by(results, Dimension.ENTRY, "anciennete", "Selon l’ancienneté du droit", "Ancienneté du droit", label),
        by(results, Dimension.CHANNEL, "canaux", "Selon le moyen de la première sollicitation", "Premier moyen", label),
        by(results, Dimension.CATEGORY, "categories", "Selon la catégorie", "Catégorie", category_of(results)),
        by(results, Dimension.ORGANISATION, "structures", "Selon la structure", "Structure", results.organisations.get),
    ]
    return {one.name: one for one in made}


def by(
    results: Results, dimension: Dimension, name: str, caption: str, first: str, words: Callable[[Any], Any]
) -> Table:
    lines = [line(part, str(words(part.key)), results.days) for part in results.parts[dimension]]
    everyone = measures(results.everyone, results.days)
    if dimension is not Dimension.CATEGORY:  # whoever is followed in two of them would be counted twice
        lines.append(Line(EVERYONE, everyone, is_total=True))
    columns = {key: one.words for key, one in everyone.items()}
    return Table(name, caption, first, lines, WAY if dimension is Dimension.MODE else SHORT, columns)


def line(part: Part, head: str, days: int) -> Line:
    mode = part.key if isinstance(part.key, Mode) else None
    return Line(head, None if part.counts is None else measures(part.counts, days), mode)


def category_of(results: Results) -> Callable[[int], str]:
    names = {one.id: one.name for one in results.categories}
    return lambda key: names.get(key, "")


def month(first: Any) -> str:
    """septembre 2026"""
    return format_date(first, "LLLL y", locale="fr")

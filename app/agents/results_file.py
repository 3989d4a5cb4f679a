"""The same figures as a spreadsheet file: one line a figure, its denominator and interval beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO

from app.labels import label
from invitations.statistics.comparison import Comparison, Difference, Group, Results
from invitations.statistics.definitions import NoShow, Seen
from invitations.statistics.intervals import Interval

COLUMNS = (
    "Structure", "Arrêté au", "Sollicitées depuis", "Catégorie", "Délai (jours)", "Première sollicitation",
    "Mesure", "Nombre", "Sur", "Pour cent", "Intervalle bas", "Intervalle haut", "Remarque",
)  # fmt: skip
OBSERVED = "observé, non comparable"

Cells = tuple[str, ...]


def write(results: Results, *, organisation: str, today: date) -> str:
    """The file's text: semicolons and decimal commas, as French spreadsheets read them."""
    text = StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow(COLUMNS)
    since = results.since.isoformat() if results.since else ""
    for one in results.comparisons:
        for line in lines(one):
            out.writerow([harmless(cell) for cell in (organisation, today.isoformat(), since, *line)])
    return text.getvalue()


def lines(one: Comparison) -> Iterator[Cells]:
    """Everyone first, then each mode, then the differences."""
    for group in (one.everyone, *one.groups):
        who = label(group.mode) if group.mode else "Ensemble"
        for figure in figures(group):
            yield (one.category.name, str(one.days), who, *figure)
    for difference in one.differences:
        yield (one.category.name, str(one.days), *gap(difference))


def figures(group: Group) -> Iterator[Cells]:
    counted = group.seen.proportion.total
    yield count("Personnes sollicitées", group.addressed)
    yield count("Trop tôt pour compter", group.seen.too_early)
    yield count("Trop tôt pour compter, déjà vues", group.seen.seen_early)
    yield with_rate("Vues dans le délai", group.seen)
    yield count("Issue inconnue dans le délai", group.seen.unknown, counted)
    yield count("Avec un rendez-vous dans le délai", group.booked.count, counted)
    yield count("Rendez-vous choisi par la personne", group.autonomy.count, counted)
    yield count("Sollicitées autrement ensuite", group.crossed.count, counted)
    yield with_rate("Absences sans prévenir (rendez-vous)", group.no_show)
    yield count("Rendez-vous annulés par la personne", group.no_show.excused)
    yield count("Rendez-vous annulés par le service", group.no_show.revoked)
    yield count("Rendez-vous passés sans issue", group.no_show.unknown)


def count(measure: str, number: int, total: int | None = None) -> Cells:
    return (measure, str(number), "" if total is None else str(total), "", "", "", "")


def with_rate(measure: str, figure: Seen | NoShow) -> Cells:
    """Its rate is left out where the page leaves it out: too many unknown outcomes, or too few people."""
    number, total = figure.proportion.count, figure.proportion.total
    if not figure.is_published:
        why = "trop d’issues inconnues pour un taux" if total else "pas de données"
        return (measure, str(number), str(total), "", "", "", why)
    low, high = shares(figure.interval)
    rate = "" if figure.is_small else percent(figure.rate)
    return (measure, str(number), str(total), rate, low, high, "petit effectif" if figure.is_small else OBSERVED)


def gap(difference: Difference) -> Cells:
    who = f"{label(difference.of)} − {label(difference.minus)}"
    low, high = shares(difference.interval)
    return (who, "Écart, vues dans le délai (points)", "", "", percent(difference.value), low, high, OBSERVED)


def shares(interval: Interval | None) -> tuple[str, str]:
    return (percent(interval.low), percent(interval.high)) if interval else ("", "")


def percent(share: float | None) -> str:
    """71,43, from 0.714286."""
    return "" if share is None else f"{share * 100:.2f}".replace(".", ",")


def harmless(cell: str) -> str:
    """A cell that a spreadsheet won't run as a formula (names are typed by people); negative figures stay figures."""
    is_figure = cell.lstrip("-").replace(",", "").isdecimal()
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) and not is_figure else cell

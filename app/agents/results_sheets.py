"""The files of the page of results: one for each table and curve, and one with every table by groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from app.agents import results_curves, results_page, results_tables
from app.agents.results_asked import written
from app.agents.results_file import COLUMNS, Cells, Sheet, cells, lines, percent
from app.agents.results_tables import Table
from invitations.models import Organisation
from invitations.statistics.results import Results

GROUPS = ("facons", "mois", "anciennete", "canaux", "categories", "structures")
CURVES, WAY, DELAYS, SLOTS = "courbes", "parcours", "delais", "creneaux"
NAMES = (*GROUPS, CURVES, WAY, DELAYS, SLOTS)
STEP_COLUMNS = ("Étape", "Personnes", "Sur", "Pour cent", "Intervalle bas", "Intervalle haut", "Remarque")
DELAY_COLUMNS = ("Délai", "Personnes", "Ouverture du droit connue", "Médiane (jours)", "Dans les 42 jours", "Sur",
                 "Pour cent", "Intervalle bas", "Intervalle haut", "Remarque")  # fmt: skip
SLOT_COLUMNS = ("Semaine du", "Créneaux proposés", "Créneaux utilisés", "Utilisés pour cent")
DELAY_WORDS = {
    "adressees": "De l’ouverture du droit à la première sollicitation",
    "vues": "De l’ouverture du droit au premier rendez-vous honoré",
}


def whole(results: Results, organisation: Organisation, today: date) -> Sheet:
    return Sheet(about(results, organisation, today), COLUMNS, lines(shown(results)))


def one(name: str, results: Results, organisation: Organisation, today: date) -> Sheet:
    """The file of one table; `name` is one of NAMES."""
    columns, found = made(name, results)
    return Sheet(about(results, organisation, today), columns, [] if results.is_hidden else found)


def made(name: str, results: Results) -> tuple[Cells, Iterable[Cells]]:
    if name == CURVES:
        return results_curves.COLUMNS, results_curves.lines(results)
    if name == WAY:
        return STEP_COLUMNS, steps(results)
    if name == DELAYS:
        return DELAY_COLUMNS, delays(results)
    if name == SLOTS:
        return SLOT_COLUMNS, slots(results)
    return COLUMNS, lines(table for table in shown(results) if table.name == name)


def shown(results: Results) -> list[Table]:
    return [] if results.is_hidden else list(results_tables.tables(results).values())


def about(results: Results, organisation: Organisation, today: date) -> dict[str, str]:
    """What stands before each line: whose figures, until when they are counted, what was asked for."""
    asked = [f"{name}={word}" for name, word in written(results.asked).items() if name != "categorie"]
    return {
        "Structure": organisation.department.full_name if results.asked.of_department else organisation.name,
        "Arrêté au": today.isoformat(),
        "Catégorie": results.category.name if results.category else "",
        "Délai (jours)": str(results.days),
        "Filtres": ", ".join(asked),
    }


def steps(results: Results) -> Iterator[Cells]:
    for step in results_page.flow_of(results).steps:
        yield cells(step)


def delays(results: Results) -> Iterator[Cells]:
    for name, one in results_page.delays(results).items():
        median = "" if one.median is None else str(one.median)
        yield (DELAY_WORDS[name], str(one.people), str(one.of), median, *cells(one.in_time)[1:])


def slots(results: Results) -> Iterator[Cells]:
    for monday, use in sorted(results.slots.items()):
        yield (monday.isoformat(), str(use.offered), str(use.used), percent(use.share))

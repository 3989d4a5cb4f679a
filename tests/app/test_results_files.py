"""The files of the page of results, and its filters: what a spreadsheet opens, what an address asks for."""

from __future__ import annotations

import pytest
from flask import Flask

from app.agents import results_asked, results_sheets
from invitations.database import Database
from invitations.models import Entry, FirstChannel, Mode, Outcome, SlotDay
from invitations.statistics.results import Asked
from tests.app.reading_results import FILE, PAGE, Opened, of_modes, opening, rows, words
from tests.conftest import Clock
from tests.factories import World
from tests.stories import T0, Story, crowd

SEEN, NOSHOW = Outcome.SEEN, Outcome.NOSHOW


@pytest.fixture
def opened(flask_app: Flask, database: Database, clock: Clock) -> Opened:
    return opening(flask_app, database, clock)


def forty_of_whom_thirty_came(world: World) -> None:
    crowd(world, 40, Mode.INVITATION, *[SEEN] * 30, *[NOSHOW] * 5)


def test_the_file_holds_the_figures_of_the_page(opened: Opened) -> None:
    client = opened(forty_of_whom_thirty_came)
    seen = of_modes(client)["Invitation", "Vues dans les 45 jours"]
    assert [seen[key] for key in ("Nombre", "Sur", "Pour cent", "Intervalle bas", "Intervalle haut", "Remarque")] == [
        "30", "40", "75,00", "59,81", "85,81", "observé, non comparable",
    ]  # fmt: skip
    absences = of_modes(client)["Invitation", "Absences sans prévenir"]
    assert (absences["Nombre"], absences["Sur"], absences["Pour cent"]) == ("5", "35", "14,29")
    assert of_modes(client)["Proposition", "Vues dans les 45 jours"]["Remarque"] == "pas de données"


def test_the_whole_file_is_every_table_by_groups(opened: Opened) -> None:
    found = rows(opened(forty_of_whom_thirty_came))
    assert list(dict.fromkeys(row["Tableau"] for row in found)) == [
        "Selon la première sollicitation",
        "Selon le mois de la première sollicitation",
        "Selon l’ancienneté du droit",
        "Selon le moyen de la première sollicitation",
        "Selon la catégorie",
        "Selon la structure",
    ]
    september = {row["Mesure"]: row["Nombre"] for row in found if row["Ligne"] == "septembre 2026"}
    assert (september["Comptées"], september["Ont répondu"]) == ("40", "35")


def test_the_way_s_file_goes_from_counted_to_seen(opened: Opened) -> None:
    found = rows(opened(forty_of_whom_thirty_came), "/agents/resultats/parcours.csv")
    assert [(row["Étape"], row["Personnes"]) for row in found] == [
        ("Comptées", "40"), ("Jointes", "35"), ("Ont répondu", "35"), ("Avec un rendez-vous", "35"),
        ("Vues dans les 45 jours", "30"),
    ]  # fmt: skip


def test_the_curves_file_is_enough_to_draw_them_again(opened: Opened) -> None:
    def told(world: World) -> None:
        crowd(world, 30, Mode.INVITATION, *[SEEN] * 15, after=9)
        crowd(world, 10, Mode.INVITATION, *[SEEN] * 5, after=20)
        crowd(world, 5, Mode.CONVOCATION, *[SEEN] * 5)  # too few for a curve

    found = rows(opened(told), "/agents/resultats/courbes.csv")
    shown = (
        "Première sollicitation",
        "Jour",
        "Encore suivies",
        "Vues ce jour",
        "Part vue (%)",
        "Part vue, départs comptés (%)",
    )
    assert [tuple(row[key] for key in shown) for row in found] == [
        ("Invitation", "9", "40", "15", "37,50", "37,50"),
        ("Invitation", "20", "25", "5", "50,00", "50,00"),
    ]


def test_delays_and_slots_have_their_files_too(opened: Opened) -> None:
    def told(world: World) -> None:
        opened_on = T0.date().fromordinal(T0.toordinal() - 10)
        person = world.make_beneficiary(rights_opened_on=opened_on)
        Story(world, world.make_follow_up(person)).addressed(Mode.INVITATION).met(SEEN, day=20)
        ours = {"organisation_id": world.organisation.id, "category_id": world.category.id}
        world.add(SlotDay(on=T0.date(), offered=8, used=6, **ours))

    client = opened(told)
    delays = rows(client, "/agents/resultats/delais.csv")
    assert [(row["Délai"], row["Médiane (jours)"], row["Dans les 42 jours"]) for row in delays] == [
        ("De l’ouverture du droit à la première sollicitation", "10", "1"),
        ("De l’ouverture du droit au premier rendez-vous honoré", "30", "1"),
    ]
    (week,) = rows(client, "/agents/resultats/creneaux.csv")
    assert (week["Semaine du"], week["Créneaux proposés"], week["Utilisés pour cent"]) == ("2026-08-31", "8", "75,00")


def test_a_name_that_looks_like_a_formula_stays_text_in_the_file(opened: Opened) -> None:
    def told(world: World) -> None:
        world.category.name = "=1+1"
        forty_of_whom_thirty_came(world)

    assert {row["Catégorie"] for row in rows(opened(told))} == {"'=1+1"}


def test_the_filters_live_in_the_address(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        Story(world).addressed(Mode.INVITATION, day=35).met(SEEN, day=40)

    client = opened(told)
    page = client.get(f"{PAGE}?depuis=2026-10&categorie=rsa_orientation").text
    assert '<option value="2026-10" selected>octobre 2026</option>' in page
    assert f"{FILE}?categorie=rsa_orientation&amp;depuis=2026-10" in page
    one_month = f"{PAGE}/facons.csv?depuis=2026-10&jusqua=2026-10"
    assert of_modes(client, one_month)["Ensemble", "Personnes sollicitées"]["Nombre"] == "1"
    before = f"{PAGE}/facons.csv?jusqua=2026-09&entree=inconnu&canal=aucun"
    assert of_modes(client, before)["Ensemble", "Personnes sollicitées"]["Nombre"] == "40"
    assert "Personne n’a été sollicité avec ces filtres" in words(client, f"{PAGE}?depuis=2026-11")
    assert "Personne n’a été sollicité avec ces filtres" in words(client, f"{PAGE}?canal=courrier")


def test_a_mode_asked_for_is_the_only_one_shown(opened: Opened) -> None:
    def told(world: World) -> None:
        forty_of_whom_thirty_came(world)
        crowd(world, 40, Mode.CONVOCATION, *[SEEN] * 20)

    client = opened(told)
    assert "50 personnes sollicitées sur 100" in words(client, f"{PAGE}?facon=convocation")
    found = rows(client, f"{PAGE}/facons.csv?facon=convocation")
    assert {row["Ligne"] for row in found} == {"Convocation", "Ensemble"}
    assert {row["Filtres"] for row in found} == {"facon=convocation"}


WRONG = (
    "depuis=hier", "depuis=2026-13", "jusqua=9999-12", "categorie=inconnue", "facon=lettre", "canal=fax",
    "entree=vieux", "delai=44", "perimetre=france",
)  # fmt: skip


def test_a_filter_that_means_nothing_is_not_found(opened: Opened) -> None:
    client = opened(lambda _: None)
    assert {client.get(f"{page}?{wrong}").status_code for wrong in WRONG for page in (PAGE, FILE)} == {404}


def test_months_the_wrong_way_round_are_called_so(opened: Opened) -> None:
    client = opened(forty_of_whom_thirty_came)
    assert "La période finit avant de commencer" in words(client, f"{PAGE}?depuis=2026-10&jusqua=2026-09")
    assert "La période" not in words(client, f"{PAGE}?depuis=2026-10&jusqua=2026-10")


def test_an_empty_filter_asks_for_nothing(opened: Opened) -> None:
    """As the form sends it when everything is left as it was."""
    client = opened(forty_of_whom_thirty_came)
    nothing = "perimetre=&depuis=&jusqua=&facon=&canal=&entree=&delai=45"
    assert "75 personnes sollicitées sur 100" in words(client, f"{PAGE}?{nothing}")


def test_a_team_that_begins_has_files_without_figures_and_no_others(opened: Opened) -> None:
    client = opened(lambda _: None)
    assert {client.get(f"{PAGE}/{name}.csv").status_code for name in results_sheets.NAMES} == {200}
    assert client.get(f"{PAGE}/agents.csv").status_code == 404


def test_the_address_says_every_filter_and_reads_it_again() -> None:
    for mode, channel, entry in zip(Mode, FirstChannel, Entry, strict=False):
        asked = Asked("rsa", T0.date().replace(day=1), None, mode, channel, entry, 60, of_department=True)
        assert results_asked.read(results_asked.written(asked)) == asked
    assert {*results_asked.CHANNELS.values()} == {*FirstChannel}
    assert {*results_asked.ENTRIES.values()} == {*Entry}

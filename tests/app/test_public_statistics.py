"""`/statistiques`: what a département publishes, read by anyone, kept by anyone, and never more than was written down."""

from __future__ import annotations

import csv
import re
from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from invitations.database import Database
from invitations.models import CategoryKind, Mode, PublishedFigure
from tests.app.team import Team, queries_of
from tests.app.town import words_of
from tests.conftest import Clock
from tests.published import add_people, let_publish, publish

HERE = "/statistiques/26"
SPRING = [date(2026, month, 1) for month in (4, 5, 6)]
# So few that they would be recognised: on no page, in no file.
PLANTED: dict[str, Any] = {
    "addressed": 9,
    "seen": 7,
    "reached": 9,
    "answered": 8,
    "booked": 8,
    "autonomous": 3,
    "unknown": 0,
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The pages read what tests/invitations/test_statistics_publishing.py writes and reads on both engines."""
    return sqlite_url


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


def let(team: Team, *months: date, **counts: Any) -> None:
    """The world's organisation agrees, its months are out."""
    with team.changing() as world:
        let_publish(world)
        for month in months:
            add_people(world, month, **counts)
        publish(world.session, world)


def figures_of(phone: FlaskClient) -> list[dict[str, Any]]:
    answer = phone.get(f"{HERE}.json")
    assert answer.status_code == 200
    return list(answer.json["chiffres"]) if answer.json else []


def lines_of(phone: FlaskClient) -> list[dict[str, str]]:
    text = phone.get(f"{HERE}.csv").data.decode("utf-8-sig")
    return list(csv.DictReader(StringIO(text), delimiter=";"))


def test_the_departements_that_publish_are_listed_and_no_other(team: Team, phone: FlaskClient) -> None:
    assert "Aucun département ne publie encore" in words_of(phone.get("/statistiques").text)
    let(team)
    with team.changing() as world:
        world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
    page = phone.get("/statistiques").text
    assert f'href="{HERE}">Département de la Drôme</a>' in page
    assert "Isère" not in page


@pytest.mark.parametrize("path", ["/statistiques/38", "/statistiques/2", "/statistiques/26%20", "/statistiques/%00"])
def test_who_does_not_publish_has_no_page(team: Team, phone: FlaskClient, path: str) -> None:
    assert phone.get(HERE).status_code == 404
    let(team)
    assert phone.get(HERE).status_code == 200
    assert phone.get(path).status_code in {400, 404}
    assert phone.get(f"{path}.csv").status_code in {400, 404}


def test_it_says_in_words_first_how_many_were_seen_and_between_what_and_what(team: Team, phone: FlaskClient) -> None:
    let(team, *SPRING)
    page = words_of(phone.get(HERE).text)
    assert "Au 2e trimestre 2026, 600 personnes ont été sollicitées pour un premier rendez-vous." in page
    assert "Sur 100, 55 sont venues dans les 45 jours : entre 51 et 59" in page
    assert "Observé, non comparable." in page
    assert "avril 2026 55 sur 100, 48 à 62 200 sollicitées" in page
    assert "Un message est arrivé 540" in page
    assert "dont par la personne elle-même 180" in page


def test_a_group_of_nobody_is_told_as_nobody(team: Team, phone: FlaskClient) -> None:
    let(team, *SPRING)
    assert "Convocation personne" in words_of(phone.get(HERE).text)
    assert "juillet 2026 personne" in words_of(phone.get(HERE).text)


def test_before_anything_is_out_it_says_when_it_will_be(team: Team, phone: FlaskClient) -> None:
    let(team)
    page = words_of(phone.get(HERE).text)
    assert "Rien n’est encore publié." in page
    assert figures_of(phone) == []


@pytest.mark.parametrize("path", ["/statistiques", HERE, f"{HERE}.csv", f"{HERE}.json"])
def test_anyone_may_keep_it_and_ask_whether_it_is_still_so(team: Team, phone: FlaskClient, path: str) -> None:
    let(team, *SPRING)
    answer = phone.get(path)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["X-Robots-Tag"] == "all"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    again = phone.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    packed = phone.get(path, headers={"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip"})
    assert (packed.status_code, packed.data) == (304, b"")
    with team.changing() as world:
        world.now += timedelta(days=7)
        world.make_department(number="01", name="Ain", full_name="Ain").publishes_since = world.now
        add_people(world, date(2026, 9, 1))
        publish(world.session, world)
    changed = phone.get(path, headers={"If-None-Match": answer.headers["ETag"]})
    assert changed.status_code == 200


def test_no_page_has_a_script_and_search_engines_are_not_kept_out(team: Team, phone: FlaskClient) -> None:
    let(team, *SPRING)
    assert "<script" not in phone.get(HERE).text
    kept_out = re.findall(r"^Disallow: (\S+)$", phone.get("/robots.txt").text, re.MULTILINE)
    assert not HERE.startswith(tuple(kept_out))
    assert phone.get("/statistiques/99").headers["X-Robots-Tag"] == "noindex, nofollow"


def test_the_home_page_and_every_footer_lead_to_it(phone: FlaskClient, team: Team) -> None:
    for path in ("/", "/mentions-legales?departement=26", "/i/unknowncode"):
        assert 'href="/statistiques"' in phone.get(path).text.partition("<footer>")[2], path


def test_a_category_and_a_quarter_are_chosen_in_the_address(team: Team, phone: FlaskClient) -> None:
    with team.changing() as world:
        let_publish(world)
        kind = world.make_category(code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="Accompagnement")
        for month in [date(2026, month, 1) for month in range(1, 7)]:
            add_people(world, month)
            add_people(world, month, category=kind, seen=90)
        publish(world.session, world)
    page = phone.get(f"{HERE}?categorie=rsa_accompagnement&trimestre=2026-T1").text
    assert "Sur 100, 45 sont venues dans les 30 jours" in words_of(page)
    assert '<h2 id="trimestre">1er\N{NO-BREAK SPACE}trimestre\N{NO-BREAK SPACE}2026</h2>' in page
    assert f'href="{HERE}?categorie=rsa_accompagnement&amp;trimestre=2026-T2#trimestre"' in page
    assert "2e\N{NO-BREAK SPACE}trimestre" in phone.get(HERE).text.partition('id="trimestre"')[2][:40]


@pytest.mark.parametrize(
    "query", ["categorie=x", "trimestre=2026", "trimestre=2026-T5", "trimestre=0000-T1", "trimestre=²026-T1"]
)
def test_an_address_that_asks_for_nothing_leads_nowhere(team: Team, phone: FlaskClient, query: str) -> None:
    let(team, *SPRING)
    assert phone.get(f"{HERE}?{query}").status_code == 404


def test_a_quarter_that_is_not_out_shows_no_tables(team: Team, phone: FlaskClient) -> None:
    let(team, *SPRING)
    page = phone.get(f"{HERE}?trimestre=2020-T1")
    assert page.status_code == 200
    assert 'id="trimestre"' not in page.text


def test_a_page_in_french_says_so_to_who_reads_another_language(team: Team, phone: FlaskClient) -> None:
    let(team, *SPRING)
    arabic = phone.get(f"{HERE}?langue=ar").text
    assert '<html lang="ar" dir="rtl"' in arabic
    assert '<div class="statute" lang="fr" dir="ltr">' in arabic


# A page and its files never say more than was written down


def test_every_number_of_the_files_was_written_down(team: Team, phone: FlaskClient) -> None:
    let(team, *SPRING)
    with team.database.reading() as session:
        kept = sorted((one.people, one.reaching) for one in session.scalars(select(PublishedFigure)) if one.people)
    assert sorted((one["personnes"], one["nombre"]) for one in figures_of(phone) if one["personnes"]) == kept
    told = [(one["Personnes sollicitées"], one["Nombre"]) for one in lines_of(phone)]
    assert sorted((int(people), int(count)) for people, count in told if people not in {"", "0"}) == kept


def test_planted_few_people_are_on_no_page_and_in_no_file(team: Team, phone: FlaskClient) -> None:
    with team.changing() as world:
        few = world.make_organisation(name="Toute petite structure")
        let_publish(world, world.organisation, few)
        for month in SPRING:
            add_people(world, month, addressed=200, seen=113)
            add_people(world, month, mode=Mode.PROPOSITION, addressed=90, seen=51)
        add_people(world, SPRING[0], mode=Mode.CONVOCATION, organisation=few, **PLANTED)
        publish(world.session, world)
    told = [
        (one["mode"], one["structure"], one["personnes"]) for one in figures_of(phone) if one["duree"] == "trimestre"
    ]
    assert ("Convocation", None, None) in told
    assert ("Proposition", None, None) in told, "alone, the other would be the total minus what is told"
    assert (None, "Toute petite structure", None) in told
    numbers = [
        number for one in figures_of(phone) for number in (one["personnes"], one["nombre"]) if number is not None
    ]
    assert not {7, 8, 9} & set(numbers)
    assert all(number == 0 or number >= 11 for number in numbers)
    for line in lines_of(phone):
        assert not {"7", "8", "9"} & {line["Personnes sollicitées"], line["Nombre"]}
        assert (line["Remarque"] == "supprimé") == (line["Personnes sollicitées"] == "")
    page = words_of(phone.get(HERE).text)
    assert "Convocation supprimé" in page
    assert "Toute petite structure supprimé" in page


def test_people_under_thirty_have_no_rate(team: Team, phone: FlaskClient) -> None:
    let(team, SPRING[0], addressed=25, seen=12, unknown=0)
    [month] = figures_of(phone)[:1]
    assert (month["personnes"], month["nombre"], month["part"], month["intervalle"]) == (25, 12, None, None)
    page = words_of(phone.get(HERE).text)
    assert "avril 2026 trop peu de personnes pour un taux 25" in page
    assert "Pas encore assez de personnes pour un chiffre sur 100." in page


def test_too_many_unknown_outcomes_are_told_and_no_rate(team: Team, phone: FlaskClient) -> None:
    let(team, SPRING[0], unknown=11)
    assert "avril 2026 trop d’issues inconnues pour un taux 200" in words_of(phone.get(HERE).text)
    assert figures_of(phone)[0]["nombre"] is None


def test_a_name_that_a_spreadsheet_would_run_stays_a_name(team: Team, phone: FlaskClient) -> None:
    with team.changing() as world:
        cunning = world.make_organisation(name="=cmd|' /C calc'!A0")
        let_publish(world, cunning)
        for month in SPRING:
            add_people(world, month, organisation=cunning)
        publish(world.session, world)
    assert [one["Qui"] for one in lines_of(phone) if one["Partie"] == "structure"] == ["'=cmd|' /C calc'!A0"]
    assert "<script" not in phone.get(HERE).text


def test_the_page_asks_the_same_of_the_database_whatever_there_is(
    team: Team, flask_app: Flask, phone: FlaskClient
) -> None:
    let(team, SPRING[0])
    alone = queries_of(flask_app, lambda: phone.get(HERE))
    with team.changing() as world:
        many = [world.make_organisation() for _ in range(3)]
        let_publish(world, *many)
        kind = world.make_category(code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="Accompagnement")
        for month in SPRING:
            for one in many:
                add_people(world, month, organisation=one, category=kind)
        publish(world.session, world)
    assert queries_of(flask_app, lambda: phone.get(HERE)) == alone <= 6

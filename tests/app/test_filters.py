"""How templates write days, hours, numbers and words, as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, g

from app import filters
from notifications.languages import LANGUAGES

REUNION = ZoneInfo("Indian/Reunion")
MIDNIGHT_IN_PARIS = datetime(2026, 12, 7, 23, 0, tzinfo=UTC)


def plain(words: str) -> str:
    return words.replace("\N{NO-BREAK SPACE}", "_").replace("\N{NARROW NO-BREAK SPACE}", ".")


def test_the_first_of_a_month_is_written_as_it_is_said() -> None:
    assert filters.day(date(2026, 12, 1)) == "mardi 1er décembre"
    assert filters.day(date(2026, 12, 11)) == "vendredi 11 décembre"
    assert filters.day_and_year(date(2027, 1, 1)) == "vendredi 1er janvier 2027"


def test_a_day_is_that_of_the_place() -> None:
    late = datetime(2026, 11, 30, 21, 30, tzinfo=UTC)
    assert filters.day(late) == "lundi 30 novembre"
    assert filters.day(late, REUNION) == "mardi 1er décembre"
    assert filters.short_day(late, REUNION) == "01/12/2026"


def test_an_hour_never_breaks_at_the_end_of_a_line() -> None:
    assert plain(filters.clock_time(datetime(2026, 12, 1, 8, 5, tzinfo=UTC))) == "9_h_05"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0_personne"), (1, "1_personne"), (2, "2_personnes"), (4321, "4321_personnes"), (12406, "12.406_personnes")],
)
def test_zero_is_singular_in_french_and_long_figures_are_parted(count: int, words: str) -> None:
    assert plain(filters.plural(count, "personne", "personnes")) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("+33475000000", "04 75 00 00 00"),
        ("+262692000000", "0692 00 00 00"),
        ("+32470123456", "+32 470 12 34 56"),
        ("115", "115"),
        ("no number", "no number"),
        (None, ""),
    ],
)
def test_a_phone_number_is_written_in_pairs_and_never_lost(number: str | None, words: str) -> None:
    assert filters.phone(number) == words


@pytest.mark.parametrize(
    ("kilometres", "words"),
    [(0.0, "100_m"), (0.84, "800_m"), (0.96, "1_km"), (1.24, "1,2_km"), (9.94, "9,9_km"), (17.4, "17_km")],
)
def test_a_distance_is_as_precise_as_useful(kilometres: float, words: str) -> None:
    assert plain(filters.distance(kilometres)) == words


@pytest.mark.parametrize(
    ("minutes", "words"), [(1, "1_minute"), (45, "45_minutes"), (60, "1_h"), (90, "1_h_30"), (125, "2_h_05")]
)
def test_a_length_is_written_in_hours_from_an_hour_up(minutes: int, words: str) -> None:
    assert plain(filters.length_of(timedelta(minutes=minutes))) == words


def test_a_deadline_at_midnight_is_a_day_and_another_one_has_its_hour() -> None:
    assert filters.deadline(MIDNIGHT_IN_PARIS) == "mardi 8 décembre"
    assert plain(filters.deadline(MIDNIGHT_IN_PARIS + timedelta(hours=9))) == "mardi 8 décembre à_9_h_00"


def test_a_near_day_is_short_and_a_far_one_has_its_year() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert filters.near_day(date(2026, 12, 1), now) == "01/12"
    assert filters.near_day(date(2025, 12, 1), now) == "01/12/2025"


def test_what_is_kept_whole_is_still_escaped() -> None:
    assert filters.whole("<b> mon rendez-vous") == '&lt;b&gt; mon <span class="whole">rendez-vous</span>'


def test_a_moment_is_a_day_and_its_hour() -> None:
    assert plain(filters.moment(MIDNIGHT_IN_PARIS + timedelta(hours=9))) == "mardi 8 décembre à_9_h_00"
    assert plain(filters.moment(MIDNIGHT_IN_PARIS, REUNION)) == "mardi 8 décembre à_3_h_00"


def test_a_capital_at_the_beginning_leaves_the_rest_as_it_was() -> None:
    assert filters.capital("mardi 8 décembre") == "Mardi 8 décembre"
    assert filters.capital("tuesday 8 December") == "Tuesday 8 December"
    assert filters.capital("") == ""


def test_names_are_listed_as_one_says_them() -> None:
    assert filters.listing(["Mme Roche"]).split() == ["Mme", "Roche"]
    assert plain(filters.listing(["Mme Roche", "M. Faure", "Mme Diop"])) == "Mme_Roche, M._Faure et Mme_Diop"


def test_what_is_in_french_says_so_where_the_page_is_not(flask_app: Flask) -> None:
    with flask_app.test_request_context():
        assert filters.in_french("Maison <&>") == "Maison &lt;&amp;&gt;"
        assert filters.as_written("") == ""
        g.language = LANGUAGES["en"]
        assert filters.in_french("Maison <&>") == '<bdi lang="fr">Maison &lt;&amp;&gt;</bdi>'
        assert filters.as_written("Apportez <ceci>.") == '<bdi lang="fr">Apportez &lt;ceci&gt;.</bdi>'
        assert filters.as_written("") == ""

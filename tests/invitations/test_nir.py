"""A social security number is read, never guessed; and what is handed on of it holds three of its digits at most."""

from __future__ import annotations

from datetime import date

import pytest

from invitations.models import OrganisationKind, Title
from invitations.nir import Differing, NotRead, Wrong, differs, is_shaped, masked, read
from invitations.nir_keeping import Keeping, cell_of, is_number, may_see, of_cell
from invitations.sealing import SealBroken, Seals

KEY, OTHER = "k" * 32, "o" * 32
WRITTEN = "1 85 11 26 362 001"
NUMBER = "185112636200115"


@pytest.mark.parametrize(
    "text",
    [WRITTEN, f" {NUMBER} ", "1851126362001", "1851126362001.0", "1.85.11.26.362.001.15", "1 85 11 26 362 001 15", "1851126362001,00"],
)  # fmt: skip
def test_thirteen_digits_get_their_key_and_fifteen_keep_theirs(text: str) -> None:
    assert read(text) == NUMBER


@pytest.mark.parametrize(("text", "key"), [("2 85 11 2A 004 001", "30"), ("2 85 11 2b 004 001", "57")])
def test_corsica_counts_as_18_and_19(text: str, key: str) -> None:
    """97 − N mod 97, N with 19 for 2A and 18 for 2B (INSEE)."""
    digits = text.replace(" ", "").upper()
    number = int(digits.replace("2A", "19").replace("2B", "18"))
    assert read(text) == f"{digits}{97 - number % 97:02d}" == f"{digits}{key}"


@pytest.mark.parametrize(
    "text", ["1.80333E+12", "1,80333E+12", "185112636200", "18511263620010", "néant", "0851126362001", "1851126362000"]
)
def test_what_has_lost_digits_or_is_none_is_refused(text: str) -> None:
    with pytest.raises(NotRead) as wrong:
        read(text)
    assert wrong.value.why is Wrong.UNREADABLE
    assert str(wrong.value) == "unreadable"


def test_a_key_that_does_not_fit_is_refused_by_its_name() -> None:
    with pytest.raises(NotRead) as wrong:
        read("185112636200109")
    assert wrong.value.why is Wrong.KEY


def test_the_shape_tells_a_number_from_a_telephone() -> None:
    assert is_shaped(WRITTEN)
    assert not is_shaped("0033639980001")


@pytest.mark.parametrize(
    ("first", "title", "birth_on", "found"),
    [
        ("185", Title.SIR, date(1985, 11, 1), None),
        ("185", None, None, None),
        ("785", Title.SIR, date(1985, 1, 1), None),
        ("185", Title.MADAM, date(1986, 1, 1), Differing.SEX),
        ("285", Title.MADAM, date(1986, 1, 1), Differing.YEAR),
    ],
)
def test_what_it_says_otherwise_than_the_rest_is_told(
    first: str, title: Title | None, birth_on: date | None, found: Differing | None
) -> None:
    assert differs(first, title, birth_on) is found


def test_only_sex_and_year_are_ever_shown() -> None:
    assert masked("185") == "1 85 •• •• ••• ••• ••"


def test_what_waits_in_a_list_holds_the_number_sealed_and_opens_for_its_departement_alone() -> None:
    keeping = Keeping(1, Seals(KEY))
    cell = keeping.cell(WRITTEN)
    assert NUMBER[3:13] not in cell
    assert cell_of(of_cell(cell)) == cell
    assert keeping.digits(of_cell(cell).sealed) == NUMBER
    with pytest.raises(SealBroken):
        Keeping(2, Seals(KEY)).digits(of_cell(cell).sealed)


def test_two_departements_do_not_hash_alike_and_thirteen_digits_are_enough() -> None:
    first, second = (Keeping(one, Seals(KEY)).take(WRITTEN).hashes for one in (1, 2))
    assert set(first).isdisjoint(second)
    assert Keeping(1, Seals(KEY)).take(NUMBER).hashes == first


def test_after_a_change_of_key_both_hashes_are_asked_for() -> None:
    before, after = Keeping(1, Seals(KEY)).take(NUMBER), Keeping(1, Seals(OTHER, [KEY])).take(NUMBER)
    assert after.hashes[1:] == before.hashes
    assert Seals(OTHER).hashes("x", purpose="a") != Seals(OTHER).hashes("x", purpose="b")


def test_a_cell_that_is_none_says_why_and_nothing_else() -> None:
    cell = Keeping(1, Seals(KEY)).cell("1.80333E+12")
    assert not is_number(cell)
    assert "80333" not in cell
    with pytest.raises(NotRead):
        of_cell(cell)


def test_the_council_and_france_travail_may_know_of_it_and_the_least_restrictive_wins() -> None:
    allowed = {kind for kind in OrganisationKind if may_see([kind])}
    assert allowed == {OrganisationKind.DEPARTMENT_COUNCIL, OrganisationKind.FRANCE_TRAVAIL}
    assert may_see([OrganisationKind.SIAE, OrganisationKind.DEPARTMENT_COUNCIL])
    assert not may_see([])

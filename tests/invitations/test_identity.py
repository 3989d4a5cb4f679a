"""Keys in which case, accents and spaces don't count; when two descriptions agree."""

from __future__ import annotations

from datetime import date

import pytest

from invitations import identity
from invitations.uploads.people import Person


@pytest.mark.parametrize("written", ["Inès", "INES", " ines ", "Inès Marie", "Ines, Marie"])
def test_the_first_given_name_is_one_whatever_its_writing(written: str) -> None:
    assert identity.first_name_key(written) == "ines"


def test_a_compound_first_name_is_one_first_name() -> None:
    assert identity.first_name_key("Jean-Pierre") == "jeanpierre"
    assert identity.same_first_name(Person(first_name="Jean-Pierre"), Person(first_name="JEAN PIERRE"))
    assert not identity.same_first_name(Person(first_name="Marie-Claire"), Person(first_name="Marie-Anne"))


def test_a_blank_first_name_agrees_with_nobody() -> None:
    assert not identity.same_first_name(Person(first_name=""), Person(first_name=""))
    assert not identity.same_first_name(Person(first_name="•"), Person(first_name="•"))


def test_an_email_is_one_whatever_its_case_accents_and_spaces() -> None:
    assert identity.email_key(" Hélène@Example.fr ") == "helene@example.fr"
    assert identity.email_key("") is None
    assert identity.email_key(None) is None


def test_a_birth_name_is_a_family_name_too() -> None:
    married = Person(last_name="Morel", birth_name="N'Diaye")
    assert identity.same_last_name(married, Person(last_name="NDIAYE"))
    assert not identity.same_last_name(married, Person(last_name="Diallo"))


def test_one_difference_is_a_correction_two_are_somebody_else() -> None:
    known = Person(last_name="Benali", birth_on=date(1980, 1, 2), department_internal_id="12")
    assert not identity.contradicts(known, Person(last_name="Haddad", birth_on=date(1980, 1, 2)))
    assert not identity.contradicts(known, Person(last_name="Benali", birth_on=date(1990, 1, 2)))
    assert identity.contradicts(known, Person(last_name="Haddad", birth_on=date(1990, 1, 2)))
    assert identity.contradicts(known, Person(last_name="Haddad", department_internal_id="13"))


@pytest.mark.parametrize(
    "query",
    ["Inès", "ines ber", "BERNARD", "06 39 98 00 01", "+33639980001", "39 98 00", "QK4711Z", "8383", "ines@example"],
)
def test_a_search_finds_a_name_a_number_or_an_address_however_written(query: str) -> None:
    key = identity.search_key(
        first_name="Inès",
        last_name="Bernard",
        email="Ines@example.fr",
        phone="+33639980001",
        affiliation_number="QK4711Z",
        department_internal_id="8383",
    )
    assert all(term in key for term in identity.search_terms(query))


def test_a_search_key_fits_its_column() -> None:
    assert len(identity.search_key(first_name="a" * 400, last_name="b" * 400)) == identity.LONGEST_SEARCH_KEY

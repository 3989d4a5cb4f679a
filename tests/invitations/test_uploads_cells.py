"""Dirty cells (import.md, "Dirty data"): each is read, or left out with its reason; none is guessed."""

from __future__ import annotations

from datetime import date

import pytest

from invitations.models import RsaRole, Title
from invitations.uploads import cells
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.nir import HIDDEN, without_nir
from invitations.uploads.people import Person, read_person

TODAY = date(2026, 11, 24)


def person(**texts: str) -> tuple[Person, dict[str, Doubt]]:
    named = {"last_name": "Roux", "first_name": "Ana"} | texts
    return read_person({Field(name): text for name, text in named.items()}, TODAY, of_contact_file=False)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("639980001", "+33639980001"),  # the zero that Excel took (1)
        ("06 39 98 00 01", "+33639980001"),
        ("06.39.98.00.01", "+33639980001"),
        ("+33 6 39 98 00 01", "+33639980001"),
        ("0692123456", "+262692123456"),
        ("04 65 71 00 01", "+33465710001"),
    ],
)
def test_a_phone_is_brought_to_its_international_form(text: str, number: str) -> None:
    assert person(phone=text) == (Person(last_name="Roux", first_name="Ana", phone=number), {})


@pytest.mark.parametrize("text", ["06 39 98", "néant", "6.3998E+8", "0000000000", "?"])
def test_an_unreadable_phone_is_left_out_and_the_row_goes_on(text: str) -> None:
    found, doubts = person(phone=text, email="ana@example.fr")
    assert found.phone is None
    assert found.email == "ana@example.fr"
    assert doubts == {Field.PHONE: Doubt.PHONE_INVALID}


@pytest.mark.parametrize(
    "text",
    [
        "04 65 71 00 01 / 06 39 98 00 01",
        "0465710001 0639980001",
        "465710001 ; 639980001",
        "06 39 98 00 01 ou 04 65 71 00 01",
        "0639980001, 0639980002",
    ],
)
def test_the_first_mobile_of_several_numbers_is_kept(text: str) -> None:
    found, doubts = person(phone=text)
    assert found.phone == "+33639980001"
    assert doubts == {Field.PHONE: Doubt.SEVERAL_PHONES}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("29546", date(1980, 11, 21)),
        ("1980-11-21", date(1980, 11, 21)),
        ("1980-11-21 00:00:00", date(1980, 11, 21)),
        ("1980-11-21T09:30:00", date(1980, 11, 21)),
        ("21/11/1980", date(1980, 11, 21)),
        ("21.11.1980", date(1980, 11, 21)),
        ("21-11-1980", date(1980, 11, 21)),
        ("1/2/1980", date(1980, 2, 1)),
        ("21/11/80", date(1980, 11, 21)),
        ("05/03/11", date(2011, 3, 5)),
        ("21111980", date(1980, 11, 21)),
        ("19801121", date(1980, 11, 21)),
        ("01/01/1975", date(1975, 1, 1)),
    ],
)
def test_a_birth_date_is_read_in_every_shape(text: str, day: date) -> None:
    assert person(birth_on=text)[0].birth_on == day


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("01/01/yyyy", Doubt.DATE_UNREADABLE),
        ("11/21/1980", Doubt.DATE_UNREADABLE),
        ("00/00/1980", Doubt.DATE_UNREADABLE),
        ("1980", Doubt.DATE_UNREADABLE),
        ("31/02/1980", Doubt.DATE_UNREADABLE),
        ("vers 1980", Doubt.DATE_UNREADABLE),
        ("21/11/2027", Doubt.DATE_IMPOSSIBLE),
        ("21/11/1880", Doubt.DATE_IMPOSSIBLE),
        ("05/03/12", Doubt.DATE_IMPOSSIBLE),  # a child, or 114 years: neither receives the RSA
    ],
)
def test_a_date_with_no_reading_is_left_out(text: str, doubt: Doubt) -> None:
    found, doubts = person(birth_on=text)
    assert found.birth_on is None
    assert doubts == {Field.BIRTH_ON: doubt}


def test_the_opening_of_rights_may_lie_ahead_and_two_digits_are_of_this_century() -> None:
    assert person(rights_opened_on="01/12/26")[0].rights_opened_on == date(2026, 12, 1)
    assert person(rights_opened_on="01/02/12")[0].rights_opened_on == date(2012, 2, 1)
    assert person(rights_opened_on="01/02/1985")[1] == {Field.RIGHTS_OPENED_ON: Doubt.DATE_IMPOSSIBLE}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("M.", Title.SIR),
        ("M", Title.SIR),
        ("mr", Title.SIR),
        ("MONSIEUR", Title.SIR),
        ("Mme", Title.MADAM),
        ("MME.", Title.MADAM),
        ("Mademoiselle", Title.MADAM),
    ],
)
def test_a_title_is_read_in_every_shape(text: str, title: Title) -> None:
    assert person(title=text)[0].title is title


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("dem", RsaRole.APPLICANT),
        ("DEMANDEUR", RsaRole.APPLICANT),
        ("cjt", RsaRole.SPOUSE),
        ("CONJOINT(E)", RsaRole.SPOUSE),
        ("Conjointe", RsaRole.SPOUSE),
    ],
)
def test_a_role_is_read_in_every_shape(text: str, role: RsaRole) -> None:
    assert person(role=text)[0].role is role


def test_no_title_and_no_role_are_nothing_to_doubt_and_unknown_ones_block_nothing() -> None:
    assert person()[1] == {}
    assert person(title="Docteur", role="enfant")[1] == {
        Field.TITLE: Doubt.TITLE_UNKNOWN,
        Field.ROLE: Doubt.ROLE_UNKNOWN,
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("QK4711Z", "QK4711Z"),
        ("qk 4711 z", "QK4711Z"),
        ("1234567", "1234567"),
        ("0001234567", "1234567"),
        ("1234567000", "1234567"),
        ("00012345", "0012345"),
        ("12345", "0012345"),
        ("00QK4711Z", "QK4711Z"),
    ],
)
def test_an_affiliation_number_has_seven_characters(text: str, number: str) -> None:
    assert person(affiliation_number=text)[0].affiliation_number == number


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (HIDDEN, Doubt.AFFILIATION_IS_NIR),
        ("1.80333E+12", Doubt.NUMBER_UNREADABLE),
        ("1,80333E+12", Doubt.NUMBER_UNREADABLE),
        ("0000000", Doubt.NUMBER_UNREADABLE),
        ("?", Doubt.NUMBER_UNREADABLE),
        ("1234567890123456", Doubt.NUMBER_UNREADABLE),
    ],
)
def test_what_is_no_affiliation_number_is_left_out(text: str, doubt: Doubt) -> None:
    found, doubts = person(affiliation_number=text)
    assert found.affiliation_number is None
    assert doubts == {Field.AFFILIATION_NUMBER: doubt}


@pytest.mark.parametrize(("text", "number"), [("8383", "8383"), ("8383.0", "8383"), ("a 12", "A12"), ("007", "007")])
def test_an_internal_id_is_a_text_without_the_decimals_of_a_spreadsheet(text: str, number: str) -> None:
    assert person(department_internal_id=text)[0].department_internal_id == number


def test_an_internal_id_that_lost_digits_is_left_out() -> None:
    found, doubts = person(department_internal_id="1.2345E+11")
    assert found.department_internal_id is None
    assert doubts == {Field.DEPARTMENT_INTERNAL_ID: Doubt.NUMBER_UNREADABLE}


@pytest.mark.parametrize(
    ("text", "email", "doubt"),
    [
        (" Ana.Roux@Example.FR ", "ana.roux@example.fr", None),
        ("mailto:ana@example.fr", "ana@example.fr", None),
        ("Ana Roux <ana@example.fr>", "ana@example.fr", None),
        ("ana @ example.fr", "ana@example.fr", None),
        ("ana@example.fr ; roux@example.fr", "ana@example.fr", Doubt.SEVERAL_EMAILS),
        ("hélène@example.fr", "hélène@example.fr", Doubt.EMAIL_ACCENTS),
        ("ana@example", None, Doubt.EMAIL_INVALID),
        ("ana.example.fr", None, Doubt.EMAIL_INVALID),
        ("ana@@example.fr", None, Doubt.EMAIL_INVALID),
        ('=HYPERLINK("mailto:ana@example.fr")', None, Doubt.EMAIL_INVALID),
        (f"{'a' * 250}@example.fr", None, Doubt.EMAIL_INVALID),
    ],
)
def test_an_email_is_read_doubted_or_left_out(text: str, email: str | None, doubt: Doubt | None) -> None:
    found, doubts = person(email=text)
    assert found.email == email
    assert doubts == ({Field.EMAIL: doubt} if doubt else {})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("26000 VALENCE", ("26000", "Valence")),
        ("26 000 Valence ", ("26000", "Valence")),
        ("26025 VALENCE CEDEX 9", ("26025", "Valence")),
        ("26600 TAIN-L'HERMITAGE CEDEX", ("26600", "Tain-l'Hermitage")),
        ("26500 BOURG-LÈS-VALENCE", ("26500", "Bourg-lès-Valence")),
        ("F-26150 Die", ("26150", "Die")),
        ("VALENCE", (None, "Valence")),
        ("26000", ("26000", None)),
    ],
)
def test_postcode_and_town_of_one_cell_are_told_apart(text: str, place: tuple[str | None, str | None]) -> None:
    found, doubts = person(postcode_city=text)
    assert (found.postcode, found.city) == place
    assert doubts == {}


def test_an_address_in_one_cell_is_told_apart_and_no_fixed_abode_stays_as_written() -> None:
    whole = person(address="12 rue du Lac, 26000 VALENCE CEDEX")[0]
    assert (whole.address, whole.postcode, whole.city) == ("12 rue du Lac", "26000", "Valence")
    beside = person(address="Route de 26000 pas", postcode="26150", city="DIE")[0]
    assert (beside.address, beside.postcode, beside.city) == ("Route de 26000 pas", "26150", "Die")
    nowhere = person(address="Sans domicile fixe", address_more="CCAS de Die")[0]
    assert (nowhere.address, nowhere.postcode) == ("Sans domicile fixe, CCAS de Die", None)


def test_a_postcode_gets_its_zero_back_and_nonsense_is_left_out() -> None:
    assert person(postcode="7000")[0].postcode == "07000"
    assert person(postcode="260")[1] == {Field.POSTCODE: Doubt.POSTCODE_INVALID}
    assert person(commune_insee="26362")[0].commune_insee == "26362"
    assert person(commune_insee="Valence")[1] == {Field.COMMUNE_INSEE: Doubt.NUMBER_UNREADABLE}


@pytest.mark.parametrize(
    ("text", "name"),
    [("N'DIAYE-MARTIN", "N'Diaye-Martin"), ("élodie", "Élodie"), ("McCartney", "McCartney"), ("DA SILVA", "Da Silva")],
)
def test_a_name_all_in_capitals_gets_small_letters(text: str, name: str) -> None:
    assert cells.read_name(text) == name


@pytest.mark.parametrize("missing", ["first_name", "last_name"])
def test_a_row_without_a_name_says_so_at_the_name(missing: str) -> None:
    assert person(**{missing: " - "})[1] == {Field(missing): Doubt.NAME_MISSING}


def test_texts_longer_than_their_column_are_cut_and_said() -> None:
    found, doubts = person(address="x" * 300, last_name="y" * 100)
    assert len(found.address or "") == 200
    assert len(found.last_name) == 80
    assert doubts == {Field.ADDRESS: Doubt.TOO_LONG, Field.LAST_NAME: Doubt.TOO_LONG}


def test_tags_are_words_between_separators_each_once() -> None:
    assert person(tags="Garage, garage ; Bus|")[0].tags == ("garage", "Bus")


@pytest.mark.parametrize("space", [" ", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "\t"])
def test_a_social_security_number_is_hidden_whichever_spaces_part_it(space: str) -> None:
    number = "1 85 11 26 362 001 15".replace(" ", space)
    assert without_nir(f"son numéro : {number}.") == f"son numéro : {HIDDEN}."
    assert without_nir("185112636200115\n3 rue du Lac") == f"{HIDDEN}\n3 rue du Lac"

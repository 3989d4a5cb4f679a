"""Headers as people write them; what we don't know is dropped before anything is kept."""

from __future__ import annotations

import pytest

from invitations.errors import UploadRefused
from invitations.uploads.columns import recognise
from invitations.uploads.headers import Field, field_of
from invitations.uploads.nir import HIDDEN
from invitations.uploads.reading import Sheet, Why, read
from tests.invitations.lists import csv


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("N° Allocataire", Field.AFFILIATION_NUMBER),
        ("N° CAF", Field.AFFILIATION_NUMBER),
        ("Nº CAF", Field.AFFILIATION_NUMBER),
        ("numéro  d’allocataire", Field.AFFILIATION_NUMBER),
        ("MATRICULE", Field.AFFILIATION_NUMBER),
        ("Civilité", Field.TITLE),
        ("TYPE PERSONNE", Field.TITLE),
        ("Nom bénéficiaire", Field.LAST_NAME),
        ("NOM", Field.LAST_NAME),
        ("Prénom bénéficiaire ", Field.FIRST_NAME),
        ("Prenom(s)", Field.FIRST_NAME),
        ("Nom de naissance", Field.BIRTH_NAME),
        ("Date de\nNaissance", Field.BIRTH_ON),
        ("Né(e) le :", Field.BIRTH_ON),
        ("Adresse", Field.ADDRESS),
        ("Complément d'adresse", Field.ADDRESS_MORE),
        ("CP Ville", Field.POSTCODE_CITY),
        ("Code postal", Field.POSTCODE),
        ("Ville", Field.CITY),
        ("Code INSEE", Field.COMMUNE_INSEE),
        ("Rôle", Field.ROLE),
        ("ROLE PERSONNE", Field.ROLE),
        ("ID IODAS\t", Field.DEPARTMENT_INTERNAL_ID),
        ("ID pôle Emploi", Field.FRANCE_TRAVAIL_ID),
        ("Identifiant France Travail", Field.FRANCE_TRAVAIL_ID),
        ("Adresses\nMails", Field.EMAIL),
        ("E-mail", Field.EMAIL),
        ("ADRESSE ELECTRONIQUE DOSSIER", Field.EMAIL),
        ("N°\nTéléphones", Field.PHONE),
        ("Tél.", Field.PHONE),
        ("NUMERO TELEPHONE DOSSIER", Field.PHONE),
        ("NUMERO TELEPHONE 2 DOSSIER", Field.PHONE),
        ("DATE DEBUT DROITS - DEVOIRS", Field.RIGHTS_OPENED_ON),
        ("Date d'ouverture de droits", Field.RIGHTS_OPENED_ON),
        ("Tags", Field.TAGS),
        ("NOM RESPONSABLE DOSSIER", Field.HOLDER_LAST_NAME),
        ("PRENOM RESPONSABLE DOSSIER", Field.HOLDER_FIRST_NAME),
    ],
)
def test_a_header_is_known_whatever_its_writing(header: str, field: Field) -> None:
    assert field_of(header) is field


@pytest.mark.parametrize(
    "header",
    ["", "Revenus", "DATE DEMANDE RSA", "NUMERO DEMANDE RSA", "Lieu du rdv", "1er RDV structure", "N°", "Téléphone du référent"],
)  # fmt: skip
def test_a_header_that_says_something_else_is_not_taken(header: str) -> None:
    assert field_of(header) is None


def test_unknown_columns_are_dropped_and_their_names_kept() -> None:
    table = recognise(read(csv("Nom;Prénom;NIR;Revenus;;Tél", "Roux;Ana;1809926362123;1200;x;0639980001"), "l.csv"))
    assert table.ignored == ["NIR", "Revenus"]
    assert table.columns == {"Nom": Field.LAST_NAME, "Prénom": Field.FIRST_NAME, "Tél": Field.PHONE}
    assert table.rows == [(2, {Field.LAST_NAME: "Roux", Field.FIRST_NAME: "Ana", Field.PHONE: "0639980001"})]


def test_a_title_and_a_date_may_stand_above_the_header() -> None:
    table = recognise(
        read(csv("Liste des bénéficiaires;;", "au 24/11/2026;;", "Nom;Prénom;Tél", "Roux;Ana;1"), "l.csv")
    )
    assert [position for position, _ in table.rows] == [4]


def test_the_sheet_with_a_header_is_found_behind_another() -> None:
    sheets = [Sheet("Notice", [(1, ["À lire"])]), Sheet("Liste", [(1, ["Nom", "Prénom"]), (2, ["Roux", "Ana"])])]
    assert len(recognise(sheets).rows) == 1


def test_several_phone_columns_make_one_cell_and_a_second_name_column_is_left_aside() -> None:
    table = recognise(read(csv("Nom;Prénom;Tél;Portable;Nom", "Roux;Ana;0465710001;0639980001;Autre"), "l.csv"))
    assert table.rows[0][1][Field.PHONE] == "0465710001 ; 0639980001"
    assert table.rows[0][1][Field.LAST_NAME] == "Roux"
    assert table.ignored == ["Nom"]


def test_rows_that_say_nothing_in_known_columns_are_no_rows() -> None:
    table = recognise(read(csv("Nom;Prénom;Total", "Roux;Ana;1", ";;0", ";;0"), "l.csv"))
    assert len(table.rows) == 1


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (csv("Roux;Ana;0639980001", "Diallo;Awa;0639980002"), Why.NO_HEADER),
        (csv("Prénom;Tél", "Ana;0639980001"), Why.NO_HEADER),
        (csv("Nom;Prénom", ";", " ; "), Why.NO_ROWS),
        (csv(" ", ";"), Why.NO_ROWS),
    ],
)
def test_a_file_without_header_or_people_is_refused(content: bytes, why: Why) -> None:
    with pytest.raises(UploadRefused) as refused:
        recognise(read(content, "liste.csv"))
    assert refused.value.details["why"] is why


@pytest.mark.parametrize(
    "stray",
    [
        "1809926362123",
        "180992636212345",
        "1 80 99 26 362 123",
        "1 80 99 26 362 123 45",
        "1-80-99-26-362-123-45",
        "1 80 99 2A 004 123 45",
        "180992b004123",
        "1809926362123.0",
        "0001809926362123",
    ],
)
def test_a_social_security_number_in_a_column_we_keep_is_hidden(stray: str) -> None:
    table = recognise(read(csv("Nom;Prénom;N° CAF", f"Roux;Ana;{stray}"), "l.csv"))
    kept = table.rows[0][1][Field.AFFILIATION_NUMBER]
    assert HIDDEN in kept
    assert "99" not in kept


def test_a_social_security_number_inside_a_sentence_is_hidden_and_phones_are_not() -> None:
    table = recognise(
        read(
            csv("Nom;Prénom;Adresse;Tél", "Roux;Ana;12 rue du Lac NIR 1809926362123;06 39 98 00 01 04 65 71 00 01"),
            "l.csv",
        )
    )
    cells = table.rows[0][1]
    assert cells[Field.ADDRESS] == f"12 rue du Lac NIR {HIDDEN}"
    assert cells[Field.PHONE] == "06 39 98 00 01 04 65 71 00 01"


@pytest.mark.parametrize(
    "phones", ["+2250102030405", "+33 6 39 98 00 01", "0639980001/0465710001", "639980001 639980002"]
)
def test_a_phone_number_is_not_taken_for_a_social_security_number(phones: str) -> None:
    table = recognise(read(csv("Nom;Prénom;Tél", f"Roux;Ana;{phones}"), "l.csv"))
    assert table.rows[0][1][Field.PHONE] == phones

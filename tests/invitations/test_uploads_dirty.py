"""The seventeen cases of dirty data (import.md), each with a file as it arrives, read and saved on both engines.

Details of each stand in the other tests of `uploads`; here is what becomes of a whole file that holds it.
"""

from __future__ import annotations

import io
import random
from datetime import date, timedelta
from itertools import product
from typing import Any

from openpyxl import Workbook
from sqlalchemy.orm import Session

from invitations.models import Beneficiary, RsaRole, Title, Verdict
from invitations.uploads import Saved
from invitations.uploads.doubts import Doubt
from invitations.uploads.reading import Why
from tests.factories import World
from tests.files.make import NIR
from tests.invitations.lists import FILES, bring, csv, everyone, preview, rows_of
from tests.invitations.test_uploads_reading import refusal


def sheet(*rows: tuple[Any, ...]) -> bytes:
    """A workbook as Excel saves it: numbers are numbers, dates are dates."""
    workbook = Workbook()
    for row in rows:
        workbook.active.append(row)  # type: ignore[union-attr]  # a new workbook has one
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def people(session: Session, world: World, content: bytes, filename: str = "liste.csv") -> list[Beneficiary]:
    bring(session, world, content, filename)
    return everyone(session)


def doubts(session: Session, world: World, content: bytes, filename: str = "liste.csv") -> list[dict[str, object]]:
    return [row.reasons for row in rows_of(session, preview(session, world, content, filename))]


def test_1_a_leading_zero_lost_from_a_phone(session: Session, world: World) -> None:
    content = sheet(("Nom", "Prénom", "Téléphone"), ("Roux", "Ana", 698943255), ("Sow", "Awa", 698943256.0))
    assert [one.phone for one in people(session, world, content, "liste.xlsx")] == ["+33698943255", "+33698943256"]


def test_2_a_nir_in_scientific_notation_is_refused_and_never_guessed(session: Session, world: World) -> None:
    numbers = ("1.80333E+12", "1,80333E+12", "1.80993E+014")
    lines = [f"Roux;Ana{place};{nir};{nir};{nir};063998000{place}" for place, nir in enumerate(numbers)]
    content = csv("Nom;Prénom;N° CAF;ID IODAS;NIR;Tél", *lines)
    unreadable = Doubt.NUMBER_UNREADABLE.value
    expected = {"affiliation_number": unreadable, "department_internal_id": unreadable}
    assert doubts(session, world, content) == [expected] * 3
    found = people(session, world, content)
    assert [(one.affiliation_number, one.department_internal_id) for one in found] == [(None, None)] * 3


def test_3_a_nir_of_13_or_15_digits_with_spaces_or_of_corsica_is_hidden_wherever_it_strayed(
    session: Session, world: World
) -> None:
    written = (
        "1809926362123",
        "180992636212341",
        "1 80 99 26 362 123 41",
        "1 80 99 2A 362 123",
        "180992B36212341",
        "1.80.99.26.362.123",
    )
    lines = [f"Roux;Ana{place};chez {nir};{nir};063998000{place};{nir}" for place, nir in enumerate(written)]
    batch = preview(session, world, csv("Nom;Prénom;Adresse;ID IODAS;Tél;NIR", *lines))
    assert "362" not in str([batch.columns, batch.ignored_columns])
    for row in rows_of(session, batch):
        assert "362" not in str([row.cells, row.reasons, row.changes])
        assert row.reasons["department_internal_id"] == Doubt.NIR_HIDDEN.value


def test_4_an_msa_number_that_is_a_nir_is_detected_and_masked(session: Session, world: World) -> None:
    numbers = (f"{NIR}", f"{NIR}41", f"00{NIR}")
    lines = [f"Roux;Ana{place};{number};dem;063998000{place}" for place, number in enumerate(numbers)]
    content = csv("Nom;Prénom;N° CAF/MSA;Rôle;Tél", *lines)
    assert doubts(session, world, content) == [{"affiliation_number": Doubt.AFFILIATION_IS_NIR.value}] * 3
    assert [one.affiliation_number for one in people(session, world, content)] == [None] * 3


COUPLE = csv(
    "Nom;Prénom;N° CAF;Rôle;ID IODAS;Tél;Mail",
    "Roux;Ana;QK4711Z;dem;12;0639980001;roux@example.fr",
    "Roux;Karim;QK4711Z;cjt;12;0639980001;roux@example.fr",
)


def test_5_and_6_a_couple_with_one_number_one_id_one_phone_and_one_email_is_two_people(
    session: Session, world: World
) -> None:
    ana, karim = people(session, world, COUPLE)
    assert (ana.first_name, ana.role, karim.first_name, karim.role) == (
        "Ana",
        RsaRole.APPLICANT,
        "Karim",
        RsaRole.SPOUSE,
    )
    assert ana.phone == karim.phone
    assert bring(session, world, COUPLE) == Saved(0, 0, 2, 0, 0)


def test_7_an_invalid_phone_matches_no_other_invalid_phone(session: Session, world: World) -> None:
    content = csv("Nom;Prénom;ID IODAS;Tél", "Roux;Ana;12;0000000000", "Roux;Ana;13;0000000000", "Sow;Ana;;0000000000")
    assert bring(session, world, content) == Saved(created=2, updated=0, unchanged=0, ambiguous=0, refused=1)


def test_8_of_several_phones_in_a_cell_the_mobile_is_kept(session: Session, world: World) -> None:
    cells = (
        "04 65 71 00 01 / 06 39 98 00 02",
        "0465710001;0639980002",
        "Tél. 0465710001 ou 06.39.98.00.02 (mère)",
        "465710001\n639980002",
    )
    content = sheet(("Nom", "Prénom", "Tél"), *(("Roux", f"Ana{place}", cell) for place, cell in enumerate(cells)))
    assert [one.phone for one in people(session, world, content, "liste.xlsx")] == ["+33639980002"] * 4


def test_9_dates_as_excel_writes_them_and_as_people_do(session: Session, world: World) -> None:
    that_day = date(1980, 11, 21)
    written: dict[object, date | None] = {
        29546: that_day,
        that_day: that_day,
        "21/11/1980": that_day,
        "1980-11-21": that_day,
        "21/11/80": that_day,
        "21/11/05": date(2005, 11, 21),
        "01/01/1975": date(1975, 1, 1),
        "31/02/1980": None,
        "21/11/2030": None,
    }
    rows = [("Roux", f"Ana{place}", f"063998000{place}", cell) for place, cell in enumerate(written)]
    found = people(session, world, sheet(("Nom", "Prénom", "Tél", "Né(e) le"), *rows), "liste.xlsx")
    assert [one.birth_on for one in found] == list(written.values())


def test_10_any_encoding_any_separator_and_headers_as_they_come(session: Session, world: World) -> None:
    headers = '"NOM\r\nbénéficiaire"', "  Prénom(s) ", "n° d’ALLOCATAIRE", "TÉL."
    line = ("Lefèvre", "Noémie", "QK4711Z", "0639980001")
    for encoding, separator in product(("utf-8-sig", "cp1252", "utf-16"), ";,\t"):
        content = "\r\n".join((separator.join(headers), separator.join(line))).encode(encoding)
        bring(session, world, content, "LISTE.CSV")
    (noemie,) = everyone(session)
    assert (noemie.last_name, noemie.first_name, noemie.affiliation_number) == ("Lefèvre", "Noémie", "QK4711Z")


def test_11_civility_and_role_in_any_writing_or_missing_block_nobody(session: Session, world: World) -> None:
    content = csv(
        "Civilité;Nom;Prénom;Rôle;N° CAF;Tél",
        "M.;Un;Ana;dem;1000001;0639980001",
        "mr;Deux;Ana;cjt;1000002;0639980002",
        "Mme;Trois;Ana;CONJOINT(E);1000003;0639980003",
        ";Quatre;Ana;;1000004;0639980004",
        "Dr;Cinq;Ana;enfant;1000005;0639980005",
    )
    assert [(one.title, one.role) for one in people(session, world, content)] == [
        (Title.SIR, RsaRole.APPLICANT),
        (Title.SIR, RsaRole.SPOUSE),
        (Title.MADAM, RsaRole.SPOUSE),
        (None, None),
        (None, None),
    ]


def test_12_an_affiliation_number_padded_with_zeros_is_the_same_number(session: Session, world: World) -> None:
    numbers = ("4711234", "0004711234", "471123400000000", "00004711234    ", "4711234.0")
    for number in numbers:
        bring(session, world, csv("Nom;Prénom;N° CAF;Rôle", f"Roux;Ana;{number};dem"))
    assert [one.affiliation_number for one in everyone(session)] == ["4711234"]


def test_13_an_address_in_one_cell_with_cedex_or_none_at_all(session: Session, world: World) -> None:
    read_as = {
        "12 rue du Lac, 26000 Valence": ("12 rue du Lac", "26000", "Valence"),
        "12 RUE DU LAC 26027 VALENCE CEDEX 9": ("12 RUE DU LAC", "26027", "Valence"),
        "SDF": ("SDF", None, None),
        "CCAS, sans domicile stable": ("CCAS, sans domicile stable", None, None),
    }
    lines = [f'Roux;Ana{place};063998000{place};"{cell}"' for place, cell in enumerate(read_as)]
    found = people(session, world, csv("Nom;Prénom;Tél;Adresse", *lines))
    assert [(one.address, one.postcode, one.city) for one in found] == list(read_as.values())


def test_14_the_same_file_shuffled_among_empty_rows_with_formulas_and_blanks_changes_nothing(
    session: Session, world: World
) -> None:
    header = ("Nom", "Prénom", "ID IODAS", "Tél", "Mail")
    rows: list[tuple[object, ...]] = [
        ("Roux", "Ana", 12, 639980001, "ana@example.fr"),
        ("Sow", "Awa", 13, 639980002, None),
        ("'=Hyperlink(1)", "Karim", 14, 639980003, None),
    ]
    bring(session, world, sheet(header, *rows), "liste.xlsx")
    before = [(one.id, one.updated_at, one.email, one.last_name) for one in everyone(session)]
    assert before[2][3] == "=Hyperlink(1)"
    world.now += timedelta(days=1)
    again = [("", "", None, "", ""), *rows, *[(None,) * 5] * 50, ("ROUX", "ANA", 12, None, None)]
    random.Random(7).shuffle(again)
    assert bring(session, world, sheet(header, *again), "liste.xlsx") == Saved(0, 0, 4, 0, 0)
    assert [(one.id, one.updated_at, one.email, one.last_name) for one in everyone(session)] == before


def test_15_duplicates_inside_one_file_are_one_person_or_a_question(session: Session, world: World) -> None:
    content = csv(
        "Nom;Prénom;ID IODAS;Tél",
        "Roux;Ana;12;0639980001",
        "ROUX;ANA;12;",
        "Sow;Awa;13;0639980002",
        "Sow;Awa;13;0639980003",
    )
    rows = rows_of(session, preview(session, world, content))
    assert [row.verdict for row in rows] == [
        Verdict.CREATE,
        Verdict.UNCHANGED,
        Verdict.AMBIGUOUS,
        Verdict.AMBIGUOUS,
    ]


def test_16_an_email_with_accents_is_kept_for_a_human_to_see_and_doubted(session: Session, world: World) -> None:
    content = csv("Nom;Prénom;Mail", "Roux;Ana;anaïs@example.fr")
    assert doubts(session, world, content) == [{"email": Doubt.EMAIL_ACCENTS.value}]
    assert people(session, world, content)[0].email == "anaïs@example.fr"


def test_17_what_is_too_large_or_not_what_it_says_is_refused_clearly() -> None:
    """Archives that swell: tests/invitations/test_uploads_reading.py."""
    xlsx, xls = (FILES / "departement.xlsx").read_bytes(), (FILES / "departement.xls").read_bytes()
    assert refusal(b"Roux;Ana\n" * 5_600_000, "liste.csv") is Why.TOO_LARGE  # 50 MB
    assert refusal(xlsx, "liste.csv") is Why.NOT_WHAT_IT_SAYS
    assert refusal(xls, "liste.ods") is Why.NOT_WHAT_IT_SAYS
    assert refusal(b"%PDF-1.7 ...", "liste.xlsx") is Why.NOT_WHAT_IT_SAYS

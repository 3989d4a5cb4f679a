"""The preview: what becomes of each row, and what is kept of the file."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event, func, inspect, select, text
from sqlalchemy.orm import Session

from invitations.errors import NotFound
from invitations.models import Beneficiary, FollowUp, ImportState, RsaRole, Verdict
from invitations.uploads.doubts import Doubt
from tests.factories import World
from tests.files.make import NIR
from tests.invitations.lists import FILES, bring, bring_file, csv, everyone, preview, rows_of

HEADER = "Nom;Prénom;ID IODAS;Tél;Mail;Date de naissance;N° CAF;Rôle;Tags"
ANA = "Roux;Ana;12;0639980001;ana@example.fr;01/02/1980;QK4711Z;dem;"


def verdicts(session: Session, world: World, *lines: str, header: str = HEADER) -> list[tuple[Verdict, Doubt | None]]:
    rows = rows_of(session, preview(session, world, csv(header, *lines)))
    return [(row.verdict, Doubt(row.reasons["row"]) if "row" in row.reasons else None) for row in rows]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_departement_spreadsheet_of_any_kind_is_previewed(session: Session, world: World, kind: str) -> None:
    name = f"departement.{kind}"
    batch = preview(session, world, (FILES / name).read_bytes(), name)
    assert [(row.position, row.verdict, row.reasons) for row in rows_of(session, batch)] == [(2, Verdict.CREATE, {})]
    assert batch.ignored_columns == ["PA", "NIR", "Structure", "DECISION ORIENTATION", "Revenus"]
    assert batch.columns["Date de Naissance"] == "birth_on"
    assert batch.state is ImportState.PREVIEW


def test_a_preview_touches_nobody(session: Session, world: World) -> None:
    preview(session, world, csv(HEADER, ANA))
    assert session.scalar(select(func.count()).select_from(Beneficiary)) == 0
    assert session.scalar(select(func.count()).select_from(FollowUp)) == 0


def test_what_we_do_not_need_is_in_no_table(session: Session, world: World) -> None:
    bring_file(session, world, "departement.xlsx")
    bring_file(session, world, "cnaf_contacts_with_nir.csv")
    bring(session, world, csv(HEADER, f"Morel;Léa;13;0639980009;;;{NIR};dem;NIR {NIR}"))
    session.flush()
    for table in inspect(session.connection()).get_table_names():
        for row in session.execute(text(f"SELECT * FROM {table}")):
            assert str(NIR) not in str(row), table
            assert "987654" not in str(row), f"an income in {table}"


def test_an_organisation_that_does_not_handle_the_category_imports_nothing(session: Session, world: World) -> None:
    other = world.make_category(code="rsa_accompagnement")
    world.category = other
    with pytest.raises(NotFound):
        preview(session, world, csv(HEADER, ANA))


def test_what_differs_is_shown_old_and_new_and_what_only_looks_different_is_not(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    line = "ROUX;ANA;12;06 39 98 00 02;ANA@EXAMPLE.FR;1980-02-01;0QK4711Z;Demandeur;Garage"
    (row,) = rows_of(session, preview(session, world, csv(HEADER, line)))
    assert row.verdict is Verdict.UPDATE
    assert row.changes == {"phone": ["+33639980001", "+33639980002"], "tags": [None, "Garage"]}
    assert row.beneficiary_id == everyone(session)[0].id


def test_blanks_and_unreadable_cells_erase_nothing(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    assert verdicts(session, world, "Roux;Ana;12;06 39;ana@;;;;") == [(Verdict.UNCHANGED, None)]


def test_two_unreadable_phones_do_not_match_each_other(session: Session, world: World) -> None:
    found = verdicts(session, world, "Roux;Ana;12;06 39;;;;;", "Roux;Ana;13;06 39;;;;;")
    assert found == [(Verdict.CREATE, None), (Verdict.CREATE, None)]


def test_a_landline_never_replaces_a_number_that_is_there(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    (row,) = rows_of(session, preview(session, world, csv(HEADER, "Roux;Ana;12;0465710001;;;;;")))
    assert (row.verdict, row.reasons) == (Verdict.UNCHANGED, {"phone": Doubt.LANDLINE_LEFT_OUT.value})
    bring(session, world, csv(HEADER, "Diallo;Awa;13;;;;;;"))
    (row,) = rows_of(session, preview(session, world, csv(HEADER, "Diallo;Awa;13;0465710001;;;;;")))
    assert row.changes == {"phone": [None, "+33465710001"]}


def test_a_file_does_not_undo_what_the_person_corrected_while_messages_arrive_there(
    session: Session, world: World
) -> None:
    bring(session, world, csv(HEADER, ANA))
    (ana,) = everyone(session)
    ana.phone, ana.phone_corrected_at = "+33639980777", world.now
    session.flush()
    (row,) = rows_of(session, preview(session, world, csv(HEADER, ANA)))
    assert (row.verdict, row.reasons) == (Verdict.UNCHANGED, {"phone": Doubt.CORRECTED_BY_PERSON.value})
    ana.phone_dead_at = world.now
    session.flush()
    bring(session, world, csv(HEADER, ANA))
    session.refresh(ana)
    assert (ana.phone, ana.phone_corrected_at, ana.phone_dead_at) == ("+33639980001", None, None)


def test_an_email_with_accents_does_not_replace_one_that_works(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    (row,) = rows_of(session, preview(session, world, csv(HEADER, "Roux;Ana;12;;anaïs@example.fr;;;;")))
    assert (row.verdict, row.reasons) == (Verdict.UNCHANGED, {"email": Doubt.WORSE_EMAIL_LEFT_OUT.value})


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (";Ana;12;;;;;;", Doubt.NAME_MISSING),
        ("Roux;;12;;;;;;", Doubt.NAME_MISSING),
        ("Roux;Ana;;;;01/02/1980;;;", Doubt.NO_IDENTIFIER),
        ("Roux;Ana;;06;ana@;;;;", Doubt.NO_IDENTIFIER),
        ("Roux;Ana;;;;;QK4711Z;;", Doubt.NO_IDENTIFIER),
    ],
)
def test_only_a_row_without_name_or_identifier_is_refused(
    session: Session, world: World, line: str, why: Doubt
) -> None:
    assert verdicts(session, world, line) == [(Verdict.REFUSED, why)]


def test_couples_of_one_file_are_two_people(session: Session, world: World) -> None:
    karim = "Roux;Karim;12;0639980001;ana@example.fr;03/04/1981;QK4711Z;cjt;"
    assert verdicts(session, world, ANA, karim) == [(Verdict.CREATE, None), (Verdict.CREATE, None)]


def test_the_same_person_twice_in_a_file_is_one(session: Session, world: World) -> None:
    rows = rows_of(session, preview(session, world, csv(HEADER, "Roux;Ana;12;;;;;;", "ROUX;ANA;12;0639980001;;;;;")))
    assert [row.verdict for row in rows] == [Verdict.CREATE, Verdict.UNCHANGED]
    assert rows[1].reasons == {"row": Doubt.SAME_AS_ROW.value, "rows": [2]}


def test_two_rows_that_say_different_things_of_one_person_are_a_question(session: Session, world: World) -> None:
    other = ANA.replace("0639980001", "0639980002")
    rows = rows_of(session, preview(session, world, csv(HEADER, ANA, other)))
    assert [(row.verdict, row.reasons) for row in rows] == [
        (Verdict.AMBIGUOUS, {"row": Doubt.CONFLICTING_ROWS.value, "rows": [3]}),
        (Verdict.AMBIGUOUS, {"row": Doubt.CONFLICTING_ROWS.value, "rows": [2]}),
    ]


def test_a_row_that_fits_two_known_people_names_both(session: Session, world: World) -> None:
    two = [world.make_beneficiary(phone="+33639980001").id for _ in range(2)]
    (row,) = rows_of(session, preview(session, world, csv(HEADER, "Bernard;Inès;;0639980001;;;;;")))
    assert row.verdict is Verdict.AMBIGUOUS
    assert row.reasons == {"row": Doubt.SEVERAL_PEOPLE.value, "candidates": two}


def test_a_stranger_with_the_same_phone_and_first_name_is_a_question(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    found = verdicts(session, world, "Kaya;Ana;99;0639980001;;05/06/1990;;;")
    assert found == [(Verdict.AMBIGUOUS, Doubt.SOMEBODY_ELSE)]


def test_a_person_of_another_organisation_joins_and_their_old_values_stay_unseen(
    session: Session, world: World
) -> None:
    bring(session, world, csv(HEADER, ANA))
    world.organisation = world.make_organisation()
    world.make_settings()
    (row,) = rows_of(session, preview(session, world, csv(HEADER, ANA.replace("0639980001", "0639980002"))))
    assert (row.verdict, row.reasons) == (Verdict.UPDATE, {"row": Doubt.KNOWN_ELSEWHERE.value})
    assert row.changes == {"phone": [None, "+33639980002"], "membership": [None, "active"]}


# The CNAF contact file


def test_the_contact_file_completes_the_list_by_household_and_role(session: Session, world: World) -> None:
    bring_file(session, world, "departement.xlsx")
    (row,) = rows_of(session, preview(session, world, (FILES / "cnaf_contacts.csv").read_bytes(), "cnaf_contacts.csv"))
    assert row.verdict is Verdict.UPDATE
    assert row.changes == {
        "email": ["luis@example.org", "l.ferreira@example.fr"],
        "phone": ["+33639980001", "+33639980002"],  # the mobile of the two numbers
        "rights_opened_on": [None, "2026-02-01"],
    }


def test_two_rows_of_the_contact_file_about_one_person_are_a_question(session: Session, world: World) -> None:
    bring_file(session, world, "departement.xlsx")
    luis = everyone(session)[0].id
    content = (FILES / "cnaf_contacts_with_nir.csv").read_bytes()
    rows = rows_of(session, preview(session, world, content, "cnaf_contacts_with_nir.csv"))
    assert [row.verdict for row in rows] == [Verdict.AMBIGUOUS, Verdict.AMBIGUOUS]
    assert rows[0].reasons == {"row": Doubt.CONFLICTING_ROWS.value, "rows": [3], "candidates": [luis]}


def contacts(*lines: str) -> bytes:
    header = "MATRICULE;ROLE PERSONNE;NOM RESPONSABLE DOSSIER;PRENOM RESPONSABLE DOSSIER;NUMERO TELEPHONE DOSSIER"
    return csv(header, *lines)


def test_the_contact_file_completes_a_spouse_whom_it_does_not_name(session: Session, world: World) -> None:
    spouse = "Sow;Karim;13;;;;QK4711Z;cjt;"
    bring(session, world, csv(HEADER, ANA, spouse))
    bring(session, world, contacts("QK4711Z;CONJOINT(E);ROUX;ANA;0639980005"))
    ana, karim = everyone(session)
    assert (ana.phone, karim.phone) == ("+33639980001", "+33639980005")
    assert (karim.first_name, karim.last_name, karim.role) == ("Karim", "Sow", RsaRole.SPOUSE)


def test_the_contact_file_creates_no_spouse_it_cannot_name(session: Session, world: World) -> None:
    (row,) = rows_of(session, preview(session, world, contacts("QK4711Z;CONJOINT(E);ROUX;ANA;0639980005")))
    assert (row.verdict, row.reasons) == (Verdict.REFUSED, {"row": Doubt.NOT_IN_LIST.value})


def test_a_household_number_under_another_name_is_a_question(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    (row,) = rows_of(session, preview(session, world, contacts("QK4711Z;DEMANDEUR;KAYA;MEHMET;0639980005")))
    assert row.verdict is Verdict.AMBIGUOUS
    assert row.reasons["row"] == Doubt.NAMES_DIFFER.value


def test_the_contact_file_does_not_rewrite_what_the_list_says(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    content = csv(
        "MATRICULE;ROLE PERSONNE;TYPE PERSONNE;NOM RESPONSABLE DOSSIER;PRENOM RESPONSABLE DOSSIER",
        "QK4711Z;DEMANDEUR;MADAME;ROUX-SOW;ANA MARIE",
        "ZZ11111;DEMANDEUR;MADAME;ROUX;ANA",
    )
    rows = rows_of(session, preview(session, world, content))
    assert rows[0].verdict is Verdict.AMBIGUOUS  # the last name differs: a human looks
    assert rows[1].verdict is Verdict.CREATE


# How much it costs


def queries(session: Session, world: World, count: int) -> int:
    said: list[str] = []
    lines = [f"Nom{n};Ana;{n};063998{n:04d};p{n}@example.fr;;{1000000 + n};dem;Garage" for n in range(count)]
    batch = preview(session, world, csv(HEADER, *lines))

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", remember)
    preview(session, world, csv(HEADER, *lines))
    event.remove(session.get_bind(), "before_cursor_execute", remember)
    session.delete(rows_of(session, batch)[0])
    return len(said)


def test_the_number_of_queries_does_not_grow_with_the_rows(session: Session, world: World) -> None:
    assert queries(session, world, 300) <= queries(session, world, 3) + 1  # PostgreSQL inserts by pages of 1,000


def test_the_day_is_that_of_the_departement(session: Session, world: World) -> None:
    world.now = world.now.replace(hour=23, minute=30)  # already the 25th in Paris
    bring(session, world, csv("Nom;Prénom;Mail;Né le", "Roux;Ana;a@example.fr;25/11/2026"))
    assert everyone(session)[0].birth_on == date(2026, 11, 25)

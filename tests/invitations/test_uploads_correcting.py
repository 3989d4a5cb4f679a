"""A person looks at a preview: cells corrected in place, questions decided; and what depends on it judged anew."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import uploads
from invitations.errors import ImportClosed, NotFound
from invitations.models import AuditEvent, Beneficiary, ImportBatch, ImportRow, Verdict
from invitations.uploads import Saved, correcting
from invitations.uploads.choices import Act, Choice
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from tests.factories import World
from tests.files.make import NIR
from tests.invitations.lists import bring, csv, everyone, preview, rows_of

HEADER = "Nom;Prénom;ID IODAS;Tél;Mail;Date de naissance"
ANA = "Roux;Ana;12;0639980001;ana@example.fr;01/02/1980"


def correct(session: Session, world: World, batch: ImportBatch, position: int, **cells: str) -> ImportRow:
    typed = {Field(name): text for name, text in cells.items()}
    correcting.correct(session, batch, position, typed, agent_id=world.agent.id, now=world.now)
    return row_at(session, batch, position)


def choose(
    session: Session, world: World, batch: ImportBatch, position: int, act: Act | None, person_id: int | None = None
) -> ImportRow:
    correcting.choose(
        session,
        batch,
        position,
        Choice(act, person_id) if act else None,
        organisation_ids=[world.organisation.id],
        agent_id=world.agent.id,
        now=world.now,
    )
    return row_at(session, batch, position)


def row_at(session: Session, batch: ImportBatch, position: int) -> ImportRow:
    return next(row for row in rows_of(session, batch) if row.position == position)


def save(session: Session, world: World, batch: ImportBatch) -> Saved:
    return uploads.save(session, batch, agent_id=world.agent.id, now=world.now)


# Cells


def test_a_refused_row_comes_in_once_its_cell_is_corrected(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, "Roux;;12;06 39;;"))
    row = correct(session, world, batch, 2, first_name="Ana", phone="06 39 98 00 01")
    assert (row.verdict, row.reasons) == (Verdict.CREATE, {})
    assert save(session, world, batch) == Saved(1, 0, 0, 0, 0)
    assert everyone(session)[0].phone == "+33639980001"


def test_a_correction_that_cannot_be_read_stays_as_it_was_typed(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, "Roux;Ana;12;06 39;;"))
    row = correct(session, world, batch, 2, phone="06 39 98")
    assert row.cells["phone"] == "06 39 98"
    assert row.reasons == {"phone": Doubt.PHONE_INVALID.value}


def test_a_cell_emptied_says_nothing_any_more(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, "Roux;Ana;12;06 39;;"))
    row = correct(session, world, batch, 2, phone="  ")
    assert "phone" not in row.cells
    assert row.reasons == {}


def test_a_social_security_number_typed_into_a_cell_is_kept_nowhere(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, "Roux;Ana;12;06 39;;"))
    assert str(NIR) not in str(correct(session, world, batch, 2, phone=str(NIR)).cells)


def test_other_rows_that_a_correction_touches_are_judged_again(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA, "Roux;Ana;13;0639980002;;"))
    assert [row.verdict for row in rows_of(session, batch)] == [Verdict.CREATE, Verdict.CREATE]
    correct(session, world, batch, 3, department_internal_id="12")
    assert [row.verdict for row in rows_of(session, batch)] == [Verdict.AMBIGUOUS, Verdict.AMBIGUOUS]
    correct(session, world, batch, 3, phone="0639980001")
    assert [row.verdict for row in rows_of(session, batch)] == [Verdict.CREATE, Verdict.UNCHANGED]


def test_a_row_of_a_long_list_is_judged_again_with_those_of_its_person(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA, "Roux;Ana;12;0639980002;;"))
    batch.total = 5_000
    for row in rows_of(session, batch):
        row.cluster = 2
    session.flush()
    correct(session, world, batch, 3, phone="0639980001")
    assert [row.verdict for row in rows_of(session, batch)] == [Verdict.CREATE, Verdict.UNCHANGED]


def test_once_saved_nothing_is_corrected_or_decided_any_more(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA))
    save(session, world, batch)
    with pytest.raises(ImportClosed):
        correct(session, world, batch, 2, first_name="Anna")
    with pytest.raises(ImportClosed):
        choose(session, world, batch, 2, Act.OUT)


def test_a_row_that_is_not_there_is_not_found(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA))
    with pytest.raises(NotFound):
        correct(session, world, batch, 99, first_name="Anna")


def test_the_journal_says_who_corrected_which_row_and_not_what(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, "Roux;Ana;12;06 39;;"))
    correct(session, world, batch, 2, phone="0639980001")
    noted = session.scalars(select(AuditEvent).where(AuditEvent.action == "import.row_corrected")).one()
    assert (noted.agent_id, noted.details) == (world.agent.id, {"batch": batch.id, "row": 2})


# Questions


def two_known(world: World) -> tuple[Beneficiary, Beneficiary]:
    first, second = (world.make_beneficiary(phone="+33639980001") for _ in range(2))
    return first, second


ASKED = "Bernard;Inès;;0639980001;ines@example.fr;"


def test_this_person_is_the_one_and_gets_what_the_row_says(session: Session, world: World) -> None:
    first, second = two_known(world)
    batch = preview(session, world, csv(HEADER, ASKED))
    row = choose(session, world, batch, 2, Act.SAME, second.id)
    assert (row.verdict, row.beneficiary_id) == (Verdict.UPDATE, second.id)
    assert save(session, world, batch).updated == 1
    session.refresh(first)
    session.refresh(second)
    assert (first.email, second.email) != ("ines@example.fr", None)
    assert second.email == "ines@example.fr"


def test_it_is_somebody_else_and_they_are_created_once(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    content = csv(HEADER, "Kaya;Ana;99;0639980001;;05/06/1990")
    batch = preview(session, world, content)
    assert rows_of(session, batch)[0].verdict is Verdict.AMBIGUOUS
    assert choose(session, world, batch, 2, Act.OTHER).verdict is Verdict.CREATE
    assert save(session, world, batch).created == 1
    assert bring(session, world, content) == Saved(0, 0, 1, 0, 0)


def test_a_namesake_told_apart_by_a_phone_alone_is_found_again(session: Session, world: World) -> None:
    bring(session, world, csv(HEADER, ANA))
    content = csv(HEADER, "Kaya;Ana;;0639980001;;05/06/1990")
    batch = preview(session, world, content)
    choose(session, world, batch, 2, Act.OTHER)
    save(session, world, batch)
    assert bring(session, world, content) == Saved(0, 0, 1, 0, 0)


def test_a_row_left_out_changes_nobody_and_the_question_can_be_asked_again(session: Session, world: World) -> None:
    two_known(world)
    batch = preview(session, world, csv(HEADER, ASKED))
    assert choose(session, world, batch, 2, Act.OUT).verdict is Verdict.LEFT_OUT
    assert choose(session, world, batch, 2, None).verdict is Verdict.AMBIGUOUS
    choose(session, world, batch, 2, Act.OUT)
    assert save(session, world, batch) == Saved(0, 0, 0, 0, 0)
    assert len(everyone(session)) == 2


def test_of_two_rows_that_disagree_one_is_kept(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA, ANA.replace("0639980001", "0639980002")))
    correcting.keep_this_one(session, batch, 3, agent_id=world.agent.id, now=world.now)
    assert [row.verdict for row in rows_of(session, batch)] == [Verdict.LEFT_OUT, Verdict.CREATE]
    save(session, world, batch)
    assert [one.phone for one in everyone(session)] == ["+33639980002"]


def test_nobody_is_chosen_whom_the_question_did_not_name_or_who_is_not_seen_here(
    session: Session, world: World
) -> None:
    two_known(world)
    stranger = world.make_beneficiary()
    elsewhere = world.make_beneficiary(organisation=world.make_organisation(), phone="+33639980001")
    batch = preview(session, world, csv(HEADER, ASKED))
    for person_id in (stranger.id, elsewhere.id, 999_999, None):
        with pytest.raises(NotFound):
            choose(session, world, batch, 2, Act.SAME, person_id)


def test_a_choice_holds_when_the_list_is_judged_again_at_the_saving(session: Session, world: World) -> None:
    _, second = two_known(world)
    batch = preview(session, world, csv(HEADER, ASKED, "Roux;Ana;12;;;"))
    choose(session, world, batch, 2, Act.SAME, second.id)
    correct(session, world, batch, 3, phone="0639980009")
    assert row_at(session, batch, 2).beneficiary_id == second.id


def test_a_preview_that_another_replaces_is_forgotten_and_a_saved_import_never(session: Session, world: World) -> None:
    batch = preview(session, world, csv(HEADER, ANA))
    correcting.discard(session, batch)
    assert session.scalar(select(ImportBatch)) is None
    saved = preview(session, world, csv(HEADER, ANA))
    save(session, world, saved)
    with pytest.raises(ImportClosed):
        correcting.discard(session, saved)

"""Where a département keeps social security numbers, they are the first of all keys; where it does not, nothing of them stays."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from invitations import duplicates, merging, nir_switch, personal_data, uploads
from invitations.department_settings import Speaker
from invitations.duplicates import Likeness
from invitations.errors import NirBeingErased, NotAllowed
from invitations.matching import find_match
from invitations.models import AuditEvent, ImportBatch, ImportState, OrganisationKind, Verdict
from invitations.sealing import Seals
from invitations.uploads import correcting, undoing
from invitations.uploads.choices import Act, Choice
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.people import Person
from tests.conftest import SECRET
from tests.factories import World
from tests.files.flow import flow, household
from tests.invitations.lists import csv, everyone, rows_of
from tests.invitations.numbers import FORMER, SEALS, give, held_by, keep_numbers, number

HEADER = "Nom;Prénom;Téléphone;NIR"
# Where the engine makes no difference: what is read of a cell, what is compared.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def keeping(world: World) -> World:
    keep_numbers(world)
    return world


def preview(world: World, content: bytes, filename: str = "liste.csv", seals: Seals | None = SEALS) -> ImportBatch:
    return uploads.plan(
        world.session,
        content=content,
        filename=filename,
        organisation_id=world.organisation.id,
        category_id=world.category.id,
        agent_id=world.agent.id,
        seals=seals,
        now=world.now,
    )


def save(world: World, batch: ImportBatch) -> uploads.Saved:
    saved = uploads.save(world.session, batch, agent_id=world.agent.id, now=world.now)
    world.session.flush()
    return saved


def speaker(world: World) -> Speaker:
    return Speaker(world.agent.id, world.organisation)


# In


def test_a_list_brings_the_number_sealed_and_keeps_nothing_of_it_once_saved(keeping: World) -> None:
    batch = preview(keeping, csv(HEADER, f"Roux;Ana;0639980001;{number(7)}"))
    [row] = rows_of(keeping.session, batch)
    assert number(7)[3:13] not in str(row.cells)
    assert save(keeping, batch).created == 1
    [person] = everyone(keeping.session)
    assert held_by(person) == number(7)
    assert Field.NIR not in rows_of(keeping.session, batch)[0].cells


def test_who_changed_everything_else_is_found_again_by_it(keeping: World) -> None:
    known = give(keeping, keeping.make_beneficiary(phone="+33639980001", email="a@example.fr"), number(7))
    batch = preview(keeping, csv(HEADER, f"{known.last_name};{known.first_name};0639980009;{number(7)[:13]}"))
    [row] = rows_of(keeping.session, batch)
    assert (row.verdict, row.beneficiary_id) == (Verdict.UPDATE, known.id)
    assert Field.NIR not in row.changes


@ON_SQLITE
def test_a_number_that_differs_is_a_question_and_never_a_merge(keeping: World) -> None:
    known = give(keeping, keeping.make_beneficiary(phone="+33639980001"), number(7))
    batch = preview(keeping, csv(HEADER, f"{known.last_name};{known.first_name};0639980001;{number(8)}"))
    [row] = rows_of(keeping.session, batch)
    assert (row.verdict, row.reasons["row"]) == (Verdict.AMBIGUOUS, Doubt.SOMEBODY_ELSE)
    correcting.choose(
        keeping.session, batch, 2, Choice(Act.SAME, known.id),
        organisation_ids=[keeping.organisation.id], agent_id=keeping.agent.id, now=keeping.now,
    )  # fmt: skip
    [row] = rows_of(keeping.session, batch)
    assert row.changes[Field.NIR] == ["•••", "1 85 •• •• ••• ••• ••"]
    save(keeping, batch)
    assert held_by(everyone(keeping.session)[0]) == number(8)


def test_two_people_with_one_number_are_a_question(keeping: World) -> None:
    for phone in ("+33639980001", "+33639980002"):
        give(keeping, keeping.make_beneficiary(phone=phone), number(7))
    batch = preview(keeping, csv(HEADER, f"Roux;Ana;0639980009;{number(7)}"))
    assert rows_of(keeping.session, batch)[0].reasons["row"] == Doubt.SEVERAL_PEOPLE


@ON_SQLITE
def test_a_blank_erases_nothing_and_matches_nobody(keeping: World) -> None:
    known = give(keeping, keeping.make_beneficiary(phone="+33639980001"), number(7))
    save(keeping, preview(keeping, csv(HEADER, f"{known.last_name};{known.first_name};0639980001;")))
    assert held_by(everyone(keeping.session)[0]) == number(7)
    assert find_match(keeping.session, keeping.department.id, Person(first_name="Ana", last_name="Roux")).ids == ()


def test_a_number_alone_is_enough_to_come_in_by_and_two_rows_with_it_are_one_person(keeping: World) -> None:
    lines = [f"Roux;Ana;;{number(7)}", f"ROUX;Ana Marie;0639980001;{number(7)}"]
    assert save(keeping, preview(keeping, csv(HEADER, *lines))).created == 1
    [person] = everyone(keeping.session)
    assert (held_by(person), person.phone) == (number(7), "+33639980001")


@ON_SQLITE
@pytest.mark.parametrize(
    ("cell", "doubt", "held"),
    [
        ("1.80333E+12", Doubt.NIR_UNREADABLE, ""),
        (f"{number(7)[:13]}99", Doubt.NIR_KEY, ""),
        (number(7), Doubt.NIR_SEX_DIFFERS, number(7)),
    ],
)
def test_what_is_wrong_with_it_is_said_and_never_repeated(keeping: World, cell: str, doubt: Doubt, held: str) -> None:
    batch = preview(keeping, csv(f"{HEADER};Civilité", f"Roux;Ana;0639980001;{cell};Mme"))
    [row] = rows_of(keeping.session, batch)
    assert row.reasons == {Field.NIR: doubt}
    assert cell not in str((row.cells, row.changes, row.reasons))
    save(keeping, batch)
    assert held_by(everyone(keeping.session)[0]) == held


@ON_SQLITE
def test_the_flow_brings_it_and_the_contact_file_joins_on_it_first(keeping: World) -> None:
    save(keeping, preview(keeping, flow(household(7)), "flux.xml"))
    [person] = everyone(keeping.session)
    digits = held_by(person)
    assert digits.startswith("1809926362")
    header = "MATRICULE;ROLE PERSONNE;NIR;NOM RESPONSABLE DOSSIER;PRENOM RESPONSABLE DOSSIER;NUMERO TELEPHONE DOSSIER"
    batch = preview(keeping, csv(header, f"9999999;DEM;{digits};{person.last_name};{person.first_name};639980042"))
    assert rows_of(keeping.session, batch)[0].beneficiary_id == person.id


@ON_SQLITE
@pytest.mark.parametrize("change", ["off", "siae", "without seals"])
def test_where_it_is_not_kept_its_column_is_one_that_we_do_not_know(keeping: World, change: str) -> None:
    if change == "off":
        keeping.department.nir_kept_since = None
    if change == "siae":
        keeping.organisation.kind = OrganisationKind.SIAE
    batch = preview(
        keeping, csv(HEADER, f"Roux;Ana;0639980001;{number(7)}"), seals=None if change == "without seals" else SEALS
    )
    assert batch.ignored_columns == ["NIR"]
    save(keeping, batch)
    assert held_by(everyone(keeping.session)[0]) == ""


def test_an_import_undone_takes_the_number_with_it_and_leaves_one_that_was_there(keeping: World) -> None:
    known = keeping.make_beneficiary(phone="+33639980001")
    batch = preview(keeping, csv(HEADER, f"{known.last_name};{known.first_name};0639980001;{number(7)}"))
    save(keeping, batch)
    keeping.session.refresh(known)
    assert held_by(known) == number(7)
    undone = undoing.undo(keeping.session, batch, agent_id=keeping.agent.id, now=keeping.now)
    assert (undone.restored, undone.kept, known.nir_sealed, known.nir_hash) == (1, 0, None, None)


# Between


def test_while_keys_change_both_are_found(keeping: World) -> None:
    before = give(keeping, keeping.make_beneficiary(phone="+33639980001"), number(7), Seals(FORMER))
    changed = Seals(SECRET, [FORMER])
    batch = preview(
        keeping, csv(HEADER, f"{before.last_name};{before.first_name};0639980009;{number(7)}"), seals=changed
    )
    [row] = rows_of(keeping.session, batch)
    assert (row.beneficiary_id, Field.NIR in row.changes) == (before.id, False)


def test_two_records_with_one_number_are_told_and_become_one(keeping: World) -> None:
    one, other = (give(keeping, keeping.make_beneficiary(phone=f"+3363998000{n}"), number(7)) for n in (1, 2))
    [found] = duplicates.find(
        keeping.session, keeping.department.id, one, organisation_ids=[keeping.organisation.id], but=one.id
    )
    assert (found.known.id, found.likenesses) == (other.id, (Likeness.NIR,))
    assert not merging.differs(one, other, "nir")


@ON_SQLITE
@pytest.mark.parametrize(("taken", "held"), [([], 7), (["nir"], 8)])
def test_merging_keeps_one_of_two_numbers_as_the_agent_says(keeping: World, taken: list[str], held: int) -> None:
    one, other = (give(keeping, keeping.make_beneficiary(phone=f"+3363998000{n}"), number(n)) for n in (7, 8))
    assert merging.differs(one, other, "nir")
    merging.merge(
        keeping.session, one, other, taken,
        organisation_id=keeping.organisation.id, agent_id=keeping.agent.id, now=keeping.now,
    )  # fmt: skip
    assert held_by(one) == number(held)


# Off


@ON_SQLITE
def test_only_the_departement_says_so_and_the_journal_keeps_it(world: World) -> None:
    world.organisation.kind = OrganisationKind.RSA_DELEGATE
    with pytest.raises(NotAllowed):
        speaker(world)
    world.organisation.kind = OrganisationKind.DEPARTMENT_COUNCIL
    for _ in range(2):
        nir_switch.keep(world.session, by=speaker(world), now=world.now)
    assert world.department.nir_kept_since == world.now
    for _ in range(2):
        nir_switch.stop(world.session, by=speaker(world), now=world.now)
    noted = world.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert noted == ["department.nir_kept", "department.nir_dropped"]


def test_switched_off_every_number_of_the_departement_goes_slice_by_slice(keeping: World) -> None:
    for n in range(5):
        give(keeping, keeping.make_beneficiary(phone=f"+3363998000{n}"), number(n + 1))
    waiting = preview(keeping, csv(HEADER, *(f"Roux;Ana{n};063998001{n};{number(n + 20)}" for n in range(3))))
    reading = preview(keeping, csv(HEADER, f"Roux;Bo;0639980019;{number(19)}"))
    reading.state = ImportState.READING  # broken off, for good
    assert nir_switch.erase_some(keeping.session) == 0
    assert nir_switch.stop(keeping.session, by=speaker(keeping), now=keeping.now) == 5
    with pytest.raises(NirBeingErased):
        nir_switch.keep(keeping.session, by=speaker(keeping), now=keeping.now)
    while nir_switch.erase_some(keeping.session, most=2):
        pass
    assert not any(held_by(one) or one.nir_hash for one in everyone(keeping.session))
    keeping.session.refresh(waiting)
    assert (waiting.ignored_columns, list(waiting.columns.values())) == (["NIR"], ["last_name", "first_name", "phone"])
    both = [*rows_of(keeping.session, waiting), *rows_of(keeping.session, reading)]
    assert not [row for row in both if Field.NIR in row.cells]
    assert not nir_switch.is_owed(keeping.session)
    nir_switch.keep(keeping.session, by=speaker(keeping), now=keeping.now)


@ON_SQLITE
def test_those_of_a_list_that_waits_are_gone_too_before_numbers_are_kept_again(keeping: World) -> None:
    preview(keeping, csv(HEADER, f"Roux;Ana;0639980001;{number(7)}"))
    assert nir_switch.stop(keeping.session, by=speaker(keeping), now=keeping.now) == 0
    with pytest.raises(NirBeingErased):
        nir_switch.keep(keeping.session, by=speaker(keeping), now=keeping.now)
    while nir_switch.erase_some(keeping.session):
        pass
    nir_switch.keep(keeping.session, by=speaker(keeping), now=keeping.now)


@ON_SQLITE
def test_what_is_handed_out_of_a_list_that_waits_holds_neither_seal_nor_hash(keeping: World) -> None:
    person = keeping.make_beneficiary(first_name="Ana", last_name="Roux", phone="+33639980001")
    batch = preview(keeping, csv(HEADER, f"Roux;Ana;0639980001;{number(7)}"))
    assert Field.NIR in rows_of(keeping.session, batch)[0].cells
    (row,) = personal_data.read(keeping.session, person, keeping.organisation)["imports"]
    assert set(row["cells"]) == {"last_name", "first_name", "phone"}


@ON_SQLITE
def test_a_list_that_waited_while_it_was_switched_off_saves_no_number(keeping: World) -> None:
    batch = preview(keeping, csv(HEADER, f"Roux;Ana;0639980001;{number(7)}"))
    keeping.department.nir_kept_since = None
    save(keeping, batch)
    assert held_by(everyone(keeping.session)[0]) == ""

"""What is handed out of a person is all that is kept of them: a column that nobody asks for fails, unless it says why."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState

from app.agents import personal_data_words
from app.column_words import NAMES
from app.labels import LABELS
from invitations import personal_data
from invitations.database import Base
from invitations.models import Beneficiary, JobCentreNotice
from invitations.personal_columns import Whose, register
from tests.conftest import NOW
from tests.factories import World
from tests.invitations.planting import Planted, tables_of_people

PEOPLE = {one.name for one in tables_of_people()} | {"job_centre_notices"}
# Personal columns that are not handed out, each with its reason. References between the rows of one person are told by
# their place in the whole: see `is_a_reference`.
NOT_HANDED_OUT = {
    "beneficiaries.first_name_key": "the first name again, without accents",
    "beneficiaries.email_key": "the address again, in small letters",
    "beneficiaries.search_key": "the names again, to search by",
    "beneficiaries.nir_sealed": "the person knows it; that it is kept is told (personal_data.NIR_KEPT)",
    "beneficiaries.nir_hash": "a keyed hash of it",
    "links.code_hash": "a keyed hash: who holds the code holds the right to act",
    "links.created_at": "the moment of the invitation or of the booking, which is told",
    "letters.code_hash": "a keyed hash",
    "participations.versions_before": "a counter of calendars",
    "messages.due_at": "when a machine looks at it next; when it left is told",
    "messages.useless_at": "when a machine gives it up",
    "messages.fell_back_at": "when a machine decided of another way; what left instead is told as a message",
    "voice_calls.concluded_at": "when a machine drew the conclusion that is told as the outcome",
    "voice_calls.stage": "the place in a call, for minutes",
    "voice_calls.step": "the place in a call, for minutes",
    "voice_calls.silences": "the place in a call, for minutes",
    "voice_calls.choices": "times that were read aloud, in tokens that say nothing without the agenda",
    "voice_calls.seen": "the same",
    "voice_calls.was_lost": "told as the outcome",
    "voice_calls.is_heard": "told as the outcome",
    "inbound_texts.read_at": "when a machine read it",
    "text_menus.number": "the person's number again",
    "text_menus.choices": "times of a message that is told, in tokens",
    "text_menus.seen": "the same",
    "text_menus.closed_at": "the text that answers is told",
    "text_menus.created_at": "the message is told",
    "import_rows.cluster": "which rows of a file were looked at together",
    "assignments.kept": "empty for as long as the person is there",
    "job_centre_notices.state": "where a machine is; what was told, and when, is handed out",
    "job_centre_notices.number_sealed": "France Travail's number of the person, told with the person",
    "job_centre_notices.told_hash": "a hash of what was told",
}


def somebody(world: World) -> Beneficiary:
    """A person with a row of everything, told to France Travail too."""
    planted = Planted(world, 1)
    notice = JobCentreNotice(
        participation_id=planted.rows["participations"]["id"], organisation_id=world.organisation.id, told_at=NOW
    )
    world.session.add(notice)
    return world.session.get_one(Beneficiary, planted.person_id)


def is_a_reference(table: str, name: str) -> bool:
    return bool(Base.metadata.tables[table].columns[name].foreign_keys) or name == "participation_id"


def asked_for(world: World, person: Beneficiary) -> set[str]:
    """The columns of which the reading takes values, as `table.column`."""
    found = {f"beneficiaries.{name}" for name in {*Beneficiary.__table__.columns.keys()} - personal_data.HIDDEN}

    def note(state: ORMExecuteState) -> None:
        for column in state.statement.selected_columns:  # type: ignore[attr-defined]
            found.update(f"{base.table.name}.{base.name}" for base in column.base_columns if base.table is not None)

    event.listen(world.session, "do_orm_execute", note)
    personal_data.read(world.session, person, world.organisation)
    event.remove(world.session, "do_orm_execute", note)
    return found


def test_every_personal_column_of_a_person_is_handed_out_or_says_why_not(world: World) -> None:
    asked = asked_for(world, world.make_beneficiary())
    personal = {
        f"{row.table}.{name}"
        for row in register()
        if row.table in PEOPLE and row.group.whose is Whose.PERSON
        for name in row.columns
        if not is_a_reference(row.table, name)
    }
    assert sorted(personal - asked - set(NOT_HANDED_OUT)) == [], (
        "hand it out (personal_data_way, _said), or say why not"
    )
    assert sorted(set(NOT_HANDED_OUT) & asked) == [], "it is handed out: its reason is no longer true"


def test_the_appointments_tell_who_receives_and_where(world: World) -> None:
    assert {"agents.display_name", "places.name", "appointment_types.name"} <= asked_for(
        world, world.make_beneficiary()
    )


def test_all_of_it_fits_json_and_paper_whatever_it_holds(world: World) -> None:
    """One row of everything, a word of its own in every text: what is not on paper is not on it by decision."""
    person = somebody(world)
    found = personal_data.read(world.session, person, world.organisation)
    assert all(found.values()), [name for name, value in found.items() if not value]
    assert json.loads(json.dumps(found)) == found
    printed = personal_data_words.record(found, person, world.organisation, NOW.date())
    headings = {one.heading for one in printed.sections}
    assert headings > set(personal_data_words.HEADINGS.values())
    assert set(found) - set(personal_data_words.HEADINGS) == {"person", "receipts", "journal"}
    said = [value for section in printed.sections for entry in section.entries for _, value in entry]
    assert all(said)


def test_it_is_the_persons_own_data_and_nobody_elses(world: World) -> None:
    gone, other = Planted(world, 1), Planted(world, 2)
    person = world.session.get_one(Beneficiary, gone.person_id)
    told = json.dumps(personal_data.read(world.session, person, world.organisation), ensure_ascii=False)
    assert [word for word in other.said if word in told] == []
    assert "hash" not in told.replace("nir_hash", "")


def test_a_nir_is_told_to_be_kept_and_not_told(world: World) -> None:
    person = world.make_beneficiary()
    assert personal_data.read(world.session, person, world.organisation)["person"]["nir_kept"] is False
    person.nir_hash, person.nir_sealed = "a hash", "sealed"
    found = personal_data.read(world.session, person, world.organisation)["person"]
    assert found["nir_kept"] is True
    assert not {"nir_hash", "nir_sealed"} & set(found)


@pytest.mark.parametrize("kinds", personal_data_words.WORDS.values(), ids=personal_data_words.WORDS)
def test_every_value_has_words(kinds: tuple[type[StrEnum], ...]) -> None:
    for kind in kinds:
        known: dict[Any, str] = personal_data_words.OWN.get(kind) or LABELS[kind]
        assert set(known) == set(kind)


def test_every_name_has_a_word(world: World) -> None:
    found = personal_data.read(world.session, somebody(world), world.organisation)
    names = {name for rows in found.values() for row in (rows if isinstance(rows, list) else [rows]) for name in row}
    assert names <= set(NAMES)

"""Long lists are judged and saved in parts by the scheduler: interrupted anywhere, no row is lost and none is doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from invitations import uploads
from invitations.database import Database
from invitations.models import (
    AuditEvent,
    Beneficiary,
    FollowUp,
    ImportBatch,
    ImportRow,
    ImportState,
    Membership,
    Verdict,
)
from invitations.uploads import progress
from invitations.uploads.doubts import Doubt
from invitations.uploads.planning import LONG, PART, purpose_of
from invitations.uploads.saving import save_rows
from tests.factories import World
from tests.files.flow import flow, household
from tests.invitations.lists import csv

HEADER = "Nom;Prénom;ID IODAS;Tél;Tags"
COUNT = LONG + 100


def lines(count: int = COUNT) -> list[str]:
    return [f"Nom{n};Ana;{n};063998{n:04d};Bus" for n in range(count)]


class PowerCut(Exception):
    """What no code of ours catches."""


class Town:
    """An organisation in a database of its own, and a scheduler that stops after so many parts."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database, self.now = database, now
        with database.writing() as session:
            self.world = World(session, now)

    def store(self, content: bytes, filename: str = "liste.csv") -> int:
        with self.database.reading() as session:
            seen = uploads.look(
                session,
                content=content,
                filename=filename,
                organisation_id=self.world.organisation.id,
                category_id=self.world.category.id,
                agent_id=self.world.agent.id,
                now=self.now,
            )
        return progress.store(self.database, seen, now=self.now)

    def go_on(self, parts: int = 1_000) -> int:
        """The work of `parts` parts at most, as if the process died after them."""
        with self.database.reading() as session:
            due = progress.due(session)
        return sum(progress.go_on(self.database, one, clock=lambda: self.now, should_stop=after(parts)) for one in due)

    def half_a_part(self, batch_id: int) -> None:
        """People of the next part are written, and the process dies before it commits."""
        with self.database.writing() as session:
            batch = session.get_one(ImportBatch, batch_id)
            row_ids, rows, _ = progress.part_after(session, batch)
            save_rows(session, purpose_of(session, batch, now=self.now), row_ids, rows, now=self.now)
            raise PowerCut

    def save(self, batch_id: int) -> None:
        with self.database.writing() as session:
            batch = session.get_one(ImportBatch, batch_id)
            uploads.save(session, batch, agent_id=self.world.agent.id, now=self.now)

    def batch(self, batch_id: int) -> ImportBatch:
        with self.database.reading() as session:
            batch = session.get_one(ImportBatch, batch_id)
            session.expunge_all()
            return batch

    def count(self, table: type) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

    def verdicts(self, batch_id: int) -> dict[Verdict, int]:
        query = select(ImportRow.verdict, func.count()).where(ImportRow.batch_id == batch_id)
        with self.database.reading() as session:
            return dict(session.execute(query.group_by(ImportRow.verdict)).all())


def after(parts: int) -> Callable[[], bool]:
    asked = iter(range(parts))
    return lambda: next(asked, None) is None


@pytest.fixture
def town(database: Database, now: datetime) -> Town:
    return Town(database, now)


def test_a_long_list_is_kept_judged_then_saved_and_tells_how_far_it_is(town: Town, database: Database) -> None:
    batch_id = town.store(csv(HEADER, *lines()))
    batch = town.batch(batch_id)
    assert (batch.state, batch.done, batch.total) == (ImportState.JUDGING, 0, COUNT)
    town.now += timedelta(minutes=1)
    assert town.go_on(1) == PART
    batch = town.batch(batch_id)
    assert (batch.state, batch.done) == (ImportState.JUDGING, PART)
    assert progress.time_left(batch, now=town.now) == timedelta(minutes=1) / PART * (COUNT - PART)
    town.go_on()
    assert town.batch(batch_id).state is ImportState.PREVIEW
    assert town.verdicts(batch_id) == {Verdict.CREATE: COUNT}
    assert town.count(Beneficiary) == 0
    town.save(batch_id)
    assert town.batch(batch_id).state is ImportState.SAVING
    town.go_on()
    batch = town.batch(batch_id)
    assert (batch.state, batch.saved_at) == (ImportState.SAVED, town.now)
    for table in (Beneficiary, Membership, FollowUp):
        assert town.count(table) == COUNT
    assert town.go_on() == 0
    with database.reading() as session:
        noted = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        assert [(one.action, one.agent_id) for one in noted] == [
            ("import.previewed", town.world.agent.id),
            ("import.saving", town.world.agent.id),
            ("import.saved", None),
        ]
        assert noted[2].details["created"] == COUNT


def test_killed_after_any_part_it_goes_on_where_it_was(town: Town) -> None:
    batch_id = town.store(csv(HEADER, *lines()))
    while town.batch(batch_id).state is ImportState.JUDGING:
        town.go_on(1)
    town.save(batch_id)
    seen = []
    while town.batch(batch_id).state is ImportState.SAVING:
        town.go_on(1)
        seen.append(town.count(Beneficiary))
    assert seen[:3] == [PART, 2 * PART, 3 * PART]
    assert town.verdicts(batch_id) == {Verdict.CREATE: COUNT}
    assert town.count(Beneficiary) == COUNT


def test_a_part_that_breaks_in_the_middle_leaves_nothing_and_is_done_again(town: Town) -> None:
    batch_id = town.store(csv(HEADER, *lines()))
    town.go_on()
    town.save(batch_id)
    town.go_on(2)
    with pytest.raises(PowerCut):
        town.half_a_part(batch_id)
    assert town.count(Beneficiary) == town.batch(batch_id).done == 2 * PART
    town.go_on()
    assert town.count(Beneficiary) == COUNT


def test_rows_about_one_person_are_judged_together_however_far_apart(town: Town) -> None:
    twice, against = "Nom7;Ana;7;;Bus", "Nom9;Ana;9;0639989999;"
    batch_id = town.store(csv(HEADER, *lines(), twice, against))
    town.go_on()
    assert town.verdicts(batch_id) == {Verdict.CREATE: COUNT - 1, Verdict.UNCHANGED: 1, Verdict.AMBIGUOUS: 2}
    with town.database.reading() as session:
        query = select(ImportRow).where(ImportRow.position == COUNT + 2)
        assert session.scalars(query).one().reasons == {"row": Doubt.SAME_AS_ROW.value, "rows": [9]}
    town.save(batch_id)
    town.go_on()
    assert town.count(Beneficiary) == COUNT - 1


def test_the_same_long_list_again_changes_nothing(town: Town) -> None:
    for expected in ({Verdict.CREATE: COUNT}, {Verdict.UNCHANGED: COUNT}):
        batch_id = town.store(csv(HEADER, *lines()))
        town.go_on()
        assert town.verdicts(batch_id) == expected
        town.save(batch_id)
        town.go_on()
    assert town.count(Beneficiary) == COUNT


def test_a_long_flow_keeps_its_couples_together(town: Town) -> None:
    content = flow(*(household(number, couple=True) for number in range(600)))
    batch_id = town.store(content, "flux.xml")
    town.go_on()
    town.save(batch_id)
    town.go_on()
    assert town.count(Beneficiary) == 1_200


def test_a_reading_that_broke_off_is_told_and_never_saved(town: Town) -> None:
    with town.database.writing() as session:
        broken = ImportBatch(
            organisation_id=town.world.organisation.id,
            category_id=town.world.category.id,
            filename="liste.csv",
            columns={},
            state=ImportState.READING,
            total=COUNT,
            created_at=town.now,
        )
        session.add(broken)
        session.flush()
        session.refresh(broken)
        session.expunge(broken)
    assert not progress.broke_off(broken, now=town.now + timedelta(minutes=1))
    assert progress.broke_off(broken, now=town.now + timedelta(hours=1))
    assert town.go_on() == 0

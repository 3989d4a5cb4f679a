"""A move handed in by page: looked at without a trace, taken in part by part, broken off anywhere and gone on with."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import event, func, select

from app.moving_house_words import MEETINGS, WORDING
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import NotAllowed, NotFound
from invitations.models import (
    AgentRole,
    Appointment,
    AuditEvent,
    Beneficiary,
    Membership,
    Message,
    MoveIn,
    MoveInPart,
    MoveInRemark,
    MoveInState,
    Participation,
    Role,
)
from invitations.moving_house import handing_in, seen
from invitations.moving_house.columns import Column, Trouble
from invitations.moving_house.handing_in import By, Choices, File, Files
from invitations.moving_house.stepping import Mover, due, step
from invitations.moving_house.tally import Tally
from tests.conftest import NOW, SECRET
from tests.invitations.test_moving_house import (
    MET,
    PEOPLE_THERE,
    QUIET,
    Town,
    count,
    elsewhere,
    field_move,
    make_lived_in,
    move_out,
    seen_in,
)

__all__ = ["elsewhere"]  # a fixture
DAY = timedelta(days=1)


class BrokenOff(BaseException):
    """As a process that is killed: nobody catches it."""


class Office:
    """Two organisations of a town, and an administrator of both who may export."""

    def __init__(self, database: Database) -> None:
        self.database, self.now = database, NOW
        with database.writing() as session:
            town = Town(session)
            self.admin = town.make_agent(role=Role.ADMIN)
            town.add(
                AgentRole(agent_id=self.admin.id, organisation_id=town.second.id, role=Role.ADMIN, may_export=True)
            )
            session.get_one(AgentRole, (self.admin.id, town.organisation.id)).may_export = True
            self.town = town

    @property
    def by(self) -> By:
        return By(self.town.organisation, self.admin, self.now)

    def mover(self, codes: Codes | None = None) -> Mover:
        return Mover(self.database, WORDING, codes or Codes(SECRET), lambda: self.now)

    def hand_in(self, people: Path, meetings: Path | None = None, *, size: int = 8, **choices: Any) -> int:
        files = Files(
            handing_in.read_people(File(people.read_bytes(), people.name), WORDING),
            handing_in.read_meetings(File(meetings.read_bytes(), meetings.name), WORDING) if meetings else None,
            (people.name, meetings.name if meetings else None),
        )
        with self.database.writing() as session:
            known = {"codes": Codes(SECRET), "by": self.by}
            rows = handing_in.group(session, files, WORDING, size=size, **known)
            return handing_in.keep(session, files, rows, Choices(**choices), WORDING, **known).id

    def go_on(self, move_id: int, codes: Codes | None = None) -> MoveIn:
        while step(self.mover(codes), move_id) is not None:
            pass
        return self.move(move_id)

    def begin(self, move_id: int) -> bool:
        with self.database.writing() as session:
            return handing_in.begin(session, handing_in.find(session, move_id, self.town.organisation.id), by=self.by)

    def take_in(self, move_id: int) -> MoveIn:
        self.go_on(move_id)
        assert self.begin(move_id)
        return self.go_on(move_id)

    def move(self, move_id: int) -> MoveIn:
        with self.database.reading() as session:
            found = session.get_one(MoveIn, move_id)
            session.expunge_all()
            return found

    def remarks(self) -> list[tuple[bool, int, bool, str]]:
        with self.database.reading() as session:
            found = session.scalars(select(MoveInRemark).order_by(MoveInRemark.of_people.desc(), MoveInRemark.number))
            return [(one.of_people, one.number, one.is_left_out, one.whys) for one in found]


@contextmanager
def broken_off(database: Database, after: int) -> Iterator[None]:
    """The process dies at some statement."""
    left = [after]

    def die(*_: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise BrokenOff

    event.listen(database.engine, "before_cursor_execute", die)
    try:
        yield
    except BrokenOff:
        pass
    finally:
        event.remove(database.engine, "before_cursor_execute", die)


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_broken_off_anywhere_it_goes_on_and_everything_is_there_once(
    database: Database, elsewhere: Database, tmp_path: Path
) -> None:
    make_lived_in(database, 1)
    office, dice = Office(elsewhere), random.Random(8)
    moved = move_out(database, tmp_path / "files")
    move_id = office.hand_in(moved.people, moved.meetings, size=50)
    looked_at = office.go_on(move_id)
    assert looked_at.state is MoveInState.PREVIEW
    assert [count(elsewhere, one) for one in (Beneficiary, Participation, MoveInRemark)] == [0, 0, 0]
    assert office.begin(move_id)
    for _ in range(4):
        with broken_off(elsewhere, dice.randint(5, 150)):
            office.go_on(move_id)
    office.go_on(move_id)
    done = office.move(move_id)
    assert (done.counts, done.counts["people"]) == (looked_at.counts, PEOPLE_THERE)
    assert done.done == done.total
    with database.reading() as before, elsewhere.reading() as after:
        assert seen_in(after) == seen_in(before)
    assert [count(elsewhere, one) for one in (Message, MoveInPart)] == [0, 0]
    again = office.take_in(office.hand_in(moved.people, moved.meetings, size=200))
    known = Tally(people_known=PEOPLE_THERE, participations_known=done.counts["participations"])
    assert Tally(**again.counts) == known


def test_what_is_left_out_is_told_with_its_line_and_what_came_in_leaves_nothing(office: Office, tmp_path: Path) -> None:
    people = [QUIET, {**QUIET, Column.FIRST_NAME: ""}, {**QUIET, Column.FIRST_NAME: "Zoé", Column.PHONE: "12"}]
    meetings = [QUIET | MET, QUIET | MET | {Column.TYPE: "Pétanque"}]
    moved = field_move(tmp_path, people, meetings)
    move_id = office.hand_in(moved.people, moved.meetings)
    told = [
        (True, 3, True, Trouble.NO_NAME.value),
        (True, 4, False, Trouble.CELL_LEFT_OUT.value),
        (False, 3, True, Trouble.TYPE_UNKNOWN.value),
    ]
    office.go_on(move_id)
    assert office.remarks() == told
    office.begin(move_id)
    done = office.go_on(move_id)
    assert office.remarks() == told
    with office.database.reading() as session:
        found = seen.see(session, done)
        assert found.left_out == {(True, Trouble.NO_NAME): 1, (False, Trouble.TYPE_UNKNOWN): 1}
        kept = [(one.number, cells[Column.LAST_NAME]) for one, cells in seen.left_out(session, done, of_people=False)]
        assert kept == [(3, "Rose")]
        cells = session.scalars(select(MoveInRemark.cells).where(MoveInRemark.is_left_out.is_(False))).all()
        assert cells == [None]


class BrokenCodes(Codes):
    """An error of ours, in the link of whoever is expected."""

    def derive(self, *_: Any, **__: Any) -> str:
        raise RuntimeError("ours")


def test_a_workbook_is_read_as_its_text_would_be(office: Office, tmp_path: Path) -> None:
    """Days and hours that the spreadsheet keeps as such, a line of title above the header."""
    book = Workbook()
    sheet = book.active
    assert sheet
    wanted = [Column.LAST_NAME, Column.FIRST_NAME, Column.EMAIL, Column.ON, Column.AT, Column.TYPE]
    wanted += [Column.ORGANISATION, Column.OUTCOME]
    met = QUIET | MET
    sheet.append(["Export du 2 mars"])
    sheet.append([MEETINGS[one] for one in wanted])
    said = {Column.ON: datetime(2026, 3, 10), Column.AT: time(9, 30)}  # noqa: DTZ001  (a cell has no zone)
    sheet.append([said.get(one, met[one]) for one in wanted])
    book.save(tmp_path / "rdv.xlsx")
    moved = field_move(tmp_path, [QUIET], [])
    done = office.take_in(office.hand_in(moved.people, tmp_path / "rdv.xlsx"))
    assert (done.counts["people"], done.counts["participations"], done.counts["left_out"]) == (1, 1, 0)
    with office.database.reading() as session:
        starts_at = session.scalars(select(Appointment.starts_at)).one()
    assert starts_at.astimezone(office.town.department.zone).strftime("%d/%m/%Y %H:%M") == "10/03/2026 09:30"


def test_an_error_of_ours_leaves_out_the_lines_that_it_broke_over(office: Office, tmp_path: Path) -> None:
    other = {**QUIET, Column.LAST_NAME: "Morel", Column.EMAIL: "m@exemple.fr", Column.PHONE: "0639980099"}
    other |= {Column.AFFILIATION_NUMBER: "7654321"}
    to_come = {Column.ON: "10/03/2027", Column.OUTCOME: "RDV à venir"}
    moved = field_move(tmp_path, [QUIET, other], [QUIET | MET, other | MET | to_come])
    move_id = office.hand_in(moved.people, moved.meetings, holder_id=office.town.agent.id)
    office.go_on(move_id)
    office.begin(move_id)
    with pytest.raises(RuntimeError):
        office.go_on(move_id, BrokenCodes(SECRET))
    assert step(office.mover(BrokenCodes(SECRET)), move_id, is_careful=True) == 4
    done = office.go_on(move_id)
    assert (done.state, done.counts["people"], done.counts["left_out"]) == (MoveInState.DONE, 1, 2)
    assert office.remarks() == [(True, 3, True, "ours"), (False, 3, True, "ours")]


def test_nothing_is_written_where_they_do_not_administer(office: Office, tmp_path: Path) -> None:
    with office.database.writing() as session:
        session.get_one(AgentRole, (office.admin.id, office.town.second.id)).may_export = False
    moved = field_move(tmp_path, [QUIET], [QUIET | MET | {Column.ORGANISATION: "Mission locale"}])
    done = office.take_in(office.hand_in(moved.people, moved.meetings))
    assert (done.counts["people"], done.counts["appointments"]) == (1, 0)
    assert office.remarks() == [
        (True, 2, False, Trouble.ORGANISATION_UNKNOWN.value),
        (False, 2, True, Trouble.ORGANISATION_UNKNOWN.value),
    ]
    with office.database.reading() as session:
        assert session.scalars(select(Membership.organisation_id)).all() == [office.town.organisation.id]


def test_only_an_administrator_who_may_export_moves_in(office: Office, tmp_path: Path) -> None:
    moved = field_move(tmp_path, [QUIET], [])
    move_id = office.hand_in(moved.people)
    office.go_on(move_id)
    with office.database.writing() as session:
        session.get_one(AgentRole, (office.admin.id, office.town.organisation.id)).may_export = False
    with pytest.raises(NotAllowed):
        office.begin(move_id)
    with pytest.raises(NotAllowed):
        office.hand_in(moved.people)
    with office.database.reading() as session, pytest.raises(NotFound):
        handing_in.find(session, move_id, office.town.second.id)
    assert count(office.database, Beneficiary) == 0


@pytest.mark.parametrize(("is_begun", "kept"), [(False, 7 * DAY), (True, 30 * DAY)])
def test_nothing_of_the_files_is_kept_for_long(office: Office, tmp_path: Path, is_begun: bool, kept: timedelta) -> None:
    moved = field_move(tmp_path, [QUIET, {**QUIET, Column.FIRST_NAME: ""}], [])
    move_id = office.hand_in(moved.people)
    office.go_on(move_id)
    if is_begun:
        office.begin(move_id)
        office.go_on(move_id)
    assert forgotten(office, NOW + kept) == 0
    assert forgotten(office, NOW + kept + DAY) == 1
    assert [count(office.database, one) for one in (MoveIn, MoveInPart, MoveInRemark)] == [0, 0, 0]


def forgotten(office: Office, now: datetime) -> int:
    with office.database.writing() as session:
        return handing_in.forget(session, now=now)


def test_two_schedulers_take_each_line_in_once(office: Office, tmp_path: Path) -> None:
    people = [
        {**QUIET, Column.LAST_NAME: f"Rose{one}", Column.EMAIL: f"rose{one}@exemple.fr", Column.PHONE: ""}
        | {Column.AFFILIATION_NUMBER: ""}
        for one in range(12)
    ]
    moved = field_move(tmp_path, people, [])
    move_id = office.hand_in(moved.people, size=4)
    office.go_on(move_id)
    office.begin(move_id)
    while office.move(move_id).state is MoveInState.MOVING:
        for mover in (office.mover(), office.mover()):
            step(mover, move_id)
    with office.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 12
        assert due(session) == []
        acts = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    assert acts == ["department.move_handed_in", "department.move_begun", "department.moved_in"]

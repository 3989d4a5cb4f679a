"""The whole of a move: part by part, each in a transaction of its own. Broken off, it is begun anew: nothing doubles."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import Database
from invitations.moving_house import meetings_in, people_in
from invitations.moving_house.columns import MEETINGS_NEED, PEOPLE_NEED, Column, Refused, Trouble
from invitations.moving_house.details import read
from invitations.moving_house.lines import Line, lines, parts
from invitations.moving_house.setting import Setting
from invitations.moving_house.sheets import read_lines
from invitations.moving_house.tally import Tally
from invitations.uploads.reading import KINDS, Kind

PART = 1_000  # lines

TakeIn = Callable[[Session, Setting, list[Line]], Tally]


@dataclass(frozen=True, slots=True)
class Move:
    """What there is to take in."""

    people: Path
    meetings: Path | None = None


@dataclass(slots=True)
class Done:
    """A part that is in: whether of the people's file, its troubles by line, and how much it was."""

    of_people: bool
    tally: Tally
    troubles: list[tuple[int, Trouble]] = field(default_factory=list)


def check(move: Move, setting: Setting) -> None:
    """Whether both files are what they should be, before anything is taken in; the people of the first are listed.

    Raises OSError, UploadRefused.
    """
    for line in _lines(move.people, setting.wording.people, PEOPLE_NEED):
        try:
            setting.listed.add(str(read(line[Column.DETAILS]).get("person", "")))
        except Refused:
            continue  # told when the line is taken in
    setting.listed.discard("")
    if move.meetings is not None:
        next(_lines(move.meetings, setting.wording.meetings, MEETINGS_NEED), None)


def take_in(database: Database, move: Move, setting: Setting) -> Iterator[Done]:
    """Everything, for good."""
    check(move, setting)
    total = Tally()
    for of_people, part, act in _parts(move, setting):
        with database.writing() as session:
            tally = act(session, setting, part)
        total += tally
        yield _done(of_people, part, tally)
    with database.writing() as session:
        journal.note(
            session,
            "department.moved_in",
            now=setting.now,
            organisation_id=setting.organisation_id,
            people=total.people,
            appointments=total.appointments,
            participations=total.participations,
            left_out=total.left_out,
        )


def preview(database: Database, move: Move, setting: Setting) -> Iterator[Done]:
    """The same in one transaction, of which nothing stays. On SQLite nobody else writes meanwhile."""
    with database.writing() as session:
        check(move, setting)
        for of_people, part, act in _parts(move, setting):
            tally = act(session, setting, part)
            session.expunge_all()
            yield _done(of_people, part, tally)
        session.rollback()


def _parts(move: Move, setting: Setting) -> Iterator[tuple[bool, list[Line], TakeIn]]:
    for part in parts(_lines(move.people, setting.wording.people, PEOPLE_NEED), PART):
        yield True, part, people_in.take_in
    if move.meetings is not None:
        for part in parts(_lines(move.meetings, setting.wording.meetings, MEETINGS_NEED), PART):
            yield False, part, meetings_in.take_in


def _lines(path: Path, names: Mapping[str, Column], needed: Collection[Column]) -> Iterator[Line]:
    """Of a text, however long; of a spreadsheet, which is read whole, as by page. Raises OSError, UploadRefused."""
    if KINDS.get(path.suffix.lower(), Kind.TEXT) is Kind.TEXT:
        yield from lines(path, names, needed)
    else:
        yield from read_lines(path.read_bytes(), path.name, names, needed).lines


def _done(of_people: bool, part: list[Line], tally: Tally) -> Done:
    return Done(of_people, tally, [(line.number, why) for line in part for why in dict.fromkeys(line.troubles)])

"""A move handed in by page goes on part by part, whatever stops in between: how far it has come stands beside what was done.

Looked at, a part is taken in by a transaction of which nothing stays; begun, by one that stays. So a preview says what will be done
of people as they are now; two people of different parts who want the same hour of one agent are told apart by the move alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from invitations import journal
from invitations.codes import Codes
from invitations.database import Database, locked
from invitations.models import MoveIn, MoveInPart, MoveInRemark, MoveInState
from invitations.moving_house import meetings_in, people_in
from invitations.moving_house.columns import Column, Trouble, Wording, stops
from invitations.moving_house.lines import Line
from invitations.moving_house.setting import Setting, setting_within
from invitations.moving_house.tally import Tally
from invitations.moving_house.together import Told

AT_WORK = (MoveInState.LOOKING, MoveInState.MOVING)
Groups = list[list[Told]]


@dataclass(frozen=True, slots=True)
class Mover:
    """What moving needs beside the tables."""

    database: Database
    wording: Wording
    codes: Codes
    clock: Callable[[], datetime]


@dataclass(slots=True)
class Part:
    """The next lines of a move, and where they are taken in."""

    move: MoveIn
    position: int
    groups: Groups
    setting: Setting
    tally: Tally = field(default_factory=Tally)

    def lines(self) -> Iterator[Told]:
        for group in self.groups:
            yield from group


def due(session: Session) -> list[int]:
    """The moves that have work left, the oldest first."""
    return list(session.scalars(select(MoveIn.id).where(MoveIn.state.in_(AT_WORK)).order_by(MoveIn.id)))


def step(mover: Mover, move_id: int, *, is_careful: bool = False) -> int | None:
    """Look at the next part, or take it in. Returns how many lines, None when nothing is left or somebody else is at it.

    `is_careful`: what belongs together apart from the rest, and left out as ours when we break over it.
    """
    with mover.database.writing() as session:
        part = _next_part(session, mover, move_id)
        if part is None:
            return None
        _take_in(session, part, is_careful=is_careful)
        if part.move.state is MoveInState.MOVING:
            return _note(session, part)
        reached = part.move.reached
        session.rollback()
    with mover.database.writing() as session:
        move = _held(session, move_id)
        if move is None or (move.state, move.reached) != (MoveInState.LOOKING, reached):
            return None
        part.move = move
        _count_sessions_once(session, part)
        return _note(session, part)


def _held(session: Session, move_id: int) -> MoveIn | None:
    found: MoveIn | None = session.scalars(
        locked(select(MoveIn).where(MoveIn.id == move_id), skip=True).execution_options(populate_existing=True)
    ).first()
    return found


def _next_part(session: Session, mover: Mover, move_id: int) -> Part | None:
    """And the end of the move, when none is left."""
    move = _held(session, move_id)
    if move is None or move.state not in AT_WORK:
        return None
    query = select(MoveInPart).where(MoveInPart.move_in_id == move_id, MoveInPart.position > move.reached)
    found = session.scalars(query.order_by(MoveInPart.position).limit(1)).first()
    if found is None:
        _finish(session, move, now=mover.clock())
        return None
    setting = setting_within(
        session,
        mover.wording,
        organisation_id=move.organisation_id,
        organisation_ids=move.organisation_ids,
        codes=mover.codes,
        now=mover.clock(),
    )
    setting.category_id, setting.agent_id = move.category_id, move.holder_id
    setting.with_reminders = move.with_reminders
    listed = select(MoveInPart.listed).where(MoveInPart.move_in_id == move_id)
    setting.listed = {uid for uids in session.scalars(listed) for uid in uids}
    session.expunge(found)
    return Part(move, found.position, _read(found), setting)


def _read(part: MoveInPart) -> Groups:
    return [
        [
            (of_people, Line(number, {Column(name): text for name, text in cells.items()}))
            for of_people, number, cells in group
        ]
        for group in part.lines
    ]


def _take_in(session: Session, part: Part, *, is_careful: bool) -> None:
    if not is_careful:
        part.tally = _all_of(session, part.setting, list(part.lines()))
        return
    for group in part.groups:
        try:
            with session.begin_nested():
                part.tally += _all_of(session, part.setting, group)
        except OperationalError:  # the database, not these lines
            raise
        except Exception:  # noqa: BLE001  (told before as a whole; whatever these lines hold, the others come in)
            part.tally += Tally(left_out=len(group))
            for _, line in group:
                line.troubles[:] = [Trouble.OURS]


def _all_of(session: Session, setting: Setting, lines: Sequence[Told]) -> Tally:
    """Everybody before their appointments."""
    tally = Tally()
    for of_people, act in ((True, people_in.take_in), (False, meetings_in.take_in)):
        those = [line for is_of_people, line in lines if is_of_people is of_people]
        if those:
            tally += act(session, setting, those)
    return tally


def _count_sessions_once(session: Session, part: Part) -> None:
    """Of what nothing has stayed, each part would make the sessions anew."""
    of_move = MoveInPart.move_in_id == part.move.id
    query = select(MoveInPart.sessions).where(of_move, MoveInPart.position < part.position)
    before = {one for some in session.scalars(query) for one in some}
    part.tally.appointments -= len(part.setting.sessions & before)
    session.execute(
        update(MoveInPart)
        .where(of_move, MoveInPart.position == part.position)
        .values(sessions=sorted(part.setting.sessions))
    )


def _note(session: Session, part: Part) -> int:
    """How far it has come, and what could not be carried over."""
    remarks = [_remark(part.move.id, of_people, line) for of_people, line in part.lines() if line.troubles]
    if remarks:
        session.execute(insert(MoveInRemark), remarks)
    lines = sum(map(len, part.groups))
    part.move.reached, part.move.done = part.position, part.move.done + lines
    part.move.counts = asdict(Tally(**part.move.counts) + part.tally)
    return lines


def _remark(move_id: int, of_people: bool, line: Line) -> dict[str, object]:
    whys = list(dict.fromkeys(line.troubles))
    stopping = [why for why in whys if stops(why, of_people=of_people)]
    return {
        "move_in_id": move_id,
        "of_people": of_people,
        "number": line.number,
        "is_left_out": bool(stopping),
        "whys": " ".join(stopping or whys),
        "cells": line.cells if stopping else None,
    }


def _finish(session: Session, move: MoveIn, *, now: datetime) -> None:
    if move.state is MoveInState.LOOKING:
        move.state, move.done, move.reached = MoveInState.PREVIEW, 0, 0
        return
    move.state, move.settled_at = MoveInState.DONE, now
    session.execute(delete(MoveInPart).where(MoveInPart.move_in_id == move.id))
    total = Tally(**move.counts)
    journal.note(
        session,
        "department.moved_in",
        now=now,
        organisation_id=move.organisation_id,
        agent_id=move.agent_id,
        move_in_id=move.id,
        people=total.people,
        appointments=total.appointments,
        participations=total.participations,
        left_out=total.left_out,
    )

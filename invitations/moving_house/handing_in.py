"""A move handed in by page: its files are read and kept in parts; looked at, begun and dropped by an administrator who may export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from invitations import exports, journal
from invitations.codes import Codes
from invitations.database import locked
from invitations.errors import NotAllowed, NotFound
from invitations.models import (
    Agent,
    AgentRole,
    MoveIn,
    MoveInPart,
    MoveInRemark,
    MoveInState,
    Organisation,
    Role,
)
from invitations.moving_house.columns import MEETINGS_NEED, PEOPLE_NEED, Wording
from invitations.moving_house.setting import Setting, setting_within
from invitations.moving_house.sheets import Handed, read_lines
from invitations.moving_house.together import Told, parts, uid_of

PART = 250  # lines; a part holds SQLite's only writer for a fraction of a second
# A move that nobody has begun; what one that is over says of the lines left out.
UNBEGUN = timedelta(days=7)
TOLD = timedelta(days=30)
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class By:
    """Which administrator acts, for which organisation, when."""

    organisation: Organisation
    agent: Agent
    now: datetime


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """`category_id`: what the invitations in the people's file were for. `holder_id`: who holds the appointments to come that name
    nobody."""

    category_id: int | None = None
    holder_id: int | None = None
    with_reminders: bool = True


@dataclass(frozen=True, slots=True)
class Files:
    """Both files, read; nothing of them is written anywhere yet."""

    people: Handed
    meetings: Handed | None
    names: tuple[str, str | None]


def check_may_move(session: Session, by: By) -> None:
    """An administrator who may export, there: as much comes in as goes out. Raises NotAllowed."""
    role = session.get(AgentRole, (by.agent.id, by.organisation.id))
    if role is None or role.role is not Role.ADMIN:
        raise NotAllowed
    exports.check_may_export(session, by.agent.id, [by.organisation.id])


def reach(session: Session, by: By) -> list[int]:
    """The organisations of the département that they may do this for."""
    query = (
        select(AgentRole.organisation_id)
        .join(Organisation, Organisation.id == AgentRole.organisation_id)
        .where(
            AgentRole.agent_id == by.agent.id,
            AgentRole.role == Role.ADMIN,
            AgentRole.may_export,
            Organisation.department_id == by.organisation.department_id,
        )
    )
    return list(session.scalars(query.order_by(AgentRole.organisation_id)))


def read_people(file: File, wording: Wording) -> Handed:
    """Raises UploadRefused."""
    return read_lines(file.content, file.name, wording.people, PEOPLE_NEED)


def read_meetings(file: File, wording: Wording) -> Handed:
    """Raises UploadRefused."""
    return read_lines(file.content, file.name, wording.meetings, MEETINGS_NEED)


def group(
    session: Session, files: Files, wording: Wording, *, codes: Codes, by: By, size: int = PART
) -> list[dict[str, Any]]:
    """The lines in parts, as rows that wait for their move: work to be done while nobody waits for it. Raises NotAllowed."""
    check_may_move(session, by)
    setting = _setting(session, wording, codes=codes, by=by)
    meetings = files.meetings.lines if files.meetings else []
    return [
        _row(place, groups) for place, groups in enumerate(parts(files.people.lines, meetings, setting, size=size), 1)
    ]


def keep(
    session: Session,
    files: Files,
    rows: Sequence[dict[str, Any]],
    choices: Choices,
    wording: Wording,
    *,
    codes: Codes,
    by: By,
) -> MoveIn:
    """For the scheduler to look at. Raises NotAllowed."""
    check_may_move(session, by)
    setting = _setting(session, wording, codes=codes, by=by)
    meetings = files.meetings.dropped if files.meetings else []
    move = MoveIn(
        organisation_id=by.organisation.id,
        organisation_ids=sorted(setting.organisations.values()),
        agent_id=by.agent.id,
        category_id=choices.category_id if choices.category_id in setting.categories.values() else None,
        holder_id=choices.holder_id if choices.holder_id in setting.agents.values() else None,
        with_reminders=choices.with_reminders,
        people_file=files.names[0][-LONGEST_NAME:],
        meetings_file=files.names[1][-LONGEST_NAME:] if files.names[1] else None,
        dropped_columns=list(dict.fromkeys([*files.people.dropped, *meetings])),
        total=sum(row["size"] for row in rows),
        started_at=by.now,
        created_at=by.now,
    )
    session.add(move)
    session.flush()
    session.execute(insert(MoveInPart), [{**row, "move_in_id": move.id} for row in rows])
    _note(session, "department.move_handed_in", move, by, lines=move.total)
    return move


def _setting(session: Session, wording: Wording, *, codes: Codes, by: By) -> Setting:
    return setting_within(
        session,
        wording,
        organisation_id=by.organisation.id,
        organisation_ids=reach(session, by),
        codes=codes,
        now=by.now,
    )


def _row(place: int, groups: Sequence[Sequence[Told]]) -> dict[str, Any]:
    return {
        "position": place,
        "size": sum(map(len, groups)),
        "lines": [[[of_people, line.number, line.cells] for of_people, line in group] for group in groups],
        "listed": [uid for group in groups for of_people, line in group if of_people and (uid := uid_of(line))],
    }


def find(session: Session, move_id: int, organisation_id: int, *, is_held: bool = False) -> MoveIn:
    """One of this organisation; `is_held`: until the transaction ends. Raises NotFound."""
    query = select(MoveIn).where(MoveIn.id == move_id)
    found: MoveIn | None = session.scalars(locked(query) if is_held else query).first()
    if found is None or found.organisation_id != organisation_id:
        raise NotFound
    return found


def begin(session: Session, move: MoveIn, *, by: By) -> bool:
    """From here on the scheduler takes it in. False when it was begun already. Raises NotAllowed."""
    check_may_move(session, by)
    if move.state is not MoveInState.PREVIEW:
        return False
    _forget_remarks(session, [move.id])
    move.state, move.reached, move.done, move.counts = MoveInState.MOVING, 0, 0, {}
    move.organisation_ids, move.agent_id, move.started_at = reach(session, by), by.agent.id, by.now
    _note(session, "department.move_begun", move, by)
    return True


def drop(session: Session, move: MoveIn, *, by: By) -> bool:
    """Nothing of it is kept any more: neither what waited, nor what is told of the lines left out. False while it goes on."""
    check_may_move(session, by)
    if move.state is MoveInState.MOVING:
        return False
    _note(session, "department.move_dropped", move, by)
    _delete(session, [move.id])
    return True


def take_report(session: Session, move: MoveIn, *, by: By) -> None:
    """Note who takes the lines left out with them. Raises NotAllowed."""
    check_may_move(session, by)
    _note(session, "department.move_report_taken", move, by)


def forget(session: Session, *, now: datetime) -> int:
    """Drop what nobody has begun for a week, and what was over a month ago. Returns how many."""
    unbegun = MoveIn.state.in_([MoveInState.LOOKING, MoveInState.PREVIEW]), MoveIn.created_at < now - UNBEGUN
    over = select(MoveIn.id).where(MoveIn.settled_at < now - TOLD)
    gone = list(session.scalars(over.union(select(MoveIn.id).where(*unbegun))))
    _delete(session, gone)
    return len(gone)


def _delete(session: Session, ids: list[int]) -> None:
    if ids:
        _forget_remarks(session, ids)
        session.execute(delete(MoveInPart).where(MoveInPart.move_in_id.in_(ids)))
        session.execute(delete(MoveIn).where(MoveIn.id.in_(ids)))


def _forget_remarks(session: Session, ids: list[int]) -> None:
    session.execute(delete(MoveInRemark).where(MoveInRemark.move_in_id.in_(ids)))


def _note(session: Session, action: str, move: MoveIn, by: By, **counts: int) -> None:
    journal.note(
        session,
        action,
        now=by.now,
        organisation_id=by.organisation.id,
        agent_id=by.agent.id,
        move_in_id=move.id,
        **counts,
    )

"""What a new file changes of what is kept: rows that are new, changed, gone. Only these are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.models import Department, UsefulKind, UsefulPlace
from invitations.useful_places.schema import Kept

T = TypeVar("T")

_COLUMNS = [getattr(UsefulPlace, name) for name in Kept._fields]
_AT_ONCE = 500  # rows of one statement


@dataclass(frozen=True, slots=True)
class Changes:
    """`changed`: what is kept now, by its id, and what will be. `gone`: by id."""

    new: list[Kept]
    changed: dict[int, tuple[Kept, Kept]]
    gone: dict[int, Kept]
    same: int

    @property
    def present(self) -> int:
        """How many are kept now."""
        return self.same + len(self.changed) + len(self.gone)


def compare(session: Session, kept: Sequence[Kept], *, department_id: int, kind: UsefulKind) -> Changes:
    """What keeping these would change. One query."""
    rows = session.execute(
        select(UsefulPlace.id, *_COLUMNS)
        .where(UsefulPlace.department_id == department_id, UsefulPlace.kind == kind)
        .order_by(UsefulPlace.name, UsefulPlace.id)
    )
    present = {(row.source, row.reference): (row.id, Kept(*row[1:])) for row in rows}
    new: list[Kept] = []
    changed: dict[int, tuple[Kept, Kept]] = {}
    same = 0
    for one in kept:
        id_, before = present.pop((one.source, one.reference), (0, None))
        if before is None:
            new.append(one)
        elif before == one:
            same += 1
        else:
            changed[id_] = (before, one)
    return Changes(new, changed, dict(present.values()), same)


def keep(session: Session, kept: Sequence[Kept], *, department_id: int, kind: UsefulKind, now: datetime) -> Changes:
    """Make the table say what the file says. Two at once wait for each other."""
    session.execute(locked(select(Department.id).where(Department.id == department_id)))
    changes = compare(session, kept, department_id=department_id, kind=kind)
    made = {"department_id": department_id, "kind": kind, "created_at": now}
    for part in _parts([one._asdict() | made for one in changes.new]):
        session.execute(insert(UsefulPlace), part)
    for part in _parts([after._asdict() | {"id": id_} for id_, (_, after) in changes.changed.items()]):
        session.execute(update(UsefulPlace), part)
    for ids in _parts(sorted(changes.gone)):
        session.execute(delete(UsefulPlace).where(UsefulPlace.id.in_(ids)))
    return changes


def _parts(values: list[T]) -> list[list[T]]:
    return [values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE)]

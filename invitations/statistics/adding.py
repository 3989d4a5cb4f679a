"""The query behind every figure: sums of some pieces of time, each added as often as it counts, in one statement.

A piece is read by its own key, along the index, and put together before it is added to the others. A statement is made once for
each kind of question: what is asked about changes its parameters alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    Subquery,
    bindparam,
    cast,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from invitations import rows
from invitations.database import among, days_between, is_postgresql
from invitations.models import WHOLE, FigureSpan, Organisation
from invitations.statistics.pieces import Piece
from invitations.statistics.reading_asked import Scope

# Kinds of questions: what they tell apart, what they ask for, how many pieces there are of which span.
_STATEMENTS = 500
_OWN, _APART, _TOGETHER = "own", "apart", "together"


@dataclass(frozen=True, slots=True)
class Question:
    """Which `sums` of a table by which `keys`: of each sum its column, and the place in `times` of how often it is added.

    `is_dated`: of days, only what had happened to their people by `last`, `days` after they were addressed.
    """

    table: Any
    keys: tuple[str, ...]
    sums: tuple[tuple[str, int], ...]
    is_dated: bool = False


@dataclass(frozen=True, slots=True)
class _Kind:
    """All that the words of a statement depend on."""

    question: Question
    scope: str
    pieces: tuple[tuple[FigureSpan, int, bool], ...]
    asked: tuple[str, ...]
    postgresql: bool


def ask(
    session: Session, question: Question, scope: Scope, pieces: Sequence[Piece], **asked: Any
) -> Sequence[Row[*tuple[Any, ...]]]:
    """The keys, then the sums, but those of nobody. `asked`: by column, what it may be; and `last`, where `is_dated`."""
    if not pieces:
        return []
    kind = _Kind(
        question=question,
        scope=_scope(question, scope),
        pieces=tuple((one.span, len(one.times), one.on is not None) for one in pieces),
        asked=tuple(sorted(name for name in asked if name != "last")),
        postgresql=is_postgresql(session),
    )
    where = (
        {"organisations": list(scope.organisation_ids)} if kind.scope == _OWN else {"department": scope.department_id}
    )
    found = rows.read(session, _statement(kind), {**where, **asked, **dict(_bounds(pieces))})
    return [row for row in found if any(row[len(question.keys) :])]


def ask_alone(session: Session) -> None:
    """Until the transaction ends PostgreSQL calls no other process to its aid: that takes longer than these sums do."""
    if is_postgresql(session):
        session.connection().exec_driver_sql("SELECT set_config('max_parallel_workers_per_gather', '0', true)")


def _scope(question: Question, scope: Scope) -> str:
    if scope.department_id is None:
        return _OWN
    return _APART if "organisation_id" in question.keys else _TOGETHER


def _bounds(pieces: Sequence[Piece]) -> Iterator[tuple[str, Any]]:
    for number, one in enumerate(pieces):
        yield from ((f"first_{number}", one.first), (f"after_{number}", one.after))
        yield from ((f"times_{number}_{place}", times) for place, times in enumerate(one.times))
        if one.on is not None:
            yield f"on_{number}", one.on


@lru_cache(_STATEMENTS)
def _statement(kind: _Kind) -> Select[Any]:
    parts = union_all(*(_part(kind, number) for number in range(len(kind.pieces)))).subquery("parts")
    keys = [parts.c[f"by_{name}"] for name in kind.question.keys]
    sums = [_added(parts, name, place) for name, place in kind.question.sums]
    return select(*keys, *sums).group_by(*keys)


def _added(parts: Subquery, name: str, place: int) -> ColumnElement[int]:
    """A whole number: PostgreSQL's sum of long integers is not one."""
    return cast(func.sum(parts.c[name] * parts.c[f"times_{place}"]), BigInteger)


def _part(kind: _Kind, number: int) -> Select[Any]:
    """One piece of time, by the keys asked for."""
    question, (span, places, is_told_otherwise) = kind.question, kind.pieces[number]
    table = question.table
    told = {"on": bindparam(f"on_{number}", type_=Date)} if is_told_otherwise else {}
    keys = [(told.get(name, getattr(table, name))).label(f"by_{name}") for name in question.keys]
    times = [bindparam(f"times_{number}_{place}", type_=Integer).label(f"times_{place}") for place in range(places)]
    names = dict.fromkeys(name for name, _ in question.sums)
    query = select(*keys, *times, *(func.sum(getattr(table, name)).label(name) for name in names)).where(
        table.span == span,
        table.on >= bindparam(f"first_{number}", type_=Date),
        table.on < bindparam(f"after_{number}", type_=Date),
        *(getattr(table, name).in_(bindparam(name, expanding=True)) for name in kind.asked),
    )
    if question.is_dated and span is FigureSpan.DAY:
        last = bindparam("last", type_=Date)
        query = query.where(table.days <= days_between(table.on, last, postgresql=kind.postgresql))
    grouped = [getattr(table, name) for name in sorted(question.keys, key=_is_word) if name not in told]
    return query.where(*_within(kind)).group_by(*grouped)


def _is_word(column: str) -> bool:
    """Numbers and days are told apart faster than words."""
    return column in {"arm", "kind", "channel", "entry", "mobile"}


def _within(kind: _Kind) -> list[ColumnElement[bool]]:
    """In the scope. With its organisations and its département, a piece's sums lie side by side in the index."""
    table, department = kind.question.table, bindparam("department", type_=Integer)
    if kind.scope == _TOGETHER:
        return [table.organisation_id == WHOLE, table.department_id == department]
    if kind.scope == _APART:
        theirs = select(Organisation.id).where(Organisation.department_id == department)
        return [_one_of(table.organisation_id, theirs, kind), table.department_id == department]
    own = select(Organisation.department_id).where(among(Organisation.id, "organisations", postgresql=kind.postgresql))
    of_theirs = among(table.organisation_id, "organisations", postgresql=kind.postgresql)
    return [of_theirs, _one_of(table.department_id, own, kind)]


def _one_of(column: Any, query: Select[Any], kind: _Kind) -> ColumnElement[bool]:
    """PostgreSQL asks first, then looks the found ones up; left to itself it joins, and reads far more of the index."""
    if kind.postgresql:
        return column == func.any(func.array(query.scalar_subquery()))  # type: ignore[no-any-return]
    return column.in_(query)  # type: ignore[no-any-return]

"""Limits on trying, shared by processes and machines through the database: the codes of letters today, whatever else
must not be guessed tomorrow.

Who tries is kept as a keyed hash. A limit is so many tries in a window that slides: what was counted in the window before
this one counts for the part of it that is not over yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from math import ceil
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, Float, Integer, String, bindparam, delete, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from invitations import rows
from invitations.codes import Codes
from invitations.database import UtcDateTime, is_postgresql
from invitations.errors import TooManyTries
from invitations.models import Tries

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SHORTEST_WAIT = timedelta(minutes=1)
# What is older counts for nothing.
KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries in any `window` on a `surface` by one party. `window` is shorter than KEPT_FOR / 2."""

    surface: str
    most: int
    window: timedelta = timedelta(minutes=15)

    def window_of(self, now: datetime) -> datetime:
        return _EPOCH + (now - _EPOCH) // self.window * self.window


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who tries, or a group of them, under one limit. `name` is never stored."""

    limit: Limit
    name: str

    def who(self, codes: Codes) -> str:
        return codes.hide(f"tries {self.limit.surface}", self.name)


def check(session: Session, parties: Sequence[Party], *, codes: Codes, now: datetime) -> None:
    """Raises TooManyTries (details: `until`, `surface`) when one of them has no try left. One query."""
    counted = _counted(session, [one.who(codes) for one in parties])
    for one in parties:
        until = _closed_until(one.limit, counted.get((one.limit.surface, one.who(codes)), {}), now)
        if until is not None:
            raise TooManyTries(until=until, surface=one.limit.surface)


def spend(session: Session, party: Party, *, codes: Codes, now: datetime) -> int:
    """Count one more, and answer how many are left for now: one statement, which two at once can't both be the last of.

    Raises TooManyTries when none was left; that is not counted.
    """
    limit, who = party.limit, party.who(codes)
    window_at = limit.window_of(now)
    fading = 1 - (now - window_at) / limit.window
    given = {_SURFACE: limit.surface, _WHO: who, _MOST: limit.most, _FADING: fading}
    given |= {_WINDOW: window_at, _FORMER: window_at - limit.window}
    counted = rows.run(session, _spending("postgresql" if is_postgresql(session) else "sqlite"), given).one_or_none()
    if counted is None:
        check(session, [party], codes=codes, now=now)
        raise TooManyTries(until=now + SHORTEST_WAIT, surface=limit.surface)
    room: float = limit.most - (counted.tries + counted.before * fading)
    return max(0, ceil(room))


def is_over(session: Session, party: Party, *, codes: Codes, now: datetime) -> bool:
    """True when a party has no try left, for whoever does something else about it than refuse."""
    try:
        check(session, [party], codes=codes, now=now)
    except TooManyTries:
        return True
    return False


def count(session: Session, parties: Sequence[Party], *, codes: Codes, now: datetime) -> None:
    """Count one more try for each. One statement, whose rows are always written in the same order."""
    rows = sorted(
        (
            {
                "surface": one.limit.surface,
                "who": one.who(codes),
                "window_at": one.limit.window_of(now),
                "count": 1,
            }
            for one in parties
        ),
        key=lambda row: (row["surface"], row["who"]),
    )
    dialect: Any = postgresql if is_postgresql(session) else sqlite
    session.execute(
        dialect.insert(Tries)
        .values(rows)
        .on_conflict_do_update(index_elements=["surface", "who", "window_at"], set_={"count": Tries.count + 1})
    )


def forget(session: Session, *, now: datetime) -> int:
    """Drop what counts for nothing any more. Returns how many rows."""
    old = delete(Tries).where(Tries.window_at < now - KEPT_FOR)
    return cast(CursorResult[Any], session.execute(old)).rowcount


def _counted(session: Session, whos: Sequence[str]) -> dict[tuple[str, str], dict[datetime, int]]:
    counted: dict[tuple[str, str], dict[datetime, int]] = {}
    for row in session.execute(
        select(Tries.surface, Tries.who, Tries.window_at, Tries.count.label("tries")).where(Tries.who.in_(whos))
    ):
        counted.setdefault((row.surface, row.who), {})[row.window_at] = row.tries
    return counted


def _closed_until(limit: Limit, counted: dict[datetime, int], now: datetime) -> datetime | None:
    """When the next try is possible, or None when one is left."""
    window_at = limit.window_of(now)
    before, present = counted.get(window_at - limit.window, 0), counted.get(window_at, 0)
    if present >= limit.most:  # in the next window this one is the former: it must have faded below the limit
        fading = 1 - (limit.most - 1) / present
        return window_at + limit.window + limit.window * fading
    elapsed = (now - window_at) / limit.window
    if present + before * (1 - elapsed) < limit.most:
        return None
    return window_at + limit.window * (1 - (limit.most - present - 1) / before)


_SURFACE, _WHO, _WINDOW, _FORMER, _MOST, _FADING = "surface", "who", "window_at", "former_at", "most", "fading"


@cache
def _spending(engine: str) -> Executable:
    """One more in this window, if there is room beside what fades of the one before; how many there are in each."""
    dialect: Any = {"postgresql": postgresql, "sqlite": sqlite}[engine]
    surface, who = bindparam(_SURFACE, type_=String), bindparam(_WHO, type_=String)
    other = aliased(Tries)
    former = other.window_at == bindparam(_FORMER, type_=UtcDateTime)
    before = func.coalesce(
        select(other.count).where(other.surface == surface, other.who == who, former).scalar_subquery(), 0
    )
    fading, most = bindparam(_FADING, type_=Float), bindparam(_MOST, type_=Integer)
    first = select(surface, who, bindparam(_WINDOW, type_=UtcDateTime), literal(1)).where(before * fading < most)
    return (  # type: ignore[no-any-return]
        dialect.insert(Tries)
        .from_select(["surface", "who", "window_at", "count"], first)
        .on_conflict_do_update(
            index_elements=["surface", "who", "window_at"],
            set_={"count": Tries.count + 1},
            where=Tries.count + before * fading < most,
        )
        .returning(Tries.count.label("tries"), before.label("before"))
    )

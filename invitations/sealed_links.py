"""Links as they lie in the database: found by their code whatever key they are sealed under, and sealed anew slice by slice.

What a release before `v1` kept lies as a plain hash (`codes`). It is sealed by a job while everything runs, and both open;
what lies under a former key is sealed by `rdv keys renew`. Nobody's code is needed for either. A slice is a transaction:
killed and begun anew, what is left is done. Which keys are in use is read from the index, a look for each, whatever is in the
table: what lies under one key begins alike (`Codes.prefixes`). Those beginnings sort the same way in every language's order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, bindparam, delete, func, inspect, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.orm.util import identity_key

from invitations.codes import KIND, Codes
from invitations.database import Database, locked
from invitations.matching import chunks
from invitations.models import AgentLink, CalendarFeed, Link
from invitations.sealing import SealBroken

COLUMNS: dict[str, InstrumentedAttribute[Any]] = {
    "links of people": Link.code_hash,
    "addresses of agents' own calendars": CalendarFeed.code_hash,
    "links emailed to agents": AgentLink.code_hash,
}
SLICE = 500
PLAIN = ""  # what is not sealed yet, among the beginnings
_BEGINNING = len(KIND) + 8
# For a query put together once: `Codes.every_kept` of a code goes there.
KEPT: BindParameter[Any] = bindparam("kept", expanding=True)


def never() -> bool:
    return False


@dataclass(slots=True)
class Tally:
    """How many were looked at, made anew, and can't be: the key they need is not given."""

    seen: int = 0
    renewed: int = 0
    lost: int = 0


def link_of(session: Session, code: str, *, codes: Codes) -> Link | None:
    """The link with this code. One query; none when the session knows it already."""
    kept = codes.every_kept(code)
    for one in kept:
        known = session.identity_map.get(identity_key(Link, one))
        if known is not None and not inspect(known).expired:  # what was read before may have been sealed anew since
            return known
    return session.scalars(_OF_CODE, {"kept": kept}).first()


_OF_CODE = select(Link).where(Link.code_hash.in_(KEPT))


def known(session: Session, every: Collection[str], *, codes: Codes) -> set[str]:
    """Those of these codes that lead somewhere."""
    meant = {kept: code for code in every for kept in codes.every_kept(code)}
    return {meant[kept] for some in chunks(list(meant)) for kept in session.scalars(_KNOWN, {"kept": some})}


_KNOWN = select(Link.code_hash).where(Link.code_hash.in_(KEPT))


def beginnings(session: Session, column: InstrumentedAttribute[Any]) -> Iterator[str]:
    """The keys that something of a column lies under, by what it begins with (`PLAIN`: under none)."""
    kept = session.scalar(select(func.min(column)))
    while kept is not None:
        beginning = kept[:_BEGINNING] if kept.startswith(KIND) else PLAIN
        yield beginning
        kept = session.scalar(select(func.min(column)).where(column > _beyond(beginning)))


def in_use(session: Session) -> set[str]:
    """The same, of all links."""
    return {one for column in COLUMNS.values() for one in beginnings(session, column)}


def renew(database: Database, column: InstrumentedAttribute[Any], codes: Codes, *, most: int = SLICE) -> Tally:
    """Seal all of a column that does not lie under the key in force, for good, `most` rows at a time."""
    tally, present = Tally(), codes.prefixes[0]
    for begin, until in ((PLAIN, present), (_beyond(present), _beyond(KIND + "f" * 8))):
        _renew_between(database, column, codes, begin, until, most, tally)
    return tally


def seal(database: Database, codes: Codes, should_stop: Callable[[], bool] = never, *, most: int = SLICE) -> int:
    """Seal whatever lies as a plain hash, for good, `most` rows at a time; how many."""
    with database.reading() as session:
        plain = [column for column in COLUMNS.values() if next(beginnings(session, column), None) == PLAIN]
    tally = Tally()
    for column in plain:
        _renew_between(database, column, codes, PLAIN, KIND, most, tally, should_stop)
    return tally.renewed


def _renew_between(
    database: Database,
    column: InstrumentedAttribute[Any],
    codes: Codes,
    begin: str,
    until: str,
    most: int,
    tally: Tally,
    should_stop: Callable[[], bool] = never,
) -> None:
    """Each slice goes on where the one before it ended: PostgreSQL's index still holds what is no longer there."""
    after: str | None = begin
    while after is not None and not should_stop():
        with database.writing() as session:
            after = _renew_some(session, column, codes, after, until, most, tally)


def _renew_some(
    session: Session, column: InstrumentedAttribute[Any], codes: Codes, after: str, until: str, most: int, tally: Tally
) -> str | None:
    """A slice of what lies between two texts; the one it ends with, None when it was the last."""
    query = select(column).where(column > after, column < until).order_by(column).limit(most)
    found = session.scalars(locked(query)).all()
    renewed = {kept: anew for kept in found if (anew := _renewed(kept, codes)) is not None}
    _write(session, column, renewed)
    tally.seen += len(found)
    tally.renewed += len(renewed)
    tally.lost += len(found) - len(renewed)
    return found[-1] if len(found) == most else None


def _renewed(kept: str, codes: Codes) -> str | None:
    try:
        return codes.renewed(kept)
    except SealBroken:
        return None


def _write(session: Session, column: InstrumentedAttribute[Any], renewed: dict[str, str]) -> None:
    """Put these in the place of those. Where one is there already, kept by a process with other keys, the old one goes."""
    if not renewed:
        return
    table = column.class_.__table__
    there = set(session.scalars(select(column).where(column.in_(renewed.values()))))
    twins = [kept for kept, anew in renewed.items() if anew in there]
    if twins:
        session.execute(delete(table).where(column.in_(twins)))
    rows = [{"kept": kept, "anew": anew} for kept, anew in renewed.items() if anew not in there]
    if rows:
        writing = update(table).where(column == bindparam("kept")).values({column.key: bindparam("anew")})
        session.connection().execute(writing, rows)


def _beyond(beginning: str) -> str:
    """What sorts after all that begins so, and before all that begins with a later one: the next number in hexadecimal."""
    if beginning == PLAIN:
        return KIND
    following = int(beginning[len(KIND) :], 16) + 1
    return f"{KIND}{following:08x}" if following < 1 << 32 else f"{KIND}g"

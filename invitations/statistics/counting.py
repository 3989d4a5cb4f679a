"""Keeping the sums true: what has changed is read again, the old contribution taken away, the new one added.

Triggers note which follow-ups have changed (`invitations.models.figure_triggers`); whoever counts holds the one row of
`figure_state`, so that two schedulers take turns, and takes away exactly the notes it has read: what is written meanwhile is
noted for the next round. All of a round is one transaction. docs/decisions/0025.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CompoundSelect,
    Table,
    Update,
    bindparam,
    delete,
    func,
    insert,
    select,
    union,
    update,
)
from sqlalchemy.orm import Session

from invitations import rows
from invitations.database import insert_missing, is_postgresql, locked
from invitations.models import (
    Assignment,
    FigureChange,
    FigureDelays,
    Figures,
    FigureSpan,
    FigureState,
    Invitation,
    UnitFacts,
)
from invitations.statistics import cohorts, facts, sums
from invitations.statistics.sums import Sums

# It grows when the same events make other facts or other sums than before: then everything is counted anew.
VERSION = 1
THE_ROW = 1
# Follow-ups of a round, and notes looked at for them: on SQLite others wait meanwhile.
AT_ONCE = 500
AT_FIRST = 2_000  # while the first count has not been done: more in common, fewer sums written twice
MOST_NOTES = 5_000
# Sums by day are kept for the curves and for the month in which people begin to be counted: 97 days and a month, at most 128.
DAYS_KEPT = timedelta(days=160)
# While nothing happens, it is said so often that nothing has.
IDLE = timedelta(minutes=1)


class State(NamedTuple):
    """The one row, as it was when it was held."""

    version: int
    counted_at: datetime | None
    days_since: date | None


def is_due(session: Session, *, now: datetime) -> bool:
    """True when something waits to be counted, or when the moment that figures speak of is to be moved on."""
    found = rows.read(session, _STATE, {}).one_or_none()
    if found is None or found.version != VERSION or found.counted_at is None or found.counted_at <= now - IDLE:
        return True
    return session.scalar(select(FigureChange.id).limit(1)) is not None


def count(session: Session, *, now: datetime) -> int:
    """Count the follow-ups that have changed, AT_ONCE of them. Returns how many; 0 too when another process is at it.

    In a transaction of its own: on PostgreSQL it does not wait for the disk. What a crash takes away comes back with its notes.
    Nor does it plan its statements anew for each event, which would cost as much as they do.
    """
    state = hold(session, skip=True)
    if state is None:
        return 0
    if is_postgresql(session):
        session.connection().exec_driver_sql(_IN_A_HURRY)
    if state.days_since is None:
        drop_days(session, now=now)
        state = hold(session) or state
    noted = rows.read(session, _NOTED, {}).all()
    most = AT_FIRST if state.counted_at is None else AT_ONCE
    chosen = set(list(dict.fromkeys(one.follow_up_id for one in noted))[:most])
    _count(session, state, chosen)
    read = [one.id for one in noted if one.follow_up_id in chosen]
    _finish(session, read, counted_at=now if len(read) == len(noted) < MOST_NOTES else None)
    return len(chosen)


def count_now(session: Session, follow_up_ids: Collection[int]) -> None:
    """Count these follow-ups, whether or not they have changed; whoever else counts is waited for."""
    state = hold(session)
    if state is not None:
        _count(session, state, follow_up_ids)


def let_go(session: Session, follow_up_ids: Collection[int]) -> None:
    """These people are about to be deleted: they stay in the sums, as people who are gone, and nothing else of them does.

    Before their rows are deleted, in the same transaction. AT_ONCE of them at most; whoever else counts is waited for.
    """
    state = hold(session)
    if state is None:
        return
    _count(session, state, follow_up_ids)
    known = facts.stored(session, follow_up_ids)
    moved = Sums(state.days_since)
    for unit in known.values():
        moved.put(unit, -1)
        moved.put(unit, +1, is_gone=True)
    sums.write(session, moved)
    facts.drop(session, known)


def differing(session: Session, follow_up_ids: Collection[int]) -> list[int]:
    """Those of these follow-ups of which what was counted is not what the tables say."""
    before, now = facts.stored(session, follow_up_ids), cohorts.read_units(session, follow_up_ids)
    return sorted(one for one in {*before, *now} if before.get(one) != now.get(one))


def drop_days(session: Session, *, now: datetime) -> int:
    """Drop the sums by day that nothing reads any more, and keep no more of them. Returns how many."""
    since = (now - DAYS_KEPT).date().replace(day=1)
    session.execute(update(_TABLE).values(days_since=since))
    done = 0
    for table in (Figures, FigureDelays):
        old = delete(table).where(table.span == FigureSpan.DAY, table.on < since)
        dropped: Any = session.execute(old.execution_options(synchronize_session=False))
        done += dropped.rowcount
    return done


def hold(session: Session, *, skip: bool = False) -> State | None:
    """The one row, held until the transaction ends. `skip`: None when another process holds it.

    The first time, and when a release counts otherwise, everybody who has been addressed is noted.
    """
    found = _held(session, skip=skip)
    if found is None and insert_missing(session, FigureState, [{"id": THE_ROW, "version": 0}], key="id"):
        found = _held(session, skip=False)
    if found is not None and found.version != VERSION:
        _begin(session)
        found = _held(session, skip=False)
    return found


def _held(session: Session, *, skip: bool) -> State | None:
    row = rows.read(session, _STATE_HELD_OR_NOT if skip else _STATE_HELD, {}).one_or_none()
    return None if row is None else State._make(row)


def _begin(session: Session) -> None:
    for table in (Figures, FigureDelays):
        session.execute(delete(table).where(table.is_gone.is_(False)).execution_options(synchronize_session=False))
    session.execute(delete(UnitFacts).execution_options(synchronize_session=False))
    everybody: CompoundSelect[Any] = union(
        select(Invitation.follow_up_id), select(Assignment.follow_up_id).where(Assignment.follow_up_id.is_not(None))
    )
    session.execute(insert(FigureChange).from_select(["follow_up_id"], everybody))
    session.execute(update(_TABLE).values(version=VERSION, counted_at=None))


def _finish(session: Session, notes: list[int], *, counted_at: datetime | None) -> None:
    """Forget the notes that were read; `counted_at`: there are no others."""
    if is_postgresql(session):
        rows.run(session, _finishing(), {"notes": notes, "at": counted_at})
        return
    rows.run(session, _FORGETTING, {"notes": notes})
    if counted_at is not None:
        rows.run(session, _COUNTED, {"at": counted_at})


def _count(session: Session, state: State, follow_up_ids: Collection[int]) -> None:
    if not follow_up_ids:
        return
    before, now = facts.stored(session, follow_up_ids), cohorts.read_units(session, follow_up_ids)
    changed = [one for one in {*before, *now} if before.get(one) != now.get(one)]
    difference = Sums(state.days_since)
    for one in changed:
        if one in before:
            difference.put(before[one], -1)
        if one in now:
            difference.put(now[one], +1)
    sums.write(session, difference)
    facts.keep(session, [now[one] for one in changed if one in now])
    facts.drop(session, [one for one in changed if one not in now])


# Put together once: a single event is to be counted in a few milliseconds.
_TABLE = cast(Table, FigureState.__table__)
_STATE = select(_TABLE.c.version, _TABLE.c.counted_at, _TABLE.c.days_since)
_STATE_HELD, _STATE_HELD_OR_NOT = locked(_STATE), locked(_STATE, skip=True)
_NOTED = select(FigureChange.id, FigureChange.follow_up_id).order_by(FigureChange.id).limit(MOST_NOTES)
_NOTES = cast(Table, FigureChange.__table__)
_FORGETTING = delete(_NOTES).where(_NOTES.c.id.in_(bindparam("notes", expanding=True)))
_COUNTED = update(_TABLE).values(counted_at=bindparam("at"))
_IN_A_HURRY = "SET LOCAL synchronous_commit TO off; SET LOCAL plan_cache_mode TO force_generic_plan"


@cache
def _finishing() -> Update:
    """Both in one statement."""
    gone = delete(_NOTES).where(_NOTES.c.id == func.any(bindparam("notes", type_=ARRAY(BigInteger)))).cte("gone")
    at = bindparam("at", type_=_TABLE.c.counted_at.type)
    return update(_TABLE).values(counted_at=func.coalesce(at, _TABLE.c.counted_at)).add_cte(gone)

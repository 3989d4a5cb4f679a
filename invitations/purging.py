"""The nightly purge: people who are due are forgotten, slice by slice; then what nobody needs any more goes (`purging_old`).

Each slice is a transaction of its own and says in its report what it did: killed at any moment, the next run goes on. The
report is one row a day, held by whoever purges: a second scheduler waits its turn and finds nothing left to do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import departing, forgetting, purging_ahead, purging_due, purging_old
from invitations.database import Database, insert_missing, locked
from invitations.models import Agent, Beneficiary, Organisation, PurgeRun

# People forgotten in one transaction.
AT_ONCE = 200
# Looked for at once: the rest is found in the next round.
MOST = 10_000
# UTC: a night in Paris, an evening in Guadeloupe, a morning in La Réunion. From then on, whenever a scheduler turns.
FROM = time(1)


@dataclass(frozen=True, slots=True)
class Planned:
    """What a purge would take of one organisation: people, by the year in which something last happened to them."""

    organisation_id: int
    name: str
    months: int
    years: Mapping[int, int]

    @property
    def people(self) -> int:
        return sum(self.years.values())


def is_due(session: Session, *, now: datetime) -> bool:
    """True from 01:00 UTC until the day's purge is over."""
    moment = now.astimezone(UTC)
    over = select(PurgeRun.ended_at).where(PurgeRun.on == moment.date())
    return moment.time() >= FROM and session.scalar(over) is None


def purge(
    database: Database,
    *,
    clock: Callable[[], datetime],
    should_stop: Callable[[], bool] = lambda: False,
    organisation_id: int | None = None,
) -> int:
    """Forget everybody who is due, or those of one organisation alone. Returns how many people.

    The day's report is closed when all of it is done.
    """
    done, found = 0, True
    while found and not should_stop():
        with database.reading() as session:
            due = purging_due.people(session, now=clock(), organisation_id=organisation_id, most=MOST)
        gone = sum(_slice(database, part, clock) for part in _slices(due) if not should_stop())
        done, found = done + gone, gone > 0
    if organisation_id is None and not should_stop():
        purging_ahead.look(database, clock=clock, should_stop=should_stop)
        with database.writing() as session:
            finish(session, now=clock())
    return done


def _slices(due: Sequence[int]) -> Iterator[Sequence[int]]:
    for first in range(0, len(due), AT_ONCE):
        yield due[first : first + AT_ONCE]


def _slice(database: Database, person_ids: Sequence[int], clock: Callable[[], datetime]) -> int:
    with database.writing() as session:
        return forget(session, person_ids, now=clock())


def forget(session: Session, person_ids: Sequence[int], *, now: datetime) -> int:
    """Forget those of them who are due still, and report it. Returns how many."""
    run = _hold_run(session, now)
    still = purging_due.people(session, now=now, only=person_ids)
    teams = purging_due.organisations(session, still)
    done = forgetting.forget(session, still, now=now)
    gone = done[Beneficiary.__tablename__]
    run.people += gone
    run.organisations = _added(run.organisations, {str(one): len(them) for one, them in teams.items()})
    run.rows = _added(run.rows, done)
    session.flush()
    return gone


def finish(session: Session, *, now: datetime) -> int:
    """Drop what nobody needs any more, and close the day's report. Returns how many rows went."""
    run = _hold_run(session, now)
    done = purging_old.drop(session, now=now)
    departing.note(session, now=now)
    done.update({Agent.__tablename__: departing.forget(session, departing.due(session, now=now), now=now)})
    run.rows = _added(run.rows, done)
    run.ended_at = now
    session.flush()
    return done.total()


def plan(session: Session, *, now: datetime, organisation_id: int | None = None) -> list[Planned]:
    """What the next purge would take, by organisation in order of name; of one alone when it is given."""
    due = purging_due.people(session, now=now, organisation_id=organisation_id)
    teams = purging_due.organisations(session, due)
    wanted = [one for one in teams if organisation_id in {None, one}]
    query = select(Organisation.id, Organisation.name, Organisation.retention_months).where(Organisation.id.in_(wanted))
    named = session.execute(query.order_by(Organisation.name, Organisation.id))
    return [Planned(*one, dict(sorted(purging_due.years(session, teams[one.id]).items()))) for one in named]


def organisation_called(session: Session, words: str) -> int | None:
    """The organisation of this name, or of this id."""
    by_name = session.scalar(select(Organisation.id).where(Organisation.name == words).order_by(Organisation.id))
    if by_name is not None or not words.isdecimal():
        return by_name
    return session.scalar(select(Organisation.id).where(Organisation.id == int(words)))


def last_run(session: Session) -> PurgeRun | None:
    """The latest that came to its end."""
    return session.scalar(select(PurgeRun).where(PurgeRun.ended_at.is_not(None)).order_by(PurgeRun.on.desc()).limit(1))


def _hold_run(session: Session, now: datetime) -> PurgeRun:
    """The day's report, nobody else's until the transaction ends."""
    on = now.astimezone(UTC).date()
    row: dict[str, Any] = {"purged_on": on, "started_at": now, "people": 0, "organisations": {}, "rows": {}}
    insert_missing(session, PurgeRun, [row], key="purged_on")
    held = locked(select(PurgeRun).where(PurgeRun.on == on))
    run: PurgeRun = session.scalars(held, execution_options={"populate_existing": True}).one()
    return run


def _added(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(before) + Counter(more)).items()))

"""Reading agents' calendars of elsewhere: claimed in a short transaction, fetched and read with none open, then kept.

Any number of schedulers share the work: whoever claims a calendar sets its next reading past the time that this one
may take. A calendar that gives nothing keeps its last copy, and is asked less and less often.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from invitations.database import Database, locked
from invitations.external_calendars import PURPOSE
from invitations.models import (
    Agent,
    AgentRole,
    Appointment,
    BusyTime,
    Department,
    ExternalCalendar,
    Organisation,
)
from invitations.sealing import SealBroken, Seals
from notifications.fetching import Guard, fetch
from notifications.ics_reading import Busy, Reading, Unreadable, merged, read_busy
from notifications.web_addresses import FetchFailed, Trouble

EVERY = timedelta(minutes=15)
SELDOM = timedelta(hours=6)  # the longest wait after failures
LEASE = timedelta(minutes=5)  # longer than any reading: 20 s to fetch, 60 s to read
READERS = 4  # calendars read at once by one scheduler
AHEAD = timedelta(days=400)  # further than any appointment is booked
MOST_KEPT = 5_000  # intervals of one calendar: twelve a day
SEALED = "sealed"  # the failure of an address that no key opens
WAITS_FOR = "text/calendar, text/plain;q=0.5, */*;q=0.1"
DEFAULT_ZONE = "Europe/Paris"  # of an agent who is in no organisation
_UID = 36  # characters of ours


@dataclass(frozen=True, slots=True)
class Claim:
    """A calendar to read now; `until` is the claim itself: whoever else takes it writes another moment there."""

    calendar_id: int
    agent_id: int
    sealed_address: str
    zone: ZoneInfo
    validators: dict[str, str]
    until: datetime


@dataclass(frozen=True, slots=True)
class Copy:
    """What a reading gave: a new copy, or (`reading` None) that the last one is still good."""

    reading: Reading | None
    etag: str | None
    last_modified: str | None


def read_due(
    database: Database,
    *,
    guard: Guard,
    seals: Seals,
    clock: Callable[[], datetime],
    should_stop: Callable[[], bool],
) -> int:
    """Read every calendar whose time has come. Returns how many were looked at."""
    done = 0
    with ThreadPoolExecutor(READERS) as readers:
        while not should_stop():
            now = clock()
            with database.writing() as session:
                claims = claim(session, seals=seals, now=now)
            if not claims:
                break
            outcomes = readers.map(partial(look, guard=guard, seals=seals, now=now), claims)
            for one, outcome in zip(claims, outcomes, strict=True):
                with database.writing() as session:
                    keep(session, one, outcome, now=clock())
                done += 1
    return done


def claim(session: Session, *, seals: Seals, now: datetime) -> list[Claim]:
    """Take the calendars that are due, a few at a time: nobody else will read them meanwhile."""
    open_accounts = select(Agent.id).where(Agent.closed_at.is_(None))
    due = session.scalars(
        locked(
            select(ExternalCalendar)
            .where(ExternalCalendar.next_try_at <= now, ExternalCalendar.agent_id.in_(open_accounts))
            .order_by(ExternalCalendar.next_try_at, ExternalCalendar.id)
            .limit(READERS),
            skip=True,
        )
    ).all()
    zones = _zones(session, {one.agent_id for one in due})
    for one in due:
        one.next_try_at = now + LEASE
        with suppress(SealBroken):  # `look` says so
            one.sealed_address = seals.renewed(one.sealed_address, purpose=PURPOSE)
    return [
        Claim(
            calendar_id=one.id,
            agent_id=one.agent_id,
            sealed_address=one.sealed_address,
            zone=ZoneInfo(zones.get(one.agent_id, DEFAULT_ZONE)),
            validators=_validators(one, now),
            until=one.next_try_at,
        )
        for one in due
    ]


def look(claimed: Claim, *, guard: Guard, seals: Seals, now: datetime) -> Copy | str:
    """Fetch and read, with no transaction open. What went wrong is a word that is kept."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    try:
        address = seals.open(claimed.sealed_address, purpose=PURPOSE)
        came = fetch(address, guard=guard, headers={"Accept": WAITS_FOR} | claimed.validators)
        if came.content is None:
            return Copy(None, None, None) if claimed.validators else Trouble.GARBLED.value
        reading = read_busy(came.content, zone=claimed.zone, after=today - timedelta(days=1), before=today + AHEAD)
    except SealBroken:
        return SEALED
    except (FetchFailed, Unreadable) as failed:
        return failed.why.value
    return Copy(reading, came.etag, came.last_modified)


def keep(session: Session, claimed: Claim, outcome: Copy | str, *, now: datetime) -> None:
    """Write down what a reading gave, unless the calendar was removed or claimed anew meanwhile."""
    calendar = session.scalars(
        locked(
            select(ExternalCalendar).where(
                ExternalCalendar.id == claimed.calendar_id, ExternalCalendar.next_try_at == claimed.until
            )
        )
    ).first()
    if calendar is None:
        return
    if isinstance(outcome, str):
        calendar.failures += 1
        calendar.failure = outcome
        calendar.next_try_at = now + min(EVERY * 2 ** min(calendar.failures - 1, 10), SELDOM)
        return
    if outcome.reading is not None:
        calendar.etag, calendar.last_modified = outcome.etag, outcome.last_modified
        calendar.left_out = _replace(session, calendar, outcome.reading)
    calendar.failures, calendar.failure = 0, None
    calendar.fetched_at, calendar.next_try_at = now, now + EVERY


def _replace(session: Session, calendar: ExternalCalendar, reading: Reading) -> int:
    """The copy as it is now: only what differs is written. Returns how many events are not in it."""
    intervals = merged(_without_ours(session, reading.busy))
    kept = set(intervals[:MOST_KEPT])
    present = {
        (one.starts_at, one.ends_at): one.id
        for one in session.execute(
            select(BusyTime.id, BusyTime.starts_at, BusyTime.ends_at).where(BusyTime.calendar_id == calendar.id)
        )
    }
    gone = [id_ for span, id_ in present.items() if span not in kept]
    for part in _parts(gone):
        session.execute(delete(BusyTime).where(BusyTime.id.in_(part)))
    new = [
        {"calendar_id": calendar.id, "agent_id": calendar.agent_id, "starts_at": starts_at, "ends_at": ends_at}
        for starts_at, ends_at in sorted(kept - present.keys())
    ]
    if new:
        session.execute(insert(BusyTime), new)
    return reading.left_out + len(intervals) - len(kept)


def _without_ours(session: Session, busy: Sequence[Busy]) -> list[Busy]:
    """Without appointments of ours that somebody copied into that calendar: they would block their own time."""
    ours: set[str] = set()
    for part in _parts(sorted({one.uid for one in busy if len(one.uid) == _UID})):
        ours |= set(session.scalars(select(Appointment.uid).where(Appointment.uid.in_(part))))
    return [one for one in busy if one.uid not in ours]


def _parts(values: Sequence[str] | Sequence[int]) -> Iterable[Sequence[str] | Sequence[int]]:
    return (values[first : first + 500] for first in range(0, len(values), 500))


def _zones(session: Session, agent_ids: Collection[int]) -> dict[int, str]:
    """Each agent's zone: that of their first organisation's département."""
    rows = session.execute(
        select(AgentRole.agent_id, Department.timezone)
        .join(Organisation, Organisation.id == AgentRole.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .where(AgentRole.agent_id.in_(agent_ids))
        .order_by(AgentRole.organisation_id.desc())
    )
    return {one.agent_id: one.timezone for one in rows}


def _validators(calendar: ExternalCalendar, now: datetime) -> dict[str, str]:
    """What lets the other side answer "as before". The day's first reading goes without: new days have come in sight."""
    if calendar.failure or calendar.fetched_at is None or calendar.fetched_at.date() != now.astimezone(UTC).date():
        return {}
    said = {"If-None-Match": calendar.etag, "If-Modified-Since": calendar.last_modified}
    return {name: value for name, value in said.items() if value}

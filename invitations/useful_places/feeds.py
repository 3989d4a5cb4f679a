"""The addresses where a département's files are read again every week: claimed, fetched with no transaction open, then kept.

The file goes through a temporary one on disk (it is public), never through memory whole. A reading that fails, or that
would leave less than half of what is kept, changes nothing: the last copy stays, and the page says why.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.database import Database, locked
from invitations.department_settings import Speaker
from invitations.errors import UploadRefused
from invitations.journal import note
from invitations.models import Department, UsefulFeed, UsefulKind
from invitations.useful_places.keeping import compare, keep
from invitations.useful_places.parsing import LARGEST_FILE
from invitations.useful_places.reading import Reading, read
from notifications.fetching import Guard, Limits, fetch
from notifications.web_addresses import FetchFailed, read_address

EVERY = timedelta(days=7)
FIRST_RETRY = timedelta(hours=6)
LEASE = timedelta(minutes=30)  # longer than any reading: 5 minutes to fetch, one to read
LIMITS = Limits(most_bytes=LARGEST_FILE, patience=timedelta(minutes=5))
WAITS_FOR = "text/csv, application/json;q=0.9, */*;q=0.1"
OTHER_KIND = "other_kind"  # the failure of an address that gives the other of the two files
SHRUNK = "shrunk"  # the failure of a file that would leave less than half
MATTERS_FROM = 20  # rows kept: below, half is no sign of anything


@dataclass(frozen=True, slots=True)
class Claim:
    """An address to read now; `until` is the claim itself: whoever else takes it writes another moment there."""

    feed_id: int
    kind: UsefulKind
    number: str
    address: str
    validators: dict[str, str]
    until: datetime


@dataclass(frozen=True, slots=True)
class Copy:
    """What came: a new copy, or (`reading` None) that the last one is still good."""

    reading: Reading | None
    etag: str | None
    last_modified: str | None


def checked(text: str, *, allowed: Container[str]) -> str:
    """The address as it will be read; nothing stays nothing. Raises FetchFailed for one that is never opened."""
    return read_address(text.strip(), allowed=allowed).text if text.strip() else ""


def point(session: Session, kind: UsefulKind, asked: str, *, by: Speaker, now: datetime) -> None:
    """Read this address from now on, as `checked` wrote it; nothing: no more. What is kept stays."""
    feed = feeds_of(session, by.department.id).get(kind)
    if (feed.address if feed else "") == asked:
        return
    if feed is not None:
        session.delete(feed)
        session.flush()
    if asked:
        session.add(
            UsefulFeed(department_id=by.department.id, kind=kind, address=asked, next_try_at=now, created_at=now)
        )
    note(
        session,
        "useful_places.pointed" if asked else "useful_places.unpointed",
        now=now,
        organisation_id=by.organisation.id,
        agent_id=by.agent_id,
        kind=kind.value,
    )


def feeds_of(session: Session, department_id: int) -> dict[UsefulKind, UsefulFeed]:
    feeds = session.scalars(
        select(UsefulFeed).where(UsefulFeed.department_id == department_id).order_by(UsefulFeed.kind.desc())
    )
    return {one.kind: one for one in feeds}


def read_due(
    database: Database, *, guard: Guard, clock: Callable[[], datetime], should_stop: Callable[[], bool]
) -> int:
    """Read every address whose week is over. Returns how many were looked at."""
    done = 0
    while not should_stop():
        with database.writing() as session:
            claimed = claim(session, now=clock())
        if claimed is None:
            break
        outcome = look(claimed, guard=guard)
        with database.writing() as session:
            take(session, claimed, outcome, now=clock())
        done += 1
    return done


def claim(session: Session, *, now: datetime) -> Claim | None:
    """Take the address that is due longest: nobody else will read it meanwhile."""
    feed = session.scalars(
        locked(
            select(UsefulFeed)
            .where(UsefulFeed.next_try_at <= now)
            .order_by(UsefulFeed.next_try_at, UsefulFeed.id)
            .limit(1),
            skip=True,
        )
    ).first()
    if feed is None:
        return None
    feed.next_try_at = now + LEASE
    said = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    return Claim(
        feed_id=feed.id,
        kind=feed.kind,
        number=session.get_one(Department, feed.department_id).number,
        address=feed.address,
        validators={name: value for name, value in said.items() if value},
        until=feed.next_try_at,
    )


def look(claimed: Claim, *, guard: Guard) -> Copy | str:
    """Fetch and read, with no transaction open. What went wrong is a word that is kept."""
    headers = {"Accept": WAITS_FOR} | claimed.validators
    try:
        with tempfile.TemporaryFile() as file:
            came = fetch(claimed.address, guard=guard, limits=LIMITS, headers=headers, into=file)
            if came.content is None:
                return Copy(None, None, None)
            reading = read(file, claimed.number)
    except FetchFailed as failed:
        return failed.why.value
    except UploadRefused as refused:
        return str(refused.details["why"])
    if reading.kind is not claimed.kind:
        return OTHER_KIND
    return Copy(reading, came.etag, came.last_modified)


def take(session: Session, claimed: Claim, outcome: Copy | str, *, now: datetime) -> None:
    """Write down what a reading gave, unless the address was removed or claimed anew meanwhile."""
    feed = session.scalars(
        locked(select(UsefulFeed).where(UsefulFeed.id == claimed.feed_id, UsefulFeed.next_try_at == claimed.until))
    ).first()
    if feed is None:
        return
    if isinstance(outcome, Copy) and outcome.reading is not None:
        outcome = _replace(session, feed, outcome, outcome.reading, now)
    if isinstance(outcome, str):
        feed.failures += 1
        feed.failure = outcome
        feed.next_try_at = now + min(FIRST_RETRY * 2 ** min(feed.failures - 1, 10), EVERY)
        return
    feed.failures, feed.failure = 0, None
    feed.fetched_at, feed.next_try_at = now, now + EVERY


def _replace(session: Session, feed: UsefulFeed, copy: Copy, reading: Reading, now: datetime) -> Copy | str:
    if _shrinks(session, feed, reading):
        return SHRUNK
    keep(session, reading.kept, department_id=feed.department_id, kind=feed.kind, now=now)
    feed.etag, feed.last_modified = copy.etag, copy.last_modified
    return copy


def _shrinks(session: Session, feed: UsefulFeed, reading: Reading) -> bool:
    changes = compare(session, reading.kept, department_id=feed.department_id, kind=feed.kind)
    return changes.present >= MATTERS_FROM and 2 * len(reading.kept) < changes.present

"""Whoever was deleted is deleted again after a restore: a backup still holds them, and knows nothing of what came after it.

Each deletion leaves a fingerprint and its time, in a table and, by a job, in a file outside the database (ERASED_LOG): a line
each, `2026-11-24T09:00:00+00:00 <64 hexadecimal digits>`. docs/decisions/0027.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session

from invitations.database import insert_missing
from invitations.models import Beneficiary, Erasure

# Longer than any backup may be kept (docs/operations.md says 30 days).
KEPT = timedelta(days=90)
# People looked at in one question.
LOOKED_AT = 10_000
_LINE = re.compile(r"^(?P<at>\S{25,32}) (?P<fingerprint>[0-9a-f]{64})$")


def fingerprint(uid: str) -> str:
    """What stays of a record's random number. Nobody guesses 122 bits: no key is needed, and none can be lost."""
    return hashlib.sha256(uid.encode()).hexdigest()


def note(session: Session, person_ids: Sequence[int], *, now: datetime) -> None:
    """These people are about to be forgotten, in this transaction."""
    uids = session.scalars(select(Beneficiary.uid).where(Beneficiary.id.in_(person_ids)).order_by(Beneficiary.id))
    rows = [{"fingerprint": fingerprint(one), "erased_at": now, "written_at": None} for one in uids]
    insert_missing(session, Erasure, rows, key="fingerprint")


def unwritten(session: Session, *, most: int) -> dict[str, str]:
    """What the file does not say yet, the oldest first: fingerprint → line."""
    query = select(Erasure).where(Erasure.written_at.is_(None)).order_by(Erasure.erased_at, Erasure.fingerprint)
    return {one.fingerprint: line(one) for one in session.scalars(query.limit(most))}


def mark_written(session: Session, fingerprints: Sequence[str], *, now: datetime) -> int:
    done = session.execute(
        update(Erasure).where(Erasure.fingerprint.in_(fingerprints)).values(written_at=now),
        execution_options={"synchronize_session": False},
    )
    return cast(CursorResult[Any], done).rowcount


def line(erasure: Erasure) -> str:
    return f"{erasure.erased_at.isoformat(timespec='seconds')} {erasure.fingerprint}\n"


def lines(session: Session) -> list[str]:
    """All that this database knows of, as lines of the file."""
    return [line(one) for one in session.scalars(select(Erasure).order_by(Erasure.erased_at, Erasure.fingerprint))]


def read(told: Iterable[str]) -> set[str]:
    """The fingerprints of these lines; half a line, which a crash left, says nobody."""
    return {found["fingerprint"] for one in told if (found := _LINE.match(one.strip()))}


def lasting(told: Iterable[str], *, now: datetime) -> list[str]:
    """The lines that are not too old to be of use."""
    since = (now - KEPT).isoformat(timespec="seconds")
    return [one for one in told if (found := _LINE.match(one.strip())) and found["at"] >= since]


def keep(session: Session, told: Collection[str], *, now: datetime) -> None:
    """Keep what the file says: the next backup may be restored too, one day."""
    rows = [{"fingerprint": one, "erased_at": now, "written_at": now} for one in sorted(told)]
    insert_missing(session, Erasure, rows, key="fingerprint")


def people_of(session: Session, told: Collection[str]) -> list[int]:
    """Who of them is there, by id. Everybody's number is hashed, a slice at a time: two million take ten seconds or so."""
    found: list[int] = []
    wanted, last = frozenset(told), 0
    while slice_ := session.execute(
        select(Beneficiary.id, Beneficiary.uid).where(Beneficiary.id > last).order_by(Beneficiary.id).limit(LOOKED_AT)
    ).all():
        found += [one.id for one in slice_ if fingerprint(one.uid) in wanted]
        last = slice_[-1].id
    return found


def forget(session: Session, *, now: datetime) -> int:
    """Drop the traces that no backup needs any more. Returns how many."""
    done = session.execute(
        delete(Erasure).where(Erasure.erased_at < now - KEPT), execution_options={"synchronize_session": False}
    )
    return cast(CursorResult[Any], done).rowcount

"""What is noted of an appointment once it was told, or was not."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.job_centre.wanting import PURPOSE, Step, Wanted
from invitations.models import JobCentreNotice, NoticeState, NoticeTrouble
from invitations.sealing import Seals
from notifications.france_travail import PERMANENT, NotTold, Problem

# Between one try and the next; the last one goes on until GIVE_UP.
WAITS = tuple(timedelta(seconds=seconds) for seconds in (30, 120, 600, 1_800, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600))
GIVE_UP = timedelta(days=3)


def rest(session: Session, notice: JobCentreNotice, wanted: Wanted) -> None:
    """There is nothing to say. A notice of somebody who was deleted, and of whom nothing is written, goes."""
    if notice.participation_id is None and notice.remote_id is None:
        session.delete(notice)
        return
    is_told = notice.remote_id is not None and wanted.trouble is None
    notice.state = NoticeState.TOLD if is_told else NoticeState.NOTHING
    if notice.remote_id is not None and wanted.trouble is not None:
        notice.state = NoticeState.GIVEN_UP
    notice.trouble = wanted.trouble
    _calm(notice)


def doubt(notice: JobCentreNotice) -> None:
    """It may be written there or not: nobody says it again before an agent has looked."""
    notice.state, notice.trouble = NoticeState.UNSURE, NoticeTrouble.UNCERTAIN
    _calm(notice)


def let_go(session: Session, notice_id: int, until: datetime) -> None:
    """Nothing was said; whoever comes next looks anew."""
    session.execute(
        update(JobCentreNotice)
        .where(JobCentreNotice.id == notice_id, JobCentreNotice.busy_until == until)
        .values(busy_until=None)
    )


def succeed(
    session: Session, notice_id: int, version: int, wanted: Wanted, made: str, *, seals: Seals, now: datetime
) -> None:
    """It is so there now. What changed meanwhile waits to be said in its turn."""
    notice = _held(session, notice_id)
    if notice is None:
        return
    if wanted.step is Step.REMOVE:
        notice.remote_id, notice.number_sealed, notice.told_hash = None, None, ""
    elif wanted.meeting is not None:
        notice.remote_id = made or notice.remote_id
        notice.number_sealed = seals.seal(wanted.number, purpose=PURPOSE)
        notice.told_hash = wanted.meeting.digest()
    notice.told_at, notice.trouble = now, None
    _calm(notice)
    is_all = notice.version == version and wanted.step is not Step.REMOVE
    notice.state = NoticeState.TOLD if is_all else NoticeState.WAITING


def fail(session: Session, notice_id: int, until: datetime, wanted: Wanted, told: NotTold, *, now: datetime) -> None:
    """Keep why, and when it is tried again, if it is."""
    notice = _held(session, notice_id)
    if notice is None or notice.busy_until != until:
        return
    notice.busy_until = notice.creating_at = None
    if told.problem is Problem.UNCERTAIN:
        doubt(notice)
    elif told.problem is Problem.GONE and wanted.step is Step.CHANGE:
        notice.remote_id, notice.told_hash, notice.number_sealed = None, "", None  # told anew
    else:
        _try_later(notice, told, now=now)


def _try_later(notice: JobCentreNotice, told: NotTold, *, now: datetime) -> None:
    is_known = told.problem.value in set(NoticeTrouble)
    notice.trouble = NoticeTrouble(told.problem.value) if is_known else NoticeTrouble.MALFORMED
    notice.tries += 1
    notice.failing_since = notice.failing_since or now
    notice.next_try_at = now + (told.retry_after or WAITS[min(notice.tries, len(WAITS)) - 1])
    if told.problem in PERMANENT or now - notice.failing_since >= GIVE_UP or not is_known:
        notice.state, notice.next_try_at = NoticeState.GIVEN_UP, None


def _calm(notice: JobCentreNotice) -> None:
    notice.tries, notice.failing_since, notice.next_try_at = 0, None, None
    notice.busy_until = notice.creating_at = None


def _held(session: Session, notice_id: int) -> JobCentreNotice | None:
    found: JobCentreNotice | None = session.scalars(
        locked(select(JobCentreNotice).where(JobCentreNotice.id == notice_id))
    ).first()
    return found

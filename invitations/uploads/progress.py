"""Long lists: kept, judged and saved in parts, each a transaction. Whatever stops in between, the next tick goes on.

How far a batch has come stands beside what was done, in the same transaction: no row is lost, none is done twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from invitations.database import Database, hold_rows
from invitations.models import ImportBatch, ImportRow, ImportState
from invitations.uploads.deciding import Row, decide
from invitations.uploads.planning import PART, Seen, note_preview, outcome, purpose_of, read_rows
from invitations.uploads.saving import finish, save_rows, take_turn

AT_WORK = (ImportState.JUDGING, ImportState.SAVING)
# A reading that has not ended by then has broken off: the file has to be chosen again.
LONGEST_READING = timedelta(minutes=15)


def store(database: Database, seen: Seen, *, now: datetime) -> int:
    """Keep the rows of a long list, to be judged by the scheduler. Returns the batch's id."""
    batch = seen.batch
    with database.writing() as session:
        batch.state = ImportState.READING
        session.add(batch)
        session.flush()
        batch_id, total = batch.id, batch.total
    for rows in seen.parts():
        with database.writing() as session:
            session.execute(insert(ImportRow), [{"batch_id": batch_id, **row} for row in rows])
            session.execute(
                update(ImportBatch).where(ImportBatch.id == batch_id).values(done=ImportBatch.done + len(rows))
            )
    with database.writing() as session:
        kept = session.get_one(ImportBatch, batch_id)
        kept.state, kept.done, kept.total, kept.started_at = ImportState.JUDGING, 0, total, now
        note_preview(session, kept, now=now)
    return batch_id


def due(session: Session) -> list[int]:
    """The batches that have work left, the oldest first."""
    return list(session.scalars(select(ImportBatch.id).where(ImportBatch.state.in_(AT_WORK)).order_by(ImportBatch.id)))


def go_on(database: Database, batch_id: int, *, clock: Callable[[], datetime], should_stop: Callable[[], bool]) -> int:
    """Judge or save what is left of a batch, part by part. Returns how many rows were done."""
    done = 0
    while not should_stop():
        part = _next_part(database, batch_id, now=clock())
        if part is None:
            break
        done += part
    return done


def broke_off(batch: ImportBatch, *, now: datetime) -> bool:
    """True when the reading of its file will not end any more."""
    return batch.state is ImportState.READING and now - batch.created_at > LONGEST_READING


def time_left(batch: ImportBatch, *, now: datetime) -> timedelta | None:
    """At the pace so far; None until something is done."""
    if not batch.done or batch.started_at is None:
        return None
    return (now - batch.started_at) / batch.done * (batch.total - batch.done)


def _next_part(database: Database, batch_id: int, *, now: datetime) -> int | None:
    with database.reading() as session:
        state = session.scalar(select(ImportBatch.state).where(ImportBatch.id == batch_id))
    if state is ImportState.JUDGING:
        return _judge_part(database, batch_id, now=now)
    return _save_part(database, batch_id, now=now) if state is ImportState.SAVING else None


def _judge_part(database: Database, batch_id: int, *, now: datetime) -> int:
    """Decide while only reading; write unless somebody else has done this part meanwhile."""
    with database.reading() as session:
        batch = session.get_one(ImportBatch, batch_id)
        reached = batch.reached
        row_ids, rows, upto = part_after(session, batch)
        decisions = decide(session, purpose_of(session, batch, now=now), rows)
    with database.writing() as session:
        hold_rows(session, select(ImportBatch.id).where(ImportBatch.id == batch_id))
        batch = session.get_one(ImportBatch, batch_id)
        if (batch.state, batch.reached) != (ImportState.JUDGING, reached):
            return 0
        if not rows:
            batch.state, batch.done, batch.reached = ImportState.PREVIEW, 0, 0
            return 0
        kept = [{"id": row_id, **outcome(one)} for row_id, one in zip(row_ids, decisions, strict=True)]
        session.execute(update(ImportRow), kept)
        batch.done, batch.reached = batch.done + len(rows), upto
    return len(rows)


def _save_part(database: Database, batch_id: int, *, now: datetime) -> int:
    with database.writing() as session:
        batch = session.get_one(ImportBatch, batch_id)
        purpose = purpose_of(session, batch, now=now)
        take_turn(session, purpose.department_id, batch)
        if batch.state is not ImportState.SAVING:
            return 0
        row_ids, rows, upto = part_after(session, batch)
        if not rows:
            finish(session, batch, agent_id=None, now=now)
            return 0
        save_rows(session, purpose, row_ids, rows, now=now)
        batch.done, batch.reached = batch.done + len(rows), upto
    return len(rows)


def part_after(session: Session, batch: ImportBatch) -> tuple[list[int], list[Row], int]:
    """The next rows, whole clusters, PART of them or a few more; and the cluster that they reach."""
    left = (ImportRow.batch_id == batch.id, ImportRow.cluster > batch.reached)
    last = session.scalar(
        select(ImportRow.cluster).where(*left).order_by(ImportRow.cluster, ImportRow.id).offset(PART - 1).limit(1)
    )
    query = select(ImportRow.id, ImportRow.position, ImportRow.cells, ImportRow.choice, ImportRow.cluster).where(*left)
    if last is not None:
        query = query.where(ImportRow.cluster <= last)
    found = session.execute(query.order_by(ImportRow.position, ImportRow.id)).all()
    ids, rows = read_rows(found)
    return ids, rows, max((one.cluster for one in found), default=batch.reached)

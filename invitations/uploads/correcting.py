"""A person looks at a preview: cells corrected in place, questions decided. Each time what depends on it is judged anew."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.errors import ImportClosed, NotFound
from invitations.models import Beneficiary, ImportBatch, ImportRow, ImportState, Membership, Verdict
from invitations.uploads.choices import Act, Choice
from invitations.uploads.columns import clean
from invitations.uploads.deciding import CANDIDATES, ROWS, decide
from invitations.uploads.headers import Field
from invitations.uploads.planning import is_long, outcome, purpose_of, rows_of


def correct(
    session: Session,
    batch: ImportBatch,
    position: int,
    cells: Mapping[Field, str],
    *,
    agent_id: int,
    now: datetime,
) -> None:
    """These cells of a row say this now; blank says nothing. What can't be read stays there as typed, and is doubted.

    A social security number is not typed here: what was wrong with it shows nowhere, so nobody could correct it.

    Raises ImportClosed once the batch is no preview any more, NotFound when it has no such row.
    """
    row = _row(session, batch, position)
    typed = {field.value: clean(field, text) for field, text in cells.items() if field is not Field.NIR}
    row.cells = {name: text for name, text in (row.cells | typed).items() if text}
    _judge_again(session, batch, row, now=now)
    _note(session, "import.row_corrected", batch, row, agent_id=agent_id, now=now)


def choose(
    session: Session,
    batch: ImportBatch,
    position: int,
    choice: Choice | None,
    *,
    organisation_ids: Collection[int],
    agent_id: int,
    now: datetime,
) -> None:
    """Decide whom a row is about; None asks again. A person must be one of those the question named, and be seen here.

    Raises ImportClosed, NotFound.
    """
    row = _row(session, batch, position)
    if choice is not None and choice.act is Act.SAME:
        _check_candidate(session, row, choice.person_id, organisation_ids)
    row.choice = choice.kept() if choice else None
    _judge_again(session, batch, row, now=now)
    _note(session, "import.row_decided", batch, row, agent_id=agent_id, now=now)


def keep_this_one(session: Session, batch: ImportBatch, position: int, *, agent_id: int, now: datetime) -> None:
    """Of rows that say different things of one person, this one is right: the others are left out.

    Raises ImportClosed, NotFound.
    """
    row = _row(session, batch, position)
    others = row.reasons.get(ROWS, [])
    if row.verdict is not Verdict.AMBIGUOUS or not others:
        raise NotFound
    session.execute(
        update(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.position.in_(others))
        .values(choice=Choice(Act.OUT).kept())
    )
    _judge_again(session, batch, row, now=now)
    _note(session, "import.row_decided", batch, row, agent_id=agent_id, now=now)


def discard(session: Session, batch: ImportBatch) -> None:
    """Forget a preview that another takes the place of. Raises ImportClosed."""
    _hold(session, batch)
    for row in session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id)):
        session.delete(row)
    session.flush()
    session.delete(batch)
    session.flush()


def _row(session: Session, batch: ImportBatch, position: int) -> ImportRow:
    _hold(session, batch)
    row = session.scalar(select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.position == position))
    if row is None:
        raise NotFound
    return row


def _hold(session: Session, batch: ImportBatch) -> None:
    """Nobody saves it, or corrects another row, in the same moment."""
    hold_rows(session, select(ImportBatch.id).where(ImportBatch.id == batch.id))
    session.refresh(batch, ["state"])
    if batch.state is not ImportState.PREVIEW:
        raise ImportClosed


def _check_candidate(
    session: Session, row: ImportRow, person_id: int | None, organisation_ids: Collection[int]
) -> None:
    seen = (
        select(Beneficiary.id)
        .join(Membership, Membership.beneficiary_id == Beneficiary.id)
        .where(Beneficiary.id == person_id, Membership.organisation_id.in_(organisation_ids))
        .limit(1)
    )
    known = [*row.reasons.get(CANDIDATES, []), (row.choice or {}).get("person")]
    if person_id not in known or session.scalar(seen) is None:
        raise NotFound


def _judge_again(session: Session, batch: ImportBatch, row: ImportRow, *, now: datetime) -> None:
    """The whole of a short list; of a long one, the rows that share an identifier with this one.

    A row of a long list that shares one only since it was corrected meets the other when they are saved, one after the
    other: never two people where there is one.
    """
    session.flush()
    clusters = [row.cluster] if is_long(batch) else None
    ids, rows = rows_of(session, batch.id, clusters)
    decisions = decide(session, purpose_of(session, batch, now=now), rows)
    session.execute(
        update(ImportRow), [{"id": row_id, **outcome(one)} for row_id, one in zip(ids, decisions, strict=True)]
    )
    session.expire(row)


def _note(session: Session, action: str, batch: ImportBatch, row: ImportRow, *, agent_id: int, now: datetime) -> None:
    journal.note(
        session,
        action,
        now=now,
        organisation_id=batch.organisation_id,
        agent_id=agent_id,
        batch=batch.id,
        row=row.position,
    )

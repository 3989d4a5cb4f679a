"""People handed in together: kept at once, known and invited in the background, each in a transaction of their own.

Safe to kill and to repeat: a person's row is done in the transaction that invites them, and inviting twice within a day
sends nothing twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, selectinload

from invitations import journal, rows
from invitations.codes import Codes
from invitations.database import hold_rows, locked
from invitations.errors import DomainError, InviteRefused, MachineRefused, NotFound
from invitations.machines import inviting_once, naming, receiving
from invitations.machines.callers import Caller
from invitations.machines.receiving import Incoming
from invitations.models import ApiBatch, ApiBatchRow, ApiRowState, KeyScope, Organisation
from invitations.sealing import Seals

MOST = 25
# What became of each can be asked for so long.
KEPT_FOR = timedelta(days=30)
AT_ONCE = 200

# A refusal, in the words of whoever reads them.
Say = Callable[[DomainError], str]


def hand_in(
    session: Session,
    organisation: Organisation,
    people: Sequence[Incoming],
    *,
    by: Caller,
    seals: Seals | None = None,
    now: datetime,
) -> ApiBatch:
    """Keep them for the background. Seven statements at most, however many they are. Without `seals`, without their NIR.

    Raises PeopleRefused for names that the organisation does not have: nobody reads a background.
    """
    organisation_id = organisation.id
    naming.check(session, organisation_id, people)
    batch = ApiBatch(
        uid=str(uuid.uuid4()),
        organisation_id=organisation_id,
        service_key_id=by.key_id,
        agent_id=by.agent_id,
        created_at=now,
        finished_at=None if people else now,
    )
    rows.write(session, batch)
    waiting = [
        {"batch_id": batch.id, "position": at, "asked": one.kept_by(organisation, seals).as_json()}
        for at, one in enumerate(people)
    ]
    rows.insert_all(session, ApiBatchRow, waiting)
    journal.note(
        session, "api_batch.handed_in", now=now, organisation_id=organisation_id, agent_id=by.agent_id,
        api_batch_id=batch.id, people=len(waiting),
    )  # fmt: skip
    return rows.know(session, batch)


def due(session: Session) -> list[int]:
    """The rows that wait, in the order in which they came."""
    waiting = select(ApiBatchRow.id).where(ApiBatchRow.state == ApiRowState.WAITING)
    return list(session.scalars(waiting.order_by(ApiBatchRow.id).limit(AT_ONCE)))


def go_on(session: Session, row_id: int, *, say: Say, codes: Codes, now: datetime) -> bool:
    """Receive and invite the person of this row. False when another process does, or did."""
    row = session.scalar(
        locked(select(ApiBatchRow).where(ApiBatchRow.id == row_id, ApiBatchRow.state == ApiRowState.WAITING), skip=True)
    )
    if row is None:
        return False
    batch = session.get_one(ApiBatch, row.batch_id)
    with journal.by_key(batch.service_key_id):
        try:
            _do(session, batch, row, codes=codes, now=now)
        except (MachineRefused, InviteRefused) as refusal:
            row.state, row.why = ApiRowState.REFUSED, say(refusal)[:400]
    row.asked, row.done_at = {}, now
    session.flush()
    _finish(session, batch, now=now)
    return True


def give_up(session: Session, row_id: int, why: str, *, now: datetime) -> None:
    """One that breaks us: the others must not wait for it."""
    row = session.get_one(ApiBatchRow, row_id)
    row.state, row.why, row.asked, row.done_at = ApiRowState.REFUSED, why, {}, now
    session.flush()
    _finish(session, session.get_one(ApiBatch, row.batch_id), now=now)


def read(session: Session, uid: str, *, by: Caller) -> ApiBatch:
    """The list and what became of each. Raises NotFound, also for another organisation's."""
    found = session.scalar(
        select(ApiBatch)
        .where(ApiBatch.uid == uid, ApiBatch.organisation_id.in_(by.organisation_ids))
        .options(selectinload(ApiBatch.rows))
    )
    if found is None:
        raise NotFound(model="Batch")
    return found


def forget(session: Session, *, now: datetime) -> int:
    """Drop old lists. Returns how many."""
    old = select(ApiBatch.id).where(ApiBatch.created_at < now - KEPT_FOR)
    ids = list(session.scalars(old.order_by(ApiBatch.id).limit(AT_ONCE)))
    session.execute(delete(ApiBatchRow).where(ApiBatchRow.batch_id.in_(ids)))
    session.execute(delete(ApiBatch).where(ApiBatch.id.in_(ids)))
    return len(ids)


def _do(session: Session, batch: ApiBatch, row: ApiBatchRow, *, codes: Codes, now: datetime) -> None:
    by = Caller((batch.organisation,), frozenset(KeyScope), batch.service_key_id, batch.agent_id)
    incoming = Incoming.from_json(row.asked)
    with session.begin_nested():
        person, category = receiving.receive(session, batch.organisation, incoming, by=by, now=now)
        row.beneficiary_id = person.id
    invitation = inviting_once.invite(
        session,
        person,
        category.id,
        organisation=batch.organisation,
        place_id=incoming.place_id,
        by=by,
        codes=codes,
        now=now,
    )
    row.invitation_id, row.state = invitation.id, ApiRowState.INVITED


def _finish(session: Session, batch: ApiBatch, *, now: datetime) -> None:
    """Of the last two at once the second waits here, and finds that the first is done: the end is told once."""
    hold_rows(session, select(ApiBatch.id).where(ApiBatch.id == batch.id))
    left = session.scalar(
        select(func.count()).where(ApiBatchRow.batch_id == batch.id, ApiBatchRow.state == ApiRowState.WAITING)
    )
    if not left and batch.finished_at is None:
        batch.finished_at = now

"""Inviting a selection so that it can be taken back: for ten minutes nothing of it leaves."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from invitations import follow_ups, inviting, journal, rows, waves
from invitations.codes import Codes
from invitations.errors import InviteRefused, NoFreeSlot, NotFound, TooLateToTakeBack
from invitations.models import (
    Channel,
    EndReason,
    FollowUp,
    Invitation,
    InvitationBatch,
    Message,
    MessageState,
    Mode,
    StatusChange,
)
from invitations.outbox.states import NEVER_LEFT
from invitations.quiet_hours import next_allowed

# How long whoever sent a selection may think again.
UNDO = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a selection. `batch`: None when nobody was invited; `waiting`: who is invited as slots open."""

    batch: InvitationBatch | None
    invited: list[Invitation]
    refused: list[tuple[FollowUp, InviteRefused]]
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """A selection that was sent. `until`: up to when it may be taken back; `invited`: how many, those taken back too."""

    batch: InvitationBatch
    invited: int
    letters: int
    waiting: int
    until: datetime

    def may_be_taken_back(self, now: datetime) -> bool:
        return self.batch.taken_back_at is None and now < self.until


def send(
    session: Session,
    selected: Sequence[FollowUp],
    *,
    organisation_id: int,
    category_id: int,
    channels: Sequence[Channel],
    agent_id: int,
    may_wait: bool,
    codes: Codes,
    now: datetime,
) -> Sent:
    """Invite those who can be, to leave in ten minutes; `may_wait`: the others follow as slots open."""
    batch = InvitationBatch(
        organisation_id=organisation_id,
        category_id=category_id,
        agent_id=agent_id,
        leaves_at=now + UNDO,
        created_at=now,
    )
    session.add(batch)
    session.flush()
    made = inviting.invite_selection(
        session,
        selected,
        organisation_id=organisation_id,
        channels=channels,
        agent_id=agent_id,
        codes=codes,
        now=now,
        batch=batch,
    )
    short = [one for one, refusal in made.refused if isinstance(refusal, NoFreeSlot)] if may_wait else []
    waiting = waves.queue(session, short, batch=batch, channels=channels, now=now)
    refused = [(one, refusal) for one, refusal in made.refused if one not in short]
    if not made.invited and not waiting:
        session.delete(batch)
        session.flush()
        return Sent(None, [], refused)
    journal.note(
        session,
        "batch.sent",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        batch_id=batch.id,
        invited=len(made.invited),
        waiting=waiting,
    )
    return Sent(batch, made.invited, refused, waiting)


def batch_seen_by(session: Session, batch_id: int, organisation_id: int) -> InvitationBatch:
    """The organisation's own. Raises NotFound."""
    batch = session.get(InvitationBatch, batch_id)
    if batch is None or batch.organisation_id != organisation_id:
        raise NotFound
    return batch


def until(batch: InvitationBatch) -> datetime:
    """Up to when nothing can have left: ten minutes, and until the morning when they end at night."""
    department = batch.organisation.department
    return next_allowed(batch.leaves_at, department.zone, department.holidays_subdivision)


def tell(session: Session, batches: Sequence[InvitationBatch]) -> list[Told]:
    """These selections, told. Three queries, however many."""
    ids = [one.id for one in batches]
    invited = _counted(session, select(Invitation.batch_id, func.count()), ids)
    on_paper = exists().where(Message.invitation_id == Invitation.id, Message.channel == Channel.LETTER)
    letters = _counted(session, select(Invitation.batch_id, func.count()).where(on_paper), ids)
    waiting = waves.waiting_of_batches(session, ids)
    return [
        Told(one, invited.get(one.id, 0), letters.get(one.id, 0), waiting.get(one.id, 0), until(one)) for one in batches
    ]


def to_take_back(session: Session, organisation_id: int, *, now: datetime) -> list[Told]:
    """What may still be taken back, the latest first."""
    recent = (
        select(InvitationBatch)
        .where(
            InvitationBatch.organisation_id == organisation_id,
            InvitationBatch.taken_back_at.is_(None),
            InvitationBatch.leaves_at > now - timedelta(days=4),  # a long weekend of silence
        )
        .options(joinedload(InvitationBatch.agent), joinedload(InvitationBatch.category))
        .order_by(InvitationBatch.id.desc())
    )
    batches = [one for one in session.scalars(recent) if now < until(one)]
    return tell(session, batches) if batches else []


def take_back(session: Session, batch: InvitationBatch, *, agent_id: int, now: datetime) -> int:
    """Take all of it back, as if it had never been. Returns how many invitations; 0 when a colleague was faster.

    What was answered or replaced meanwhile stays as it is. Raises TooLateToTakeBack once anything has left.
    """
    ids = session.scalars(_of(batch.id, Invitation.follow_up_id).order_by(Invitation.follow_up_id)).all()
    inviting.take_turn(session, batch.organisation_id, ids)
    session.refresh(batch)
    if batch.taken_back_at is not None:
        return 0
    if now >= until(batch):
        raise TooLateToTakeBack
    taken = session.scalars(_of(batch.id, Invitation.follow_up_id).where(Invitation.ended_at.is_(None))).all()
    _take_messages(session, batch, now=now)
    _end(session, batch, now=now)
    _reopen_replaced(session, batch, taken)
    waves.stop_of_batch(session, batch.id, now=now)
    batch.taken_back_at, batch.taken_back_by_agent_id = now, agent_id
    session.flush()
    _restore_statuses(session, batch, taken, now=now)
    _note(session, batch, taken, agent_id=agent_id, now=now)
    return len(taken)


def _of(batch_id: int, column: InstrumentedAttribute[int] = Invitation.id) -> Select[int]:
    return select(column).where(Invitation.batch_id == batch_id)


def _counted(session: Session, query: Select[int | None, int], ids: Collection[int]) -> dict[int | None, int]:
    found = session.execute(query.where(Invitation.batch_id.in_(ids)).group_by(Invitation.batch_id))
    return {row[0]: row[1] for row in found}


def _take_messages(session: Session, batch: InvitationBatch, *, now: datetime) -> None:
    """Cancel what is owed. Whoever claims a message holds its row: it is theirs, or ours, never both's."""
    open_ones = _of(batch.id).where(Invitation.ended_at.is_(None))
    session.execute(
        update(Message)
        .where(Message.invitation_id.in_(open_ones), Message.state == MessageState.PENDING)
        .values(state=MessageState.CANCELLED, settled_at=now, error_reason="taken_back"),
        execution_options={"synchronize_session": False},
    )
    left = select(func.count()).where(Message.invitation_id.in_(open_ones), Message.state.not_in(NEVER_LEFT))
    if session.scalar(left):
        raise TooLateToTakeBack


def _end(session: Session, batch: InvitationBatch, *, now: datetime) -> None:
    session.execute(
        update(Invitation)
        .where(Invitation.batch_id == batch.id, Invitation.ended_at.is_(None))
        .values(ended_at=now, end_reason=EndReason.TAKEN_BACK),
        execution_options={"synchronize_session": False},
    )


def _reopen_replaced(session: Session, batch: InvitationBatch, follow_up_ids: Sequence[int]) -> None:
    """The invitations that these replaced count again, with what was still owed of them.

    A proposition does not: the slot that it held may be somebody else's.
    """
    replaced = select(Invitation.id).where(
        Invitation.follow_up_id.in_(follow_up_ids),
        Invitation.end_reason == EndReason.REPLACED,
        Invitation.ended_at == batch.created_at,
        Invitation.mode == Mode.INVITATION,
    )
    ids = session.scalars(replaced).all()
    session.execute(
        update(Invitation).where(Invitation.id.in_(ids)).values(ended_at=None, end_reason=None),
        execution_options={"synchronize_session": False},
    )
    session.execute(
        update(Message)
        .where(Message.invitation_id.in_(ids), Message.state == MessageState.CANCELLED)
        .where(Message.settled_at == batch.created_at, Message.error_reason == "overtaken")
        .values(state=MessageState.PENDING, settled_at=None, error_reason=None),
        execution_options={"synchronize_session": False},
    )


def _restore_statuses(session: Session, batch: InvitationBatch, follow_up_ids: Sequence[int], *, now: datetime) -> None:
    """Derive them anew; a status that is again what it was has lasted since it began, not since this minute."""
    those = session.scalars(
        select(FollowUp).where(FollowUp.id.in_(follow_up_ids)).execution_options(populate_existing=True)
    ).all()
    follow_ups.refresh_all(session, those, now=now)
    before = {
        follow_up_id: (status, at)
        for follow_up_id, status, at in session.execute(
            select(StatusChange.follow_up_id, StatusChange.status, StatusChange.at)
            .where(StatusChange.follow_up_id.in_(follow_up_ids), StatusChange.at < batch.created_at)
            .order_by(StatusChange.at, StatusChange.id)
        )
    }
    for one in those:
        status, since = before.get(one.id, (None, now))
        if status is one.status and one.status_since != since:
            rows.change(session, one, status_since=since)


def _note(
    session: Session, batch: InvitationBatch, follow_up_ids: Sequence[int], *, agent_id: int, now: datetime
) -> None:
    people = session.scalars(
        select(FollowUp.beneficiary_id).where(FollowUp.id.in_(follow_up_ids)).order_by(FollowUp.id)
    )
    common: dict[str, Any] = {"now": now, "organisation_id": batch.organisation_id, "agent_id": agent_id}
    each = [journal.event("follow_up.taken_back", **common, beneficiary_id=one, batch_id=batch.id) for one in people]
    journal.note_all(session, each)
    journal.note(session, "batch.taken_back", **common, batch_id=batch.id, invitations=len(follow_up_ids))

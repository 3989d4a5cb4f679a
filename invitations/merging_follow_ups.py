"""The follow-ups of two records that become one: two of one category are joined, the others change hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlalchemy.orm import Session

from invitations import follow_ups, waiting
from invitations.models import Appointment, EndReason, FollowUp, Outcome, Participation, Waiting
from invitations.trials import joining

Move = Callable[[Session, Table, int, int], None]


def join(session: Session, kept_id: int, gone_id: int, *, move: Move, now: datetime) -> dict[int, int]:
    """Every follow-up is the kept person's; those that were joined to another, and to which."""
    query = select(FollowUp).where(FollowUp.beneficiary_id.in_((kept_id, gone_id))).order_by(FollowUp.id)
    found = session.scalars(query).all()
    mine = {one.category_id: one for one in found if one.beneficiary_id == kept_id}
    joined: dict[int, int] = {}
    for one in found:
        if one.beneficiary_id == gone_id and one.category_id in mine:
            _join(session, mine[one.category_id], one, move=move, now=now)
            joined[one.id] = mine[one.category_id].id
    session.execute(update(FollowUp).where(FollowUp.beneficiary_id == gone_id).values(beneficiary_id=kept_id))
    return joined


def _join(session: Session, kept: FollowUp, gone: FollowUp, *, move: Move, now: datetime) -> None:
    _end_what_was_answered(session, kept, gone, now=now)
    _keep_one_place(session, kept, gone, now=now)
    _join_marks(kept, gone)
    session.flush()
    kept_id, gone_id = kept.id, gone.id
    joining.join(session, kept_id, gone_id)
    move(session, FollowUp.__table__, kept_id, gone_id)  # type: ignore[arg-type]  # declared classes have a Table
    session.expunge(gone)
    session.execute(delete(FollowUp).where(FollowUp.id == gone_id))


def _end_what_was_answered(session: Session, kept: FollowUp, gone: FollowUp, *, now: datetime) -> None:
    """Whoever has an appointment to come needs no other invitation (domain.md): the other record's end."""
    for one, other in ((kept, gone), (gone, kept)):
        if _is_expected(session, one, now):
            follow_ups.end_invitations(session, other, EndReason.BOOKED, now=now)


def _is_expected(session: Session, follow_up: FollowUp, now: datetime) -> bool:
    query = (
        select(Participation.id)
        .join(Appointment)
        .where(
            Participation.follow_up_id == follow_up.id,
            Participation.outcome == Outcome.UNKNOWN,
            Appointment.cancelled_at.is_(None),
            Appointment.starts_at > now,
        )
    )
    return session.scalar(query.limit(1)) is not None


def _keep_one_place(session: Session, kept: FollowUp, gone: FollowUp, *, now: datetime) -> None:
    """One place in an organisation's queue, the earlier of the two."""
    query = select(Waiting).where(Waiting.follow_up_id.in_((kept.id, gone.id)), Waiting.ended_at.is_(None))
    places = session.scalars(query).all()
    mine = {one.organisation_id: one for one in places if one.follow_up_id == kept.id}
    doubled = [one for one in places if one.follow_up_id == gone.id and one.organisation_id in mine]
    for one in doubled:
        mine[one.organisation_id].asked_at = min(mine[one.organisation_id].asked_at, one.asked_at)
    if doubled:
        waiting.end(session, gone.id, now=now)


def _join_marks(kept: FollowUp, gone: FollowUp) -> None:
    """Closed when both are; what an agent stopped in one stays stopped."""
    kept.closed_at = max(kept.closed_at, gone.closed_at) if kept.closed_at and gone.closed_at else None
    kept.reminders_suspended_at = kept.reminders_suspended_at or gone.reminders_suspended_at
    kept.calls_stopped_at = kept.calls_stopped_at or gone.calls_stopped_at
    kept.call_tries += gone.call_tries
    kept.call_tried_at = _latest(kept.call_tried_at, gone.call_tried_at)
    kept.created_at = min(kept.created_at, gone.created_at)


def _latest(one: Any, other: Any) -> Any:
    return max((each for each in (one, other) if each is not None), default=None)

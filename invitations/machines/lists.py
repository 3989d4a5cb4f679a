"""What machines follow, a slice at a time: people, follow-ups, invitations, appointments, lists handed in. Each in a constant
number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, and_, case, cast, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from invitations.machines.cursors import From, Mark, Slice, slice_of
from invitations.machines.reading import AS_SHOWN, MEETING_AS_SHOWN, holds
from invitations.models import (
    ApiBatch,
    Appointment,
    Beneficiary,
    Category,
    CategorySettings,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Membership,
    Message,
    Outcome,
    Participation,
)
from invitations.webhooks.subjects import ADDRESSING

# What ends an invitation comes last, and what answers it before; how a message travels is no change of it.
_CHANGED = func.coalesce(Invitation.ended_at, Invitation.answered_at, Invitation.created_at)
_FINISHED = func.coalesce(ApiBatch.finished_at, ApiBatch.created_at)


@dataclass(frozen=True, slots=True)
class People:
    """A slice of people: those who are active, and the ids of those who were archived."""

    active: list[Beneficiary]
    archived: list[int]
    next: Mark | None


def people(session: Session, organisation_ids: Collection[int], start: From, *, query: str = "") -> People:
    """Those of one of these organisations at least; archived when none of them goes on with them."""
    theirs = exists().where(_of(organisation_ids, Beneficiary.id))
    wanted = select(Beneficiary).where(theirs, *holds(query)).options(*AS_SHOWN)
    found = slice_of(session, wanted, Beneficiary.updated_at, Beneficiary.id, start)
    active = {
        one.id
        for one in found.rows
        if any(here.archived_at is None for here in one.memberships if here.organisation_id in organisation_ids)
    }
    gone = [one.id for one in found.rows if one.id not in active]
    return People([one for one in found.rows if one.id in active], gone, found.next)


def follow_ups(
    session: Session, organisation_id: int, start: From, *, status: FollowUpStatus | None = None, category: str = ""
) -> Slice[FollowUp]:
    """Those of its active people, in the categories that it handles; of one status, of one category (its code)."""
    handled = exists().where(
        CategorySettings.organisation_id == organisation_id, CategorySettings.category_id == FollowUp.category_id
    )
    wanted = select(FollowUp).where(_is_active(organisation_id, FollowUp.beneficiary_id), handled)
    if status is not None:
        wanted = wanted.where(FollowUp.status == status)
    if category:
        wanted = wanted.where(FollowUp.category.has(Category.code == category))
    return slice_of(session, wanted, FollowUp.status_since, FollowUp.id, start)


def invitations(session: Session, organisation_id: int, start: From) -> Slice[Invitation]:
    """Those that the organisation sent, whatever became of them."""
    wanted = select(Invitation).where(Invitation.organisation_id == organisation_id)
    return slice_of(session, wanted.options(joinedload(Invitation.follow_up)), _CHANGED, Invitation.id, start)


def first_messages(session: Session, sent: Sequence[Invitation]) -> dict[int, list[Message]]:
    """By invitation, what carried it first, one a channel. One query."""
    query = select(Message).where(
        Message.invitation_id.in_([one.id for one in sent]), Message.kind.in_(ADDRESSING), Message.replaces_id.is_(None)
    )
    found: dict[int, list[Message]] = defaultdict(list)
    for one in session.scalars(query.order_by(Message.id)):
        if one.invitation_id is not None:
            found[one.invitation_id].append(one)
    return found


def batches(session: Session, organisation_id: int, start: From) -> Slice[ApiBatch]:
    """Those of the organisation that are not forgotten yet."""
    wanted = select(ApiBatch).where(ApiBatch.organisation_id == organisation_id).options(selectinload(ApiBatch.rows))
    return slice_of(session, wanted, _FINISHED, ApiBatch.id, start)


# As `showing.status` says it: what all who take part have in common; else seen, once somebody came.
_THEIRS = Participation.appointment_id == Appointment.id
_LEAST, _MOST = (
    select(one(Participation.outcome)).where(_THEIRS).correlate(Appointment).scalar_subquery()
    for one in (func.min, func.max)
)
_status = case(
    (_LEAST == _MOST, cast(_LEAST, String)),
    (Appointment.cancelled_at.is_not(None), Outcome.REVOKED.value),
    (exists().where(_THEIRS, Participation.outcome == Outcome.SEEN).correlate(Appointment), Outcome.SEEN.value),
    else_=Outcome.UNKNOWN.value,
)


@dataclass(frozen=True, slots=True)
class Meetings:
    """Which appointments are asked for: `after <= start < before`, and what became of them."""

    after: datetime | None = None
    before: datetime | None = None
    outcome: Outcome | None = None


def appointments(session: Session, organisation_id: int, start: From, asked: Meetings) -> Slice[Appointment]:
    """Those of the organisation that somebody has or had: a slot that is only held is none yet."""
    wanted = select(Appointment).where(Appointment.organisation_id == organisation_id, Appointment.held_until.is_(None))
    if asked.after is not None:
        wanted = wanted.where(Appointment.starts_at >= asked.after)
    if asked.before is not None:
        wanted = wanted.where(Appointment.starts_at < asked.before)
    if asked.outcome is not None:
        wanted = wanted.where(_status == asked.outcome.value)
    return slice_of(session, wanted.options(*MEETING_AS_SHOWN), Appointment.changed_at, Appointment.id, start)


def _is_active(organisation_id: int, beneficiary_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return exists().where(_of([organisation_id], beneficiary_id), Membership.archived_at.is_(None))


def _of(organisation_ids: Collection[int], beneficiary_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    return and_(Membership.beneficiary_id == beneficiary_id, Membership.organisation_id.in_(organisation_ids))

"""What machines follow, a slice at a time: people, follow-ups, invitations, lists handed in. Each in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from invitations.machines.cursors import From, Slice, slice_of
from invitations.machines.reading import AS_SHOWN, holds
from invitations.models import (
    ApiBatch,
    Beneficiary,
    Category,
    CategorySettings,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Membership,
    Message,
)
from invitations.webhooks.subjects import ADDRESSING

# What ends an invitation comes last, and what answers it before; how a message travels is no change of it.
_CHANGED = func.coalesce(Invitation.ended_at, Invitation.answered_at, Invitation.created_at)
_FINISHED = func.coalesce(ApiBatch.finished_at, ApiBatch.created_at)


def people(session: Session, organisation_id: int, start: From, *, query: str = "") -> Slice[Beneficiary]:
    """The active people of an organisation."""
    wanted = select(Beneficiary).where(_is_active(organisation_id, Beneficiary.id), *holds(query)).options(*AS_SHOWN)
    return slice_of(session, wanted, Beneficiary.updated_at, Beneficiary.id, start)


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


def _is_active(organisation_id: int, beneficiary_id: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    mine = and_(Membership.beneficiary_id == beneficiary_id, Membership.organisation_id == organisation_id)
    return exists().where(mine, Membership.archived_at.is_(None))

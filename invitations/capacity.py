"""How many people may still be invited: bookable slots, less the invitations in flight (product.md, rule 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.search import find_slots
from invitations.agenda.slots import Slot
from invitations.models import AppointmentType, FollowUp, Invitation, Mode, OpenTo


def types_open_to_invited(session: Session, *, organisation_id: int, category_id: int) -> list[AppointmentType]:
    """The individual types of a category that invited people may book, in order of id."""
    return list(
        session.scalars(
            select(AppointmentType)
            .where(
                AppointmentType.organisation_id == organisation_id,
                AppointmentType.category_id == category_id,
                AppointmentType.open_to == OpenTo.INVITED,
                AppointmentType.is_collective.is_(False),
                AppointmentType.closed_at.is_(None),
            )
            .order_by(AppointmentType.id)
        )
    )


def slots_left(
    session: Session,
    *,
    organisation_id: int,
    category_id: int,
    place_id: int | None = None,
    agent_ids: Collection[int] | None = None,
    before: datetime | None,
    now: datetime,
    types: list[AppointmentType] | None = None,
) -> int:
    """People who could still be invited and find a slot starting before `before` (None: the types' maximum delay).

    Never below zero. `agent_ids` restricts to referents, `place_id` to one place.
    """
    if types is None:
        types = types_open_to_invited(session, organisation_id=organisation_id, category_id=category_id)
    if not types:
        return 0
    slots = find_slots(
        session,
        types=types,
        place_ids=None if place_id is None else [place_id],
        agent_ids=agent_ids,
        after=now,
        before=before or now + max(one.max_delay for one in types),
        now=now,
    )
    waiting = in_flight(session, organisation_id=organisation_id, category_id=category_id, place_id=place_id, now=now)
    return max(0, bookable(slots) - waiting)


def bookable(slots: Iterable[Slot]) -> int:
    """How many of these slots could be booked together: an agent's overlapping ones count once."""
    free_from: dict[int, datetime] = {}
    count = 0
    for slot in sorted(slots, key=lambda one: (one.ends_at, one.starts_at)):
        if slot.agent_id not in free_from or free_from[slot.agent_id] <= slot.starts_at:
            free_from[slot.agent_id] = slot.ends_at
            count += 1
    return count


def in_flight(
    session: Session, *, organisation_id: int, category_id: int, place_id: int | None = None, now: datetime
) -> int:
    """Invitations that may still be answered and so may still take a slot. Propositions hold theirs already."""
    query = (
        select(func.count())
        .select_from(Invitation)
        .join(FollowUp)
        .where(
            Invitation.organisation_id == organisation_id,
            FollowUp.category_id == category_id,
            Invitation.mode == Mode.INVITATION,
            Invitation.ended_at.is_(None),
            Invitation.answered_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
        )
    )
    if place_id is not None:
        query = query.where(or_(Invitation.place_id.is_(None), Invitation.place_id == place_id))
    return session.scalar(query) or 0

"""An administrator deletes one person: what stands in the way, what would go and what stays, and the deletion itself.

The conseil départemental answers for the whole and deletes anybody it follows. Another organisation deletes those whom
nobody else follows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Select, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations import erasures, forgetting, journal
from invitations.errors import DatabaseBusy, FollowedElsewhere, StillBeingTold, StillExpected
from invitations.models import (
    Appointment,
    Assignment,
    AuditEvent,
    Beneficiary,
    CallbackRequest,
    FollowUp,
    ImportRow,
    InboundText,
    Invitation,
    Membership,
    Message,
    MessageState,
    Organisation,
    OrganisationKind,
    Outcome,
    Participation,
)

# Not left yet, leaving, or nobody knows: a text that arrives after its reader was deleted leads to a page that is gone.
_ON_THEIR_WAY = (MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN)


# People forgotten at once when a backup was restored.
_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """How much goes, by subject, and how much stays without saying of whom. `waiting`: messages that can be held back."""

    follow_ups: int
    invitations: int
    appointments: int
    messages: int
    texts: int
    callbacks: int
    import_rows: int
    journal: int
    trials: int
    waiting: int


def preview(session: Session, person: Beneficiary) -> Preview:
    """One query, however much there is."""
    followed = select(FollowUp.id).where(FollowUp.beneficiary_id == person.id)
    told = _count(Message).where(Message.beneficiary_id == person.id)
    counts = (
        _count(FollowUp).where(FollowUp.beneficiary_id == person.id),
        _count(Invitation).where(Invitation.follow_up_id.in_(followed)),
        _count(Participation).where(Participation.beneficiary_id == person.id),
        told,
        _count(InboundText).where(InboundText.beneficiary_id == person.id),
        _count(CallbackRequest).where(CallbackRequest.beneficiary_id == person.id),
        _count(ImportRow).where(ImportRow.beneficiary_id == person.id),
        _count(AuditEvent).where(AuditEvent.beneficiary_id == person.id),
        _count(Assignment).where(Assignment.follow_up_id.in_(followed)),
        told.where(Message.state == MessageState.PENDING),
    )
    return Preview(*session.execute(select(*(one.scalar_subquery() for one in counts))).one())


def check(session: Session, person: Beneficiary, organisation: Organisation, *, now: datetime) -> None:
    """Raises FollowedElsewhere, StillExpected, StillBeingTold: what has to be settled first."""
    others = _others(session, person, organisation)
    if others:
        raise FollowedElsewhere(organisations=others)
    starts_at = session.scalar(
        select(func.min(Appointment.starts_at))
        .join(Participation, Participation.appointment_id == Appointment.id)
        .where(
            Participation.beneficiary_id == person.id,
            Participation.outcome == Outcome.UNKNOWN,
            Appointment.cancelled_at.is_(None),
            Appointment.starts_at > now,
        )
    )
    if starts_at is not None:
        raise StillExpected(starts_at=starts_at)
    owed = session.scalar(_count(Message).where(Message.beneficiary_id == person.id, Message.state.in_(_ON_THEIR_WAY)))
    if owed:
        raise StillBeingTold(messages=owed)


def hold_back(
    session: Session, person: Beneficiary, organisation: Organisation, *, agent_id: int, now: datetime
) -> int:
    """Messages to them that have not left don't leave. Returns how many."""
    pending = update(Message).where(Message.beneficiary_id == person.id, Message.state == MessageState.PENDING)
    stopped = session.execute(
        pending.values(state=MessageState.CANCELLED, settled_at=now, error_reason="overtaken"),
        execution_options={"synchronize_session": False},
    )
    count = cast(CursorResult[Any], stopped).rowcount
    journal.note(
        session, "messages.held_back", now=now, organisation_id=organisation.id, agent_id=agent_id,
        beneficiary_id=person.id, messages=count,
    )  # fmt: skip
    return count


def erase(session: Session, person: Beneficiary, organisation: Organisation, *, agent_id: int, now: datetime) -> None:
    """Delete the person and everything that speaks of them. The journal says that somebody was, and not who.

    Raises what `check` raises, and DatabaseBusy when the person acts in this very moment.
    """
    check(session, person, organisation, now=now)
    try:
        done = forgetting.forget(session, [person.id], now=now)
    except IntegrityError as acting:
        raise DatabaseBusy from acting
    journal.note(
        session, "beneficiary.erased", now=now, organisation_id=organisation.id, agent_id=agent_id,
        rows=done.total(),
    )  # fmt: skip


def replay(session: Session, told: Collection[str], *, now: datetime) -> int:
    """After a restore: forget again whoever was deleted since the backup, `told` by their fingerprints (`erasures.read`).

    Nothing stands in the way this time: it was decided before. Returns how many people were back; once more finds nobody.
    """
    back = erasures.people_of(session, told)
    for first in range(0, len(back), _AT_ONCE):
        forgetting.forget(session, back[first : first + _AT_ONCE], now=now)
    erasures.keep(session, told, now=now)
    if back:
        journal.note(session, "erasures.replayed", now=now, people=len(back))
    return len(back)


def _others(session: Session, person: Beneficiary, organisation: Organisation) -> list[str]:
    if organisation.kind is OrganisationKind.DEPARTMENT_COUNCIL:
        return []
    query = (
        select(Organisation.name)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(
            Membership.beneficiary_id == person.id,
            Membership.organisation_id != organisation.id,
            Membership.archived_at.is_(None),
        )
    )
    return list(session.scalars(query.order_by(Organisation.name)))


def _count(table: Any) -> Select[int]:
    return select(func.count()).select_from(table)

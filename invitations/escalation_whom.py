"""Among whom an organisation looks for people to call: the questions to the database."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from invitations.escalation_due import has_appointment, waits
from invitations.escalation_reach import ADDRESSING, AWAITED, is_latest, is_open, nothing_reached
from invitations.models import (
    Beneficiary,
    CallbackRequest,
    Category,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Message,
    Mode,
)
from invitations.people import belongs

# An expired invitation is told as such on the day's page; a call is still worth it for so long.
AFTER_EXPIRY = timedelta(days=30)
# What a line says of the person, and what reaching them depends on.
PERSON = (
    Beneficiary.id.label("beneficiary_id"),
    Beneficiary.first_name,
    Beneficiary.last_name,
    Beneficiary.language,
    Beneficiary.needs,
    Beneficiary.phone,
    Beneficiary.email,
    Beneficiary.address,
    Beneficiary.postcode,
    Beneficiary.city,
    Beneficiary.sms_refused_at,
    Beneficiary.email_refused_at,
    Beneficiary.phone_dead_at,
    Beneficiary.email_dead_at,
    Beneficiary.letter_dead_at,
    Beneficiary.wrong_phone,
)


def addressed(
    organisation_id: int, categories: Collection[int], calling: Mapping[int, int], now: datetime
) -> Select[*tuple[Any, ...]]:
    """Invitations that reached nobody, and those that are unanswered and old enough for a call."""
    sent_at = select(func.min(Message.sent_at)).where(
        Message.invitation_id == Invitation.id, Message.kind.in_(ADDRESSING)
    )
    # An hour more: the clock may go back in between.
    old_enough = [
        and_(FollowUp.category_id == category, Invitation.created_at <= now - timedelta(days=days) + timedelta(hours=1))
        for category, days in calling.items()
    ]
    unanswered = and_(
        or_(*old_enough) if old_enough else FollowUp.id.is_(None),
        Invitation.mode != Mode.CONVOCATION,
        FollowUp.status.in_(AWAITED),
        is_open(),
        ~has_appointment(now),
    )
    unreached = nothing_reached()
    return (
        people_of(organisation_id, categories)
        .add_columns(
            Invitation.id.label("invitation_id"),
            Invitation.created_at.label("since"),
            Invitation.expires_at,
            sent_at.scalar_subquery().label("sent_at"),
            unreached.label("is_unreached"),
        )
        .join(Invitation, Invitation.follow_up_id == FollowUp.id)
        .where(
            Invitation.organisation_id == organisation_id,
            FollowUp.status.in_((*AWAITED, FollowUpStatus.APPOINTMENT_PENDING)),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now - AFTER_EXPIRY),
            is_latest(),
            or_(unreached, unanswered),
            ~waits(),
        )
    )


def unaddressed(organisation_id: int, channels: Mapping[int, Collection[Channel]]) -> Select[*tuple[Any, ...]]:
    """People to invite whom perhaps nothing reaches: whoever has a French mobile that works is left out at once."""
    by_text = [category for category, used in channels.items() if Channel.SMS in used]
    has_mobile = and_(
        FollowUp.category_id.in_(by_text),
        or_(Beneficiary.phone.startswith("+336"), Beneficiary.phone.startswith("+337")),
        func.length(Beneficiary.phone) == len("+33600000000"),
        Beneficiary.phone_dead_at.is_(None),
        Beneficiary.sms_refused_at.is_(None),
    )
    return (
        people_of(organisation_id, channels)
        .add_columns(FollowUp.status_since.label("since"))
        .where(FollowUp.status == FollowUpStatus.NOT_INVITED, func.coalesce(has_mobile, False).is_(False))
    )


def people_of(organisation_id: int, categories: Iterable[int]) -> Select[*tuple[Any, ...]]:
    """Follow-ups of the organisation's people in these categories, but for those who asked to be called."""
    asked: ColumnElement[bool] = exists().where(
        CallbackRequest.follow_up_id == FollowUp.id,
        CallbackRequest.organisation_id == organisation_id,
        CallbackRequest.handled_at.is_(None),
    )
    return (
        select(
            FollowUp.id.label("follow_up_id"),
            FollowUp.category_id,
            FollowUp.call_tries,
            FollowUp.call_tried_at,
            FollowUp.calls_stopped_at,
            FollowUp.reminders_suspended_at,
            Category.name.label("category"),
            *PERSON,
        )
        .join(Beneficiary, Beneficiary.id == FollowUp.beneficiary_id)
        .join(Category, Category.id == FollowUp.category_id)
        .where(
            FollowUp.category_id.in_(list(categories)),
            FollowUp.closed_at.is_(None),
            belongs(FollowUp.beneficiary_id, [organisation_id], archived=False),
            ~asked,
        )
    )

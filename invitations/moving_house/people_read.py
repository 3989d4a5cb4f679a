"""What goes out about people besides who they are: a query for each kind of thing, by the id of the person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from invitations.models import (
    Agent,
    Appointment,
    AppointmentType,
    Category,
    EndReason,
    FollowUp,
    Invitation,
    Membership,
    Organisation,
    Participation,
    Referent,
    Tag,
    Tagging,
)

By = dict[int, list[Any]]


def memberships(session: Session, ids: list[int], organisation_ids: Collection[int]) -> By:
    query = (
        select(
            Membership.beneficiary_id,
            Organisation.name,
            Membership.created_at,
            Membership.archived_at,
            Membership.archive_reason,
        )
        .join(Organisation)
        .where(Membership.beneficiary_id.in_(ids), Membership.organisation_id.in_(organisation_ids))
    )
    return _by_person(session, query.order_by(Organisation.id))


def tags(session: Session, ids: list[int], organisation_ids: Collection[int]) -> By:
    query = (
        select(Tagging.beneficiary_id, Organisation.name, Tag.label)
        .join(Tag, Tag.id == Tagging.tag_id)
        .join(Organisation, Organisation.id == Tag.organisation_id)
        .where(Tagging.beneficiary_id.in_(ids), Tag.organisation_id.in_(organisation_ids))
    )
    return _by_person(session, query.order_by(Tag.label, Tag.id))


def referents(session: Session, ids: list[int]) -> By:
    query = select(Referent.beneficiary_id, Agent.email).join(Agent).where(Referent.beneficiary_id.in_(ids))
    found: By = defaultdict(list)
    for person, email in session.execute(query.order_by(Agent.email)):
        found[person].append(email)
    return found


def follow_ups(session: Session, ids: list[int], category_ids: Collection[int] | None = None) -> By:
    """In these categories; None: in all."""
    wanted = true() if category_ids is None else FollowUp.category_id.in_(category_ids)
    query = (
        select(
            FollowUp.beneficiary_id,
            Category.code,
            FollowUp.uid,
            FollowUp.created_at,
            FollowUp.closed_at,
            FollowUp.reminders_suspended_at,
        )
        .join(Category, Category.id == FollowUp.category_id)
        .where(FollowUp.beneficiary_id.in_(ids), wanted)
    )
    return _by_person(session, query.order_by(FollowUp.id))


def invitations(session: Session, ids: list[int], organisation_ids: Collection[int]) -> By:
    """Those that were taken back before anything left never were."""
    query = (
        select(
            FollowUp.beneficiary_id,
            Category.code,
            Organisation.name,
            Invitation.uid,
            Invitation.mode,
            Invitation.created_at,
            Invitation.expires_at,
            Invitation.answered_at,
            Invitation.ended_at,
            Invitation.end_reason,
        )
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .join(Category, Category.id == FollowUp.category_id)
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .where(
            FollowUp.beneficiary_id.in_(ids),
            Invitation.organisation_id.in_(organisation_ids),
            Invitation.end_reason.is_distinct_from(EndReason.TAKEN_BACK),
        )
    )
    return _by_person(session, query.order_by(Invitation.created_at, Invitation.id))


def last_meetings(session: Session, ids: list[int], organisation_ids: Collection[int]) -> By:
    query = (
        select(
            Participation.beneficiary_id,
            Appointment.starts_at,
            AppointmentType.name,
            AppointmentType.is_collective,
            Participation.created_by,
            Participation.created_at,
            Participation.outcome,
        )
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(AppointmentType, AppointmentType.id == Appointment.type_id)
        .where(Participation.beneficiary_id.in_(ids), Appointment.organisation_id.in_(organisation_ids))
    )
    return _by_person(session, query.order_by(Appointment.starts_at, Participation.id))


def _by_person(session: Session, query: Any) -> By:
    found: By = defaultdict(list)
    for row in session.execute(query):
        found[row[0]].append(row)
    return found

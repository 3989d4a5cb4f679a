"""What the list of people is narrowed to, and in which order: queries that `people` asks, and others with a selection."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from invitations import identity
from invitations.escalation_reach import is_latest, nothing_reached
from invitations.models import (
    Beneficiary,
    EndReason,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Membership,
    Mode,
    Referent,
    Tag,
    Tagging,
)
from invitations.name_order import Ordered


class Sort(StrEnum):
    NAME = "name"
    OLDEST_STATUS = "oldest_status"
    LATEST_STATUS = "latest_status"


@dataclass(frozen=True, slots=True)
class Between:
    """Moments from `after` on and before `before`; None on either side is no bound."""

    after: datetime | None = None
    before: datetime | None = None

    def __bool__(self) -> bool:
        return self.after is not None or self.before is not None

    def holds(self, column: Any) -> list[ColumnElement[bool]]:
        clauses = [column >= self.after] if self.after is not None else []
        return [*clauses, column < self.before] if self.before is not None else clauses


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to. `category_ids`: those looked at; `statuses`: any of them, empty for all.

    `referent_id`: whom this agent accompanies; `tag`: a label, of whichever of the organisations; `mode` and `invited` are
    about one of the invitations; `after` and `before`: the person that ends the page before this one, or begins the next.
    """

    organisation_ids: tuple[int, ...]
    category_ids: tuple[int, ...]
    statuses: frozenset[FollowUpStatus] = frozenset()
    in_one_category: bool = False
    text: str = ""
    referent_id: int | None = None
    without_referent: bool = False
    tag: str = ""
    mode: Mode | None = None
    invited: Between = Between()
    since: Between = Between()
    unreached: bool = False
    archived: bool = False
    sort: Sort = Sort.NAME
    page: int = 1
    after: int | None = None
    before: int | None = None


BY_NAME = (Ordered(Beneficiary.last_name), Ordered(Beneficiary.first_name), Beneficiary.id)


def narrowed(wanted: Wanted) -> Select[Any]:
    """`select(Beneficiary.id)` for the people wanted, in no order yet."""
    query = select(Beneficiary.id).where(belongs(Beneficiary.id, wanted.organisation_ids, archived=wanted.archived))
    return query.where(*of_person(wanted), *about(Beneficiary.id, wanted))


def counted(wanted: Wanted) -> Select[int]:
    """How many that is. People themselves are not looked at when nothing of theirs is asked for: that is most of the work."""
    if len(wanted.organisation_ids) != 1 or of_person(wanted):
        return select(func.count()).select_from(narrowed(wanted).subquery())
    return (
        select(func.count())
        .select_from(Membership)
        .where(*member(wanted.organisation_ids, archived=wanted.archived), *about(Membership.beneficiary_id, wanted))
    )


def of_person(wanted: Wanted) -> list[ColumnElement[bool]]:
    """What their own row must hold."""
    clauses = [Beneficiary.search_key.contains(word, autoescape=True) for word in identity.search_terms(wanted.text)]
    return [*clauses, or_(no_way(), was_not_reached(wanted))] if wanted.unreached else clauses


def about(person_id: Any, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What must be there about the person with this id."""
    clauses: list[ColumnElement[bool]] = []
    if wanted.statuses or wanted.in_one_category or wanted.since:
        clauses.append(exists().where(FollowUp.beneficiary_id == person_id, *followed(wanted)))
    if wanted.mode is not None or wanted.invited:
        clauses.append(was_invited(person_id, wanted))
    if wanted.referent_id is not None:
        clauses.append(exists().where(Referent.beneficiary_id == person_id, Referent.agent_id == wanted.referent_id))
    if wanted.without_referent:
        clauses.append(~exists().where(Referent.beneficiary_id == person_id))
    if wanted.tag:
        clauses.append(person_id.in_(tagged(wanted)))
    return clauses


def followed(wanted: Wanted, one: type[FollowUp] = FollowUp) -> list[ColumnElement[bool]]:
    """What a follow-up (or an alias of it) must be for the list to look at it."""
    clauses: list[ColumnElement[bool]] = [one.category_id.in_(wanted.category_ids)]
    if wanted.statuses:
        clauses.append(one.status.in_(wanted.statuses))
    return [*clauses, *wanted.since.holds(one.status_since)]


def was_invited(person_id: Any, wanted: Wanted) -> ColumnElement[bool]:
    """That an invitation of this organisation is of the mode, and of the days."""
    clauses = wanted.invited.holds(Invitation.created_at)
    if wanted.mode is not None:
        clauses.append(Invitation.mode == wanted.mode)
    return exists().where(
        FollowUp.beneficiary_id == person_id,
        *followed(wanted),
        Invitation.follow_up_id == FollowUp.id,
        Invitation.organisation_id.in_(wanted.organisation_ids),
        or_(Invitation.end_reason.is_(None), Invitation.end_reason != EndReason.TAKEN_BACK),  # that one never left
        *clauses,
    )


def tagged(wanted: Wanted) -> Select[int]:
    return (
        select(Tagging.beneficiary_id)
        .join(Tag, Tag.id == Tagging.tag_id)
        .where(Tag.organisation_id.in_(wanted.organisation_ids), Tag.label == wanted.tag)
    )


def no_way() -> ColumnElement[bool]:
    """That neither email nor telephone leads to the person."""
    no_email = or_(
        Beneficiary.email.is_(None), Beneficiary.email_dead_at.is_not(None), Beneficiary.email_refused_at.is_not(None)
    )
    no_phone = or_(
        Beneficiary.phone.is_(None),
        Beneficiary.phone_dead_at.is_not(None),
        Beneficiary.sms_refused_at.is_not(None),
        Beneficiary.wrong_phone == Beneficiary.phone,
    )
    return and_(no_email, no_phone)


def was_not_reached(wanted: Wanted) -> ColumnElement[bool]:
    """That nothing of what addressed them last arrived."""
    return Beneficiary.id.in_(
        select(FollowUp.beneficiary_id)
        .join(Invitation, Invitation.follow_up_id == FollowUp.id)
        .where(
            *followed(wanted),
            Invitation.organisation_id.in_(wanted.organisation_ids),
            is_latest(),
            nothing_reached(),
        )
    )


def belongs(
    beneficiary_id: Any, organisation_ids: Collection[int], *, archived: bool | None = None
) -> ColumnElement[bool]:
    """That the person is in one of these organisations; `archived=False` leaves out those archived there, True the others."""
    return exists().where(Membership.beneficiary_id == beneficiary_id, *member(organisation_ids, archived=archived))


def member(organisation_ids: Collection[int], *, archived: bool | None) -> list[ColumnElement[bool]]:
    clauses: list[ColumnElement[bool]] = [Membership.organisation_id.in_(organisation_ids)]
    if archived is not None:
        clauses.append(Membership.archived_at.is_not(None) if archived else Membership.archived_at.is_(None))
    return clauses


def sorted_by(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.sort is Sort.NAME:
        return query.order_by(*BY_NAME)
    since = (
        select(func.max(FollowUp.status_since))
        .where(FollowUp.beneficiary_id == Beneficiary.id, *followed(wanted))
        .scalar_subquery()
    )
    first = since.asc() if wanted.sort is Sort.OLDEST_STATUS else since.desc()
    return query.order_by(first.nulls_last(), *BY_NAME)

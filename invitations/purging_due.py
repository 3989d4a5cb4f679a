"""Who is forgotten next: people to whom nothing has happened, anywhere, for as long as their organisations keep them.

SIGNS says what counts as something happening; archived or not makes no difference. Somebody followed by several
organisations is kept for as long as the one that keeps longest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, exists, func, select, union_all
from sqlalchemy.orm import Session

from invitations.database import among, is_postgresql
from invitations.models import (
    Appointment,
    Beneficiary,
    CallbackRequest,
    FollowUp,
    ImportBatch,
    ImportRow,
    InboundText,
    Invitation,
    Membership,
    Message,
    Organisation,
    Orientation,
    Participation,
    Referent,
    Tagging,
    Waiting,
)
from invitations.months import months_before

# Of somebody who belongs to no organisation any more: nobody said how long they are kept.
MONTHS_OF_NOBODYS = 24
# People looked at in one question when years are told.
_AT_ONCE = 500


def _of_follow_ups(column: Any) -> tuple[Any, Select[Any]]:
    return FollowUp.beneficiary_id, select(column).join(FollowUp, FollowUp.id == column.class_.follow_up_id)


def _of_person(column: Any) -> tuple[Any, Select[Any]]:
    return column.class_.beneficiary_id, select(column)


# Each: whose it is, and when it happened. A moment that is null has not come.
SIGNS: tuple[tuple[Any, Select[Any]], ...] = (
    (Beneficiary.id, select(Beneficiary.created_at)),
    (Beneficiary.id, select(Beneficiary.updated_at)),
    _of_person(Membership.created_at),
    _of_person(Membership.archived_at),
    _of_person(Tagging.created_at),
    _of_person(Referent.created_at),
    (ImportRow.beneficiary_id, select(ImportBatch.saved_at).join(ImportRow, ImportRow.batch_id == ImportBatch.id)),
    _of_person(Message.created_at),
    _of_person(InboundText.received_at),
    _of_person(CallbackRequest.created_at),
    _of_person(CallbackRequest.handled_at),
    _of_person(FollowUp.created_at),
    _of_person(FollowUp.closed_at),
    _of_person(Participation.created_at),
    _of_person(Participation.outcome_at),
    (Participation.beneficiary_id, select(Appointment.ends_at).join(Participation)),
    _of_follow_ups(Invitation.created_at),
    _of_follow_ups(Invitation.answered_at),
    _of_follow_ups(Waiting.asked_at),
    _of_follow_ups(Orientation.created_at),
)


def people(
    session: Session,
    *,
    now: datetime,
    organisation_id: int | None = None,
    only: Collection[int] | None = None,
    keeping: Mapping[int, int] | None = None,
    most: int | None = None,
) -> list[int]:
    """Ids of those who are due, in order: of one organisation, of `only` these. `keeping`: organisation → months as they would be."""
    found: list[int] = []
    for months in _lengths(session, keeping):
        query = select(Beneficiary.id).where(*_is_due(months, now, keeping)).order_by(Beneficiary.id).limit(most)
        if organisation_id is not None:
            query = query.where(_belongs(organisation_id))
        if only is not None:
            query = query.where(Beneficiary.id.in_(only))
        found += session.scalars(query)
    return sorted(found)[:most]


def years(session: Session, person_ids: Sequence[int]) -> Counter[int]:
    """In how many of these people's lives something last happened in which year (UTC)."""
    told: Counter[int] = Counter()
    for first in range(0, len(person_ids), _AT_ONCE):
        told.update(at.year for at in last_signs(session, person_ids[first : first + _AT_ONCE]).values())
    return told


def organisations(session: Session, person_ids: Sequence[int]) -> dict[int, list[int]]:
    """Of which organisations they are, archived or not: organisation → people. Somebody of two stands in both."""
    told: dict[int, list[int]] = defaultdict(list)
    for first in range(0, len(person_ids), _AT_ONCE):
        query = select(Membership.organisation_id, Membership.beneficiary_id).where(
            Membership.beneficiary_id.in_(person_ids[first : first + _AT_ONCE])
        )
        for organisation_id, person_id in session.execute(query.order_by(Membership.id)):
            told[organisation_id].append(person_id)
    return dict(told)


def _lengths(session: Session, keeping: Mapping[int, int] | None) -> list[int]:
    asked = session.scalars(select(Organisation.retention_months).distinct().order_by(Organisation.retention_months))
    return sorted({*asked, *(keeping or {}).values(), MONTHS_OF_NOBODYS})


def _is_due(months: int, now: datetime, keeping: Mapping[int, int] | None) -> list[ColumnElement[bool]]:
    """`updated_at` first: it stands in the row itself and says no of nearly everybody."""
    since = months_before(now, months)
    return [Beneficiary.updated_at < since, _kept_for(keeping) == months, *(~_happened(*one, since) for one in SIGNS)]


def _kept_for(keeping: Mapping[int, int] | None) -> ColumnElement[int]:
    """For how many months the organisations of a person keep them, the longest."""
    said: Any = Organisation.retention_months
    if keeping:
        said = case(keeping, value=Organisation.id, else_=said)
    longest = (
        select(func.max(said))
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.beneficiary_id == Beneficiary.id)
        .correlate(Beneficiary)
    )
    return func.coalesce(longest.scalar_subquery(), MONTHS_OF_NOBODYS)


def _happened(person_id: Any, sign: Select[Any], since: datetime) -> ColumnElement[bool]:
    """Looked up person by person, by what each table is found by. Of EXISTS PostgreSQL makes joins, and guesses that nobody is
    left for the next: at 20,000 people it read every table a thousand times (23 s; so it takes 0.2 s)."""
    at = sign.selected_columns[0]
    if person_id is Beneficiary.id:
        return at >= since
    first = sign.where(person_id == Beneficiary.id, at >= since).limit(1).correlate(Beneficiary)
    return first.scalar_subquery().is_not(None)


def _belongs(organisation_id: int) -> ColumnElement[bool]:
    return exists().where(Membership.beneficiary_id == Beneficiary.id, Membership.organisation_id == organisation_id)


def last_signs(session: Session, person_ids: Sequence[int]) -> dict[int, datetime]:
    """When something last happened to each."""
    signs = union_all(
        *(
            sign.with_only_columns(person_id.label("person"), sign.selected_columns[0].label("at")).where(
                among(person_id, "people", postgresql=is_postgresql(session))
            )
            for person_id, sign in SIGNS
        )
    ).subquery()
    last = select(signs.c.person, func.max(signs.c.at)).group_by(signs.c.person).order_by(signs.c.person)
    return {person: at for person, at in session.execute(last, {"people": list(person_ids)}) if at is not None}

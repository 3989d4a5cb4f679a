"""People going out: the same columns as an import takes, so that what goes out comes back in without a change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from invitations import journal, letters_codes, sealed_links
from invitations.codes import Codes
from invitations.errors import NotAllowed
from invitations.matching import chunks
from invitations.models import (
    AgentRole,
    Beneficiary,
    FollowUp,
    Invitation,
    Letter,
    Membership,
    Message,
    Organisation,
    Tag,
    Tagging,
)
from invitations.people_wanted import Wanted, narrowed
from invitations.permissions import may_see_internal_id
from invitations.uploads.columns import FORMULA_SIGNS
from invitations.uploads.headers import Field
from notifications.phone import national

# The columns that go out, in their order.
FIELDS = (
    Field.AFFILIATION_NUMBER,
    Field.ROLE,
    Field.TITLE,
    Field.LAST_NAME,
    Field.FIRST_NAME,
    Field.BIRTH_NAME,
    Field.BIRTH_ON,
    Field.ADDRESS,
    Field.POSTCODE,
    Field.CITY,
    Field.COMMUNE_INSEE,
    Field.DEPARTMENT_INTERNAL_ID,
    Field.FRANCE_TRAVAIL_ID,
    Field.EMAIL,
    Field.PHONE,
    Field.RIGHTS_OPENED_ON,
    Field.TAGS,
)


@dataclass(frozen=True, slots=True)
class Road:
    """How somebody gets to their open invitation: the code of its link, and the one that their letter shows."""

    link: str = ""
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Exported:
    """One person. `cells`: texts as an import reads them."""

    beneficiary_id: int
    cells: dict[Field, str]
    road: Road


def check_may_export(session: Session, agent_id: int, organisation_ids: Collection[int]) -> None:
    """The right to export is its own, and asked in every organisation exported (domain.md). Raises NotAllowed."""
    query = select(AgentRole.organisation_id).where(AgentRole.agent_id == agent_id, AgentRole.may_export)
    if not organisation_ids or not set(organisation_ids) <= set(session.scalars(query)):
        raise NotAllowed


def people(
    session: Session,
    organisation_ids: Collection[int],
    ids: Sequence[int],
    *,
    category_ids: Collection[int] | None = None,
    codes: Codes,
    now: datetime,
) -> list[Exported]:
    """These people as far as they belong to these organisations, in the order of their names.

    `category_ids`: whose invitations the codes lead to, None for any. The number of queries grows with thousands of
    people, not with people.
    """
    found: list[Exported] = []
    for some in chunks(list(dict.fromkeys(ids))):
        found += _some(session, organisation_ids, some, category_ids, codes, now)
    return sorted(found, key=lambda one: (one.cells[Field.LAST_NAME], one.cells[Field.FIRST_NAME], one.beneficiary_id))


def whole_list(session: Session, wanted: Wanted) -> list[int]:
    """Everybody on the list as it is narrowed, however many."""
    return list(session.scalars(narrowed(wanted)))


def note(session: Session, organisation_ids: Collection[int], count: int, *, agent_id: int, now: datetime) -> None:
    """Who took how many people out, for each organisation."""
    for organisation_id in sorted(organisation_ids):
        journal.note(
            session, "people.exported", now=now, organisation_id=organisation_id, agent_id=agent_id, people=count
        )


def quoted(text: str) -> str:
    """A cell that no spreadsheet runs as a formula; an import takes the apostrophe off again (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in FORMULA_SIGNS else text


def _some(
    session: Session,
    organisation_ids: Collection[int],
    ids: Sequence[int],
    category_ids: Collection[int] | None,
    codes: Codes,
    now: datetime,
) -> list[Exported]:
    kinds = _kinds(session, organisation_ids, ids)
    tags = _tags(session, organisation_ids, ids)
    roads = _roads(session, organisation_ids, ids, category_ids, codes, now)
    columns = [getattr(Beneficiary, field.value) for field in FIELDS if field is not Field.TAGS]
    query = select(Beneficiary.id, *columns).where(Beneficiary.id.in_(list(kinds)))
    return [
        Exported(row.id, _cells(row, tags[row.id], may_see_internal_id(kinds[row.id])), roads.get(row.id, Road()))
        for row in session.execute(query)
    ]


def _kinds(session: Session, organisation_ids: Collection[int], ids: Sequence[int]) -> dict[int, set[Any]]:
    query = (
        select(Membership.beneficiary_id, Organisation.kind)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Membership.beneficiary_id.in_(ids), Membership.organisation_id.in_(organisation_ids))
    )
    kinds: dict[int, set[Any]] = defaultdict(set)
    for row in session.execute(query):
        kinds[row.beneficiary_id].add(row.kind)
    return kinds


def _tags(session: Session, organisation_ids: Collection[int], ids: Sequence[int]) -> dict[int, list[str]]:
    query = (
        select(Tagging.beneficiary_id, Tag.label)
        .join(Tag, Tag.id == Tagging.tag_id)
        .where(Tag.organisation_id.in_(organisation_ids), Tagging.beneficiary_id.in_(ids))
        .order_by(Tag.label)
    )
    tags: dict[int, list[str]] = defaultdict(list)
    for row in session.execute(query):
        tags[row.beneficiary_id].append(row.label)
    return tags


def _roads(
    session: Session,
    organisation_ids: Collection[int],
    ids: Sequence[int],
    category_ids: Collection[int] | None,
    codes: Codes,
    now: datetime,
) -> dict[int, Road]:
    """How each person gets to their latest open invitation that one of these organisations made."""
    query = (
        select(FollowUp.beneficiary_id, func.max(Invitation.id).label("invitation_id"))
        .join(Invitation, Invitation.follow_up_id == FollowUp.id)
        .where(
            FollowUp.beneficiary_id.in_(ids),
            Invitation.organisation_id.in_(organisation_ids),
            Invitation.ended_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
        )
        .group_by(FollowUp.beneficiary_id)
    )
    if category_ids is not None:
        query = query.where(FollowUp.category_id.in_(category_ids))
    invited = {row.beneficiary_id: row.invitation_id for row in session.execute(query)}
    opening, typed = _links(session, invited.values(), codes), _short_codes(session, invited.values(), codes)
    return {person: Road(opening.get(one, ""), typed.get(one, "")) for person, one in invited.items()}


def _links(session: Session, invitation_ids: Collection[int], codes: Codes) -> dict[int, str]:
    """The codes that open: after a change of key, those that messages carried until then."""
    every = {one: codes.every("invitation", one) for one in invitation_ids}
    known = sealed_links.known(session, [code for some in every.values() for code in some], codes=codes)
    opening = {one: [code for code in some if code in known] for one, some in every.items()}
    return {one: some[0] for one, some in opening.items() if some}


def _short_codes(session: Session, invitation_ids: Collection[int], codes: Codes) -> dict[int, str]:
    """The eight characters of the last letter of each, as they are printed."""
    query = (
        select(Letter, Message.invitation_id)
        .join(Message, Message.id == Letter.message_id)
        .where(Message.invitation_id.in_(invitation_ids))
        .order_by(Letter.id)
    )
    found = {one: letters_codes.printed(letter, codes) for letter, one in session.execute(query)}
    return {one: letters_codes.parted(code) for one, code in found.items() if one is not None and code}


def _cells(row: Any, tags: list[str], sees_internal_id: bool) -> dict[Field, str]:
    cells = {field: _text(field, getattr(row, field.value)) for field in FIELDS if field is not Field.TAGS}
    if not sees_internal_id:
        cells[Field.DEPARTMENT_INTERNAL_ID] = ""
    return cells | {Field.TAGS: ", ".join(tags)}


def _text(field: Field, value: Any) -> str:
    if not value:
        return ""
    if field in {Field.BIRTH_ON, Field.RIGHTS_OPENED_ON}:
        return f"{value:%d/%m/%Y}"
    if field is Field.PHONE:
        return national(value)
    return str(value)

"""What machines read: people a page at a time, one person, one appointment, a département. Each in a constant number of queries."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from invitations.errors import NotFound
from invitations.identity import search_terms
from invitations.machines.callers import Caller
from invitations.models import (
    Appointment,
    AppointmentType,
    Beneficiary,
    Category,
    CategorySettings,
    Department,
    Membership,
    Participation,
    Place,
)

PAGE_SIZE = 25
_SEATS_OF_REGIONS = Path(__file__).parent.parent / "data" / "departments.csv"
AS_SHOWN = (
    selectinload(Beneficiary.referents),
    selectinload(Beneficiary.tags),
    selectinload(Beneficiary.memberships),
)
_PERSON_IN_PARTICIPATION: Any = joinedload(Participation.beneficiary)
MEETING_AS_SHOWN = (
    joinedload(Appointment.organisation),
    joinedload(Appointment.place),
    selectinload(Appointment.agents),
    selectinload(Appointment.participations).options(
        _PERSON_IN_PARTICIPATION.selectinload(Beneficiary.referents),
        _PERSON_IN_PARTICIPATION.selectinload(Beneficiary.tags),
        _PERSON_IN_PARTICIPATION.selectinload(Beneficiary.memberships),
    ),
)


@dataclass(frozen=True, slots=True)
class Page:
    people: list[Beneficiary]
    number: int
    total: int

    @property
    def pages(self) -> int:
        return -(-self.total // PAGE_SIZE)


@dataclass(frozen=True, slots=True)
class Territory:
    """Where a département is governed from, and in which region it lies."""

    capital: str
    region: str


@dataclass(frozen=True, slots=True)
class Team:
    """What belongs to one organisation: what it handles, what it books, where it receives."""

    categories: list[Category]
    types: list[AppointmentType]
    places: list[Place]


def people(session: Session, organisation_id: int, *, query: str, page: int) -> Page:
    """The active people of an organisation, by name, whose names or numbers hold every word of `query`."""
    mine = (Membership.beneficiary_id == Beneficiary.id, Membership.organisation_id == organisation_id)
    wanted = select(Beneficiary).join(Membership, and_(*mine)).where(Membership.archived_at.is_(None), *holds(query))
    total = session.scalar(select(func.count()).select_from(wanted.with_only_columns(Beneficiary.id).subquery())) or 0
    listed = wanted.order_by(Beneficiary.last_name, Beneficiary.first_name, Beneficiary.id).options(*AS_SHOWN)
    found = session.scalars(listed.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE))
    return Page(list(found), page, total)


def person(session: Session, person_id: int, organisation_id: int) -> Beneficiary:
    """A person of the organisation, archived or not, with all that is shown of them. Raises NotFound."""
    mine = (Membership.beneficiary_id == Beneficiary.id, Membership.organisation_id == organisation_id)
    wanted = select(Beneficiary).join(Membership, and_(*mine)).where(Beneficiary.id == person_id).options(*AS_SHOWN)
    found = session.scalar(wanted.execution_options(populate_existing=True))
    if found is None:
        raise NotFound(model="User")
    return found


def appointment(session: Session, uid: str, *, by: Caller) -> Appointment:
    """An appointment of the caller's organisations that somebody has or had. Raises NotFound: a held slot is none yet."""
    found = session.scalar(
        select(Appointment)
        .where(Appointment.uid == uid, Appointment.organisation_id.in_(by.organisation_ids))
        .options(*MEETING_AS_SHOWN)
        .execution_options(populate_existing=True)
    )
    if found is None or found.held_until is not None:
        raise NotFound(model="Rdv")
    return found


def department(number: str, *, by: Caller) -> Department:
    """The caller's own département. Raises NotFound for another."""
    for one in by.organisations:
        if one.department.number == number:
            return one.department
    raise NotFound(model="Department")


def teams(session: Session, organisation_ids: Sequence[int]) -> dict[int, Team]:
    """What each of these organisations has in use. Three queries."""
    found = {one: Team([], [], []) for one in organisation_ids}
    handled = (
        select(CategorySettings.organisation_id, Category)
        .join(Category, Category.id == CategorySettings.category_id)
        .where(CategorySettings.organisation_id.in_(found), CategorySettings.closed_at.is_(None))
        .order_by(Category.name, Category.id)
    )
    for organisation_id, category in session.execute(handled):
        found[organisation_id].categories.append(category)
    types = select(AppointmentType).where(
        AppointmentType.organisation_id.in_(found), AppointmentType.closed_at.is_(None)
    )
    for one in session.scalars(types.order_by(AppointmentType.name, AppointmentType.id)):
        found[one.organisation_id].types.append(one)
    places = select(Place).where(Place.organisation_id.in_(found), Place.closed_at.is_(None))
    for place in session.scalars(places.order_by(Place.name, Place.id)):
        found[place.organisation_id].places.append(place)
    return found


def territory(number: str) -> Territory:
    """Empty for a number that no département has (a demonstration's own)."""
    return _territories().get(number, Territory("", ""))


@cache
def _territories() -> dict[str, Territory]:
    with _SEATS_OF_REGIONS.open(newline="", encoding="utf-8") as file:
        return {row["number"]: Territory(row["capital"], row["region"]) for row in csv.DictReader(file)}


def holds(query: str) -> list[ColumnElement[bool]]:
    return [Beneficiary.search_key.contains(term, autoescape=True) for term in search_terms(query)]

"""A page of the list of people, found without reading the pages before it where that is possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, select, tuple_
from sqlalchemy.orm import Session, aliased

from invitations.models import Beneficiary, Department, FollowUp
from invitations.people_wanted import BY_NAME, Sort, Wanted, about, followed, narrowed, of_person, sorted_by

Found = Sequence[Row[Any]]
FEW = 1_000


def few(session: Session, wanted: Wanted) -> list[int] | None:
    """The people wanted when they are few, found in one pass: counting and sorting them need not look again. Else None.

    Of many, the first come at once; and what many have in common is met soon on the way through the names.
    """
    if not (of_person(wanted) or about(Beneficiary.id, wanted)):
        return None
    found = list(session.scalars(narrowed(wanted).limit(FEW + 1)))
    return found if len(found) <= FEW else None


def page_of(session: Session, wanted: Wanted, *, size: int, among: Sequence[int] | None = None) -> Found:
    """Id, names and time zone of the people of a page, in order. `among`: who they are, when that is known already."""
    if among is not None:
        query = sorted_by(select(Beneficiary.id).where(Beneficiary.id.in_(among)), wanted)
        return session.execute(with_names(query).limit(size).offset((wanted.page - 1) * size)).all()
    if wanted.sort is Sort.NAME:
        return beside(session, wanted, size=size) or counted_off(session, wanted, size=size)
    return by_state(session, wanted, size=size) or counted_off(session, wanted, size=size)


def counted_off(session: Session, wanted: Wanted, *, size: int) -> Found:
    """The page by its number: what comes before is passed over."""
    return session.execute(
        with_names(sorted_by(narrowed(wanted), wanted)).limit(size).offset((wanted.page - 1) * size)
    ).all()


def beside(session: Session, wanted: Wanted, *, size: int) -> Found:
    """The page that follows a person, or comes before one, whatever lies further away; empty when nobody is named or known.

    The thousandth page costs what the first does: the index of names is entered where the page begins.
    """
    edge = wanted.after if wanted.after is not None else wanted.before
    if edge is None or wanted.page == 1:
        return []
    there = session.execute(select(*BY_NAME).where(Beneficiary.id == edge)).one_or_none()
    if there is None:
        return []
    query, name = with_names(narrowed(wanted)).limit(size), tuple_(*BY_NAME)
    if wanted.after is not None:
        return session.execute(query.where(name > tuple_(*there)).order_by(*BY_NAME)).all()
    backwards = [one.desc() for one in BY_NAME]
    return session.execute(query.where(name < tuple_(*there)).order_by(*backwards)).all()[::-1]


def by_state(session: Session, wanted: Wanted, *, size: int) -> Found:
    """A page of those who are followed in one category, by since when; empty when it is not full.

    People without a follow-up come after them all: their page, and the one where they begin, are counted off.
    """
    if len(wanted.category_ids) != 1:
        return []
    theirs = aliased(FollowUp)  # the filters look into follow-ups of their own
    since = theirs.status_since.asc() if wanted.sort is Sort.OLDEST_STATUS else theirs.status_since.desc()
    query = (
        with_names(narrowed(wanted).join(theirs, theirs.beneficiary_id == Beneficiary.id))
        .where(*followed(wanted, theirs))
        .order_by(since, *BY_NAME)
        .limit(size)
        .offset((wanted.page - 1) * size)
    )
    found = session.execute(query).all()
    return found if len(found) == size else []


def with_names(query: Select[Any]) -> Select[Any]:
    return query.add_columns(Beneficiary.first_name, Beneficiary.last_name, Department.timezone).join(
        Department, Beneficiary.department_id == Department.id
    )

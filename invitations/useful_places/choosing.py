"""What an organisation does with the useful places of its département: shows some kinds to people, makes a place of one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from invitations import places
from invitations.errors import NotFound
from invitations.journal import note
from invitations.models import Organisation, Place, UsefulKind, UsefulPlace, UsefulTheme
from invitations.places import Description

PER_PAGE = 25


@dataclass(frozen=True, slots=True)
class Page:
    places: list[UsefulPlace]
    number: int
    pages: int
    found: int


def chosen(organisation: Organisation) -> tuple[UsefulTheme, ...]:
    """The themes that people of this organisation are shown; none by default."""
    said = (organisation.useful_themes or "").split()
    return tuple(one for one in UsefulTheme if one in said)


def choose(
    session: Session, organisation: Organisation, themes: Iterable[UsefulTheme], *, agent_id: int, now: datetime
) -> None:
    wanted = set(themes)
    said = " ".join(one for one in UsefulTheme if one in wanted) or None
    if said == organisation.useful_themes:
        return
    organisation.useful_themes = said
    note(
        session,
        "useful_places.shown",
        now=now,
        organisation_id=organisation.id,
        agent_id=agent_id,
        themes=len(wanted),
    )


def counts_of(session: Session, department_id: int) -> dict[UsefulKind, int]:
    rows = session.execute(
        select(UsefulPlace.kind, func.count())
        .where(UsefulPlace.department_id == department_id)
        .group_by(UsefulPlace.kind)
    )
    return {row.kind: row[1] for row in rows}


def page_of(session: Session, department_id: int, *, theme: UsefulTheme | None, words: str, number: int) -> Page:
    """Some of them by town and name: under a theme, or with these words in their name or town."""
    wanted = [UsefulPlace.department_id == department_id, *_narrowing(theme, words)]
    found = session.scalar(select(func.count()).select_from(UsefulPlace).where(*wanted)) or 0
    pages = max(1, -(-found // PER_PAGE))
    shown = min(max(number, 1), pages)
    rows = session.scalars(
        select(UsefulPlace)
        .where(*wanted)
        .order_by(UsefulPlace.city, UsefulPlace.name, UsefulPlace.id)
        .limit(PER_PAGE)
        .offset((shown - 1) * PER_PAGE)
    )
    return Page(list(rows), shown, pages, found)


def make_place(session: Session, useful_id: int, organisation: Organisation, *, agent_id: int, now: datetime) -> Place:
    """A place of the organisation's own from a published one: from then on it is changed by hand. Raises NotFound, NameTaken."""
    useful = session.get(UsefulPlace, useful_id)
    if useful is None or useful.department_id != organisation.department_id:
        raise NotFound
    described = Description(
        name=useful.name,
        address=useful.address,
        postcode=useful.postcode,
        city=useful.city,
        commune_insee=useful.commune_insee,
        latitude=useful.latitude,
        longitude=useful.longitude,
        is_step_free=False,  # a link to a page says nothing that we could promise
        phone=useful.phone,
        opening_hours=useful.opening_hours,
        timezone=None,
    )
    return places.add(session, described, organisation_id=organisation.id, agent_id=agent_id, now=now)


def _narrowing(theme: UsefulTheme | None, words: str) -> list[ColumnElement[bool]]:
    wanted = [UsefulPlace.themes.contains(f" {theme} ", autoescape=True)] if theme else []
    for word in words.split()[:5]:
        wanted.append(
            UsefulPlace.name.icontains(word, autoescape=True) | UsefulPlace.city.icontains(word, autoescape=True)
        )
    return wanted

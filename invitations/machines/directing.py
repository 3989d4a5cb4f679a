"""Which organisation of a département a person is handed to: the one that serves the sector of their address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import communes
from invitations.communes import Commune
from invitations.errors import NameUnknown, OrganisationUnclear
from invitations.identity import name_key
from invitations.machines.receiving import CategoryNamed, Incoming
from invitations.models import Category, CategorySettings, Department, Organisation, SectorCommune, SectorService
from invitations.uploads.headers import Field
from invitations.uploads.people import read_person


def direct(
    session: Session,
    department: Department,
    organisations: Sequence[Organisation],
    incoming: Incoming,
    *,
    now: datetime,
) -> Organisation:
    """Of these organisations, all of the département, the one that is meant: the only one that handles what is asked and
    serves where the person lives; the only one at all where no sector says.

    Raises OrganisationUnclear, NameUnknown for a category that none of them handles.
    """
    able = handling(session, organisations, incoming.category)
    commune = commune_of(department, incoming, now=now)
    served = serving(session, commune) if commune is not None else frozenset()
    found = [one for one in able if one.id in served] or able
    if len(found) != 1:
        raise OrganisationUnclear(
            commune=commune.name if commune is not None else "", choices=[(one.id, one.name) for one in found]
        )
    return found[0]


def handling(session: Session, organisations: Sequence[Organisation], named: CategoryNamed) -> list[Organisation]:
    """Those in which the category is open; all of them when none is named. Raises NameUnknown."""
    if not (named.code or named.name):
        return list(organisations)
    open_there = (
        select(CategorySettings.organisation_id, Category.code, Category.name)
        .join(Category, Category.id == CategorySettings.category_id)
        .where(
            CategorySettings.organisation_id.in_([one.id for one in organisations]),
            CategorySettings.closed_at.is_(None),
        )
    )
    theirs = {
        organisation_id
        for organisation_id, code, name in session.execute(open_there)
        if code == named.code or (not named.code and name_key(name) == name_key(named.name))
    }
    if not theirs:
        raise NameUnknown(what="category", name=named.code or named.name)
    return [one for one in organisations if one.id in theirs]


def commune_of(department: Department, incoming: Incoming, *, now: datetime) -> Commune | None:
    """Where the address says that they live; None when it doesn't, or names several."""
    address: dict[Field, str] = {Field.ADDRESS: incoming.cells.get(Field.ADDRESS, "")}
    told, _ = read_person(address, now.astimezone(department.zone).date(), of_contact_file=False)
    if not (told.postcode or told.city):
        return None
    found = communes.find(f"{told.postcode or ''} {told.city or ''}".strip(), department=department.number)
    return found[0] if len(found) == 1 else None


def serving(session: Session, commune: Commune) -> frozenset[int]:
    """The organisations that a sector of this commune names."""
    named = (
        select(SectorService.organisation_id)
        .join(SectorCommune, SectorCommune.sector_id == SectorService.sector_id)
        .where(SectorCommune.commune_insee == commune.code)
    )
    return frozenset(session.scalars(named))

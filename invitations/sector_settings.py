"""Sectors of a département: drawing them, saying who serves them, and which communes lie in none.

Only administrators of the département's own organisations draw them; others read. `sectors` holds what a search asks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations import communes
from invitations.communes import Commune
from invitations.errors import NameTaken, NotAllowed, NotFound
from invitations.journal import note
from invitations.models import (
    Department,
    Organisation,
    OrganisationKind,
    Place,
    Sector,
    SectorCommune,
    SectorService,
)


@dataclass(frozen=True, slots=True)
class Drawer:
    """The agent who draws, and the organisation they do it for. Raises NotAllowed unless it is the département's."""

    agent_id: int
    organisation: Organisation

    def __post_init__(self) -> None:
        if not may_draw(self.organisation):
            raise NotAllowed


@dataclass(frozen=True, slots=True)
class Served:
    """What an organisation does for a sector: `place_ids` names its places, none of them means all."""

    organisation_id: int
    place_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SectorLine:
    """A sector in the list: how many communes, which organisations serve it."""

    id: int
    name: str
    communes: int
    organisations: tuple[str, ...]


def may_draw(organisation: Organisation) -> bool:
    return organisation.kind is OrganisationKind.DEPARTMENT_COUNCIL


def add(session: Session, name: str, *, by: Drawer, now: datetime) -> Sector:
    """A new sector, without commune yet. Raises NameTaken."""
    sector = Sector(department_id=by.organisation.department_id, name=name, created_at=now)
    with named(session):
        session.add(sector)
    _note(session, "sector.added", sector, by, now)
    return sector


def rename(session: Session, sector: Sector, name: str, *, by: Drawer, now: datetime) -> None:
    """Raises NameTaken."""
    if name != sector.name:
        with named(session):
            sector.name = name
        _note(session, "sector.changed", sector, by, now, changed=["name"])


@contextmanager
def named(session: Session) -> Iterator[None]:
    """Write what is inside, or name the database's refusal for what it says and leave the transaction usable."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as taken:
        raise NameTaken from taken


def add_communes(session: Session, sector: Sector, codes: Iterable[str], *, by: Drawer, now: datetime) -> int:
    """Add communes by INSEE code, their districts with them. Returns how many were not there yet."""
    wanted = {each for code in codes for each in communes.with_districts(code)}
    missing = sorted(wanted - {one.commune_insee for one in sector.communes})
    sector.communes.extend(SectorCommune(commune_insee=code) for code in missing)
    session.flush()
    if missing:
        _note(session, "sector.changed", sector, by, now, communes_added=len(missing))
    return len(missing)


def remove_communes(session: Session, sector: Sector, codes: Collection[str], *, by: Drawer, now: datetime) -> int:
    """Take communes out, their districts with them. Returns how many were there."""
    unwanted = {each for code in codes for each in communes.with_districts(code)}
    gone = [one for one in sector.communes if one.commune_insee in unwanted]
    for one in gone:
        sector.communes.remove(one)
    session.flush()
    if gone:
        _note(session, "sector.changed", sector, by, now, communes_removed=len(gone))
    return len(gone)


def serve(session: Session, sector: Sector, served: Collection[Served], *, by: Drawer, now: datetime) -> None:
    """Say who serves the sector from now on. Raises NotFound for an organisation or a place of elsewhere."""
    check_served(session, sector, served)
    wanted = {(one.organisation_id, place_id) for one in served for place_id in (one.place_ids or (None,))}
    present = {(one.organisation_id, one.place_id): one for one in sector.services}
    for key in sorted(wanted - present.keys(), key=str):
        sector.services.append(SectorService(organisation_id=key[0], place_id=key[1]))
    for key in present.keys() - wanted:
        sector.services.remove(present[key])
    session.flush()
    if wanted != present.keys():
        _note(session, "sector.changed", sector, by, now, changed=["services"])


def check_served(session: Session, sector: Sector, served: Collection[Served]) -> None:
    theirs = {one.id for one in organisations_of(session, sector.department_id)}
    asked = [place_id for one in served for place_id in one.place_ids]
    rows = session.execute(select(Place.id, Place.organisation_id).where(Place.id.in_(asked)))
    owners = {row.id: row.organisation_id for row in rows}
    for one in served:
        if one.organisation_id not in theirs or any(owners.get(each) != one.organisation_id for each in one.place_ids):
            raise NotFound


def remove(session: Session, sector: Sector, *, by: Drawer, now: datetime) -> None:
    """Delete the sector: its communes are restricted by it no more."""
    _note(session, "sector.removed", sector, by, now)
    session.delete(sector)


def sectors_of(session: Session, department_id: int) -> list[SectorLine]:
    """The département's sectors by name."""
    counts = (
        select(SectorCommune.sector_id, func.count().label("communes")).group_by(SectorCommune.sector_id).subquery()
    )
    rows = session.execute(
        select(Sector.id, Sector.name, func.coalesce(counts.c.communes, 0))
        .outerjoin(counts, counts.c.sector_id == Sector.id)
        .where(Sector.department_id == department_id)
        .order_by(Sector.name, Sector.id)
    ).all()
    serving = session.execute(
        select(SectorService.sector_id, Organisation.name)
        .join(Organisation, Organisation.id == SectorService.organisation_id)
        .join(Sector, Sector.id == SectorService.sector_id)
        .where(Sector.department_id == department_id)
        .distinct()
        .order_by(Organisation.name)
    ).all()
    names: dict[int, tuple[str, ...]] = {}
    for sector_id, name in serving:
        names[sector_id] = (*names.get(sector_id, ()), name)
    return [SectorLine(row.id, row.name, row[2], names.get(row.id, ())) for row in rows]


def in_no_sector(session: Session, department: Department) -> list[Commune]:
    """The département's communes that lie in none of its sectors, by name."""
    drawn = set(
        session.scalars(
            select(SectorCommune.commune_insee)
            .join(Sector, Sector.id == SectorCommune.sector_id)
            .where(Sector.department_id == department.id)
        )
    )
    return [one for one in communes.of_department(department.number) if one.code not in drawn]


def organisations_of(session: Session, department_id: int) -> list[Organisation]:
    """The organisations of a département, by name."""
    return list(
        session.scalars(
            select(Organisation)
            .where(Organisation.department_id == department_id)
            .order_by(Organisation.name, Organisation.id)
        )
    )


def sector_seen_by(session: Session, sector_id: int, department_id: int) -> Sector:
    """One of the département's sectors. Raises NotFound."""
    sector = session.get(Sector, sector_id)
    if sector is None or sector.department_id != department_id:
        raise NotFound
    return sector


def _note(session: Session, action: str, sector: Sector, by: Drawer, now: datetime, **details: Any) -> None:
    note(
        session,
        action,
        now=now,
        organisation_id=by.organisation.id,
        agent_id=by.agent_id,
        sector_id=sector.id,
        **details,
    )

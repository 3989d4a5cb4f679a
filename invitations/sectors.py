"""Who serves whom: a commune's sectors say which places of an organisation its people are received at."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from invitations.models import Place, SectorCommune, SectorService


def serving(session: Session, organisation_id: int, commune_insee: str | None) -> frozenset[int] | None:
    """The ids of the organisation's places that serve a commune; None when nothing restricts them.

    Nothing does when the commune is unknown or in no sector, and when no sector of it names the organisation: an
    agent decided that this organisation follows the person, and an agent's judgement outranks a map.
    """
    if not commune_insee:
        return None
    return serving_all(session, organisation_id, [commune_insee]).get(commune_insee)


def serving_all(session: Session, organisation_id: int, communes: Collection[str]) -> dict[str, frozenset[int]]:
    """`serving` for many communes in one query; those that nothing restricts are left out."""
    rows = session.execute(_SERVING, {"organisation_id": organisation_id, "communes": list(communes)})
    found: dict[str, set[int]] = {}
    for commune, place_id in rows:
        found.setdefault(commune, set()).add(place_id)
    return {commune: frozenset(places) for commune, places in found.items()}


_SERVING = (
    select(SectorCommune.commune_insee, Place.id)
    .join(SectorService, SectorService.sector_id == SectorCommune.sector_id)
    .join(
        Place,
        (Place.organisation_id == SectorService.organisation_id)
        & (SectorService.place_id.is_(None) | (SectorService.place_id == Place.id)),
    )
    .where(
        SectorService.organisation_id == bindparam("organisation_id"),
        SectorCommune.commune_insee.in_(bindparam("communes", expanding=True)),
        Place.closed_at.is_(None),
    )
)

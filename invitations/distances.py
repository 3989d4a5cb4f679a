"""How far a person has to go: places in order of their distance from the person's commune."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from invitations import communes
from invitations.models import Beneficiary, Place

EARTH_RADIUS_KM = 6371.0

# Latitude and longitude in degrees.
Position = tuple[float, float]


class PlaceShown(NamedTuple):
    """What people are shown of a place: plain values, which outlive the session that read them."""

    id: int
    name: str
    address: str
    postcode: str
    city: str
    commune_insee: str
    latitude: float | None
    longitude: float | None
    is_step_free: bool
    phone: str | None
    opening_hours: str
    zone: ZoneInfo


class OfferedPlace(NamedTuple):
    """A place and how many starts it has. `distance_km` is as the crow flies; None when nobody can tell."""

    place: PlaceShown
    distance_km: float | None
    slots: int


def read_places(session: Session, ids: Iterable[int]) -> tuple[PlaceShown, ...]:
    """These places, by name, in one query."""
    return tuple(shown(one) for one in session.scalars(_PLACES, {"ids": list(ids)}))


_PLACES = select(Place).where(Place.id.in_(bindparam("ids", expanding=True))).order_by(Place.name, Place.id)


def shown(place: Place) -> PlaceShown:
    return PlaceShown(
        id=place.id,
        name=place.name,
        address=place.address,
        postcode=place.postcode,
        city=place.city,
        commune_insee=place.commune_insee,
        latitude=place.latitude,
        longitude=place.longitude,
        is_step_free=place.is_step_free,
        phone=place.phone,
        opening_hours=place.opening_hours,
        zone=place.zone,
    )


def nearest_first(
    places: Sequence[PlaceShown], counts: Mapping[int, int], beneficiary: Beneficiary
) -> tuple[OfferedPlace, ...]:
    """The places, which come by name: the person's commune, then by distance from it, then by name."""
    home = position_of(beneficiary, places)
    offered = [OfferedPlace(one, distance(one, beneficiary, home), counts[one.id]) for one in places]
    return tuple(sorted(offered, key=lambda one: (one.distance_km is None, one.distance_km or 0.0)))


def position_of(beneficiary: Beneficiary, places: Iterable[PlaceShown]) -> Position | None:
    """Where the person's commune lies; else where a place in their town is. None when nobody can tell."""
    known = communes.position(beneficiary.commune_insee) if beneficiary.commune_insee else None
    return known or next((position_at(one) for one in places if is_home(one, beneficiary)), None)


def distance(place: PlaceShown, beneficiary: Beneficiary, home: Position | None) -> float | None:
    """Kilometres as the crow flies; 0 in the person's own commune, whose middle is not where they live."""
    if is_home(place, beneficiary):
        return 0.0
    there = position_at(place) or communes.position(place.commune_insee)
    return None if home is None or there is None else haversine_km(*home, *there)


def position_at(place: PlaceShown) -> Position | None:
    """Where the place says it lies; None when nobody has told."""
    return None if place.latitude is None or place.longitude is None else (place.latitude, place.longitude)


def is_home(place: PlaceShown, beneficiary: Beneficiary) -> bool:
    """True for a place in the person's own commune."""
    if beneficiary.commune_insee:
        return place.commune_insee == beneficiary.commune_insee
    return bool(beneficiary.city) and place.city.casefold() == (beneficiary.city or "").casefold()


def haversine_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance in kilometres between two points in degrees (Sinnott 1984)."""
    north, east = radians(other_latitude - latitude), radians(other_longitude - longitude)
    chord = sin(north / 2) ** 2 + cos(radians(latitude)) * cos(radians(other_latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(chord))

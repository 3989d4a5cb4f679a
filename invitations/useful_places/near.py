"""What helps to come to an appointment, near where it happens: at most three, within three kilometres.

Nothing about the person is asked: the place and the organisation's choice decide.
"""

from __future__ import annotations

from datetime import datetime, time
from math import cos, radians
from typing import Any, NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from invitations import communes, place_hours
from invitations.distances import Position, haversine_km, position_at, shown
from invitations.models import Appointment, PlaceType, UsefulKind, UsefulPlace, UsefulTheme
from invitations.useful_places.choosing import chosen

MOST = 3
WITHIN_KM = 3.0
_KM_PER_DEGREE = 111.2  # of latitude


class Near(NamedTuple):
    """One of them as people see it. `structure` is empty when the name says it already.

    `hours`: when it is open on the day of the appointment; empty: closed then; None: unknown.
    """

    name: str
    structure: str
    themes: tuple[UsefulTheme, ...]
    address: str
    postcode: str
    city: str
    latitude: float
    longitude: float
    phone: str | None
    accessibility: str | None
    hours: tuple[tuple[datetime, datetime], ...] | None
    distance_km: float


def near(session: Session, appointment: Appointment) -> list[Near]:
    """Useful places near an appointment, the nearest first. No query unless the organisation has chosen to show some."""
    themes, place = chosen(appointment.organisation), appointment.place
    if not themes or place is None or appointment.type.place_type is not PlaceType.PUBLIC_OFFICE:
        return []
    where = position_at(shown(place)) or communes.position(place.commune_insee)
    if where is None:
        return []
    on = appointment.starts_at.astimezone(place.zone)
    found = [
        one
        for row in _around(session, appointment.organisation.department_id, themes, where)
        if (one := _near(row, where, themes, on)).distance_km <= WITHIN_KM
    ]
    return _varied(sorted(found, key=lambda one: (one.distance_km, one.name)), themes)


def _around(
    session: Session, department_id: int, themes: tuple[UsefulTheme, ...], where: Position
) -> list[tuple[Any, ...]]:
    """Those in a square around a point, each with the structure it belongs to. One query."""
    latitude, longitude = where
    north = WITHIN_KM / _KM_PER_DEGREE
    east = north / max(cos(radians(latitude)), 0.01)
    of = aliased(UsefulPlace)
    return [
        tuple(row)
        for row in session.execute(
            select(UsefulPlace, of.name, of.opening_hours, of.accessibility, of.phone)
            .outerjoin(
                of,
                (of.department_id == UsefulPlace.department_id)
                & (of.kind == UsefulKind.STRUCTURE)
                & (of.source == UsefulPlace.source)
                & (of.reference == UsefulPlace.structure_reference),
            )
            .where(
                UsefulPlace.department_id == department_id,
                UsefulPlace.latitude.between(latitude - north, latitude + north),
                UsefulPlace.longitude.between(longitude - east, longitude + east),
                or_(*(UsefulPlace.themes.contains(f" {one} ", autoescape=True) for one in themes)),
            )
            .order_by(UsefulPlace.name, UsefulPlace.id)
        )
    ]


def _near(row: tuple[Any, ...], where: Position, themes: tuple[UsefulTheme, ...], on: datetime) -> Near:
    useful, structure, structure_hours, structure_access, structure_phone = row
    return Near(
        name=useful.name,
        structure=structure if structure and structure.casefold() not in useful.name.casefold() else "",
        themes=tuple(one for one in themes if f" {one} " in useful.themes),
        address=useful.address,
        postcode=useful.postcode,
        city=useful.city,
        latitude=useful.latitude,
        longitude=useful.longitude,
        phone=useful.phone or structure_phone,
        accessibility=useful.accessibility or structure_access,
        hours=_hours(useful.opening_hours or structure_hours or "", on),
        distance_km=haversine_km(*where, useful.latitude, useful.longitude),
    )


def _hours(opening_hours: str, on: datetime) -> tuple[tuple[datetime, datetime], ...] | None:
    hours = place_hours.parsed(opening_hours)
    if hours is None:
        return None
    open_ = place_hours.windows(hours, on.date())
    return tuple((_at(on, starts), _at(on, ends)) for starts, ends in open_)


def _at(on: datetime, at: time) -> datetime:
    return datetime.combine(on.date(), at, on.tzinfo)


def _varied(found: list[Near], themes: tuple[UsefulTheme, ...]) -> list[Near]:
    """The nearest of each theme before a second one of any: three bus companies help less than a bus and a crèche.

    The same thing published by two sources is one.
    """
    unique = list({(one.name.casefold(), one.city): one for one in reversed(found)}.values())[::-1]
    first = [next((one for one in unique if theme in one.themes), None) for theme in themes]
    order = [*(one for one in first if one), *unique]
    return sorted(list(dict.fromkeys(order))[:MOST], key=lambda one: one.distance_km)

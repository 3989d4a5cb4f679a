"""The lines of an agent's calendar feed, in French: what, where, and who only where the organisation wants names."""

from __future__ import annotations

from flask import url_for

from app.filters import clock_time, day, plural
from app.labels import label
from invitations.feeds import Entry
from invitations.models import PlaceType
from notifications import calendars

CALENDAR_NAME = "Mes rendez-vous"
NBSP = "\N{NO-BREAK SPACE}"


def line(entry: Entry, *, public_url: str) -> calendars.Entry:
    return calendars.Entry(
        uid=entry.uid,
        sequence=entry.version,
        starts_at=entry.starts_at,
        ends_at=entry.ends_at,
        zone=entry.zone,
        summary=summary(entry),
        changed_at=entry.changed_at,
        is_tentative=entry.held_until is not None,
        location=location(entry),
        description=description(entry),
        url=f"{public_url}{url_for('day.show', date=entry.starts_at.astimezone(entry.zone).date().isoformat())}",
    )


def summary(entry: Entry) -> str:
    """Inès Bernard – Entretien d'orientation – Maison des solidarités, the name only where it may stand"""
    what = entry.title or entry.type_name
    if entry.is_collective:
        what = f"{what} ({entry.seats_taken}/{entry.seats})"
    if entry.held_until is not None:
        what = f"Proposition{NBSP}: {what}"
    who = entry.people[:1] if not entry.is_collective else ()
    return " – ".join([*who, what, where(entry)])


def where(entry: Entry) -> str:
    """The place, else how people are met: "par téléphone"."""
    if entry.place_type is PlaceType.PUBLIC_OFFICE:
        return entry.place_name or entry.organisation
    words = label(entry.place_type)
    return words[0].lower() + words[1:]


def location(entry: Entry) -> str:
    is_there = entry.place_type is PlaceType.PUBLIC_OFFICE and entry.place_name
    return f"{entry.place_name}, {entry.address}" if is_there else ""


def description(entry: Entry) -> str:
    told = [entry.organisation]
    if entry.is_collective:
        told.append(f"{plural(entry.seats_taken, 'place prise', 'places prises')} sur {entry.seats}")
        told.extend(entry.people)
    if entry.held_until is not None:
        until = f"{day(entry.held_until, entry.zone)} à {clock_time(entry.held_until, entry.zone)}"
        told.append(f"Attend la réponse de la personne jusqu’au {until}")
    return "\n".join(told)

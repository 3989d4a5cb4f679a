"""When agents receive: adding an opening, doubting it, ending it. The lists are in `openings_list`.

Rules of slots.md: an opening lies inside one day, in the wall time of its place; what looks like a mistake is a
doubt told before it is saved, never a refusal, except what could not give a single slot.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from invitations.agenda import recurrence
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.holidays import is_holiday
from invitations.journal import note
from invitations.models import (
    Agent,
    AgentRole,
    AppointmentType,
    Opening,
    Place,
)

# How far two recurrences are compared: whatever alternates meets within a year, or hardly ever.
COMPARED = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Wish:
    """An opening as somebody asks for it. No weekdays: `starts_on` alone. `weekdays` count from Monday = 0."""

    agent_id: int
    place_id: int
    type_ids: tuple[int, ...]
    starts_on: date
    starts_at_time: time
    ends_at_time: time
    weekdays: tuple[int, ...] = ()
    interval: int = 1
    until: date | None = None

    @property
    def rrule(self) -> str | None:
        if not self.weekdays:
            return None
        return recurrence.weekly(self.weekdays, interval=self.interval, until=self.until)

    @property
    def last_on(self) -> date | None:
        return self.until if self.weekdays else self.starts_on

    @property
    def length(self) -> timedelta:
        begin, end = (datetime.combine(self.starts_on, at) for at in (self.starts_at_time, self.ends_at_time))
        return end - begin

    def days(self, first: date) -> list[date]:
        """The days on which it happens, from `first` and for as long as recurrences are compared."""
        return recurrence.occurrences(self.rrule, self.starts_on, first=first, last=first + COMPARED)


class DoubtKind(StrEnum):
    """What deserves a second look before an opening is saved."""

    SHORTER_THAN_TYPE = "shorter_than_type"
    OVERLAP = "overlap"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Doubt:
    """One doubt and what its sentence needs: the type's name, or the first day, hours and place concerned."""

    kind: DoubtKind
    type: str | None = None
    on: date | None = None
    starts_at_time: time | None = None
    ends_at_time: time | None = None
    place: str | None = None


def add(session: Session, wish: Wish, *, organisation_id: int, agent_id: int, now: datetime) -> Opening:
    """Save the opening; doubts were told before. `agent_id` is who does it.

    Raises NotFound for an agent, place or type of elsewhere; EndsBeforeItStarts; NothingToCome.
    """
    place, types = check(session, wish, organisation_id=organisation_id, now=now)
    opening = Opening(
        organisation_id=organisation_id,
        agent_id=wish.agent_id,
        place_id=place.id,
        starts_on=wish.starts_on,
        starts_at_time=wish.starts_at_time,
        ends_at_time=wish.ends_at_time,
        rrule=wish.rrule,
        exdates=[],
        last_on=wish.last_on,
        created_at=now,
        types=types,
    )
    session.add(opening)
    session.flush()
    note(session, "opening.added", now=now, organisation_id=organisation_id, agent_id=agent_id, opening_id=opening.id)
    return opening


def check(session: Session, wish: Wish, *, organisation_id: int, now: datetime) -> tuple[Place, list[AppointmentType]]:
    """The place and types of a wish that can be saved. Raises like `add`."""
    check_agent(session, wish.agent_id, organisation_id)
    place = place_of(session, wish.place_id, organisation_id)
    types = types_of(session, wish.type_ids, organisation_id)
    if wish.ends_at_time <= wish.starts_at_time:
        raise EndsBeforeItStarts
    if not wish.days(max(wish.starts_on, now.astimezone(place.zone).date())):
        raise NothingToCome
    return place, types


def doubts(session: Session, wish: Wish, *, organisation_id: int, now: datetime) -> list[Doubt]:
    """What deserves a second look, in a fixed order. Raises like `add`."""
    place, types = check(session, wish, organisation_id=organisation_id, now=now)
    found = [Doubt(DoubtKind.SHORTER_THAN_TYPE, type=one.name) for one in types if one.duration > wish.length]
    found.extend(overlaps(session, wish, now.astimezone(place.zone).date()))
    department = place.organisation.department
    if not wish.weekdays and is_holiday(wish.starts_on, department.holidays_subdivision):
        found.append(Doubt(DoubtKind.HOLIDAY, on=wish.starts_on))
    return found


def overlaps(session: Session, wish: Wish, today: date) -> Iterator[Doubt]:
    """A doubt for each other opening of the agent that meets this one, with the first day on which they meet."""
    first = max(wish.starts_on, today)
    mine = set(wish.days(first))
    for other in session.execute(
        select(
            Opening.rrule,
            Opening.starts_on,
            Opening.exdates,
            Opening.starts_at_time,
            Opening.ends_at_time,
            Place.city,
        )
        .join(Place, Opening.place_id == Place.id)
        .where(
            Opening.agent_id == wish.agent_id,
            or_(Opening.last_on.is_(None), Opening.last_on >= first),
            Opening.starts_at_time < wish.ends_at_time,
            Opening.ends_at_time > wish.starts_at_time,
        )
        .order_by(Opening.starts_at_time, Opening.id)
    ):
        days = recurrence.occurrences(other.rrule, other.starts_on, other.exdates, first=first, last=first + COMPARED)
        met = min(mine.intersection(days), default=None)
        if met is not None:
            yield Doubt(
                DoubtKind.OVERLAP,
                on=met,
                starts_at_time=other.starts_at_time,
                ends_at_time=other.ends_at_time,
                place=other.city,
            )


def end(session: Session, opening: Opening, *, from_on: date, agent_id: int, now: datetime) -> None:
    """No occurrence from `from_on` on. Appointments already booked stay. An opening that never was disappears."""
    note(
        session,
        "opening.ended",
        now=now,
        organisation_id=opening.organisation_id,
        agent_id=agent_id,
        opening_id=opening.id,
        from_on=from_on.isoformat(),
    )
    if from_on <= opening.starts_on:
        session.delete(opening)
        return
    last_on = from_on - timedelta(days=1)
    if opening.last_on is None or last_on < opening.last_on:
        opening.last_on = last_on
        opening.rrule = until(opening.rrule, last_on)


def until(rrule: str | None, last_on: date) -> str | None:
    """The same rule, over after `last_on`."""
    if rrule is None:
        return None
    rule = recurrence.parse(rrule)
    if rule.nth is not None:
        return recurrence.monthly(rule.nth, min(rule.weekdays), until=last_on)
    return recurrence.weekly(rule.weekdays, interval=rule.interval, until=last_on)


def opening_seen_by(session: Session, opening_id: int, organisation_id: int) -> Opening:
    """The organisation's opening. Raises NotFound."""
    opening = session.get(Opening, opening_id)
    if opening is None or opening.organisation_id != organisation_id:
        raise NotFound
    return opening


def check_agent(session: Session, agent_id: int, organisation_id: int) -> None:
    known = session.scalar(
        select(Agent.id)
        .join(AgentRole, AgentRole.agent_id == Agent.id)
        .where(Agent.id == agent_id, AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None))
    )
    if known is None:
        raise NotFound


def place_of(session: Session, place_id: int, organisation_id: int) -> Place:
    place = session.get(Place, place_id)
    if place is None or place.organisation_id != organisation_id or place.closed_at is not None:
        raise NotFound
    return place


def types_of(session: Session, type_ids: Collection[int], organisation_id: int) -> list[AppointmentType]:
    types = list(
        session.scalars(
            select(AppointmentType)
            .where(
                AppointmentType.id.in_(type_ids),
                AppointmentType.organisation_id == organisation_id,
                AppointmentType.closed_at.is_(None),
            )
            .order_by(AppointmentType.id)
        )
    )
    if not types or len(types) != len(set(type_ids)):
        raise NotFound
    return types

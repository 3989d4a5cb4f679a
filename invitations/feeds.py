"""An agent's own appointments as a calendar to subscribe to: its secret address, and what it tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.errors import LinkUnknown
from invitations.journal import note
from invitations.models import (
    Agent,
    AgentRole,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Beneficiary,
    CalendarFeed,
    Department,
    Organisation,
    Outcome,
    Participation,
    Place,
    PlaceType,
)

KIND = "feed"  # of code
DEFAULT_ZONE = "Europe/Paris"  # of an agent who is in no organisation
PAST = timedelta(days=30)
PRESENT = (Outcome.UNKNOWN, Outcome.SEEN, Outcome.NOSHOW)  # whose name stands in an appointment


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment. `people` are names, empty unless the organisation wants them; `changed_at` when it last changed."""

    uid: str
    version: int
    starts_at: datetime
    ends_at: datetime
    zone: ZoneInfo
    changed_at: datetime
    held_until: datetime | None
    type_name: str
    title: str
    is_collective: bool
    seats: int
    seats_taken: int
    place_type: PlaceType
    place_name: str
    address: str
    organisation: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """What an address tells now; `changed_at` when it last told something else, or lost an old day."""

    entries: list[Entry]
    changed_at: datetime
    zone: ZoneInfo  # the agent's


def open_feed(session: Session, code: str, *, codes: Codes, now: datetime) -> Feed:
    """What the address with this code tells. Three queries at most. Raises LinkUnknown when nothing answers to it."""
    feed = session.execute(
        select(CalendarFeed.agent_id, CalendarFeed.created_at, _zone_of_agent())
        .join(Agent, Agent.id == CalendarFeed.agent_id)
        .where(
            CalendarFeed.code_hash.in_(codes.every_kept(code)),
            CalendarFeed.revoked_at.is_(None),
            Agent.closed_at.is_(None),
        )
    ).first()
    if feed is None:
        raise LinkUnknown
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)  # when an old day leaves the feed
    rows = _appointments(session, feed.agent_id, since=midnight - PAST)
    names = _names(session, [row.id for row in rows if row.names_in_calendars and row.is_live])
    return Feed(
        entries=[_entry(row, names.get(row.id, ())) for row in rows if row.is_live],
        changed_at=max([feed.created_at, midnight, *map(_changed_at, rows)]),
        zone=ZoneInfo(feed.timezone or DEFAULT_ZONE),
    )


def live_feed(session: Session, agent_id: int) -> CalendarFeed | None:
    """The agent's address, if there is one."""
    return session.scalars(
        select(CalendarFeed)
        .where(CalendarFeed.agent_id == agent_id, CalendarFeed.revoked_at.is_(None))
        .order_by(CalendarFeed.id.desc())
    ).first()


def code_of(feed: CalendarFeed, codes: Codes) -> str | None:
    """The code of the address. After a change of key the one given out goes on working; None when its key is gone."""
    return next((code for code in codes.every(KIND, feed.id) if feed.code_hash in codes.every_kept(code)), None)


def make(session: Session, *, agent_id: int, organisation_id: int, codes: Codes, now: datetime) -> CalendarFeed:
    """The agent's address: the one there is, else a new one."""
    present = live_feed(session, agent_id)
    if present is not None:
        return present
    feed = CalendarFeed(agent_id=agent_id, created_at=now)
    session.add(feed)
    session.flush()
    feed.code_hash = codes.kept(codes.derive(KIND, feed.id))
    note(session, "feed.made", now=now, organisation_id=organisation_id, agent_id=agent_id, feed_id=feed.id)
    return feed


def replace(session: Session, *, agent_id: int, organisation_id: int, codes: Codes, now: datetime) -> CalendarFeed:
    """A new address; the old one leads nowhere from now on."""
    revoke(session, agent_id=agent_id, organisation_id=organisation_id, now=now)
    return make(session, agent_id=agent_id, organisation_id=organisation_id, codes=codes, now=now)


def revoke(session: Session, *, agent_id: int, organisation_id: int, now: datetime) -> None:
    """The agent's address leads nowhere from now on. Does nothing when there is none."""
    revoked = session.scalars(
        update(CalendarFeed)
        .where(CalendarFeed.agent_id == agent_id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(CalendarFeed.id)
    )
    for feed_id in revoked.all():
        note(session, "feed.revoked", now=now, organisation_id=organisation_id, agent_id=agent_id, feed_id=feed_id)


def _zone_of_agent() -> Any:
    """That of the agent's first organisation's département."""
    return (
        select(Department.timezone)
        .join(Organisation, Organisation.department_id == Department.id)
        .join(AgentRole, AgentRole.organisation_id == Organisation.id)
        .where(AgentRole.agent_id == CalendarFeed.agent_id)
        .order_by(AgentRole.organisation_id)
        .limit(1)
        .correlate(CalendarFeed)
        .scalar_subquery()
        .label("timezone")
    )


def _appointments(session: Session, agent_id: int, *, since: datetime) -> Sequence[Any]:
    """The agent's appointments, cancelled ones too: they say when the feed changed."""
    of_it = Participation.appointment_id == Appointment.id
    query = (
        select(
            Appointment.id,
            Appointment.uid,
            Appointment.version,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.held_until,
            Appointment.title,
            Appointment.seats,
            Appointment.seats_taken,
            Appointment.created_at,
            Appointment.moved_at,
            Appointment.cancelled_at,
            AppointmentAgent.is_live,
            AppointmentType.name.label("type_name"),
            AppointmentType.is_collective,
            AppointmentType.place_type,
            Place.name.label("place_name"),
            Place.address,
            Place.postcode,
            Place.city,
            Organisation.name.label("organisation"),
            Organisation.names_in_calendars,
            func.coalesce(Place.timezone, Department.timezone).label("timezone"),
            select(func.max(Participation.created_at)).where(of_it).scalar_subquery().label("joined_at"),
            select(func.max(Participation.outcome_at)).where(of_it).scalar_subquery().label("left_at"),
        )
        .join(AppointmentAgent, AppointmentAgent.appointment_id == Appointment.id)
        .join(AppointmentType, AppointmentType.id == Appointment.type_id)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .join(Department, Department.id == Organisation.department_id)
        .outerjoin(Place, Place.id == Appointment.place_id)
        .where(AppointmentAgent.agent_id == agent_id, AppointmentAgent.starts_at >= since)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return session.execute(query).all()


def _names(session: Session, appointment_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """Who is expected, first and last names, in the order of their coming in."""
    if not appointment_ids:
        return {}
    found: dict[int, list[str]] = defaultdict(list)
    for row in session.execute(
        select(Participation.appointment_id, Beneficiary.first_name, Beneficiary.last_name)
        .join(Beneficiary, Beneficiary.id == Participation.beneficiary_id)
        .where(Participation.appointment_id.in_(appointment_ids), Participation.outcome.in_(PRESENT))
        .order_by(Participation.id)
    ):
        found[row.appointment_id].append(f"{row.first_name} {row.last_name}")
    return {one: tuple(names) for one, names in found.items()}


def _entry(row: Any, people: tuple[str, ...]) -> Entry:
    return Entry(
        uid=row.uid,
        version=row.version,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        zone=ZoneInfo(row.timezone),
        changed_at=_changed_at(row),
        held_until=row.held_until,
        type_name=row.type_name,
        title=row.title,
        is_collective=row.is_collective,
        seats=row.seats,
        seats_taken=row.seats_taken,
        place_type=row.place_type,
        place_name=row.place_name or "",
        address=f"{row.address}, {row.postcode} {row.city}" if row.place_name else "",
        organisation=row.organisation,
        people=people,
    )


def _changed_at(row: Any) -> datetime:
    moments: tuple[datetime | None, ...] = (row.created_at, row.moved_at, row.cancelled_at, row.joined_at, row.left_at)
    return max(moment for moment in moments if moment is not None)

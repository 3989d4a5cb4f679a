"""Agents' calendars of elsewhere: whose they are, where they are (sealed), how their last reading went."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.errors import CalendarKnown, CalendarRefused, NotFound, OwnCalendar, TooManyCalendars
from invitations.journal import note
from invitations.models import Agent, BusyTime, ExternalCalendar
from invitations.sealing import SealBroken, Seals
from notifications.web_addresses import FetchFailed, WebAddress, read_address, spot_of

PURPOSE = "external calendar"  # of sealing
MOST = 5  # calendars of one agent: each is read 96 times a day


@dataclass(frozen=True, slots=True)
class Shown:
    """A calendar as its agent sees it. `host` is all that is told of the address; empty when its key is gone."""

    id: int
    label: str
    host: str
    fetched_at: datetime | None
    failure: str | None
    left_out: int
    next_try_at: datetime
    busy: int  # moments to come
    busy_until: datetime | None


def of_agent(session: Session, agent_id: int, *, seals: Seals, now: datetime) -> list[Shown]:
    """The agent's calendars, oldest first. One query."""
    to_come = (BusyTime.calendar_id == ExternalCalendar.id) & (BusyTime.ends_at > now)
    rows = session.execute(
        select(ExternalCalendar, func.count(BusyTime.id), func.max(BusyTime.ends_at))
        .outerjoin(BusyTime, to_come)
        .where(ExternalCalendar.agent_id == agent_id)
        .group_by(ExternalCalendar.id)
        .order_by(ExternalCalendar.id)
    )
    return [
        Shown(
            id=one.id,
            label=one.label,
            host=_host(one, seals),
            fetched_at=one.fetched_at,
            failure=one.failure,
            left_out=one.left_out,
            next_try_at=one.next_try_at,
            busy=busy,
            busy_until=busy_until,
        )
        for one, busy, busy_until in rows
    ]


def add(
    session: Session,
    *,
    agent_id: int,
    organisation_id: int,
    address: str,
    label: str,
    seals: Seals,
    public_url: str,
    allowed: Container[str],
    now: datetime,
) -> ExternalCalendar:
    """Read this calendar from now on. The label is the host's name unless one is given.

    Raises CalendarRefused with what is wrong with the address, OwnCalendar, CalendarKnown, TooManyCalendars.
    """
    asked = _checked(address.strip(), public_url, allowed)
    session.execute(locked(select(Agent.id).where(Agent.id == agent_id)))  # two at once would both find room
    present = session.scalars(select(ExternalCalendar).where(ExternalCalendar.agent_id == agent_id)).all()
    if asked.text in {_address(one, seals) for one in present}:
        raise CalendarKnown
    if len(present) >= MOST:
        raise TooManyCalendars
    calendar = ExternalCalendar(
        agent_id=agent_id,
        label=label or asked.host[:80],
        sealed_address=seals.seal(asked.text, purpose=PURPOSE),
        next_try_at=now,
        created_at=now,
    )
    session.add(calendar)
    session.flush()
    note(
        session,
        "calendar.added",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        calendar_id=calendar.id,
    )
    return calendar


def remove(session: Session, calendar: ExternalCalendar, *, organisation_id: int, now: datetime) -> None:
    """Forget the calendar and its address. The time it took is free at once."""
    note(
        session,
        "calendar.removed",
        now=now,
        organisation_id=organisation_id,
        agent_id=calendar.agent_id,
        calendar_id=calendar.id,
    )
    session.execute(delete(BusyTime).where(BusyTime.calendar_id == calendar.id))
    session.delete(calendar)


def read_again(calendar: ExternalCalendar, *, now: datetime) -> None:
    """Read it at the scheduler's next round, however long it would have waited after failures."""
    calendar.next_try_at = now


def owned_by(session: Session, calendar_id: int, agent_id: int) -> ExternalCalendar:
    """A calendar of this agent. Raises NotFound."""
    calendar: ExternalCalendar | None = session.scalars(
        locked(select(ExternalCalendar).where(ExternalCalendar.id == calendar_id))
    ).first()
    if calendar is None or calendar.agent_id != agent_id:
        raise NotFound
    return calendar


def _checked(address: str, public_url: str, allowed: Container[str]) -> WebAddress:
    try:
        if spot_of(address) == spot_of(public_url):
            raise OwnCalendar
        return read_address(address, allowed=allowed)
    except FetchFailed as failed:
        raise CalendarRefused(why=failed.why) from failed


def _address(calendar: ExternalCalendar, seals: Seals) -> str:
    try:
        return seals.open(calendar.sealed_address, purpose=PURPOSE)
    except SealBroken:
        return ""


def _host(calendar: ExternalCalendar, seals: Seals) -> str:
    return urlsplit(_address(calendar, seals)).hostname or ""

"""All that an agenda shows for some agents and days: the same number of queries whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.agenda.reading import Range
from invitations.agenda.wall_time import midnight
from invitations.models import Organisation, Place
from invitations.team_agenda.away import Away, absences, busy_times, regular_absences
from invitations.team_agenda.meetings import Meeting, taken
from invitations.team_agenda.receiving import ClosedDay, Receiving, closed_days, receiving

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Picture:
    """The days asked for, as `zone` counts them; each list in order of time."""

    zone: ZoneInfo
    days: tuple[date, ...]
    receiving: list[Receiving]
    away: list[Away]
    meetings: list[Meeting]
    closed: list[ClosedDay]


def read(
    session: Session,
    organisation: Organisation,
    agent_ids: Collection[int],
    days: Sequence[date],
    *,
    place_id: int | None = None,
    now: datetime,
) -> Picture:
    """The picture of these days, which follow each other. With a place: its openings and closing days alone.

    Appointments are always all there, wherever they are: an agent's time is taken.
    """
    zone = zone_of(session, organisation, place_id)
    wanted = Range(midnight(days[0], zone), midnight(days[-1] + _DAY, zone))
    closed = closed_days(session, organisation, days, place_id=place_id)
    meetings, elsewhere = taken(session, organisation, agent_ids, wanted, now=now)
    away = [
        *absences(session, agent_ids, wanted),
        *regular_absences(session, agent_ids, wanted),
        *busy_times(session, agent_ids, wanted),
        *elsewhere,
    ]
    return Picture(
        zone=zone,
        days=tuple(days),
        receiving=receiving(session, organisation, agent_ids, wanted, closed, place_id=place_id),
        away=sorted(away, key=lambda one: (one.starts_at, one.agent_id)),
        meetings=meetings,
        closed=closed,
    )


def zone_of(session: Session, organisation: Organisation, place_id: int | None = None) -> ZoneInfo:
    """The one clock of a picture: its place's; else that of all the organisation's places, when they agree; else home."""
    home = organisation.department.zone
    query = select(Place.timezone).where(Place.organisation_id == organisation.id)
    narrow = Place.closed_at.is_(None) if place_id is None else Place.id == place_id
    zones = {ZoneInfo(zone) if zone else home for zone in session.scalars(query.where(narrow))}
    return zones.pop() if len(zones) == 1 else home

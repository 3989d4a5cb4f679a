"""The day on paper and in a spreadsheet: sheets by agent and place, and outcomes that come back in a filled one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from invitations import day, follow_ups, journal, outcomes
from invitations.day import Line
from invitations.errors import AlreadyBooked, NotChangeable, SessionFull
from invitations.models import Appointment, Beneficiary, Organisation, Outcome, Participation, Place, PlaceType

# What a person may write on a sheet.
SAID = frozenset({Outcome.SEEN, Outcome.NOSHOW, Outcome.EXCUSED})


@dataclass(frozen=True, slots=True)
class Sheet:
    """Whom one agent meets in one place on one day, in order of time. No `place`: by phone, at home or by video."""

    on: date
    agent: str
    city: str | None
    place: str | None
    place_type: PlaceType
    lines: list[Line]


class Doubt(StrEnum):
    """Why a row of a filled sheet is left aside."""

    NO_NUMBER = "no_number"
    UNKNOWN = "unknown"
    TWICE = "twice"
    SEVERAL = "several"
    UNREADABLE = "unreadable"
    MOVED = "moved"
    TO_COME = "to_come"
    FREED = "freed"


@dataclass(frozen=True, slots=True)
class Said:
    """A row of a filled sheet. `outcome`: None when nothing is marked; `doubt`: when its cells can't be understood."""

    row: int
    participation_id: int | None
    starts: tuple[date | None, time | None] = (None, None)
    outcome: Outcome | None = None
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """An outcome that the sheet brings."""

    row: int
    participation_id: int
    name: str
    starts_at: datetime
    zone: ZoneInfo
    before: Outcome
    after: Outcome


@dataclass(slots=True)
class Preview:
    """What a filled sheet would write. `known`: rows that say what is noted already; `empty`: rows without a mark."""

    changes: list[Change] = field(default_factory=list)
    known: int = 0
    empty: int = 0
    doubts: list[tuple[int, Doubt]] = field(default_factory=list)


def sheets(
    session: Session,
    organisation: Organisation,
    on: date,
    *,
    place_id: int | None = None,
    agent_id: int | None = None,
    now: datetime,
) -> list[Sheet]:
    """This day and the next one worked: a sheet for each agent and place, by day, agent, place."""
    first = day.read(session, organisation, on, place_id=place_id, agent_id=agent_id, now=now)
    second = day.read(session, organisation, first.after, place_id=place_id, agent_id=agent_id, now=now)
    return [*_parted(first), *_parted(second)]


def _parted(listed: day.Day) -> list[Sheet]:
    groups: dict[tuple[str, str, str, PlaceType], list[Line]] = defaultdict(list)
    for line in listed.lines:
        for agent in (line.agents or ("",)) if line.is_expected and not line.is_freed else ():
            groups[agent, line.city or "", line.place or "", line.place_type].append(line)
    return [
        Sheet(listed.on, agent, city or None, place or None, place_type, lines)
        for (agent, city, place, place_type), lines in sorted(groups.items())
    ]


def judge(session: Session, organisation: Organisation, said: Sequence[Said], *, now: datetime) -> Preview:
    """What these rows would write, and what is left aside. One query; nothing is changed."""
    ids = {one.participation_id for one in said if one.participation_id is not None}
    rows = {row.id: row for row in session.execute(_known(organisation.id, ids))}
    preview, seen = Preview(), set[int]()
    for one in said:
        if one.outcome is None and one.doubt is None:
            preview.empty += 1
            continue
        row = rows.get(one.participation_id or 0)
        zone = ZoneInfo(row.timezone) if row is not None and row.timezone else organisation.department.zone
        why = one.doubt or _doubt(one, row, seen, zone, now)
        if why is not None or row is None or one.outcome is None:
            preview.doubts.append((one.row, why or Doubt.UNKNOWN))
            continue
        seen.add(row.id)
        if row.outcome is one.outcome:
            preview.known += 1
            continue
        name = f"{row.first_name} {row.last_name}"
        preview.changes.append(Change(one.row, row.id, name, row.starts_at, zone, row.outcome, one.outcome))
    return preview


def _known(organisation_id: int, ids: Collection[int]) -> Any:
    return (
        select(
            Participation.id,
            Participation.outcome,
            Appointment.starts_at,
            Appointment.cancelled_at,
            Beneficiary.first_name,
            Beneficiary.last_name,
            Place.timezone,
        )
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(Beneficiary, Beneficiary.id == Participation.beneficiary_id)
        .outerjoin(Place, Place.id == Appointment.place_id)
        .where(Participation.id.in_(ids), Appointment.organisation_id == organisation_id)
    )


def _doubt(one: Said, row: Row[Any] | None, seen: Collection[int], zone: ZoneInfo, now: datetime) -> Doubt | None:
    if one.participation_id is None:
        return Doubt.NO_NUMBER
    if row is None:
        return Doubt.UNKNOWN
    if row.id in seen:
        return Doubt.TWICE
    if _is_elsewhen(one, row.starts_at.astimezone(zone)):
        return Doubt.MOVED
    if row.starts_at > now:
        return Doubt.TO_COME
    return Doubt.FREED if row.cancelled_at is not None or row.outcome is Outcome.REVOKED else None


def _is_elsewhen(one: Said, starts: datetime) -> bool:
    """True when the sheet was made before the appointment was moved; a sheet that names no time is believed."""
    on, at = one.starts
    return (on is not None and on != starts.date()) or (at is not None and at != starts.time())


def save(
    session: Session,
    organisation: Organisation,
    wanted: Mapping[int, tuple[Outcome, Outcome]],
    *,
    agent_id: int,
    now: datetime,
) -> tuple[int, int]:
    """Write outcomes, by participation: what was noted when the preview was shown, and what the sheet says.

    Returns how many were written, and how many left alone because somebody has noted otherwise meanwhile. What is not the
    organisation's, or no outcome of a sheet, is nobody's.
    """
    mine = (
        select(Participation)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(Participation.id.in_(wanted), Appointment.organisation_id == organisation.id)
        .order_by(Participation.follow_up_id, Participation.id)  # the order in which follow-ups are held everywhere
    )
    written = overtaken = 0
    for participation in session.scalars(mine).all():
        before, after = wanted[participation.id]
        if after in SAID and _write(session, participation, before, after, agent_id=agent_id, now=now):
            written += 1
        else:
            overtaken += 1
    journal.note(
        session, "day_sheet.saved", now=now, organisation_id=organisation.id, agent_id=agent_id, outcomes=written
    )
    return written, overtaken


def _write(
    session: Session, participation: Participation, before: Outcome, after: Outcome, *, agent_id: int, now: datetime
) -> bool:
    follow_ups.hold_participation(session, participation)
    appointment = participation.appointment
    if participation.outcome is not before or appointment.starts_at > now or appointment.cancelled_at is not None:
        return False
    try:
        with session.begin_nested():
            outcomes.record(session, participation, after, agent_id=agent_id, now=now)
    except (NotChangeable, SessionFull, AlreadyBooked):
        return False
    return True

"""What speaks against a session at a time: told before it is saved; only an agent's taken time can't be helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.agenda.reading import Range, read_closings
from invitations.agenda.search import absent, closed_days
from invitations.agenda.slots import Interval, minute_of
from invitations.holidays import is_holiday
from invitations.models import Agent, AppointmentAgent, Place

Busy = dict[int, list[Interval]]


class TroubleKind(StrEnum):
    """Words in app/agents/session_words.py, in this order."""

    TAKEN = "taken"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing against one time; `agent` is whose time is taken, or who is absent."""

    kind: TroubleKind
    agent: str = ""

    @property
    def forbids(self) -> bool:
        return self.kind is TroubleKind.TAKEN


@dataclass(frozen=True, slots=True)
class Time:
    """A day of the place, and the moments between which a session happens."""

    on: date
    starts_at: datetime
    ends_at: datetime

    @property
    def minutes(self) -> Interval:
        return minute_of(self.starts_at), minute_of(self.ends_at)


def troubles_of(
    session: Session, times: Sequence[Time], *, place: Place, agents: Sequence[Agent], without: int | None = None
) -> list[list[Trouble]]:
    """What speaks against each of these times, which are in order. `without`: the session that would move there."""
    wanted = Range(times[0].starts_at, times[-1].ends_at)
    ids = [agent.id for agent in agents]
    closings = read_closings(session, [place.organisation_id], ids, wanted)
    away, shut = absent(closings, wanted), closed_days(closings, wanted)
    taken = taken_by(session, ids, wanted, without=without)
    doors = {(place.organisation_id, None), (place.organisation_id, place.id)}
    subdivision = place.organisation.department.holidays_subdivision
    found: list[list[Trouble]] = []
    for one in times:
        held = [Trouble(TroubleKind.TAKEN, agent.display_name) for agent in agents if meets(one, taken, agent.id)]
        if is_holiday(one.on, subdivision):
            held.append(Trouble(TroubleKind.HOLIDAY))
        if any((door, one.on) in shut for door in doors):
            held.append(Trouble(TroubleKind.CLOSED))
        held += [Trouble(TroubleKind.ABSENT, agent.display_name) for agent in agents if meets(one, away, agent.id)]
        found.append(held)
    return found


def taken_by(session: Session, agent_ids: Sequence[int], wanted: Range, *, without: int | None) -> Busy:
    """The time that live appointments take of these agents; pauses are for an agent to judge."""
    rows = session.execute(
        select(AppointmentAgent.agent_id, AppointmentAgent.starts_at, AppointmentAgent.ends_at).where(
            AppointmentAgent.agent_id.in_(agent_ids),
            AppointmentAgent.is_live,
            AppointmentAgent.appointment_id != (without or 0),
            AppointmentAgent.starts_at < wanted.before,
            AppointmentAgent.ends_at > wanted.after,
        )
    )
    found: Busy = {}
    for row in rows:
        found.setdefault(row.agent_id, []).append((minute_of(row.starts_at), minute_of(row.ends_at)))
    return found


def meets(one: Time, busy: Busy, agent_id: int) -> bool:
    starts, ends = one.minutes
    return any(begins < ends and starts < over for begins, over in busy.get(agent_id, []))

"""The agents' time while appointments come in: the database refuses two at once, so they are told apart before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import AppointmentAgent
from invitations.moving_house.meetings import Meeting


@dataclass(slots=True)
class Diaries:
    """Times taken, by agent and day: few to look through, however many lines."""

    _taken: dict[tuple[int, int], list[tuple[datetime, datetime]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, session: Session, meetings: Sequence[Meeting]) -> Diaries:
        """With what these agents have between the first of these meetings and the last."""
        diaries = cls()
        agents = {agent for one in meetings for agent in one.agents}
        if not agents:
            return diaries
        query = select(AppointmentAgent.agent_id, AppointmentAgent.starts_at, AppointmentAgent.ends_at).where(
            AppointmentAgent.agent_id.in_(agents),
            AppointmentAgent.is_live,
            AppointmentAgent.starts_at < max(one.row["ends_at"] for one in meetings),
            AppointmentAgent.ends_at > min(one.row["starts_at"] for one in meetings),
        )
        for agent_id, starts_at, ends_at in session.execute(query):
            diaries._take(agent_id, starts_at, ends_at)
        return diaries

    def enter(self, meeting: Meeting) -> bool:
        """Take the time of its agents. One of the past that finds it taken goes on without; one to come does not: False."""
        if not meeting.takes_time:
            return True
        starts_at, ends_at = meeting.row["starts_at"], meeting.row["ends_at"]
        if any(self._is_taken(agent, starts_at, ends_at) for agent in meeting.agents):
            meeting.takes_time = False
            return not meeting.is_future
        for agent in meeting.agents:
            self._take(agent, starts_at, ends_at)
        return True

    def _take(self, agent_id: int, starts_at: datetime, ends_at: datetime) -> None:
        for day in range(starts_at.toordinal(), ends_at.toordinal() + 1):
            self._taken[agent_id, day].append((starts_at, ends_at))

    def _is_taken(self, agent_id: int, starts_at: datetime, ends_at: datetime) -> bool:
        days = range(starts_at.toordinal(), ends_at.toordinal() + 1)
        return any(
            start < ends_at and starts_at < end for day in days for start, end in self._taken.get((agent_id, day), ())
        )

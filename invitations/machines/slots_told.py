"""Free times as machines are told them: each start once a place and type, with who receives then."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.agenda.slots import minute_of, moment_of
from invitations.free_times import Found
from invitations.models import Agent, AppointmentAgent, AppointmentType, Place

_WRITTEN = re.compile(r"(\d{1,9})\.(\d{1,10})\.(\d{1,10})", re.ASCII)


class Key(NamedTuple):
    """What makes a time one: its minute since 1970, its place, its type. Sorting gives the order of a list."""

    start: int
    place_id: int
    type_id: int

    def __str__(self) -> str:
        return ".".join(str(one) for one in self)

    @classmethod
    def read(cls, text: str) -> Key | None:
        """None for what we never wrote."""
        found = _WRITTEN.fullmatch(text)
        return found and cls(*(int(one) for one in found.groups()))


@dataclass(slots=True)
class Free:
    """What is free at one key. `seats`: left in the sessions that begin there, by their ids; none for a slot."""

    ends_at: datetime
    agent_ids: set[int] = field(default_factory=set)
    session_ids: list[int] = field(default_factory=list)
    seats: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Time:
    """One start as it is told. `seats_left` and `title`: of sessions."""

    starts_at: datetime
    ends_at: datetime
    type: AppointmentType
    place: Place
    agents: list[Agent]
    title: str | None
    seats_left: int | None


def by_key(found: Found) -> dict[Key, Free]:
    """Slots and sessions together."""
    free: dict[Key, Free] = {}
    for slot in found.slots:
        key = Key(slot.start, slot.place_id, slot.type_id)
        if key not in free:
            free[key] = Free(slot.ends_at)
        free[key].agent_ids.add(slot.agent_id)
    for one in found.sessions:
        at = free.setdefault(Key(minute_of(one.starts_at), one.place_id, one.type_id), Free(one.ends_at))
        at.session_ids.append(one.id)
        at.seats += one.left
        at.title = at.title or one.title
    return free


def told(session: Session, types: Iterable[AppointmentType], free: Mapping[Key, Free]) -> list[Time]:
    """With their rows. Three queries at most."""
    by_id, places = {one.id: one for one in types}, places_of(session, {key.place_id for key in free})
    holding = holders(session, [one for at in free.values() for one in at.session_ids])
    for at in free.values():
        at.agent_ids.update(agent for one in at.session_ids for agent in holding[one])
    agents = agents_of(session, {agent for at in free.values() for agent in at.agent_ids})
    return [
        Time(
            moment_of(key.start),
            at.ends_at,
            by_id[key.type_id],
            places[key.place_id],
            [agents[one] for one in sorted(at.agent_ids)],
            (at.title or None) if at.session_ids else None,
            at.seats if at.session_ids else None,
        )
        for key, at in free.items()
    ]


def places_of(session: Session, ids: Collection[int]) -> dict[int, Place]:
    return {one.id: one for one in session.scalars(select(Place).where(Place.id.in_(ids)))}


def agents_of(session: Session, ids: Collection[int]) -> dict[int, Agent]:
    return {one.id: one for one in session.scalars(select(Agent).where(Agent.id.in_(ids)))}


def holders(session: Session, session_ids: Collection[int]) -> dict[int, list[int]]:
    """By session, who holds it."""
    found: dict[int, list[int]] = defaultdict(list)
    if session_ids:
        query = select(AppointmentAgent.appointment_id, AppointmentAgent.agent_id)
        for session_id, agent_id in session.execute(query.where(AppointmentAgent.appointment_id.in_(session_ids))):
            found[session_id].append(agent_id)
    return found

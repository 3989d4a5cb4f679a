"""When agents receive: adding openings, and what every other act on one looks up first.

Rules of slots.md: an opening lies inside one day, in the wall time of its place. What looks like a mistake is a doubt
told before it is saved (`openings_doubts`), never a refusal, except what could not give a single slot. Changing one is
in `openings_changes`, the lists are in `openings_list`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.journal import note
from invitations.models import Agent, AgentRole, AppointmentType, Opening, Place
from invitations.rhythm import Rhythm


@dataclass(frozen=True, slots=True)
class Wish:
    """Openings as somebody asks for them: the same hours at the same place, one for each agent."""

    agent_ids: tuple[int, ...]
    place_id: int
    type_ids: tuple[int, ...]
    rhythm: Rhythm
    starts_at_time: time
    ends_at_time: time
    exdates: tuple[str, ...] = ()  # days already taken out of the opening that this one goes on from

    @property
    def length(self) -> timedelta:
        begin, end = (datetime.combine(date.min, at) for at in (self.starts_at_time, self.ends_at_time))
        return end - begin

    def days_to_come(self, today: date) -> list[date]:
        """The days on which it happens from today on, for as long as recurrences are compared."""
        return self.rhythm.days(max(self.rhythm.starts_on, today), self.exdates)


@dataclass(frozen=True, slots=True)
class Replaced:
    """The days of an opening, both included, that a wish takes the place of."""

    opening_id: int
    first_on: date = date.min
    last_on: date = date.max

    def covers(self, opening_id: int, day: date) -> bool:
        return opening_id == self.opening_id and self.first_on <= day <= self.last_on


@dataclass(frozen=True, slots=True)
class Checked:
    """What a wish that can be saved is about. `agents`: the names people read, by id, in the order of the wish."""

    agents: dict[int, str]
    place: Place
    types: list[AppointmentType]
    days: list[date]


def add(session: Session, wish: Wish, *, organisation_id: int, agent_id: int, now: datetime) -> list[Opening]:
    """Save one opening for each agent; doubts were told before. `agent_id` is who does it.

    Raises NotFound for an agent, place or type of elsewhere; EndsBeforeItStarts; NothingToCome.
    """
    checked = check(session, wish, organisation_id=organisation_id, now=now)
    return [
        save(session, fill(Opening(organisation_id=organisation_id, created_at=now), wish, one, checked), agent_id, now)
        for one in checked.agents
    ]


def save(session: Session, opening: Opening, agent_id: int, now: datetime) -> Opening:
    session.add(opening)
    session.flush()
    note(
        session,
        "opening.added",
        now=now,
        organisation_id=opening.organisation_id,
        agent_id=agent_id,
        opening_id=opening.id,
    )
    return opening


def fill(opening: Opening, wish: Wish, agent_id: int, checked: Checked) -> Opening:
    """Write the wish into the opening, for one of its agents."""
    opening.agent_id = agent_id
    opening.place_id = checked.place.id
    opening.starts_on = wish.rhythm.starts_on
    opening.starts_at_time = wish.starts_at_time
    opening.ends_at_time = wish.ends_at_time
    opening.rrule = wish.rhythm.rrule
    opening.exdates = list(wish.exdates)
    opening.last_on = wish.rhythm.last_on
    opening.types = list(checked.types)
    return opening


def check(session: Session, wish: Wish, *, organisation_id: int, now: datetime) -> Checked:
    """What the wish is about, when it can be saved. Raises like `add`."""
    agents = agents_of(session, wish.agent_ids, organisation_id)
    place = place_of(session, wish.place_id, organisation_id)
    types = types_of(session, wish.type_ids, organisation_id)
    if wish.ends_at_time <= wish.starts_at_time:
        raise EndsBeforeItStarts
    days = wish.days_to_come(now.astimezone(place.zone).date())
    if not days:
        raise NothingToCome
    return Checked(agents, place, types, days)


def opening_seen_by(session: Session, opening_id: int, organisation_id: int) -> Opening:
    """The organisation's opening. Raises NotFound."""
    return one_of(session.get(Opening, opening_id), organisation_id)


def held(session: Session, opening_id: int, organisation_id: int) -> Opening:
    """The same, for whoever changes it: of two changes at once, the second sees what the first has done."""
    query = locked(select(Opening).where(Opening.id == opening_id))
    return one_of(session.scalars(query.execution_options(populate_existing=True)).one_or_none(), organisation_id)


def one_of(opening: Opening | None, organisation_id: int) -> Opening:
    if opening is None or opening.organisation_id != organisation_id:
        raise NotFound
    return opening


def agents_of(session: Session, agent_ids: Collection[int], organisation_id: int) -> dict[int, str]:
    """The names people read of these agents, by id, in the order asked. Raises NotFound when one is not of the organisation."""
    rows = session.execute(
        select(Agent.id, Agent.display_name)
        .join(AgentRole, AgentRole.agent_id == Agent.id)
        .where(Agent.id.in_(agent_ids), AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None))
    )
    known = {row.id: row.display_name for row in rows}
    if not agent_ids or not known.keys() >= set(agent_ids):
        raise NotFound
    return {agent_id: known[agent_id] for agent_id in agent_ids}


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

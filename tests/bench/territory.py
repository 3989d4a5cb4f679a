"""A big team: 50 agents in 20 places, two half-day openings a day, four weeks, 7,200 appointments (slots.md)."""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from invitations.codes import Codes
from invitations.database import Database
from invitations.models import Agent, Appointment, AppointmentAgent, Author, Invitation, Link, Mode, Place
from tests.bench.engines import analyse
from tests.factories import World

SECRET = "a secret key for measuring, thirty-two characters"
PARIS = ZoneInfo("Europe/Paris")
# A Friday, before four weeks without a public holiday; the two clock changes are far.
NOW = datetime(2026, 11, 13, 9, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 16)
WEEKS = 4
AGENTS = 50
PLACES = 20
APPOINTMENTS = 7_200
LENGTH = timedelta(minutes=30)
HALF_DAYS = ((time(9), time(12)), (time(14), time(17)))


def build(database: Database, *, weeks: int = WEEKS, appointments: int | None = APPOINTMENTS) -> World:
    """Write the team and its appointments (None: on every slot); returns the world, its rows loaded and detached."""
    with database.writing() as session:
        world = World(session, NOW)
        world.type.duration = LENGTH
        world.type.max_delay = timedelta(days=7 * weeks + 2)
        places = [world.place, *(world.make_place(name=f"Lieu {n}") for n in range(2, PLACES + 1))]
        agents = [world.agent, *(world.make_agent() for _ in range(2, AGENTS + 1))]
        session.delete(world.opening)
        for number, agent in enumerate(agents):
            open_half_days(world, agent, places[number % PLACES])
        fill(world, agents, places, weeks=weeks, appointments=appointments)
    analyse(database)
    return world


def open_half_days(world: World, agent: Agent, place: Place) -> None:
    for starts, ends in HALF_DAYS:
        world.make_opening(agent_id=agent.id, place_id=place.id, starts_at_time=starts, ends_at_time=ends)


def fill(
    world: World, agents: list[Agent], places: list[Place], *, weeks: int = WEEKS, appointments: int | None = None
) -> None:
    """Appointments on so many of the slots (7,200 of 12,000 in four weeks), drawn with a fixed seed; None: on all."""
    starts = all_starts(weeks)
    slots = [(agent.id, places[number % PLACES].id, start) for number, agent in enumerate(agents) for start in starts]
    drawn = slots if appointments is None else random.Random(26).sample(slots, appointments)
    rows = [appointment(world, place_id, start) for _, place_id, start in drawn]
    ids = world.session.scalars(insert(Appointment).returning(Appointment.id, sort_by_parameter_order=True), rows)
    times = [
        {"appointment_id": id_, "agent_id": agent_id, "starts_at": start, "ends_at": start + LENGTH}
        | {"busy_until": start + LENGTH, "is_live": True}
        for id_, (agent_id, _, start) in zip(ids, drawn, strict=True)
    ]
    world.session.execute(insert(AppointmentAgent), times)


def all_starts(weeks: int = WEEKS) -> list[datetime]:
    """Every start of one agent over the weeks."""
    starts = []
    for day in (MONDAY + timedelta(days=n) for n in range(7 * weeks)):
        for begins, ends in HALF_DAYS if day.weekday() < 5 else ():
            start = datetime.combine(day, begins, PARIS).astimezone(UTC)
            while start + LENGTH <= datetime.combine(day, ends, PARIS):
                starts.append(start)
                start += LENGTH
    return starts


def appointment(world: World, place_id: int, starts_at: datetime) -> dict[str, Any]:
    return {
        "uid": str(uuid.uuid4()),
        "organisation_id": world.organisation.id,
        "type_id": world.type.id,
        "place_id": place_id,
        "starts_at": starts_at,
        "ends_at": starts_at + LENGTH,
        "created_by": Author.AGENT,
        "created_at": NOW,
    }


def invite(world: World, codes: Codes, *, people: int, communes: Sequence[str | None] = (None,)) -> list[str]:
    """So many people, who live in these communes in turn, with an open invitation and its link; returns the codes."""
    links = []
    for _, commune in zip(range(people), cycle(communes), strict=False):
        follow_up = world.make_follow_up(world.make_beneficiary(phone=None, commune_insee=commune))
        invitation = world.add(
            Invitation(
                uid=str(uuid.uuid4()),
                follow_up_id=follow_up.id,
                organisation_id=world.organisation.id,
                mode=Mode.INVITATION,
                expires_at=NOW + timedelta(days=10),
                created_at=NOW,
            )
        )
        code = codes.derive("invitation", invitation.id)
        world.add(Link(code_hash=codes.kept(code), invitation_id=invitation.id, created_at=NOW))
        links.append(code)
    return links

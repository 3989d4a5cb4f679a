"""What fills the demonstration's agendas beyond openings: a team meeting, closing days, workshops, sectors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from invitations import regular_absences, sessions
from invitations.models import (
    Agent,
    AppointmentType,
    Category,
    Closure,
    Organisation,
    Place,
    Sector,
    SectorCommune,
    SectorService,
)
from invitations.regular_absences import Habit
from invitations.rhythm import Rhythm

WORKSHOP = "Atelier «\N{NO-BREAK SPACE}Mes droits, mes démarches\N{NO-BREAK SPACE}»"
OFFICE_HOURS = "Mo-Fr 08:30-12:30,13:30-17:30"
THURSDAY, FRIDAY = 3, 4
# The demonstration's life begins 13 weeks before the first start, and a workshop every other week goes on after it.
WORKSHOPS = 20
# How long after the beginning the whole team is away for a day: a Friday, some two weeks after the first start.
CLOSED_AFTER = timedelta(weeks=15)

# Communes by INSEE code, and the places that serve them, by their order in `territory.PLACES`.
SECTORS = (
    ("Valentinois", ("26362", "26058", "26252", "26064"), (0, 1)),
    ("Royans et pays de Romans", ("26281", "26307", "26218"), (1, 0)),
    ("Drôme provençale", ("26198", "26235", "26052", "26145"), (2, 0)),
)


def fill(
    session: Session,
    organisation: Organisation,
    accompaniment: Category,
    agents: Sequence[Agent],
    places: Sequence[Place],
    *,
    since: date,
    now: datetime,
) -> None:
    """Write all of it, through the product's own acts where there are."""
    for place in places:
        place.opening_hours = OFFICE_HOURS
    monday = since - timedelta(days=since.weekday())
    meet_every_other_week(session, organisation, agents, monday, now)
    closed_on = monday + CLOSED_AFTER + FRIDAY * timedelta(days=1)
    session.add(
        Closure(
            organisation_id=organisation.id,
            first_on=closed_on,
            last_on=closed_on,
            label="Journée d’équipe",
            created_at=now,
        )
    )
    plan_workshops(session, organisation, accompaniment, agents[4], places[0], monday, now)
    draw_sectors(session, organisation, places, now)


def meet_every_other_week(
    session: Session, organisation: Organisation, agents: Sequence[Agent], monday: date, now: datetime
) -> None:
    habit = Habit(Rhythm(monday, (FRIDAY,), interval=2), time(11), time(12), "Réunion d’équipe")
    ids = [one.id for one in agents]
    regular_absences.add(session, ids, habit, organisation=organisation, agent_id=agents[1].id, now=now)


def plan_workshops(
    session: Session,
    organisation: Organisation,
    category: Category,
    agent: Agent,
    place: Place,
    monday: date,
    now: datetime,
) -> None:
    """Every other Thursday afternoon, eight seats."""
    workshop = AppointmentType(
        organisation_id=organisation.id,
        category_id=category.id,
        name=WORKSHOP,
        duration=timedelta(hours=2),
        is_collective=True,
        seats=8,
        max_delay=timedelta(days=45),
        instructions_before="Vos courriers en cours, si vous en avez.",
        created_at=now,
    )
    session.add(workshop)
    session.flush()
    plan = sessions.Plan(
        type_id=workshop.id,
        place_id=place.id,
        agent_ids=(agent.id,),
        title="",
        seats=workshop.seats,
        rhythm=Rhythm(monday, (THURSDAY,), interval=2),
        starts_at_time=time(14),
        times=WORKSHOPS,
    )
    sessions.create(session, plan, organisation_id=organisation.id, agent_id=agent.id, skipping=True, now=now)


def draw_sectors(session: Session, organisation: Organisation, places: Sequence[Place], now: datetime) -> None:
    for name, communes, served_at in SECTORS:
        sector = Sector(department_id=organisation.department_id, name=name, created_at=now)
        sector.communes = [SectorCommune(commune_insee=one) for one in communes]
        sector.services = [
            SectorService(organisation_id=organisation.id, place_id=places[number].id) for number in served_at
        ]
        session.add(sector)
    session.flush()

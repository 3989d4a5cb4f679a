"""The demonstration's département: Drôme, one team, three places, five agents, two categories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from app.demo import agendas
from invitations.agenda.recurrence import weekly
from invitations.database import Base
from invitations.models import (
    Agent,
    AgentRole,
    AppointmentType,
    Category,
    CategoryKind,
    CategorySettings,
    Channel,
    Department,
    Opening,
    Organisation,
    OrganisationKind,
    Place,
    Role,
)
from invitations.signing_in import hash_password

AGENT_EMAIL = "claire.roche@drome.example"
ADMIN_EMAIL = "samir.haddad@drome.example"
# A demonstration on this machine alone: the password is printed at start and written beside the database.
PASSWORD = "une-demonstration-locale"

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)
MORNING, AFTERNOON = (time(9), time(12)), (time(14), time(17))

Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True, slots=True)
class Territory:
    """What the rest of the demonstration needs of it."""

    organisation: Organisation
    orientation: Category
    accompaniment: Category
    agents: list[Agent]


@dataclass(frozen=True, slots=True)
class Week:
    """When one agent receives at one place."""

    agent: int
    place: int
    weekdays: tuple[int, ...]
    hours: tuple[time, time]
    types: tuple[int, ...]


# Agents and places by their order below; types: 0 orientation, 1 accompaniment.
WEEKS = (
    Week(0, 0, (MONDAY, TUESDAY, THURSDAY), MORNING, (0,)),
    Week(0, 0, (TUESDAY, THURSDAY), AFTERNOON, (0, 1)),
    Week(1, 0, (WEDNESDAY, FRIDAY), MORNING, (0,)),
    Week(1, 0, (MONDAY, WEDNESDAY), AFTERNOON, (0, 1)),
    Week(2, 1, (MONDAY, WEDNESDAY, FRIDAY), MORNING, (0, 1)),
    Week(2, 1, (THURSDAY,), AFTERNOON, (0,)),
    Week(3, 2, (TUESDAY, THURSDAY), MORNING, (0, 1)),
    Week(3, 2, (WEDNESDAY,), AFTERNOON, (0,)),
    Week(4, 1, (TUESDAY,), MORNING, (1,)),
    Week(4, 2, (FRIDAY,), MORNING, (1,)),
)

AGENTS = (
    ("Claire", "Roche", "Mme Roche", AGENT_EMAIL, Role.BASIC),
    ("Samir", "Haddad", "M. Haddad", ADMIN_EMAIL, Role.ADMIN),
    ("Nadège", "Fournier", "Mme Fournier", "nadege.fournier@drome.example", Role.BASIC),
    ("Luc", "Peyrard", "M. Peyrard", "luc.peyrard@drome.example", Role.BASIC),
    ("Awa", "Diop", "Mme Diop", "awa.diop@drome.example", Role.BASIC),
)

PLACES = (
    ("Maison des solidarités", "12 rue Latour-Maubourg", "26000", "Valence", "26362", 44.9334, 4.8924, True),
    ("Centre médico-social", "42 avenue Gambetta", "26100", "Romans-sur-Isère", "26281", 45.0443, 5.0527, True),
    ("Espace Drôme Sud", "5 place du Temple", "26200", "Montélimar", "26198", 44.5581, 4.7509, False),
)


def create(session: Session, *, since: date, now: datetime) -> Territory:
    """Write the territory; openings begin on `since` and have no end."""
    department = Department(
        number="26",
        name="Drôme",
        full_name="Département de la Drôme",
        website="https://www.drome.example",
        postal_address="Hôtel du département\n26000 Valence",
        phone="+33465710000",
        publisher="La présidence du conseil départemental (démonstration)",
        host="Cette machine, pour une démonstration",
        privacy_contact="dpo@drome.example",
        accessibility_contact="accessibilite@drome.example",
        created_at=now,
    )
    add(session, department)
    organisation = Organisation(
        department_id=department.id,
        name="Service insertion de la Drôme",
        kind=OrganisationKind.DEPARTMENT_COUNCIL,
        phone="+33465710026",  # ARCEP keeps 04 65 71 for fiction
        hours="du lundi au vendredi, 9 h–17 h",
        email="insertion@drome.example",
        address="13 avenue Maurice-Faure\n26000 Valence",
        created_at=now,
    )
    organisation.department = department
    add(session, organisation)
    orientation, accompaniment = create_categories(session, department, organisation, now)
    types = create_types(session, organisation, orientation, accompaniment, now)
    agents = create_agents(session, organisation, now)
    places = create_places(session, organisation, now)
    for week in WEEKS:
        add(session, opening_of(week, organisation, agents, places, types, since, now))
    agendas.fill(session, organisation, accompaniment, agents, places, since=since, now=now)
    return Territory(organisation, orientation, accompaniment, agents)


def create_categories(
    session: Session, department: Department, organisation: Organisation, now: datetime
) -> tuple[Category, Category]:
    orientation = Category(
        department_id=department.id,
        code="rsa_orientation",
        kind=CategoryKind.ORIENTATION,
        name="Orientation RSA",
        purpose="faire le point ensemble sur votre situation",
        created_at=now,
    )
    accompaniment = Category(
        department_id=department.id,
        code="rsa_accompagnement",
        kind=CategoryKind.ACCOMPANIMENT,
        name="Accompagnement RSA",
        purpose="avancer ensemble sur votre projet",
        created_at=now,
    )
    for category in (orientation, accompaniment):
        add(session, category)
        handled = CategorySettings(organisation_id=organisation.id, category_id=category.id, created_at=now)
        handled.channels = [Channel.SMS, Channel.EMAIL, Channel.LETTER]
        add(session, handled)
    return orientation, accompaniment


def create_types(
    session: Session, organisation: Organisation, orientation: Category, accompaniment: Category, now: datetime
) -> list[AppointmentType]:
    lengths = ((orientation, "Entretien d’orientation", 45), (accompaniment, "Rendez-vous d’accompagnement", 30))
    return [
        add(
            session,
            AppointmentType(
                organisation_id=organisation.id,
                category_id=category.id,
                name=name,
                duration=timedelta(minutes=minutes),
                max_delay=timedelta(days=45),
                created_at=now,
            ),
        )
        for category, name, minutes in lengths
    ]


def create_agents(session: Session, organisation: Organisation, now: datetime) -> list[Agent]:
    password_hash = hash_password(PASSWORD)
    agents = []
    for first_name, last_name, display_name, email, role in AGENTS:
        agent = Agent(
            email=email,
            first_name=first_name,
            last_name=last_name,
            display_name=display_name,
            password_hash=password_hash,
            created_at=now,
        )
        agents.append(add(session, agent))
        add(session, AgentRole(agent_id=agent.id, organisation_id=organisation.id, role=role, may_export=True))
    return agents


def create_places(session: Session, organisation: Organisation, now: datetime) -> list[Place]:
    return [
        add(
            session,
            Place(
                organisation_id=organisation.id,
                name=name,
                address=address,
                postcode=postcode,
                city=city,
                commune_insee=insee,
                latitude=latitude,
                longitude=longitude,
                is_step_free=is_step_free,
                created_at=now,
            ),
        )
        for name, address, postcode, city, insee, latitude, longitude, is_step_free in PLACES
    ]


def opening_of(
    week: Week,
    organisation: Organisation,
    agents: Sequence[Agent],
    places: Sequence[Place],
    types: Sequence[AppointmentType],
    since: date,
    now: datetime,
) -> Opening:
    return Opening(
        organisation_id=organisation.id,
        agent_id=agents[week.agent].id,
        place_id=places[week.place].id,
        starts_on=since,
        starts_at_time=week.hours[0],
        ends_at_time=week.hours[1],
        rrule=weekly(week.weekdays),
        exdates=[],
        types=[types[number] for number in week.types],
        created_at=now,
    )


def add(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row

"""A small world for tests. Each `make_…` adds one row with sensible values; keywords change what matters."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from invitations.models import (
    Agent,
    AgentRole,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Author,
    Beneficiary,
    Category,
    CategoryKind,
    CategorySettings,
    Department,
    FollowUp,
    FollowUpStatus,
    Membership,
    Opening,
    Organisation,
    OrganisationKind,
    Place,
    Role,
)

Row = TypeVar("Row")

WORKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"


class World:
    """Drôme, one organisation, Valence, Mme Roche who receives every working day 9:00–12:00, RSA orientation 45 min."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now
        self.numbers = iter(range(1, 10_000))
        self.department = self.make_department()
        self.organisation = self.make_organisation()
        self.place = self.make_place()
        self.agent = self.make_agent()
        self.category = self.make_category()
        self.settings = self.make_settings()
        self.type = self.make_type()
        self.opening = self.make_opening()

    def add(self, row: Row) -> Row:
        self.session.add(row)
        self.session.flush()
        return row

    def make_department(self, **changes: Any) -> Department:
        values = {"number": "26", "name": "Drôme", "full_name": "Département de la Drôme"}
        return self.add(Department(created_at=self.now, **values | changes))

    def make_organisation(self, **changes: Any) -> Organisation:
        values = {
            "department_id": self.department.id,
            "name": f"Centre médico-social {next(self.numbers)}",
            "kind": OrganisationKind.DEPARTMENT_COUNCIL,
            "phone": "+33475000000",
            "hours": "lundi–vendredi 9 h–17 h",
        }
        made = Organisation(created_at=self.now, **values | changes)
        made.department = self.session.get_one(Department, made.department_id)
        return self.add(made)

    def make_place(self, **changes: Any) -> Place:
        values = {
            "organisation_id": self.organisation.id,
            "name": "Maison des solidarités",
            "address": "12 rue Latour-Maubourg",
            "postcode": "26000",
            "city": "Valence",
            "commune_insee": "26362",
            "latitude": 44.9334,
            "longitude": 4.8924,
            "is_step_free": True,
        }
        return self.add(Place(created_at=self.now, **values | changes))

    def make_agent(self, *, role: Role = Role.BASIC, organisation: Organisation | None = None, **changes: Any) -> Agent:
        number = next(self.numbers)
        values = {
            "email": f"agent{number}@drome.example",
            "first_name": "Claire",
            "last_name": "Roche",
            "display_name": "Mme Roche",
        }
        agent = self.add(Agent(created_at=self.now, **values | changes))
        where = organisation or self.organisation
        self.add(AgentRole(agent_id=agent.id, organisation_id=where.id, role=role))
        self.session.refresh(agent, ["roles"])
        return agent

    def make_category(self, **changes: Any) -> Category:
        values = {
            "department_id": self.department.id,
            "code": "rsa_orientation",
            "kind": CategoryKind.ORIENTATION,
            "name": "RSA orientation",
            "purpose": "faire le point ensemble sur votre situation",
        }
        return self.add(Category(created_at=self.now, **values | changes))

    def make_settings(self, **changes: Any) -> CategorySettings:
        values = {"organisation_id": self.organisation.id, "category_id": self.category.id}
        return self.add(CategorySettings(created_at=self.now, **values | changes))

    def make_type(self, **changes: Any) -> AppointmentType:
        values = {
            "organisation_id": self.organisation.id,
            "category_id": self.category.id,
            "name": "Entretien d'orientation",
            "duration": timedelta(minutes=45),
        }
        return self.add(AppointmentType(created_at=self.now, **values | changes))

    def make_opening(self, *, types: list[AppointmentType] | None = None, **changes: Any) -> Opening:
        values = {
            "organisation_id": self.organisation.id,
            "agent_id": self.agent.id,
            "place_id": self.place.id,
            "starts_on": date(2026, 11, 2),
            "starts_at_time": time(9),
            "ends_at_time": time(12),
            "rrule": WORKDAYS,
            "exdates": [],
        }
        return self.add(Opening(created_at=self.now, types=types or [self.type], **values | changes))

    def make_session(
        self, starts_at: datetime, type_: AppointmentType, *, agents: list[Agent] | None = None, **changes: Any
    ) -> Appointment:
        """A collective session of two hours with twelve seats, held by the world's agent unless others are named."""
        values = {
            "uid": str(uuid.uuid4()),
            "organisation_id": type_.organisation_id,
            "type_id": type_.id,
            "place_id": self.place.id,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "seats": 12,
            "title": "Atelier budget",
            "created_by": Author.AGENT,
        }
        made = self.add(Appointment(created_at=self.now, **values | changes))
        for agent in agents or [self.agent]:
            self.add(
                AppointmentAgent(
                    appointment_id=made.id,
                    agent_id=agent.id,
                    starts_at=made.starts_at,
                    ends_at=made.ends_at,
                    busy_until=made.ends_at,
                )
            )
        return made

    def make_beneficiary(self, *, organisation: Organisation | None = None, **changes: Any) -> Beneficiary:
        number = next(self.numbers)
        values = {
            "uid": str(uuid.uuid4()),
            "department_id": self.department.id,
            "first_name": "Inès",
            "last_name": f"Bernard{number}",
            "email": f"personne{number}@example.fr",
            "phone": f"+33639980{number:03d}",
            "first_name_key": "ines",
            "email_key": f"personne{number}@example.fr",
            "search_key": f"ines bernard{number}",
        }
        made = self.add(Beneficiary(created_at=self.now, updated_at=self.now, **values | changes))
        where = organisation or self.organisation
        self.add(Membership(beneficiary_id=made.id, organisation_id=where.id, created_at=self.now))
        return made

    def make_follow_up(self, beneficiary: Beneficiary | None = None, **changes: Any) -> FollowUp:
        person = beneficiary or self.make_beneficiary()
        values = {
            "uid": str(uuid.uuid4()),
            "beneficiary_id": person.id,
            "category_id": self.category.id,
            "status": FollowUpStatus.NOT_INVITED,
            "status_since": self.now,
        }
        return self.add(FollowUp(created_at=self.now, **values | changes))

"""What an operator makes before anybody can sign in: a département, and organisations in it. The rest is set on the pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.errors import NameTaken, NotFound
from invitations.identity import name_key
from invitations.journal import note
from invitations.models import Department, Organisation, OrganisationKind

NUMBER = re.compile(r"0[1-9]|[13-8]\d|2[1-9AB]|9[0-5]|97[12346]")
PARIS = "Europe/Paris"
OVERSEAS = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
}
# Public holidays of their own (code du travail L3134-13 and L3422-2), as the package `holidays` names them.
HOLIDAYS = {"57": "57", "67": "6AE", "68": "6AE"} | {number: number for number in OVERSEAS}


@dataclass(frozen=True, slots=True)
class Called:
    """How a département is called: "Drôme", and "Département de la Drôme" as people read it."""

    name: str
    full_name: str


def create_organisation(
    session: Session, number: str, name: str, *, kind: OrganisationKind, called: Called | None = None, now: datetime
) -> Organisation:
    """An organisation of the département of this number, which is made as well when it is not there and `called` says how.

    Raises NotFound for a département that is not there, or can't be; NameTaken for two organisations of one name in it.
    """
    department = session.scalar(select(Department).where(Department.number == number))
    if department is None:
        department = _create_department(session, number, called, now)
    names = session.scalars(select(Organisation.name).where(Organisation.department_id == department.id))
    if any(name_key(one) == name_key(name) for one in names):
        raise NameTaken
    made = Organisation(department_id=department.id, name=name, kind=kind, created_at=now)
    session.add(made)
    session.flush()
    note(
        session, "organisation.created", now=now, organisation_id=made.id, department_id=department.id, kind=kind.value
    )
    return made


def _create_department(session: Session, number: str, called: Called | None, now: datetime) -> Department:
    if called is None or not NUMBER.fullmatch(number):
        raise NotFound
    made = Department(
        number=number,
        name=called.name,
        full_name=called.full_name,
        timezone=OVERSEAS.get(number, PARIS),
        holidays_subdivision=HOLIDAYS.get(number),
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made

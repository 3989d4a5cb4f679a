"""What helps people to come, near each of the demonstration's places: invented, in two files of data·inclusion's schema."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from invitations.models import Organisation, UsefulTheme
from invitations.useful_places import choosing, keeping
from invitations.useful_places.reading import read

FILES = ("useful_structures.csv", "useful_services.csv")


def fill(session: Session, organisation: Organisation, *, agent_id: int, now: datetime) -> None:
    """Through the product's own reading of such files; people are shown every kind."""
    for name in FILES:
        with Path(__file__).with_name(name).open("rb") as file:
            found = read(file, organisation.department.number)
        keeping.keep(session, found.kept, department_id=organisation.department_id, kind=found.kind, now=now)
    choosing.choose(session, organisation, UsefulTheme, agent_id=agent_id, now=now)

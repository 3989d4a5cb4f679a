"""Whom to call, for the pages that know no person: the teams with their numbers, when they are few. Read-only."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import Department, Organisation

# A list that somebody in trouble can read at a glance; past it, the number stands in the message they received.
FEW = 8


@dataclass(frozen=True, slots=True)
class Helpline:
    """A team that answers. `phone` is E.164, `hours` are in words, `owner` is who answers, or empty."""

    team: str
    phone: str
    hours: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class Territory:
    """A département and its teams."""

    name: str
    helplines: tuple[Helpline, ...]


def read(session: Session) -> list[Territory]:
    """The teams that have a number, by département; none when they are more than a few. One query."""
    rows = session.execute(
        select(
            Department.full_name, Organisation.name, Organisation.phone, Organisation.hours, Organisation.phone_owner
        )
        .join(Department, Organisation.department_id == Department.id)
        .where(Organisation.phone.is_not(None), Organisation.phone != "")
        .order_by(Department.number, Organisation.name, Organisation.id)
        .limit(FEW + 1)
    ).all()
    if len(rows) > FEW:
        return []
    return [
        Territory(name, tuple(Helpline(row.name, row.phone or "", row.hours, row.phone_owner or "") for row in those))
        for name, those in groupby(rows, key=lambda row: row.full_name)
    ]

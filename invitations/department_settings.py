"""What the administrators of a département set for everybody in it: name, colour, logo, and what its legal pages say.

Only those of the département's own organisations may. Every save is noted with the names of what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, undefer_group

from invitations import department_colour, sector_settings
from invitations.department_logo import Logo
from invitations.errors import NotAllowed, NotFound
from invitations.journal import note
from invitations.models import Department, DepartmentLogo, Organisation, ServiceKey, WebhookEndpoint
from invitations.models.territory import LEGAL
from invitations.organisation_settings import apply

# What the law asks to be said (loi 2004-575, RGPD, arrêté of 20 September 2019): none of it may stay empty in service.
REQUIRED = ("postal_address", "publisher", "host", "privacy_contact", "accessibility_contact")


@dataclass(frozen=True, slots=True)
class Practices:
    """For how many months they keep it, each length once, shortest first, and each by name; the names of those that tell
    France Travail; whether software of theirs reads it."""

    months: list[int]
    telling: list[str]
    kept: list[tuple[str, int]]
    has_software: bool


@dataclass(frozen=True, slots=True)
class Identity:
    """All that is kept of it but the logo; the fields are those of `Department`. `accent` is `#rrggbb`."""

    full_name: str
    accent: str
    website: str
    postal_address: str
    phone: str
    publisher: str
    host: str
    privacy_contact: str
    accessibility_contact: str


@dataclass(frozen=True, slots=True)
class Speaker:
    """The administrator who sets, and for which organisation. Raises NotAllowed unless it is the département's own."""

    agent_id: int
    organisation: Organisation

    def __post_init__(self) -> None:
        if not speaks_for_department(self.organisation):
            raise NotAllowed

    @property
    def department(self) -> Department:
        return self.organisation.department


def speaks_for_department(organisation: Organisation) -> bool:
    """True for the département's own organisations, whose administrators draw its sectors too."""
    return sector_settings.may_draw(organisation)


def speaker(session: Session, *, agent_id: int, organisation_id: int) -> Speaker:
    """The administrator, in this session. Raises NotAllowed."""
    return Speaker(agent_id, session.get_one(Organisation, organisation_id))


def change(session: Session, identity: Identity, *, by: Speaker, now: datetime) -> None:
    """Keep what it says of itself. Raises ColourRefused for a colour that can't be made readable."""
    department_colour.check(identity.accent)
    _note(session, by, apply(by.department, identity), now)


def keep_logo(session: Session, logo: Logo, *, by: Speaker, now: datetime) -> None:
    """Show this logo from now on; its address is a new one, so that nobody sees the old one in its place."""
    kept = session.get(DepartmentLogo, by.department.id)
    if kept is None:
        session.add(DepartmentLogo(department_id=by.department.id, content=logo.content))
    else:
        kept.content = logo.content
    department = by.department
    department.logo_hash, department.logo_width, department.logo_height = logo.hash, logo.width, logo.height
    _note(session, by, ["logo"], now)


def remove_logo(session: Session, *, by: Speaker, now: datetime) -> None:
    """Show the name alone. Doing it twice does nothing."""
    kept = session.get(DepartmentLogo, by.department.id)
    if kept is None:
        return
    session.delete(kept)
    department = by.department
    department.logo_hash, department.logo_width, department.logo_height = "", 0, 0
    _note(session, by, ["logo"], now)


def logo_of(session: Session, number: str, wanted: str) -> bytes:
    """The PNG at this address. Raises NotFound, for one that was replaced too."""
    content = session.scalar(
        select(DepartmentLogo.content)
        .join(Department, Department.id == DepartmentLogo.department_id)
        .where(Department.number == number, Department.logo_hash == wanted)
    )
    if content is None:
        raise NotFound
    return content


def departments(session: Session) -> list[Department]:
    """Every département, by number, with what its legal pages say."""
    return list(session.scalars(select(Department).options(undefer_group(LEGAL)).order_by(Department.number)))


def spoken_of(every: Sequence[Department], number: str) -> Department | None:
    """Which of them a page speaks of: the one asked for, else the only one, else None. Raises NotFound for an unknown one."""
    if number:
        found = next((one for one in every if one.number == number), None)
        if found is None:
            raise NotFound
        return found
    return every[0] if len(every) == 1 else None


def practices_of(session: Session, department: Department) -> Practices:
    """What its organisations do with what they know of people. One query."""
    asks = exists().where(ServiceKey.department_id == department.id, ServiceKey.revoked_at.is_(None))
    hears = exists().where(WebhookEndpoint.organisation_id == Organisation.id, WebhookEndpoint.removed_at.is_(None))
    mine = session.execute(
        select(Organisation.name, Organisation.retention_months, Organisation.job_centre_since, or_(asks, hears))
        .where(Organisation.department_id == department.id)
        .order_by(Organisation.name, Organisation.id)
    ).all()
    return Practices(
        months=sorted({months for _, months, *_ in mine}),
        telling=[name for name, _, since, _ in mine if since is not None],
        kept=[(name, months) for name, months, *_ in mine],
        has_software=any(software for *_, software in mine),
    )


def missing(department: Department) -> list[str]:
    """Which of the REQUIRED fields are empty."""
    return [name for name in REQUIRED if not getattr(department, name)]


def _note(session: Session, by: Speaker, changed: list[str], now: datetime) -> None:
    if changed:
        note(
            session,
            "department.changed",
            now=now,
            organisation_id=by.organisation.id,
            agent_id=by.agent_id,
            department_id=by.department.id,
            changed=changed,
        )

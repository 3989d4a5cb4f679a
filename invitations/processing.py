"""What a département does with what it knows of people, as its settings say: the facts of its register of processing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer_group

from invitations.models import (
    AgentRole,
    CategorySettings,
    Channel,
    Department,
    ExternalCalendar,
    Organisation,
    OrganisationKind,
    ServiceKey,
    Trial,
    TrialState,
    WebhookEndpoint,
)
from invitations.models.territory import LEGAL

# What an organisation begins with.
MONTHS = 24


@dataclass(frozen=True, slots=True)
class Team:
    """An organisation: for how many months it keeps, and whom else it lets know."""

    name: str
    kind: OrganisationKind
    months: int
    tells_job_centre: bool
    names_in_calendars: bool


@dataclass(frozen=True, slots=True)
class Processing:
    """The defaults are those of an installation where nothing has been set yet."""

    full_name: str = ""
    number: str = ""
    postal_address: str = ""
    host: str = ""
    privacy_contact: str = ""
    nir_since: datetime | None = None
    teams: Sequence[Team] = ()
    channels: frozenset[Channel] = field(
        default_factory=lambda: frozenset({Channel.SMS, Channel.EMAIL, Channel.LETTER})
    )
    keys: int = 0
    told: int = 0
    calendars: int = 0
    trials: int = 0

    @property
    def months(self) -> list[int]:
        """Each length of keeping once, shortest first."""
        return sorted({one.months for one in self.teams}) or [MONTHS]

    @property
    def telling(self) -> list[str]:
        return [one.name for one in self.teams if one.tells_job_centre]

    @property
    def named_in_calendars(self) -> list[str]:
        return [one.name for one in self.teams if one.names_in_calendars]


def of(session: Session, department: Department) -> Processing:
    """As it is now. A constant number of queries."""
    asked = select(Department).where(Department.id == department.id).options(undefer_group(LEGAL))
    whole = session.scalars(asked.execution_options(populate_existing=True)).one()
    return Processing(
        full_name=whole.full_name,
        number=whole.number,
        postal_address=whole.postal_address,
        host=whole.host,
        privacy_contact=whole.privacy_contact,
        nir_since=whole.nir_kept_since and whole.nir_kept_since.astimezone(whole.zone),
        teams=_teams(session, department.id),
        channels=_channels(session, department.id),
        keys=_keys(session, department.id),
        told=_told(session, department.id),
        calendars=_calendars(session, department.id),
        trials=_trials(session, department.id),
    )


def _teams(session: Session, department_id: int) -> list[Team]:
    query = (
        select(
            Organisation.name,
            Organisation.kind,
            Organisation.retention_months,
            Organisation.job_centre_since.is_not(None),
            Organisation.names_in_calendars,
        )
        .where(Organisation.department_id == department_id)
        .order_by(Organisation.name, Organisation.id)
    )
    return [Team(*row) for row in session.execute(query)]


def _channels(session: Session, department_id: int) -> frozenset[Channel]:
    """Those by which some category may write or call."""
    query = (
        select(CategorySettings.channels)
        .join(Organisation, Organisation.id == CategorySettings.organisation_id)
        .where(Organisation.department_id == department_id, CategorySettings.closed_at.is_(None))
        .order_by(CategorySettings.id)
    )
    return frozenset(Channel(one) for channels in session.scalars(query) for one in channels)


def _keys(session: Session, department_id: int) -> int:
    """Software that may ask and write."""
    mine = ServiceKey.department_id == department_id, ServiceKey.revoked_at.is_(None)
    return session.execute(select(func.count()).where(*mine)).scalar_one()


def _told(session: Session, department_id: int) -> int:
    """Software that hears of what happens."""
    here = Organisation.department_id == department_id, WebhookEndpoint.removed_at.is_(None)
    query = select(func.count()).select_from(WebhookEndpoint).join(Organisation).where(*here)
    return session.execute(query).scalar_one()


def _calendars(session: Session, department_id: int) -> int:
    """Agents' own calendars that are read."""
    here = select(AgentRole.agent_id).join(Organisation).where(Organisation.department_id == department_id)
    query = select(func.count()).select_from(ExternalCalendar).where(ExternalCalendar.agent_id.in_(here))
    return session.execute(query).scalar_one()


def _trials(session: Session, department_id: int) -> int:
    query = select(func.count()).where(Trial.department_id == department_id, Trial.state == TrialState.RUNNING)
    return session.execute(query).scalar_one()

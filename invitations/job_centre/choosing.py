"""Whether an organisation tells France Travail of its appointments: off until an administrator says so, and each act is noted.

An absence written in another administration's file is not a technical detail: only appointments made after the choice are
told, so that everybody concerned has read it, and what was told can be taken back in one act.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.orm import Session

from invitations.database import locked
from invitations.errors import NotAllowed
from invitations.journal import note
from invitations.models import (
    Agent,
    Appointment,
    Beneficiary,
    JobCentreNotice,
    NoticeState,
    Organisation,
    OrganisationKind,
    Participation,
)

# Who accompanies people for the département or for France Travail itself; nobody else writes in its files.
MAY = frozenset({OrganisationKind.DEPARTMENT_COUNCIL, OrganisationKind.RSA_DELEGATE, OrganisationKind.FRANCE_TRAVAIL})


@dataclass(frozen=True, slots=True)
class By:
    """Which administrator acts, for which organisation, when."""

    organisation: Organisation
    agent: Agent
    now: datetime


def choose(session: Session, *, tells: bool, by: By) -> None:
    """Tell of every appointment made from now on, or of nothing more. Saying again what is so does nothing. Raises NotAllowed."""
    organisation = by.organisation
    if tells and organisation.kind not in MAY:
        raise NotAllowed
    if tells != (organisation.job_centre_since is not None):
        organisation.job_centre_since = by.now if tells else None
        _note(session, "job_centre.chosen" if tells else "job_centre.ended", by)


def take_back(session: Session, *, by: By) -> int:
    """Have taken out what was told of appointments to come; returns how many. Raises NotAllowed while more is being told."""
    if by.organisation.job_centre_since is not None:
        raise NotAllowed
    ids = session.scalars(locked(_told_to_come(by.organisation.id, by.now).order_by(JobCentreNotice.id))).all()
    session.execute(
        update(JobCentreNotice)
        .where(JobCentreNotice.id.in_(ids))
        .values(
            is_taken_back=True,
            state=NoticeState.WAITING,
            version=JobCentreNotice.version + 1,
            **{"tries": 0, "failing_since": None, "next_try_at": None, "trouble": None},
        )
    )
    _note(session, "job_centre.taken_back", by, count=len(ids))
    return len(ids)


def to_come(session: Session, organisation_id: int, *, now: datetime) -> int:
    """How many appointments to come are written there and could be taken out."""
    told = _told_to_come(organisation_id, now).subquery()
    return session.scalar(select(func.count()).select_from(told)) or 0


def is_told_of(organisation: Organisation, beneficiary: Beneficiary) -> bool:
    """True when an appointment that this person makes now is told: they read so before they confirm, and in their message."""
    return organisation.job_centre_since is not None and bool(beneficiary.france_travail_id)


def concerns(session: Session, participation: Participation) -> bool:
    """True when France Travail is told of this very appointment. One query at most."""
    if not is_told_of(participation.appointment.organisation, participation.beneficiary):
        return False
    told = exists().where(
        JobCentreNotice.participation_id == participation.id, JobCentreNotice.is_taken_back.is_(False)
    )
    return bool(session.scalar(select(told)))


def _told_to_come(organisation_id: int, now: datetime) -> Select[int]:
    return (
        select(JobCentreNotice.id)
        .join(Participation, Participation.id == JobCentreNotice.participation_id)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(
            JobCentreNotice.organisation_id == organisation_id,
            JobCentreNotice.remote_id.is_not(None),
            JobCentreNotice.is_taken_back.is_(False),
            Appointment.starts_at > now,
        )
    )


def _note(session: Session, action: str, by: By, **details: int) -> None:
    note(session, action, now=by.now, organisation_id=by.organisation.id, agent_id=by.agent.id, **details)

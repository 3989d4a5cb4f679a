"""Telling France Travail what it is owed: one scheduler at a time at an appointment, and its latest state, whatever came before.

What is to be done is found when it is done, by comparing what is so with what was told last. A try that fails is repeated for three
days, less and less often; one that may have been accepted is not: `unsure`, until an agent has looked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.orm import Session

from invitations.database import Database, insert_missing, locked
from invitations.job_centre import settling, wanting
from invitations.job_centre.wanting import Step, Wanted
from invitations.models import (
    Appointment,
    JobCentreNotice,
    NoticeState,
    Organisation,
    Participation,
)
from invitations.sealing import Seals
from notifications.france_travail import OF_ALL, PATIENCE, FranceTravail, NotTold, Problem

A_TURN = 50
LEASE = PATIENCE * 12  # an act asks three times and may ask twice for a token, each twice
# A participation written while the choice was being made may have missed it.
RACING = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Teller:
    """What telling needs beside the tables."""

    database: Database
    service: FranceTravail
    seals: Seals
    clock: Callable[[], datetime]
    should_stop: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Claim:
    """A notice that nobody else is at until `until`, and what there is to do about it."""

    notice_id: int
    version: int
    until: datetime
    wanted: Wanted


def tell_due(teller: Teller) -> int:
    """Say what is due, up to A_TURN; stop when the service itself is in trouble. Returns how many were tried."""
    with teller.database.writing() as session:
        owe_missed(session, now=teller.clock())
    done = 0
    while done < A_TURN and not teller.should_stop():
        with teller.database.writing() as session:
            claimed = claim(session, seals=teller.seals, now=teller.clock())
        if claimed is None:
            break
        problem = tell(teller, claimed)
        done += 1
        if problem in OF_ALL:
            break
    return done


def owe_missed(session: Session, *, now: datetime) -> None:
    """Appointments made just when their organisation chose, by who could not see the choice yet."""
    missed = (
        select(Participation.id, Appointment.organisation_id)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .join(Organisation, Organisation.id == Appointment.organisation_id)
        .where(
            Organisation.job_centre_since > now - RACING,
            Participation.created_at >= Organisation.job_centre_since,
            ~exists().where(JobCentreNotice.participation_id == Participation.id),
        )
        .order_by(Participation.id)
    )
    rows = [{"participation_id": one, "organisation_id": of} for one, of in session.execute(missed)]
    insert_missing(session, JobCentreNotice, rows, key="participation_id")


def claim(session: Session, *, seals: Seals, now: datetime) -> Claim | None:
    """The notice that has waited longest and has something to say; those that have not are settled on the way."""
    while True:
        notice = session.scalars(
            locked(
                select(JobCentreNotice)
                .where(is_due(now))
                .order_by(JobCentreNotice.next_try_at.nulls_first(), JobCentreNotice.id)
                .limit(1),
                skip=True,
            )
        ).first()
        if notice is None:
            return None
        claimed = _claimed(session, notice, seals=seals, now=now)
        session.flush()
        if claimed is not None:
            return claimed


def is_due(now: datetime) -> ColumnElement[bool]:
    """Something waits to be said, and may be: by an organisation that tells, or to take out what was written."""
    tells = exists().where(
        Organisation.id == JobCentreNotice.organisation_id, Organisation.job_centre_since.is_not(None)
    )
    takes_out = or_(JobCentreNotice.is_taken_back, JobCentreNotice.participation_id.is_(None))
    return and_(
        JobCentreNotice.state == NoticeState.WAITING,
        or_(JobCentreNotice.next_try_at.is_(None), JobCentreNotice.next_try_at <= now),
        or_(JobCentreNotice.busy_until.is_(None), JobCentreNotice.busy_until <= now),
        or_(tells, takes_out),
    )


def tell(teller: Teller, claimed: Claim) -> Problem | None:
    """Do it, with no transaction open while it is being said. Returns what went wrong, if anything did."""
    try:
        made = _say(teller, claimed)
    except NotTold as told:
        with teller.database.writing() as session:
            settling.fail(session, claimed.notice_id, claimed.until, claimed.wanted, told, now=teller.clock())
        return told.problem
    except Withdrawn:
        with teller.database.writing() as session:
            settling.let_go(session, claimed.notice_id, claimed.until)
        return None
    with teller.database.writing() as session:
        settling.succeed(
            session, claimed.notice_id, claimed.version, claimed.wanted, made, seals=teller.seals, now=teller.clock()
        )
    return None


class Withdrawn(Exception):
    """Meanwhile something else is so: what was about to be said is not said."""


def _say(teller: Teller, claimed: Claim) -> str:
    """The id of what was written down; empty for what was changed or taken out."""
    wanted, service = claimed.wanted, teller.service
    person = service.find(wanted.number, now=teller.clock())
    with teller.database.writing() as session:
        if not _goes_ahead(session, claimed, now=teller.clock()):
            raise Withdrawn
    if wanted.step is Step.REMOVE:
        service.remove(person, wanted.remote_id, now=teller.clock())
        return ""
    if wanted.step is Step.CREATE and wanted.meeting is not None:
        return service.create(person, wanted.meeting, now=teller.clock())
    if wanted.meeting is not None:
        service.change(person, wanted.remote_id, wanted.meeting, now=teller.clock())
    return ""


def _goes_ahead(session: Session, claimed: Claim, *, now: datetime) -> bool:
    """Right before it is said: it is still ours, still so, and still chosen. A first telling leaves its trace before it leaves."""
    begins = {"creating_at": now} if claimed.wanted.step is Step.CREATE else {"busy_until": claimed.until}
    ours = session.scalars(
        update(JobCentreNotice)
        .where(
            JobCentreNotice.id == claimed.notice_id,
            JobCentreNotice.busy_until == claimed.until,
            JobCentreNotice.version == claimed.version,
            or_(
                JobCentreNotice.is_taken_back,
                JobCentreNotice.participation_id.is_(None),
                exists().where(
                    Organisation.id == JobCentreNotice.organisation_id, Organisation.job_centre_since.is_not(None)
                ),
            ),
        )
        .values(**begins)
        .returning(JobCentreNotice.id)
    ).all()
    return bool(ours)


def _claimed(session: Session, notice: JobCentreNotice, *, seals: Seals, now: datetime) -> Claim | None:
    if notice.creating_at is not None:  # whoever was at it died between asking and noting
        settling.doubt(notice)
        return None
    wanted = wanting.find(session, notice, seals=seals)
    if wanted.step is Step.NOTHING:
        settling.rest(session, notice, wanted)
        return None
    notice.busy_until = now + LEASE
    return Claim(notice.id, notice.version, notice.busy_until, wanted)

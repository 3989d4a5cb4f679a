"""How telling France Travail goes, as an organisation reads it: how many, what is in the way by kind, and trying again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, contains_eager

from invitations.database import locked
from invitations.errors import NotFound
from invitations.job_centre.choosing import By
from invitations.journal import note
from invitations.models import (
    Appointment,
    Beneficiary,
    JobCentreNotice,
    NoticeState,
    NoticeTrouble,
    Participation,
)

SHOWN = 20  # of each kind
KEPT = timedelta(days=30)  # of somebody who was deleted, when it could not be taken out
_IN_THE_WAY = (NoticeState.WAITING, NoticeState.UNSURE, NoticeState.GIVEN_UP, NoticeState.NOTHING)


@dataclass(frozen=True, slots=True)
class Case:
    """An appointment that is not told as it should be; without participation, of somebody who was deleted."""

    notice: JobCentreNotice
    participation: Participation | None


@dataclass(frozen=True, slots=True)
class Kind:
    """What is in the way of some, how many, and the first of them."""

    trouble: NoticeTrouble
    count: int
    cases: Sequence[Case]


@dataclass(frozen=True, slots=True)
class Overview:
    told: int
    waiting: int  # and nothing in the way
    kinds: Sequence[Kind]


def read(session: Session, organisation_id: int) -> Overview:
    """Two queries, and one for each kind of trouble."""
    mine = JobCentreNotice.organisation_id == organisation_id
    counted = session.execute(
        select(JobCentreNotice.state, JobCentreNotice.trouble, func.count())
        .where(mine)
        .group_by(JobCentreNotice.state, JobCentreNotice.trouble)
    ).all()
    troubles = {one: sum(count for _, trouble, count in counted if trouble is one) for one in NoticeTrouble}
    return Overview(
        told=sum(count for state, _, count in counted if state is NoticeState.TOLD),
        waiting=sum(count for state, trouble, count in counted if state is NoticeState.WAITING and trouble is None),
        kinds=[Kind(one, count, _cases(session, organisation_id, one)) for one, count in troubles.items() if count],
    )


def try_again(session: Session, trouble: NoticeTrouble, *, by: By) -> int:
    """Try all that this kind of trouble keeps back, at once; returns how many. What is unsure is asked for one by one."""
    again = session.scalars(
        update(JobCentreNotice)
        .where(
            JobCentreNotice.organisation_id == by.organisation.id,
            JobCentreNotice.trouble == trouble,
            JobCentreNotice.state.in_([NoticeState.WAITING, NoticeState.GIVEN_UP, NoticeState.NOTHING]),
        )
        .values(state=NoticeState.WAITING, tries=0, failing_since=None, next_try_at=None)
        .returning(JobCentreNotice.id)
    ).all()
    _note(session, "job_centre.tried_again", by, count=len(again))
    return len(again)


def say_again(session: Session, notice_id: int, *, by: By) -> None:
    """Of one that nobody was sure of: an agent has looked, and it is not there. Raises NotFound."""
    notice = _unsure(session, notice_id, by)
    notice.state, notice.trouble = NoticeState.WAITING, None
    _note(session, "job_centre.said_again", by, notice_id=notice.id)


def leave(session: Session, notice_id: int, *, by: By) -> None:
    """Of one that nobody was sure of: it is there, or nothing more is to be said of it. Raises NotFound."""
    notice = _unsure(session, notice_id, by)
    _note(session, "job_centre.left", by, notice_id=notice.id)
    session.delete(notice)


def forget(session: Session, *, now: datetime) -> int:
    """Let go of what could not be taken out for somebody who was deleted, a month after it began to fail. Returns how many."""
    gone = (
        delete(JobCentreNotice)
        .where(JobCentreNotice.participation_id.is_(None), JobCentreNotice.failing_since < now - KEPT)
        .returning(JobCentreNotice.id)
    )
    return len(session.scalars(gone).all())


def _cases(session: Session, organisation_id: int, trouble: NoticeTrouble) -> list[Case]:
    rows = session.execute(
        select(JobCentreNotice, Participation)
        .outerjoin(Participation, Participation.id == JobCentreNotice.participation_id)
        .outerjoin(Appointment, Appointment.id == Participation.appointment_id)
        .outerjoin(Beneficiary, Beneficiary.id == Participation.beneficiary_id)
        .where(
            JobCentreNotice.organisation_id == organisation_id,
            JobCentreNotice.trouble == trouble,
            JobCentreNotice.state.in_(_IN_THE_WAY),
        )
        .options(  # what those two always bring along would leave out who was deleted
            contains_eager(Participation.appointment).lazyload(Appointment.type),
            contains_eager(Participation.beneficiary).lazyload(Beneficiary.department),
        )
        .order_by(Appointment.starts_at.nulls_first(), JobCentreNotice.id)
        .limit(SHOWN)
    )
    return [Case(notice, participation) for notice, participation in rows]


def _unsure(session: Session, notice_id: int, by: By) -> JobCentreNotice:
    notice: JobCentreNotice | None = session.scalars(
        locked(select(JobCentreNotice).where(JobCentreNotice.id == notice_id))
    ).first()
    if notice is None or notice.organisation_id != by.organisation.id or notice.state is not NoticeState.UNSURE:
        raise NotFound
    return notice


def _note(session: Session, action: str, by: By, **details: int) -> None:
    note(session, action, now=by.now, organisation_id=by.organisation.id, agent_id=by.agent.id, **details)

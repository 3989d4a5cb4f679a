"""Appointments going out, a line for each person who takes part, latest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from invitations.models import Agent, Appointment, AppointmentAgent, Author, Participation, Referent
from invitations.moving_house import details
from invitations.moving_house.columns import Column
from invitations.moving_house.people_out import PART, Cells, day, hour, identity_of, outcome_word
from invitations.moving_house.setting import Setting


def rows(session: Session, setting: Setting, organisation_ids: Collection[int]) -> Iterator[Cells]:
    """One query read part by part, and two for each thousand."""
    found = session.scalars(_query(organisation_ids), execution_options={"yield_per": PART})
    for part in found.partitions():
        yield from _part(session, setting, part)


def _query(organisation_ids: Collection[int]) -> Select[Any]:
    return (
        select(Participation)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(Appointment.organisation_id.in_(organisation_ids))
        .options(
            joinedload(Participation.beneficiary),
            joinedload(Participation.invitation),
            joinedload(Participation.appointment).joinedload(Appointment.organisation),
            joinedload(Participation.appointment).joinedload(Appointment.place),
        )
        .order_by(Appointment.starts_at.desc(), Participation.id)
    )


def _part(session: Session, setting: Setting, found: Sequence[Participation]) -> Iterator[Cells]:
    held_by: dict[int, list[str]] = defaultdict(list)
    agents = (
        select(AppointmentAgent.appointment_id, Agent.email)
        .join(Agent)
        .where(AppointmentAgent.appointment_id.in_({one.appointment_id for one in found}))
    )
    for appointment_id, email in session.execute(agents.order_by(Agent.email)):
        held_by[appointment_id].append(email)
    referents: dict[int, list[str]] = defaultdict(list)
    theirs = (
        select(Referent.beneficiary_id, Agent.email)
        .join(Agent)
        .where(Referent.beneficiary_id.in_({one.beneficiary_id for one in found}))
    )
    for person, email in session.execute(theirs.order_by(Agent.email)):
        referents[person].append(email)
    for one in found:
        yield _cells(one, held_by[one.appointment_id], setting) | {
            Column.REFERENTS: ", ".join(referents[one.beneficiary_id])
        }


def _cells(one: Participation, agents: list[str], setting: Setting) -> Cells:
    meeting, wording = one.appointment, setting.wording
    return identity_of(one.beneficiary, setting) | {
        Column.ON: day(meeting.starts_at, setting),
        Column.AT: hour(meeting.starts_at, setting),
        Column.TYPE: meeting.type.name,
        Column.NATURE: wording.together if meeting.type.is_collective else wording.alone,
        Column.BY_PERSON: wording.yes if one.created_by is Author.BENEFICIARY else wording.no,
        Column.MADE_ON: day(one.created_at, setting),
        Column.OUTCOME: outcome_word(one.outcome, setting),
        Column.ORGANISATION: meeting.organisation.name,
        Column.MINUTES: str((meeting.ends_at - meeting.starts_at) // timedelta(minutes=1)),
        Column.PLACE: meeting.place.name if meeting.place else "",
        Column.AGENTS: ", ".join(agents),
        Column.DETAILS: details.written(_told(one)),
    }


def _told(one: Participation) -> dict[str, object]:
    meeting = one.appointment
    return {
        "person": one.beneficiary.uid,
        "appointment": meeting.uid,
        "participation": one.uid,
        "invitation": one.invitation.uid if one.invitation else "",
        "category": meeting.type.category.code,
        "starts_at": meeting.starts_at,
        "made_at": one.created_at,
        "outcome_at": one.outcome_at,
        "cancelled_at": meeting.cancelled_at,
        "created_by": meeting.created_by,
        "created_at": meeting.created_at,
        "seats": meeting.seats,
        "series": meeting.series_uid,
        "title": meeting.title,
    }

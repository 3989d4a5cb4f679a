"""What was decided after the appointment: the kind of support, and who gives it. One click each, optional, undone at will."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from invitations import journal
from invitations.errors import NotFound
from invitations.models import Agent, FollowUp, Organisation, Orientation, OrientationKind
from invitations.options import Option


@dataclass(frozen=True, slots=True)
class Oriented:
    """What the story tells of a decision. `holds`: no later one took its place."""

    kind: ClassVar[str] = "oriented"
    at: datetime
    orientation: Orientation
    holds: bool


def decide(
    session: Session,
    follow_up: FollowUp,
    kind: OrientationKind,
    *,
    agent: Agent,
    organisation: Organisation,
    now: datetime,
) -> None:
    """The orientation is of this kind. Said twice, changes nothing; said otherwise the same day, corrects it."""
    latest, today = latest_of(session, follow_up.id), _today(organisation, now)
    if latest is not None and latest.kind is kind:
        return
    if latest is not None and latest.decided_on == today:
        latest.kind = kind
    else:
        session.add(_made(follow_up, kind, None, agent, organisation, now))
    _note(session, "orientation.decided", follow_up, agent, organisation, now)


def choose_organisation(
    session: Session,
    follow_up: FollowUp,
    organisation_id: int,
    *,
    agent: Agent,
    organisation: Organisation,
    now: datetime,
) -> None:
    """Who accompanies from now on. A later change is another decision. Raises NotFound: no orientation yet, or no such team."""
    latest = latest_of(session, follow_up.id)
    if latest is None or organisation_id not in {one.id for one in organisations(session, organisation.department_id)}:
        raise NotFound
    if latest.organisation_id == organisation_id:
        return
    if latest.organisation_id is None or latest.decided_on == _today(organisation, now):
        latest.organisation_id = organisation_id
    else:
        session.add(_made(follow_up, latest.kind, organisation_id, agent, organisation, now))
    _note(session, "orientation.organisation_chosen", follow_up, agent, organisation, now)


def withdraw(
    session: Session,
    follow_up: FollowUp,
    orientation_id: int,
    *,
    agent: Agent,
    organisation: Organisation,
    now: datetime,
) -> None:
    """The decision was not one: it goes. Raises NotFound for one that is not this follow-up's."""
    found = session.get(Orientation, orientation_id)
    if found is None or found.follow_up_id != follow_up.id:
        raise NotFound
    session.delete(found)
    _note(session, "orientation.withdrawn", follow_up, agent, organisation, now)


def latest_of(session: Session, follow_up_id: int) -> Orientation | None:
    """The decision that holds."""
    query = select(Orientation).where(Orientation.follow_up_id == follow_up_id).order_by(Orientation.id.desc())
    return session.scalars(query.limit(1)).first()


def told(session: Session, follow_up_ids: Collection[int]) -> list[Oriented]:
    """Every decision of these follow-ups, in order."""
    query = select(Orientation).where(Orientation.follow_up_id.in_(follow_up_ids)).order_by(Orientation.id)
    joined = query.options(joinedload(Orientation.organisation), joinedload(Orientation.by_agent))
    found = session.scalars(joined).all()
    last = {one.follow_up_id: one.id for one in found}
    return [Oriented(one.created_at, one, last[one.follow_up_id] == one.id) for one in found]


def organisations(session: Session, department_id: int) -> Sequence[Option]:
    """The teams of the département, by name: towards any of them somebody may be oriented."""
    query = select(Organisation.id, Organisation.name).where(Organisation.department_id == department_id)
    return [Option(row.id, row.name) for row in session.execute(query.order_by(Organisation.name, Organisation.id))]


def _made(
    follow_up: FollowUp,
    kind: OrientationKind,
    organisation_id: int | None,
    agent: Agent,
    organisation: Organisation,
    now: datetime,
) -> Orientation:
    return Orientation(
        follow_up_id=follow_up.id,
        kind=kind,
        organisation_id=organisation_id,
        by_organisation_id=organisation.id,
        by_agent_id=agent.id,
        decided_on=_today(organisation, now),
        created_at=now,
    )


def _today(organisation: Organisation, now: datetime) -> date:
    return now.astimezone(organisation.department.zone).date()


def _note(
    session: Session, action: str, follow_up: FollowUp, agent: Agent, organisation: Organisation, now: datetime
) -> None:
    session.flush()
    journal.note(
        session,
        action,
        now=now,
        organisation_id=organisation.id,
        agent_id=agent.id,
        beneficiary_id=follow_up.beneficiary_id,
        follow_up_id=follow_up.id,
    )

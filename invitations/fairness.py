"""Which agent receives, of those who are free: fair and reproducible (slots.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session

from invitations import rows
from invitations.agenda.slots import Slot
from invitations.agenda.wall_time import midnight
from invitations.models import Agent, AppointmentAgent, FollowUp, Referent

_DAY = timedelta(days=1)


def in_fair_order(session: Session, slots: Sequence[Slot], follow_up: FollowUp) -> list[Slot]:
    """Simultaneous slots in the order in which their agents are asked.

    A referent first, then who has fewest appointments that day, then that week, then the smallest id.
    """
    if len(slots) < 2:
        return list(slots)
    zone = follow_up.beneficiary.department.zone
    day = slots[0].starts_at.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    shares = rows.read(
        session,
        _SHARES,
        {
            "agents": [one.agent_id for one in slots],
            "beneficiary_id": follow_up.beneficiary_id,
            "monday": midnight(monday, zone),
            "day": midnight(day, zone),
            "next_day": midnight(day + _DAY, zone),
            "next_monday": midnight(monday + 7 * _DAY, zone),
        },
    )
    order = {agent_id: (not is_referent, that_day, that_week) for agent_id, is_referent, that_day, that_week in shares}
    return sorted(slots, key=lambda one: (order[one.agent_id], one.agent_id))


def referents_of(session: Session, follow_up: FollowUp) -> tuple[int, ...]:
    """The ids of the agents who accompany a person, in order."""
    return tuple(rows.read(session, _REFERENTS, {"beneficiary_id": follow_up.beneficiary_id}).scalars())


_REFERENTS = (
    select(Referent.agent_id).where(Referent.beneficiary_id == bindparam("beneficiary_id")).order_by(Referent.agent_id)
)
# Whether each of these agents accompanies the person, and how many live appointments they have on a day and in its week;
# only ever used to share the work.
_SHARES = (
    select(
        Agent.id,
        exists().where(Referent.agent_id == Agent.id, Referent.beneficiary_id == bindparam("beneficiary_id")),
        func.count().filter(
            AppointmentAgent.starts_at >= bindparam("day"), AppointmentAgent.starts_at < bindparam("next_day")
        ),
        func.count(AppointmentAgent.appointment_id),
    )
    .outerjoin(
        AppointmentAgent,
        (AppointmentAgent.agent_id == Agent.id)
        & AppointmentAgent.is_live
        & (AppointmentAgent.starts_at >= bindparam("monday"))
        & (AppointmentAgent.starts_at < bindparam("next_monday")),
    )
    .where(Agent.id.in_(bindparam("agents", expanding=True)))
    .group_by(Agent.id)
)

"""Which agent receives, of those who are free: fair and reproducible (slots.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.orm import Session

from invitations.agenda.slots import Slot
from invitations.agenda.wall_time import midnight
from invitations.models import AppointmentAgent, FollowUp

_DAY = timedelta(days=1)


def in_fair_order(session: Session, slots: Sequence[Slot], follow_up: FollowUp) -> list[Slot]:
    """Simultaneous slots in the order in which their agents are asked.

    A referent first, then who has fewest appointments that day, then that week, then the smallest id.
    """
    if len(slots) < 2:
        return list(slots)
    referents = {agent.id for agent in follow_up.beneficiary.referents}
    zone = follow_up.beneficiary.department.zone
    day = slots[0].starts_at.astimezone(zone).date()
    monday = day - timedelta(days=day.weekday())
    shares = session.execute(
        _SHARES,
        {
            "agents": [one.agent_id for one in slots],
            "monday": midnight(monday, zone),
            "day": midnight(day, zone),
            "next_day": midnight(day + _DAY, zone),
            "next_monday": midnight(monday + 7 * _DAY, zone),
        },
    )
    busy = {agent_id: (that_day, that_week) for agent_id, that_day, that_week in shares}
    return sorted(slots, key=lambda one: (one.agent_id not in referents, busy.get(one.agent_id, (0, 0)), one.agent_id))


# How many live appointments each of these agents has on a day and in its week; only ever used to share the work.
_SHARES = (
    select(
        AppointmentAgent.agent_id,
        func.sum(
            case(
                (
                    (AppointmentAgent.starts_at >= bindparam("day"))
                    & (AppointmentAgent.starts_at < bindparam("next_day")),
                    1,
                ),
                else_=0,
            )
        ),
        func.count(),
    )
    .where(
        AppointmentAgent.agent_id.in_(bindparam("agents", expanding=True)),
        AppointmentAgent.is_live,
        AppointmentAgent.starts_at >= bindparam("monday"),
        AppointmentAgent.starts_at < bindparam("next_monday"),
    )
    .group_by(AppointmentAgent.agent_id)
)

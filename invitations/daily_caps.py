"""Daily caps, as the administrators of a département set them: how many messages may leave in a day, by channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from invitations.department_settings import Speaker
from invitations.journal import note
from invitations.models import Channel, ChannelCap, Department
from invitations.outbox import caps
from invitations.reach import AUTOMATIC


@dataclass(frozen=True, slots=True)
class Cap:
    """What a département allows on a channel in a day, None for no limit; `used`: counted today, None when nothing counts."""

    channel: Channel
    per_day: int | None
    used: int | None

    @property
    def is_reached(self) -> bool:
        return self.per_day is not None and (self.used or 0) >= self.per_day


def read(session: Session, department: Department, *, now: datetime) -> list[Cap]:
    """The caps of a département, every channel that leaves by itself. Two queries."""
    limits, used = caps.limits_of(session, [department.id]), caps.used(session, department, now=now)
    return [Cap(channel, limits.get((department.id, channel)), used.get(channel)) for channel in AUTOMATIC]


def change(session: Session, wanted: Mapping[Channel, int | None], *, by: Speaker, now: datetime) -> None:
    """Set the caps of these channels; None takes one away. What one held back is looked at anew, at once."""
    before = caps.limits_of(session, [by.department.id])
    changed = [channel for channel in wanted if wanted[channel] != before.get((by.department.id, channel))]
    for channel in changed:
        _set(session, by.department.id, channel, wanted[channel])
    if not changed:
        return
    caps.bring_forward(session, by.department.id, changed, now=now)
    note(
        session,
        "department.caps_changed",
        now=now,
        organisation_id=by.organisation.id,
        agent_id=by.agent_id,
        department_id=by.department.id,
        caps={channel: wanted[channel] for channel in changed},
    )


def _set(session: Session, department_id: int, channel: Channel, per_day: int | None) -> None:
    if per_day is not None:
        session.merge(ChannelCap(department_id=department_id, channel=channel, per_day=per_day))
    elif (kept := session.get(ChannelCap, (department_id, channel))) is not None:
        session.delete(kept)

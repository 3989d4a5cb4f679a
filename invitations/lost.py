"""Why a chosen time can't be had: "somebody has just chosen it" is said when it is true, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.search import GRACE
from invitations.errors import SlotGone, SlotTaken
from invitations.free_times import Reach, find_at
from invitations.models import Appointment, AppointmentAgent, AppointmentType, Participation

# "Somebody has just chosen it": within this long.
JUST_NOW = timedelta(hours=1)
# How many appointments are looked at one by one; more would be many agents at one start.
_LOOKED_AT = 8


def refusal(
    session: Session,
    types: Sequence[AppointmentType],
    reach: Reach,
    wanted: tuple[datetime, int, int],
    *,
    now: datetime,
    without: int | None = None,
) -> SlotTaken:
    """What to raise for a time that is not free: SlotTaken when somebody took it just now, else SlotGone."""
    type_ = next((one for one in types if one.id == wanted[2]), None)
    if type_ is None or not now < wanted[0] <= now + type_.max_delay or wanted[0] < now + type_.min_delay - GRACE:
        return SlotGone()
    if type_.is_collective:
        return (SlotTaken if has_filled(session, wanted, now=now) else SlotGone)()
    takers = just_took(session, type_, wanted[0], now=now, without=without)
    would_be_free = (find_at(session, types, reach, wanted, now=now, grace=GRACE, without=one).slots for one in takers)
    return (SlotTaken if any(would_be_free) else SlotGone)()


def just_took(
    session: Session, type_: AppointmentType, starts_at: datetime, *, now: datetime, without: int | None
) -> list[int]:
    """Ids of the organisation's live appointments that were just made or moved and take this time, the latest first."""
    return list(
        session.scalars(
            select(Appointment.id)
            .join(AppointmentAgent)
            .where(
                Appointment.organisation_id == type_.organisation_id,
                AppointmentAgent.is_live,
                AppointmentAgent.starts_at < starts_at + type_.duration,
                AppointmentAgent.busy_until > starts_at,
                or_(Appointment.created_at > now - JUST_NOW, Appointment.moved_at > now - JUST_NOW),
                Appointment.id != (without or 0),
            )
            .order_by(Appointment.id.desc())
            .limit(_LOOKED_AT)
        )
    )


def has_filled(session: Session, wanted: tuple[datetime, int, int], *, now: datetime) -> bool:
    """True when there is such a session and its last seats went just now."""
    starts_at, place_id, type_id = wanted
    somebody = exists().where(Participation.appointment_id == Appointment.id, Participation.created_at > now - JUST_NOW)
    full = select(Appointment.id).where(
        Appointment.starts_at == starts_at,
        Appointment.place_id == place_id,
        Appointment.type_id == type_id,
        Appointment.cancelled_at.is_(None),
        Appointment.seats_taken >= Appointment.seats,
        somebody,
    )
    return session.scalar(full.limit(1)) is not None

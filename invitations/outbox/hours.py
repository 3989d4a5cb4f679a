"""When a message of a kind may leave, in the zone of whoever reads it. Arithmetic only."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from invitations.models import Channel, Department, MessageKind
from invitations.outbox.states import CANCELLING
from invitations.quiet_hours import next_allowed, next_allowed_any_day, next_allowed_today, next_calling

# What changes an appointment: whoever does not hear of it in time comes for nothing.
CHANGING = CANCELLING | {MessageKind.MOVED}
# How long before an appointment people are on their way to it.
ON_THE_WAY = timedelta(hours=1)


def allowed_from(
    kind: MessageKind,
    moment: datetime,
    *,
    starts_at: datetime | None,
    department: Department,
    previous_starts_at: datetime | None = None,
    channel: Channel | None = None,
    zone: ZoneInfo | None = None,
) -> datetime:
    """The first moment from `moment` on inside the hours, in UTC: those of the appointment's place where it has a `zone`
    of its own, else of the département.

    A cancellation or a move that would come too late so leaves on the day itself, even when nothing else does: the person
    may be on the way. `starts_at` is the appointment's, `previous_starts_at` its time before the move. A call rings at its
    own hours, whatever it says.
    """
    zone = zone or department.zone
    if channel is Channel.VOICE:
        return next_calling(moment, zone, department.holidays_subdivision)
    allowed = next_allowed(moment, zone, department.holidays_subdivision)
    comes_at = min((one for one in (starts_at, previous_starts_at) if one and one > moment), default=None)
    if kind not in CHANGING or comes_at is None or allowed <= comes_at - ON_THE_WAY:
        return allowed
    any_day = next_allowed_today if _is_same_day(moment, comes_at, zone) else next_allowed_any_day
    return min(allowed, any_day(moment, zone))


def _is_same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    return one.astimezone(zone).date() == other.astimezone(zone).date()

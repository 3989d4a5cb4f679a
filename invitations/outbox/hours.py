"""When a message of a kind may leave, in the recipient's time zone. Arithmetic only."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from invitations.models import Department, MessageKind
from invitations.outbox.states import CANCELLING
from invitations.quiet_hours import next_allowed, next_allowed_today


def allowed_from(
    kind: MessageKind, moment: datetime, *, starts_at: datetime | None, department: Department
) -> datetime:
    """The first moment from `moment` on inside the hours of the département, in UTC.

    A cancellation of an appointment of today leaves from 08:00, even on a day when nothing else leaves: the
    person may be on the way. `starts_at` is the appointment's.
    """
    zone = department.zone
    if kind in CANCELLING and starts_at is not None and _is_same_day(moment, starts_at, zone):
        return next_allowed_today(moment, zone)
    return next_allowed(moment, zone, department.holidays_subdivision)


def _is_same_day(one: datetime, other: datetime, zone: ZoneInfo) -> bool:
    return one.astimezone(zone).date() == other.astimezone(zone).date()

"""When a reminder is due: arithmetic, no database. Defaults and their source: domain.md, "Reminders"."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from invitations.quiet_hours import last_allowed_before

# A second step needs more than this of validity left.
WORTH_A_SECOND = timedelta(days=2)
# Two steps caught up after an outage don't come together.
APART = timedelta(hours=20)

# Before an appointment, on the calendar and at the hour of its place. The latest step comes first.
DAYS_BEFORE = {"1d": timedelta(days=1), "2d": timedelta(days=2)}
REMINDED_AT = time(10)
# Who booked longer ahead than this is reminded on the eve too.
LONG_AHEAD = timedelta(days=10)
# Whoever heard of the appointment a moment ago needs no reminder of it.
JUST_TOLD = timedelta(hours=2)
USELESS_BEFORE_START = timedelta(hours=1)


def invitation_step(
    *,
    sent_at: datetime | None,
    days: Collection[int],
    reminded_at: datetime | None,
    expires_at: datetime | None,
    zone: ZoneInfo,
    subdivision: str | None,
    now: datetime,
) -> int | None:
    """The step due now for an unanswered invitation, named by its days; None when none is.

    `sent_at`: when the first message left (None: nothing left, so there is nothing to remind of). `days`: of the steps
    that are possible. `reminded_at`: when the last step was owed; whatever was due by then is done with, even if the
    service has changed its steps since. After an outage the latest step stands for those before it.
    """
    if sent_at is None:
        return None
    moments = {day: step_moment(sent_at, day, zone, subdivision) for day in days}
    step = max((day for day, moment in moments.items() if moment <= now), default=None)
    if step is None or reminded_at is None:
        return step
    if moments[step] <= reminded_at or now - reminded_at < APART:
        return None
    return None if expires_at is not None and expires_at - now <= WORTH_A_SECOND else step


def step_moment(sent_at: datetime, days: int, zone: ZoneInfo, subdivision: str | None) -> datetime:
    """So many days later at the same hour on the wall; brought forward when nothing leaves then."""
    return last_allowed_before(sent_at.astimezone(zone) + timedelta(days=days), zone, subdivision)


def appointment_step(
    *,
    starts_at: datetime,
    told_at: datetime,
    reminded_at: datetime | None,
    zone: ZoneInfo,
    subdivision: str | None,
    now: datetime,
) -> str | None:
    """The reminder due now before an appointment, "2d" or "1d"; None when none is, or when the person just heard of it.

    `told_at`: when the appointment, as it is now, was told or booked. `reminded_at`: the last reminder of it.
    """
    for step, before in DAYS_BEFORE.items():
        if step == "1d" and starts_at - told_at <= LONG_AHEAD:
            continue
        due_at = appointment_moment(starts_at, before, zone, subdivision)
        if due_at <= now:
            is_covered = told_at > due_at - JUST_TOLD or (reminded_at is not None and reminded_at > due_at - APART)
            return None if is_covered else step
    return None


def appointment_moment(starts_at: datetime, before: timedelta, zone: ZoneInfo, subdivision: str | None) -> datetime:
    """10:00 of the day `before` the appointment's; brought forward when nothing leaves on that day."""
    day = starts_at.astimezone(zone).date() - before
    return last_allowed_before(datetime.combine(day, REMINDED_AT, tzinfo=zone), zone, subdivision)

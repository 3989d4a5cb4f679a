"""When a message owed now really leaves, in words: nobody is told "at once" on a Sunday."""

from __future__ import annotations

from datetime import datetime

from app.filters import clock_time, day
from invitations.models import Department
from invitations.quiet_hours import next_allowed


def leaving(department: Department, now: datetime) -> str:
    """Empty when messages may leave now; else " lundi 23 novembre à 8 h 00", to be put behind a verb."""
    due_at = next_allowed(now, department.zone, department.holidays_subdivision)
    if due_at <= now:
        return ""
    return f" {day(due_at, department.zone)} à\N{NO-BREAK SPACE}{clock_time(due_at, department.zone)}"

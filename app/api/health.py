"""`/sante`: is it alive, is it ready; for a monitor and for `make run`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from app.access import machine_call
from app.runtime import runtime
from invitations import monitoring

bp = Blueprint("health", __name__)


@bp.get("/sante")
@machine_call
def show(session: Session) -> tuple[dict[str, Any], int]:
    """200 when all is well, 503 when not; the same facts in both. Ids and counts only."""
    now = runtime().clock()
    health = monitoring.check(session, now=now)
    beat_at = health.last_beat_at
    facts = {
        "status": "ok" if health.is_well(now) else "trouble",
        "database": health.has_database,
        "scheduler_last_beat": beat_at.isoformat(timespec="seconds") if beat_at else None,
        "queue_age_seconds": int(health.queue_age.total_seconds()),
        "unknown_messages": health.unknown,
        "stopped_channels": list(health.stopped),
    }
    return facts, 200 if health.is_well(now) else 503

"""`/sante`: is it alive, is it ready; for a monitor and for `make run`. Ids and counts only, as anyone may ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from app.access import machine_call
from app.runtime import runtime
from invitations import monitoring
from invitations.monitoring import Health
from invitations.outbox.providers import Provider

bp = Blueprint("health", __name__)


@bp.get("/sante")
@machine_call
def show(session: Session) -> tuple[dict[str, Any], int]:
    """200 when all is well, 503 when not; the same facts in both."""
    health = monitoring.check(session, now=runtime().clock())
    return facts(health), 200 if health.is_well else 503


def facts(health: Health) -> dict[str, Any]:
    return {
        "status": "ok" if health.is_well else "trouble",
        "database": health.has_database,
        "scheduler_last_beat": written(health.last_beat_at),
        "schedulers": health.alive,
        "queue_age_seconds": int(health.queue_age.total_seconds()),
        "oldest_due": written(health.oldest_due_at),
        "due_messages": {one.channel: one.waiting for one in health.leaving},
        "unknown_messages": health.unknown,
        "failures_24h": {one.channel: dict(one.failures) for one in health.leaving},
        "stopped_channels": list(health.stopped),
        "providers": {one.channel: provider(one) for one in health.providers},
        "caps_reached": len(health.caps),
    }


def provider(one: Provider) -> dict[str, Any]:
    return {
        "open": one.is_open,
        "since": written(one.opened_at),
        "next_try": written(one.next_try_at),
        "failures_in_a_row": one.failures,
        "reason": one.reason,
        "code": one.code,
    }


def written(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None

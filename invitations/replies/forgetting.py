"""What people texted is forgotten when what we said to them is; that they wrote, and when, is not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from invitations.models import InboundText, Organisation, TextMenu
from invitations.months import months_before

# Of a text in nobody's list: nobody said how long it is kept.
MONTHS_OF_NOBODYS = 24
# Invitations live for weeks: nobody answers an older text with a figure.
MENUS_KEPT_FOR = timedelta(days=180)


def forget(session: Session, *, now: datetime) -> int:
    """Empty the texts that are older than their organisation keeps them, and drop the menus. Returns how many."""
    done = _run(session, delete(TextMenu).where(TextMenu.created_at < now - MENUS_KEPT_FOR))
    done += _empty(session, InboundText.organisation_id.is_(None), MONTHS_OF_NOBODYS, now)
    for months in session.scalars(select(Organisation.retention_months).distinct()).all():
        kept_by = select(Organisation.id).where(Organisation.retention_months == months)
        done += _empty(session, InboundText.organisation_id.in_(kept_by), months, now)
    return done


def _empty(session: Session, whose: Any, months: int, now: datetime) -> int:
    old = update(InboundText).where(
        whose,
        InboundText.received_at < months_before(now, months),
        InboundText.read_at.is_not(None),
        or_(InboundText.body != "", InboundText.sender != ""),
    )
    return _run(session, old.values(body="", sender=""))


def _run(session: Session, statement: Any) -> int:
    found = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], found).rowcount

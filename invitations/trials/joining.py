"""Two records of one person are merged: who was drawn twice stays in the arm drawn first, and is counted once."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import Assignment
from invitations.trials.units import MERGED


def join(session: Session, kept_id: int, gone_id: int) -> None:
    """What lots gave the follow-up that is kept, before it takes over what names the one that goes.

    The later draw keeps its place in its stratum, says that it is a second record, and counts in no figure.
    """
    query = select(Assignment).where(Assignment.follow_up_id.in_((kept_id, gone_id)))
    both = session.scalars(query.order_by(Assignment.assigned_at, Assignment.id)).all()
    if len(both) < 2:
        return
    first, second = both
    second.follow_up_id, second.kept = None, {MERGED: True}
    session.flush()
    first.follow_up_id = kept_id
    session.flush()

"""People forgotten: they and everything that speaks of them go, and what was counted stays counted.

What becomes of each table is `forgetting_rules`; what names somebody without referring to them (the choices of a text, an
agent's saved search) is `forgetting_mentions`; agents' time is given back by `forgetting_times`. docs/decisions/0027.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select
from sqlalchemy.orm import Session

from invitations import erasures, forgetting_mentions, forgetting_times, waiting
from invitations.database import hold_rows
from invitations.forgetting_rules import PEOPLE, RULES
from invitations.models import Beneficiary, FollowUp, Waiting
from invitations.statistics import counting
from invitations.trials import units


def forget(session: Session, beneficiary_ids: Sequence[int], *, now: datetime) -> Counter[str]:
    """Delete these people and all that speaks of them. Returns table → rows deleted or emptied; who is gone already counts
    nothing. The number of statements does not depend on how many they are, but for those who stand in a queue.
    """
    session.flush()
    people = _hold(session, beneficiary_ids)
    if not people:
        return Counter()
    erasures.note(session, people, now=now)
    _leave_queues(session, people, now=now)
    done = forgetting_mentions.forget(session, people, now=now)
    times = forgetting_times.of(session, people)
    units.keep(session, people)
    _leave_figures(session, people)
    forgetting_times.give_seats_back(session, people, now=now)
    session.flush()
    for rule in RULES:
        done[rule.table.__tablename__] += _run(session, rule.statement, people)
    done += forgetting_times.give_back(session, times, now=now)
    session.expire_all()
    return done


def _hold(session: Session, beneficiary_ids: Sequence[int]) -> list[int]:
    """Nobody acts on them meanwhile: people in the order of their ids, then their follow-ups, as everybody does."""
    theirs = select(Beneficiary.id).where(Beneficiary.id.in_(beneficiary_ids)).order_by(Beneficiary.id)
    hold_rows(session, theirs)
    hold_rows(session, select(FollowUp.id).where(FollowUp.beneficiary_id.in_(beneficiary_ids)).order_by(FollowUp.id))
    return list(session.scalars(theirs))


def _leave_queues(session: Session, people: Sequence[int], *, now: datetime) -> None:
    """What is kept for them goes to the next who waits."""
    places = (
        select(Waiting.follow_up_id)
        .join(FollowUp, FollowUp.id == Waiting.follow_up_id)
        .where(FollowUp.beneficiary_id.in_(people), Waiting.ended_at.is_(None))
        .distinct()
    )
    for follow_up_id in session.scalars(places.order_by(Waiting.follow_up_id)).all():
        waiting.end(session, follow_up_id, now=now)


def _leave_figures(session: Session, people: Sequence[int]) -> None:
    """What has happened until now is counted; then they are people who are gone."""
    query = select(FollowUp.id).where(FollowUp.beneficiary_id.in_(people)).order_by(FollowUp.id)
    followed = session.scalars(query).all()
    for first in range(0, len(followed), counting.AT_ONCE):
        counting.let_go(session, followed[first : first + counting.AT_ONCE])


def _run(session: Session, statement: Any, people: Sequence[int]) -> int:
    found = session.execute(statement, {PEOPLE: people}, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], found).rowcount

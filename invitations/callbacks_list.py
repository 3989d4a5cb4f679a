"""The team's list of people to call back: those who wait, and those called lately. Read-only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from invitations.models import Agent, Beneficiary, CallbackRequest, CallTime, Category, FollowUp, Need

# How long a call that was marked can be found, to take the mark back.
LATELY = timedelta(days=7)
# More people than a team calls in a day; the rest follow when these are done.
MOST = 200


@dataclass(frozen=True, slots=True)
class Callback:
    """Somebody who asks to be called. `times`: when they would rather be, none for any; `preferred`: their own words.

    Whoever signs is written to: `phone` may then be empty, and `email` is there.

    `tries`: calls that nobody answered, the last one at `tried_at`. `called_by`: who called, once somebody did.
    """

    id: int
    beneficiary_id: int
    follow_up_id: int
    name: str
    phone: str
    email: str | None
    needs: list[str]
    language: str
    times: list[CallTime]
    preferred: str
    category: str
    asked_at: datetime
    tries: int
    tried_at: datetime | None
    handled_at: datetime | None
    called_by: str

    @property
    def is_written_to(self) -> bool:
        return Need.SIGN_LANGUAGE in self.needs


def to_call(session: Session, organisation_id: int) -> list[Callback]:
    """Those asked and not handled, the oldest first."""
    rows = session.execute(
        _columns(organisation_id)
        .where(CallbackRequest.handled_at.is_(None))
        .order_by(CallbackRequest.created_at, CallbackRequest.id)
        .limit(MOST)
    )
    return [_callback(row) for row in rows]


def called_lately(session: Session, organisation_id: int, *, now: datetime) -> list[Callback]:
    """Those handled within the week, the latest first."""
    rows = session.execute(
        _columns(organisation_id)
        .where(CallbackRequest.handled_at > now - LATELY)
        .order_by(CallbackRequest.handled_at.desc(), CallbackRequest.id.desc())
        .limit(MOST)
    )
    return [_callback(row) for row in rows]


def count_to_call(session: Session, organisation_id: int) -> tuple[int, datetime | None]:
    """How many people are to be called, and since when the first of them waits."""
    row = session.execute(
        select(func.count(CallbackRequest.id), func.min(CallbackRequest.created_at)).where(
            CallbackRequest.organisation_id == organisation_id, CallbackRequest.handled_at.is_(None)
        )
    ).one()
    return row[0], row[1]


def _columns(organisation_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            CallbackRequest.id,
            CallbackRequest.beneficiary_id,
            CallbackRequest.follow_up_id,
            Beneficiary.first_name,
            Beneficiary.last_name,
            CallbackRequest.phone,
            Beneficiary.email,
            Beneficiary.needs,
            Beneficiary.language,
            CallbackRequest.times,
            CallbackRequest.preferred,
            Category.name.label("category"),
            CallbackRequest.created_at,
            CallbackRequest.tries,
            CallbackRequest.tried_at,
            CallbackRequest.handled_at,
            Agent.display_name,
        )
        .join(Beneficiary, CallbackRequest.beneficiary_id == Beneficiary.id)
        .join(FollowUp, CallbackRequest.follow_up_id == FollowUp.id)
        .join(Category, FollowUp.category_id == Category.id)
        .outerjoin(Agent, Agent.id == CallbackRequest.handled_by_agent_id)
        .where(CallbackRequest.organisation_id == organisation_id)
    )


def _callback(row: Row[*tuple[Any, ...]]) -> Callback:
    return Callback(
        id=row.id,
        beneficiary_id=row.beneficiary_id,
        follow_up_id=row.follow_up_id,
        name=f"{row.first_name} {row.last_name}",
        phone=row.phone,
        email=row.email,
        needs=row.needs,
        language=row.language,
        times=[CallTime(one) for one in row.times],
        preferred=row.preferred,
        category=row.category,
        asked_at=row.created_at,
        tries=row.tries,
        tried_at=row.tried_at,
        handled_at=row.handled_at,
        called_by=row.display_name or "",
    )

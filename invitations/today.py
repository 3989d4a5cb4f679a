"""What an organisation's agents can do now: callbacks asked, outcomes missing, people to invite, expired invitations."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import addressing, capacity, day
from invitations.models import (
    Beneficiary,
    CallbackRequest,
    Category,
    FollowUp,
    FollowUpStatus,
    Organisation,
)
from invitations.people import belongs, categories_of

# Counted by category on the page. `outcome_needed` is told by day, from the appointments themselves.
COUNTED = (
    FollowUpStatus.NOT_INVITED,
    FollowUpStatus.INVITATION_EXPIRED,
    FollowUpStatus.NOSHOW,
    FollowUpStatus.EXCUSED,
    FollowUpStatus.REVOKED,
)


@dataclass(frozen=True, slots=True)
class Callback:
    """Somebody who asks to be called; `preferred` is their own words on when."""

    id: int
    beneficiary_id: int
    name: str
    phone: str
    preferred: str
    category: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Queue:
    """People of one category who wait for something that an agent decides.

    `slots_left`: how many could be invited now; counted only when somebody is to invite, else zero. `before`:
    the end of the validity of an invitation sent now, None when it never expires.
    """

    category: Category
    counts: dict[FollowUpStatus, int]
    slots_left: int
    before: datetime | None

    @property
    def to_invite(self) -> int:
        return self.counts.get(FollowUpStatus.NOT_INVITED, 0)

    @property
    def invitable(self) -> int:
        return min(self.to_invite, self.slots_left)

    @property
    def expired(self) -> int:
        return self.counts.get(FollowUpStatus.INVITATION_EXPIRED, 0)

    @property
    def missed(self) -> int:
        """Appointments that did not take place, with nothing since."""
        return sum(
            self.counts.get(one, 0) for one in (FollowUpStatus.NOSHOW, FollowUpStatus.EXCUSED, FollowUpStatus.REVOKED)
        )


@dataclass(frozen=True, slots=True)
class Today:
    """`missing`: days before today with appointments that nobody has said anything about."""

    callbacks: list[Callback]
    missing: list[tuple[date, int]]
    queues: list[Queue]
    people: int

    @property
    def is_empty(self) -> bool:
        waiting = any(queue.to_invite or queue.expired or queue.missed for queue in self.queues)
        return not (self.callbacks or self.missing or waiting)


def read(session: Session, organisation: Organisation, *, now: datetime) -> Today:
    """The page of an organisation at `now`."""
    on = now.astimezone(organisation.department.zone).date()
    return Today(
        callbacks=callbacks(session, organisation.id),
        missing=day.missing(session, organisation, on),
        queues=queues(session, organisation, now=now),
        people=people(session, organisation.id),
    )


def callbacks(session: Session, organisation_id: int) -> list[Callback]:
    """Those asked and not yet handled, oldest first."""
    rows = session.execute(
        select(
            CallbackRequest.id,
            CallbackRequest.beneficiary_id,
            Beneficiary.first_name,
            Beneficiary.last_name,
            CallbackRequest.phone,
            CallbackRequest.preferred,
            Category.name.label("category"),
            CallbackRequest.created_at,
        )
        .join(Beneficiary, CallbackRequest.beneficiary_id == Beneficiary.id)
        .join(FollowUp, CallbackRequest.follow_up_id == FollowUp.id)
        .join(Category, FollowUp.category_id == Category.id)
        .where(CallbackRequest.organisation_id == organisation_id, CallbackRequest.handled_at.is_(None))
        .order_by(CallbackRequest.created_at, CallbackRequest.id)
    )
    return [
        Callback(
            id=row.id,
            beneficiary_id=row.beneficiary_id,
            name=f"{row.first_name} {row.last_name}",
            phone=row.phone,
            preferred=row.preferred,
            category=row.category,
            asked_at=row.created_at,
        )
        for row in rows
    ]


def queues(session: Session, organisation: Organisation, *, now: datetime) -> list[Queue]:
    """A queue per category that the organisation handles."""
    categories = categories_of(session, [organisation.id])
    counts = counted(session, organisation.id, [one.id for one in categories])
    return [queue_of(session, organisation, one, counts.get(one.id, {}), now=now) for one in categories]


def queue_of(
    session: Session,
    organisation: Organisation,
    category: Category,
    counts: dict[FollowUpStatus, int],
    *,
    now: datetime,
) -> Queue:
    if not counts.get(FollowUpStatus.NOT_INVITED):
        return Queue(category, counts, slots_left=0, before=None)
    terms = addressing.read_terms(session, organisation.id, category.id, now=now)
    left = capacity.slots_left(
        session,
        organisation_id=organisation.id,
        category_id=category.id,
        before=terms.expires_at,
        now=now,
        types=terms.types,
    )
    return Queue(category, counts, slots_left=left, before=terms.expires_at)


def counted(
    session: Session, organisation_id: int, category_ids: Collection[int]
) -> dict[int, dict[FollowUpStatus, int]]:
    """How many follow-ups of the organisation's people are in each state, by category."""
    found: dict[int, dict[FollowUpStatus, int]] = {}
    for category_id, status, count in session.execute(
        select(FollowUp.category_id, FollowUp.status, func.count())
        .where(
            FollowUp.category_id.in_(category_ids),
            FollowUp.status.in_(COUNTED),
            belongs(FollowUp.beneficiary_id, [organisation_id], archived=False),
        )
        .group_by(FollowUp.category_id, FollowUp.status)
    ):
        found.setdefault(category_id, {})[status] = count
    return found


def people(session: Session, organisation_id: int) -> int:
    """How many people the organisation follows; zero on the first day."""
    query = select(func.count(Beneficiary.id)).where(belongs(Beneficiary.id, [organisation_id], archived=False))
    return session.scalar(query) or 0

"""What an organisation's agents can do now: callbacks asked, outcomes missing, people to invite, expired invitations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import addressing, callbacks_list, capacity, day, escalation_calls, letters, waves
from invitations.callbacks_list import Callback
from invitations.models import (
    Category,
    FollowUp,
    FollowUpStatus,
    Membership,
    Organisation,
    Waiting,
    WebhookEndpoint,
)
from invitations.people import belongs, categories_of
from invitations.people_wanted import member
from invitations.replies import inbox
from invitations.webhooks import endpoints

# Counted by category on the page. `outcome_needed` is told by day, from the appointments themselves.
COUNTED = (
    FollowUpStatus.NOT_INVITED,
    FollowUpStatus.INVITATION_EXPIRED,
    FollowUpStatus.NOSHOW,
    FollowUpStatus.EXCUSED,
    FollowUpStatus.REVOKED,
)


@dataclass(frozen=True, slots=True)
class Queue:
    """People of one category who wait for something that an agent decides.

    `slots_left`: how many could be invited now; counted only when somebody is to invite, else zero. `before`:
    the end of the validity of an invitation sent now, None when it never expires. `waiting`: people who found nothing,
    or would come earlier, and are told when a place is free. `in_waves`: of those to invite, who is as slots open.
    """

    category: Category
    counts: dict[FollowUpStatus, int]
    slots_left: int
    before: datetime | None
    waiting: int
    in_waves: int = 0

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

    @property
    def is_told(self) -> bool:
        """True when there is a sentence to say about it."""
        return bool(self.to_invite or self.expired or self.missed or self.waiting or self.in_waves)


@dataclass(frozen=True, slots=True)
class Today:
    """`missing`: days before today with appointments that nobody has said anything about."""

    callbacks: list[Callback]
    missing: list[tuple[date, int]]
    queues: list[Queue]
    has_people: bool  # False on the first day
    letters: int = 0  # that wait to be printed
    texts: int = 0  # that people sent, and that somebody has to read
    to_call: int = 0  # who did not answer to the end, or whom nothing reaches
    silent: Sequence[WebhookEndpoint] = ()  # software told of nothing any more: it gave no answer for three days

    @property
    def is_empty(self) -> bool:
        todo = (self.callbacks, self.missing, self.letters, self.to_call, self.texts, self.silent)
        return not (any(todo) or any(queue.is_told for queue in self.queues))


def read(session: Session, organisation: Organisation, *, now: datetime) -> Today:
    """The page of an organisation at `now`."""
    on = now.astimezone(organisation.department.zone).date()
    return Today(
        callbacks=callbacks_list.to_call(session, organisation.id),
        missing=day.missing(session, organisation, on),
        queues=queues(session, organisation, now=now),
        has_people=has_people(session, organisation.id),
        letters=letters.count_waiting(session, organisation.id, now=now),
        texts=inbox.count_to_read(session, organisation.id),
        to_call=escalation_calls.count(session, organisation, now=now),
        silent=endpoints.paused(session, organisation.id),
    )


def queues(session: Session, organisation: Organisation, *, now: datetime) -> list[Queue]:
    """A queue per category that the organisation handles."""
    categories = categories_of(session, [organisation.id])
    counts = counted(session, organisation.id, [one.id for one in categories])
    waiting = waiting_by_category(session, organisation.id)
    in_waves = waves.waiting_by_category(session, organisation.id)
    return [
        replace(
            queue_of(session, organisation, one, counts.get(one.id, {}), waiting.get(one.id, 0), now=now),
            in_waves=in_waves.get(one.id, 0),
        )
        for one in categories
    ]


def queue_of(
    session: Session,
    organisation: Organisation,
    category: Category,
    counts: dict[FollowUpStatus, int],
    waiting: int,
    *,
    now: datetime,
) -> Queue:
    if not counts.get(FollowUpStatus.NOT_INVITED):
        return Queue(category, counts, slots_left=0, before=None, waiting=waiting)
    terms = addressing.read_terms(session, organisation.id, category.id, now=now)
    left = capacity.slots_left(
        session,
        organisation_id=organisation.id,
        category_id=category.id,
        before=terms.expires_at,
        now=now,
        types=terms.types,
    )
    return Queue(category, counts, slots_left=left, before=terms.expires_at, waiting=waiting)


def waiting_by_category(session: Session, organisation_id: int) -> dict[int, int]:
    """How many people wait for a freed slot of the organisation, by category."""
    rows = session.execute(
        select(FollowUp.category_id, func.count(Waiting.id))
        .join(FollowUp, FollowUp.id == Waiting.follow_up_id)
        .where(Waiting.organisation_id == organisation_id, Waiting.ended_at.is_(None))
        .group_by(FollowUp.category_id)
    )
    return {row[0]: row[1] for row in rows}


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


def has_people(session: Session, organisation_id: int) -> bool:
    """True when the organisation follows somebody."""
    anybody = select(Membership.id).where(*member([organisation_id], archived=False)).limit(1)
    return session.scalar(anybody) is not None

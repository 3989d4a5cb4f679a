"""Enough openings or not: free slots by week and place against the people who wait, and the six weeks of the law.

Orientation must take place within 6 weeks of the opening of the right (CASF D262-65-2). Whose right opened when nobody has
said, and whoever waits in another category, counts for six weeks from now.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import capacity, options, waves
from invitations.agenda.search import find_slots
from invitations.agenda.slots import Slot
from invitations.agenda.wall_time import midnight
from invitations.models import Beneficiary, Category, CategoryKind, FollowUp, FollowUpStatus, Organisation
from invitations.options import Option
from invitations.people import belongs, categories_of
from invitations.seats import open_sessions

# CASF D262-65-2.
LEGAL = timedelta(days=42)
WEEKS = 6
# An opening made today is chosen from some days on: people must hear of it and answer.
SOONEST = timedelta(days=7)
# Nobody has met them yet, and nothing is booked.
UNMET = (FollowUpStatus.NOT_INVITED, FollowUpStatus.INVITATION_PENDING, FollowUpStatus.INVITATION_EXPIRED)


@dataclass(frozen=True, slots=True)
class Shortage:
    """How many slots are missing by a day, the one on which most are."""

    by: date
    missing: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A category: `slots` by place and Monday of the week; `overdue`: people whose six weeks are over already."""

    category: Category
    to_invite: int
    in_waves: int
    in_flight: int
    expired: int
    undated: int
    overdue: int
    slots: dict[int, Counter[date]]
    shortage: Shortage | None

    @property
    def is_timed(self) -> bool:
        return self.category.kind is CategoryKind.ORIENTATION

    @property
    def free(self) -> int:
        return sum(one.total() for one in self.slots.values())

    @property
    def people(self) -> int:
        """Who needs a slot: whoever was invited may take one at any moment."""
        return self.to_invite + self.in_flight + self.expired

    def of_week(self, monday: date) -> int:
        return sum(one[monday] for one in self.slots.values())


@dataclass(frozen=True, slots=True)
class Capacity:
    """An organisation's plans, the Mondays of their weeks, and the places that have a line in some of them."""

    plans: list[Plan]
    mondays: list[date]
    places: list[Option]

    @property
    def missing(self) -> int:
        return sum(one.shortage.missing for one in self.plans if one.shortage)

    @property
    def first_day(self) -> date | None:
        return min((one.shortage.by for one in self.plans if one.shortage), default=None)


def read(session: Session, organisation: Organisation, *, now: datetime) -> Capacity:
    """The plan of each category, as many queries however many people wait."""
    zone = organisation.department.zone
    today = now.astimezone(zone).date()
    mondays = [today - timedelta(days=today.weekday()) + timedelta(weeks=number) for number in range(WEEKS + 1)]
    categories = categories_of(session, [organisation.id])
    waiting = _waiting(session, organisation.id, [one.id for one in categories])
    in_flight = capacity.in_flight(session, organisation_id=organisation.id, now=now)
    in_waves = waves.waiting_by_category(session, organisation.id)
    before = midnight(mondays[-1] + timedelta(weeks=1), zone)
    plans = [
        _plan(
            one,
            waiting[one.id],
            in_flight.get(one.id, 0),
            in_waves.get(one.id, 0),
            _starts(session, organisation.id, one.id, before=before, now=now),
            zone,
            today,
        )
        for one in categories
    ]
    return Capacity(plans, mondays, options.places(session, organisation.id))


def _waiting(
    session: Session, organisation_id: int, category_ids: Collection[int]
) -> dict[int, Counter[tuple[FollowUpStatus, date | None]]]:
    """By category: how many people wait in each state, by the day their right opened."""
    counted = (
        select(FollowUp.category_id, FollowUp.status, Beneficiary.rights_opened_on, func.count())
        .join(Beneficiary, Beneficiary.id == FollowUp.beneficiary_id)
        .where(
            FollowUp.category_id.in_(category_ids),
            FollowUp.status.in_(UNMET),
            belongs(FollowUp.beneficiary_id, [organisation_id], archived=False),
        )
        .group_by(FollowUp.category_id, FollowUp.status, Beneficiary.rights_opened_on)
    )
    found: dict[int, Counter[tuple[FollowUpStatus, date | None]]] = defaultdict(Counter)
    for category_id, status, opened_on, count in session.execute(counted):
        found[category_id][status, opened_on] += count
    return found


def _starts(
    session: Session, organisation_id: int, category_id: int, *, before: datetime, now: datetime
) -> list[tuple[datetime, int]]:
    """When and in which place somebody could still be received, one each, in order: slots and seats."""
    types = capacity.types_open_to_invited(session, organisation_id=organisation_id, category_id=category_id)
    slots = chosen(find_slots(session, types=types, after=now, before=before, now=now))
    seats = open_sessions(session, types, after=now, before=before, now=now)
    return sorted(
        [(one.starts_at, one.place_id) for one in slots]
        + [(one.starts_at, one.place_id) for one in seats for _ in range(one.left)]
    )


def chosen(slots: Iterable[Slot]) -> list[Slot]:
    """Slots that can all be booked: of an agent's that overlap, one. As many as `capacity.bookable` counts."""
    free_from: dict[int, int] = {}
    found = []
    for slot in sorted(slots, key=lambda one: (one.end, one.start)):
        if free_from.get(slot.agent_id, 0) <= slot.start:
            free_from[slot.agent_id] = slot.end
            found.append(slot)
    return found


def _plan(
    category: Category,
    waiting: Counter[tuple[FollowUpStatus, date | None]],
    in_flight: int,
    in_waves: int,
    starts: Sequence[tuple[datetime, int]],
    zone: ZoneInfo,
    today: date,
) -> Plan:
    is_timed = category.kind is CategoryKind.ORIENTATION
    counts: Counter[FollowUpStatus] = Counter()
    deadlines: Counter[date] = Counter()
    for (status, opened_on), count in waiting.items():
        counts[status] += count
        deadlines[deadline(opened_on if is_timed else None, today)] += count
    days = [at.astimezone(zone).date() for at, _ in starts]
    slots: dict[int, Counter[date]] = defaultdict(Counter)
    for on, (_, place_id) in zip(days, starts, strict=True):
        slots[place_id][on - timedelta(days=on.weekday())] += 1
    return Plan(
        category=category,
        to_invite=counts[FollowUpStatus.NOT_INVITED],
        in_waves=in_waves,
        in_flight=in_flight,
        expired=counts[FollowUpStatus.INVITATION_EXPIRED],
        undated=sum(count for (_, opened_on), count in waiting.items() if opened_on is None),
        overdue=sum(count for on, count in deadlines.items() if on < today),
        slots=slots,
        shortage=shortage(deadlines, days, today),
    )


def deadline(opened_on: date | None, today: date) -> date:
    """The last day of the six weeks."""
    return (opened_on or today) + LEGAL


def shortage(deadlines: Counter[date], days: Sequence[date], today: date) -> Shortage | None:
    """How many slots are missing at the worst, and by which day: the day by which more people should have been received
    than there are slots until then. Whoever is late already takes the first slots.

    `days`: of the slots, in order. Days nearer than SOONEST are left out: what is opened now can't help by then.
    """
    soonest = today + SOONEST
    due = sorted({max(on, soonest) for on in deadlines})
    lacking = {
        day: sum(count for on, count in deadlines.items() if on <= day) - sum(on <= day for on in days) for day in due
    }
    worst = max(due, key=lambda day: (lacking[day], -day.toordinal()), default=None)
    return Shortage(worst, lacking[worst]) if worst and lacking[worst] > 0 else None

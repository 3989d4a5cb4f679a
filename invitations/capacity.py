"""How many people may still be invited: bookable slots, less the invitations in flight (product.md, rule 3)."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from invitations.agenda.search import find_slots
from invitations.agenda.slots import Interval, Slot, merged
from invitations.models import AppointmentType, Beneficiary, FollowUp, Invitation, Mode, OpenTo, Referent
from invitations.models.agenda import opening_types
from invitations.seats import seats_left
from invitations.sectors import serving_all


def types_open_to_invited(
    session: Session, *, organisation_id: int, category_id: int | None = None
) -> list[AppointmentType]:
    """The types, of a category or of all, that invited people may book, collective ones too; in order of id."""
    values = {"organisation_id": organisation_id, "category_id": category_id}
    return list(session.scalars(_OPEN_TYPES if category_id is None else _OPEN_TYPES_OF_CATEGORY, values))


_OPEN_TYPES = (
    select(AppointmentType)
    .where(
        AppointmentType.organisation_id == bindparam("organisation_id"),
        AppointmentType.open_to == OpenTo.INVITED,
        AppointmentType.closed_at.is_(None),
    )
    .order_by(AppointmentType.id)
)
_OPEN_TYPES_OF_CATEGORY = _OPEN_TYPES.where(AppointmentType.category_id == bindparam("category_id"))


def slots_left(
    session: Session,
    *,
    organisation_id: int,
    category_id: int,
    place_ids: Collection[int] | None = None,
    agent_ids: Collection[int] | None = None,
    before: datetime | None,
    now: datetime,
    types: list[AppointmentType] | None = None,
) -> int:
    """People who could still be invited and find a slot, or a seat, starting before `before` (None: the types' delay).

    Never below zero. `agent_ids` restricts to referents, `place_ids` to what serves the person. Invitations in flight
    of another category count as far as they must fall back on the same agents' time.
    """
    if types is None:
        types = types_open_to_invited(session, organisation_id=organisation_id, category_id=category_id)
    if agent_ids is None:  # whoever they are, they may have no referent
        types = [one for one in types if not one.referents_only]
    if not types:
        return 0
    horizon = before or now + max(one.max_delay for one in types)
    mine = find_slots(
        session, types=types, place_ids=place_ids, agent_ids=agent_ids, after=now, before=horizon, now=now
    )
    waiting = in_flight(session, organisation_id=organisation_id, now=now, place_ids=place_ids, agent_ids=agent_ids)
    taken = waiting.get(category_id, 0)
    for other in sharing(session, organisation_id).get(category_id, set()) & waiting.keys():
        theirs = types_open_to_invited(session, organisation_id=organisation_id, category_id=other)
        slots = find_slots(session, types=theirs, after=now, before=horizon, now=now)
        theirs_alone = bookable(away_from(slots, mine)) + seats_left(
            session, theirs, after=now, before=horizon, now=now
        )
        taken += max(0, waiting[other] - theirs_alone)
    seats = seats_left(session, types, place_ids=place_ids, agent_ids=agent_ids, after=now, before=horizon, now=now)
    return max(0, bookable(mine) + seats - taken)


def sharing(session: Session, organisation_id: int) -> dict[int, set[int]]:
    """For each category, the others of the organisation that are received in some of the same openings."""
    received = (
        select(opening_types.c.opening_id, AppointmentType.category_id)
        .join(AppointmentType, AppointmentType.id == opening_types.c.type_id)
        .where(AppointmentType.organisation_id == organisation_id, AppointmentType.closed_at.is_(None))
        .distinct()
        .subquery()
    )
    other = received.alias()
    pairs = session.execute(
        select(received.c.category_id, other.c.category_id)
        .join(other, other.c.opening_id == received.c.opening_id)
        .where(other.c.category_id != received.c.category_id)
        .distinct()
    )
    found: dict[int, set[int]] = {}
    for category_id, neighbour in pairs:
        found.setdefault(category_id, set()).add(neighbour)
    return found


def away_from(slots: Iterable[Slot], others: Iterable[Slot]) -> list[Slot]:
    """The slots that take none of the time that `others` could take."""
    times: dict[int, list[Interval]] = defaultdict(list)
    for one in others:
        times[one.agent_id].append((one.start, one.end))
    covered = {agent_id: merged(intervals) for agent_id, intervals in times.items()}
    return [one for one in slots if not touches((one.start, one.end), covered.get(one.agent_id, []))]


def touches(interval: Interval, others: Sequence[Interval]) -> bool:
    """True when it overlaps one of these, merged and in order; contact is free."""
    place = bisect_right(others, interval[0], key=lambda one: one[1])
    return place < len(others) and others[place][0] < interval[1]


def bookable(slots: Iterable[Slot]) -> int:
    """How many of these slots could be booked together: an agent's overlapping ones count once."""
    free_from: dict[int, int] = {}
    count = 0
    for slot in sorted(slots, key=lambda one: (one.end, one.start)):
        if free_from.get(slot.agent_id, 0) <= slot.start:
            free_from[slot.agent_id] = slot.end
            count += 1
    return count


def in_flight(
    session: Session,
    *,
    organisation_id: int,
    now: datetime,
    place_ids: Collection[int] | None = None,
    agent_ids: Collection[int] | None = None,
) -> dict[int, int]:
    """By category, the invitations that may still take a slot of these agents at these places.

    One that led to an appointment ends with it, and counts again when its person cancels and may choose anew.
    Propositions hold their slot already.
    """
    query = (
        select(FollowUp.category_id, Invitation.place_id, Beneficiary.commune_insee, func.count())
        .select_from(Invitation)
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .join(Beneficiary, Beneficiary.id == FollowUp.beneficiary_id)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.mode == Mode.INVITATION,
            Invitation.ended_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
        )
        .group_by(FollowUp.category_id, Invitation.place_id, Beneficiary.commune_insee)
    )
    if agent_ids is not None:
        theirs = exists().where(Referent.beneficiary_id == FollowUp.beneficiary_id, Referent.agent_id.in_(agent_ids))
        query = query.where(or_(Invitation.with_referents.is_(False), theirs))
    rows = session.execute(query).all()
    communes = {row.commune_insee for row in rows if row.commune_insee} if place_ids is not None else set()
    served = serving_all(session, organisation_id, communes) if communes else {}
    found: Counter[int] = Counter()
    for category_id, place_id, commune, count in rows:
        reached = served.get(commune or "") if place_id is None else {place_id}
        if place_ids is None or reached is None or not reached.isdisjoint(place_ids):
            found[category_id] += count
    return dict(found)

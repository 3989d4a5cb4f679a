"""The waves of an organisation, for its agents: who waits, how many were invited, who left and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from invitations.errors import NotFound
from invitations.models import Beneficiary, FollowUp, Wave, WaveExit, WavePerson

# How long a wave that is over is still told of.
REMEMBERED = timedelta(days=14)
# Names said of those who wait; the others are counted.
NAMED = 50


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a wave, as the page names them."""

    beneficiary_id: int
    name: str
    why: WaveExit | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A wave. `waiting`: the first of those who wait; `left`: who went without an invitation of it."""

    wave: Wave
    counts: Counter[str]
    waiting: list[Person]
    left: list[Person]

    @property
    def is_open(self) -> bool:
        return self.wave.ended_at is None

    @property
    def others(self) -> int:
        """How many wait beyond those who are named."""
        return self.counts["waiting"] - len(self.waiting)


def read(session: Session, organisation_id: int, *, now: datetime) -> list[Told]:
    """Those that go on, the oldest first, then those that ended lately. Four queries, however many."""
    waves = session.scalars(
        select(Wave)
        .where(Wave.organisation_id == organisation_id, or_(Wave.ended_at.is_(None), Wave.ended_at > now - REMEMBERED))
        .options(joinedload(Wave.agent), joinedload(Wave.category))
        .order_by(Wave.ended_at.is_not(None), Wave.ended_at.desc(), Wave.id)
    ).all()
    ids = [one.id for one in waves]
    counts, waiting, left = (
        _counts(session, ids),
        _named(session, ids, is_gone=False),
        _named(session, ids, is_gone=True),
    )
    return [Told(one, counts[one.id], waiting[one.id], left[one.id]) for one in waves]


def wave_seen_by(session: Session, wave_id: int, organisation_id: int) -> Wave:
    """The organisation's own. Raises NotFound."""
    wave = session.get(Wave, wave_id)
    if wave is None or wave.organisation_id != organisation_id:
        raise NotFound
    return wave


def _counts(session: Session, wave_ids: Sequence[int]) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {one: Counter() for one in wave_ids}
    grouped = select(
        WavePerson.wave_id, func.count(), func.count(WavePerson.invited_at), func.count(WavePerson.left_at)
    ).where(WavePerson.wave_id.in_(wave_ids))
    for wave_id, total, invited, left in session.execute(grouped.group_by(WavePerson.wave_id)):
        found[wave_id].update(invited=invited, left=left, waiting=total - invited - left)
    return found


def _named(session: Session, wave_ids: Sequence[int], *, is_gone: bool) -> dict[int, list[Person]]:
    """The first of each wave who wait, or who left."""
    place = func.row_number().over(partition_by=WavePerson.wave_id, order_by=WavePerson.position).label("place")
    those = select(WavePerson.wave_id, WavePerson.follow_up_id, WavePerson.left_because, place).where(
        WavePerson.wave_id.in_(wave_ids), WavePerson.invited_at.is_(None), WavePerson.left_at.is_not(None) == is_gone
    )
    first = those.subquery()
    query = (
        select(first.c.wave_id, first.c.left_because, Beneficiary.id, Beneficiary.first_name, Beneficiary.last_name)
        .join(FollowUp, FollowUp.id == first.c.follow_up_id)
        .join(Beneficiary, Beneficiary.id == FollowUp.beneficiary_id)
        .where(first.c.place <= NAMED)
        .order_by(first.c.wave_id, first.c.place)
    )
    found: dict[int, list[Person]] = {one: [] for one in wave_ids}
    for wave_id, why, person, first_name, last_name in session.execute(query):
        found[wave_id].append(Person(person, f"{first_name} {last_name}", why))
    return found

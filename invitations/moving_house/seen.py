"""What the page of a move shows: those of an organisation, how long one still takes, the lines that could not be carried over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations.models import Agent, Category, MoveIn, MoveInRemark, MoveInState
from invitations.moving_house.columns import Column, Trouble

PAGE = 50
LATEST = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines left out, then some that come in without something."""

    remarks: Sequence[MoveInRemark]
    number: int
    pages: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A move with the names of what its choices mean, and its lines that are left out, and not, by why."""

    move: MoveIn
    agent: str
    category: str | None
    holder: str | None
    left_out: Counter[tuple[bool, Trouble]]  # is it of people
    without: Counter[tuple[bool, Trouble]]


def latest(session: Session, organisation_id: int) -> Sequence[MoveIn]:
    query = select(MoveIn).where(MoveIn.organisation_id == organisation_id)
    return session.scalars(query.order_by(MoveIn.id.desc()).limit(LATEST)).all()


def see(session: Session, move: MoveIn) -> Seen:
    """Four queries at most, however many lines."""
    category = session.get(Category, move.category_id) if move.category_id else None
    holder = session.get(Agent, move.holder_id) if move.holder_id else None
    counts: dict[bool, Counter[tuple[bool, Trouble]]] = {True: Counter(), False: Counter()}
    query = (
        select(MoveInRemark.is_left_out, MoveInRemark.of_people, MoveInRemark.whys, func.count())
        .where(MoveInRemark.move_in_id == move.id)
        .group_by(MoveInRemark.is_left_out, MoveInRemark.of_people, MoveInRemark.whys)
    )
    for is_left_out, of_people, whys, count in session.execute(query):
        for why in whys.split():
            counts[is_left_out][of_people, Trouble(why)] += count
    return Seen(
        move,
        session.get_one(Agent, move.agent_id).full_name,
        category.name if category else None,
        holder.full_name if holder else None,
        counts[True],
        counts[False],
    )


def page_of(session: Session, move: MoveIn, number: int) -> Page:
    ours = MoveInRemark.move_in_id == move.id
    total = session.scalar(select(func.count()).select_from(MoveInRemark).where(ours)) or 0
    pages = max(1, -(-total // PAGE))
    number = min(max(number, 1), pages)
    query = select(MoveInRemark).where(ours).order_by(*_ORDER).limit(PAGE).offset(PAGE * (number - 1))
    return Page(session.scalars(query).all(), number, pages)


def left_out(session: Session, move: MoveIn, *, of_people: bool) -> Iterator[tuple[MoveInRemark, dict[Column, str]]]:
    """The lines of one file that are left out, with their cells, in the order of the file."""
    query = select(MoveInRemark).where(
        MoveInRemark.move_in_id == move.id, MoveInRemark.is_left_out, MoveInRemark.of_people == of_people
    )
    for one in session.scalars(query.order_by(MoveInRemark.number, MoveInRemark.id)):
        yield one, {Column(name): text for name, text in (one.cells or {}).items()}


def time_left(move: MoveIn, *, now: datetime) -> timedelta | None:
    """At the pace so far; None until something is done."""
    if not move.done:
        return None
    return (now - move.started_at) / move.done * (move.total - move.done)


def is_at_work(move: MoveIn) -> bool:
    return move.state in {MoveInState.LOOKING, MoveInState.MOVING}


_ORDER = (
    MoveInRemark.is_left_out.desc(),
    MoveInRemark.of_people.desc(),
    MoveInRemark.number,
    MoveInRemark.id,
)

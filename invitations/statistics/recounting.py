"""Counting from scratch, to repair the sums or to show that they need no repair: `rdv figures recount`, and a slice each night.

Three steps, each in transactions of its own and in constant memory: the facts of every follow-up, some at a time; the sums of each
organisation, from its facts; those of each département, from its organisations. The sums over people who have been deleted
can't be counted again, and stay: of those, the years are made of the months.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, delete, func, or_, select, union
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from invitations.models import (
    WHOLE,
    Assignment,
    Department,
    FigureDelays,
    Figures,
    Invitation,
    JobRun,
    Organisation,
    UnitFacts,
)
from invitations.statistics import counting, facts, sums
from invitations.statistics.counting import State
from invitations.statistics.sums import DELAY_KEY, DELAY_SUMS, FIGURE_KEY, FIGURE_SUMS, Sums

JOB = "check_figures"
# Rows held in memory at a time.
AT_ONCE = 2_000
# Each organisation is checked once in so many nights.
NIGHTS = 7
_TABLES = ((Figures, FIGURE_KEY, FIGURE_SUMS), (FigureDelays, DELAY_KEY, DELAY_SUMS))


def follow_ups(session: Session, after: int) -> list[int]:
    """The next follow-ups by id that have been addressed, or once were counted."""
    of_all = union(
        *(
            select(column.label("id"))
            .where(column > after)
            .order_by(column)
            .limit(counting.AT_ONCE)
            .subquery()
            .select()
            for column in (Invitation.follow_up_id, Assignment.follow_up_id, UnitFacts.follow_up_id)
        )
    ).subquery()
    return list(session.scalars(select(of_all.c.id).distinct().order_by(of_all.c.id).limit(counting.AT_ONCE)))


def take_night(session: Session, *, now: datetime) -> bool:
    """True for the one who may check tonight: once a day, whoever asks first."""
    try:
        with session.begin_nested():
            session.add(JobRun(job=JOB, slot=now.date().isoformat(), started_at=now, ended_at=now))
    except IntegrityError:
        return False
    return True


def recount_people(session: Session, follow_up_ids: Sequence[int], *, mend: bool = True) -> int:
    """Read these follow-ups again, put their facts right and the sums with them. Returns how many differed."""
    differ = counting.differing(session, follow_up_ids)
    if mend and differ:
        counting.count_now(session, differ)
    return len(differ)


def organisations(session: Session, *, tonight: date | None = None) -> list[int]:
    """All of them; or those whose turn it is on that night."""
    found = session.scalars(select(Organisation.id).order_by(Organisation.id)).all()
    return [one for one in found if tonight is None or one % NIGHTS == tonight.toordinal() % NIGHTS]


def departments(session: Session) -> Sequence[int]:
    return session.scalars(select(Department.id).order_by(Department.id)).all()


def recount_organisation(session: Session, organisation_id: int, *, mend: bool = True) -> int:
    """Put right the sums of the organisation that its facts don't make, and the département's with them. Returns how many."""
    state = counting.hold(session)
    department_id = session.scalar(select(Organisation.department_id).where(Organisation.id == organisation_id))
    if state is None or department_id is None:
        return 0
    difference = _of_facts(session, organisation_id, state).minus(_held(session, organisation_id, state, gone=False))
    difference.take_in(_held(session, organisation_id, state, gone=True).lacking_years())
    if mend:
        sums.write(session, difference)
        sums.write(session, _moved_to(difference, WHOLE))
    return difference.size


def recount_department(session: Session, department_id: int, *, mend: bool = True) -> int:
    """Put right the sums of the whole département that those of its organisations don't make. Returns how many."""
    state = counting.hold(session)
    if state is None:
        return 0
    difference = Sums(state.days_since)
    for table, key, names in _TABLES:
        for row in session.execute(_lacking(table.__table__.c, key, names, department_id)):
            difference.put_held((WHOLE, *row[: len(key) - 1]), tuple(row[len(key) - 1 :]))
    if mend:
        sums.write(session, difference)
    return difference.size


def _lacking(columns: Any, key: Sequence[str], names: Sequence[str], department_id: int) -> Select[Any]:
    """What the sums of the whole lack of its organisations' own: both are put together where they lie, as nearly all agree."""
    sign = case((columns.organisation_id == WHOLE, -1), else_=1)
    keys = [columns[name] for name in key if name != "organisation_id"]
    lacking = [func.sum(sign * columns[name]) for name in names]
    query = select(*keys, *lacking).where(columns.department_id == department_id)
    return query.group_by(*keys).having(or_(*(one != 0 for one in lacking)))


def tidy(session: Session, *, now: datetime) -> int:
    """Drop the sums of nobody, and those by day that nothing reads any more. Returns how many."""
    if counting.hold(session) is None:
        return 0
    done = counting.drop_days(session, now=now)
    for nobody in (delete(Figures).where(Figures.addressed == 0), delete(FigureDelays).where(FigureDelays.people == 0)):
        dropped: Any = session.execute(nobody.execution_options(synchronize_session=False))
        done += dropped.rowcount
    return done


def _of_facts(session: Session, organisation_id: int, state: State) -> Sums:
    found = Sums(state.days_since)
    for row in _facts(session, organisation_id):
        found.put(facts.unit_of(row), +1)
    return found.of(organisation_id)


def _facts(session: Session, organisation_id: int) -> Iterator[Any]:
    table, after = UnitFacts.__table__, 0
    while True:
        query = select(table).where(table.c.organisation_id == organisation_id, table.c.follow_up_id > after)
        found = session.execute(query.order_by(table.c.follow_up_id).limit(AT_ONCE)).all()
        yield from found
        if len(found) < AT_ONCE:
            return
        after = found[-1].follow_up_id


def _held(session: Session, organisation_id: int, state: State, *, gone: bool) -> Sums:
    """The sums as they stand."""
    found = Sums(state.days_since)
    for table, key, names in _TABLES:
        columns = table.__table__.c
        query = select(*(columns[name] for name in (*key, *names))).where(
            columns.organisation_id == organisation_id, columns.is_gone.is_(gone)
        )
        for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
            found.put_held(tuple(row[: len(key)]), tuple(row[len(key) :]))
    return found


def _moved_to(those: Sums, organisation_id: int) -> Sums:
    """The same sums as those of another organisation: what differs in organisations alone is put together."""
    moved = Sums(those.days_since)
    for key, counts in those.figures.items():
        moved.put_figures((organisation_id, *key[1:]), counts)
    for key, people in those.delays.items():
        moved.delays[(organisation_id, *key[1:])] += people
    return moved

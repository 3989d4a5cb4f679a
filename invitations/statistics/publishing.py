"""Publishing: a month is counted once for all when everybody's window in it is over, and its public figures are written down.

The first day of a month says which months are over, whatever day the job runs; the same job run twice publishes nothing
twice. Nothing that was published changes, but by `correct`, an administrator's act.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from invitations.database import hold_rows
from invitations.department_settings import Speaker
from invitations.errors import NotFound
from invitations.journal import note
from invitations.models import Category, CountedMonth, Department, Mode, PublishedFigure
from invitations.statistics import agreeing, reading
from invitations.statistics.definitions import NOTING, window_for
from invitations.statistics.public_tables import Cell, Figure, Month, Tally, figures
from invitations.statistics.reading import Dimension, Filters, Scope

# How far back a first publication goes.
MONTHS_BACK = 36
BY = (Dimension.MONTH, Dimension.ORGANISATION, Dimension.MODE)


def due(session: Session, *, now: datetime) -> list[int]:
    """The départements that publish and whose last months are not all out. Three queries, and one for each of those."""
    if reading.as_of(session) is None:
        return []
    newest = _newest(session)
    return [
        department.id
        for department in agreeing.publishing(session)
        if any(
            newest.get(category.id) != last_over(category, _today(department, now))
            for category in _categories(session, department.id)
        )
    ]


def publish(session: Session, department_id: int, *, now: datetime) -> int:
    """Publish every month that is over and not out yet. Returns how many months of how many categories that were."""
    hold_rows(session, select(Department).where(Department.id == department_id))
    department = session.get_one(Department, department_id)
    organisations = [one.id for one in agreeing.agreeing(session, department_id)]
    if department.publishes_since is None or not organisations:
        return 0
    newest = _newest(session)
    return sum(
        _publish(session, department, category, organisations, newest.get(category.id), now)
        for category in _categories(session, department_id)
    )


def correct(session: Session, month: date, *, by: Speaker, now: datetime) -> None:
    """Count a published month anew, with the organisations that were in it, and write its figures again.

    What was hidden stays hidden: told now, it could be worked out from what was told then. Raises NotFound for a month
    that is not out.
    """
    hold_rows(session, select(Department).where(Department.id == by.department.id))
    corrected = [
        category.id
        for category in _categories(session, by.department.id)
        if _correct(session, by.department, category, month, now)
    ]
    if not corrected:
        raise NotFound
    note(
        session,
        "statistics.corrected",
        now=now,
        organisation_id=by.organisation.id,
        agent_id=by.agent_id,
        department_id=by.department.id,
        month=month.isoformat(),
        categories=corrected,
    )


def months_out(session: Session, department_id: int) -> list[date]:
    """The months of a département that are out, newest first."""
    counted = select(CountedMonth.month_on).join(Category, Category.id == CountedMonth.category_id)
    return sorted(session.scalars(counted.where(Category.department_id == department_id).distinct()), reverse=True)


def last_over(category: Category, today: date) -> date:
    """The last month whose people are all counted on the first day of this month."""
    edge = today.replace(day=1) - window_for(category.kind) - NOTING  # whoever was addressed before is counted
    return _before(edge.replace(day=1))


def _publish(
    session: Session,
    department: Department,
    category: Category,
    organisations: Sequence[int],
    newest: date | None,
    now: datetime,
) -> int:
    last = last_over(category, _today(department, now))
    first = _after(newest) if newest else _back(last)
    if first > last:
        return 0
    counted = _count(session, category, organisations, first, last, _today(department, now))
    if newest is None:
        first = min((on for on, month in counted.items() if month), default=_after(last))
    months = list(_months(first, last))
    _keep(session, category, organisations, {on: counted.get(on, {}) for on in months}, now)
    if months:
        _write(session, department, category, now)
    return len(months)


def _correct(session: Session, department: Department, category: Category, month: date, now: datetime) -> bool:
    kept = session.scalars(
        select(CountedMonth)
        .where(CountedMonth.category_id == category.id, CountedMonth.month_on == month)
        .order_by(CountedMonth.organisation_id, CountedMonth.mode)
    ).all()
    there = sorted({one.organisation_id for one in kept})
    found = _count(session, category, there, month, month, _today(department, now)).get(month, {})
    for one in kept:
        for name, value in asdict(found.get((one.organisation_id, one.mode), Tally())).items():
            setattr(one, name, value)
        one.counted_at = now
    session.flush()
    if kept:
        _write(session, department, category, now, again=month)
    return bool(kept)


def _count(
    session: Session, category: Category, organisations: Sequence[int], first: date, last: date, today: date
) -> dict[date, dict[tuple[int, Mode], Tally]]:
    days = window_for(category.kind).days
    asked = Filters(category_id=category.id, since=first, until=last, horizon=days)
    found: dict[date, dict[tuple[int, Mode], Tally]] = {}
    counts = reading.counts_by(session, Scope(tuple(organisations)), asked, *BY, today=today)
    for (month, organisation_id, mode), one in counts.items():
        tally = Tally(*(getattr(one, name) for name in Tally.__slots__))
        found.setdefault(month, {})[organisation_id, mode] = tally
    return found


def _keep(
    session: Session, category: Category, organisations: Iterable[int], months: Mapping[date, Month], now: datetime
) -> None:
    rows = [
        {
            "category_id": category.id,
            "organisation_id": organisation_id,
            "mode": mode,
            "month_on": on,
            "horizon_days": window_for(category.kind).days,
            "counted_at": now,
            **asdict(month.get((organisation_id, mode), Tally())),
        }
        for on, month in months.items()
        for organisation_id in organisations
        for mode in Mode
    ]
    if rows:
        session.execute(insert(CountedMonth), rows)


def _write(
    session: Session, department: Department, category: Category, now: datetime, *, again: date | None = None
) -> None:
    """Write the figures that are not out yet, and those of the year of the month to be said `again`."""
    out = {
        Cell(one.span, one.starts_on, one.part, one.subject): one
        for one in session.scalars(select(PublishedFigure).where(PublishedFigure.category_id == category.id))
    }
    found = figures(_counted(session, category), [cell for cell, one in out.items() if one.people is None])
    told = {one.cell: one for one in found}
    session.add_all(_row(one, department, category, now) for cell, one in told.items() if cell not in out)
    for cell, row in out.items():
        if again is not None and cell.starts_on.year == again.year:
            _say_again(row, told.get(cell, Figure(cell)), now)


def _row(one: Figure, department: Department, category: Category, now: datetime) -> PublishedFigure:
    return PublishedFigure(
        department_id=department.id,
        category_id=category.id,
        **asdict(one.cell),
        horizon_days=window_for(category.kind).days,
        people=one.people,
        reaching=one.reaching,
        published_at=now,
    )


def _say_again(row: PublishedFigure, one: Figure, now: datetime) -> None:
    if (row.people, row.reaching) != (one.people, one.reaching):
        row.people, row.reaching, row.corrected_at = one.people, one.reaching, now


def _counted(session: Session, category: Category) -> dict[date, dict[tuple[int, Mode], Tally]]:
    found: dict[date, dict[tuple[int, Mode], Tally]] = {}
    for one in session.scalars(select(CountedMonth).where(CountedMonth.category_id == category.id)):
        tally = Tally(*(getattr(one, name) for name in Tally.__slots__))
        found.setdefault(one.month_on, {})[one.organisation_id, one.mode] = tally
    return found


def _newest(session: Session) -> dict[int, date]:
    newest = select(CountedMonth.category_id, func.max(CountedMonth.month_on)).group_by(CountedMonth.category_id)
    return dict(row for row in session.execute(newest))


def _categories(session: Session, department_id: int) -> Sequence[Category]:
    theirs = select(Category).where(Category.department_id == department_id)
    return session.scalars(theirs.order_by(Category.id)).all()


def _today(department: Department, now: datetime) -> date:
    return now.astimezone(department.zone).date()


def _months(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first = _after(first)


def _after(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1)


def _before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def _back(last: date) -> date:
    """The first of MONTHS_BACK months that end with this one."""
    return date(last.year - MONTHS_BACK // 12, last.month, 1)

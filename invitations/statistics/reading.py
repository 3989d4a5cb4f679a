"""What pages read of the figures: sums that the scheduler keeps, one query each, whatever the number of people.

Nothing here asks what happened to anybody, and nothing knows an agent. People who have been deleted are in the sums. A day
is today's for whoever asks: who is counted already (`definitions.is_counted`) is decided while reading.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from invitations.models import DelayKind, FigureDelays, Figures, FigureSpan, FigureState, Mode
from invitations.statistics.counts import COUNTED, NOBODY, Counts, of_sums
from invitations.statistics.definitions import HORIZONS, NOTING, WATCHED_DAYS
from invitations.statistics.reading_asked import (
    Dimension,
    Filters,
    Scope,
    column_of,
    in_pieces,
    in_scope,
    month_of,
    narrowed,
    next_month,
)
from invitations.statistics.survival import Times

__all__ = [
    "HORIZONS", "NOBODY", "Counts", "Dimension", "Filters", "Scope", "Times", "as_of", "counts_by", "delays", "first_days",
    "first_month", "first_uncounted", "month_of", "next_month", "times_to_seen",
]  # fmt: skip

Key = tuple[Any, ...]


def counts_by(
    session: Session, scope: Scope, filters: Filters, *dimensions: Dimension, today: date
) -> dict[Key, Counts]:
    """The counts by the dimensions named, in their order: `{(Mode.INVITATION, date(2026, 9, 1)): Counts(…)}`.

    Without any, `{(): Counts}`. Keys without anybody are left out. Values of MODE, CHANNEL, ENTRY and MOBILE are members of
    their enums, MONTH a first day, ORGANISATION and CATEGORY ids.
    """
    edge = first_uncounted(filters.horizon, today)
    is_over = (Figures.on < edge).label("is_over")
    keys = [column_of(one, month_of(edge)).label(f"by_{one}") for one in dimensions]
    sums = [func.sum(getattr(Figures, name)).label(name) for name in ("addressed", *COUNTED)]
    query = (
        select(*keys, is_over, *sums)
        .where(
            Figures.horizon == filters.horizon,
            in_scope(Figures, scope, apart=Dimension.ORGANISATION in dimensions),
            in_pieces(Figures, month_of(edge), month_of(edge)),
            *narrowed(Figures, filters),
        )
        .group_by(*keys, is_over)
    )
    found: dict[Key, Counts] = defaultdict(Counts)
    for row in session.execute(query):
        if row.addressed:
            found[tuple(row[: len(keys)])] += of_sums(row, is_over=bool(row.is_over))
    return dict(found)


def times_to_seen(session: Session, scope: Scope, filters: Filters, *, today: date) -> dict[Mode, Times]:
    """By first mode: on which day, of 0 to 90 after they were first addressed, people were seen, left, or last looked at.

    What happened in the last seven days is not looked at: not everybody's outcome is noted yet (`definitions.NOTING`).
    Two queries.
    """
    last = today - NOTING  # the data's date
    closed = month_of(last - timedelta(days=WATCHED_DAYS))  # months before are over for everybody in them
    where = (in_scope(FigureDelays, scope, apart=False), in_pieces(FigureDelays, closed, month_of(today)))
    ended: dict[tuple[Mode, DelayKind], Counter[int]] = defaultdict(Counter)
    running: dict[Mode, Counter[int]] = defaultdict(Counter)
    for mode, day, people in _addressed_by_day(session, scope, filters, closed, today):
        if day <= last:
            running[mode][_watched(day, last, closed)] += people
    # Months that are over are all alike: their sums are put together where they lie.
    when = case((FigureDelays.on < closed, closed - timedelta(days=1)), else_=FigureDelays.on)
    keys = (FigureDelays.arm, FigureDelays.kind, when.label("day"), FigureDelays.days)
    query = (
        select(*keys, func.sum(FigureDelays.people))
        .where(
            FigureDelays.kind.in_((DelayKind.ADDRESSED_TO_SEEN, DelayKind.ADDRESSED_TO_LEFT)),
            *where,
            *narrowed(FigureDelays, filters),
        )
        .group_by(*keys)
    )
    for mode, kind, day, days, people in session.execute(query):
        if day <= last and days <= _watched(day, last, closed):
            ended[mode, kind][days] += int(people)
            running[mode][_watched(day, last, closed)] -= int(people)
    return {
        mode: Times(
            seen=+ended[mode, DelayKind.ADDRESSED_TO_SEEN],
            left=+ended[mode, DelayKind.ADDRESSED_TO_LEFT],
            censored=+censored,
        )
        for mode, censored in sorted(running.items())
    }


def delays(session: Session, scope: Scope, filters: Filters, kind: DelayKind, *, today: date) -> dict[int, int]:
    """Days → people, of those first addressed in the months asked for, for whom both days are known.

    To the day for ten weeks, then to whole weeks, 364 days at most.

    `filters.horizon` plays no part. Whoever has not been seen yet is not among the `…_TO_SEEN`: the right's opening is known
    of everybody in RIGHT_TO_ADDRESSED.
    """
    query = (
        select(FigureDelays.days, func.sum(FigureDelays.people).label("people"))
        .where(
            FigureDelays.kind == kind,
            FigureDelays.span == FigureSpan.MONTH,
            FigureDelays.on <= today,
            in_scope(FigureDelays, scope, apart=False),
            *narrowed(FigureDelays, filters),
        )
        .group_by(FigureDelays.days)
        .order_by(FigureDelays.days)
    )
    return {row.days: int(row.people) for row in session.execute(query) if row.people}


def first_month(session: Session, scope: Scope) -> date | None:
    """The first day of the month in which somebody was first addressed, or None."""
    return session.scalar(
        select(func.min(Figures.on)).where(
            Figures.horizon == HORIZONS[0],
            Figures.span == FigureSpan.MONTH,
            Figures.addressed > 0,
            in_scope(Figures, scope, apart=False),
        )
    )


def first_days(session: Session, scope: Scope, filters: Filters) -> dict[int, date]:
    """By category, the day on which somebody was first addressed; of long ago, the first day of its month."""
    days = func.min(case((Figures.span == FigureSpan.DAY, Figures.on))).label("day")
    months = func.min(case((Figures.span == FigureSpan.MONTH, Figures.on))).label("month")
    query = (
        select(Figures.category_id, days, months)
        .where(
            Figures.horizon == HORIZONS[0],
            Figures.addressed > 0,
            in_scope(Figures, scope, apart=False),
            *narrowed(Figures, filters),
        )
        .group_by(Figures.category_id)
    )
    return {
        row.category_id: row.day if row.day and month_of(row.day) == row.month else row.month
        for row in session.execute(query)
    }


def as_of(session: Session) -> datetime | None:
    """Until when everything that happened is counted; None while the first count has not been done."""
    return session.scalar(select(FigureState.counted_at))


def first_uncounted(horizon: int, today: date) -> date:
    """Who was addressed before this day is counted: t0 + horizon + 7 days < today."""
    return today - timedelta(days=horizon) - NOTING


def _addressed_by_day(
    session: Session, scope: Scope, filters: Filters, closed: date, today: date
) -> list[tuple[Mode, date, int]]:
    query = (
        select(Figures.arm, Figures.on, func.sum(Figures.addressed))
        .where(
            Figures.horizon == HORIZONS[0],
            in_scope(Figures, scope, apart=False),
            in_pieces(Figures, closed, month_of(today)),
            *narrowed(Figures, filters),
        )
        .group_by(Figures.arm, Figures.on)
    )
    return [(mode, day, int(people)) for mode, day, people in session.execute(query)]


def _watched(day: date, last: date, closed: date) -> int:
    """For how many days those addressed on a day, or in a month that is over for all of them, have been watched."""
    return WATCHED_DAYS if day < closed else min(WATCHED_DAYS, (last - day).days)

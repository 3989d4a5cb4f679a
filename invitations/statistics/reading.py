"""What pages read of the figures: sums that the scheduler keeps, one query each, whatever the number of people.

Nothing here asks what happened to anybody, and nothing knows an agent. People who have been deleted are in the sums. A day
is today's for whoever asks: who is counted already (`definitions.is_counted`) is decided while reading.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from invitations.models import DelayKind, FigureDelays, Figures, FigureSpan, FigureState, Mode
from invitations.statistics.adding import Question, ask
from invitations.statistics.counts import COUNTED, NOBODY, Counts
from invitations.statistics.definitions import HORIZONS, NOTING, WATCHED_DAYS
from invitations.statistics.pieces import Piece, around, month_of, next_month, stretch, until_the_end_of_the_year
from invitations.statistics.reading_asked import COLUMN_OF, Dimension, Filters, Scope, in_scope, narrowed
from invitations.statistics.survival import Times

__all__ = [
    "HORIZONS", "NOBODY", "Counts", "Dimension", "Filters", "Scope", "Times", "as_of", "counts_by", "delays", "first_days",
    "first_month", "first_uncounted", "month_of", "next_month", "times_to_seen",
]  # fmt: skip

Key = tuple[Any, ...]

# The numbers of `Counts`, in their order: of people whose window is over (0), or still runs (1).
_COUNTS = (("addressed", 0), ("addressed", 1), ("seen", 1), *((name, 0) for name in COUNTED))
_ADDRESSED = Question(Figures, ("arm", "on"), (("addressed", 0),))
_ENDED = Question(FigureDelays, ("arm", "kind", "days"), (("people", 0),), is_dated=True)
_ENDED_BY_DAY = replace(_ENDED, keys=("arm", "on"))
_DELAYS = Question(FigureDelays, ("days",), (("people", 0),))
_ENDS = (DelayKind.ADDRESSED_TO_SEEN, DelayKind.ADDRESSED_TO_LEFT)


def counts_by(
    session: Session, scope: Scope, filters: Filters, *dimensions: Dimension, today: date
) -> dict[Key, Counts]:
    """The counts by the dimensions named, in their order: `{(Mode.INVITATION, date(2026, 9, 1)): Counts(…)}`.

    Without any, `{(): Counts}`. Keys without anybody are left out. Values of MODE, CHANNEL, ENTRY and MOBILE are members of
    their enums, MONTH a first day, ORGANISATION and CATEGORY ids. One query.
    """
    edge, by_month = first_uncounted(filters.horizon, today), Dimension.MONTH in dimensions
    since, after = filters.months
    pieces = around(edge, since, until_the_end_of_the_year(after, today), by_month=by_month)
    if by_month:
        pieces = [replace(one, on=month_of(edge)) if one.span is FigureSpan.DAY else one for one in pieces]
    question, size = Question(Figures, tuple(COLUMN_OF[one] for one in dimensions), _COUNTS), len(dimensions)
    found = ask(session, question, scope, pieces, horizon=(filters.horizon,), **filters.asked)
    return {tuple(row[:size]): Counts(*row[size:]) for row in found}


def times_to_seen(session: Session, scope: Scope, filters: Filters, *, today: date) -> dict[Mode, Times]:
    """By first mode: on which day, of 0 to 90 after they were first addressed, people were seen, left, or last looked at.

    What happened in the last seven days is not looked at: not everybody's outcome is noted yet (`definitions.NOTING`).
    Three queries.
    """
    last = today - NOTING  # the data's date
    closed = month_of(last - timedelta(days=WATCHED_DAYS))  # months before are over for everybody in them
    pieces = _watched_pieces(filters, closed, last)
    running: dict[Mode, Counter[int]] = defaultdict(Counter)
    for mode, day, people in ask(session, _ADDRESSED, scope, pieces, horizon=HORIZONS[:1], **filters.asked):
        running[mode][_watched(day, last, closed)] += people
    for mode, day, people in ask(session, _ENDED_BY_DAY, scope, pieces, kind=_ENDS, last=last, **filters.asked):
        running[mode][_watched(day, last, closed)] -= people
    ended: dict[tuple[Mode, DelayKind], Counter[int]] = defaultdict(Counter)
    for mode, kind, days, people in ask(session, _ENDED, scope, pieces, kind=_ENDS, last=last, **filters.asked):
        ended[mode, kind][days] += people
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
    since, after = filters.months
    pieces = stretch(since, until_the_end_of_the_year(after, today))
    found = ask(session, _DELAYS, scope, pieces, kind=(kind,), **filters.asked)
    return {row.by_days: row[1] for row in sorted(found, key=lambda row: row.by_days)}


def first_month(session: Session, scope: Scope) -> date | None:
    """The first day of the month in which somebody was first addressed, or None."""
    return session.scalar(
        select(func.min(Figures.on)).where(
            Figures.horizon == HORIZONS[0],
            Figures.span == FigureSpan.MONTH,
            Figures.addressed > 0,
            in_scope(Figures, scope),
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
            in_scope(Figures, scope),
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


def _watched_pieces(filters: Filters, closed: date, last: date) -> list[Piece]:
    """The months that are over, told of their last day, as they are all alike; then day by day."""
    since, after = filters.months
    over = [replace(one, on=closed - timedelta(days=1)) for one in stretch(since, min(closed, after))]
    days = Piece(FigureSpan.DAY, max(closed, since), min(after, last + timedelta(days=1)))
    return [*over, days] if days.first < days.after else over


def _watched(day: date, last: date, closed: date) -> int:
    """For how many days those addressed on a day, or in a month that is over for all of them, have been watched."""
    return WATCHED_DAYS if day < closed else min(WATCHED_DAYS, (last - day).days)

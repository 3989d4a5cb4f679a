"""A trial's export: one pseudonymous row per person drawn, enough to redo every figure elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import SystemRandom
from secrets import token_hex
from typing import TypedDict

from sqlalchemy.orm import Session

from invitations.models import Trial
from invitations.statistics import definitions
from invitations.statistics.units import Unit
from invitations.trials import strata, units
from invitations.trials.units import Drawn


class Row(TypedDict):
    """`person` is drawn anew for each export. Days count from t0, which is day 0; weeks are those of ISO 8601."""

    person: str
    stratum: str
    entered: str  # new | stock | unknown
    has_mobile: str  # yes | no
    arm: str
    week: str  # 2026-W48
    counted: str  # yes | no: the window, and the days for noting outcomes, are over
    seen_in_time: str  # yes | no | unknown
    days_to_seen: int | None  # whenever it was
    days_to_left: int | None  # leaving the RSA
    days_followed: int  # until the day of the export
    booked: str  # yes | no: an appointment within the window
    outcomes: str  # of the appointments within the window, in order: "noshow seen"
    days_to_crossing: int | None  # addressed in another mode
    fell_back: str  # yes | no
    left: str  # "" | objected | merged


COLUMNS = tuple(Row.__annotations__)


def rows(session: Session, trial: Trial, *, now: datetime) -> Iterator[Row]:
    """In an order that says nothing: shuffled anew each time. Five queries."""
    today = now.astimezone(trial.department.zone).date()
    people = units.read(session, trial)
    SystemRandom().shuffle(people)
    for one in people:
        yield _row(one, trial, today)


def _row(one: Drawn, trial: Trial, today: date) -> Row:
    unit, window, stratum = one.unit, timedelta(days=trial.horizon_days), strata.parsed(one.stratum)
    year, week, _ = unit.addressed_on.isocalendar()
    meetings = definitions.in_time(unit, window)
    return Row(
        person=token_hex(8),
        stratum=one.stratum,
        entered=stratum.entered.value,
        has_mobile=_yes(stratum.has_mobile),
        arm=unit.arm.value,
        week=f"{year}-W{week:02}",
        counted=_yes(one.is_in and definitions.is_counted(unit, window, today=today)),
        seen_in_time="unknown" if definitions.is_unknown(unit, window) else _yes(definitions.was_seen(unit, window)),
        days_to_seen=_days(unit, unit.seen_on),
        days_to_left=_days(unit, unit.left_on),
        days_followed=(today - unit.addressed_on).days,
        booked=_yes(bool(meetings)),
        outcomes=" ".join(each.outcome.value for each in sorted(meetings, key=lambda each: each.starts_on)),
        days_to_crossing=_days(unit, unit.crossed_on),
        fell_back=_yes(one.fell_back),
        left=one.left,
    )


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _days(unit: Unit, day: date | None) -> int | None:
    return None if day is None else (day - unit.addressed_on).days

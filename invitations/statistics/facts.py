"""One line of facts a unit: kept, read back and dropped. What they are read from is in `cohorts`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Executable, Row, Select, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invitations import rows
from invitations.database import among, is_postgresql
from invitations.models import Outcome, UnitFacts
from invitations.statistics.units import Meeting, Unit

_TABLE = cast(Table, UnitFacts.__table__)
# What of a unit is kept as it is; `entry` and `seen_on` follow from the rest, and are kept for whoever reads the table.
_AS_IT_IS = (
    *("follow_up_id", "organisation_id", "department_id", "category_id", "arm", "channel", "mobile", "addressed_on"),
    *("rights_opened_on", "reached_on", "answered_on", "crossed_on", "left_on"),
)


def stored(session: Session, follow_up_ids: Collection[int]) -> dict[int, Unit]:
    """The units as they were counted last, of those follow-ups that were."""
    query = _reading(is_postgresql(session))
    found = rows.read(session, query, {"follow_ups": list(follow_up_ids)}).all()
    return {one.follow_up_id: unit_of(one) for one in found}


def unit_of(row: Row[Any]) -> Unit:
    """The unit that a row of the table tells of."""
    return Unit(
        **{name: getattr(row, name) for name in _AS_IT_IS},
        meetings=tuple(
            Meeting(row.addressed_on + timedelta(days=days), Outcome(outcome), bool(is_by_person))
            for days, outcome, is_by_person in row.meetings
        ),
    )


def keep(session: Session, units: Sequence[Unit]) -> None:
    """Write the units, in place of what was known of the same follow-ups."""
    rows.run_all(session, _writing(is_postgresql(session)), [_row_of(one) for one in units])


def drop(session: Session, follow_up_ids: Collection[int]) -> None:
    if follow_up_ids:
        gone = delete(UnitFacts).where(UnitFacts.follow_up_id.in_(list(follow_up_ids)))
        session.execute(gone.execution_options(synchronize_session=False))


def _row_of(unit: Unit) -> dict[str, Any]:
    meetings = [
        [(one.starts_on - unit.addressed_on).days, one.outcome.value, int(one.is_by_person)] for one in unit.meetings
    ]
    derived = {"entry": unit.entry, "seen_on": unit.seen_on, "meetings": meetings}
    return {name: getattr(unit, name) for name in _AS_IT_IS} | derived


@cache
def _reading(postgresql: bool) -> Select[Any]:
    return select(_TABLE).where(among(_TABLE.c.follow_up_id, "follow_ups", postgresql=postgresql))


_INSERTS: dict[bool, Any] = {True: postgresql.insert, False: sqlite.insert}


@cache
def _writing(postgresql: bool) -> Executable:
    inserted = _INSERTS[postgresql](_TABLE)
    others = {one.name: inserted.excluded[one.name] for one in _TABLE.c if not one.primary_key}
    statement: Executable = inserted.on_conflict_do_update(index_elements=["follow_up_id"], set_=others)
    return statement

"""Figures of an organisation: those of its page of results, as numbers."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from flask import Response
from msgspec import Meta
from sqlalchemy.orm import Session

from app.api.v1 import showing
from app.api.v1.describing import Endpoint, describes
from app.api.v1.following import asked_argument
from app.api.v1.refusing import WronglyShaped, answer, v1
from app.api.v1.statistics_shapes import Counts, Group, Statistics, StatisticsAnswer
from app.api_access import api_call
from app.runtime import runtime
from app.security import csrf
from invitations.errors import NameUnknown, NotFound
from invitations.machines.callers import Caller
from invitations.models import Entry, FirstChannel, KeyScope, Mode
from invitations.statistics import results
from invitations.statistics.reading import Dimension
from invitations.statistics.results import Asked, Results

bp = v1("statistics")
csrf.exempt(bp)

FIRST, LAST = 2009, 2199  # the RSA began in 2009
QUERY: dict[str, Any] = {
    "motif_category": Annotated[str, Meta(max_length=40)],
    "since": date,
    "until": date,
    "mode": Mode,
    "channel": FirstChannel,
    "entry": Entry,
    "horizon": Literal[30, 42, 45, 60],
}


@bp.get("/organisations/<int:organisation_id>/statistics")
@describes(Endpoint(StatisticsAnswer, scope=KeyScope.READ_STATISTICS, query=QUERY))
@api_call(KeyScope.READ_STATISTICS)
def show(session: Session, caller: Caller, organisation_id: int) -> Response:
    where, wanted = caller.organisation(organisation_id), asked()
    today = runtime().clock().astimezone(where.department.zone).date()
    try:
        found = results.read(session, where, wanted, is_admin=False, today=today)
    except NotFound as unknown:
        raise NameUnknown(what="category", name=wanted.category) from unknown
    return answer(StatisticsAnswer(True, shown(found)))


def asked() -> Asked:
    """What the address asks for. Raises WronglyShaped."""
    said = {name: asked_argument(name, kind) for name, kind in QUERY.items()}
    return Asked(
        category=said["motif_category"],
        since=month("since", said["since"]),
        until=month("until", said["until"]),
        mode=said["mode"],
        channel=said["channel"],
        entry=said["entry"],
        horizon=said["horizon"],
    )


def month(name: str, day: date | None) -> date | None:
    if day is not None and not FIRST <= day.year <= LAST:
        raise WronglyShaped(f"Expected a year from {FIRST} to {LAST} - at `$.{name}`")
    return day and day.replace(day=1)


def shown(found: Results) -> Statistics:
    return Statistics(
        motif_category=showing.category(found.category) if found.category else None,
        since=found.filters.since,
        until=found.filters.until,
        horizon=found.days,
        as_of=found.as_of,
        everyone=counts(found.everyone),
        by_mode=groups(found, Dimension.MODE),
        by_channel=groups(found, Dimension.CHANNEL),
        by_entry=groups(found, Dimension.ENTRY),
        by_month=groups(found, Dimension.MONTH),
    )


def groups(found: Results, dimension: Dimension) -> list[Group]:
    """In the order of the page."""
    return [Group(word(part.key), counts(part.counts)) for part in found.parts[dimension] if part.counts is not None]


def counts(one: Any) -> Counts:
    return Counts(**{name: getattr(one, name) for name in Counts.__struct_fields__})


def word(key: Any) -> str:
    return key.value if isinstance(key, StrEnum) else key.isoformat()

"""Values that a text is tried with before anybody receives it: plain ones, and the longest real ones."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations.models import (
    Agent,
    AgentRole,
    Category,
    CategorySettings,
    Channel,
    MessageKind,
    Mode,
    Organisation,
    Place,
    PlaceType,
)
from invitations.words import LONG, SHORT, Pen, Words
from notifications.languages import Language

# A number with as many figures as any, where the service has given none yet.
SOME_PHONE = "+33475000000"
_VALUES = Path(__file__).resolve().parent / "data" / "longest_values.json"


@dataclass(frozen=True, slots=True)
class Tried:
    """The same text is tried with both."""

    plain: Words
    longest: Words


def examples(
    session: Session,
    settings: CategorySettings,
    organisation: Organisation,
    *,
    kind: MessageKind,
    channel: Channel,
    mode: Mode | None,
    language: Language,
    now: datetime,
) -> Tried:
    """What a message of this kind could say here. The longest place and agent's name are the organisation's own, if
    they are longer than the longest that we know of."""
    pen = Pen(SHORT if channel is Channel.SMS else LONG, language, organisation.department.zone)
    phone = settings.help_phone or organisation.phone or SOME_PHONE
    common = _Common(settings.category, organisation, pen, phone, kind, mode)
    values = _values()
    plain = _words(common, values["typical"], _at_ten(now, pen, days=9), plus=timedelta(days=1))
    longest = _words(common, longest_of(session, organisation), _longest_day(now, pen), plus=timedelta(days=14))
    return Tried(plain, longest)


@dataclass(frozen=True, slots=True)
class _Common:
    category: Category
    organisation: Organisation
    pen: Pen
    phone: str
    kind: MessageKind
    mode: Mode | None


def _words(common: _Common, values: dict[str, str], at: datetime, plus: timedelta) -> Words:
    pen, organisation = common.pen, common.organisation
    return Words(
        first_name=values["first_name"],
        department=organisation.department.full_name,
        organisation=organisation.name,
        purpose=common.category.purpose,
        phone=pen.phone(common.phone),
        hours=organisation.hours or pen.hour(at),
        signed=organisation.signature or organisation.name,
        deadline=pen.last_day(_midnight(at + plus, pen)),
        day=pen.day(at),
        hour=pen.hour(at),
        previous_day=pen.day(at - plus),
        previous_hour=pen.hour(at - plus),
        kept_day=pen.last_day(at + plus),
        kept_hour=pen.hour(at + plus),
        duration=pen.length(timedelta(minutes=45)),
        title=values["title"],
        place_type=PlaceType.PUBLIC_OFFICE.value,
        place=values["place"],
        address=pen.left_to_right(values["address"]),
        postcode=values["postcode"],
        city=values["city"],
        is_step_free=True,
        called_phone=pen.phone(SOME_PHONE),
        agents=values["agent"],
        instructions=values["instructions"],
        may_change=common.mode is not Mode.CONVOCATION and common.kind is not MessageKind.CONVOCATION,
        change_limit=pen.length(timedelta(hours=24)),
        may_choose_again=True,
    )


@cache
def _values() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(_VALUES.read_text(encoding="utf-8"))
    return read


def longest_of(session: Session, organisation: Organisation) -> dict[str, str]:
    """The longest values we know of, or the organisation's own where those are longer. Two queries a transaction."""
    known: dict[int, dict[str, str]] = session.info.setdefault("longest_values", {})
    if organisation.id not in known:
        known[organisation.id] = _longest(session, organisation)
    return known[organisation.id]


def _longest(session: Session, organisation: Organisation) -> dict[str, str]:
    found: dict[str, str] = {name: value for name, value in _values().items() if isinstance(value, str)}
    place = session.scalars(
        select(Place)
        .where(Place.organisation_id == organisation.id, Place.closed_at.is_(None))
        .order_by(func.length(Place.address + Place.city).desc(), Place.id)
        .limit(1)
    ).first()
    if place and len(place.address + place.city) > len(found["address"] + found["city"]):
        found |= {"place": place.name, "address": place.address, "postcode": place.postcode, "city": place.city}
    agent = session.scalars(
        select(Agent.display_name)
        .join(AgentRole, AgentRole.agent_id == Agent.id)
        .where(AgentRole.organisation_id == organisation.id)
        .order_by(func.length(Agent.display_name).desc(), Agent.id)
        .limit(1)
    ).first()
    return found | {"agent": max(found["agent"], agent or "", key=len)}


def _at_ten(now: datetime, pen: Pen, *, days: int) -> datetime:
    on = now.astimezone(pen.zone).date() + timedelta(days=days)
    return datetime.combine(on, time(10, 30), pen.zone)


def _longest_day(now: datetime, pen: Pen) -> datetime:
    """Of the next thirty days at 10:30, the one that takes the most letters."""
    return max((_at_ten(now, pen, days=count) for count in range(10, 40)), key=lambda at: len(pen.day(at)))


def _midnight(at: datetime, pen: Pen) -> datetime:
    return datetime.combine(at.astimezone(pen.zone).date(), time(), pen.zone)

"""What each page of an organisation's settings holds at this moment, and what is still missing before anybody is invited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from invitations import own_texts_known
from invitations.machines import keys
from invitations.models import (
    Agent,
    AgentLink,
    AgentRole,
    Appointment,
    AppointmentType,
    CategorySettings,
    ChannelCap,
    Closure,
    LinkPurpose,
    Opening,
    OpenTo,
    Organisation,
    Place,
    Sector,
    ServiceKey,
    Tag,
    WebhookEndpoint,
)


class Missing(StrEnum):
    """What must be there before an invitation can leave, in the order in which one goes about it."""

    PHONE = "phone"
    CATEGORY = "category"
    PLACE = "place"
    TYPE = "type"
    OPENING = "opening"


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts. `invited`: colleagues who have not come yet; `types_for_invited`: those that invited people may book."""

    colleagues: int
    invited: int
    keys: int
    told: int  # addresses of other software that hear of what happens
    categories: int
    types: int
    types_for_invited: int
    own_texts: int
    tags: int
    places: int
    closures: int
    sectors: int
    caps: int
    openings: int
    sessions: int  # to come
    has_phone: bool

    @property
    def missing(self) -> list[Missing]:
        there = {
            Missing.PHONE: self.has_phone,
            Missing.CATEGORY: self.categories,
            Missing.PLACE: self.places,
            Missing.TYPE: self.types_for_invited,
            Missing.OPENING: self.openings or self.sessions,
        }
        return [one for one, found in there.items() if not found]


def read(session: Session, organisation: Organisation, *, now: datetime) -> Overview:
    """Three queries, however much there is."""
    today = now.astimezone(organisation.department.zone).date()
    counted = session.execute(
        select(*(query.label(name) for name, query in _counts(organisation, today, now).items()))
    ).one()
    handled = session.scalars(
        select(CategorySettings).where(
            CategorySettings.organisation_id == organisation.id, CategorySettings.closed_at.is_(None)
        )
    ).all()
    own = own_texts_known.newest(session, organisation.id, [one.category_id for one in handled])
    return Overview(
        categories=len(handled),
        own_texts=len([one for one in own if one.body]),
        has_phone=bool(organisation.phone) or (bool(handled) and all(one.help_phone for one in handled)),
        **counted._mapping,
    )


def _counts(organisation: Organisation, today: date, now: datetime) -> dict[str, ScalarSelect[int]]:
    here, department = organisation.id, organisation.department_id
    types = AppointmentType.organisation_id == here, AppointmentType.closed_at.is_(None)
    joining = AgentLink.purpose == LinkPurpose.JOIN, AgentLink.ended_at.is_(None)
    lasting = Opening.last_on.is_(None), Opening.last_on >= today
    return {
        "colleagues": _count(
            AgentRole.organisation_id == here, AgentRole.agent_id == Agent.id, Agent.closed_at.is_(None)
        ),
        "invited": _count(AgentLink.organisation_id == here, *joining),
        "keys": _count(keys.belongs_to(organisation), ServiceKey.revoked_at.is_(None)),
        "told": _count(WebhookEndpoint.organisation_id == here, WebhookEndpoint.removed_at.is_(None)),
        "types": _count(*types),
        "types_for_invited": _count(*types, AppointmentType.open_to == OpenTo.INVITED),
        "tags": _count(Tag.organisation_id == here),
        "places": _count(Place.organisation_id == here, Place.closed_at.is_(None)),
        "closures": _count(Closure.organisation_id == here, Closure.last_on >= today),
        "sectors": _count(Sector.department_id == department),
        "caps": _count(ChannelCap.department_id == department),
        "sessions": _count(
            Appointment.organisation_id == here,
            Appointment.starts_at > now,
            Appointment.cancelled_at.is_(None),
            Appointment.type_id == AppointmentType.id,
            AppointmentType.is_collective,
        ),
        "openings": _count(Opening.organisation_id == here, or_(*lasting)),
    }


def _count(*conditions: Any) -> ScalarSelect[int]:
    return select(func.count()).where(*conditions).scalar_subquery()

"""What a département already has, by the names that files say: its organisations, types, places, agents. Read once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.errors import NotFound
from invitations.identity import name_key
from invitations.models import Agent, AgentRole, AppointmentType, Category, CategorySettings, Organisation, Place
from invitations.moving_house.columns import Wording

# How long an invitation of the software that is left could be answered, where the category does not say.
USUAL_LIFE = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Type:
    id: int
    organisation_id: int
    category_id: int
    duration: timedelta
    pause_after: timedelta
    is_collective: bool
    seats: int


@dataclass(slots=True)
class Setting:
    """`organisation_id`: where people come whose line names no other. `listed`: identifiers of ours in the file.
    `sessions`: those that were made, by what they are known by.

    Going out: `shows_internal_id`, whether the département's own is told (permissions.may_see_internal_id); `category_ids`, those
    of the follow-ups told, None for all.
    """

    department_id: int
    organisation_id: int
    zone: ZoneInfo
    wording: Wording
    codes: Codes
    now: datetime
    category_id: int | None = None
    agent_id: int | None = None  # of appointments to come whose line names nobody
    with_reminders: bool = True
    organisations: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    types: dict[tuple[int, str], list[Type]] = field(default_factory=dict)
    places: dict[tuple[int, str], int] = field(default_factory=dict)
    agents: dict[str, int] = field(default_factory=dict)
    lives: dict[tuple[int, int], timedelta | None] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    sessions: set[str] = field(default_factory=set)
    shows_internal_id: bool = True
    category_ids: list[int] | None = None

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def at(self, day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, self.zone)

    def organisations_named(self, text: str) -> tuple[list[int], bool]:
        """The organisations of a cell, and whether it names another besides. A name may hold a comma."""
        left, found = f", {name_key(text)}, ", []
        for name in sorted(self.organisations, key=len, reverse=True):
            if f", {name}, " in left:
                left = left.replace(f", {name}, ", ", ", 1)
                found.append(self.organisations[name])
        return sorted(found), bool(left.strip(", "))

    def life(self, organisation_id: int, category_id: int) -> timedelta | None:
        return self.lives.get((organisation_id, category_id), USUAL_LIFE)


def setting_of(
    session: Session,
    wording: Wording,
    *,
    organisation: str,
    category: str | None = None,
    agent: str | None = None,
    codes: Codes,
    now: datetime,
) -> Setting:
    """Where people move in: an organisation by its name or id, a category by its code, an agent by their email.

    Raises NotFound, also for two organisations of a name.
    """
    said = Organisation.name == organisation
    if organisation.isdecimal():
        said = or_(said, Organisation.id == int(organisation))
    found = session.scalars(select(Organisation).where(said).order_by(Organisation.id)).all()
    if len(found) != 1:
        raise NotFound
    setting = Setting(found[0].department_id, found[0].id, found[0].department.zone, wording, codes, now)
    read_into(session, setting)
    if category is not None:
        setting.category_id = _named(setting.categories, category)
    if agent is not None:
        setting.agent_id = _named(setting.agents, agent.lower())
    return setting


def _named(known: Mapping[str, int], name: str) -> int:
    if name not in known:
        raise NotFound
    return known[name]


def setting_within(
    session: Session,
    wording: Wording,
    *,
    organisation_id: int,
    organisation_ids: Collection[int],
    codes: Codes,
    now: datetime,
) -> Setting:
    """The same for a page: nothing is written to organisations other than these, nor to a category that none of them handles."""
    home = session.get_one(Organisation, organisation_id)
    setting = Setting(home.department_id, home.id, home.department.zone, wording, codes, now)
    handled = CategorySettings.category_id == Category.id, CategorySettings.organisation_id.in_(organisation_ids)
    read_into(
        session, setting, only=(Organisation.id.in_(organisation_ids), select(Category.id).where(*handled).exists())
    )
    return setting


Only = tuple[ColumnElement[bool], ColumnElement[bool]]


def read_into(session: Session, setting: Setting, *, only: Only | None = None) -> None:
    """Six queries. `only`: conditions on organisations and on categories."""
    only = only or (true(), true())
    inside = Organisation.department_id == setting.department_id, only[0]
    ours = select(Organisation.id).where(*inside)
    named = select(Organisation.name, Organisation.id).where(*inside)
    setting.organisations = {name_key(name): found for name, found in session.execute(named.order_by(Organisation.id))}
    coded = select(Category.code, Category.id).where(Category.department_id == setting.department_id, only[1])
    setting.categories = {row.code: row.id for row in session.execute(coded.order_by(Category.id))}
    kinds = select(AppointmentType).where(AppointmentType.organisation_id.in_(ours))
    for one in session.scalars(kinds.order_by(AppointmentType.closed_at.is_not(None), AppointmentType.id)):
        setting.types.setdefault((one.organisation_id, name_key(one.name)), []).append(
            Type(
                one.id,
                one.organisation_id,
                one.category_id,
                one.duration,
                one.pause_after,
                one.is_collective,
                one.seats,
            )
        )
    where = select(Place.organisation_id, Place.name, Place.id).where(Place.organisation_id.in_(ours))
    for owner, name, found in session.execute(where.order_by(Place.closed_at.is_not(None), Place.id)):
        setting.places.setdefault((owner, name_key(name)), found)
    who = select(Agent.email, Agent.id).where(
        Agent.id.in_(select(AgentRole.agent_id).where(AgentRole.organisation_id.in_(ours)))
    )
    setting.agents = {row.email: row.id for row in session.execute(who.order_by(Agent.id))}
    lives = select(CategorySettings.organisation_id, CategorySettings.category_id, CategorySettings.validity_days)
    for organisation_id, category_id, days in session.execute(
        lives.where(CategorySettings.organisation_id.in_(ours)).order_by(CategorySettings.id)
    ):
        setting.lives[organisation_id, category_id] = None if days is None else timedelta(days=days)

"""A département's services: a council and its partners, their places, agents, openings, absences; and the slots they offer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil
from random import Random

from sqlalchemy.orm import Session

from invitations.models import (
    AppointmentType,
    Category,
    CategoryKind,
    CategorySettings,
    Department,
    Organisation,
    OrganisationKind,
    Place,
    Tag,
)
from tests.bench.country import people
from tests.bench.country.habits import APPOINTMENTS_EACH, DAY, LENGTH, SLOTS_USED_A_WEEK, WEEKS_AWAY
from tests.bench.country.moments import Place as WallTime
from tests.bench.country.moments import day_of, day_text, is_worked, moment_of, text_of
from tests.bench.country.sheets import Sheets

ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "976": "Indian/Mayotte",
}
PARTNERS = (
    OrganisationKind.RSA_DELEGATE,
    OrganisationKind.FRANCE_TRAVAIL,
    OrganisationKind.SIAE,
    OrganisationKind.OTHER,
)
COUNCILS_SHARE = 0.5
PEOPLE_OF_A_PARTNER = 4_000
AGENTS_OF_A_PLACE = 12
HALF_DAYS = {"morning": (9 * 60, 12 * 60), "afternoon": (13 * 60 + 30, 16 * 60 + 30)}
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")
HORIZON = 45  # days in which somebody looks for a slot


@dataclass
class Team:
    """An organisation, and what is free in it: `slots` of a day are drawn up when somebody first asks for that day."""

    id: int
    department: int
    share: float
    places: list[int]
    types: list[int]  # by the order of the categories
    tag: int
    drawn: Random
    wall: WallTime
    agents: list[int] = field(default_factory=list)
    habits: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # weekday → agent, first minute
    away: set[tuple[int, int]] = field(default_factory=set)  # agent, week
    slots: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def take(self, after: int, lead: int) -> tuple[int, int] | None:
        """Agent and start of a free slot, so many days after the day that follows at the earliest."""
        first = after // DAY + 2 + lead
        for number in range(first, first + HORIZON):
            if number not in self.slots:
                self.slots[number] = self.offered(number)
            if self.slots[number]:
                return self.slots[number].pop()
        return None

    def offered(self, number: int) -> list[tuple[int, int]]:
        if not is_worked(number):
            return []
        here = self.habits.get(day_of(number).weekday(), ())
        starts = [
            (agent, self.wall.at(number, wall + LENGTH * nth))
            for agent, wall in here
            if (agent, number // 7) not in self.away
            for nth in range(4)
        ]
        self.drawn.shuffle(starts)
        return starts

    def place_of(self, agent: int) -> int:
        return self.places[agent % len(self.places)]


@dataclass(frozen=True, slots=True)
class Territory:
    """A département with its teams; `categories` are orientation and accompaniment."""

    id: int
    number: str
    categories: list[int]
    teams: list[Team]
    weights: list[float]


def settle(session: Session, id_: int, number: str, size: int, drawn: Random, *, since: int) -> Territory:
    """Write a département and its organisations, through the models."""
    now, zone = moment_of(since), ZONES.get(number, "Europe/Paris")
    name = people.capitals()[number]
    session.add(
        Department(
            id=id_,
            number=number,
            name=f"Département {number}",
            full_name=f"Département {number}, {name}",
            timezone=zone,
            created_at=now,
        )
    )
    session.flush()
    kinds = ((CategoryKind.ORIENTATION, "RSA orientation"), (CategoryKind.ACCOMPANIMENT, "RSA accompagnement"))
    categories = [
        Category(
            department_id=id_,
            code=f"rsa_{kind}",
            kind=kind,
            name=words,
            purpose="faire le point ensemble sur votre situation",
            created_at=now,
        )
        for kind, words in kinds
    ]
    session.add_all(categories)
    session.flush()
    partners = max(1, round(size * (1 - COUNCILS_SHARE) / PEOPLE_OF_A_PARTNER))
    shares = [COUNCILS_SHARE, *[(1 - COUNCILS_SHARE) / partners] * partners]
    ids = [one.id for one in categories]
    teams = [
        found(session, id_, number, rank, share, ids, drawn, WallTime(zone), since, size)
        for rank, share in enumerate(shares)
    ]
    return Territory(id_, number, ids, teams, shares)


def found(
    session: Session,
    department: int,
    number: str,
    rank: int,
    share: float,
    categories: list[int],
    drawn: Random,
    wall: WallTime,
    since: int,
    size: int,
) -> Team:
    now = moment_of(since)
    kind = PARTNERS[(rank - 1) % len(PARTNERS)] if rank else OrganisationKind.DEPARTMENT_COUNCIL
    words = {"phone": f"+3346571{rank:04d}", "hours": "lundi–vendredi 9 h–17 h", "created_at": now}
    team = Organisation(department_id=department, name=f"Service {number}-{rank + 1}", kind=kind, **words)
    session.add(team)
    session.flush()
    homes, _ = people.homes(number)
    many = max(1, ceil(size * share * 0.0069 / AGENTS_OF_A_PLACE))
    places = [
        Place(
            organisation_id=team.id, name=f"Maison des solidarités de {home.name}", address="1 place de la Mairie",
            postcode=home.postcodes[0], city=home.name[:80], commune_insee=home.code, latitude=home.latitude,
            longitude=home.longitude, created_at=now,
        )
        for home in homes[:many]
    ]  # fmt: skip
    settings = [CategorySettings(organisation_id=team.id, category_id=one, created_at=now) for one in categories]
    types = [
        AppointmentType(
            organisation_id=team.id,
            category_id=one,
            name="Entretien",
            duration=timedelta(minutes=LENGTH),
            created_at=now,
        )
        for one in categories
    ]
    tag = Tag(organisation_id=team.id, label="Sans permis", created_at=now)
    session.add_all([*places, *settings, *types, tag])
    session.flush()
    return Team(team.id, department, share, [one.id for one in places], [one.id for one in types], tag.id, drawn, wall)


def staff(sheets: Sheets, team: Team, size: int, *, since: int, now: int) -> None:
    """As many agents as its people need; two half-days of receiving each, and weeks away."""
    weeks = max(1, (now - since) // (7 * DAY))
    for nth in range(2 + ceil(size * team.share * APPOINTMENTS_EACH / weeks / SLOTS_USED_A_WEEK)):
        hire(sheets, team, nth, since=since, now=now)


def hire(sheets: Sheets, team: Team, nth: int, *, since: int, now: int) -> None:
    id_, made = sheets.new("agents"), text_of(since)
    first, last = team.drawn.choice(people.WOMEN), people.family(team.drawn)
    sheets.add("agents", id_, f"agent{id_}@example.org", first, last, f"Mme {last}", None, 1, 0, made)
    sheets.add("agent_roles", id_, team.id, "admin" if nth == 0 else "basic", 1 if nth == 0 else 0)
    team.agents.append(id_)
    for nth_half, (begins, ends) in enumerate(HALF_DAYS.values()):
        weekday = (nth * 2 + nth_half * 3) % 5
        opening = sheets.new("openings")
        sheets.add(
            "openings", opening, team.id, id_, team.place_of(id_), day_text(since // DAY - 7), wall_time(begins), wall_time(ends),
            f"FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday]}", json.dumps([]), made,
        )  # fmt: skip
        for type_ in team.types:
            sheets.add("opening_types", opening, type_)
        team.habits.setdefault(weekday, []).append((id_, begins))
    leave(sheets, team, id_, since=since, now=now)


def leave(sheets: Sheets, team: Team, agent: int, *, since: int, now: int) -> None:
    """The weeks in which this agent receives nobody. Weeks are those since 1970, which begin on Thursdays."""
    for week in range(since // DAY // 7, (now // DAY + 60) // 7):
        if team.drawn.random() < WEEKS_AWAY:
            team.away.add((agent, week))
            ends, made = text_of((week + 1) * 7 * DAY), text_of(since)
            sheets.add("absences", sheets.new("absences"), agent, text_of(week * 7 * DAY), ends, "Congés", made)


def wall_time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}:00.000000"

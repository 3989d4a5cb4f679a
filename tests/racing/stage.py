"""Where a race is run: a team of its own with one agent to be had, starts in order, people who want them."""

from __future__ import annotations

import re
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from invitations import signing_in
from invitations.database import Database
from invitations.models import (
    Agent,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Author,
    Mode,
    Organisation,
)
from invitations.offers import Choice
from tests.factories import World
from tests.racing.clients import Answer, Request
from tests.racing.crowd import Person, make_people, working_days

PARIS = ZoneInfo("Europe/Paris")
PASSWORD = "twelve characters and more"
TALK, PAUSE = timedelta(minutes=10), timedelta(minutes=5)
FIRST, LAST = time(8), time(20)
STARTS_A_DAY = 48
SEATS = 3


@dataclass
class Stage:
    """One team; `tokens` are starts nobody has yet, `people` those without an appointment."""

    organisation: Organisation
    agent: Agent
    type: AppointmentType
    group: AppointmentType
    place_id: int
    tokens: Iterator[str]
    people: list[Person]
    uninvited: list[Person] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)

    def bookings(self, number: int, *tokens: str) -> list[tuple[Person, Request]]:
        """So many people, each of whom wants one of the tokens, in turns."""
        return [(one, book(one, tokens[place % len(tokens)])) for place, one in enumerate(self.people[:number])]

    def count_out(self, asked: list[tuple[Person, Request]], answers: list[Answer]) -> None:
        """Those who have an appointment now want no other."""
        served = {person for (person, _), answer in zip(asked, answers, strict=True) if answer.status == 303}
        self.people = [one for one in self.people if one not in served]


def book(person: Person, token: str) -> Request:
    return Request(f"/i/{person.code}", {"creneau": token})


def set_up(
    database: Database, world: World, *, starts: int, people: int, uninvited: int = 0, sessions: int = 0
) -> Stage:
    """A team of its own in the world's département: one agent, one place, so many starts and people."""
    with database.writing() as session:
        world.session = session
        world.organisation = world.make_organisation()
        world.place = world.make_place()
        world.agent = world.make_agent(password_hash=signing_in.hash_password(PASSWORD))
        world.make_settings(modes=list(Mode))
        lengths = {"duration": TALK, "step": TALK + PAUSE, "pause_after": PAUSE}
        world.type = world.make_type(**lengths)
        group = world.make_type(name="Réunion", is_collective=True, seats=SEATS, **lengths)
        days = working_days(world.now, -(-starts // STARTS_A_DAY))
        for day in days:
            world.make_opening(starts_on=day, rrule=None, starts_at_time=FIRST, ends_at_time=LAST)
        moments = [moment for day in days for moment in starts_of(day)]
        return Stage(
            organisation=world.organisation,
            agent=world.agent,
            type=world.type,
            group=group,
            place_id=world.place.id,
            tokens=iter([Choice(one, world.place.id, world.type.id, one + TALK).token for one in moments]),
            people=make_people(world, people, first=next(world.numbers) * 10_000),
            uninvited=make_people(world, uninvited, invited=False, first=next(world.numbers) * 10_000),
            sessions=make_sessions(world, group, sessions),
        )


def make_sessions(world: World, group: AppointmentType, number: int) -> list[str]:
    """Sessions one after the other, with an agent of their own; the tokens that lead to them."""
    if not number:
        return []
    host = world.make_agent()
    moments = [moment for day in working_days(world.now, -(-number // STARTS_A_DAY)) for moment in starts_of(day)]
    tokens = []
    for starts_at in moments[:number]:
        times = {"starts_at": starts_at, "ends_at": starts_at + TALK}
        made = world.add(
            Appointment(
                uid=str(uuid.uuid4()),
                organisation_id=world.organisation.id,
                type_id=group.id,
                place_id=world.place.id,
                seats=SEATS,
                created_by=Author.AGENT,
                created_at=world.now,
                **times,
            )
        )
        world.add(
            AppointmentAgent(
                appointment_id=made.id, agent_id=host.id, busy_until=starts_at + TALK + PAUSE, is_live=True, **times
            )
        )
        tokens.append(Choice(starts_at, world.place.id, group.id, starts_at + TALK).token)
    return tokens


def starts_of(day: date) -> list[datetime]:
    first = datetime.combine(day, FIRST, PARIS).astimezone(UTC)
    return [first + number * (TALK + PAUSE) for number in range(STARTS_A_DAY)]


@dataclass(frozen=True)
class SignedIn:
    """An agent at their desk, as their browser would send it."""

    cookie: str
    form_token: str

    def proposes(self, person: Person, token: str) -> Request:
        path = f"/agents/personnes/{person.beneficiary_id}/suivis/{person.follow_up_id}/proposer"
        return Request(path, {"creneau": token, "csrf_token": self.form_token}, self.cookie)


def sign_in(base_url: str, email: str) -> SignedIn:
    """Through the sign-in page, as an agent does."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = browser.open(f"{base_url}/agents/connexion", timeout=30).read().decode()
    form = {"email": email, "password": PASSWORD, "csrf_token": form_token(page)}
    page = browser.open(f"{base_url}/agents/connexion", urlencode(form).encode(), timeout=30).read().decode()
    return SignedIn("; ".join(f"{one.name}={one.value}" for one in jar), form_token(page))


def form_token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page) or re.search(
        r'value="([^"]+)"[^>]*name="csrf_token"', page
    )
    assert found, "a form without its token"
    return found.group(1)

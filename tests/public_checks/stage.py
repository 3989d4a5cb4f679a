"""Where a state of a page is reached: a département of its own, a telephone that speaks a language, a clock.

The application is the real one, on a real database; the moment is handed in, so that what expires has expired and
that a screenshot shows the same day for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.jobs import TIMETABLE, run_job
from app.runtime import Runtime
from invitations.database import Database
from invitations.offers import Choice
from tests.app.town import Town, tokens_of
from tests.conftest import Clock

FRENCH = "fr"
PARIS = ZoneInfo("Europe/Paris")
THURSDAY = date(2026, 12, 3)
ONE_SLOT = timedelta(minutes=45)
_PICTURE = re.compile(r'<img[^>]* src="(/[^"]+)"')
_OFFER = re.compile(r'name="offre" value="(\d+)"')


class LastPage(Protocol):
    """What a state ends on."""

    def __call__(self, at: Stage, /) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as it came over the wire, its address, and the pictures it shows by theirs."""

    path: str
    status: int
    html: str
    headers: dict[str, str]
    pictures: dict[str, bytes] = field(default_factory=dict)

    @property
    def times(self) -> list[str]:
        """The times that it offers, in order."""
        return tokens_of(self.html)

    @property
    def offer(self) -> str:
        """The number of the freed slot that it offers."""
        found = _OFFER.search(self.html)
        assert found is not None, self.html
        return found[1]


@dataclass
class Stage:
    """`visited` collects the endpoints that were asked for, with their method."""

    flask: Flask
    database: Database
    language: str = FRENCH
    clock: Clock = field(default_factory=Clock)
    visited: set[tuple[str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.flask.extensions["rdv"] = replace(self.runtime, database=self.database, clock=self.clock)
        self.town = Town(self.database, self.clock.now, self.runtime.codes)
        self.phone = self.flask.test_client()

    @property
    def runtime(self) -> Runtime:
        found: Runtime = self.flask.extensions["rdv"]
        return found

    # What a person does

    def look(self, path: str) -> Answer:
        return self.ask("GET", path)

    def send(self, path: str, **typed: Any) -> Answer:
        """Post a form, and go where the answer leads."""
        return self.ask("POST", path, data=typed)

    def ask(self, method: str, path: str, **more: Any) -> Answer:
        """One request in the language of the telephone; redirects are followed as they come."""
        where = self.spoken(path)
        answer = self.request(method, where, **more)
        while answer.status_code == 303:
            where = str(answer.location)
            answer = self.request("GET", where)
        pictures = {one: self.request("GET", one).data for one in _PICTURE.findall(answer.text)}
        return Answer(where, answer.status_code, answer.text, dict(answer.headers), pictures)

    def request(self, method: str, where: str, **more: Any) -> TestResponse:
        try:
            endpoint, _ = self.flask.url_map.bind("").match(urlsplit(where).path, method=method)
            self.visited.add((str(endpoint), method))
        except HTTPException:
            pass  # a page that does not exist is a state too
        return self.phone.open(where, method=method, **more)

    def spoken(self, path: str) -> str:
        """The address in the language of this telephone, as the switch on the page makes it."""
        if self.language == FRENCH:
            return path
        where, _, anchor = path.partition("#")
        return where + ("&" if "?" in where else "?") + urlencode({"langue": self.language}) + anchor

    def book(self, path: str, choice: int = 0) -> Answer:
        """Take the nth time of an invitation; its appointment's page."""
        return self.send(path, creneau=self.look(path).times[choice])

    def booked(self, choice: int = 0, **person: Any) -> str:
        """The path of one more person's appointment."""
        return urlsplit(self.book(self.town.invite(**person), choice).path).path

    # What happens around them

    def wait(self, **length: float) -> None:
        self.town.now = self.clock.pass_by(timedelta(**length))

    def run(self, job: str) -> None:
        """One tick of the scheduler."""
        assert run_job(self.runtime, next(one for one in TIMETABLE if one.name == job))

    def more_places(self) -> None:
        """Two more towns receive, one of them in the afternoon too."""
        with self.town.changing() as world:
            romans = world.make_place(
                name="Centre social",
                address="3 place Jules-Nadi",
                postcode="26100",
                city="Romans-sur-Isère",
                commune_insee="26281",
                latitude=45.0456,
                longitude=5.0525,
                is_step_free=False,
            )
            die = world.make_place(name="Mairie", city="Die", commune_insee="26113", latitude=None, longitude=None)
            for place in (romans, die):
                agent = world.make_agent(display_name="M. Faure")
                world.make_opening(agent_id=agent.id, place_id=place.id)
            world.make_opening(starts_at_time=time(14), ends_at_time=time(17))

    def leave_free(self, *hours: int) -> None:
        """Only these hours of a Thursday are left, in Valence."""
        with self.town.changing() as world:
            world.session.delete(world.session.merge(world.opening))
        with self.town.changing() as world:
            for hour in hours:
                ends = (datetime.combine(THURSDAY, time(hour)) + ONE_SLOT).time()
                world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(hour), ends_at_time=ends)

    def change_type(self, **changes: Any) -> None:
        """The world's own type, otherwise."""
        with self.town.changing() as world:
            type_ = world.session.merge(world.type)
            for name, value in changes.items():
                setattr(type_, name, value)

    def workshop(self, *, hour: int = 14, **changes: Any) -> str:
        """A session the day after tomorrow, in the afternoon. Returns what a form carries for it."""
        with self.town.changing() as world:
            type_ = world.make_type(name="Atelier collectif", duration=timedelta(hours=2), is_collective=True)
            starts_at = self.clock.now.astimezone(PARIS).replace(hour=hour) + timedelta(days=2)
            made = world.make_session(starts_at.astimezone(UTC), type_, **changes)
            return Choice(made.starts_at, world.place.id, type_.id, made.ends_at).token

    @contextmanager
    def instead(self, **parts: Any) -> Iterator[None]:
        """The application with other parts (its clock, its database) for a moment."""
        usual = self.runtime
        self.flask.extensions["rdv"] = replace(usual, **parts)
        try:
            yield
        finally:
            self.flask.extensions["rdv"] = usual


def urn(answer: Answer) -> str:
    """The address without what follows the code's page: `/i/<code>`, `/r/<code>`."""
    return "/".join(answer.path.split("?")[0].split("/")[:3])


def without_address(at: Stage, path: str, **changes: Any) -> None:
    """Take a number or an address from the person of an invitation."""
    with at.town.changing():
        person = at.town.invitation_of(path).follow_up.beneficiary
        for name, value in changes.items():
            setattr(person, name, value)

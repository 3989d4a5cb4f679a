"""Two teams of one installation: one in the middle of its work, one that begins; and what their pages answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from flask import Flask

from invitations.codes import Codes
from invitations.models import AgentRole, Beneficiary, FollowUpStatus, Mode, Outcome, Role, SlotDay
from invitations.statistics import counting
from tests import stories
from tests.app.team import Team, expect, owe
from tests.app.walk_roles import sign_in, stranger
from tests.app.walk_table import NOBODY, ROWS, Row
from tests.app.walk_things import make_things, typed
from tests.conftest import SECRET as KEY
from tests.factories import World
from tests.invitations.numbers import give, keep_numbers, number
from tests.public_checks.stage import Answer

FULL, EMPTY = "full", "empty"
# Which column of walk.txt says whether a page opens for whom.
COLUMNS = {FULL: "admin", EMPTY: "elsewhere", NOBODY: NOBODY}
SHOWN = {200, 422}
# What answers with a file.
FILES = (".pdf", ".csv", ".json", ".md", "/exporter", "/donnees", "/feuille", "/presence")
NAMES = (
    "Arnaud",
    "Benali",
    "Chevalier",
    "Da Silva",
    "Étienne",
    "Fabre",
    "Guérin",
    "Haddad",
    "Izard",
    "Jourdan",
    "Keïta",
)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of walk.txt, as somebody sees it."""

    row: Row
    who: str

    @property
    def name(self) -> str:
        path = re.sub(r"[^\w.-]+", "-", self.row.path.removeprefix("/agents")).strip("-")
        sent = "-sent" if self.row.method == "POST" else ""
        return f"{path or 'today'}{sent}-{self.who}"


def pages() -> Iterator[Page]:
    """Every page that is not a file; what a form answers as well, of the team at work."""
    for row in ROWS:
        for who, column in COLUMNS.items():
            is_page = row.answers[column] in SHOWN and not row.path.endswith(FILES)
            is_told = row.method == "GET" or who == FULL
            is_for = row.answers[NOBODY] in SHOWN if who == NOBODY else row.answers[NOBODY] not in SHOWN
            if row.is_of_agents and is_page and is_told and is_for:
                yield Page(row, who)


@dataclass
class Office:
    """`answers`: what was asked for already."""

    flask: Flask
    team: Team
    things: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.team.changing() as world:
            keep_numbers(world)  # so that the fields that only some départements have are looked at, too
            self.things = make_things(world, Codes(KEY))
            give(world, world.session.get_one(Beneficiary, self.things["person"]), number())
            crowd(world)
            results(world)
            role = world.session.get_one(AgentRole, (world.agent.id, world.organisation.id))
            role.role, role.may_export = Role.ADMIN, True
            sign_in(world, world.agent, FULL)
            sign_in(world, stranger(world, world.department.id), EMPTY)

    def answer(self, page: Page) -> Answer:
        browser = self.flask.test_client()
        if page.who != NOBODY:
            with browser.session_transaction() as cookie:
                cookie["token"] = page.who
        path = page.row.path.format(**self.things)
        sent = typed(self.things) if page.row.method == "POST" else None
        answer = browser.open(path, method=page.row.method, data=sent)
        return Answer(path, answer.status_code, answer.text, dict(answer.headers))


def results(world: World) -> None:
    """Half a year behind them: enough people for every picture, a month of few, one that is not over, slots of a week."""
    for mode in Mode:
        stories.crowd(world, 34, mode, *[Outcome.SEEN] * 20, *[Outcome.NOSHOW] * 4, day=-60, after=12)
        stories.crowd(world, 6, mode, *[Outcome.SEEN] * 5, day=5)
    stories.crowd(world, 9, Mode.INVITATION, Outcome.SEEN, day=75, after=3)
    monday = stories.T0.date()
    world.add(
        SlotDay(organisation_id=world.organisation.id, category_id=world.category.id, on=monday, offered=9, used=7)
    )
    while counting.count(world.session, now=world.now):
        pass


def crowd(world: World) -> None:
    """A usual Tuesday: people in every state, the day under way, messages that arrived and some that did not."""
    start = world.now.replace(hour=8, minute=0)
    statuses = list(FollowUpStatus)
    for place, name in enumerate(NAMES):
        person = world.make_beneficiary(last_name=name)
        outcome = Outcome.SEEN if place < 2 else Outcome.UNKNOWN
        expect(world, start + timedelta(minutes=45 * place), beneficiary=person, outcome=outcome)
        owe(world, beneficiary=person)
    for place, status in enumerate(statuses * 3):
        person = world.make_beneficiary(first_name="Marie-Christine", last_name=f"{NAMES[place % len(NAMES)]}-Lemaître")
        world.make_follow_up(person, status=status)

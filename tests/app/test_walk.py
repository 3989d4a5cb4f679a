"""Every route, with whoever may ask for it: walk.txt says what each is answered, and a route without a row fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from flask.signals import request_finished
from structlog.testing import capture_logs

from app import logs
from app.settings import Settings
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import AgentRole, Role
from notifications.senders import Senders
from tests.app.team import Team
from tests.app.walk_roles import STRANGERS, make_agents, see_as, sign_in
from tests.app.walk_sent import SECRET
from tests.app.walk_table import NOBODY, ROLES, ROWS, TABLE, Row
from tests.app.walk_things import NUMBER, make_things
from tests.app.walking import Rows, Walk, copy
from tests.applications import Applications
from tests.conftest import SECRET as KEY
from tests.conftest import Clock
from tests.emptying import EmptyDatabases
from tests.fakes import RememberingEmail, RememberingSms

# Whoever gets one of these has not been let in.
REFUSED = {302, 403, 404}
# All that strangers change with what they may do where they work: their account, and, for a council's administrator, the
# sectors of their département, the useful places it knows, and which of its organisations handle a category.
THEIR_OWN = {
    *("agents", "agent_sessions", "audit_events", "calendar_feeds", "code_generators"),
    *("sectors", "category_settings", "useful_places", "useful_drafts"),
}
# What one act gives a stranger of their own: a place of their organisation, out of what the département knows.
GIVEN = {"/agents/reglages/lieux-utiles/{useful}/lieu": {"places"}}
# Where reading is noted.
READ = {"/agents/personnes/{person}", "/agents/personnes/{drawn_person}"}
# Those who ask for what has nothing to do with being signed in: one who is not, and one who is.
ANYBODY = (NOBODY, "own")
# Those whom PostgreSQL is asked about; it says nothing new of the others.
ON_POSTGRES = (NOBODY, "own", "elsewhere", "away")
ON_SQLITE = pytest.mark.parametrize("walk", ["sqlite"], indirect=True)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def walk(
    request: pytest.FixtureRequest,
    applications: Applications,
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Walk]:
    folder, clock = tmp_path_factory.mktemp("walk"), Clock()
    url = f"sqlite:///{folder / 'rdv.db'}"
    if request.param == "sqlite":
        copy(sqlite_template, folder / "rdv.db")
    else:
        databases: EmptyDatabases = request.getfixturevalue("empty_databases")
        name = databases.take()
        url = f"{databases.server}/{name}"
    senders = Senders(sms=RememberingSms(), email=RememberingEmail())
    settings = Settings(database_url=url, secret_key=KEY, metrics_token=KEY, bounces_token=KEY)
    with applications.lend(settings, clock=clock, senders=senders) as flask:
        flask.config.update(TESTING=True, WTF_CSRF_ENABLED=False, PROPAGATE_EXCEPTIONS=False)
        team = Team(Database(url), clock())
        things = furnish(team, Codes(KEY))
        kept = folder / "kept.db" if request.param == "sqlite" else None
        watch = None
        if kept:
            copy(folder / "rdv.db", kept)
            watch = sqlite3.connect(folder / "rdv.db")
        made = Walk(flask, team, things, kept, watch)
        made.has_written()
        yield made
        if watch:
            watch.close()
        team.database.engine.dispose()
    if not kept:
        databases.give_back(name)


@pytest.fixture
def furnished(walk: Walk) -> Iterator[Walk]:
    """The same, for a test that changes something: ON_SQLITE, which can be put back."""
    yield walk
    walk.put_back()


def furnish(team: Team, codes: Codes) -> dict[str, object]:
    """The world with one of everything, and everybody signed in."""
    with team.changing() as world:
        things = make_things(world, codes)
        agents = make_agents(world)
        sessions = {role: sign_in(world, agent, role) for role, agent in agents.items()}
        see_as(world, sessions["support"], agents["admin"])
        return things


def changes(role: str, row: Row) -> bool:
    return row.method != "GET" and row.answers[role] not in REFUSED


def rows_for(walk: Walk, role: str) -> list[Row]:
    """PostgreSQL, which can't be put back, is asked only what changes nothing."""
    if not walk.kept:
        return [row for row in ROWS if row.is_of_agents and not changes(role, row) and role in ON_POSTGRES]
    return [row for row in ROWS if row.is_of_agents or role in ANYBODY]


@pytest.mark.parametrize("role", ROLES)
def test_everyone_gets_what_the_table_says(walk: Walk, role: str) -> None:
    before, wrong = walk.contents(), []
    with written_down(walk) as lines:
        ask_for_everything(walk, role, before, wrong)
    assert not wrong, "\n".join(wrong)
    noted = set() if walk.kept else {"audit_events"}  # of PostgreSQL nobody knows by which page
    assert walk.changed(before) <= noted, "by a page that was only looked at, or an act that was refused"
    assert bool(lines) is bool(rows_for(walk, role)), "every request is a line"
    assert not [line for line in lines for one in planted(walk) if one in line], "somebody's data in the log"


@contextmanager
def written_down(walk: Walk) -> Iterator[list[str]]:
    """What the log says meanwhile."""
    lines: list[str] = []
    with capture_logs() as entries:
        request_finished.connect(logs.told, walk.flask)
        yield lines
        request_finished.disconnect(logs.told, walk.flask)
    lines += [str(one) for one in entries]


def planted(walk: Walk) -> list[str]:
    """Names, numbers and codes that an address or a form holds."""
    return [SECRET, NUMBER, NUMBER[3:], *(str(one) for name, one in walk.things.items() if name.endswith("code"))]


def ask_for_everything(walk: Walk, role: str, before: Rows, wrong: list[str]) -> None:
    for row in rows_for(walk, role):
        answer = walk.ask(role, row)
        if answer.status_code != row.answers[role]:
            wrong.append(f"{answer.status_code} instead of {row.answers[role]}: {row.method} {row.path}")
        if walk.has_written():
            wrong += wrongly_changed(walk, role, row, before)
            walk.put_back()


def wrongly_changed(walk: Walk, role: str, row: Row, before: Rows) -> list[str]:
    if row.path in READ and walk.changed(before) == {"audit_events"}:
        return []
    if not changes(role, row):
        return [f"has written, and should not: {row.method} {row.path}"]
    if role in STRANGERS and row.is_of_agents:
        allowed = THEIR_OWN | GIVEN.get(row.path, set())
        return [f"has changed {name}: {row.method} {row.path}" for name in walk.changed(before) - allowed]
    return []


@ON_SQLITE
def test_a_person_of_another_of_my_organisations_is_read_and_acted_on_only_from_there(furnished: Walk) -> None:
    with furnished.team.changing() as world:
        here = world.make_organisation(name="Ici")
        world.make_settings(organisation_id=here.id)
        both = world.make_agent(organisation=here)
        world.add(AgentRole(agent_id=both.id, organisation_id=world.organisation.id, role=Role.BASIC))
    browser, person = furnished.team.browser(furnished.flask, both), furnished.things["person"]
    browser.post("/agents/structure", data={"organisation": here.id})
    page = browser.get(f"/agents/personnes/{person}")
    assert page.status_code == 200
    assert "Travailler pour cette structure" in page.text
    path = f"/agents/personnes/{person}/suivis/{furnished.things['follow_up']}/clore"
    assert browser.post(path).status_code == 404
    browser.post("/agents/structure", data={"organisation": furnished.things["organisation"]})
    assert browser.post(path).status_code == 303


@ON_SQLITE
@pytest.mark.parametrize(
    "path",
    [
        "/agents/personnes/{expected}/suivis/{follow_up}/clore",
        "/agents/personnes/{expected}/suivis/{follow_up}/inviter",
        "/agents/personnes/{expected}/suivis/{follow_up}/reserver",
        "/agents/personnes/{expected}/rendez-vous/{participation}/annuler",
        "/agents/personnes/{expected}/rendez-vous/{participation}/issue",
        "/agents/personnes/{expected}/rappels/{callback}/fait",
        "/agents/seances/{session}/personnes/{seat}",
        "/agents/seances/{session}/personnes/{seat}/annuler",
    ],
)
def test_an_address_that_mixes_two_things_leads_nowhere(furnished: Walk, path: str) -> None:
    before = furnished.contents()
    assert furnished.ask("own", Row("POST", path, {})).status_code == 404
    assert not furnished.changed(before)


@ON_SQLITE
def test_a_new_route_has_a_row(walk: Walk) -> None:
    missing = addresses(walk.flask) - {address(walk, row) for row in ROWS}
    assert not missing, f"no row in {TABLE} for {sorted(missing)}: its first lines say how to add one"


@ON_SQLITE
def test_every_row_leads_to_a_route_and_there_is_one_of_each(walk: Walk) -> None:
    asked = [(row.method, row.path) for row in ROWS]
    assert [address(walk, row) for row in ROWS]
    assert len(set(asked)) == len(asked)


def address(walk: Walk, row: Row) -> tuple[str, str]:
    """The rule that a row's path leads to, and its method."""
    path = row.path.format(**walk.things).split("?")[0]
    rule, _ = walk.flask.url_map.bind("").match(path, row.method, return_rule=True)
    return rule.rule, row.method


def addresses(flask: Flask) -> set[tuple[str, str]]:
    return {
        (rule.rule, method)
        for rule in flask.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

"""Once everybody is forgotten, every page of the team opens still: lists, batches, letters and imports that spoke of them."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from invitations import forgetting
from invitations.codes import Codes
from invitations.database import Database
from invitations.models import AgentRole, Beneficiary, Role
from tests.app.team import Team
from tests.app.walk_table import ROWS
from tests.app.walk_things import make_things
from tests.conftest import SECRET, Clock

# What speaks of people, or of what was done for them. Settings and what one agent has for themselves do not.
ABOUT_PEOPLE = tuple(
    f"/agents/{name}"
    for name in (
        *("a-appeler", "agenda", "courriers", "envois", "evaluations", "imports", "journee", "messages", "personnes"),
        *("rappels", "reponses", "resultats", "seances", "vagues"),
    )
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is looked at is pages."""
    return sqlite_url


def test_every_page_opens_or_says_that_what_it_was_about_is_gone(
    database: Database, flask_app: Flask, clock: Clock
) -> None:
    team = Team(database, clock())
    with team.changing() as world:
        things = make_things(world, Codes(SECRET))
        role = world.session.get_one(AgentRole, (world.agent.id, world.organisation.id))
        role.role, role.may_export = Role.ADMIN, True
        everybody = world.session.scalars(select(Beneficiary.id).order_by(Beneficiary.id)).all()
        forgetting.forget(world.session, everybody, now=world.now)
    browser = team.browser(flask_app)
    asked = [
        row.path for row in ROWS if row.method == "GET" and row.path.startswith(ABOUT_PEOPLE) and ".pdf" not in row.path
    ]
    answers = {path: browser.get(path.format(**things)).status_code for path in asked}
    assert {path: status for path, status in answers.items() if status not in {200, 404}} == {}
    assert {path for path, status in answers.items() if status == 404} >= {"/agents/personnes/{person}"}
    assert [path for path, status in answers.items() if status == 404 and "{" not in path] == []

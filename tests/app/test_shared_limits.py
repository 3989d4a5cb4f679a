"""Limits are kept in the database: what one process has counted, another refuses."""

from __future__ import annotations

import subprocess
import sys

import pytest
from flask import Flask

from app.public.code import ADDRESS, places_of
from invitations import sign_in_tries, tries
from invitations.codes import Codes
from invitations.database import Database
from invitations.sign_in_tries import FROM_ADDRESS, HERE, LINKS_FROM_ADDRESS, SECOND_STEP, Origin
from invitations.tries import Limit, Party
from tests.app.team import Team
from tests.conftest import SECRET, Clock

EMAIL, THERE = "claire@drome.example", "203.0.113.9"
# What another process does: it spends all of what one party has on each surface.
SPENDING = """
import sys
from datetime import datetime
from invitations import tries
from invitations.codes import Codes
from invitations.database import Database
from invitations.tries import Limit, Party
url, key, now, *parties = sys.argv[1:]
database = Database(url)
with database.writing() as session:
    for one in parties:
        surface, most, minutes, name = one.split("|")
        from datetime import timedelta
        party = Party(Limit(surface, int(most), timedelta(minutes=int(minutes))), name)
        for _ in range(int(most)):
            tries.count(session, [party], codes=Codes(key), now=datetime.fromisoformat(now))
"""


def spend_elsewhere(url: str, clock: Clock, *parties: Party) -> None:
    said = [f"{one.limit.surface}|{one.limit.most}|{one.limit.window.seconds // 60}|{one.name}" for one in parties]
    words = [sys.executable, "-c", SPENDING, url, SECRET, clock().isoformat(), *said]
    subprocess.run(words, check=True, timeout=60)


def test_what_another_process_has_counted_is_refused_here(
    database_url: str, database: Database, flask_app: Flask, clock: Clock
) -> None:
    team = Team(database, clock())
    with team.changing() as world:
        agent = world.make_agent(email=EMAIL)
    every = (
        Party(HERE, f"{EMAIL} {THERE}"),
        Party(SECOND_STEP, str(agent.id)),
        Party(LINKS_FROM_ADDRESS, THERE),
        Party(ADDRESS, places_of(THERE)[0]),
        Party(Limit("api", 20), "key:1"),
    )
    spend_elsewhere(database_url, clock, *every)
    client = flask_app.test_client()
    there = {"REMOTE_ADDR": THERE}
    for path, data in (
        ("/agents/connexion", {"email": EMAIL, "password": "une phrase assez longue"}),
        ("/agents/mot-de-passe-oublie", {"email": EMAIL}),
        ("/code", {"code": "K7MX4QPD"}),
    ):
        assert client.post(path, data=data, environ_overrides=there).status_code == 429, path
    with database.reading() as session:
        for one in every:
            assert tries.is_over(session, one, codes=Codes(SECRET), now=clock()), one
            other = Party(one.limit, "somebody else")
            assert not tries.is_over(session, other, codes=Codes(SECRET), now=clock())


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("a:b", "a:b"),
        ("", ""),
    ],
)
def test_whoever_has_one_address_of_a_line_has_them_all(address: str, line: str) -> None:
    origin = Origin(address)
    assert origin.line == line
    assert Party(FROM_ADDRESS, line) in sign_in_tries.parties(EMAIL, origin, Codes(SECRET))

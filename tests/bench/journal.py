"""The journal with 5 million lines of a year, 40 organisations of one département: a page of it, as it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import text

from invitations import journal, journal_reading
from invitations.database import Database
from invitations.journal_reading import Asked
from invitations.models import Origin
from tests.bench import territory
from tests.bench.engines import Servers, analyse
from tests.bench.figures import Figure, milliseconds_of, seconds
from tests.factories import World

SUBJECT = "journal"
LINES = 5_000_000
TEAMS = 40
PEOPLE = 200
NOW = territory.NOW
# A page that nobody waits for; what is searched for everywhere, and is not there, may take longer (docs/decisions/0035).
LIMIT, RARE = 300.0, 2_000.0  # ms
# A third of the lines are one team's; one in 25,000 is about one of the people asked about.
FILL = """INSERT INTO audit_events (at, action, organisation_id, agent_id, beneficiary_id, details, origin)
SELECT CAST(:now AS timestamptz) - (:lines - g) * (interval '365 days' / :lines),
  (ARRAY['appointment.booked', 'follow_up.invitation', 'outcome.recorded', 'person.opened', 'contact.sms_refused'])[1 + g % 5],
  :team + CASE WHEN g % 3 = 0 THEN 0 ELSE g % 40 END, CASE WHEN g % 2 = 0 THEN :agent END,
  CASE WHEN g % 25000 = 0 THEN :person + g / 25000 % 200 END, '{}', 'page' FROM generate_series(1, :lines) AS g"""


def measure(servers: Servers) -> Iterator[Figure]:
    lines = round(LINES * servers.share)
    with servers.database("PostgreSQL") as database:
        own, teams, person = build(database, lines)
        for what, (asked, limit) in questions(own, teams, person, lines).items():
            yield Figure(SUBJECT, what, "PostgreSQL", "ms", read(database, asked), limit=limit)
        with database.writing() as session:
            took = seconds(lambda: journal.purge(session, now=NOW + timedelta(days=2))) * 1000
        yield Figure(SUBJECT, "a night's purge", "PostgreSQL", "ms", [took])


def build(database: Database, lines: int) -> tuple[int, tuple[int, ...], int]:
    with database.writing() as session:
        world = World(session, NOW)
        own = world.organisation.id
        teams = (own, *(world.make_organisation().id for _ in range(TEAMS - 1)))
        person = min(world.make_beneficiary().id for _ in range(PEOPLE))
        filled = {"now": NOW, "lines": lines, "team": own, "agent": world.agent.id, "person": person}
        session.execute(text(FILL), filled)
    analyse(database)
    return own, teams, person


def questions(own: int, teams: tuple[int, ...], person: int, lines: int) -> dict[str, tuple[Asked, float]]:
    month = NOW - timedelta(days=30)
    rare = frozenset({"trial.started"})
    return {
        "a team's month": (Asked((own,), since=month), LIMIT),
        "a team's year, page 50,000": (Asked((own,), before=lines // 2 // 120 * 120), LIMIT),
        "the département's month": (Asked(teams, since=month), LIMIT),
        "one person": (Asked(teams, beneficiary_id=person + 3), LIMIT),
        "a month, by an act nobody did": (Asked(teams, since=month, actions=rare), LIMIT),
        "a month, by a door nobody took": (Asked(teams, since=month, origins=(Origin.JOB,)), LIMIT),
        "a year, by an act nobody did": (Asked(teams, actions=rare), RARE),
    }


def read(database: Database, asked: Asked) -> list[float]:
    def page() -> None:
        with database.reading() as session:
            journal_reading.read(session, asked, seen_by=asked.organisation_ids[:1])

    return milliseconds_of(page, runs=5, warm_up=1)

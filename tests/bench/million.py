"""A département of a million participations, written by the engine itself: seven tables by INSERT … SELECT, drawn by arithmetic."""

from __future__ import annotations

import random

from sqlalchemy import Connection, text

from invitations.database import Database
from invitations.models import CategoryKind, Organisation
from tests.bench import territory
from tests.bench.engines import analyse
from tests.factories import World

NOW = territory.NOW
ORGANISATIONS = 40
DAYS = 3 * 365
# Of ten people, two never get an appointment, five one, two two, one three: 1.2 each.
PEOPLE = 833_334
CONFIRMATIONS = 10_000_000  # their ids begin here
# Rows of one statement.
AT_ONCE = 200_000

# As good as drawn, and the same for the same person: the upper half of 32 bits (Knuth's multiplicative hashing).
DRAWN = "((({i} * {by} + {salt}) % 4294967296) / 65536 % {of})"


def build(database: Database, people: int = PEOPLE) -> World:
    """The world of the tests, its forty teams, and so many people addressed over three years; triggers sleep meanwhile."""
    with database.writing() as session:
        world = World(session, NOW)
        for _ in range(ORGANISATIONS - 1):
            world.make_organisation()
        world.make_category(code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT)
        session.flush()
        last = session.query(Organisation.id).count()
    assert last == ORGANISATIONS
    engine = Sqlite() if database.is_sqlite else Postgres()
    for first in range(1, people + 1, AT_ONCE):
        with database.engine.begin() as connection:
            engine.fall_asleep(connection)
            for statement in statements(engine, first, min(first + AT_ONCE - 1, people)):
                connection.execute(text(statement))
            engine.wake(connection)
    with database.engine.begin() as connection:
        engine.catch_up(connection)
    analyse(database)
    return world


class Postgres:
    """Moments and series as PostgreSQL writes them."""

    @staticmethod
    def at(minutes: str) -> str:
        return f"TIMESTAMPTZ '{NOW:%Y-%m-%d %H:%M}+00' + ({minutes}) * INTERVAL '1 minute'"

    @staticmethod
    def day(days: str) -> str:
        return f"DATE '{NOW:%Y-%m-%d}' + ({days})::int"

    @staticmethod
    def numbers(first: int, last: int) -> str:
        return f"(SELECT i::bigint FROM generate_series({first}, {last}) AS i) AS n"

    true, false = "true", "false"

    def fall_asleep(self, connection: Connection) -> None:
        connection.execute(text("SET LOCAL session_replication_role = replica"))

    def wake(self, connection: Connection) -> None:
        pass

    def catch_up(self, connection: Connection) -> None:
        for table in ("beneficiaries", "follow_ups", "invitations", "appointments", "participations", "messages"):
            connection.execute(text(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))"))


class Sqlite:
    """The same as SQLite writes them."""

    @staticmethod
    def at(minutes: str) -> str:
        return f"strftime('%Y-%m-%d %H:%M:%f000', '{NOW:%Y-%m-%d %H:%M}', ({minutes}) || ' minutes')"

    @staticmethod
    def day(days: str) -> str:
        return f"date('{NOW:%Y-%m-%d}', ({days}) || ' days')"

    @staticmethod
    def numbers(first: int, last: int) -> str:
        series = f"WITH RECURSIVE s(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM s WHERE i < {last})"
        return f"({series} SELECT i FROM s) AS n"

    true, false = "1", "0"

    def fall_asleep(self, connection: Connection) -> None:
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        self.asleep = found
        for name, _ in found:
            connection.execute(text(f"DROP TRIGGER {name}"))

    def wake(self, connection: Connection) -> None:
        for _, sql in self.asleep:
            connection.exec_driver_sql(sql)

    def catch_up(self, connection: Connection) -> None:
        pass


def statements(engine: Postgres | Sqlite, first: int, last: int) -> list[str]:
    def drawn(of: int, salt: int = 0) -> str:
        return DRAWN.format(i="i", by=random.Random(salt).getrandbits(31) | 1, salt=salt, of=of)

    addressed = f"-1440 * {drawn(DAYS)} - {drawn(600, 5)}"
    met = f"{addressed} + 1440 * (3 + {drawn(50, 11)})"
    opened = f"-{drawn(DAYS)} - {drawn(200, 7)}"
    organisation, category = f"1 + {drawn(ORGANISATIONS, 3)}", f"1 + {drawn(2, 13)}"
    now, numbers = engine.at("0"), engine.numbers(first, last)
    mode = f"CASE {drawn(3, 17)} WHEN 0 THEN 'invitation' WHEN 1 THEN 'proposition' ELSE 'convocation' END"
    outcome = (
        f"CASE WHEN {met} > 0 THEN 'unknown' WHEN {drawn(100, 19)} < 70 THEN 'seen' WHEN {drawn(100, 19)} < 88 THEN 'noshow'"
        f" WHEN {drawn(100, 19)} < 93 THEN 'excused' WHEN {drawn(100, 19)} < 97 THEN 'revoked' ELSE 'unknown' END"
    )
    author = f"CASE WHEN {drawn(2, 23)} = 0 THEN 'beneficiary' ELSE 'agent' END"
    told = [
        "INSERT INTO beneficiaries (id, uid, department_id, first_name, last_name, first_name_key, search_key, language,"
        " logistic_note, needs, rights_opened_on, created_at, updated_at)"
        f" SELECT i, 'b' || i, 1, 'A', 'B' || i, 'a', 'a b' || i, 'fr', '', '[]', {engine.day(opened)}, {now}, {now}"
        f" FROM {numbers}",
        "INSERT INTO memberships (beneficiary_id, organisation_id, created_at)"
        f" SELECT i, {organisation}, {now} FROM {numbers}",
        "INSERT INTO follow_ups (id, uid, beneficiary_id, category_id, status, status_since, call_tries, created_at)"
        f" SELECT i, 'f' || i, i, {category}, 'seen', {now}, 0, {now} FROM {numbers}",
        "INSERT INTO invitations (id, uid, follow_up_id, organisation_id, mode, with_referents, to_mobile, created_at)"
        f" SELECT i, 'i' || i, i, {organisation}, {mode}, {engine.false},"
        f" {drawn(5, 29)} > 0, {engine.at(addressed)} FROM {numbers}",
        "INSERT INTO messages (id, once, organisation_id, beneficiary_id, invitation_id, kind, channel, version, language,"
        " address, subject, body, segments, state, due_at, leaves_at_once, attempts, looks, settled_at, created_at)"
        f" SELECT i, 'm' || i, {organisation}, i, i, {mode}, CASE {drawn(3, 31)} WHEN 0 THEN 'email' ELSE 'sms' END, 0, 'fr',"
        f" '', '', '', 1, CASE {drawn(3, 31)} WHEN 0 THEN 'sent' ELSE 'delivered' END, {engine.at(addressed)},"
        f" {engine.false}, 1, 0, {engine.at(addressed)}, {engine.at(addressed)} FROM {numbers}",
    ]
    for number, share in enumerate((8, 3, 1)):
        where = f"WHERE {drawn(10, 37)} < {share}"
        told += [
            "INSERT INTO appointments (id, uid, organisation_id, type_id, starts_at, ends_at, seats, seats_taken, title,"
            " version, created_by, created_at)"
            f" SELECT i * 3 + {number}, 'a' || i || '-{number}', {organisation}, 1, {engine.at(f'{met} + {number} * 20000')},"
            f" {engine.at(f'{met} + {number} * 20000 + 45')}, 1, 0, '', 0, {author}, {engine.at(addressed)}"
            f" FROM {numbers} {where}",
            "INSERT INTO participations (id, uid, appointment_id, beneficiary_id, follow_up_id, outcome, versions_before,"
            " created_by, created_at)"
            f" SELECT i * 3 + {number}, 'p' || i || '-{number}', i * 3 + {number}, i, i, {outcome}, 0, {author},"
            f" {engine.at(addressed)} FROM {numbers} {where}",
            "INSERT INTO messages (id, once, organisation_id, beneficiary_id, participation_id, kind, channel, version, language,"
            " address, subject, body, segments, state, due_at, leaves_at_once, attempts, looks, settled_at, created_at)"
            f" SELECT i * 3 + {number} + {CONFIRMATIONS}, 'c' || i || '-{number}', {organisation}, i, i * 3 + {number}, 'booked',"
            f" 'sms', 0, 'fr', '', '', '', 1, 'delivered', {engine.at(addressed)}, {engine.true}, 1, 0, {engine.at(addressed)},"
            f" {engine.at(addressed)} FROM {numbers} {where}",
        ]
    return told

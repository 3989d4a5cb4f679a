"""The journal is only added to: the database itself refuses the rest."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from invitations import forgetting, journal, merging, purging
from invitations.database import Database
from invitations.journal import Whence
from invitations.models import AuditEvent, Beneficiary, Origin
from tests.factories import World

REFUSED = "audit_events_kept"


def noted(session: Session, world: World, *, at: datetime | None = None, **details: Any) -> int:
    journal.note(
        session,
        "follow_up.closed",
        now=at or world.now,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        beneficiary_id=world.make_beneficiary().id,
        **(details or {"follow_up_id": 7, "count": 2}),
    )
    return session.scalars(select(AuditEvent.id).order_by(AuditEvent.id.desc())).first() or 0


def is_refused(session: Session, statement: Any) -> bool:
    try:
        with session.begin_nested():
            session.execute(statement)
    except DatabaseError as error:
        return REFUSED in str(error.orig)
    return False


CHANGES: tuple[dict[str, Any], ...] = (
    {"action": "follow_up.reopened"},
    {"at": datetime.fromisoformat("2020-01-01T00:00+00:00")},
    {"agent_id": None},
    {"organisation_id": None},
    {"origin": Origin.JOB},
    {"network": "203.0.113.0/24"},
    {"details": {"follow_up_id": 7, "count": 3}},
    {"details": {}},
    {"beneficiary_id": None},
)


def test_a_line_stays_as_it_was_written(session: Session, world: World) -> None:
    line = noted(session, world)
    allowed = [
        one for one in CHANGES if not is_refused(session, update(AuditEvent).where(AuditEvent.id == line).values(**one))
    ]
    assert not allowed


def test_whoever_is_forgotten_leaves_the_line_that_spoke_of_them(session: Session, world: World) -> None:
    line = noted(session, world)
    person = session.get_one(AuditEvent, line).beneficiary_id or 0
    forgetting.forget(session, [person], now=world.now)
    kept = session.get_one(AuditEvent, line)
    assert (kept.action, kept.beneficiary_id, kept.details) == ("follow_up.closed", None, {})
    elsewhere = update(AuditEvent).where(AuditEvent.id == line).values(beneficiary_id=world.make_beneficiary().id)
    assert is_refused(session, elsewhere), "a line about nobody is given to nobody again"


def test_a_line_follows_a_record_that_is_joined_to_another(session: Session, world: World) -> None:
    one, other = world.make_follow_up(), world.make_follow_up()
    for follow_up in (one, other):
        journal.note(
            session,
            "follow_up.closed",
            now=world.now,
            organisation_id=world.organisation.id,
            beneficiary_id=follow_up.beneficiary_id,
            follow_up_id=follow_up.id,
        )
    kept = one.beneficiary_id
    merging.merge(
        session, one.beneficiary, other.beneficiary, {}, organisation_id=world.organisation.id, agent_id=world.agent.id,
        now=world.now,
    )  # fmt: skip
    lines = session.scalars(select(AuditEvent).where(AuditEvent.action == "follow_up.closed")).all()
    assert {line.beneficiary_id for line in lines} == {kept}
    assert session.get(Beneficiary, kept) is not None


def test_a_line_is_not_deleted_before_its_year_is_over(session: Session, world: World) -> None:
    line = noted(session, world)
    assert is_refused(session, delete(AuditEvent).where(AuditEvent.id == line))
    noted(session, world, at=world.now + timedelta(days=364))
    assert is_refused(session, delete(AuditEvent).where(AuditEvent.id == line))
    noted(session, world, at=world.now + timedelta(days=366))
    assert not is_refused(session, delete(AuditEvent).where(AuditEvent.id == line))


def test_postgresql_does_not_truncate_it(database: Database) -> None:
    if database.is_sqlite:
        assert "TRUNCATE" not in " ".join(sqlite_triggers(database))
        return
    with pytest.raises(DatabaseError, match=REFUSED), database.writing() as session:
        session.execute(text("TRUNCATE audit_events CASCADE"))


def sqlite_triggers(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.scalars(text("SELECT sql FROM sqlite_master WHERE type = 'trigger'")))


def test_the_purge_takes_what_is_older_than_a_year_and_says_so(session: Session, world: World) -> None:
    old, young = noted(session, world, at=world.now - timedelta(days=367)), noted(session, world)
    purging.finish(session, now=world.now)
    left = {line.id: line for line in session.scalars(select(AuditEvent).order_by(AuditEvent.id))}
    assert old not in left
    assert young in left
    said = [line.details for line in left.values() if line.action == "journal.purged"]
    assert said == [{"lines": 1, "before": "2025-11-23"}]


def test_the_purge_of_a_quiet_journal_needs_nothing_that_came_after(session: Session, world: World) -> None:
    """Nothing has been noted for years: the purge's own line is the year that has passed."""
    noted(session, world, at=world.now - timedelta(days=800))
    purging.finish(session, now=world.now)
    assert session.scalars(select(AuditEvent.action)).all() == ["journal.purged"]
    purging.finish(session, now=world.now)
    assert session.scalars(select(AuditEvent.action)).all() == ["journal.purged"]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:abcd:12:34::5", "2001:db8:abcd::/48"),
        ("127.0.0.1", "127.0.0.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("unix:", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_is_kept_as_its_network(address: str | None, network: str | None) -> None:
    assert journal.network_of(address) == network


def test_what_is_done_says_from_where_and_at_whose_desk(session: Session, world: World) -> None:
    with journal.come_from(Whence(Origin.PAGE, "203.0.113.0/24", world.organisation.id)):
        journal.note(session, "password.changed", now=world.now, agent_id=world.agent.id)
    journal.note(session, "slot.let_go", now=world.now)
    here, nowhere = session.scalars(select(AuditEvent).order_by(AuditEvent.id))
    assert (here.origin, here.network, here.organisation_id) == (Origin.PAGE, "203.0.113.0/24", world.organisation.id)
    assert (nowhere.origin, nowhere.network, nowhere.organisation_id) == (None, None, None)

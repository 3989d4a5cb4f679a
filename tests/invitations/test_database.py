"""What both databases promise: turns for writers, no change by reading, aware moments, and no agent's time taken twice."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session

from invitations import database as both
from invitations.database import Database
from invitations.errors import DatabaseAway, DatabaseBusy, LinkUnknown
from invitations.models import Appointment, AppointmentAgent, AppointmentType, Author, JobRun
from tests.factories import World

HOUR = timedelta(hours=1)


def book(
    world: World,
    session: Session,
    *,
    starts_in: timedelta,
    length: timedelta = HOUR,
    is_live: bool = True,
    agent: int = 0,
) -> AppointmentAgent:
    """An appointment of the world's agent, written past every rule in Python."""
    starts_at = world.now + starts_in
    made = world.add(
        Appointment(
            uid=f"appointment {next(world.numbers)}",
            organisation_id=world.organisation.id,
            type_id=world.type.id,
            place_id=world.place.id,
            starts_at=starts_at,
            ends_at=starts_at + length,
            created_by=Author.AGENT,
            created_at=world.now,
        )
    )
    taken = AppointmentAgent(
        appointment_id=made.id,
        agent_id=agent or world.agent.id,
        starts_at=starts_at,
        ends_at=starts_at + length,
        busy_until=starts_at + length,
        is_live=is_live,
    )
    return world.add(taken)


@pytest.mark.parametrize(
    ("starts_in", "length"),
    [(HOUR, HOUR), (HOUR / 2, HOUR), (HOUR * 3 / 2, HOUR), (HOUR / 2, 2 * HOUR), (HOUR * 5 / 4, HOUR / 4)],
    ids=["same", "its start", "its end", "around it", "inside it"],
)
def test_the_database_refuses_a_second_live_appointment_of_an_agent(
    world: World, session: Session, starts_in: timedelta, length: timedelta
) -> None:
    book(world, session, starts_in=HOUR)
    with pytest.raises(IntegrityError):
        book(world, session, starts_in=starts_in, length=length)


@pytest.mark.parametrize("starts_in", [timedelta(), 2 * HOUR], ids=["until it", "from it"])
def test_contact_is_free(world: World, session: Session, starts_in: timedelta) -> None:
    book(world, session, starts_in=HOUR)
    assert book(world, session, starts_in=starts_in).is_live


def test_another_agent_may_receive_at_the_same_time(world: World, session: Session) -> None:
    book(world, session, starts_in=HOUR)
    assert book(world, session, starts_in=HOUR, agent=world.make_agent().id).is_live


def test_a_cancelled_appointment_frees_the_time(world: World, session: Session) -> None:
    book(world, session, starts_in=HOUR, is_live=False)
    assert book(world, session, starts_in=HOUR).is_live


def test_the_database_refuses_a_move_onto_another_appointment(world: World, session: Session) -> None:
    book(world, session, starts_in=HOUR)
    other = book(world, session, starts_in=3 * HOUR)
    other.starts_at, other.ends_at = world.now + HOUR, world.now + 2 * HOUR
    with pytest.raises(IntegrityError):
        session.flush()


def test_the_database_refuses_to_revive_what_was_overtaken(world: World, session: Session) -> None:
    cancelled = book(world, session, starts_in=HOUR, is_live=False)
    book(world, session, starts_in=HOUR)
    cancelled.is_live = True
    with pytest.raises(IntegrityError):
        session.flush()


def test_an_appointment_may_move_over_its_own_old_time(world: World, session: Session) -> None:
    one = book(world, session, starts_in=HOUR)
    one.starts_at += HOUR / 2
    one.ends_at += HOUR / 2
    session.flush()
    assert one.starts_at == world.now + HOUR * 3 / 2


def test_after_a_refusal_inside_a_savepoint_the_rest_of_the_act_goes_on(world: World, session: Session) -> None:
    book(world, session, starts_in=HOUR)
    with pytest.raises(IntegrityError), session.begin_nested():
        book(world, session, starts_in=HOUR)
    book(world, session, starts_in=2 * HOUR)
    assert len(session.scalars(select(AppointmentAgent)).all()) == 2


def test_an_appointment_ends_after_it_starts(world: World, session: Session) -> None:
    with pytest.raises(IntegrityError):
        book(world, session, starts_in=HOUR, length=timedelta())


def test_reading_changes_nothing(database: Database, now: datetime) -> None:
    with database.reading() as session:
        session.add(JobRun(job="look", slot="1", started_at=now))
        session.flush()
    with database.reading() as session:
        assert session.scalars(select(JobRun)).all() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE job_runs SET job = 'seen'",
        "  delete from job_runs",
        "WITH none AS (SELECT 1) UPDATE job_runs SET job = 'seen'",
    ],
)
def test_nor_does_reading_with_a_hand_in_it(database: Database, now: datetime, change: str) -> None:
    with database.writing() as session:
        session.add(JobRun(job="kept", slot="1", started_at=now))
    with database.reading() as session:
        session.execute(text(change))
    with database.reading() as session:
        assert session.scalars(select(JobRun.job)).all() == ["kept"]


def test_what_is_changed_in_memory_while_reading_is_let_go(database: Database, now: datetime) -> None:
    """Nothing was said but SELECT: the transaction ends with a COMMIT, and the row must not slip into it."""
    with database.writing() as session:
        session.add(JobRun(job="kept", slot="1", started_at=now))
    with database.reading() as session:
        session.scalars(select(JobRun)).one().job = "changed"
        session.add(JobRun(job="new", slot="1", started_at=now))
    with database.reading() as session:
        assert session.scalars(select(JobRun.job)).all() == ["kept"]


def test_what_was_read_is_there_for_the_page_that_tells_of_a_refusal(database: Database, now: datetime) -> None:
    with database.writing() as session:
        session.add(JobRun(job="kept", slot="1", started_at=now))
    read: list[JobRun] = []

    def be_refused(*, with_a_hand_in_it: bool) -> None:
        with database.reading() as session:
            read.append(session.scalars(select(JobRun)).one())
            if with_a_hand_in_it:
                session.execute(text("UPDATE job_runs SET slot = '2'"))
            raise LinkUnknown

    for with_a_hand_in_it in (True, False):
        with pytest.raises(LinkUnknown):
            be_refused(with_a_hand_in_it=with_a_hand_in_it)
    assert [(one.job, one.slot) for one in read] == [("kept", "1")] * 2


def test_postgresql_plans_what_readers_ask_often_once(postgres_url: str) -> None:
    """A ROLLBACK makes the driver forget what it has prepared; readers end otherwise, those who are refused too."""
    database = Database(postgres_url)
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%job_runs%'")
    for _ in range(8):
        with database.reading() as session:
            session.scalars(select(JobRun)).all()

    def be_refused() -> None:
        with database.reading() as session:
            session.scalars(select(JobRun)).all()
            raise LinkUnknown

    with pytest.raises(LinkUnknown):
        be_refused()
    with database.reading() as session:
        assert session.scalar(prepared) == 1
    database.engine.dispose()


def test_writing_is_all_or_nothing(database: Database, now: datetime) -> None:
    def half() -> None:
        with database.writing() as session:
            session.execute(insert(JobRun).values(job="half", slot="1", started_at=now))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        half()
    with database.writing() as session:
        session.execute(insert(JobRun).values(job="whole", slot="1", started_at=now))
    with database.reading() as session:
        assert session.scalars(select(JobRun.job)).all() == ["whole"]


def test_a_moment_comes_back_as_the_same_moment(database: Database, now: datetime) -> None:
    paris = now.astimezone(ZoneInfo("Europe/Paris"))
    with database.writing() as session:
        session.add(JobRun(job="paris", slot="1", started_at=paris))
    with database.reading() as session:
        found = session.scalars(select(JobRun.started_at)).one()
    assert found == now
    assert found.utcoffset() == timedelta()


def test_a_moment_without_a_zone_is_refused(session: Session, now: datetime) -> None:
    session.add(JobRun(job="naive", slot="1", started_at=now.replace(tzinfo=None)))
    with pytest.raises(StatementError, match="without a time zone"):
        session.flush()


def test_a_value_outside_its_enumeration_is_refused(world: World, session: Session) -> None:
    with pytest.raises(StatementError):
        session.execute(update(AppointmentType).values(place_type="on the moon"))


def test_an_enumeration_is_stored_by_its_value(world: World, session: Session) -> None:
    assert session.execute(text("SELECT place_type FROM appointment_types")).scalar_one() == "public_office"


def test_a_row_that_others_point_to_cant_vanish(world: World, session: Session) -> None:
    with pytest.raises(IntegrityError):
        session.execute(text("DELETE FROM organisations"))


def test_writers_on_sqlite_take_turns(sqlite_url: str, now: datetime) -> None:
    """The second writer waits at the door; nobody is refused in the middle of an act."""
    database, order = Database(sqlite_url), []
    inside, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with database.writing() as session:
            inside.set()
            go_on.wait(30)
            session.add(JobRun(job="first", slot="1", started_at=now))
            order.append("first")

    def second() -> None:
        inside.wait(30)
        with database.writing() as session:
            order.append("second sees " + ", ".join(session.scalars(select(JobRun.job))))

    writers = [threading.Thread(target=first), threading.Thread(target=second)]
    for writer in writers:
        writer.start()
    inside.wait(30)
    go_on.set()
    for writer in writers:
        writer.join(60)
    database.engine.dispose()
    assert order == ["first", "second sees first"]


def test_readers_on_sqlite_never_wait_for_a_writer(sqlite_url: str, now: datetime) -> None:
    database = Database(sqlite_url)
    with database.writing() as writer:
        writer.add(JobRun(job="unfinished", slot="1", started_at=now))
        writer.flush()
        with database.reading() as reader:
            assert reader.scalars(select(JobRun)).all() == []
    database.engine.dispose()


def test_a_writer_who_waited_too_long_is_told_so(sqlite_url: str) -> None:
    patient, hasty = Database(sqlite_url), Database(sqlite_url, patience=timedelta(milliseconds=50))

    def try_to_write() -> None:
        with hasty.writing():
            pytest.fail("two writers at once")

    with patient.writing(), pytest.raises(DatabaseBusy):
        try_to_write()
    patient.engine.dispose()
    hasty.engine.dispose()


def test_a_database_that_is_not_there_is_named_for_it(tmp_path: Path) -> None:
    unreachable = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}")

    def look() -> None:
        with unreachable.reading() as session:
            session.execute(select(1))

    with pytest.raises(DatabaseAway) as away:
        look()
    assert "unable to open" in str(away.value.__cause__)


def test_a_postgresql_address_finds_its_driver() -> None:
    engine = both.make_engine("postgresql://rdv@127.0.0.1:1/rdv")
    assert engine.driver == "psycopg"
    engine.dispose()


def test_a_full_disk_below_postgresql_is_no_fault_of_the_page(postgres_url: str) -> None:
    database = Database(postgres_url)
    full = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
    with pytest.raises(DatabaseAway), database.writing() as session:
        session.execute(text(full))
    database.engine.dispose()


def test_whoever_goes_on_after_the_connection_was_lost_is_told_that_the_database_is_away(postgres_url: str) -> None:
    database = Database(postgres_url)
    with pytest.raises(DatabaseAway) as away:
        be_cut_and_go_on(database)
    assert away.value.details["error"] == "PendingRollbackError", "not the loss itself, which was caught"
    database.engine.dispose()


def be_cut_and_go_on(database: Database) -> None:
    with database.writing() as session:
        ours = session.scalar(text("SELECT pg_backend_pid()"))
        with database.writing() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": ours})
        with suppress(OperationalError):
            session.execute(text("SELECT 1"))
        session.execute(text("SELECT 1"))

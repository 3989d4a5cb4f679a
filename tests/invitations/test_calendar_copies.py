"""Agents' calendars of elsewhere, read by one or several schedulers from real servers that behave and misbehave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, update

from invitations import calendar_copies, external_calendars
from invitations.agenda.search import find_slots
from invitations.calendar_copies import AHEAD, EVERY, LEASE, MOST_KEPT, SEALED, SELDOM
from invitations.database import Database
from invitations.models import Agent, AgentRole, BusyTime, ExternalCalendar
from invitations.sealing import Seals
from notifications.fetching import Guard
from notifications.ics_reading import Unusable
from notifications.web_addresses import Trouble
from tests.app.team import Team, expect
from tests.conftest import NOW, SECRET, Clock
from tests.doubles.web import Handler, Site, running_site
from tests.notifications.test_ics_reading import calendar
from tests.notifications.test_ics_reading import event as busy_event

MEETING = busy_event("DTSTART:20261126T080000Z", "DTEND:20261126T090000Z", "SUMMARY:Secret", uid="meeting")
LUNCH = busy_event("DTSTART:20261126T110000Z", "DTEND:20261126T123000Z", uid="lunch")
NINE = datetime(2026, 11, 26, 8, tzinfo=UTC)  # in Paris
HOUR = timedelta(hours=1)


@pytest.fixture
def team(database: Database, clock: Clock) -> Team:
    return Team(database, clock())


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        running.serve("/a.ics", calendar(MEETING))
        yield running


@pytest.fixture
def seals() -> Seals:
    return Seals(SECRET)


class Reader:
    """A scheduler's part: reads what is due, and tells what the tables then hold."""

    def __init__(self, team: Team, site: Site, seals: Seals, clock: Clock) -> None:
        self.team, self.site, self.seals, self.clock = team, site, seals, clock

    def connect(self, path: str = "/a.ics", agent: Agent | None = None) -> int:
        with self.team.changing() as world:
            made = external_calendars.add(
                world.session,
                agent_id=(agent or world.agent).id,
                organisation_id=world.organisation.id,
                address=self.site.url(path),
                label="Outlook",
                seals=self.seals,
                public_url="https://rdv.drome.example",
                allowed=self.site.spots,
                now=self.clock(),
            )
            return made.id

    def read(self, database: Database | None = None, seals: Seals | None = None) -> int:
        return calendar_copies.read_due(
            database or self.team.database,
            guard=Guard(allowed=self.site.spots),
            seals=seals or self.seals,
            clock=self.clock,
            should_stop=lambda: False,
        )

    def read_in(self, wait: timedelta) -> int:
        self.clock.pass_by(wait)
        return self.read()

    def busy(self) -> list[tuple[datetime, datetime]]:
        with self.team.database.reading() as session:
            return [
                (one.starts_at, one.ends_at)
                for one in session.scalars(select(BusyTime).order_by(BusyTime.starts_at, BusyTime.id))
            ]

    def calendar(self) -> ExternalCalendar:
        with self.team.database.reading() as session:
            found = session.scalars(select(ExternalCalendar)).one()
            session.expunge_all()
            return found


@pytest.fixture
def reader(team: Team, site: Site, seals: Seals, clock: Clock) -> Reader:
    return Reader(team, site, seals, clock)


# A copy


def test_a_calendar_is_read_at_once_then_every_quarter_of_an_hour(reader: Reader, site: Site) -> None:
    reader.connect()
    assert reader.read() == 1
    assert reader.busy() == [(NINE, NINE + HOUR)]
    assert reader.read() == 0
    assert reader.read_in(EVERY - timedelta(seconds=1)) == 0
    assert reader.read_in(timedelta(seconds=1)) == 1
    assert len(site.asked) == 2
    assert reader.calendar().fetched_at == reader.clock()


def test_nothing_but_when_is_kept(reader: Reader) -> None:
    reader.connect()
    reader.read()
    with reader.team.database.reading() as session:
        (row,) = session.scalars(select(BusyTime))
        assert set(BusyTime.__table__.columns.keys()) == {"id", "calendar_id", "agent_id", "starts_at", "ends_at"}
        assert row.agent_id == reader.team.world.agent.id


def test_the_new_copy_takes_the_place_of_the_old_and_only_what_differs_is_written(reader: Reader, site: Site) -> None:
    site.serve("/a.ics", calendar(MEETING, LUNCH))
    reader.connect()
    reader.read()
    with reader.team.database.reading() as session:
        before = {one.starts_at: one.id for one in session.scalars(select(BusyTime))}
    later = busy_event("DTSTART:20261127T080000Z", "DURATION:PT1H", uid="later")
    site.serve("/a.ics", calendar(MEETING, later))
    reader.read_in(EVERY)
    with reader.team.database.reading() as session:
        after = {one.starts_at: one.id for one in session.scalars(select(BusyTime))}
    assert sorted(after) == [NINE, NINE + timedelta(days=1)]
    assert after[NINE] == before[NINE]


def test_a_search_never_sees_half_a_copy(reader: Reader, site: Site, database: Database) -> None:
    """Someone who looks all the while sees the old day taken or the new one, never neither and never both."""
    reader.connect()
    reader.read()
    seen: list[int] = []
    stop = threading.Event()

    def look() -> None:
        other = Database(database.engine.url.render_as_string(hide_password=False))
        while not stop.is_set():
            with other.reading() as session:
                seen.append(session.scalar(select(func.count()).select_from(BusyTime)) or 0)
        other.engine.dispose()

    looking = threading.Thread(target=look)
    looking.start()
    for day in range(1, 8):
        site.serve("/a.ics", calendar(busy_event(f"DTSTART:202612{day:02d}T080000Z", "DURATION:PT1H")))
        reader.read_in(EVERY)
    stop.set()
    looking.join(30)
    assert set(seen) == {1}


def test_too_many_moments_are_cut_and_the_agent_is_told(reader: Reader, site: Site) -> None:
    first = datetime(2026, 12, 1, tzinfo=UTC)
    moments = (first + timedelta(hours=number) for number in range(MOST_KEPT + 7))
    site.serve(
        "/a.ics",
        calendar(*(busy_event(f"DTSTART:{one:%Y%m%dT%H%M%SZ}", "DURATION:PT1M", uid=f"{one}") for one in moments)),
    )
    reader.connect()
    reader.read()
    assert len(reader.busy()) == MOST_KEPT
    assert reader.busy()[0][0] == first
    assert reader.calendar().left_out == 7


def test_the_copy_reaches_from_yesterday_to_beyond_every_booking(reader: Reader, site: Site) -> None:
    site.serve("/a.ics", calendar(busy_event("DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=DAILY")))
    reader.connect()
    reader.read()
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    assert reader.busy() == [(midnight - timedelta(days=1), midnight + AHEAD)]


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Paris", 8), ("Indian/Reunion", 5), ("America/Guadeloupe", 13)])
def test_floating_times_are_those_of_the_agents_departement(reader: Reader, site: Site, zone: str, hour: int) -> None:
    with reader.team.changing() as world:
        world.session.merge(world.department).timezone = zone
    site.serve("/a.ics", calendar(busy_event("DTSTART:20261126T090000", "DURATION:PT1H")))
    reader.connect()
    reader.read()
    assert reader.busy()[0][0] == datetime(2026, 11, 26, hour, tzinfo=UTC)


def test_an_agent_of_no_organisation_is_read_in_metropolitan_time(reader: Reader, site: Site) -> None:
    reader.connect()
    with reader.team.changing() as world:
        world.session.query(AgentRole).delete()
    site.serve("/a.ics", calendar(busy_event("DTSTART:20261126T090000", "DURATION:PT1H")))
    reader.read()
    assert reader.busy()[0][0] == NINE


# What it blocks


def test_time_taken_elsewhere_is_offered_to_nobody_and_free_again_once_the_calendar_goes(reader: Reader) -> None:
    def starts() -> set[datetime]:
        with reader.team.changing() as world:
            found = find_slots(
                world.session, types=[world.type], after=NINE, before=NINE + timedelta(hours=4), now=reader.clock()
            )
            return {one.starts_at for one in found}

    free = starts()
    id_ = reader.connect()
    reader.read()
    assert NINE in free - starts()
    assert all(start >= NINE + HOUR for start in starts())
    with reader.team.changing() as world:
        external_calendars.remove(
            world.session,
            external_calendars.owned_by(world.session, id_, world.agent.id),
            organisation_id=world.organisation.id,
            now=NOW,
        )
    assert starts() == free
    assert reader.busy() == []


def test_what_was_booked_while_the_copy_was_old_stays(reader: Reader) -> None:
    with reader.team.changing() as world:
        met = expect(world, NINE)
    reader.connect()
    reader.read()
    with reader.team.changing() as world:
        assert world.session.merge(met).appointment.cancelled_at is None


def test_our_own_appointments_copied_into_that_calendar_block_nothing(reader: Reader, site: Site) -> None:
    """Imported by hand, or through a program that subscribes to our feed and publishes it again."""
    with reader.team.changing() as world:
        uid = expect(world, NINE).appointment.uid
    site.serve("/a.ics", calendar(busy_event("DTSTART:20261126T080000Z", "DURATION:PT45M", uid=uid), LUNCH))
    reader.connect()
    reader.read()
    assert [starts.hour for starts, _ in reader.busy()] == [11]


# Asked again


def test_the_other_side_may_say_that_nothing_changed(reader: Reader, site: Site) -> None:
    def answer(handler: Handler) -> None:
        known = handler.headers["If-None-Match"] == '"1"'
        handler.say(304 if known else 200, b"" if known else calendar(MEETING), ETag='"1"', Last_Modified="x")

    site.answers["/a.ics"] = answer
    reader.connect()
    reader.read()
    reader.read_in(EVERY)
    assert site.asked[1].headers["If-None-Match"] == '"1"'
    assert site.asked[1].headers["If-Modified-Since"] == "x"
    assert reader.busy() == [(NINE, NINE + HOUR)]
    assert reader.calendar().fetched_at == reader.clock()


def test_the_first_reading_of_a_day_is_whole_for_new_days_come_in_sight(reader: Reader, site: Site) -> None:
    site.serve("/a.ics", calendar(busy_event("DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=DAILY")), ETag='"1"')
    reader.connect()
    reader.read()
    reader.read_in(timedelta(days=1))
    assert "If-None-Match" not in site.asked[1].headers
    assert reader.busy()[0][1] == datetime(2026, 11, 25, tzinfo=UTC) + AHEAD
    reader.read_in(EVERY)
    assert site.asked[2].headers["If-None-Match"] == '"1"'


def test_not_changed_is_believed_only_of_who_was_asked(reader: Reader, site: Site) -> None:
    site.serve("/a.ics", b"", status=304)
    reader.connect()
    reader.read()
    assert reader.calendar().failure == Trouble.GARBLED


# What goes wrong


def break_down(site: Site, how: str) -> None:
    if how == "down":
        site.serve("/a.ics", b"", status=500)
    elif how == "page":
        site.serve("/a.ics", b"<!doctype html><p>Sign in")
    elif how == "inside":
        site.send_to("/a.ics", "https://169.254.169.254/latest/meta-data/")
    elif how == "large":
        site.serve("/a.ics", b"", Content_Length=str(100 * 1024 * 1024))
    else:
        site.answers["/a.ics"] = lambda _handler: None


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("down", Trouble.REFUSED),
        ("page", Unusable.NOT_A_CALENDAR),
        ("inside", Trouble.NOT_PUBLIC),
        ("large", Trouble.TOO_LARGE),
        ("silent", Trouble.UNREACHABLE),
    ],
)
def test_what_gives_nothing_keeps_the_last_copy_and_says_since_when(
    reader: Reader, site: Site, how: str, why: str
) -> None:
    reader.connect()
    reader.read()
    copied_at = reader.clock()
    break_down(site, how)
    reader.read_in(EVERY)
    found = reader.calendar()
    assert (found.failure, found.failures, found.fetched_at) == (why, 1, copied_at)
    assert reader.busy() == [(NINE, NINE + HOUR)]


def test_a_calendar_that_gives_nothing_is_asked_less_and_less_often(reader: Reader, site: Site) -> None:
    site.serve("/a.ics", b"", status=404)
    reader.connect()
    waits = []
    for _ in range(8):
        reader.read()
        waits.append(reader.calendar().next_try_at - reader.clock())
        reader.clock.pass_by(waits[-1])
    minutes = [wait // timedelta(minutes=1) for wait in waits]
    assert minutes == [15, 30, 60, 120, 240, 360, 360, 360]
    assert waits[-1] == SELDOM
    assert len(site.asked) == 8


def test_a_year_of_failures_still_has_a_next_try(reader: Reader, site: Site) -> None:
    site.serve("/a.ics", b"", status=404)
    reader.connect()
    with reader.team.changing() as world:
        world.session.execute(update(ExternalCalendar).values(failures=20_000))
    reader.read()
    assert reader.calendar().next_try_at == reader.clock() + SELDOM


def test_the_first_success_makes_everything_as_before(reader: Reader, site: Site) -> None:
    reader.connect()
    site.serve("/a.ics", b"", status=404)
    reader.read()
    reader.read_in(EVERY)
    site.serve("/a.ics", calendar(MEETING))
    reader.read_in(2 * EVERY)
    found = reader.calendar()
    assert (found.failure, found.failures) == (None, 0)
    assert found.next_try_at == reader.clock() + EVERY
    assert reader.busy() == [(NINE, NINE + HOUR)]


def test_one_bad_calendar_costs_the_others_nothing(reader: Reader, site: Site) -> None:
    paths = [f"/{number}.ics" for number in range(5)]
    with reader.team.changing() as world:
        agents = [world.make_agent() for _ in paths]
    for path, agent in zip(paths, agents, strict=True):
        site.serve(path, calendar(MEETING))
        reader.connect(path, agent)
    break_down_path = paths[2]
    site.serve(break_down_path, b"\xff\xfe garbage")
    assert reader.read() == 5
    assert len(reader.busy()) == 4


def test_an_address_that_no_key_opens_any_more_is_said_to_be_so(reader: Reader, site: Site) -> None:
    reader.connect()
    reader.read(seals=Seals("another key, thirty-two characters or more"))
    assert reader.calendar().failure == SEALED
    assert site.asked == []


def test_after_a_change_of_key_the_address_still_opens_and_the_old_key_can_be_forgotten(reader: Reader) -> None:
    reader.connect()
    reader.read(seals=Seals("another key, thirty-two characters or more", [SECRET]))
    assert reader.busy() == [(NINE, NINE + HOUR)]
    reader.clock.pass_by(EVERY)
    reader.read(seals=Seals("another key, thirty-two characters or more"))
    assert reader.calendar().failure is None


# Several schedulers


def test_two_schedulers_fetch_each_calendar_once(reader: Reader, site: Site, database: Database) -> None:
    """Two databases' engines, as in two processes, at the same moment, over twelve calendars."""
    paths = [f"/{number}.ics" for number in range(12)]
    with reader.team.changing() as world:
        agents = [world.make_agent() for _ in paths]
    for path, agent in zip(paths, agents, strict=True):
        site.serve(path, calendar(MEETING))
        reader.connect(path, agent)
    url = database.engine.url.render_as_string(hide_password=False)
    others = [Database(url) for _ in range(2)]
    done: list[int] = []
    start = threading.Barrier(2)

    def run(one: Database) -> None:
        start.wait(30)
        done.append(reader.read(one))

    threads = [threading.Thread(target=run, args=(one,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    for one in others:
        one.engine.dispose()
    assert sum(done) == 12
    assert sorted(one.path for one in site.asked) == sorted(paths)
    assert len(reader.busy()) == 12


def test_no_transaction_is_open_while_a_calendar_is_fetched(reader: Reader, site: Site, database: Database) -> None:
    """The server itself writes into the database while it answers: on SQLite one open writer would keep it out."""
    other = Database(database.engine.url.render_as_string(hide_password=False), patience=timedelta(seconds=2))
    written: list[bool] = []

    def answer(handler: Handler) -> None:
        with other.writing() as session:
            session.execute(update(Agent).values(display_name="Mme Roche"))
        written.append(True)
        handler.say(200, calendar(MEETING))

    site.answers["/a.ics"] = answer
    reader.connect()
    reader.read()
    other.engine.dispose()
    assert written == [True]
    assert reader.busy() == [(NINE, NINE + HOUR)]


def test_a_scheduler_that_died_leaves_the_calendar_to_the_next(reader: Reader, site: Site) -> None:
    reader.connect()
    with reader.team.database.writing() as session:
        assert len(calendar_copies.claim(session, seals=reader.seals, now=reader.clock())) == 1
    assert reader.read() == 0
    assert reader.read_in(LEASE) == 1
    assert len(site.asked) == 1


def test_a_reading_that_comes_late_changes_nothing(reader: Reader) -> None:
    """Its claim has run out and somebody else has taken the calendar: the older copy is not written over the newer."""
    reader.connect()
    with reader.team.database.writing() as session:
        (late,) = calendar_copies.claim(session, seals=reader.seals, now=reader.clock())
    reader.read_in(LEASE)
    with reader.team.database.writing() as session:
        calendar_copies.keep(session, late, Trouble.TOO_SLOW.value, now=reader.clock())
    assert reader.calendar().failure is None


def test_a_calendar_removed_while_it_is_read_stays_removed(reader: Reader, site: Site, database: Database) -> None:
    other = Database(database.engine.url.render_as_string(hide_password=False))

    def answer(handler: Handler) -> None:
        with other.writing() as session:
            one = session.scalars(select(ExternalCalendar)).one()
            external_calendars.remove(session, one, organisation_id=reader.team.world.organisation.id, now=NOW)
        handler.say(200, calendar(MEETING))

    site.answers["/a.ics"] = answer
    reader.connect()
    reader.read()
    other.engine.dispose()
    assert reader.busy() == []


def test_the_calendar_of_a_closed_account_is_not_read(reader: Reader, site: Site) -> None:
    reader.connect()
    with reader.team.changing() as world:
        world.session.merge(world.agent).closed_at = NOW
    assert reader.read() == 0
    assert site.asked == []


def test_a_scheduler_that_stops_takes_no_new_calendar(reader: Reader, site: Site) -> None:
    reader.connect()
    done = calendar_copies.read_due(
        reader.team.database,
        guard=Guard(allowed=site.spots),
        seals=reader.seals,
        clock=reader.clock,
        should_stop=lambda: True,
    )
    assert (done, site.asked) == (0, [])


def test_the_address_lies_in_no_table_and_in_no_statement(reader: Reader, database: Database) -> None:
    said: list[Any] = []
    event.listen(database.engine, "before_cursor_execute", lambda *words: said.append((words[2], words[3])))
    reader.connect()
    reader.read()
    reader.team.database.engine.dispose()
    assert said
    assert "a.ics" not in str(said)
    assert "127.0.0.1" not in str(said)

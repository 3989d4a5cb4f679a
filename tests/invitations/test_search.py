"""The search for free slots, on both databases: what it reads, its bounds, its number of queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from invitations.agenda.search import GRACE, find_slots, next_slot
from invitations.agenda.slots import Slot
from invitations.models import (
    Absence,
    Appointment,
    AppointmentAgent,
    Author,
    BusyTime,
    Closure,
    ExternalCalendar,
    RegularAbsence,
)
from tests.factories import World

PARIS = ZoneInfo("Europe/Paris")
TOMORROW = datetime(2026, 11, 25, 0, 0, tzinfo=PARIS)
DAY = timedelta(days=1)


def search(
    world: World, *, now: datetime | None = None, after: datetime = TOMORROW, days: int = 1, **more: object
) -> list[Slot]:
    return find_slots(
        world.session,
        types=[world.type],
        after=after,
        before=after + days * DAY,
        now=now or world.now - DAY,
        **more,  # type: ignore[arg-type]
    )


def hours(slots: list[Slot], zone: ZoneInfo = PARIS) -> list[str]:
    return [f"{one.starts_at.astimezone(zone):%H:%M}" for one in slots]


def take(world: World, starts_at: datetime, minutes: int = 45, *, pause: int = 0, is_live: bool = True) -> Appointment:
    ends_at = starts_at + timedelta(minutes=minutes)
    appointment = world.add(
        Appointment(
            uid=f"taken-{starts_at.isoformat()}",
            organisation_id=world.organisation.id,
            type_id=world.type.id,
            place_id=world.place.id,
            starts_at=starts_at,
            ends_at=ends_at,
            created_by=Author.AGENT,
            created_at=world.now,
        )
    )
    world.add(
        AppointmentAgent(
            appointment_id=appointment.id,
            agent_id=world.agent.id,
            starts_at=starts_at,
            ends_at=ends_at,
            busy_until=ends_at + timedelta(minutes=pause),
            is_live=is_live,
        )
    )
    return appointment


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []
    engine = session.get_bind()

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", remember)
    yield statements
    event.remove(engine, "before_cursor_execute", remember)


def test_an_opening_is_cut_by_the_duration(world: World) -> None:
    assert hours(search(world)) == ["09:00", "09:45", "10:30", "11:15"]


def test_what_is_taken_is_not_offered_and_contact_is_free(world: World) -> None:
    take(world, datetime(2026, 11, 25, 9, 45, tzinfo=PARIS))
    assert hours(search(world)) == ["09:00", "10:30", "11:15"]


def test_a_pause_takes_time_too(world: World) -> None:
    take(world, datetime(2026, 11, 25, 9, 0, tzinfo=PARIS), pause=15)
    assert hours(search(world)) == ["10:00", "10:45"]


def test_a_cancelled_appointment_takes_nothing(world: World) -> None:
    take(world, datetime(2026, 11, 25, 9, 45, tzinfo=PARIS), is_live=False)
    assert hours(search(world)) == ["09:00", "09:45", "10:30", "11:15"]


def test_an_absence_takes_what_it_touches(world: World) -> None:
    world.add(
        Absence(
            agent_id=world.agent.id,
            starts_at=datetime(2026, 11, 24, 14, 0, tzinfo=PARIS),
            ends_at=datetime(2026, 11, 25, 10, 0, tzinfo=PARIS),
            created_at=world.now,
        )
    )
    assert hours(search(world)) == ["10:00", "10:45"]


def test_nobody_is_received_on_a_public_holiday(world: World) -> None:
    christmas = datetime(2026, 12, 25, 0, 0, tzinfo=PARIS)
    assert search(world, after=christmas) == []
    assert hours(search(world, after=christmas - DAY)) == ["09:00", "09:45", "10:30", "11:15"]


def test_saint_stephen_is_a_holiday_in_alsace_only(world: World) -> None:
    world.opening.rrule = "FREQ=WEEKLY;BYDAY=SA"
    saturday = datetime(2026, 12, 26, 0, 0, tzinfo=PARIS)
    world.session.flush()
    assert len(search(world, after=saturday)) == 4
    world.department.holidays_subdivision = "6AE"
    world.session.flush()
    assert search(world, after=saturday) == []


def test_the_minimum_delay_is_exact_to_the_minute(world: World) -> None:
    nine = datetime(2026, 11, 25, 9, 0, tzinfo=PARIS)
    just_in_time = nine - world.type.min_delay
    assert "09:00" in hours(search(world, now=just_in_time))
    assert "09:00" not in hours(search(world, now=just_in_time + timedelta(seconds=1)))
    late = just_in_time + timedelta(minutes=9)
    assert "09:00" in hours(search(world, now=late, grace=timedelta(minutes=10)))


def test_the_maximum_delay_is_exact_to_the_minute(world: World) -> None:
    nine = datetime(2026, 11, 25, 9, 0, tzinfo=PARIS)
    assert hours(search(world, now=nine - world.type.max_delay)) == ["09:00"]
    assert search(world, now=nine - world.type.max_delay - timedelta(minutes=1)) == []


def test_time_passing_removes_slots_and_never_moves_them(world: World) -> None:
    world.type.min_delay = timedelta()
    morning = hours(search(world, now=datetime(2026, 11, 25, 8, 0, tzinfo=PARIS)))
    later = hours(search(world, now=datetime(2026, 11, 25, 9, 20, tzinfo=PARIS)))
    assert later == morning[1:]


def test_no_agent_given_means_all_and_no_agent_left_means_no_slot(world: World) -> None:
    assert len(search(world, agent_ids=None)) == 4
    assert search(world, agent_ids=[]) == []
    assert search(world, place_ids=[]) == []


def test_a_search_at_a_closed_place_finds_nothing(world: World) -> None:
    world.place.closed_at = world.now
    world.session.flush()
    assert search(world) == []


def test_a_day_that_is_full_offers_nothing_more(world: World) -> None:
    world.type.max_per_agent_day = 1
    take(world, datetime(2026, 11, 25, 14, 0, tzinfo=PARIS))
    assert search(world) == []
    assert len(search(world, after=TOMORROW + DAY)) == 4


@pytest.mark.parametrize("zone", ["Indian/Reunion", "America/Cayenne", "America/Miquelon", "Indian/Mayotte"])
def test_nine_is_nine_o_clock_of_the_place(world: World, zone: str) -> None:
    world.place.timezone = zone
    world.session.flush()
    local = ZoneInfo(zone)
    slots = search(world, after=datetime(2026, 11, 25, 0, 0, tzinfo=local), now=world.now - 2 * DAY)
    assert hours(slots, local) == ["09:00", "09:45", "10:30", "11:15"]


@pytest.mark.parametrize(("seconds", "first"), [(0, "09:45"), (1, "09:45"), (59.999, "09:45"), (60, "09:50")])
def test_seconds_of_an_absence_are_dropped(world: World, seconds: float, first: str) -> None:
    nine = datetime(2026, 11, 25, 9, 0, tzinfo=PARIS)
    ends_at = nine + timedelta(minutes=45, seconds=seconds)
    world.add(Absence(agent_id=world.agent.id, starts_at=nine, ends_at=ends_at, created_at=world.now))
    assert hours(search(world))[0] == first


def test_colleagues_who_are_taken_at_the_same_time_are_each_taken(world: World) -> None:
    colleague, third = world.make_agent(), world.make_agent()
    for agent in (colleague, third):
        world.make_opening(agent_id=agent.id)
    nine = datetime(2026, 11, 25, 9, 0, tzinfo=PARIS)
    for agent in (world.agent, colleague):
        ends_at = nine + timedelta(hours=3)
        world.add(Absence(agent_id=agent.id, starts_at=nine, ends_at=ends_at, created_at=world.now))
    assert {one.agent_id for one in search(world)} == {third.id}


def test_a_search_sees_what_was_just_written(world: World) -> None:
    assert len(search(world)) == 4
    world.opening.rrule = None
    assert search(world) == []


def test_a_day_that_is_full_in_one_zone_may_not_have_begun_in_another(world: World) -> None:
    world.type.max_per_agent_day = 1
    far = world.make_place(timezone="America/Cayenne")
    world.make_opening(place_id=far.id, starts_at_time=time(14), ends_at_time=time(17))
    take(world, datetime(2026, 11, 25, 0, 30, tzinfo=PARIS), minutes=15)  # in Cayenne it is the evening of the 24th
    assert {one.place_id for one in search(world)} == {far.id}


def block(world: World, starts_at: datetime, ends_at: datetime) -> None:
    """Time that the agent's own calendar takes."""
    about = {"label": "Agenda", "sealed_address": "-", "next_try_at": world.now, "created_at": world.now}
    calendar = world.add(ExternalCalendar(agent_id=world.agent.id, **about))
    world.add(BusyTime(calendar_id=calendar.id, agent_id=world.agent.id, starts_at=starts_at, ends_at=ends_at))


def close(world: World, first_on: date, last_on: date, *, place_id: int | None = None) -> None:
    closed = Closure(organisation_id=world.organisation.id, place_id=place_id, first_on=first_on, last_on=last_on)
    closed.created_at = world.now
    world.add(closed)


def meet_every_week(world: World, **changes: object) -> None:
    """A team meeting on Wednesdays from 10:00 to 11:00."""
    values = {"starts_on": date(2026, 9, 2), "starts_at_time": time(10), "ends_at_time": time(11), "exdates": []}
    values |= {"rrule": "FREQ=WEEKLY;BYDAY=WE", "timezone": "Europe/Paris", **changes}
    world.add(RegularAbsence(agent_id=world.agent.id, created_at=world.now, **values))


def test_another_calendar_of_the_agent_takes_time(world: World) -> None:
    block(world, datetime(2026, 11, 25, 10, 0, tzinfo=PARIS), datetime(2026, 11, 25, 11, 15, tzinfo=PARIS))
    assert hours(search(world)) == ["09:00", "11:15"]


def test_an_entry_without_length_takes_no_time(world: World) -> None:
    ten = datetime(2026, 11, 25, 10, 0, tzinfo=PARIS)
    block(world, ten, ten)
    block(world, ten, ten + timedelta(seconds=30))
    meet_every_week(world, starts_at_time=time(11), ends_at_time=time(10))
    assert hours(search(world)) == ["09:00", "09:45", "10:30", "11:15"]


def test_closing_days_close_both_ends_included(world: World) -> None:
    close(world, date(2026, 11, 25), date(2026, 11, 26))
    assert {one.starts_at.astimezone(PARIS).date().day for one in search(world, days=4)} == {27}


def test_a_place_may_close_alone_and_an_organisation_closes_its_own_places_only(world: World) -> None:
    annex = world.make_place(name="Antenne")
    world.make_opening(place_id=annex.id, starts_at_time=time(14), ends_at_time=time(17))
    close(world, date(2026, 11, 25), date(2026, 11, 25), place_id=world.place.id)
    assert {one.place_id for one in search(world)} == {annex.id}
    other = world.make_organisation()
    elsewhere = world.make_place(organisation_id=other.id)
    world.make_opening(place_id=elsewhere.id, organisation_id=other.id, starts_at_time=time(18), ends_at_time=time(19))
    close(world, date(2026, 11, 25), date(2026, 11, 25))
    assert {one.place_id for one in search(world)} == {elsewhere.id}


def test_an_absence_that_comes_back_takes_its_time_each_week(world: World) -> None:
    meet_every_week(world, exdates=["2026-12-02"])
    assert hours(search(world)) == ["09:00", "11:00"]
    assert hours(search(world, after=TOMORROW + DAY)) == ["09:00", "09:45", "10:30", "11:15"]
    assert hours(search(world, after=TOMORROW + 7 * DAY)) == ["09:00", "09:45", "10:30", "11:15"]


def test_ten_o_clock_of_an_absence_is_that_of_its_own_zone(world: World) -> None:
    meet_every_week(world, timezone="Indian/Reunion", starts_at_time=time(12), ends_at_time=time(13))
    assert hours(search(world)) == ["10:00", "10:45"]


def test_an_appointment_to_be_moved_stands_in_nobody_s_way(world: World) -> None:
    world.type.max_per_agent_day = 1
    moved = take(world, datetime(2026, 11, 25, 9, 20, tzinfo=PARIS))
    assert search(world) == []
    assert hours(search(world, without=moved.id)) == ["09:00", "09:45", "10:30", "11:15"]


def test_what_has_begun_is_never_free_whatever_the_grace(world: World) -> None:
    world.type.min_delay = timedelta(minutes=5)
    now = datetime(2026, 11, 25, 9, 3, tzinfo=PARIS)
    assert hours(search(world, now=now, grace=GRACE)) == ["09:45", "10:30", "11:15"]
    assert hours(search(world, now=now - timedelta(minutes=3), grace=GRACE))[0] == "09:00"


def test_a_collective_type_has_no_slot(world: World) -> None:
    world.type.is_collective = True
    assert search(world) == []
    assert next_slot(world.session, types=[world.type], now=world.now) is None


def test_the_next_free_slot_is_found_beyond_a_full_month(world: World) -> None:
    close(world, date(2026, 11, 20), date(2026, 12, 24))
    found = next_slot(world.session, types=[world.type], now=world.now)
    assert found is not None
    assert found.starts_at == datetime(2026, 12, 28, 9, 0, tzinfo=PARIS)  # after Christmas and its week-end


def test_three_queries_whatever_the_number_of_agents_and_days(world: World) -> None:
    with counted(world.session) as few:
        search(world)
    for _ in range(5):
        agent = world.make_agent()
        world.make_opening(agent_id=agent.id)
        world.make_opening(
            agent_id=agent.id, starts_at_time=time(14), ends_at_time=time(17), starts_on=date(2026, 1, 5)
        )
    with counted(world.session) as many:
        assert len(search(world, days=28)) > 500
    assert len(few) == len(many) == 3


def test_moments_come_back_in_utc(world: World) -> None:
    assert search(world)[0].starts_at == datetime(2026, 11, 25, 8, 0, tzinfo=UTC)

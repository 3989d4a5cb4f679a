"""What was offered yesterday and how much of it was used: written down at night, read by week."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from invitations.database import Database
from invitations.models import Absence, Closure, JobRun, OpenTo, Outcome, SlotDay
from invitations.statistics import slot_noting, slot_use
from invitations.statistics.slot_use import SlotUse
from tests.app.team import expect
from tests.conftest import NOW
from tests.factories import World

# Monday, the day before the tests' present; its openings: 9:00 to 12:00 in Paris, four talks of 45 minutes.
MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def noted(world: World, on: date = MONDAY) -> dict[int, tuple[int, int]]:
    """By category."""
    slot_noting.note(world.session, world.department.id, on, now=NOW)
    query = select(SlotDay).where(SlotDay.on == on).order_by(SlotDay.category_id)
    return {one.category_id: (one.offered, one.used) for one in world.session.scalars(query)}


def at(hours: float) -> datetime:
    return NINE + timedelta(hours=hours)


def test_appointments_use_what_the_openings_offer(world: World) -> None:
    expect(world, at(0), outcome=Outcome.SEEN)
    expect(world, at(0.75), outcome=Outcome.NOSHOW)
    expect(world, at(1.5), cancelled_at=NOW, outcome=Outcome.REVOKED)
    expect(world, at(24))
    assert noted(world) == {world.category.id: (4, 2)}


def test_absences_holidays_and_closing_days_offer_nothing(world: World) -> None:
    world.add(Absence(agent_id=world.agent.id, starts_at=at(0), ends_at=at(1), label="", created_at=NOW))
    assert noted(world) == {world.category.id: (2, 0)}
    world.add(
        Closure(organisation_id=world.organisation.id, first_on=date(2026, 11, 19), last_on=date(2026, 11, 20),
                label="Inventaire", created_at=NOW)
    )  # fmt: skip
    assert noted(world, date(2026, 11, 20)) == {}
    assert noted(world, date(2026, 11, 11)) == {}, "the eleventh of November"
    assert noted(world, date(2026, 11, 22)) == {}, "a Sunday"


def test_what_was_too_soon_to_book_was_offered_all_the_same_and_what_is_for_agents_was_not(world: World) -> None:
    world.type.min_delay = timedelta(days=3)
    for_agents = world.make_type(open_to=OpenTo.AGENTS)
    world.make_opening(types=[for_agents], starts_at_time=time(14), ends_at_time=time(17))
    assert noted(world) == {world.category.id: (4, 0)}


def test_slots_that_overlap_count_once_and_a_limit_a_day_is_kept(world: World) -> None:
    world.type.step = timedelta(minutes=15)
    assert noted(world) == {world.category.id: (4, 0)}
    world.type.max_per_agent_day = 3
    assert noted(world, date(2026, 11, 20)) == {world.category.id: (3, 0)}


def test_time_that_two_categories_share_is_offered_in_both(world: World) -> None:
    other = world.make_category(code="rsa_accompagnement")
    talk = world.make_type(category_id=other.id, duration=timedelta(minutes=60))
    world.opening.types.append(talk)
    world.session.flush()
    assert noted(world) == {world.category.id: (4, 0), other.id: (3, 0)}


def test_of_a_session_the_seats_count(world: World) -> None:
    workshop = world.make_type(is_collective=True)
    world.make_session(at(6), workshop, seats=12, seats_taken=9)
    world.make_session(at(9), workshop, seats=12, seats_taken=9, cancelled_at=NOW)
    assert noted(world) == {world.category.id: (16, 9)}


def test_an_appointment_outside_the_openings_is_used_and_was_not_offered(world: World) -> None:
    for hours in (0, 0.75, 1.5, 2.25, 5):
        expect(world, at(hours))
    assert noted(world) == {world.category.id: (4, 5)}
    assert SlotUse(4, 5).share == 1.0
    assert SlotUse(0, 5).share is None


def test_a_slot_held_for_nobody_is_not_used(world: World) -> None:
    world.make_session(at(0), world.type, held_until=at(0), seats=1)
    assert noted(world) == {world.category.id: (4, 0)}


def test_a_night_is_written_down_once_and_missed_ones_are_made_up_for(world: World) -> None:
    due = slot_noting.due(world.session, now=NOW)
    assert [on for _, on in due] == [MONDAY - timedelta(days=number) for number in range(13, -1, -1)]
    slot_noting.note(world.session, world.department.id, MONDAY, now=NOW)
    assert (world.department.id, MONDAY) not in slot_noting.due(world.session, now=NOW)
    assert slot_noting.note(world.session, world.department.id, MONDAY, now=NOW) == 0
    assert len(world.session.scalars(select(SlotDay)).all()) == 1


def test_a_day_is_over_when_it_is_over_there(world: World) -> None:
    """22:30 UTC: tomorrow already in La Réunion, today still in Paris."""
    away = world.make_department(number="974", name="La Réunion", timezone="Indian/Reunion")
    due = slot_noting.due(world.session, now=datetime(2026, 11, 24, 22, 30, tzinfo=UTC))
    assert (away.id, date(2026, 11, 24)) in due
    assert (world.department.id, date(2026, 11, 24)) not in due


def test_pages_read_it_by_week_and_category(world: World) -> None:
    other = world.make_category(code="rsa_accompagnement")
    for on, category_id, offered, used in (
        (MONDAY, world.category.id, 4, 2),
        (MONDAY + timedelta(days=6), world.category.id, 4, 1),
        (MONDAY + timedelta(days=7), world.category.id, 4, 4),
        (MONDAY, other.id, 10, 0),
    ):
        ours = {"organisation_id": world.organisation.id, "category_id": category_id}
        world.add(SlotDay(on=on, offered=offered, used=used, **ours))
    period = {"since": MONDAY, "until": MONDAY + timedelta(days=7)}
    found = slot_use.by_week(world.session, [world.organisation.id], **period)
    assert found == {
        (MONDAY, world.category.id): SlotUse(8, 3),
        (MONDAY, other.id): SlotUse(10, 0),
        (MONDAY + timedelta(days=7), world.category.id): SlotUse(4, 4),
    }
    ours = slot_use.total(world.session, [world.organisation.id], category_id=world.category.id, **period)
    assert (ours, ours.share) == (SlotUse(12, 7), 7 / 12)
    assert slot_use.by_week(world.session, [], **period) == {}
    assert slot_use.first_day(world.session, [world.organisation.id]) == MONDAY


def test_two_schedulers_write_a_night_down_once(database: Database) -> None:
    with database.writing() as session:
        department_id = World(session, NOW).department.id
    for _ in range(2):
        with database.writing() as session:
            slot_noting.note(session, department_id, MONDAY, now=NOW)
    with database.reading() as session:
        assert len(session.scalars(select(SlotDay)).all()) == 1
        assert len(session.scalars(select(JobRun)).all()) == 1

"""Enough openings or not, by week and place, and the six weeks of the law; asking colleagues for more."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from invitations import asking, capacity, capacity_plan
from invitations.agenda.search import find_slots
from invitations.asking import Need
from invitations.capacity_plan import LEGAL, SOONEST, Shortage, shortage
from invitations.models import AuditEvent, CategoryKind, FollowUpStatus, Message, MessageKind, MessageState
from invitations.outbox.claiming import claim
from tests.factories import World

TODAY = date(2026, 11, 24)
MONDAY = date(2026, 11, 23)
DAY = timedelta(days=1)
TWELVE = Need(12, date(2026, 12, 14))


def once(world: World, days: int, **changes: object) -> None:
    """9:00–12:00 on one day: four slots."""
    world.make_opening(rrule=None, starts_on=TODAY + days * DAY, **changes)


@pytest.fixture
def bare(world: World) -> World:
    """Nobody receives anywhere, until a test says so."""
    world.opening.rrule, world.opening.starts_on = None, date(2026, 11, 2)
    world.session.flush()
    return world


def wait(world: World, count: int, *, opened: date | None = None, **changes: object) -> None:
    for _ in range(count):
        world.make_follow_up(world.make_beneficiary(rights_opened_on=opened), **changes)


def plan_of(world: World) -> capacity_plan.Plan:
    (plan,) = capacity_plan.read(world.session, world.organisation, now=world.now).plans
    return plan


def test_free_slots_are_told_by_week_and_place(bare: World) -> None:
    romans = bare.make_place(city="Romans-sur-Isère")
    once(bare, 2)
    once(bare, 8)
    once(bare, 9, place_id=romans.id)
    plan = plan_of(bare)
    assert plan.slots == {
        bare.place.id: {MONDAY: 4, MONDAY + 7 * DAY: 4},
        romans.id: {MONDAY + 7 * DAY: 4},
    }
    assert (plan.free, plan.of_week(MONDAY + 7 * DAY)) == (12, 8)


def test_seats_of_a_session_count_each(bare: World) -> None:
    workshop = bare.make_type(is_collective=True, name="Atelier")
    bare.make_session(bare.now + timedelta(days=3), workshop)
    assert plan_of(bare).slots == {bare.place.id: {MONDAY: 12}}


def test_the_same_number_as_inviting_counts(world: World) -> None:
    world.type.step = timedelta(minutes=15)  # slots that overlap
    before = world.now + timedelta(days=20)
    slots = find_slots(world.session, types=[world.type], after=world.now, before=before, now=world.now)
    assert len(capacity_plan.chosen(slots)) == capacity.bookable(slots) < len(slots)


def test_who_waits_is_told_by_what_they_wait_for(bare: World) -> None:
    wait(bare, 3)
    wait(bare, 2, status=FollowUpStatus.INVITATION_EXPIRED)
    wait(bare, 4, status=FollowUpStatus.SEEN)
    plan = plan_of(bare)
    assert (plan.to_invite, plan.expired, plan.undated) == (3, 2, 5)


def test_the_first_day_by_which_slots_are_missing_and_how_many(bare: World) -> None:
    once(bare, 2)
    once(bare, 30)
    wait(bare, 6, opened=TODAY - LEGAL + 10 * DAY)
    wait(bare, 1, opened=TODAY - LEGAL + 40 * DAY)
    assert plan_of(bare).shortage == Shortage(TODAY + 10 * DAY, 2)


def test_with_enough_slots_nothing_is_missing(bare: World) -> None:
    once(bare, 2)
    wait(bare, 4, opened=TODAY - LEGAL + 10 * DAY)
    found = capacity_plan.read(bare.session, bare.organisation, now=bare.now)
    assert (found.missing, found.first_day, found.plans[0].shortage) == (0, None, None)


def test_whoever_is_late_already_takes_the_first_slots_and_is_said(bare: World) -> None:
    once(bare, 2)
    wait(bare, 3, opened=TODAY - LEGAL - DAY)
    wait(bare, 2, opened=TODAY - LEGAL + 10 * DAY)
    plan = plan_of(bare)
    assert (plan.overdue, plan.shortage) == (3, Shortage(TODAY + 10 * DAY, 1))


def test_the_laws_clock_is_for_orientation_alone(bare: World) -> None:
    bare.category.kind = CategoryKind.ACCOMPANIMENT
    wait(bare, 1, opened=TODAY - LEGAL - DAY)
    plan = plan_of(bare)
    assert (plan.is_timed, plan.overdue, plan.shortage) == (False, 0, Shortage(TODAY + LEGAL, 1))


def test_people_of_elsewhere_need_nothing_here(bare: World) -> None:
    elsewhere = bare.make_organisation()
    bare.make_follow_up(bare.make_beneficiary(organisation=elsewhere))
    assert plan_of(bare).people == 0


@given(
    st.lists(st.integers(-20, 42), max_size=12),
    st.lists(st.integers(0, 49), max_size=12),
)
def test_as_many_more_slots_today_as_are_missing_are_just_enough(ends: list[int], slots: list[int]) -> None:
    deadlines = Counter(TODAY + one * DAY for one in ends)
    days = sorted(TODAY + one * DAY for one in slots)
    found = shortage(deadlines, days, TODAY)
    more = [TODAY] * (found.missing if found else 0)
    assert shortage(deadlines, more + days, TODAY) is None
    if found:
        assert shortage(deadlines, more[1:] + days, TODAY) is not None


def test_a_last_day_that_no_opening_can_meet_any_more_is_not_what_is_missing() -> None:
    deadlines = Counter({TODAY - 10 * DAY: 50, TODAY: 1})
    assert shortage(deadlines, [TODAY + 3 * DAY] * 51, TODAY) is None
    assert shortage(deadlines, [TODAY + 3 * DAY] * 30, TODAY) == Shortage(TODAY + SOONEST, 21)


# Asking colleagues


def ask(world: World, *ids: int, now: datetime | None = None, need: Need = TWELVE) -> int:
    return asking.ask(world.session, world.organisation, ids, need=need, by=world.agent, now=now or world.now)


def owed(world: World) -> list[Message]:
    return list(world.session.scalars(select(Message).order_by(Message.id)))


def test_a_colleague_gets_one_email_with_the_link(world: World) -> None:
    other = world.make_agent(first_name="Luc", wants_digest=False)
    assert ask(world, other.id) == 1
    (message,) = owed(world)
    assert (message.kind, message.agent_id, message.address) == (MessageKind.OPENINGS_ASKED, other.id, other.email)
    assert message.body.startswith("Bonjour Luc,")
    assert "Mme Roche signale qu’il manque 12 créneaux d’ici au lundi 14 décembre" in message.body
    assert "/creneaux" in message.body
    leaving = claim(world.session, process="here", limit=10, now=world.now)
    assert leaving
    assert leaving[0].message.id == message.id  # the digest is refused, a colleague's word is not


def test_without_a_shortage_no_figure_is_said(world: World) -> None:
    other = world.make_agent()
    ask(world, other.id, need=Need())
    assert "des créneaux de plus aideraient" in owed(world)[0].body


def test_one_a_day_at_most_whoever_asks(world: World) -> None:
    other = world.make_agent()
    assert [ask(world, other.id), ask(world, other.id), ask(world, other.id, now=world.now + DAY)] == [1, 0, 1]
    noted = world.session.scalars(select(AuditEvent).where(AuditEvent.action == "openings.asked")).all()
    assert [one.details["colleagues"] for one in noted] == [[other.id], [other.id]]


def test_nobody_of_elsewhere_no_closed_account_and_not_oneself(world: World) -> None:
    gone = world.make_agent(closed_at=world.now)
    stranger = world.make_agent(organisation=world.make_organisation())
    assert ask(world, gone.id, stranger.id, world.agent.id, 999_999) == 0
    assert owed(world) == []


def test_at_night_it_waits_for_the_morning(world: World) -> None:
    other = world.make_agent()
    night = world.now + timedelta(hours=12)
    ask(world, other.id, now=night)
    assert claim(world.session, process="here", limit=10, now=night) == []
    assert owed(world)[0].state is MessageState.PENDING


def test_the_time_of_a_plan_is_the_departements(bare: World) -> None:
    bare.department.timezone = "Indian/Reunion"
    bare.session.flush()
    once(bare, 2, starts_at_time=time(9), ends_at_time=time(12))
    assert plan_of(bare).free == 4

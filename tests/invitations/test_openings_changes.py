"""Openings that change: once, from a day on, altogether; a day taken out and put back; the end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import openings, openings_changes
from invitations.agenda.recurrence import monthly, weekly
from invitations.agenda.search import find_slots
from invitations.database import Database
from invitations.errors import NotFound, NothingToCome
from invitations.models import AppointmentAgent, AuditEvent, Opening
from invitations.openings import Wish
from invitations.rhythm import Rhythm, rhythm_of
from tests.app.team import expect
from tests.factories import WORKDAYS, World

WEDNESDAY = date(2026, 12, 2)
THURSDAY = date(2026, 12, 3)


@pytest.fixture
def by(world: World, now: datetime) -> dict[str, Any]:
    """Who does it, and when."""
    return {"agent_id": world.agent.id, "now": now}


@pytest.fixture
def afternoon(world: World) -> Wish:
    """What the world's opening could become: the same days, after lunch."""
    opening = world.opening
    return Wish(
        agent_ids=(opening.agent_id,),
        place_id=opening.place_id,
        type_ids=(world.type.id,),
        rhythm=rhythm_of(opening.rrule, opening.starts_on, opening.last_on),
        starts_at_time=time(14),
        ends_at_time=time(17),
    )


def starts(session: Session, world: World, now: datetime, *, weeks: int = 3) -> dict[date, int]:
    """The hour at which each day's slots begin."""
    session.flush()
    found = find_slots(session, types=[world.type], after=now, before=now + timedelta(weeks=weeks), now=now)
    hours: dict[date, int] = {}
    for slot in found:
        local = slot.starts_at.astimezone(world.place.zone)
        hours.setdefault(local.date(), local.hour)
    return hours


def test_one_day_changes_and_all_others_stay(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any], now: datetime
) -> None:
    before = starts(session, world, now)
    once = replace(afternoon, rhythm=Rhythm(WEDNESDAY))
    (added,) = openings_changes.change_once(session, world.opening, WEDNESDAY, once, **by)
    assert starts(session, world, now) == before | {WEDNESDAY: 14}
    assert (added.rrule, added.last_on) == (None, WEDNESDAY)
    assert (world.opening.exdates, world.opening.rrule) == (["2026-12-02"], WORKDAYS)


def test_one_day_can_move_to_another_and_to_a_colleague(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any], now: datetime
) -> None:
    colleague = world.make_agent(display_name="M. Faure")
    saturday = date(2026, 12, 5)
    once = replace(afternoon, agent_ids=(colleague.id,), rhythm=Rhythm(saturday))
    (added,) = openings_changes.change_once(session, world.opening, WEDNESDAY, once, **by)
    days = starts(session, world, now)
    assert WEDNESDAY not in days
    assert (days[saturday], added.agent_id) == (14, colleague.id)


def test_a_day_on_which_it_does_not_happen_can_not_change(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any]
) -> None:
    for day in (date(2026, 12, 5), date(2026, 10, 30)):
        with pytest.raises(NotFound):
            openings_changes.change_once(session, world.opening, day, replace(afternoon, rhythm=Rhythm(day)), **by)


def test_from_a_day_on_it_is_another(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any], now: datetime
) -> None:
    later = replace(afternoon, rhythm=replace(afternoon.rhythm, starts_on=WEDNESDAY))
    (added,) = openings_changes.change_from(session, world.opening, later, **by)
    hours = starts(session, world, now)
    assert {hour for day, hour in hours.items() if day >= WEDNESDAY} == {14}
    assert {hour for day, hour in hours.items() if day < WEDNESDAY} <= {9, 10}
    assert (world.opening.last_on, added.starts_on) == (date(2026, 12, 1), WEDNESDAY)


def test_every_other_week_keeps_its_weeks_when_it_changes_from_a_day_on(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any], now: datetime
) -> None:
    world.opening.rrule = weekly([2], interval=2)  # from the week of 2 November: 2, 16, 30 …
    rhythm = rhythm_of(world.opening.rrule, date(2026, 12, 16), None)
    openings_changes.change_from(session, world.opening, replace(afternoon, rhythm=rhythm), **by)
    assert starts(session, world, now, weeks=6) == {WEDNESDAY: 9, date(2026, 12, 16): 14, date(2026, 12, 30): 14}


def test_days_taken_out_stay_out_when_the_rest_changes(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any], now: datetime
) -> None:
    openings_changes.take_out(session, world.opening, THURSDAY, **by)
    openings_changes.take_out(session, world.opening, date(2026, 12, 1), **by)
    later = replace(afternoon, rhythm=replace(afternoon.rhythm, starts_on=WEDNESDAY))
    (added,) = openings_changes.change_from(session, world.opening, later, **by)
    assert added.exdates == ["2026-12-03"]
    assert not {THURSDAY, date(2026, 12, 1)} & starts(session, world, now).keys()


def test_all_of_it_changes_in_its_place(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any], now: datetime
) -> None:
    openings_changes.take_out(session, world.opening, THURSDAY, **by)
    mondays = Rhythm(world.opening.starts_on, weekdays=(0, 3), until=date(2026, 12, 10))
    openings_changes.change_all(session, world.opening, replace(afternoon, rhythm=mondays), **by)
    assert starts(session, world, now) == {
        date(2026, 11, 26): 14,
        date(2026, 11, 30): 14,
        date(2026, 12, 7): 14,
        date(2026, 12, 10): 14,
    }
    assert session.scalars(select(Opening)).all() == [world.opening]


def test_a_change_that_leaves_nothing_to_come_is_refused(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any]
) -> None:
    over = replace(afternoon, rhythm=replace(afternoon.rhythm, until=date(2026, 11, 20)))
    with pytest.raises(NothingToCome):
        openings_changes.change_all(session, world.opening, over, **by)


def test_a_day_is_taken_out_and_put_back(session: Session, world: World, by: dict[str, Any], now: datetime) -> None:
    before = starts(session, world, now)
    openings_changes.take_out(session, world.opening, WEDNESDAY, **by)
    assert starts(session, world, now) == {day: hour for day, hour in before.items() if day != WEDNESDAY}
    with pytest.raises(NotFound):
        openings_changes.take_out(session, world.opening, WEDNESDAY, **by)
    openings_changes.put_back(session, world.opening, WEDNESDAY, **by)
    assert starts(session, world, now) == before
    with pytest.raises(NotFound):
        openings_changes.put_back(session, world.opening, date(2026, 12, 5), **by)


def test_taking_its_only_day_out_of_an_opening_leaves_nothing_of_it(
    session: Session, world: World, by: dict[str, Any]
) -> None:
    single = world.make_opening(rrule=None, starts_on=WEDNESDAY, last_on=WEDNESDAY)
    openings_changes.take_out(session, single, WEDNESDAY, **by)
    session.flush()
    assert session.scalars(select(Opening)).all() == [world.opening]


def test_an_ended_opening_keeps_the_days_before(
    session: Session, world: World, by: dict[str, Any], now: datetime
) -> None:
    openings_changes.end(session, world.opening, from_on=WEDNESDAY, **by)
    assert max(starts(session, world, now)) == date(2026, 12, 1)
    openings_changes.end(session, world.opening, from_on=date(2026, 12, 20), **by)
    assert max(starts(session, world, now)) == date(2026, 12, 1)


def test_an_opening_every_month_can_be_ended_too(
    session: Session, world: World, by: dict[str, Any], now: datetime
) -> None:
    world.opening.rrule = monthly(1, 1)
    openings_changes.end(session, world.opening, from_on=date(2026, 12, 8), **by)
    assert starts(session, world, now, weeks=8) == {date(2026, 12, 1): 9}
    assert world.opening.rrule == monthly(1, 1, until=date(2026, 12, 7))


def test_an_opening_ended_before_it_began_disappears(session: Session, world: World, by: dict[str, Any]) -> None:
    opening = world.make_opening(starts_on=WEDNESDAY)
    openings_changes.end(session, opening, from_on=WEDNESDAY, **by)
    session.flush()
    assert session.scalars(select(Opening)).all() == [world.opening]


def test_whatever_becomes_of_an_opening_what_is_booked_stays(
    session: Session, world: World, afternoon: Wish, by: dict[str, Any]
) -> None:
    booked = expect(world, datetime(2026, 12, 3, 8, tzinfo=UTC))
    openings_changes.take_out(session, world.opening, THURSDAY, **by)
    openings_changes.change_all(session, world.opening, afternoon, **by)
    openings_changes.end(session, world.opening, from_on=WEDNESDAY, **by)
    assert session.get_one(AppointmentAgent, (booked.appointment_id, world.agent.id)).is_live


def test_every_change_is_in_the_journal(session: Session, world: World, afternoon: Wish, by: dict[str, Any]) -> None:
    openings_changes.take_out(session, world.opening, WEDNESDAY, **by)
    openings_changes.put_back(session, world.opening, WEDNESDAY, **by)
    openings_changes.change_once(session, world.opening, WEDNESDAY, replace(afternoon, rhythm=Rhythm(WEDNESDAY)), **by)
    openings_changes.change_all(session, world.opening, afternoon, **by)
    openings_changes.end(session, world.opening, from_on=THURSDAY, **by)
    session.flush()
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == [
        "opening.day_removed",
        "opening.day_restored",
        "opening.day_removed",
        "opening.added",
        "opening.changed",
        "opening.ended",
    ]
    assert {event.agent_id for event in events} == {world.agent.id}
    assert events[0].details == {"opening_id": world.opening.id, "on": "2026-12-02"}


def test_two_days_taken_out_at_once_are_both_out(database: Database, now: datetime) -> None:
    with database.writing() as session:
        world = World(session, now)
        opening_id, organisation_id, agent_id = world.opening.id, world.organisation.id, world.agent.id

    def take_out(day: date) -> None:
        with database.writing() as session:
            opening = openings.held(session, opening_id, organisation_id)
            if day == WEDNESDAY:
                second.start()
                second.join(timeout=0.5)  # it waits for its turn: time enough to read what is about to change
            openings_changes.take_out(session, opening, day, agent_id=agent_id, now=now)

    second = Thread(target=take_out, args=[THURSDAY])
    take_out(WEDNESDAY)
    second.join(timeout=60)
    with database.reading() as session:
        assert session.get_one(Opening, opening_id).exdates == ["2026-12-02", "2026-12-03"]

"""An opening in the agenda before it is saved; the next days of one that is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import opening_days, openings, openings_preview
from invitations.agenda.recurrence import monthly, weekly
from invitations.agenda.search import find_slots
from invitations.errors import NothingToCome
from invitations.models import Absence, Closure, Opening, RegularAbsence
from invitations.openings import Replaced, Wish
from invitations.openings_preview import NOT_SAVED, Preview, Week
from invitations.rhythm import Rhythm
from tests.app.team import expect
from tests.factories import World

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = date(2026, 11, 28)
WEDNESDAY = date(2026, 12, 2)

Look = Callable[..., Preview]


@pytest.fixture
def wish(world: World) -> Wish:
    return Wish(
        agent_ids=(world.agent.id,),
        place_id=world.place.id,
        type_ids=(world.type.id,),
        rhythm=Rhythm(SATURDAY, weekdays=(5,)),
        starts_at_time=time(9),
        ends_at_time=time(12),
    )


@pytest.fixture
def look(session: Session, world: World, wish: Wish, now: datetime) -> Look:
    """The preview of Saturday mornings; keywords change them."""

    def preview(replaced: Replaced | None = None, **changes: Any) -> Preview:
        asked = replace(wish, **changes)
        return openings_preview.preview(session, world.organisation, asked, now=now, replaced=replaced)

    return preview


def added(week: Week) -> list[date]:
    return [one.starts_at.astimezone(one.zone).date() for one in week.picture.receiving if one.opening_id == NOT_SAVED]


def there(week: Week) -> list[date]:
    return [one.starts_at.astimezone(one.zone).date() for one in week.picture.receiving if one.opening_id != NOT_SAVED]


def test_the_first_two_weeks_in_which_it_happens_are_shown_among_what_is_there(look: Look) -> None:
    first, second = look(rhythm=Rhythm(SATURDAY, weekdays=(5,), interval=2)).weeks
    assert (first.days[0], second.days[0]) == (date(2026, 11, 23), date(2026, 12, 7))
    assert (added(first), added(second)) == ([SATURDAY], [date(2026, 12, 12)])
    assert there(second) == [date(2026, 12, 7) + timedelta(days=number) for number in range(5)]


def test_nothing_of_it_is_saved(session: Session, world: World, look: Look) -> None:
    look()
    assert session.scalars(select(Opening)).all() == [world.opening]


def test_what_can_not_be_saved_has_no_preview(look: Look) -> None:
    with pytest.raises(NothingToCome):
        look(rhythm=Rhythm(date(2026, 11, 20)))


def test_its_slots_are_counted_for_each_type_as_a_search_would_give_them_once_saved(
    session: Session, world: World, wish: Wish, look: Look, now: datetime
) -> None:
    short = world.make_type(name="Bilan", duration=timedelta(minutes=30), pause_after=timedelta(minutes=10))
    expect(world, datetime(2026, 12, 5, 9, 30, tzinfo=PARIS))
    world.add(
        Absence(
            agent_id=world.agent.id,
            starts_at=datetime(2026, 12, 12, tzinfo=PARIS),
            ends_at=datetime(2026, 12, 13, tzinfo=PARIS),
            created_at=now,
        )
    )
    world.add(
        Closure(
            organisation_id=world.organisation.id,
            first_on=date(2026, 12, 19),
            last_on=date(2026, 12, 19),
            created_at=now,
        )
    )
    both = (world.type.id, short.id)
    seen = look(type_ids=both)
    openings.add(
        session,
        replace(wish, type_ids=both),
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        now=now,
    )
    for given, type_ in zip(seen.given, (world.type, short), strict=True):
        slots = find_slots(session, types=[type_], after=now, before=datetime(2026, 12, 26, tzinfo=PARIS), now=now)
        saturdays = [slot for slot in slots if slot.starts_at.astimezone(PARIS).weekday() == 5]
        assert (given.type, given.slots) == (type_.name, len(saturdays))
    assert seen.given[0].slots == 4 + 2  # one whole morning, one with an appointment in it
    assert (seen.counted_from, seen.counted_to) == (SATURDAY, date(2026, 12, 25))


def test_an_hour_that_is_offered_already_is_not_counted_again(
    session: Session, world: World, wish: Wish, look: Look, now: datetime
) -> None:
    """From nine to twelve the agent receives for this type already: six to nine and twelve to two are new."""
    rhythm, long = Rhythm(date(2026, 12, 1), weekdays=(1,)), {"starts_at_time": time(6), "ends_at_time": time(14)}

    def tuesdays() -> int:
        until = datetime(2026, 12, 29, tzinfo=PARIS)
        found = find_slots(session, types=[world.type], after=now, before=until, now=now)
        return sum(slot.starts_at.astimezone(PARIS).weekday() == 1 for slot in found)

    seen = look(rhythm=rhythm, **long)
    assert look(rhythm=rhythm).given[0].slots == 0
    assert look(Replaced(world.opening.id), rhythm=rhythm).given[0].slots == 4 * 4
    other = world.make_type(name="Bilan", duration=timedelta(minutes=45))
    assert look(rhythm=rhythm, type_ids=(other.id,)).given[0].slots == 4 * 4
    before = tuesdays()
    openings.add(
        session,
        replace(wish, rhythm=rhythm, **long),
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        now=now,
    )
    assert seen.given[0].slots == tuesdays() - before == 4 * 6


def test_the_limit_of_a_type_a_day_bounds_the_count_for_each_agent(look: Look, world: World) -> None:
    colleague = world.make_agent()
    both = (world.agent.id, colleague.id)
    assert look(agent_ids=both).given[0].slots == 4 * 4 * 2
    world.type.max_per_agent_day = 3
    expect(world, datetime(2026, 11, 28, 15, tzinfo=PARIS))
    assert look(agent_ids=both).given[0].slots == 4 * 3 * 2 - 1


def test_a_collective_type_gives_no_slot_to_count(look: Look, world: World) -> None:
    session_type = world.make_type(name="Réunion", is_collective=True)
    assert [one.type for one in look(type_ids=(world.type.id, session_type.id)).given] == [world.type.name]


def test_what_happens_once_a_month_is_counted_over_the_two_months_shown(look: Look) -> None:
    seen = look(rhythm=Rhythm(SATURDAY, weekdays=(5,), nth=1))
    assert (seen.counted_from, seen.counted_to) == (date(2026, 12, 5), date(2027, 1, 3))
    assert seen.given[0].slots == 2 * 4


def test_a_day_that_is_closed_is_said_and_left_empty(look: Look, world: World, now: datetime) -> None:
    world.department.holidays_subdivision = "6AE"
    elsewhere = world.make_place(city="Die")
    for place_id, day in ((elsewhere.id, 1), (world.place.id, 2)):
        on = date(2027, 1, day)
        world.add(
            Closure(organisation_id=world.organisation.id, place_id=place_id, first_on=on, last_on=on, created_at=now)
        )
    first, second = look(rhythm=Rhythm(date(2026, 12, 26), weekdays=(5,))).weeks
    assert [(one.on, one.label) for one in first.picture.closed] == [
        (date(2026, 12, 25), "Noël"),
        (date(2026, 12, 26), "Saint-Étienne"),
    ]
    assert added(first) == []
    assert [one.on for one in second.picture.closed] == [date(2027, 1, 1), date(2027, 1, 2)]
    assert added(second) == []


def test_what_it_replaces_is_not_shown_beside_it(look: Look, world: World) -> None:
    daily = Rhythm(world.opening.starts_on, weekdays=(0, 1, 2, 3, 4))
    week, _ = look(Replaced(world.opening.id), rhythm=daily).weeks
    assert there(week) == []
    week, _ = look(Replaced(world.opening.id, WEDNESDAY), rhythm=replace(daily, starts_on=WEDNESDAY)).weeks
    assert there(week) == [date(2026, 11, 30), date(2026, 12, 1)]
    (week,) = look(Replaced(world.opening.id, WEDNESDAY, WEDNESDAY), rhythm=Rhythm(WEDNESDAY)).weeks
    assert WEDNESDAY not in there(week)
    assert len(there(week)) == 4


def test_at_nine_means_nine_where_the_place_is(look: Look, world: World) -> None:
    world.department.timezone = "Indian/Reunion"
    week, _ = look().weeks
    (one,) = [one for one in week.picture.receiving if one.opening_id == NOT_SAVED]
    assert one.starts_at == datetime(2026, 11, 28, 5, tzinfo=UTC)
    assert week.picture.zone == ZoneInfo("Indian/Reunion")


def test_the_next_days_of_an_opening_tell_what_becomes_of_each(session: Session, world: World, now: datetime) -> None:
    opening = world.make_opening(rrule=weekly([1, 4]), exdates=["2026-12-01", "2027-02-02"])
    expect(world, datetime(2026, 11, 27, 9, tzinfo=PARIS))
    expect(world, datetime(2026, 11, 27, 14, tzinfo=PARIS))
    world.add(
        RegularAbsence(
            agent_id=world.agent.id,
            starts_on=date(2026, 12, 4),
            starts_at_time=time(11),
            ends_at_time=time(13),
            rrule=weekly([4], until=date(2026, 12, 4)),
            last_on=date(2026, 12, 4),
            exdates=[],
            timezone="Europe/Paris",
            created_at=now,
        )
    )
    world.add(
        Closure(
            organisation_id=world.organisation.id,
            first_on=date(2026, 12, 8),
            last_on=date(2026, 12, 8),
            label="Inventaire",
            created_at=now,
        )
    )
    session.flush()
    coming = opening_days.coming(session, opening, now=now)
    told = {one.on: one for one in coming.days}
    assert len(told) == opening_days.SHOWN
    assert (told[date(2026, 11, 27)].booked, told[date(2026, 11, 27)].is_absent) == (1, False)
    assert told[date(2026, 12, 1)].is_taken_out
    assert told[date(2026, 12, 4)].is_absent
    assert (told[date(2026, 12, 8)].closed, told[date(2026, 12, 8)].is_holiday) == ("Inventaire", False)
    assert coming.taken_out_later == (date(2027, 2, 2),)


def test_an_opening_that_is_over_has_no_next_day(session: Session, world: World, now: datetime) -> None:
    until = date(2026, 11, 20)
    over = world.make_opening(rrule=monthly(1, 1, until=until), last_on=until)
    assert opening_days.coming(session, over, now=now) == opening_days.Coming([], ())

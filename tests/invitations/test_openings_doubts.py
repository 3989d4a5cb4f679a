"""What is doubted before openings are saved, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from invitations import openings, openings_doubts
from invitations.agenda.recurrence import weekly
from invitations.models import Absence, Closure, RegularAbsence
from invitations.openings import Replaced, Wish
from invitations.openings_doubts import Doubt, DoubtKind
from invitations.rhythm import Rhythm
from tests.factories import World

PARIS = ZoneInfo("Europe/Paris")
SATURDAY = date(2026, 11, 28)
MONDAY = date(2026, 11, 30)
CHRISTMAS = date(2026, 12, 25)

Ask = Callable[..., list[Doubt]]


@pytest.fixture
def ask(session: Session, world: World, now: datetime) -> Ask:
    """The doubts about a Saturday morning, which meets nothing that the world has; keywords change it."""
    wish = Wish(
        agent_ids=(world.agent.id,),
        place_id=world.place.id,
        type_ids=(world.type.id,),
        rhythm=Rhythm(SATURDAY),
        starts_at_time=time(9),
        ends_at_time=time(12),
    )

    def doubts(replaced: Replaced | None = None, **changes: Any) -> list[Doubt]:
        asked = replace(wish, **changes)
        organisation_id = world.organisation.id
        return openings_doubts.doubts(session, asked, organisation_id=organisation_id, now=now, replaced=replaced)

    return doubts


def close(world: World, first_on: date, last_on: date | None = None, **changes: Any) -> Closure:
    values = {"organisation_id": world.organisation.id, "first_on": first_on, "last_on": last_on or first_on}
    return world.add(Closure(created_at=world.now, **values | changes))


def test_a_quiet_saturday_is_not_doubted(ask: Ask) -> None:
    assert ask() == []


def test_an_opening_shorter_than_a_type_is_doubted(ask: Ask, world: World) -> None:
    (doubt,) = ask(ends_at_time=time(9, 30))
    assert (doubt.kind, doubt.type) == (DoubtKind.SHORTER_THAN_TYPE, world.type.name)


def test_an_opening_that_meets_another_of_the_agent_is_doubted_with_the_first_day(ask: Ask) -> None:
    (doubt,) = ask(rhythm=Rhythm(SATURDAY, weekdays=(0, 5)))
    assert doubt == Doubt(
        DoubtKind.OVERLAP,
        agent="Mme Roche",
        on=MONDAY,
        starts_at_time=time(9),
        ends_at_time=time(12),
        place="Valence",
    )


def test_openings_that_touch_or_take_turns_are_not_doubted(ask: Ask, world: World) -> None:
    assert ask(rhythm=Rhythm(MONDAY), starts_at_time=time(12), ends_at_time=time(17)) == []
    world.make_opening(rrule=weekly([5], interval=2), starts_on=SATURDAY)
    assert ask(rhythm=Rhythm(date(2026, 12, 5), weekdays=(5,), interval=2)) == []


def test_of_several_agents_those_who_receive_already_are_named(ask: Ask, world: World) -> None:
    colleague = world.make_agent(display_name="M. Faure")
    busy = world.make_agent(display_name="Mme Diop")
    world.make_opening(agent_id=busy.id, rrule=weekly([0], interval=1), starts_at_time=time(11), ends_at_time=time(13))
    found = ask(agent_ids=(colleague.id, world.agent.id, busy.id), rhythm=Rhythm(MONDAY))
    assert [(doubt.kind, doubt.agent) for doubt in found] == [
        (DoubtKind.OVERLAP, "Mme Roche"),
        (DoubtKind.OVERLAP, "Mme Diop"),
    ]


def test_what_an_opening_replaces_is_no_overlap(ask: Ask, world: World) -> None:
    mondays = Rhythm(MONDAY, weekdays=(0,))
    assert ask(Replaced(world.opening.id), rhythm=mondays) == []
    (doubt,) = ask(Replaced(world.opening.id, MONDAY, MONDAY), rhythm=mondays)
    assert doubt.on == date(2026, 12, 7)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ("", []),
        ("Mo-Fr 09:00-12:00; Sa 08:00-13:00", []),
        ("Mo-Fr 09:00-12:00", [(SATURDAY, True)]),
        ("Sa 09:00-12:00; Dec 09:00-10:00", [(date(2026, 12, 5), False)]),
    ],
    ids=["unknown", "open", "never open then", "not open in December"],
)
def test_an_opening_outside_the_hours_of_its_place_is_doubted(
    ask: Ask, world: World, hours: str, expected: list[tuple[date, bool]]
) -> None:
    world.place.opening_hours = hours
    found = ask(rhythm=Rhythm(SATURDAY, weekdays=(5,)))
    assert [(doubt.on, doubt.always) for doubt in found] == expected
    assert all(doubt.kind is DoubtKind.OUTSIDE_HOURS for doubt in found)


def test_a_single_day_that_is_a_public_holiday_is_doubted(ask: Ask) -> None:
    (doubt,) = ask(rhythm=Rhythm(CHRISTMAS), starts_at_time=time(14), ends_at_time=time(17))
    assert (doubt.kind, doubt.on, doubt.always) == (DoubtKind.HOLIDAY, CHRISTMAS, False)


@pytest.mark.parametrize(
    ("subdivision", "on"),
    [("974", date(2026, 12, 20)), ("6AE", date(2026, 12, 26)), ("973", date(2027, 6, 10))],
    ids=["Réunion", "Alsace", "Guyane"],
)
def test_a_holiday_of_the_region_is_doubted_there_alone(ask: Ask, world: World, subdivision: str, on: date) -> None:
    afternoon = {"rhythm": Rhythm(on), "starts_at_time": time(14), "ends_at_time": time(17)}
    assert ask(**afternoon) == []
    world.department.holidays_subdivision = subdivision
    assert [doubt.kind for doubt in ask(**afternoon)] == [DoubtKind.HOLIDAY]


def test_an_opening_whose_days_are_all_closed_is_doubted_and_one_that_is_open_once_is_not(
    ask: Ask, world: World
) -> None:
    saturdays = Rhythm(SATURDAY, weekdays=(5,), until=date(2026, 12, 12))
    close(world, SATURDAY)
    assert ask(rhythm=saturdays) == []
    close(world, date(2026, 12, 1), date(2026, 12, 31), place_id=world.place.id)
    (doubt,) = ask(rhythm=saturdays)
    assert (doubt.kind, doubt.on, doubt.always, doubt.place) == (DoubtKind.CLOSED, SATURDAY, True, "Valence")
    elsewhere = world.make_place(city="Die")
    assert ask(rhythm=saturdays, place_id=elsewhere.id) == []


def test_an_absence_on_the_first_day_is_doubted_with_its_hours(ask: Ask, world: World) -> None:
    colleague = world.make_agent(display_name="M. Faure")
    world.add(
        Absence(
            agent_id=colleague.id,
            starts_at=datetime(2026, 11, 27, 18, tzinfo=PARIS),
            ends_at=datetime(2026, 11, 28, 10, tzinfo=PARIS),
            created_at=world.now,
        )
    )
    both = (world.agent.id, colleague.id)
    (doubt,) = ask(agent_ids=both, rhythm=Rhythm(SATURDAY, weekdays=(5,)))
    assert doubt == Doubt(
        DoubtKind.ABSENT, agent="M. Faure", on=SATURDAY, starts_at_time=time(9), ends_at_time=time(10)
    )
    assert ask(agent_ids=both, rhythm=Rhythm(date(2026, 12, 5))) == []


def test_a_regular_absence_counts_and_contact_does_not(ask: Ask, world: World) -> None:
    world.add(
        RegularAbsence(
            agent_id=world.agent.id,
            starts_on=date(2026, 11, 7),
            starts_at_time=time(12),
            ends_at_time=time(14),
            rrule=weekly([5]),
            exdates=[],
            timezone="Europe/Paris",
            created_at=world.now,
        )
    )
    assert ask() == []
    assert [doubt.kind for doubt in ask(ends_at_time=time(13))] == [DoubtKind.ABSENT]


def test_everything_there_is_to_say_is_said_in_one_order(ask: Ask, world: World) -> None:
    world.place.opening_hours = "Sa 09:00-12:00"
    world.make_opening(rrule=weekly([2]), starts_at_time=time(18), ends_at_time=time(19))
    found = ask(rhythm=Rhythm(SATURDAY, weekdays=(2,)), starts_at_time=time(18), ends_at_time=time(18, 30))
    assert [doubt.kind for doubt in found] == [
        DoubtKind.SHORTER_THAN_TYPE,
        DoubtKind.OUTSIDE_HOURS,
        DoubtKind.OVERLAP,
    ]


def test_an_opening_put_back_tells_which_others_it_meets(session: Session, world: World, now: datetime) -> None:
    assert openings_doubts.met_on(session, world.opening, MONDAY) == []
    world.make_opening(rrule=None, starts_on=MONDAY, last_on=MONDAY, starts_at_time=time(11), ends_at_time=time(15))
    (doubt,) = openings_doubts.met_on(session, world.opening, MONDAY)
    assert (doubt.agent, doubt.starts_at_time) == ("Mme Roche", time(11))
    assert openings.opening_seen_by(session, world.opening.id, world.organisation.id).exdates == []

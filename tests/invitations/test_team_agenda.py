"""The team's agenda as one picture: what agents do on given days, and nothing of what is not theirs to see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from invitations import convening, team_agenda
from invitations.codes import Codes
from invitations.errors import NotFound
from invitations.models import (
    Absence,
    Agent,
    AppointmentAgent,
    BusyTime,
    Closure,
    ExternalCalendar,
    Outcome,
    RegularAbsence,
)
from invitations.team_agenda import Picture, Reason, meetings, times
from tests.app.team import expect
from tests.factories import World

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)
WEEK = [MONDAY + timedelta(days=number) for number in range(7)]


def at(on: date, hour: int, minute: int = 0, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.combine(on, time(hour, minute), zone).astimezone(UTC)


def look(world: World, *agents: Agent, days: list[date] | None = None, place_id: int | None = None) -> Picture:
    return team_agenda.read(
        world.session,
        world.organisation,
        [one.id for one in agents or (world.agent,)],
        days or WEEK,
        place_id=place_id,
        now=world.now,
    )


def make_absence(world: World, starts_at: datetime, ends_at: datetime, label: str = "") -> Absence:
    return world.add(
        Absence(agent_id=world.agent.id, starts_at=starts_at, ends_at=ends_at, label=label, created_at=world.now)
    )


def make_regular(world: World, **changes: object) -> RegularAbsence:
    values = {
        "agent_id": world.agent.id,
        "starts_on": date(2026, 11, 2),
        "starts_at_time": time(9),
        "ends_at_time": time(10),
        "rrule": "FREQ=WEEKLY;BYDAY=TH",
        "exdates": [],
        "timezone": "Europe/Paris",
        "label": "réunion d’équipe",
        "created_at": world.now,
    }
    return world.add(RegularAbsence(**values | changes))


def make_closure(world: World, first_on: date, last_on: date, **changes: object) -> Closure:
    values = {"organisation_id": world.organisation.id, "first_on": first_on, "last_on": last_on}
    return world.add(Closure(created_at=world.now, **values | changes))


def test_an_opening_shows_on_each_of_its_days_with_place_and_types(world: World) -> None:
    found = look(world).receiving
    assert [one.starts_at for one in found] == [at(day, 9) for day in WEEK[:5]]
    assert {(one.city, one.types) for one in found} == {("Valence", ("Entretien d'orientation",))}
    assert all(one.ends_at - one.starts_at == timedelta(hours=3) for one in found)


def test_a_day_taken_out_of_an_opening_does_not_show(world: World) -> None:
    world.opening.exdates = ["2026-11-25"]
    world.session.flush()
    assert [one.starts_at.day for one in look(world).receiving] == [23, 24, 26, 27]


def test_an_opening_keeps_its_hour_across_the_clock_change(world: World) -> None:
    """The night of 24 to 25 October 2026 has 25 hours; 9:00 stays 9:00."""
    world.make_opening(starts_on=date(2026, 10, 24), rrule="FREQ=WEEKLY;BYDAY=SA,SU")
    found = look(world, days=[date(2026, 10, 24), date(2026, 10, 25)]).receiving
    assert [one.starts_at for one in found] == [
        datetime(2026, 10, 24, 7, tzinfo=UTC),
        datetime(2026, 10, 25, 8, tzinfo=UTC),
    ]


def test_the_last_hour_of_the_day_with_25_hours_is_still_that_day(world: World) -> None:
    late = expect(world, at(date(2026, 10, 25), 23), ends_at=at(date(2026, 10, 25), 23, 45))
    assert [one.id for one in look(world, days=[date(2026, 10, 25)]).meetings] == [late.appointment_id]
    assert look(world, days=[date(2026, 10, 26)]).meetings == []


def test_a_holiday_and_a_closing_day_are_named_and_nobody_receives(world: World) -> None:
    week = [date(2026, 11, 9) + timedelta(days=number) for number in range(7)]
    make_closure(world, week[4], week[6], label="Pont")
    picture = look(world, days=week)
    assert [(one.on, one.label, one.is_holiday) for one in picture.closed] == [
        (week[2], "Armistice", True),
        *((day, "Pont", False) for day in week[4:]),
    ]
    assert [one.starts_at.astimezone(PARIS).date() for one in picture.receiving] == [week[0], week[1], week[3]]


def test_a_place_that_closes_leaves_the_others_open(world: World) -> None:
    romans = world.make_place(name="Centre social", city="Romans-sur-Isère")
    world.make_opening(place_id=romans.id, starts_at_time=time(14), ends_at_time=time(17))
    make_closure(world, TUESDAY, TUESDAY, place_id=romans.id)
    picture = look(world, days=[TUESDAY])
    assert [one.city for one in picture.receiving] == ["Valence"]
    assert [one.place for one in picture.closed] == ["Centre social"]
    assert look(world, days=[TUESDAY], place_id=world.place.id).closed == []


def test_absences_one_off_and_regular_and_calendars_of_elsewhere(world: World) -> None:
    make_absence(world, at(MONDAY, 14), at(TUESDAY, 12), "formation")
    make_regular(world)
    calendar = world.add(
        ExternalCalendar(
            agent_id=world.agent.id, label="Outlook", sealed_address="-", next_try_at=world.now, created_at=world.now
        )
    )
    world.add(
        BusyTime(calendar_id=calendar.id, agent_id=world.agent.id, starts_at=at(WEEK[4], 8), ends_at=at(WEEK[4], 9))
    )
    found = [(one.reason, one.starts_at, one.ends_at, one.label) for one in look(world).away]
    assert found == [
        (Reason.ABSENT, at(MONDAY, 14), at(TUESDAY, 12), "formation"),
        (Reason.ABSENT, at(WEEK[3], 9), at(WEEK[3], 10), "réunion d’équipe"),
        (Reason.BUSY, at(WEEK[4], 8), at(WEEK[4], 9), ""),
    ]


def test_an_absence_that_began_before_and_ends_after_is_there(world: World) -> None:
    make_absence(world, at(date(2026, 11, 1), 0), at(date(2026, 12, 15), 0), "congé")
    assert [one.label for one in look(world, days=[TUESDAY]).away] == ["congé"]
    assert look(world, days=[date(2026, 12, 16)]).away == []


def test_an_appointment_says_who_where_and_what_became_of_it(world: World) -> None:
    met = expect(world, at(MONDAY, 9), outcome=Outcome.SEEN, beneficiary=world.make_beneficiary(last_name="Arnaud"))
    expect(world, at(TUESDAY, 14), beneficiary=world.make_beneficiary(last_name="Zola"))
    first, second = look(world).meetings
    assert (first.name, first.guest and first.guest.outcome) == ("Inès Arnaud", Outcome.SEEN)
    assert first.guest is not None
    assert first.guest.participation_id == met.id
    assert (first.city, first.may_move) == ("Valence", False)
    assert (second.name, second.may_move) == ("Inès Zola", True)


def test_what_is_cancelled_takes_no_time(world: World) -> None:
    expect(world, at(TUESDAY, 14), cancelled_at=world.now, outcome=Outcome.EXCUSED)
    assert look(world).meetings == []


def test_a_proposition_shows_for_whom_the_time_is_held(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up(world.make_beneficiary(last_name="Colin"))
    choices = convening.choices_for(world.session, follow_up, organisation_id=world.organisation.id, now=world.now)
    convening.propose(
        world.session,
        follow_up,
        choices.choices[0].token,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    (held,) = look(world).meetings
    assert (held.name, held.is_held, held.may_move) == ("Inès Colin", True, False)
    assert held.guest is not None
    assert held.guest.participation_id is None


def test_a_session_shows_its_seats_and_all_its_agents(world: World) -> None:
    colleague = world.make_agent(last_name="Zay")
    workshop = world.make_type(is_collective=True, name="Atelier CV", seats=8)
    joined = expect(world, at(TUESDAY, 14), type_id=workshop.id, title="Atelier CV du mardi", seats=8, seats_taken=1)
    mine = joined.appointment_id
    world.add(
        AppointmentAgent(
            appointment_id=mine,
            agent_id=colleague.id,
            starts_at=at(TUESDAY, 14),
            ends_at=at(TUESDAY, 14, 45),
            busy_until=at(TUESDAY, 14, 45),
            is_live=True,
        )
    )
    (session,) = look(world, world.agent, colleague).meetings
    assert (session.is_session, session.name, session.seats, session.seats_taken) == (True, "Atelier CV du mardi", 8, 1)
    assert session.agent_ids == (world.agent.id, colleague.id)
    assert session.guest is None


def test_an_appointment_for_another_organisation_is_only_time_taken(world: World) -> None:
    other = world.make_organisation()
    elsewhere = world.make_type(organisation_id=other.id, name="Secret")
    expect(world, at(TUESDAY, 14), organisation_id=other.id, type_id=elsewhere.id, place_id=None)
    picture = look(world)
    assert picture.meetings == []
    (away,) = picture.away
    assert (away.reason, away.starts_at, away.ends_at, away.label) == (
        Reason.ELSEWHERE,
        at(TUESDAY, 14),
        at(TUESDAY, 14, 45),
        "",
    )


def test_only_the_agents_asked_for_are_shown(world: World) -> None:
    colleague = world.make_agent(last_name="Zay")
    expect(world, at(TUESDAY, 14), agent=colleague)
    assert look(world).meetings == []
    picture = look(world, colleague)
    assert (len(picture.meetings), picture.receiving) == (1, [])


def test_the_clock_is_the_places(world: World) -> None:
    island = world.make_place(timezone="Indian/Reunion", city="Saint-Denis")
    assert look(world).zone == PARIS, "two places that disagree: the département's"
    assert look(world, place_id=island.id).zone == ZoneInfo("Indian/Reunion")
    world.place.closed_at = world.now
    world.session.flush()
    assert look(world).zone == ZoneInfo("Indian/Reunion")


def test_a_day_is_the_places_own(world: World) -> None:
    """23:30 on Tuesday in Paris is Wednesday on Réunion."""
    island = world.make_place(timezone="Indian/Reunion", city="Saint-Denis")
    expect(world, at(TUESDAY, 23, 30), place_id=island.id)
    assert len(look(world, days=[WEEK[2]], place_id=island.id).meetings) == 1
    assert look(world, days=[TUESDAY], place_id=island.id).meetings == []


def test_one_appointment_is_found_again_but_not_somebody_elses(world: World) -> None:
    mine = expect(world, at(TUESDAY, 14)).appointment_id
    assert meetings.one(world.session, world.organisation, mine, now=world.now).id == mine
    for organisation, wanted in ((world.make_organisation(), mine), (world.organisation, mine + 100)):
        with pytest.raises(NotFound):
            meetings.one(world.session, organisation, wanted, now=world.now)


def test_a_wall_time_is_one_moment_and_never_one_that_does_not_exist() -> None:
    assert times.moment(TUESDAY, time(9), PARIS) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert times.moment(date(2026, 10, 25), time(2, 30), PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    with pytest.raises(ValueError):
        times.moment(date(2026, 3, 29), time(2, 30), PARIS)


def test_the_nearest_free_times_are_first_the_same_agents(world: World) -> None:
    colleague = world.make_agent(last_name="Zay")
    world.make_opening(agent_id=colleague.id)
    found = times.nearest_free(world.session, [world.type], colleague.id, at(WEEK[3], 10), now=world.now)
    assert [one.agent_id for one in found] == [colleague.id] * 3
    assert [one.starts_at for one in found] == [at(WEEK[3], 9), at(WEEK[3], 9, 45), at(WEEK[3], 10, 30)]


def test_more_agents_and_days_cost_no_more_queries(world: World) -> None:
    few = queries_of(world.session, lambda: look(world, days=[TUESDAY]))
    agents = [world.make_agent(last_name=f"Agent{number}") for number in range(8)]
    for number, agent in enumerate(agents):
        world.make_opening(agent_id=agent.id)
        for day in WEEK[:5]:
            expect(world, at(day, 9 + number), agent=agent)
    make_regular(world)
    many = queries_of(world.session, lambda: look(world, *agents))
    assert many == few <= 11


def queries_of(session: Session, act: Callable[[], object]) -> int:
    said: list[str] = []

    def remember(*words: object) -> None:
        said.append(str(words[2]))

    session.flush()
    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", remember)
    act()
    event.remove(engine, "before_cursor_execute", remember)
    return len(said)

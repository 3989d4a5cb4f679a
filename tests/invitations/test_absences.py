"""Absences, once and again, of one agent and of several: slots go, what is booked stays and is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import absence_days, absences, absences_list, regular_absences
from invitations.absences import Away
from invitations.absences_list import Absent, BookedDay
from invitations.agenda.recurrence import monthly, weekly
from invitations.agenda.search import find_slots
from invitations.errors import EndsBeforeItStarts, NotFound, NothingToCome
from invitations.models import Absence, AppointmentAgent, AuditEvent, RegularAbsence
from invitations.regular_absences import Habit
from invitations.rhythm import Rhythm
from tests.app.team import expect
from tests.factories import World

PARIS = ZoneInfo("Europe/Paris")
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 2)
TWO_DAYS = Away(datetime(2026, 11, 30, tzinfo=PARIS), datetime(2026, 12, 2, tzinfo=PARIS), "Formation")
WEDNESDAYS = Habit(Rhythm(WEDNESDAY, weekdays=(2,)))


@pytest.fixture
def by(world: World, now: datetime) -> dict[str, Any]:
    """Who says so, for absences that happen once."""
    return {"organisation_id": world.organisation.id, "agent_id": world.agent.id, "now": now}


@pytest.fixture
def often(world: World, now: datetime) -> dict[str, Any]:
    """Who says so, for those that come back."""
    return {"organisation": world.organisation, "agent_id": world.agent.id, "now": now}


def slot_days(session: Session, world: World, now: datetime) -> set[date]:
    session.flush()
    found = find_slots(session, types=[world.type], after=now, before=now + timedelta(days=35), now=now)
    return {slot.starts_at.astimezone(world.place.zone).date() for slot in found}


def test_an_absence_takes_slots_away_and_gives_them_back(
    session: Session, world: World, by: dict[str, Any], now: datetime
) -> None:
    added = absences.add(session, [world.agent.id], TWO_DAYS, **by)
    assert not slot_days(session, world, now) & {MONDAY, TUESDAY}
    absences.change(session, added, replace(TWO_DAYS, ends_at=datetime(2026, 12, 1, tzinfo=PARIS)), **by)
    assert slot_days(session, world, now) & {MONDAY, TUESDAY} == {TUESDAY}
    absences.remove(session, added, **by)
    assert MONDAY in slot_days(session, world, now)


@pytest.mark.parametrize(
    ("away", "refusal"),
    [
        (replace(TWO_DAYS, ends_at=TWO_DAYS.starts_at), EndsBeforeItStarts),
        (Away(datetime(2026, 11, 22, 9, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)), NothingToCome),
    ],
)
def test_an_absence_that_can_not_be_is_neither_added_nor_made_of_another(
    session: Session, world: World, by: dict[str, Any], away: Away, refusal: type[Exception]
) -> None:
    (there,) = absences.add(session, [world.agent.id], TWO_DAYS, **by)
    with pytest.raises(refusal):
        absences.add(session, [world.agent.id], away, **by)
    with pytest.raises(refusal):
        absences.change(session, [there], away, **by)
    assert session.scalars(select(Absence)).all() == [there]


def test_an_absence_of_several_is_seen_and_changed_together_and_one_may_leave(
    session: Session, world: World, by: dict[str, Any]
) -> None:
    colleague = world.make_agent(display_name="M. Faure")
    first, second = absences.add(session, [world.agent.id, colleague.id], TWO_DAYS, **by)
    absences.add(session, [colleague.id], replace(TWO_DAYS, label="Congé"), **by)
    assert absences.seen_by(session, second.id, world.organisation.id) == [second, first]
    absences.change(session, [second], replace(TWO_DAYS, ends_at=datetime(2026, 12, 3, tzinfo=PARIS)), **by)
    session.flush()
    assert absences.seen_by(session, second.id, world.organisation.id, hold=True) == [second]


def test_an_absence_of_elsewhere_does_not_exist(session: Session, world: World, by: dict[str, Any]) -> None:
    other = world.make_organisation()
    stranger = world.make_agent(organisation=other)
    (there,) = absences.add(session, [stranger.id], TWO_DAYS, **by | {"organisation_id": other.id})
    for absence_id in (there.id, 999_999):
        with pytest.raises(NotFound):
            absences.seen_by(session, absence_id, world.organisation.id)
    with pytest.raises(NotFound):
        absences.add(session, [world.agent.id, stranger.id], TWO_DAYS, **by)
    (mine,) = absences.add(session, [world.agent.id], TWO_DAYS, **by)
    assert absences.seen_by(session, mine.id, world.organisation.id) == [mine]


def test_every_wednesday_is_taken_away_and_given_back(
    session: Session, world: World, often: dict[str, Any], now: datetime
) -> None:
    added = regular_absences.add(session, [world.agent.id], WEDNESDAYS, **often)
    assert not {day for day in slot_days(session, world, now) if day.weekday() == 2 and day >= WEDNESDAY}
    regular_absences.take_out(session, added, date(2026, 12, 9), **often)
    assert {day for day in slot_days(session, world, now) if day.weekday() == 2} == {
        date(2026, 11, 25),
        date(2026, 12, 9),
    }
    regular_absences.put_back(session, added, date(2026, 12, 9), **often)
    assert date(2026, 12, 9) not in slot_days(session, world, now)
    regular_absences.remove(session, added, **often)
    assert WEDNESDAY in slot_days(session, world, now)
    assert session.scalars(select(RegularAbsence)).all() == []


def test_a_meeting_every_first_monday_takes_its_hours_alone(
    session: Session, world: World, often: dict[str, Any], now: datetime
) -> None:
    colleague = world.make_agent(display_name="M. Faure")
    meeting = Habit(Rhythm(MONDAY, weekdays=(0,), nth=1), time(9), time(11), "Réunion d’équipe")
    added = regular_absences.add(session, [world.agent.id, colleague.id], meeting, **often)
    assert [(one.agent_id, one.rrule) for one in added] == [
        (world.agent.id, monthly(1, 0)),
        (colleague.id, monthly(1, 0)),
    ]
    session.flush()
    found = find_slots(session, types=[world.type], after=now, before=now + timedelta(days=21), now=now)
    firsts = [slot.starts_at.astimezone(PARIS) for slot in found]
    assert min(moment.time() for moment in firsts if moment.date() == date(2026, 12, 7)) == time(11)
    assert min(moment.time() for moment in firsts if moment.date() == date(2026, 12, 14)) == time(9)


@pytest.mark.parametrize(
    ("habit", "refusal"),
    [
        (replace(WEDNESDAYS, starts_at_time=time(14), ends_at_time=time(9)), EndsBeforeItStarts),
        (Habit(Rhythm(WEDNESDAY, weekdays=(2,), until=TUESDAY)), NothingToCome),
        (Habit(Rhythm(date(2026, 11, 2), weekdays=(2,), until=date(2026, 11, 20))), NothingToCome),
        (Habit(Rhythm(WEDNESDAY)), ValueError),
    ],
    ids=["across midnight", "ends before it begins", "over", "once"],
)
def test_a_habit_that_can_not_be_is_refused(
    session: Session, world: World, often: dict[str, Any], habit: Habit, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        regular_absences.add(session, [world.agent.id], habit, **often)


def test_a_habit_changes_and_its_days_taken_out_stay_out_while_they_are_its_days(
    session: Session, world: World, often: dict[str, Any], now: datetime
) -> None:
    added = regular_absences.add(session, [world.agent.id], WEDNESDAYS, **often)
    regular_absences.take_out(session, added, date(2026, 12, 9), **often)
    both = Habit(Rhythm(WEDNESDAY, weekdays=(2, 3)), label="Temps partiel")
    regular_absences.change(session, added, both, **often)
    assert (added[0].rrule, added[0].exdates, added[0].label) == (weekly([2, 3]), ["2026-12-09"], "Temps partiel")
    assert date(2026, 12, 9) in slot_days(session, world, now)
    regular_absences.change(session, added, Habit(Rhythm(WEDNESDAY, weekdays=(3,))), **often)
    assert added[0].exdates == []


def test_a_day_that_is_none_of_its_days_is_neither_taken_out_nor_put_back(
    session: Session, world: World, often: dict[str, Any]
) -> None:
    added = regular_absences.add(session, [world.agent.id], WEDNESDAYS, **often)
    for act in (regular_absences.take_out, regular_absences.put_back):
        with pytest.raises(NotFound):
            act(session, added, MONDAY, **often)


def test_habits_that_say_the_same_are_seen_together_until_one_differs(
    session: Session, world: World, often: dict[str, Any]
) -> None:
    colleague = world.make_agent()
    first, second = regular_absences.add(session, [world.agent.id, colleague.id], WEDNESDAYS, **often)
    organisation_id = world.organisation.id
    assert regular_absences.seen_by(session, second.id, organisation_id) == [second, first]
    regular_absences.take_out(session, [first], WEDNESDAY, **often)
    session.flush()
    assert regular_absences.seen_by(session, second.id, organisation_id, hold=True) == [second]
    other = world.make_organisation()
    for absence_id, where in ((first.id, other.id), (999_999, organisation_id)):
        with pytest.raises(NotFound):
            regular_absences.seen_by(session, absence_id, where)


def test_what_is_booked_during_an_absence_stays_and_is_told_by_day_and_agent(
    session: Session, world: World, by: dict[str, Any], now: datetime
) -> None:
    colleague = world.make_agent(last_name="Zola", display_name="M. Zola")
    booked = expect(world, datetime(2026, 11, 30, 9, tzinfo=PARIS))
    expect(world, datetime(2026, 11, 30, 10, tzinfo=PARIS))
    expect(world, datetime(2026, 12, 1, 9, tzinfo=PARIS), agent=colleague)
    expect(world, datetime(2026, 12, 1, 10, tzinfo=PARIS), cancelled_at=now)
    expect(world, datetime(2026, 12, 1, 11, tzinfo=PARIS), held_until=now + timedelta(days=1))
    expect(world, datetime(2026, 12, 2, 0, tzinfo=PARIS))
    elsewhere = world.make_organisation()
    expect(world, datetime(2026, 12, 1, 16, tzinfo=PARIS), organisation_id=elsewhere.id)
    both = absences.add(session, [world.agent.id, colleague.id], TWO_DAYS, **by)
    expected = (BookedDay(world.agent.id, MONDAY, 2), BookedDay(colleague.id, TUESDAY, 1))
    assert absence_days.booked_during(session, world.organisation, both, now=now) == expected
    (line,) = absences_list.absences_of(session, world.organisation, now=now)
    assert line.booked == expected
    assert [one.agent for one in line.absent] == ["Mme Roche", "M. Zola"]
    assert session.get_one(AppointmentAgent, (booked.appointment_id, world.agent.id)).is_live


def test_the_days_of_a_habit_tell_what_is_booked_on_each(
    session: Session, world: World, often: dict[str, Any], now: datetime
) -> None:
    expect(world, datetime(2026, 12, 9, 9, tzinfo=PARIS))
    expect(world, datetime(2026, 12, 16, 9, tzinfo=PARIS))
    added = regular_absences.add(session, [world.agent.id], WEDNESDAYS, **often)
    regular_absences.take_out(session, added, date(2026, 12, 16), **often)
    regular_absences.take_out(session, added, date(2027, 3, 3), **often)
    session.flush()
    told = (BookedDay(world.agent.id, date(2026, 12, 9), 1),)
    assert absence_days.booked_during_all(session, world.organisation, added, now=now) == told
    (line,) = absences_list.regular_absences_of(session, world.organisation, now=now)
    assert (line.booked, line.taken_out) == (told, (date(2026, 12, 16), date(2027, 3, 3)))
    coming = absence_days.coming(session, world.organisation, added, now=now)
    assert [(one.on.day, one.is_taken_out, len(one.booked)) for one in coming.days[:3]] == [
        (2, False, 0),
        (9, False, 1),
        (16, True, 1),
    ]
    assert coming.taken_out_later == (date(2027, 3, 3),)


def test_the_list_shows_what_is_to_come_of_the_team_and_what_is_over_apart(
    session: Session, world: World, by: dict[str, Any], often: dict[str, Any], now: datetime
) -> None:
    colleague = world.make_agent(display_name="M. Faure", last_name="Faure")
    gone = world.make_agent(closed_at=now)
    over = {"starts_at": datetime(2026, 11, 2, tzinfo=PARIS), "ends_at": datetime(2026, 11, 3, tzinfo=PARIS)}
    world.add(Absence(agent_id=colleague.id, created_at=now, **over))
    world.add(Absence(agent_id=gone.id, starts_at=TWO_DAYS.starts_at, ends_at=TWO_DAYS.ends_at, created_at=now))
    (mine,) = absences.add(session, [world.agent.id], TWO_DAYS, **by)
    regular_absences.add(session, [colleague.id, world.agent.id], WEDNESDAYS, **often)
    session.flush()
    organisation = world.organisation
    (line,) = absences_list.absences_of(session, organisation, now=now)
    assert line.absent == (Absent(mine.id, world.agent.id, "Mme Roche"),)
    assert absences_list.absences_of(session, organisation, now=now, agent_id=colleague.id) == []
    (regular,) = absences_list.regular_absences_of(session, organisation, now=now)
    assert [one.agent for one in regular.absent] == ["M. Faure", "Mme Roche"]
    (alone,) = absences_list.regular_absences_of(session, organisation, now=now, agent_id=colleague.id)
    assert [one.agent for one in alone.absent] == ["M. Faure"]
    (ended,) = absences_list.absences_over(session, organisation, now=now)
    assert [one.agent for one in ended.absent] == ["M. Faure"]
    other = world.make_organisation()
    assert absences_list.absences_of(session, other, now=now) == []
    assert absences_list.regular_absences_of(session, other, now=now) == []


def test_what_agents_do_to_absences_is_in_the_journal(
    session: Session, world: World, by: dict[str, Any], often: dict[str, Any]
) -> None:
    added = absences.add(session, [world.agent.id], TWO_DAYS, **by)
    absences.change(session, added, TWO_DAYS, **by)
    absences.remove(session, added, **by)
    habit = regular_absences.add(session, [world.agent.id, world.make_agent().id], WEDNESDAYS, **often)
    regular_absences.take_out(session, habit[:1], WEDNESDAY, **often)
    regular_absences.put_back(session, habit[:1], WEDNESDAY, **often)
    regular_absences.change(session, habit[:1], WEDNESDAYS, **often)
    regular_absences.remove(session, habit, **often)
    session.flush()
    events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == [
        "absence.added",
        "absence.changed",
        "absence.removed",
        "regular_absence.added",
        "regular_absence.added",
        "regular_absence.day_removed",
        "regular_absence.day_restored",
        "regular_absence.changed",
        "regular_absence.removed",
        "regular_absence.removed",
    ]
    assert {(event.agent_id, event.organisation_id) for event in events} == {(world.agent.id, world.organisation.id)}
    assert all("Formation" not in str(event.details) for event in events)

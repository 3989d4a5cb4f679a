"""Sessions planned alone or as a series: what speaks against a day is told before, hours stay across clock changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select

from invitations import sessions, sessions_changing, sessions_list
from invitations.codes import Codes
from invitations.errors import (
    AlreadyBooked,
    Archived,
    EndsBeforeItStarts,
    FewerSeatsThanTaken,
    FollowUpClosed,
    InvitationEnded,
    NotChangeable,
    NotFound,
    NothingToCome,
    SeriesTooLong,
    SessionFull,
    SlotTaken,
)
from invitations.models import (
    Absence,
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Closure,
    FollowUp,
    FollowUpStatus,
    Membership,
    MessageKind,
    MessageState,
    Outcome,
    Participation,
)
from invitations.rhythm import Rhythm
from invitations.session_doubts import TroubleKind
from invitations.sessions import Occurrence, Plan
from invitations.sessions_changing import Change
from tests.factories import World
from tests.invitations.test_booking import Person, messages
from tests.invitations.test_seats import settle_messages, taken, token

PARIS = ZoneInfo("Europe/Paris")
# A Tuesday.
DAY = date(2026, 12, 1)


@pytest.fixture
def workshop(world: World) -> AppointmentType:
    return world.make_type(name="Atelier collectif", duration=timedelta(hours=2), is_collective=True, seats=12)


@pytest.fixture
def plan(world: World, workshop: AppointmentType) -> Plan:
    return Plan(
        type_id=workshop.id,
        place_id=world.place.id,
        agent_ids=(world.agent.id,),
        title="Atelier budget",
        seats=12,
        rhythm=Rhythm(DAY),
        starts_at_time=time(14),
    )


def create(world: World, plan: Plan, *, skipping: bool = True) -> list[Appointment]:
    return sessions.create(
        world.session,
        plan,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        skipping=skipping,
        now=world.now,
    )


def examine(world: World, plan: Plan) -> list[Occurrence]:
    return sessions.examine(world.session, plan, organisation_id=world.organisation.id, now=world.now)


def local(one: Appointment) -> str:
    return f"{one.starts_at.astimezone(PARIS):%d/%m %H:%M}"


def weekly(plan: Plan, *, starts_on: date = DAY, every: int = 1, **changes: object) -> Plan:
    rhythm = Rhythm(starts_on, (starts_on.weekday(),), interval=every, until=changes.pop("until", None))  # type: ignore[arg-type]
    return replace(plan, rhythm=rhythm, **changes)  # type: ignore[arg-type]


# Created


def test_a_session_lasts_as_its_type_and_takes_its_agents_time(world: World, plan: Plan) -> None:
    second = world.make_agent()
    (one,) = create(world, replace(plan, agent_ids=(world.agent.id, second.id)))
    assert (local(one), one.ends_at - one.starts_at, one.seats, one.series_uid) == (
        "01/12 14:00",
        timedelta(hours=2),
        12,
        None,
    )
    times = world.session.scalars(select(AppointmentAgent).where(AppointmentAgent.appointment_id == one.id)).all()
    assert {time.agent_id for time in times} == {world.agent.id, second.id}
    assert all(time.is_live for time in times)


def test_a_series_keeps_its_hour_across_the_clock_change(world: World, plan: Plan) -> None:
    made = create(world, weekly(plan, starts_on=date(2027, 3, 16), times=3))
    assert [local(one) for one in made] == ["16/03 14:00", "23/03 14:00", "30/03 14:00"]
    assert made[2].starts_at - made[1].starts_at == timedelta(days=7, hours=-1)
    assert len({one.series_uid for one in made}) == 1


def test_an_hour_that_the_clock_jumps_over_is_skipped(world: World, plan: Plan) -> None:
    found = examine(world, weekly(plan, starts_on=date(2027, 3, 21), times=3, starts_at_time=time(2, 30)))
    assert [one.on for one in found] == [date(2027, 3, 21), date(2027, 4, 4)]


def test_every_second_week_until_a_day_and_so_many_times(world: World, plan: Plan) -> None:
    days = [one.on.isoformat()[5:] for one in examine(world, weekly(plan, every=2, until=date(2027, 1, 12)))]
    assert days == ["12-01", "12-15", "12-29", "01-12"]
    assert len(examine(world, weekly(plan, every=2, until=date(2027, 1, 12), times=2))) == 2


def test_the_nth_weekday_of_each_month_and_no_fifth_where_there_is_none(world: World, plan: Plan) -> None:
    fifth = replace(plan, rhythm=Rhythm(date(2026, 12, 29), (1,), nth=5), times=3)
    assert [one.on.isoformat() for one in examine(world, fifth)] == ["2026-12-29", "2027-03-30", "2027-06-29"]
    last = replace(plan, rhythm=Rhythm(DAY, (1,), nth=-1), times=2)
    assert [one.on.isoformat() for one in examine(world, last)] == ["2026-12-29", "2027-01-26"]


def test_days_with_a_trouble_are_told_then_skipped_or_kept(world: World, plan: Plan) -> None:
    # Fridays: 11 December the place is closed, 18 the agent is away, 25 is Christmas, 1 January is one too.
    friday = date(2026, 12, 4)
    world.add(
        Closure(
            organisation_id=world.organisation.id,
            first_on=date(2026, 12, 11),
            last_on=date(2026, 12, 11),
            created_at=world.now,
        )
    )
    away = datetime(2026, 12, 18, 14, 30, tzinfo=PARIS)
    world.add(Absence(agent_id=world.agent.id, starts_at=away, ends_at=away + timedelta(hours=1), created_at=world.now))
    series = weekly(plan, starts_on=friday, times=6)
    told = {one.on.day: [trouble.kind for trouble in one.troubles] for one in examine(world, series) if one.troubles}
    assert told == {
        11: [TroubleKind.CLOSED],
        18: [TroubleKind.ABSENT],
        25: [TroubleKind.HOLIDAY],
        1: [TroubleKind.HOLIDAY],
    }
    assert [one.starts_at.day for one in create(world, series)] == [4, 8]
    again = replace(series, agent_ids=(world.make_agent().id,))
    assert len(create(world, again, skipping=False)) == 6


def test_a_day_on_which_an_agent_is_taken_is_never_kept(world: World, plan: Plan, workshop: AppointmentType) -> None:
    world.make_session(datetime(2026, 12, 8, 14, 0, tzinfo=UTC), workshop)
    series = weekly(plan, times=3)
    (taken_day,) = [one for one in examine(world, series) if not one.is_possible]
    assert (taken_day.on, taken_day.troubles[0].agent) == (date(2026, 12, 8), "Mme Roche")
    assert [local(one) for one in create(world, series, skipping=False)] == ["01/12 14:00", "15/12 14:00"]
    with pytest.raises(SlotTaken):
        create(world, replace(plan, rhythm=Rhythm(date(2026, 12, 8))))


def test_right_after_another_appointment_is_fine(world: World, plan: Plan) -> None:
    create(world, plan)
    assert examine(world, replace(plan, starts_at_time=time(16)))[0].troubles == ()


def statements(world: World, act: Callable[[], object]) -> int:
    """How many queries this asks."""
    said: list[object] = []

    def remember(*words: object) -> None:
        said.append(words[2])

    world.session.flush()
    engine = world.session.get_bind()
    event.listen(engine, "before_cursor_execute", remember)
    act()
    event.remove(engine, "before_cursor_execute", remember)
    return len(said)


def test_a_series_is_looked_at_in_as_many_queries_as_one_session(world: World, plan: Plan) -> None:
    examine(world, plan)
    assert statements(world, lambda: examine(world, plan)) == statements(
        world, lambda: examine(world, weekly(plan, times=40))
    )


def test_what_can_not_be_saved_is_refused_by_its_name(world: World, plan: Plan) -> None:
    stranger = world.make_agent(organisation=world.make_organisation())
    for change in (
        {"agent_ids": (stranger.id,)},
        {"agent_ids": ()},
        {"type_id": world.type.id},
        {"place_id": 0},
    ):
        with pytest.raises(NotFound):
            create(world, replace(plan, **change))
    with pytest.raises(EndsBeforeItStarts):
        create(world, replace(plan, ends_at_time=time(13)))
    with pytest.raises(EndsBeforeItStarts):
        create(world, replace(plan, starts_at_time=time(23)))
    with pytest.raises(NothingToCome):
        create(world, replace(plan, rhythm=Rhythm(date(2026, 11, 3))))
    with pytest.raises(SeriesTooLong):
        create(world, weekly(plan))


# Changed


def wish(world: World, one: Appointment, **changes: object) -> Change:
    """The session as it is, but for these."""
    values = {
        "type_id": one.type_id,
        "place_id": one.place_id,
        "agent_ids": tuple(time.agent_id for time in one.times),
        "title": one.title,
        "seats": one.seats,
        "rhythm": Rhythm(one.starts_at.astimezone(PARIS).date()),
        "starts_at_time": one.starts_at.astimezone(PARIS).time(),
    }
    made = Plan(**values | changes)  # type: ignore[arg-type]
    checked = sessions.check(world.session, made, world.organisation.id)
    (when,) = sessions.times_of(made, checked)
    return Change(made.title, made.seats, checked, when)


def change(world: World, one: Appointment, **changes: object) -> None:
    sessions_changing.change(world.session, one, wish(world, one, **changes), agent_id=world.agent.id, now=world.now)


def test_seats_never_go_below_those_taken(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, plan)
    for _ in range(2):
        Person(world, codes).book(token(one))
    with pytest.raises(FewerSeatsThanTaken) as refusal:
        change(world, one, seats=1)
    assert refusal.value.details["taken"] == 2
    change(world, one, seats=2, title="Atelier cuisine")
    assert (one.seats, one.title, one.version) == (2, "Atelier cuisine", 0)
    assert messages(world, MessageKind.MOVED) == []
    assert {message.state for message in messages(world, MessageKind.BOOKED)} == {MessageState.PENDING}


def test_another_time_is_told_once_to_everyone(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, plan)
    for _ in range(2):
        Person(world, codes).book(token(one))
    settle_messages(world)
    for _ in range(2):
        change(world, one, starts_at_time=time(15))
    assert local(one) == "01/12 15:00"
    assert one.version == 1
    assert len(messages(world, MessageKind.MOVED)) == 4
    times = world.session.scalars(select(AppointmentAgent.starts_at)).all()
    assert times == [one.starts_at]


def test_another_agent_takes_over_and_nothing_is_said_to_have_moved(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, plan)
    Person(world, codes).book(token(one))
    colleague = world.make_agent()
    change(world, one, agent_ids=(colleague.id,))
    assert [agent.id for agent in one.agents] == [colleague.id]
    assert (one.version, messages(world, MessageKind.MOVED)) == (0, [])
    create(world, plan)  # the first agent is free again


def test_a_change_onto_taken_time_changes_nothing(world: World, plan: Plan) -> None:
    (one,) = create(world, plan)
    create(world, replace(plan, rhythm=Rhythm(DAY + timedelta(days=1))))
    with pytest.raises(SlotTaken), world.session.begin_nested():
        change(world, one, rhythm=Rhythm(DAY + timedelta(days=1)))
    world.session.expire_all()
    assert (local(one), one.version) == ("01/12 14:00", 0)
    assert [
        trouble.kind
        for trouble in sessions_changing.doubts(
            world.session, one, wish(world, one, rhythm=Rhythm(DAY + timedelta(days=1)))
        )
    ] == [TroubleKind.TAKEN]


def test_its_own_time_does_not_stand_in_its_way(world: World, plan: Plan) -> None:
    (one,) = create(world, plan)
    assert sessions_changing.doubts(world.session, one, wish(world, one, starts_at_time=time(15))) == []


# Cancelled


def cancel(world: World, one: Appointment, *, rest: bool = False) -> int:
    return sessions_changing.cancel(world.session, one, rest=rest, agent_id=world.agent.id, now=world.now)


def test_cancelling_tells_everyone_and_gives_their_link_back(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, plan)
    people = [Person(world, codes) for _ in range(2)]
    booked = [person.book(token(one)) for person in people]
    settle_messages(world)
    assert cancel(world, one) == 2
    assert cancel(world, one) == 0
    assert {each.outcome for each in booked} == {Outcome.REVOKED}
    assert {person.follow_up.status for person in people} == {FollowUpStatus.REVOKED}
    assert len(messages(world, MessageKind.CANCELLED_BY_SERVICE)) == 4
    assert taken(world, one) == 0
    assert people[0].tokens()
    assert token(one) not in people[0].tokens()
    assert create(world, plan)


def test_the_rest_of_a_series_goes_and_what_was_before_stays(world: World, codes: Codes, plan: Plan) -> None:
    made = create(world, weekly(plan, times=4))
    people = [Person(world, codes) for _ in range(3)]
    booked = [person.book(token(one)) for person, one in zip(people, made, strict=False)]
    assert cancel(world, made[1], rest=True) == 2
    assert [one.cancelled_at is None for one in made] == [True, False, False, False]
    assert [one.outcome for one in booked] == [Outcome.UNKNOWN, Outcome.REVOKED, Outcome.REVOKED]


def test_a_session_that_has_begun_is_neither_changed_nor_cancelled(world: World, plan: Plan) -> None:
    (one,) = create(world, plan)
    began = one.starts_at + timedelta(minutes=1)
    with pytest.raises(NotChangeable):
        sessions_changing.cancel(world.session, one, rest=False, agent_id=world.agent.id, now=began)
    with pytest.raises(NotChangeable):
        sessions_changing.change(world.session, one, wish(world, one, seats=20), agent_id=world.agent.id, now=began)


# People added by an agent


def add(world: World, codes: Codes, one: Appointment, follow_up: FollowUp) -> Participation:
    return sessions_changing.add(
        world.session, one, follow_up.beneficiary, agent_id=world.agent.id, codes=codes, now=world.now
    )


def test_an_agent_adds_people_while_seats_last(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, replace(plan, seats=1))
    person = world.make_beneficiary()
    added = sessions_changing.add(world.session, one, person, agent_id=world.agent.id, codes=codes, now=world.now)
    assert added.follow_up.status is FollowUpStatus.APPOINTMENT_PENDING
    assert len(messages(world, MessageKind.BOOKED)) == 2
    with pytest.raises(AlreadyBooked):
        add(world, codes, one, added.follow_up)
    with pytest.raises(SessionFull):
        add(world, codes, one, world.make_follow_up())
    assert taken(world, one) == 1


def test_nobody_is_added_who_should_not_be(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, plan)
    with pytest.raises(FollowUpClosed):
        add(world, codes, one, world.make_follow_up(closed_at=world.now))
    gone = world.make_follow_up()
    membership = world.session.scalars(select(Membership).where(Membership.beneficiary_id == gone.beneficiary_id)).one()
    membership.archived_at = world.now
    with pytest.raises(Archived):
        add(world, codes, one, gone)
    cancel(world, one)
    with pytest.raises(NotChangeable):
        add(world, codes, one, world.make_follow_up())


def test_who_is_added_answers_their_invitation(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, plan)
    person = Person(world, codes)
    add(world, codes, one, person.follow_up)
    with pytest.raises((AlreadyBooked, InvitationEnded)):
        person.tokens()


# Lists


def test_lists_ask_as_often_whatever_they_hold(world: World, codes: Codes, plan: Plan) -> None:
    def listed() -> list[sessions_list.Line]:
        return sessions_list.to_come(world.session, world.organisation, now=world.now)

    (first,) = create(world, plan)
    Person(world, codes).book(token(first))
    assert [(one.title, one.seats_taken, one.agents) for one in listed()] == [("Atelier budget", 1, ("Mme Roche",))]
    assert statements(world, listed) == 2
    create(world, weekly(plan, starts_on=date(2026, 12, 8), times=9))
    assert len(listed()) == 10
    assert statements(world, listed) == 2


def test_past_sessions_ask_for_their_outcomes_until_they_have_them(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, plan)
    booked = Person(world, codes).book(token(one))
    after = one.ends_at + timedelta(hours=1)
    assert [line.to_mark for line in sessions_list.to_mark(world.session, world.organisation, now=after)] == [1]
    booked.outcome = Outcome.SEEN
    world.session.flush()
    assert sessions_list.to_mark(world.session, world.organisation, now=after) == []
    assert sessions_list.to_come(world.session, world.organisation, now=after) == []


def test_who_left_and_came_back_is_listed_once(world: World, codes: Codes, plan: Plan) -> None:
    (one,) = create(world, plan)
    person = Person(world, codes)
    for _ in range(2):
        booked = person.book(token(one))
        sessions_changing.changing.cancel(
            world.session, codes.derive("participation", booked.id), codes=codes, now=world.now
        )
    again = person.book(token(one))
    (line,) = sessions_list.people_of(world.session, one)
    assert (line.participation_id, line.has_left) == (again.id, False)

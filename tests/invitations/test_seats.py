"""Seats of sessions: booked with the same link as slots, moved to and from, given back once, never one too many."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import IntegrityError

from invitations import (
    booking,
    capacity,
    changing,
    confirming,
    convening,
    free_times,
    inviting,
    moving,
    outcomes,
    seats,
)
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import AlreadyBooked, NotChangeable, SessionFull, SlotGone, SlotTaken
from invitations.models import (
    Appointment,
    AppointmentAgent,
    AppointmentType,
    Message,
    MessageKind,
    MessageState,
    OpenTo,
    Outcome,
    Participation,
    Referent,
)
from invitations.offers import Choice
from tests.conftest import NOW
from tests.factories import World
from tests.invitations.test_booking import Person, messages

# A Thursday afternoon, when nobody receives one by one.
AT = datetime(2026, 12, 3, 13, 0, tzinfo=UTC)
LATER = AT + timedelta(days=7)


@pytest.fixture
def workshop(world: World) -> AppointmentType:
    return world.make_type(name="Atelier collectif", duration=timedelta(hours=2), is_collective=True)


@pytest.fixture
def gathering(world: World, workshop: AppointmentType) -> Appointment:
    return world.make_session(AT, workshop, seats=2)


def token(one: Appointment) -> str:
    return Choice(one.starts_at, one.place_id or 0, one.type_id, one.ends_at).token


def taken(world: World, one: Appointment) -> int:
    return world.session.scalar(select(Appointment.seats_taken).where(Appointment.id == one.id)) or 0


def choices(world: World, person: Person) -> list[Choice]:
    return booking.open_invitation(world.session, person.code, codes=person.codes, now=world.now).choices


# What is shown


def test_sessions_stand_among_the_slots_with_title_and_seats(
    world: World, codes: Codes, gathering: Appointment
) -> None:
    found = choices(world, Person(world, codes))
    assert found == sorted(found)
    (one,) = [choice for choice in found if choice.is_session]
    assert (one.starts_at, one.title, one.seats_left) == (AT, "Atelier budget", 2)
    assert one.ends_at - one.starts_at == timedelta(hours=2)


def test_without_a_title_the_type_gives_its_name(world: World, codes: Codes, workshop: AppointmentType) -> None:
    world.make_session(AT, workshop, title="")
    assert [one.title for one in choices(world, Person(world, codes)) if one.is_session] == ["Atelier collectif"]


def test_two_sessions_at_once_are_one_choice_with_all_their_seats(
    world: World, codes: Codes, workshop: AppointmentType, gathering: Appointment
) -> None:
    world.make_session(AT, workshop, seats=3, agents=[world.make_agent()])
    (one,) = [choice for choice in choices(world, Person(world, codes)) if choice.is_session]
    assert one.seats_left == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"seats_taken": 12},
        {"cancelled_at": NOW},
        {"starts_at": NOW - timedelta(hours=1)},
        {"starts_at": NOW + timedelta(hours=23)},
        {"starts_at": NOW + timedelta(days=61)},
    ],
)
def test_a_full_cancelled_past_near_or_far_session_is_not_shown(
    world: World, codes: Codes, workshop: AppointmentType, changes: dict[str, object]
) -> None:
    world.make_session(**{"starts_at": AT, "type_": workshop} | changes)
    assert not [one for one in choices(world, Person(world, codes)) if one.is_session]


def test_a_session_for_agents_alone_is_not_shown_and_an_agent_books_it(
    world: World, codes: Codes, workshop: AppointmentType, gathering: Appointment
) -> None:
    workshop.open_to = OpenTo.AGENTS
    person = Person(world, codes)
    assert not [one for one in choices(world, person) if one.is_session]
    with pytest.raises(SlotGone):
        person.book(token(gathering))
    assert by_agent(world, codes, gathering).appointment_id == gathering.id


def by_agent(world: World, codes: Codes, one: Appointment) -> Participation:
    return convening.book_for(
        world.session,
        world.make_follow_up(),
        token(one),
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )


def test_agents_see_sessions_where_they_book_and_none_where_they_propose(
    world: World, codes: Codes, gathering: Appointment
) -> None:
    follow_up = world.make_follow_up()
    scope = {"organisation_id": world.organisation.id, "now": world.now}
    shown = convening.choices_for(world.session, follow_up, sessions=True, **scope)
    assert [one.title for one in shown.choices if one.is_session] == ["Atelier budget"]
    assert not [one for one in convening.choices_for(world.session, follow_up, **scope).choices if one.is_session]
    with pytest.raises(SlotTaken):
        convening.propose(world.session, follow_up, token(gathering), agent_id=world.agent.id, codes=codes, **scope)


def test_a_type_of_referents_is_shown_to_those_whom_a_referent_accompanies(
    world: World, codes: Codes, workshop: AppointmentType, gathering: Appointment
) -> None:
    workshop.referents_only = True
    follow_up = world.make_follow_up()
    world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=world.agent.id, created_at=world.now))
    assert [one for one in choices(world, Person(world, codes, follow_up)) if one.is_session]
    assert not [one for one in choices(world, Person(world, codes)) if one.is_session]


def test_a_slot_of_a_type_of_referents_is_theirs_alone(world: World, codes: Codes) -> None:
    mine = world.make_type(name="Avec votre référente", referents_only=True)
    other = world.make_agent()
    world.make_opening(types=[mine], agent_id=other.id)
    follow_up = world.make_follow_up()
    world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=other.id, created_at=world.now))
    assert {one.type_id for one in choices(world, Person(world, codes, follow_up))} == {world.type.id, mine.id}
    stranger = Person(world, codes)
    assert {one.type_id for one in choices(world, stranger)} == {world.type.id}
    with pytest.raises(SlotGone):
        stranger.book(
            Choice(
                *[getattr(choices(world, stranger)[0], name) for name in ("starts_at", "place_id")], mine.id, AT
            ).token
        )


def test_any_search_asks_four_queries_at_most(world: World, gathering: Appointment) -> None:
    types = capacity.types_open_to_invited(world.session, organisation_id=world.organisation.id)
    assert len(types) == 2
    said: list[str] = []
    engine = world.session.get_bind()

    def remember(*words: object) -> None:
        said.append(str(words[2]))

    world.session.flush()
    event.listen(engine, "before_cursor_execute", remember)
    found = free_times.find(world.session, types, free_times.Reach(), after=world.now, now=world.now)
    event.remove(engine, "before_cursor_execute", remember)
    assert found.slots
    assert found.sessions
    assert len(said) == 4


def test_inviting_counts_the_seats(world: World, codes: Codes, gathering: Appointment) -> None:
    world.session.delete(world.opening)
    world.session.flush()
    people = [Person(world, codes) for _ in range(2)]
    with pytest.raises(inviting.errors.NoFreeSlot):
        Person(world, codes)
    people[0].book(token(gathering))
    scope = {"after": world.now, "before": world.now + timedelta(days=30), "now": world.now}
    types = [gathering.type]
    assert seats.seats_left(world.session, types, **scope) == 1
    assert seats.seats_left(world.session, types, place_ids=[0], **scope) == 0
    assert seats.seats_left(world.session, types, agent_ids=[0], **scope) == 0


# Booking


def test_a_seat_is_booked_as_a_slot_is_and_a_double_tap_books_once(
    world: World, codes: Codes, gathering: Appointment
) -> None:
    person = Person(world, codes)
    looked = confirming.look_at(world.session, person.code, token(gathering), codes=person.codes, now=world.now)
    assert (looked.choice.title, looked.type.is_collective) == ("Atelier budget", True)
    booked = person.book(token(gathering))
    assert person.book(token(gathering)).id == booked.id
    assert booked.appointment_id == gathering.id
    assert taken(world, gathering) == 1
    assert len(messages(world, MessageKind.BOOKED)) == 2


def test_whoever_loses_the_last_seat_is_told_and_takes_another(
    world: World, codes: Codes, workshop: AppointmentType, gathering: Appointment
) -> None:
    after = world.make_session(LATER, workshop)
    people = [Person(world, codes) for _ in range(3)]
    for one in people[:2]:
        one.book(token(gathering))
    with pytest.raises(SlotTaken) as lost:
        people[2].book(token(gathering))
    assert not isinstance(lost.value, SlotGone)
    assert taken(world, gathering) == 2
    assert people[2].book(token(after)).appointment_id == after.id


def test_of_two_sessions_at_once_the_first_with_a_seat_is_taken(
    world: World, codes: Codes, workshop: AppointmentType
) -> None:
    first = world.make_session(AT, workshop, seats=1)
    second = world.make_session(AT, workshop, seats=1, agents=[world.make_agent()])
    assert [Person(world, codes).book(token(first)).appointment_id for _ in range(2)] == [first.id, second.id]


def test_the_database_refuses_one_too_many(world: World, gathering: Appointment) -> None:
    gathering.seats_taken = 3
    with pytest.raises(IntegrityError), world.session.begin_nested():
        world.session.flush()


def test_ten_minutes_grace_count_for_seats_too(world: World, codes: Codes, gathering: Appointment) -> None:
    person = Person(world, codes)
    limit = AT - timedelta(hours=24)
    with pytest.raises(SlotGone):
        person.book(token(gathering), now=limit + timedelta(minutes=11))
    assert person.book(token(gathering), now=limit + timedelta(minutes=10)).appointment_id == gathering.id


# The truth about a time that can't be had


@pytest.mark.parametrize("hours", [-1, 20])
def test_a_time_that_is_past_or_too_near_was_taken_by_nobody(world: World, codes: Codes, hours: int) -> None:
    starts_at = world.now.replace(minute=0) + timedelta(hours=hours)
    with pytest.raises(SlotGone):
        Person(world, codes).book(Choice(starts_at, world.place.id, world.type.id, starts_at).token)


def test_a_time_that_was_never_offered_was_taken_by_nobody(world: World, codes: Codes) -> None:
    person = Person(world, codes)
    offered = choices(world, person)[0]
    person.book(offered.token)
    other = Person(world, codes)
    never = offered.starts_at + timedelta(minutes=7)
    with pytest.raises(SlotGone):
        other.book(Choice(never, offered.place_id, offered.type_id, never).token)
    with pytest.raises(SlotTaken) as lost:
        other.book(offered.token)
    assert type(lost.value) is SlotTaken


def test_a_time_taken_long_ago_was_not_taken_just_now(world: World, codes: Codes) -> None:
    offered = choices(world, Person(world, codes))[3]
    Person(world, codes).book(offered.token)
    other = Person(world, codes)
    with pytest.raises(SlotGone):
        other.book(offered.token, now=world.now + timedelta(hours=3))


# Leaving, coming back, moving


def test_leaving_frees_exactly_one_seat_once(world: World, codes: Codes, gathering: Appointment) -> None:
    people = [Person(world, codes) for _ in range(2)]
    first, _ = [one.book(token(gathering)) for one in people]
    code = codes.derive("participation", first.id)
    for _ in range(2):
        changing.cancel(world.session, code, codes=codes, now=world.now)
    assert taken(world, gathering) == 1
    assert first.outcome is Outcome.EXCUSED
    assert gathering.cancelled_at is None
    outcomes.record(world.session, first, Outcome.REVOKED, agent_id=world.agent.id, now=world.now)
    assert taken(world, gathering) == 1
    times = world.session.scalars(select(AppointmentAgent.is_live)).all()
    assert times == [True]


def test_who_left_may_book_the_same_session_again(world: World, codes: Codes, gathering: Appointment) -> None:
    person = Person(world, codes)
    first = person.book(token(gathering))
    changing.cancel(world.session, codes.derive("participation", first.id), codes=codes, now=world.now)
    again = person.book(token(gathering))
    assert again.id != first.id
    assert taken(world, gathering) == 1
    with pytest.raises(AlreadyBooked):
        outcomes.record(world.session, first, Outcome.UNKNOWN, agent_id=world.agent.id, now=world.now)
    with pytest.raises(AlreadyBooked):
        outcomes.record(world.session, first, Outcome.SEEN, agent_id=world.agent.id, now=AT + timedelta(hours=1))


def test_an_agent_takes_an_excuse_back_while_a_seat_is_left(world: World, codes: Codes, gathering: Appointment) -> None:
    one = Person(world, codes).book(token(gathering))
    outcomes.record(world.session, one, Outcome.EXCUSED, agent_id=world.agent.id, now=world.now)
    outcomes.record(world.session, one, Outcome.UNKNOWN, agent_id=world.agent.id, now=world.now)
    assert taken(world, gathering) == 1
    outcomes.record(world.session, one, Outcome.EXCUSED, agent_id=world.agent.id, now=world.now)
    for _ in range(2):
        Person(world, codes).book(token(gathering))
    with pytest.raises(SessionFull):
        outcomes.record(world.session, one, Outcome.UNKNOWN, agent_id=world.agent.id, now=world.now)


def test_outcomes_after_the_start_leave_the_seats_alone(world: World, codes: Codes, gathering: Appointment) -> None:
    one = Person(world, codes).book(token(gathering))
    for outcome in (Outcome.NOSHOW, Outcome.EXCUSED, Outcome.SEEN):
        outcomes.record(world.session, one, outcome, agent_id=world.agent.id, now=AT + timedelta(minutes=5))
    assert taken(world, gathering) == 1


def settle_messages(world: World) -> None:
    for one in world.session.scalars(select(Message)):
        one.state = MessageState.SENT
    world.session.flush()


def test_moving_from_a_slot_to_a_session_and_on_keeps_the_identity(
    world: World, codes: Codes, workshop: AppointmentType, gathering: Appointment
) -> None:
    person = Person(world, codes)
    slot = person.tokens()[0]
    booked = person.book(slot)
    own = booked.appointment
    code, uid = codes.derive("participation", booked.id), booked.uid
    later = world.make_session(LATER, workshop)
    settle_messages(world)
    versions = [booked.version]
    for wanted in (token(gathering), token(later), slot):
        moved = moving.move(world.session, code, wanted, codes=codes, now=world.now)
        assert moving.move(world.session, code, wanted, codes=codes, now=world.now).version == moved.version
        assert (moved.id, moved.uid) == (booked.id, uid)
        versions.append(moved.version)
        settle_messages(world)
    assert versions == [0, 1, 2, 3]
    assert [taken(world, one) for one in (gathering, later)] == [0, 0]
    assert own.cancelled_at is not None
    live = world.session.scalars(
        select(AppointmentAgent.appointment_id)
        .where(AppointmentAgent.is_live)
        .order_by(AppointmentAgent.appointment_id)
    ).all()
    assert live == sorted([gathering.id, later.id, booked.appointment_id])
    assert len(messages(world, MessageKind.MOVED)) == 6
    assert slot not in Person(world, codes).tokens()


def test_moving_to_a_full_session_keeps_what_one_has(world: World, codes: Codes, gathering: Appointment) -> None:
    for _ in range(2):
        Person(world, codes).book(token(gathering))
    person = Person(world, codes)
    booked = person.book(person.tokens()[0])
    before = booked.appointment_id
    with pytest.raises(SlotTaken):
        moving.move(
            world.session, codes.derive("participation", booked.id), token(gathering), codes=codes, now=world.now
        )
    assert booked.appointment_id == before
    assert booked.appointment.cancelled_at is None
    assert taken(world, gathering) == 2


def test_moving_from_a_session_to_a_slot_that_is_lost_keeps_the_seat(
    world: World, codes: Codes, gathering: Appointment
) -> None:
    person = Person(world, codes)
    slot = person.tokens()[0]
    booked = person.book(token(gathering))
    Person(world, codes).book(slot)
    with pytest.raises(SlotTaken):
        moving.move(world.session, codes.derive("participation", booked.id), slot, codes=codes, now=world.now)
    assert booked.appointment_id == gathering.id
    assert taken(world, gathering) == 1


def test_an_agent_moves_somebody_into_a_session(world: World, codes: Codes, gathering: Appointment) -> None:
    person = Person(world, codes)
    person.book(person.tokens()[0])
    moved = moving.move_for(
        world.session,
        person.follow_up,
        token(gathering),
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        now=world.now,
    )
    assert moved.appointment_id == gathering.id
    assert taken(world, gathering) == 1


def test_what_one_has_is_no_other_choice(world: World, codes: Codes, gathering: Appointment) -> None:
    booked = Person(world, codes).book(token(gathering))
    others = changing.other_choices(world.session, booked, now=world.now)
    assert others.choices
    assert not [one for one in others.choices if one.is_session]


# An appointment does not stand in its own way


def test_moving_by_less_than_the_duration(world: World, codes: Codes) -> None:
    world.type.step = timedelta(minutes=15)
    person = Person(world, codes)
    tokens = person.tokens()
    booked = person.book(tokens[4])
    code = codes.derive("participation", booked.id)
    others = [one.token for one in changing.other_choices(world.session, booked, now=world.now).choices]
    assert tokens[4] not in others
    assert {tokens[3], tokens[5]} <= set(others)
    moved = moving.move(world.session, code, tokens[5], codes=codes, now=world.now)
    assert moved.appointment.starts_at == Choice.parse(tokens[5])[0]


def test_moving_inside_a_full_day(world: World, codes: Codes) -> None:
    world.type.max_per_agent_day = 1
    person = Person(world, codes)
    first, second, *_ = person.tokens()
    booked = person.book(first)
    same_day = Choice.parse(first)[0].date() == Choice.parse(second)[0].date()
    assert same_day
    moved = moving.move(world.session, codes.derive("participation", booked.id), second, codes=codes, now=world.now)
    assert moved.appointment.starts_at == Choice.parse(second)[0]
    with pytest.raises(SlotTaken):
        Person(world, codes).book(first)


# Limits


def test_moving_and_cancelling_have_each_their_limit(world: World, codes: Codes) -> None:
    world.type.move_limit, world.type.cancel_limit = timedelta(hours=48), timedelta(hours=2)
    person = Person(world, codes)
    tokens = person.tokens()
    booked = person.book(tokens[6])
    code = codes.derive("participation", booked.id)
    near = booked.appointment.starts_at - timedelta(hours=24)
    visit = changing.open_appointment(world.session, code, codes=codes, now=near)
    assert (visit.may_move, visit.may_cancel) == (False, True)
    assert visit.cancel_limit_at - visit.move_limit_at == timedelta(hours=46)
    with pytest.raises(changing.TooLateToChange):
        moving.move(world.session, code, tokens[-1], codes=codes, now=near)
    changing.cancel(world.session, code, codes=codes, now=near)
    with pytest.raises(NotChangeable):
        moving.move(world.session, code, tokens[-1], codes=codes, now=world.now)


def test_without_a_limit_of_its_own_moving_follows_cancelling(world: World, codes: Codes) -> None:
    person = Person(world, codes)
    booked = person.book(person.tokens()[0])
    assert changing.move_limit(booked.appointment) == changing.cancel_limit(booked.appointment)


# The last seat, many hands


def test_the_last_seats_are_given_once_each_whoever_races(database: Database, codes: Codes) -> None:
    with database.writing() as session:
        world = World(session, NOW)
        workshop = world.make_type(name="Atelier", duration=timedelta(hours=2), is_collective=True)
        gathering = world.make_session(AT, workshop, seats=3)
        wanted, gathering_id = token(gathering), gathering.id
        people = [Person(world, codes).code for _ in range(10)]
    told: Counter[str] = Counter()
    ready = threading.Barrier(len(people))

    def race(code: str) -> None:
        ready.wait(timeout=30)
        try:
            with database.writing() as session:
                booking.book(session, code, wanted, codes=codes, now=NOW)
        except SlotTaken:
            told["lost"] += 1
        else:
            told["booked"] += 1

    hands = [threading.Thread(target=race, args=(code,)) for code in people]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(timeout=60)
    assert told == {"booked": 3, "lost": 7}
    with database.reading() as session:
        assert session.get_one(Appointment, gathering_id).seats_taken == 3
        assert len(session.scalars(select(Participation)).all()) == 3


def test_the_confirmation_says_which_session_it_is(world: World, codes: Codes, gathering: Appointment) -> None:
    Person(world, codes).book(token(gathering))
    (email,) = [one for one in messages(world, MessageKind.BOOKED) if one.subject]
    assert "Quoi\N{NO-BREAK SPACE}:\tAtelier budget\nQuand" in email.body


def test_the_limit_that_messages_tell_is_true_of_moving_and_of_cancelling(
    world: World, codes: Codes, gathering: Appointment
) -> None:
    gathering.type.move_limit = timedelta(hours=48)
    Person(world, codes).book(token(gathering))
    (email,) = [one for one in messages(world, MessageKind.BOOKED) if one.subject]
    assert "jusqu’à 2\N{NO-BREAK SPACE}jours avant" in email.body

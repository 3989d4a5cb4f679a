"""Waiting for a freed slot: one person at a time, in the order of asking, two hours each, and nobody overtakes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from invitations import (
    accepting,
    booking,
    changing,
    expiry,
    follow_ups,
    moving,
    offering_free,
    placing,
    queueing,
    reminders,
)
from invitations.codes import Codes
from invitations.errors import InvitationExpired, NotChangeable, NotFound, OfferOver, SlotTaken
from invitations.models import (
    Absence,
    Appointment,
    AuditEvent,
    Author,
    EndReason,
    FollowUpStatus,
    FreedSlot,
    Membership,
    Message,
    MessageKind,
    MessageState,
    OfferAnswer,
    OpenTo,
    Outcome,
    Participation,
    Referent,
    WaitEnd,
    Waiting,
)
from invitations.offers import Choice
from tests.factories import World
from tests.invitations.queue import Queue, Somebody

THURSDAY = date(2026, 12, 3)
NINE = datetime(2026, 12, 3, 8, 0, tzinfo=UTC)  # in Paris


@pytest.fixture
def queue(world: World, codes: Codes) -> Queue:
    return Queue(world, codes)


def leave_slots(world: World, *hours: tuple[int, int]) -> None:
    """From now on the agent receives on Thursday 3 December alone, 45 minutes from each of these hours."""
    world.session.delete(world.opening)
    for hour, minute in hours:
        ends = (datetime.combine(THURSDAY, time(hour, minute)) + timedelta(minutes=45)).time()
        world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(hour, minute), ends_at_time=ends)


@pytest.fixture
def full(world: World, queue: Queue) -> tuple[Participation, list[Somebody]]:
    """One slot on Thursday at nine; somebody has booked it, three others were invited and find nothing."""
    first, *others = [queue.invite() for _ in range(4)]
    leave_slots(world, (9, 0))
    return first.book(), others


Full = tuple[Participation, list[Somebody]]


def test_a_freed_slot_is_offered_in_the_order_of_asking_and_told_on_every_channel(queue: Queue, full: Full) -> None:
    booked, (one, two, three) = full
    for somebody in (two, one, three):
        somebody.ask()
        queue.pass_by(timedelta(minutes=1))
    queue.cancel(booked)
    queue.scheduler()
    assert two.offer is not None
    assert (one.offer, three.offer) == (None, None)
    told = queue.told()
    assert {message.channel for message in told} == {"sms", "email"}
    assert {message.beneficiary_id for message in told} == {two.follow_up.beneficiary_id}
    assert all("jusqu" in message.body and "12" in message.body for message in told)
    assert {message.useless_at for message in told} == {two.offer.until}


def test_it_is_kept_two_hours_to_the_minute_that_is_told(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.pass_by(timedelta(minutes=20, seconds=17))
    queue.cancel(booked)
    queue.scheduler()
    assert one.offer is not None
    assert one.offer.until == datetime(2026, 11, 24, 11, 21, tzinfo=UTC)
    (sms, *_) = [message for message in queue.told() if message.channel == "sms"]
    assert "24/11 à 12h21" in sms.body


def test_a_slot_is_set_aside_in_the_act_that_frees_it_and_nobody_else_gets_it(queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    one.ask()
    queue.cancel(booked)
    assert [held.starts_at for held in queue.held()] == [NINE]
    offer = booking.open_invitation(queue.session, two.code, codes=queue.codes, now=queue.now)
    assert offer.choices == []
    token = Choice(NINE, queue.world.place.id, queue.world.type.id, NINE).token
    with pytest.raises(SlotTaken):
        booking.book(queue.session, two.code, token, codes=queue.codes, now=queue.now)


def test_with_nobody_waiting_a_freed_slot_is_free_for_all(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    queue.cancel(booked)
    assert queue.held() == []
    assert [
        choice.starts_at
        for choice in booking.open_invitation(queue.session, one.code, codes=queue.codes, now=queue.now).choices
    ] == [NINE]


def test_taking_it_books_it_confirms_it_and_ends_the_wait(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.cancel(booked)
    queue.scheduler()
    taken = one.take()
    assert taken.appointment.starts_at == NINE
    assert taken.created_by is Author.BENEFICIARY
    assert taken.appointment.held_until is None
    assert (one.place.end_reason, one.offer) == (WaitEnd.SERVED, None)
    assert one.follow_up.status is FollowUpStatus.APPOINTMENT_PENDING
    assert one.invitation.end_reason is EndReason.BOOKED
    owed = queue.session.scalars(select(Message).where(Message.participation_id == taken.id)).all()
    assert {message.kind for message in owed} == {MessageKind.BOOKED}


def test_a_repeated_answer_is_harmless(queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    one.ask()
    one.ask()
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    assert one.take().id == one.take().id
    one.decline()
    one.decline()
    rows = queue.session.scalars(select(FreedSlot)).all()
    assert [row.answer for row in rows] == [OfferAnswer.TAKEN]
    assert queue.session.scalars(select(Waiting).where(Waiting.follow_up_id == one.follow_up.id)).all() == [one.place]


def test_whoever_declines_waits_on_and_the_next_is_asked_at_once(queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    one.ask()
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    queue.pass_by(timedelta(minutes=5))
    one.decline()
    assert [held.starts_at for held in queue.held()] == [NINE]
    queue.scheduler()
    assert one.offer is None
    assert one.place.ended_at is None
    assert two.offer is not None
    assert two.offer.until == queue.now + timedelta(hours=2)


def test_whoever_says_nothing_for_two_hours_is_passed_over(queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    one.ask()
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    queue.pass_by(timedelta(hours=1, minutes=59))
    queue.scheduler()
    assert one.offer is not None
    queue.pass_by(timedelta(minutes=1))
    queue.scheduler()
    assert one.offer is None
    assert two.offer is not None
    with pytest.raises(OfferOver):
        one.take()


def test_an_answer_a_little_late_counts_while_nobody_else_was_asked(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.cancel(booked)
    queue.scheduler()
    queue.pass_by(timedelta(hours=2, seconds=5))
    assert one.take().appointment.starts_at == NINE


def test_when_nobody_of_the_queue_wants_it_it_is_free_for_all_and_not_offered_again(queue: Queue, full: Full) -> None:
    booked, (one, two, three) = full
    one.ask()
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    one.decline()
    queue.scheduler()
    queue.pass_by(timedelta(hours=2))
    queue.scheduler()
    assert queue.held() == []
    assert [
        choice.starts_at
        for choice in booking.open_invitation(queue.session, three.code, codes=queue.codes, now=queue.now).choices
    ] == [NINE]
    sent = len(queue.told())
    queue.scheduler()
    assert len(queue.told()) == sent == 4


def test_one_offer_at_a_time_even_when_two_slots_are_freed(world: World, queue: Queue) -> None:
    first, second, *others = [queue.invite() for _ in range(4)]
    leave_slots(world, (9, 0), (10, 0))
    booked = [first.book(), second.book()]
    one, two = others
    one.ask()
    two.ask()
    for participation in booked:
        queue.cancel(participation)
    queue.scheduler()
    assert one.offer is not None
    assert two.offer is not None
    assert one.offer.appointment_id != two.offer.appointment_id
    assert one.offer.appointment.starts_at < two.offer.appointment.starts_at


def test_with_more_slots_than_people_the_rest_is_free_for_all(world: World, queue: Queue) -> None:
    first, second, one, other = [queue.invite() for _ in range(4)]
    leave_slots(world, (9, 0), (10, 0))
    booked = [first.book(), second.book()]
    one.ask()
    for participation in booked:
        queue.cancel(participation)
    queue.scheduler()
    assert len(queue.held()) == 1
    assert len(booking.open_invitation(queue.session, other.code, codes=queue.codes, now=queue.now).choices) == 1


def test_a_slot_freed_at_night_is_told_in_the_morning_and_kept_until_ten(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.now = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)  # 22:00
    queue.cancel(booked)
    queue.scheduler()
    assert one.offer is not None
    assert one.offer.until == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert {message.due_at for message in queue.told()} == {datetime(2026, 11, 25, 7, 0, tzinfo=UTC)}


def test_a_slot_freed_on_a_saturday_night_is_kept_until_monday(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.now = datetime(2026, 11, 28, 20, 30, tzinfo=UTC)  # Saturday, 21:30
    queue.cancel(booked)
    queue.scheduler()
    assert one.offer is not None
    assert one.offer.until == datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def test_a_slot_too_close_to_be_offered_is_free_for_all_at_once(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.now = NINE - timedelta(hours=23)  # nobody books less than a day ahead
    queue.cancel(booked)
    assert queue.held() == []


def test_a_slot_that_would_begin_before_the_answer_is_due_is_not_set_aside(
    world: World, queue: Queue, full: Full
) -> None:
    booked, (one, *_) = full
    one.ask()
    world.type.min_delay = timedelta()
    queue.now = datetime(2026, 12, 2, 22, 0, tzinfo=UTC)  # 23:00 on the eve: the answer would be due at ten
    queue.cancel(booked)
    assert queue.held() == []


def test_while_people_let_it_go_by_the_slot_draws_near_and_is_free_in_the_end(queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    one.ask()
    two.ask()
    queue.now = NINE - timedelta(hours=25)
    queue.cancel(booked)
    queue.scheduler()
    assert one.offer is not None
    queue.pass_by(timedelta(hours=2))
    queue.scheduler()
    assert two.offer is None
    assert queue.held() == []


def test_an_agent_who_is_absent_then_offers_nothing(world: World, queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    _absence(world, queue)
    queue.cancel(booked)
    assert queue.held() == []


def test_an_agent_who_falls_ill_before_anybody_was_asked_offers_nothing(world: World, queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.cancel(booked)
    _absence(world, queue)
    queue.scheduler()
    assert one.offer is None
    assert queue.held() == []


def _absence(world: World, queue: Queue) -> None:
    ends_at = NINE + timedelta(hours=3)
    world.add(Absence(agent_id=world.agent.id, starts_at=NINE, ends_at=ends_at, created_at=queue.now))


def test_whoever_books_meanwhile_waits_no_more_and_their_offer_goes_to_the_next(
    world: World, queue: Queue, full: Full
) -> None:
    booked, (one, two, _) = full
    one.ask()
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(11), ends_at_time=time(11, 45))
    assert one.book().appointment.starts_at == NINE + timedelta(hours=2)
    assert one.place.end_reason is WaitEnd.OVERTAKEN
    assert one.offer is None
    queue.scheduler()
    assert two.offer is not None
    assert two.offer.appointment.starts_at == NINE


def test_a_message_that_has_not_left_is_taken_back_once_it_is_answered(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.cancel(booked)
    queue.scheduler()
    one.decline()
    assert {message.state for message in queue.told()} == {MessageState.CANCELLED}


@pytest.mark.parametrize("act", ["give_up", "close"])
def test_an_offer_ends_with_the_wait(queue: Queue, full: Full, act: str) -> None:
    booked, (one, two, _) = full
    one.ask()
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    if act == "give_up":
        queueing.give_up(queue.session, one.follow_up.id, now=queue.now)
    else:
        agent = queue.world.agent.id
        organisation = queue.world.organisation.id
        follow_ups.close(queue.session, one.follow_up, agent_id=agent, organisation_id=organisation, now=queue.now)
    assert one.place.end_reason is (WaitEnd.GAVE_UP if act == "give_up" else WaitEnd.OVERTAKEN)
    queue.scheduler()
    assert two.offer is not None


def test_whoever_is_archived_is_passed_over(queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    one.ask()
    two.ask()
    membership = select(Membership).where(Membership.beneficiary_id == one.follow_up.beneficiary_id)
    queue.session.scalars(membership).one().archived_at = queue.now
    queue.cancel(booked)
    queue.scheduler()
    assert two.offer is not None


def test_whoever_no_message_reaches_is_passed_over(queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    one.ask()
    two.ask()
    one.follow_up.beneficiary.phone = one.follow_up.beneficiary.email = None
    queue.cancel(booked)
    queue.scheduler()
    assert two.offer is not None


def test_a_new_invitation_keeps_the_place_in_the_queue(queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    one.ask()
    two.ask()
    queue.pass_by(timedelta(days=2))
    opening = queue.world.make_opening(starts_on=date(2026, 12, 1))
    again = queue.invite_again(one.follow_up)
    queue.session.delete(opening)
    queue.session.flush()
    queue.cancel(booked)
    queue.scheduler()
    assert one.offer is not None
    assert {message.invitation_id for message in queue.told()} == {again.invitation.id}
    assert again.take().appointment.starts_at == NINE


def test_a_page_left_open_does_not_answer_for_the_next_offer(world: World, queue: Queue) -> None:
    first, second, one = [queue.invite() for _ in range(3)]
    leave_slots(world, (9, 0), (10, 0))
    booked = [first.book(), second.book()]
    one.ask()
    queue.cancel(booked[0])
    queue.scheduler()
    old = one.last_offer.id
    one.decline()
    queue.cancel(booked[1])
    queue.scheduler()
    assert one.last_offer.id != old
    with pytest.raises(OfferOver):
        one.take(old)
    assert one.take().appointment.starts_at == NINE + timedelta(hours=1)


# Whatever frees a slot


@pytest.fixture
def proposed(world: World, queue: Queue) -> tuple[Somebody, Somebody]:
    """The only slot, on Thursday 10 December at nine, is held for somebody; somebody else waits."""
    other, one = queue.invite(), queue.invite()
    world.session.delete(world.opening)
    world.make_opening(rrule=None, starts_on=date(2026, 12, 10), starts_at_time=time(9), ends_at_time=time(9, 45))
    proposed = queue.propose(other.follow_up)
    one.ask()
    return proposed, one


AFTER_A_WEEK = NINE + timedelta(days=7)


def test_a_proposition_that_lapses_leaves_its_slot_to_those_who_wait(
    queue: Queue, proposed: tuple[Somebody, Somebody]
) -> None:
    other, one = proposed
    assert other.invitation.expires_at is not None
    queue.now = other.invitation.expires_at
    expiry.let_go_held(queue.session, now=queue.now)
    assert [held.starts_at for held in queue.held()] == [AFTER_A_WEEK]
    queue.scheduler()
    assert one.offer is not None


def test_a_proposition_answered_otherwise_leaves_its_slot_to_those_who_wait(
    world: World, queue: Queue, proposed: tuple[Somebody, Somebody]
) -> None:
    other, one = proposed
    world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(14), ends_at_time=time(14, 45))
    other.book()
    assert [held.starts_at for held in queue.held()] == [AFTER_A_WEEK]
    queue.scheduler()
    assert one.offer is not None


def test_what_the_service_cancels_goes_to_those_who_wait(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    changing.revoke(queue.session, booked, agent_id=queue.world.agent.id, now=queue.now)
    assert [held.starts_at for held in queue.held()] == [NINE]


def test_what_an_agent_moves_leaves_its_time_to_those_who_wait(world: World, queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    spot = placing.Spot(world.agent.id, world.type.id, world.place.id, NINE + timedelta(hours=5))
    placing.shift(
        queue.session,
        booked.appointment,
        spot,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        now=queue.now,
        anyway=True,
    )
    assert [held.starts_at for held in queue.held()] == [NINE]


def test_a_move_by_a_quarter_of_an_hour_frees_nothing_that_can_be_offered(
    world: World, queue: Queue, full: Full
) -> None:
    booked, (one, *_) = full
    one.ask()
    spot = placing.Spot(world.agent.id, world.type.id, world.place.id, NINE + timedelta(minutes=15))
    placing.shift(
        queue.session,
        booked.appointment,
        spot,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        now=queue.now,
        anyway=True,
    )
    assert queue.held() == []


# The link


def test_an_invitation_that_would_expire_lives_until_the_answer_is_due(queue: Queue, full: Full) -> None:
    booked, (one, _, three) = full
    one.ask()
    expires_at = one.invitation.expires_at
    assert expires_at is not None
    queue.world.make_opening(rrule=None, starts_on=date(2026, 12, 10), starts_at_time=time(9), ends_at_time=time(9, 45))
    late = three.book()
    queue.now = expires_at + timedelta(days=1, hours=9)
    follow_ups.refresh(queue.session, one.follow_up, now=queue.now)
    assert one.follow_up.status is FollowUpStatus.INVITATION_EXPIRED
    queue.cancel(late)
    queue.scheduler()
    assert one.offer is not None
    assert one.invitation.expires_at == one.offer.until
    assert one.follow_up.status is FollowUpStatus.INVITATION_PENDING
    queue.now = one.offer.until
    queue.scheduler()
    assert one.follow_up.status is FollowUpStatus.INVITATION_EXPIRED
    assert booked.outcome is Outcome.UNKNOWN


def test_nobody_asks_to_wait_with_an_expired_invitation(queue: Queue, full: Full) -> None:
    _, (one, *_) = full
    queue.pass_by(timedelta(days=30))
    with pytest.raises(InvitationExpired):
        one.ask()


def test_whoever_finds_a_slot_is_shown_it_rather_than_put_into_the_queue(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    queue.cancel(booked)
    one.ask()
    assert queue.session.scalars(select(Waiting)).all() == []


# Whom it suits


def test_the_place_wanted_is_the_only_one_offered(world: World, queue: Queue, full: Full) -> None:
    booked, (one, two, _) = full
    die = world.make_place(name="Mairie", city="Die", commune_insee="26113")
    one.ask(place_id=die.id)
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    assert one.offer is None
    assert two.offer is not None


def test_a_place_of_elsewhere_can_t_be_asked_for(world: World, queue: Queue, full: Full) -> None:
    _, (one, *_) = full
    other = world.make_organisation()
    with pytest.raises(NotFound):
        one.ask(place_id=world.make_place(organisation_id=other.id).id)


def test_whoever_is_received_by_their_referent_alone_is_offered_no_other_agent(
    world: World, queue: Queue, full: Full
) -> None:
    booked, (one, two, _) = full
    other = world.make_agent()
    world.add(Referent(beneficiary_id=one.follow_up.beneficiary_id, agent_id=other.id, created_at=world.now))
    one.invitation.with_referents = True
    queue.session.flush()
    one.ask()
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    assert one.offer is None
    assert two.offer is not None


def test_a_type_reserved_to_agents_is_not_offered(world: World, queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    world.type.open_to = OpenTo.AGENTS
    queue.cancel(booked)
    assert queue.held() == []


def test_another_category_is_another_queue(world: World, queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    other = world.make_category(code="rsa_accompagnement")
    world.make_settings(category_id=other.id)
    one.follow_up.category_id = other.id
    queue.session.flush()
    queue.cancel(booked)
    assert queue.held() == []


# Earlier than one's own


@pytest.fixture
def third(queue: Queue) -> Somebody:
    """Invited while there was room."""
    return queue.invite()


@pytest.fixture
def later(world: World, queue: Queue, third: Somebody) -> tuple[Participation, Participation]:
    """Somebody on Thursday at nine, and somebody at eleven who would come earlier."""
    first, second = queue.invite(), queue.invite()
    leave_slots(world, (9, 0), (11, 0))
    early, late = first.book(0), second.book(0)
    queueing.ask_earlier(queue.session, queue.code_of(late), codes=queue.codes, now=queue.now)
    return early, late


def test_an_earlier_slot_replaces_the_appointment_and_keeps_its_identity(
    queue: Queue, later: tuple[Participation, Participation]
) -> None:
    early, late = later
    uid, appointment_uid, version = late.uid, late.appointment.uid, late.version
    queue.cancel(early)
    queue.scheduler()
    told = queue.told()
    assert {message.participation_id for message in told} == {late.id}
    assert all("11" in message.body for message in told)
    moved = queue.take_instead(late)
    assert (moved.uid, moved.appointment.uid) == (uid, appointment_uid)
    assert moved.version > version
    assert moved.appointment.starts_at == NINE
    last = queue.session.scalars(
        select(Message).where(Message.participation_id == late.id).order_by(Message.id.desc())
    ).first()
    assert last is not None
    assert last.kind in {MessageKind.MOVED, MessageKind.BOOKED}
    again = queue.take_instead(late)
    assert again.appointment.starts_at == NINE


def test_what_it_leaves_goes_to_the_next_of_the_queue(
    queue: Queue, later: tuple[Participation, Participation], third: Somebody
) -> None:
    early, late = later
    third.ask()
    queue.cancel(early)
    queue.scheduler()
    queue.take_instead(late)
    queue.scheduler()
    assert third.offer is not None
    assert third.offer.appointment.starts_at == NINE + timedelta(hours=2)


def test_a_later_slot_is_not_offered_to_whoever_would_come_earlier(
    queue: Queue, later: tuple[Participation, Participation]
) -> None:
    early, late = later
    queueing.give_up(queue.session, late.follow_up_id, now=queue.now)
    queueing.ask_earlier(queue.session, queue.code_of(early), codes=queue.codes, now=queue.now)
    queue.cancel(late)
    queue.scheduler()
    assert queue.told() == []
    assert queue.held() == []


def test_declining_keeps_the_appointment(queue: Queue, later: tuple[Participation, Participation]) -> None:
    early, late = later
    queue.cancel(early)
    queue.scheduler()
    accepting.decline(queue.session, late.follow_up_id, queue.last_offer(late.follow_up_id).id, now=queue.now)
    queue.scheduler()
    assert late.appointment.starts_at == NINE + timedelta(hours=2)
    assert queue.held() == []
    with pytest.raises(OfferOver):
        queue.take_instead(late)


def test_cancelling_the_appointment_ends_the_wait_for_an_earlier_one(
    queue: Queue, later: tuple[Participation, Participation]
) -> None:
    early, late = later
    queue.cancel(early)
    queue.scheduler()
    queue.cancel(late)
    queue.scheduler()
    assert queue.session.scalars(select(Waiting.end_reason)).all() == [WaitEnd.OVERTAKEN]
    assert queue.held() == []


def test_moving_it_oneself_ends_the_wait_too(
    world: World, queue: Queue, later: tuple[Participation, Participation]
) -> None:
    _, late = later
    world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(14), ends_at_time=time(14, 45))
    at_two = NINE + timedelta(hours=5)
    moving.move(
        queue.session,
        queue.code_of(late),
        Choice(at_two, world.place.id, world.type.id, at_two).token,
        codes=queue.codes,
        now=queue.now,
    )
    assert queue.session.scalars(select(Waiting.end_reason)).all() == [WaitEnd.OVERTAKEN]
    queue.scheduler()
    assert queue.held() == []


def test_a_move_sets_its_old_time_aside(world: World, queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(14), ends_at_time=time(14, 45))
    at_two = NINE + timedelta(hours=5)
    token = Choice(at_two, world.place.id, world.type.id, at_two).token
    moving.move(queue.session, queue.code_of(booked), token, codes=queue.codes, now=queue.now)
    assert [held.starts_at for held in queue.held()] == [NINE]


def test_whoever_waits_for_an_earlier_date_waits_no_more_once_their_appointment_begins(
    queue: Queue, later: tuple[Participation, Participation]
) -> None:
    queue.now = NINE + timedelta(hours=3)
    queue.scheduler()
    assert queue.session.scalars(select(Waiting.end_reason)).all() == [WaitEnd.OVERTAKEN]


def test_a_date_that_the_service_fixed_is_changed_by_phone(
    queue: Queue, later: tuple[Participation, Participation]
) -> None:
    early, _ = later
    assert early.invitation is not None
    early.invitation.mode = early.invitation.mode.CONVOCATION
    queue.session.flush()
    with pytest.raises(NotChangeable):
        queueing.ask_earlier(queue.session, queue.code_of(early), codes=queue.codes, now=queue.now)


# Openings added since


def test_slots_opened_later_are_offered_to_those_who_found_nothing_first_come_first_served(
    world: World, queue: Queue, full: Full
) -> None:
    _, (one, two, three) = full
    for somebody in (two, one, three):
        somebody.ask()
        queue.pass_by(timedelta(minutes=1))
    world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(14), ends_at_time=time(15, 30))
    queue.scheduler()
    assert [somebody.offer is not None for somebody in (two, one, three)] == [True, True, False]
    assert two.offer is not None
    assert one.offer is not None
    assert two.offer.appointment.starts_at < one.offer.appointment.starts_at


def test_nobody_is_written_to_all_day_about_slots_that_everybody_sees(world: World, queue: Queue, full: Full) -> None:
    _, (one, *_) = full
    one.ask()
    world.make_opening(starts_on=date(2026, 12, 7))
    queue.scheduler()
    sent = len(queue.told())
    assert sent == 2
    queue.pass_by(timedelta(hours=2))
    queue.scheduler()
    assert queue.held() == []
    assert len(queue.told()) == sent
    queue.pass_by(timedelta(hours=23))
    queue.scheduler()
    assert len(queue.told()) == sent + 2


def test_reminders_leave_those_who_wait_alone(queue: Queue, full: Full) -> None:

    _, (one, two, _) = full
    one.ask()
    for message in queue.session.scalars(select(Message).where(Message.kind == MessageKind.INVITATION)):
        message.sent_at, message.state = queue.now, MessageState.SENT
    queue.pass_by(timedelta(days=3, minutes=1))
    due = {item.id for item in reminders.invitations_due(queue.session, now=queue.now)}
    assert two.invitation.id in due
    assert one.invitation.id not in due


def test_the_journal_tells_the_way_of_a_slot(queue: Queue, full: Full) -> None:

    booked, (one, two, _) = full
    one.ask()
    two.ask()
    queue.cancel(booked)
    queue.scheduler()
    one.decline()
    queue.scheduler()
    two.take()
    said = queue.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all()
    told = [action for action in said if action.startswith(("slot.", "waiting."))]
    assert told == [
        "waiting.asked",
        "waiting.asked",
        "slot.set_aside",
        "slot.offered",
        "slot.declined",
        "slot.offered",
        "slot.taken",
    ]


def test_a_held_slot_whose_time_has_come_is_over(queue: Queue, full: Full) -> None:
    booked, (one, *_) = full
    one.ask()
    queue.cancel(booked)
    held = queue.held()[0]
    queue.now = NINE
    queue.scheduler()
    assert queue.session.get_one(Appointment, held.id).cancelled_at is not None
    assert queue.session.scalars(select(FreedSlot.answered_at)).all() == [NINE]


def test_slots_opened_elsewhere_leave_whoever_wants_another_place_alone(world: World, queue: Queue, full: Full) -> None:
    _, (one, *_) = full
    one.ask(place_id=world.make_place(name="Mairie", city="Die", commune_insee="26113").id)
    world.make_opening(rrule=None, starts_on=THURSDAY, starts_at_time=time(14), ends_at_time=time(15, 30))
    assert offering_free.due(queue.session, now=queue.now) == []

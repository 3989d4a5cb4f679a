"""Inviting, booking, keeping: what people may do with their link, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from invitations import booking, callbacks, changing, convening, follow_ups, inviting, moving
from invitations.codes import Codes
from invitations.errors import (
    AlreadyBooked,
    FollowUpClosed,
    InvitationEnded,
    InvitationExpired,
    LinkUnknown,
    NotChangeable,
    NotFound,
    SlotTaken,
    TooLateToChange,
)
from invitations.models import (
    AppointmentAgent,
    Author,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Outcome,
    Participation,
    Referent,
)
from tests.factories import World

BOTH = (Channel.SMS, Channel.EMAIL)


class Person:
    """Someone invited, with their code."""

    def __init__(self, world: World, codes: Codes, follow_up: FollowUp | None = None) -> None:
        self.world, self.codes = world, codes
        self.follow_up = follow_up or world.make_follow_up()
        self.invitation = inviting.invite(
            world.session,
            self.follow_up,
            organisation_id=world.organisation.id,
            channels=BOTH,
            agent_id=world.agent.id,
            codes=codes,
            now=world.now,
        )
        self.code = codes.derive("invitation", self.invitation.id)

    def tokens(self, now: datetime | None = None) -> list[str]:
        offer = booking.open_invitation(self.world.session, self.code, codes=self.codes, now=now or self.world.now)
        return [one.token for one in offer.choices]

    def book(self, token: str, now: datetime | None = None) -> Participation:
        return booking.book(self.world.session, self.code, token, codes=self.codes, now=now or self.world.now)


@pytest.fixture
def person(world: World, codes: Codes) -> Person:
    return Person(world, codes)


def messages(world: World, kind: MessageKind) -> list[Message]:
    return list(world.session.scalars(select(Message).where(Message.kind == kind).order_by(Message.id)))


def test_an_invitation_owes_a_text_and_an_email_and_never_keeps_the_code(world: World, person: Person) -> None:
    owed = messages(world, MessageKind.INVITATION)
    assert {one.channel for one in owed} == {Channel.SMS, Channel.EMAIL}
    assert all(person.code not in one.body for one in owed)
    assert person.follow_up.status is FollowUpStatus.INVITATION_PENDING


def test_the_deadline_is_a_midnight_and_keeps_at_least_the_days_promised(world: World, person: Person) -> None:
    expires_at = person.invitation.expires_at
    assert expires_at is not None
    local = expires_at.astimezone(world.department.zone)
    assert (local.hour, local.minute) == (0, 0)
    assert timedelta(days=10) <= expires_at - world.now < timedelta(days=11)


def test_booking_ends_the_invitation_and_owes_a_confirmation(world: World, person: Person) -> None:
    booked = person.book(person.tokens()[0])
    assert booked.created_by is Author.BENEFICIARY
    assert person.follow_up.status is FollowUpStatus.APPOINTMENT_PENDING
    assert len(messages(world, MessageKind.BOOKED)) == 2
    assert {one.state for one in messages(world, MessageKind.INVITATION)} == {MessageState.CANCELLED}
    with pytest.raises(AlreadyBooked):
        person.tokens()


def test_a_double_tap_books_once(world: World, person: Person) -> None:
    token = person.tokens()[0]
    assert person.book(token).id == person.book(token).id
    assert len(messages(world, MessageKind.BOOKED)) == 2


def test_another_tab_with_another_time_is_told_of_the_first(person: Person) -> None:
    first, second, *_ = person.tokens()
    person.book(first)
    with pytest.raises(AlreadyBooked):
        person.book(second)


def test_the_second_person_to_choose_a_slot_is_told(world: World, codes: Codes, person: Person) -> None:
    other = Person(world, codes)
    token = person.tokens()[1]
    person.book(token)
    with pytest.raises(SlotTaken):
        other.book(token)
    assert token not in other.tokens()


def test_two_agents_at_once_take_two_people(world: World, codes: Codes) -> None:
    second = world.make_agent()
    world.make_opening(agent_id=second.id)
    people = [Person(world, codes), Person(world, codes)]
    token = people[0].tokens()[0]
    agents = [person.book(token).appointment.times[0].agent_id for person in people]
    assert agents == [world.agent.id, second.id]


def test_the_referent_comes_first(world: World, codes: Codes) -> None:
    referent = world.make_agent()
    world.make_opening(agent_id=referent.id)
    follow_up = world.make_follow_up()
    world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=referent.id, created_at=world.now))
    person = Person(world, codes, follow_up)
    assert person.book(person.tokens()[0]).appointment.times[0].agent_id == referent.id


def test_the_agent_with_fewest_appointments_that_day_comes_first(world: World, codes: Codes) -> None:
    world.make_opening(agent_id=world.make_agent().id)
    people = [Person(world, codes) for _ in range(4)]
    tokens = people[0].tokens()[:2]
    agents = [person.book(tokens[number // 2]).appointment.times[0].agent_id for number, person in enumerate(people)]
    assert sorted(agents[:2]) == sorted(agents[2:])


def test_a_slot_on_the_screen_may_be_booked_ten_minutes_after_its_delay(world: World, person: Person) -> None:
    token = person.tokens()[0]
    starts_at = booking.Choice.parse(token)[0]
    limit = starts_at - world.type.min_delay
    with pytest.raises(SlotTaken):
        person.book(token, now=limit + timedelta(minutes=11))
    assert person.book(token, now=limit + timedelta(minutes=10)).appointment.starts_at == starts_at


def test_an_unknown_code_leads_nowhere(world: World, codes: Codes) -> None:
    with pytest.raises(LinkUnknown):
        booking.open_invitation(world.session, "11111111111", codes=codes, now=world.now)


def test_a_time_that_is_none_is_refused(person: Person) -> None:
    with pytest.raises(ValueError, match="unpack"):
        person.book("demain matin")


def test_after_the_deadline_the_page_says_since_when_and_whom_to_call(world: World, person: Person) -> None:
    expires_at = person.invitation.expires_at
    assert expires_at is not None
    person.tokens(now=expires_at - timedelta(seconds=1))
    with pytest.raises(InvitationExpired) as refusal:
        person.tokens(now=expires_at)
    assert refusal.value.details["at"] == expires_at
    assert refusal.value.details["help_phone"] == world.organisation.phone


def test_a_closed_follow_up_ends_its_invitation(world: World, person: Person) -> None:
    follow_ups.close(
        world.session, person.follow_up, agent_id=world.agent.id, organisation_id=world.organisation.id, now=world.now
    )
    with pytest.raises(InvitationEnded):
        person.tokens()


def test_asking_to_be_called_twice_is_one_request(world: World, person: Person) -> None:
    for phone in ("+33639980001", "+33639980002"):
        asked = callbacks.ask_callback(
            world.session, person.code, phone=phone, preferred="le matin", codes=person.codes, now=world.now
        )
    assert asked.phone == "+33639980002"
    assert (
        callbacks.ask_callback(world.session, person.code, phone="", preferred="", codes=person.codes, now=world.now).id
        == asked.id
    )


def test_whoever_asks_to_be_called_has_answered_an_invitation_that_never_expires(world: World, codes: Codes) -> None:
    world.settings.validity_days = None
    person = Person(world, codes)
    callbacks.ask_callback(world.session, person.code, phone="", preferred="", codes=person.codes, now=world.now)
    assert person.follow_up.status is FollowUpStatus.INVITATION_EXPIRED


# Propositions and convocations


def propose(world: World, codes: Codes, follow_up: FollowUp | None = None) -> Invitation:
    follow_up = follow_up or world.make_follow_up()
    choices = convening.choices_for(world.session, follow_up, organisation_id=world.organisation.id, now=world.now)
    return convening.propose(
        world.session,
        follow_up,
        choices.choices[6].token,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )


def test_a_proposition_holds_its_slot_until_it_is_answered(world: World, codes: Codes) -> None:
    invitation = propose(world, codes)
    held = invitation.held_appointment
    assert held is not None
    assert invitation.follow_up.status is FollowUpStatus.INVITATION_PENDING
    other = Person(world, codes)
    starts = [booking.Choice.parse(token)[0] for token in other.tokens()]
    assert held.starts_at not in starts


def test_a_slot_proposed_too_late_to_be_changed_is_held_until_it_begins(world: World, codes: Codes) -> None:
    """Its message must not be useless before it leaves."""
    follow_up = world.make_follow_up()
    choices = convening.choices_for(world.session, follow_up, organisation_id=world.organisation.id, now=world.now)
    chosen = choices.choices[0]
    late = chosen.starts_at - timedelta(minutes=20)
    invitation = convening.propose(
        world.session,
        follow_up,
        chosen.token,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=late,
    )
    assert invitation.expires_at == chosen.starts_at
    code = codes.derive("invitation", invitation.id)
    assert booking.keep(world.session, code, codes=codes, now=late).appointment.starts_at == chosen.starts_at


def test_nothing_is_booked_in_a_closed_follow_up(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up(closed_at=world.now)
    choices = convening.choices_for(world.session, follow_up, organisation_id=world.organisation.id, now=world.now)
    with pytest.raises(FollowUpClosed):
        convening.book_for(
            world.session,
            follow_up,
            choices.choices[0].token,
            organisation_id=world.organisation.id,
            agent_id=world.agent.id,
            codes=codes,
            now=world.now,
        )


def test_cancelling_in_a_closed_follow_up_gives_no_link_back(world: World, person: Person) -> None:
    booked = person.book(person.tokens()[0])
    organisation_id, agent_id = world.organisation.id, world.agent.id
    follow_ups.close(world.session, person.follow_up, agent_id=agent_id, organisation_id=organisation_id, now=world.now)
    changing.cancel(world.session, person.codes.derive("participation", booked.id), codes=person.codes, now=world.now)
    with pytest.raises(InvitationEnded):
        booking.open_invitation(world.session, person.code, codes=person.codes, now=world.now)


def test_keeping_a_proposition_makes_it_an_appointment(world: World, codes: Codes) -> None:
    invitation = propose(world, codes)
    code = codes.derive("invitation", invitation.id)
    kept = booking.keep(world.session, code, codes=codes, now=world.now)
    assert kept.appointment_id == invitation.held_appointment_id
    assert kept.appointment.held_until is None
    assert booking.keep(world.session, code, codes=codes, now=world.now).id == kept.id
    assert invitation.follow_up.status is FollowUpStatus.APPOINTMENT_PENDING


def test_choosing_another_time_lets_the_proposed_one_go(world: World, codes: Codes) -> None:
    invitation = propose(world, codes)
    code = codes.derive("invitation", invitation.id)
    offer = booking.open_invitation(world.session, code, codes=codes, now=world.now)
    assert offer.proposed is not None
    booking.book(world.session, code, offer.choices[0].token, codes=codes, now=world.now)
    held = world.session.get_one(AppointmentAgent, (invitation.held_appointment_id, world.agent.id))
    assert not held.is_live


def test_a_convocation_is_an_appointment_that_the_person_changes_by_phone(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    choices = convening.choices_for(world.session, follow_up, organisation_id=world.organisation.id, now=world.now)
    invitation = convening.convene(
        world.session,
        follow_up,
        choices.choices[0].token,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert invitation.mode is Mode.CONVOCATION
    assert follow_up.status is FollowUpStatus.APPOINTMENT_PENDING
    assert len(messages(world, MessageKind.CONVOCATION)) == 2
    participation = world.session.scalars(select(Participation)).one()
    code = codes.derive("participation", participation.id)
    assert not changing.open_appointment(world.session, code, codes=codes, now=world.now).may_cancel
    with pytest.raises(NotChangeable):
        changing.cancel(world.session, code, codes=codes, now=world.now)


# Moving and cancelling


def test_moving_keeps_the_identity_and_tells_both_dates_once(world: World, codes: Codes, person: Person) -> None:
    first, second, *_ = person.tokens()
    booked = person.book(first)
    code = codes.derive("participation", booked.id)
    for one in messages(world, MessageKind.BOOKED):
        one.state = MessageState.SENT
    before = booked.appointment.uid, booked.appointment.version
    for _ in range(2):
        moved = moving.move(world.session, code, second, codes=codes, now=world.now)
    assert moved.appointment.starts_at == booking.Choice.parse(second)[0]
    assert (moved.appointment.uid, moved.appointment.version) == (before[0], before[1] + 1)
    assert len(messages(world, MessageKind.MOVED)) == 2
    other = Person(world, codes)
    assert first in other.tokens()
    assert second not in other.tokens()


def test_who_has_not_heard_of_an_appointment_is_told_of_it_as_it_is_now(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    first, second, *_ = convening.choices_for(
        world.session, follow_up, organisation_id=world.organisation.id, now=world.now
    ).choices
    act = {"organisation_id": world.organisation.id, "agent_id": world.agent.id, "now": world.now}
    convening.convene(world.session, follow_up, first.token, codes=codes, **act)
    moving.move_for(world.session, follow_up, second.token, **act)
    assert messages(world, MessageKind.MOVED) == []
    pending = [one for one in messages(world, MessageKind.CONVOCATION) if one.state is MessageState.PENDING]
    assert [one.version for one in pending] == [1, 1]


def test_moving_onto_a_taken_slot_keeps_the_appointment(world: World, codes: Codes, person: Person) -> None:
    other = Person(world, codes)
    first, second, *_ = person.tokens()
    booked = person.book(first)
    other.book(second)
    with pytest.raises(SlotTaken):
        moving.move(world.session, codes.derive("participation", booked.id), second, codes=codes, now=world.now)
    assert booked.appointment.starts_at == booking.Choice.parse(first)[0]


def test_an_agent_moves_a_convocation_for_a_caller(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    first, second, *_ = convening.choices_for(
        world.session, follow_up, organisation_id=world.organisation.id, now=world.now
    ).choices
    act = {"organisation_id": world.organisation.id, "agent_id": world.agent.id, "now": world.now}
    convening.convene(world.session, follow_up, first.token, codes=codes, **act)
    for one in messages(world, MessageKind.CONVOCATION):
        one.state = MessageState.DELIVERED
    moved = moving.move_for(world.session, follow_up, second.token, **act)
    assert moved.appointment.starts_at == second.starts_at
    assert moving.move_for(world.session, follow_up, second.token, **act).appointment.version == 1
    assert len(messages(world, MessageKind.MOVED)) == 2
    with pytest.raises(NotFound):
        moving.move_for(world.session, follow_up, first.token, **act | {"organisation_id": 0})
    changing.revoke(world.session, moved, agent_id=world.agent.id, now=world.now)
    with pytest.raises(NotChangeable):
        moving.move_for(world.session, follow_up, first.token, **act)


def test_cancelling_frees_the_slot_at_once(world: World, codes: Codes, person: Person) -> None:
    token = person.tokens()[0]
    booked = person.book(token)
    code = codes.derive("participation", booked.id)
    for _ in range(2):
        changing.cancel(world.session, code, codes=codes, now=world.now)
    assert booked.outcome is Outcome.EXCUSED
    assert person.follow_up.status is FollowUpStatus.EXCUSED
    assert token in Person(world, codes).tokens()
    assert len(messages(world, MessageKind.CANCELLED_BY_PERSON)) == 2


def test_after_cancelling_the_same_link_offers_other_times(world: World, codes: Codes, person: Person) -> None:
    first, second, *_ = person.tokens()
    changing.cancel(
        world.session, codes.derive("participation", person.book(first).id), codes=person.codes, now=world.now
    )
    assert second in person.tokens()
    assert person.book(second).appointment.starts_at == booking.Choice.parse(second)[0]
    assert person.follow_up.status is FollowUpStatus.APPOINTMENT_PENDING


def test_an_hour_before_it_is_too_late_to_change(world: World, codes: Codes, person: Person) -> None:
    booked = person.book(person.tokens()[0])
    code = codes.derive("participation", booked.id)
    limit = booked.appointment.starts_at - timedelta(hours=1)
    assert changing.open_appointment(world.session, code, codes=codes, now=limit).may_cancel
    with pytest.raises(TooLateToChange):
        changing.cancel(world.session, code, codes=codes, now=limit + timedelta(seconds=1))


def test_when_the_service_cancels_the_person_is_told(world: World, person: Person) -> None:
    booked = person.book(person.tokens()[0])
    changing.revoke(world.session, booked, agent_id=world.agent.id, now=world.now)
    assert booked.outcome is Outcome.REVOKED
    assert person.follow_up.status is FollowUpStatus.REVOKED
    assert len(messages(world, MessageKind.CANCELLED_BY_SERVICE)) == 2


def test_an_agent_books_with_a_caller(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    choices = convening.choices_for(world.session, follow_up, organisation_id=world.organisation.id, now=world.now)
    booked = convening.book_for(
        world.session,
        follow_up,
        choices.choices[0].token,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert booked.created_by is Author.AGENT
    assert follow_up.status is FollowUpStatus.APPOINTMENT_PENDING

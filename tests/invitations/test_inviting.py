"""Every reason for which nobody is addressed (domain.md), and rule 3: never to an empty agenda."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from invitations import addressing, capacity, convening, inviting, outcomes
from invitations.codes import Codes
from invitations.errors import (
    AppointmentToCome,
    Archived,
    FollowUpClosed,
    InviteRefused,
    JustInvited,
    ModeNotAllowed,
    NoAddress,
    NoFreeSlot,
    NoHelpPhone,
    NoOpenType,
    NoReferent,
    TooShortForLetter,
    TwoDepartments,
)
from invitations.models import Agent, Channel, FollowUp, Invitation, OpenTo, Outcome, Referent
from tests.factories import World
from tests.invitations.test_booking import Person

BOTH = (Channel.SMS, Channel.EMAIL)


def invite(world: World, codes: Codes, follow_up: FollowUp, channels: tuple[Channel, ...] = BOTH) -> Invitation:
    return inviting.invite(
        world.session,
        follow_up,
        organisation_id=world.organisation.id,
        channels=channels,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )


def refused(
    world: World, codes: Codes, follow_up: FollowUp, why: type[InviteRefused], channels: tuple[Channel, ...] = BOTH
) -> InviteRefused:
    with pytest.raises(why) as refusal:
        invite(world, codes, follow_up, channels)
    return refusal.value


def test_the_same_channel_rests_for_a_day(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    invite(world, codes, follow_up, (Channel.SMS,))
    refused(world, codes, follow_up, JustInvited, (Channel.SMS,))
    invite(world, codes, follow_up, (Channel.EMAIL,))
    world.now += timedelta(hours=24, seconds=1)
    invite(world, codes, follow_up, (Channel.SMS,))


def test_a_date_proposed_by_an_agent_replaces_an_invitation_at_once(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    invite(world, codes, follow_up)
    chosen = convening.choices_for(world.session, follow_up, organisation_id=world.organisation.id, now=world.now)
    proposed = convening.propose(
        world.session,
        follow_up,
        chosen.choices[0].token,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert [one.ended_at is None for one in (proposed.follow_up.invitations)] == [False, True]


def test_without_a_phone_that_answers_nobody_is_invited(world: World, codes: Codes) -> None:
    world.organisation.phone = None
    follow_up = world.make_follow_up()
    refused(world, codes, follow_up, NoHelpPhone)
    world.settings.help_phone = "+33475000001"
    invite(world, codes, follow_up)


def test_an_archived_person_is_not_invited(world: World, codes: Codes) -> None:
    person = world.make_beneficiary()
    follow_up = world.make_follow_up(person)
    world.session.refresh(person)
    person.memberships[0].archived_at = world.now
    world.session.flush()
    refused(world, codes, follow_up, Archived)


def test_an_organisation_that_does_not_handle_the_category_invites_nobody(world: World, codes: Codes) -> None:
    world.session.delete(world.settings)
    world.session.flush()
    refused(world, codes, world.make_follow_up(), Archived)


def test_nobody_is_invited_across_two_departements(world: World, codes: Codes) -> None:
    other = world.make_department(number="07", name="Ardèche", full_name="Département de l’Ardèche")
    person = world.make_beneficiary(department_id=other.id)
    refused(world, codes, world.make_follow_up(person), TwoDepartments)


def test_an_appointment_to_come_is_enough(world: World, codes: Codes) -> None:
    person = Person(world, codes)
    booked = person.book(person.tokens()[0])
    world.now += timedelta(hours=25)
    world.now = min(world.now, booked.appointment.starts_at - timedelta(minutes=1))
    refused(world, codes, person.follow_up, AppointmentToCome, (Channel.LETTER,))


def test_a_letter_needs_more_than_five_days(world: World, codes: Codes) -> None:
    world.settings.validity_days = 4
    refused(world, codes, world.make_follow_up(), TooShortForLetter, (Channel.LETTER,))


def test_without_a_type_open_to_invited_people_nobody_is_invited(world: World, codes: Codes) -> None:
    world.type.open_to = OpenTo.AGENTS
    refused(world, codes, world.make_follow_up(), NoOpenType)


def test_referents_only_and_no_referent(world: World, codes: Codes) -> None:
    world.settings.referents_only = True
    follow_up = world.make_follow_up()
    refused(world, codes, follow_up, NoReferent)
    idle = world.make_agent()
    world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=idle.id, created_at=world.now))
    refused(world, codes, follow_up, NoFreeSlot)
    world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=world.agent.id, created_at=world.now))
    assert invite(world, codes, follow_up).with_referents


def test_whoever_waits_for_another_referent_takes_nobody_elses_slot(world: World, codes: Codes) -> None:
    world.settings.referents_only = True
    colleague = world.make_agent()
    world.make_opening(agent_id=colleague.id)

    def accompanied(*agents: Agent) -> FollowUp:
        follow_up = world.make_follow_up()
        for agent in agents:
            world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=agent.id, created_at=world.now))
        return follow_up

    def left_with(agent: Agent) -> int:
        return capacity.slots_left(
            world.session,
            organisation_id=world.organisation.id,
            category_id=world.category.id,
            agent_ids=[agent.id],
            before=addressing.last_moment(world.organisation, world.settings, now=world.now),
            now=world.now,
        )

    before = left_with(world.agent), left_with(colleague)
    invite(world, codes, accompanied(world.agent))
    assert (left_with(world.agent), left_with(colleague)) == (before[0] - 1, before[1])
    invite(world, codes, accompanied(world.agent, colleague))
    assert (left_with(world.agent), left_with(colleague)) == (before[0] - 2, before[1] - 1)


def test_no_usable_address_says_which_and_why(world: World, codes: Codes) -> None:
    person = world.make_beneficiary(phone="+33475000000", email=None, email_key=None)
    refusal = refused(world, codes, world.make_follow_up(person), NoAddress)
    assert dict(refusal.details["reasons"]) == {Channel.SMS: "not_mobile", Channel.EMAIL: "no_email"}


def test_a_closed_follow_up_is_left_alone(world: World, codes: Codes) -> None:
    refused(world, codes, world.make_follow_up(closed_at=world.now), FollowUpClosed)


def test_a_mode_that_the_service_does_not_use_is_refused(world: World, codes: Codes) -> None:
    world.settings.modes = ["invitation"]
    follow_up = world.make_follow_up()
    with pytest.raises(ModeNotAllowed):
        convening.convene(
            world.session,
            follow_up,
            "20261125T0800-1-1",
            organisation_id=world.organisation.id,
            agent_id=world.agent.id,
            codes=codes,
            now=world.now,
        )


def left(world: World) -> int:
    return capacity.slots_left(
        world.session,
        organisation_id=world.organisation.id,
        category_id=world.category.id,
        before=addressing.last_moment(world.organisation, world.settings, now=world.now),
        now=world.now,
    )


def test_never_to_an_empty_agenda_invitations_in_flight_counted(world: World, codes: Codes) -> None:
    world.settings.validity_days = 2
    people = [world.make_follow_up() for _ in range(12)]
    batch = inviting.invite_selection(
        world.session,
        people,
        organisation_id=world.organisation.id,
        channels=BOTH,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    # Tomorrow from 10:00 and the day after, four slots a morning: six before Friday's midnight.
    assert len(batch.invited) == 6
    assert [type(why) for _, why in batch.refused] == [NoFreeSlot] * 6
    assert left(world) == 0


def test_a_booking_takes_one_place_whether_in_flight_or_booked(world: World, codes: Codes) -> None:
    before = left(world)
    person = Person(world, codes)
    assert left(world) == before - 1
    booked = person.book(person.tokens()[0])
    assert left(world) == before - 1
    outcomes.record(world.session, booked, Outcome.EXCUSED, agent_id=world.agent.id, now=world.now)
    assert left(world) == before


def test_the_preview_invites_nobody(world: World) -> None:
    people = [world.make_follow_up() for _ in range(3)]
    preview = inviting.preview_selection(
        world.session, people, organisation_id=world.organisation.id, channels=BOTH, now=world.now
    )
    assert len(preview.ready) == 3
    assert left(world) == preview.slots_left or preview.slots_left > 3
    assert all(not one.invitations for one in people)


def test_two_categories_that_share_an_opening_share_its_slots(world: World, codes: Codes) -> None:
    world.settings.validity_days = 2
    other = world.make_category(code="rsa_accompagnement")
    world.make_settings(category_id=other.id, validity_days=2)
    world.opening.types.append(world.make_type(category_id=other.id))
    world.session.flush()
    batch = inviting.invite_selection(
        world.session,
        [world.make_follow_up() for _ in range(4)] + [world.make_follow_up(category_id=other.id) for _ in range(4)],
        organisation_id=world.organisation.id,
        channels=BOTH,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert [one.follow_up.category_id for one in batch.invited] == [world.category.id] * 4 + [other.id] * 2
    refused(world, codes, world.make_follow_up(), NoFreeSlot)


def test_invitations_that_have_an_agenda_of_their_own_take_nothing_from_others(world: World, codes: Codes) -> None:
    other = world.make_category(code="rsa_accompagnement")
    world.make_settings(category_id=other.id)
    apart = world.make_type(category_id=other.id)
    world.opening.types.append(apart)
    world.make_opening(agent_id=world.make_agent().id, types=[apart])
    world.session.flush()
    before = left(world)
    invite(world, codes, world.make_follow_up(category_id=other.id))
    assert left(world) == before


def test_a_selection_counts_the_slots_that_two_referents_share_once(world: World, codes: Codes) -> None:
    """One person has one of the referents, the other has both: what the first may take, the second can't count on."""
    world.settings.referents_only = True
    colleague = world.make_agent()
    alone, with_both = world.make_follow_up(), world.make_follow_up()
    for follow_up, agent in ((alone, world.agent), (with_both, world.agent), (with_both, colleague)):
        world.add(Referent(beneficiary_id=follow_up.beneficiary_id, agent_id=agent.id, created_at=world.now))
    world.opening.rrule, world.opening.starts_on = None, world.now.date() + timedelta(days=2)
    world.opening.last_on, world.opening.ends_at_time = world.opening.starts_on, time(9, 45)
    batch = inviting.invite_selection(
        world.session,
        [alone, with_both],
        organisation_id=world.organisation.id,
        channels=BOTH,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert [one.follow_up_id for one in batch.invited] == [alone.id]
    assert isinstance(batch.refused[0][1], NoFreeSlot)


def test_a_type_that_only_agents_may_use_is_enough_to_fix_a_date(world: World, codes: Codes) -> None:
    world.type.open_to = OpenTo.AGENTS
    world.session.flush()
    follow_up = world.make_follow_up()
    refused(world, codes, follow_up, NoOpenType)
    chosen = convening.choices_for(world.session, follow_up, organisation_id=world.organisation.id, now=world.now)
    fixed = convening.convene(
        world.session,
        follow_up,
        chosen.choices[0].token,
        organisation_id=world.organisation.id,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert fixed.follow_up.participations[0].appointment.type_id == world.type.id

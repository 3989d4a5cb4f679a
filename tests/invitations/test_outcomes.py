"""Who came: what may be written when, and what follows from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from invitations import changing, outcomes
from invitations.codes import Codes
from invitations.errors import NotChangeable, NotFound
from invitations.models import (
    Appointment,
    AuditEvent,
    CategorySettings,
    FollowUpStatus,
    Message,
    MessageKind,
    MessageState,
    Outcome,
    Participation,
    StatusChange,
)
from invitations.permissions import beneficiary_seen_by, follow_up_seen_by, participation_seen_by
from tests.factories import World
from tests.invitations.test_booking import Person


@pytest.fixture
def booked(world: World, codes: Codes) -> Participation:
    person = Person(world, codes)
    return person.book(person.tokens()[0])


def record(world: World, participation: Participation, outcome: Outcome, *, days: float = 30) -> None:
    outcomes.record(
        world.session, participation, outcome, agent_id=world.agent.id, now=world.now + timedelta(days=days)
    )


def test_nobody_came_or_failed_to_come_before_it_has_begun(world: World, booked: Participation) -> None:
    for outcome in (Outcome.SEEN, Outcome.NOSHOW):
        with pytest.raises(NotChangeable):
            record(world, booked, outcome, days=0)


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Outcome.SEEN, FollowUpStatus.SEEN),
        (Outcome.NOSHOW, FollowUpStatus.NOSHOW),
        (Outcome.EXCUSED, FollowUpStatus.EXCUSED),
        (Outcome.REVOKED, FollowUpStatus.REVOKED),
    ],
)
def test_a_past_appointment_takes_any_outcome_and_derives_the_status(
    world: World, booked: Participation, outcome: Outcome, status: FollowUpStatus
) -> None:
    record(world, booked, outcome)
    assert booked.follow_up.status is status


def test_changing_an_outcome_is_always_possible_and_logged(world: World, booked: Participation) -> None:
    for outcome in (Outcome.NOSHOW, Outcome.SEEN, Outcome.UNKNOWN):
        record(world, booked, outcome)
    assert booked.follow_up.status is FollowUpStatus.OUTCOME_NEEDED
    written = world.session.scalars(
        select(AuditEvent).where(AuditEvent.action == "outcome.recorded").order_by(AuditEvent.id)
    ).all()
    assert [one.details["after"] for one in written] == ["noshow", "seen", "unknown"]


def test_the_same_outcome_twice_is_written_once(world: World, booked: Participation) -> None:
    for _ in range(2):
        record(world, booked, Outcome.SEEN)
    seen = world.session.scalars(select(StatusChange).where(StatusChange.status == FollowUpStatus.SEEN)).all()
    assert len(seen) == 1


def test_excusing_someone_beforehand_frees_the_slot_and_stops_what_has_not_left(
    world: World, booked: Participation
) -> None:
    record(world, booked, Outcome.EXCUSED, days=0)
    assert booked.appointment.cancelled_at is not None
    assert not booked.appointment.times[0].is_live
    states = world.session.scalars(select(Message.state).where(Message.participation_id == booked.id)).all()
    assert set(states) == {MessageState.CANCELLED}


def test_a_cancelled_appointment_to_come_does_not_come_back_to_life(world: World, booked: Participation) -> None:
    record(world, booked, Outcome.EXCUSED, days=0)
    with pytest.raises(NotChangeable):
        record(world, booked, Outcome.UNKNOWN, days=0)


def test_what_the_person_did_while_an_agent_waited_for_their_turn_is_seen(world: World, booked: Participation) -> None:
    """The row was read before the person cancelled, in another process; nobody tells them a second time."""
    assert booked.appointment.cancelled_at is None
    elsewhere = {"synchronize_session": False}
    world.session.execute(update(Participation).values(outcome=Outcome.EXCUSED), execution_options=elsewhere)
    world.session.execute(update(Appointment).values(cancelled_at=world.now), execution_options=elsewhere)
    with pytest.raises(NotChangeable):
        changing.revoke(world.session, booked, agent_id=world.agent.id, now=world.now)
    with pytest.raises(NotChangeable):
        record(world, booked, Outcome.REVOKED, days=0)
    told = select(Message.id).where(Message.kind == MessageKind.CANCELLED_BY_SERVICE)
    assert world.session.scalars(told).all() == []


def test_a_follow_up_in_a_category_that_a_team_does_not_handle_does_not_exist_for_it(
    world: World, booked: Participation
) -> None:
    """The person belongs to both teams; the follow-up is the other one's alone."""
    world.session.delete(world.session.get_one(CategorySettings, world.settings.id))
    world.session.flush()
    assert beneficiary_seen_by(world.session, booked.beneficiary_id, [world.organisation.id])
    with pytest.raises(NotFound):
        follow_up_seen_by(world.session, booked.follow_up_id, [world.organisation.id])


def test_all_came_leaves_the_exceptions_alone(world: World, codes: Codes) -> None:
    people = [Person(world, codes) for _ in range(3)]
    booked = [person.book(person.tokens()[0]) for person in people]
    record(world, booked[1], Outcome.NOSHOW)
    count = outcomes.all_came(world.session, booked, agent_id=world.agent.id, now=world.now + timedelta(days=30))
    assert count == 2
    assert [one.outcome for one in booked] == [Outcome.SEEN, Outcome.NOSHOW, Outcome.SEEN]


def test_what_lies_in_another_organisation_does_not_exist(world: World, booked: Participation) -> None:
    other = world.make_organisation()
    for look, row_id in (
        (beneficiary_seen_by, booked.beneficiary_id),
        (follow_up_seen_by, booked.follow_up_id),
        (participation_seen_by, booked.id),
    ):
        assert look(world.session, row_id, [world.organisation.id]).id == row_id
        with pytest.raises(NotFound):
            look(world.session, row_id, [other.id])

"""Who is reminded, and what time alone changes, on a real database."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from invitations import expiry, reminders
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Message,
    MessageKind,
    Mode,
    Outcome,
    StatusChange,
)
from tests.post import Post


def remind(post: Post) -> list[Message]:
    """What this tick owes, in both reminder jobs."""
    before = {one.id for one in post.messages()}
    with post.database.writing() as session:
        reminders.remind_invitations(session, now=post.clock())
        reminders.remind_appointments(session, now=post.clock())
    return [one for one in post.messages() if one.id not in before]


def invited(post: Post, **changes: Any) -> Invitation:
    invitation = post.invitation(**changes)
    post.owe(MessageKind.INVITATION, invitation=invitation)
    post.deliver()
    return invitation


def test_an_unanswered_invitation_is_reminded_on_every_channel_that_reaches_the_person(post: Post) -> None:
    invitation = invited(post)
    assert remind(post) == []
    post.clock.pass_by(timedelta(days=3))
    owed = remind(post)
    assert {(one.kind, one.channel, one.version) for one in owed} == {
        (MessageKind.INVITATION_REMINDER, Channel.SMS, 3),
        (MessageKind.INVITATION_REMINDER, Channel.EMAIL, 3),
    }
    assert {one.useless_at for one in owed} == {invitation.expires_at}
    assert remind(post) == []
    assert post.deliver() == 2
    post.clock.pass_by(timedelta(days=4))
    assert {one.version for one in remind(post)} == {7}


def test_a_channel_that_the_service_does_not_use_is_not_used_for_reminders(post: Post) -> None:
    post.change(post.world.settings, channels=["sms"])
    invited(post)
    post.clock.pass_by(timedelta(days=3))
    assert [one.channel for one in remind(post)] == [Channel.SMS]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (Invitation, "answered_at"),
        (Invitation, "ended_at"),
        (FollowUp, "closed_at"),
        (FollowUp, "reminders_suspended_at"),
    ],
)
def test_who_answered_or_is_left_in_peace_is_not_reminded(post: Post, row: type[Any], column: str) -> None:
    invitation = invited(post)
    with post.database.writing() as session:
        subject = session.get_one(row, invitation.id if row is Invitation else invitation.follow_up_id)
        setattr(subject, column, post.clock())
    post.clock.pass_by(timedelta(days=3))
    assert remind(post) == []


def test_who_has_an_appointment_is_not_reminded_of_an_invitation(post: Post) -> None:
    invitation = invited(post, days=None)
    participation = post.participation(starts_in=timedelta(days=20))
    post.change(participation, follow_up_id=invitation.follow_up_id)
    post.clock.pass_by(timedelta(days=3))
    assert remind(post) == []


def test_an_invitation_of_which_nothing_left_is_not_reminded(post: Post) -> None:
    post.invited()
    post.clock.pass_by(timedelta(days=3))
    assert remind(post) == []


def test_a_proposition_is_reminded_as_a_proposition(post: Post) -> None:
    with post.database.writing() as session:
        post.world.session = session
        held = post.appointment(post.clock() + timedelta(days=9), held_until=post.clock() + timedelta(days=8))
    invitation = post.invitation(mode=Mode.PROPOSITION, held_appointment_id=held.id, days=8)
    post.owe(MessageKind.PROPOSITION, invitation=invitation)
    post.deliver()
    post.clock.pass_by(timedelta(days=3))
    assert {one.kind for one in remind(post)} == {MessageKind.PROPOSITION_REMINDER}


def test_someone_nothing_reaches_does_not_keep_the_others_from_being_reminded(post: Post) -> None:
    first, second = invited(post), invited(post)
    with post.database.writing() as session:
        beneficiary = session.get_one(Invitation, first.id).follow_up.beneficiary
        beneficiary.phone = beneficiary.email = None
    post.clock.pass_by(timedelta(days=3))
    assert {one.invitation_id for one in remind(post)} == {second.id}
    assert remind(post) == []


def test_an_appointment_is_reminded_once_and_anew_after_a_move(post: Post) -> None:
    participation = post.participation(starts_in=timedelta(days=6))  # Tuesday 10:00 → Monday 10:00
    post.clock.pass_by(timedelta(days=4))  # Saturday 10:00
    owed = remind(post)
    assert {(one.kind, one.channel) for one in owed} == {
        (MessageKind.APPOINTMENT_REMINDER, Channel.SMS),
        (MessageKind.APPOINTMENT_REMINDER, Channel.EMAIL),
    }
    with post.database.reading() as session:
        starts_at = session.get_one(Appointment, participation.appointment_id).starts_at
    assert {one.useless_at for one in owed} == {starts_at - timedelta(hours=1)}
    assert remind(post) == []

    with post.database.writing() as session:
        moved = session.get_one(Appointment, participation.appointment_id)
        moved.starts_at += timedelta(days=7)
        moved.ends_at += timedelta(days=7)
        moved.version += 1
    assert remind(post) == []
    post.clock.pass_by(timedelta(days=7))
    assert {one.version for one in remind(post)} == {1}


@pytest.mark.parametrize("outcome", [Outcome.EXCUSED, Outcome.REVOKED])
def test_a_cancelled_appointment_is_not_reminded(post: Post, outcome: Outcome) -> None:
    participation = post.participation(starts_in=timedelta(days=3))
    post.change(participation, outcome=outcome)
    post.clock.pass_by(timedelta(days=1))
    assert remind(post) == []


def test_nothing_is_owed_in_the_last_hour(post: Post) -> None:
    post.participation(starts_in=timedelta(days=3))
    post.clock.pass_by(timedelta(days=3) - timedelta(hours=1))
    assert remind(post) == []


def test_reminding_costs_the_same_number_of_queries_for_one_and_for_twenty(post: Post) -> None:
    def queries(count: int) -> int:
        for _ in range(count):
            invited(post)
            post.participation(starts_in=timedelta(days=6))
        post.clock.pass_by(timedelta(days=4))
        said: list[str] = []

        def keep(_c: object, _cur: object, statement: str, *_: object) -> None:
            said.append(statement)

        event.listen(post.database.engine, "before_cursor_execute", keep)
        owed = remind(post)
        event.remove(post.database.engine, "before_cursor_execute", keep)
        assert len(owed) >= 4 * count
        return len(said)

    assert queries(1) == queries(20)


def test_a_proposition_nobody_answered_lets_its_slot_go(post: Post) -> None:
    with post.database.writing() as session:
        post.world.session = session
        held = post.appointment(post.clock() + timedelta(days=9), held_until=post.clock() + timedelta(days=3))
    invitation = post.invitation(mode=Mode.PROPOSITION, held_appointment_id=held.id, days=3)
    wait_for_answer(post, invitation)
    expire(post)
    assert is_live(post, held) is True
    post.clock.pass_by(timedelta(days=3))
    assert expire(post) == 1
    assert is_live(post, held) is False
    assert post.read(held).cancelled_at == post.clock()
    assert status(post, invitation) is FollowUpStatus.INVITATION_EXPIRED


def test_an_invitation_past_its_last_day_is_seen_as_expired_once(post: Post) -> None:
    invitation = post.invitation(days=10)
    wait_for_answer(post, invitation)
    post.clock.pass_by(timedelta(days=10))
    assert expire(post) == 1
    assert status(post, invitation) is FollowUpStatus.INVITATION_EXPIRED
    assert expire(post) == 0
    with post.database.reading() as session:
        changes = session.scalars(select(StatusChange.at).where(StatusChange.follow_up_id == invitation.follow_up_id))
        assert list(changes) == [post.clock()]


def test_an_appointment_that_has_begun_waits_for_its_outcome(post: Post) -> None:
    participation = post.participation(starts_in=timedelta(days=2))
    with post.database.writing() as session:
        session.get_one(FollowUp, participation.follow_up_id).status = FollowUpStatus.APPOINTMENT_PENDING
    assert expire(post) == 0
    post.clock.pass_by(timedelta(days=2))
    assert expire(post) == 1
    assert status(post, participation) is FollowUpStatus.OUTCOME_NEEDED


def wait_for_answer(post: Post, invitation: Invitation) -> None:
    with post.database.writing() as session:
        session.get_one(FollowUp, invitation.follow_up_id).status = FollowUpStatus.INVITATION_PENDING


def expire(post: Post) -> int:
    with post.database.writing() as session:
        return expiry.expire(session, now=post.clock())


def status(post: Post, subject: Any) -> FollowUpStatus:
    with post.database.reading() as session:
        return FollowUpStatus(session.get_one(FollowUp, subject.follow_up_id).status)


def is_live(post: Post, appointment: Appointment) -> bool:
    with post.database.reading() as session:
        live = select(AppointmentAgent.is_live).where(AppointmentAgent.appointment_id == appointment.id)
        return bool(session.scalars(live).one())

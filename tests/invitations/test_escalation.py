"""What follows an unanswered invitation, step by step, on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from invitations import escalation, letters, reminders
from invitations.escalation_rules import Step
from invitations.models import (
    Beneficiary,
    CategorySettings,
    Channel,
    EscalationStep,
    FollowUp,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Mode,
    StepAct,
)
from tests.post import Post

AT_HOME = {"address": "3 rue des Lilas", "postcode": "26000", "city": "Valence"}
EVERY = ["sms", "email", "letter"]
DAY = timedelta(days=1)


def steps(post: Post, *said: tuple[int, StepAct], channels: tuple[str, ...] = ("sms", "email")) -> None:
    """The category's steps become these; it uses every channel and its invitations are valid for ever."""
    with post.database.writing() as session:
        settings = session.get_one(CategorySettings, post.world.settings.id)
        settings.channels, settings.validity_days = EVERY, None
        session.flush()
        wanted = [Step(days, act, channels if act is StepAct.REMIND else ()) for days, act in said]
        escalation.change_steps(session, settings, wanted, agent_id=post.world.agent.id, now=post.clock())


def remind(post: Post) -> list[Message]:
    before = {one.id for one in post.messages()}
    with post.database.writing() as session:
        reminders.remind_invitations(session, now=post.clock())
    return [one for one in post.messages() if one.id not in before]


def invited(post: Post, **changes: Any) -> Invitation:
    """Somebody invited by text and email, with an address, who does not answer."""
    invitation = post.invitation(**{"days": None} | changes)
    with post.database.writing() as session:
        person = session.get_one(Invitation, invitation.id).follow_up.beneficiary
        for name, value in AT_HOME.items():
            setattr(person, name, value)
    kind = MessageKind.PROPOSITION if invitation.mode is Mode.PROPOSITION else MessageKind.INVITATION
    post.owe(kind, invitation=invitation)
    post.deliver()
    return invitation


def change_person(post: Post, invitation: Invitation, **values: Any) -> None:
    with post.database.writing() as session:
        person: Beneficiary = session.get_one(Invitation, invitation.id).follow_up.beneficiary
        for name, value in values.items():
            setattr(person, name, value)


def suspend(post: Post, invitation: Invitation) -> None:
    with post.database.writing() as session:
        session.get_one(FollowUp, invitation.follow_up_id).reminders_suspended_at = post.clock()


def test_a_category_reminds_on_day_3_and_7_and_calls_on_day_9_until_its_service_decides(post: Post) -> None:
    with post.database.reading() as session:
        found = session.scalars(select(EscalationStep).order_by(EscalationStep.after_days))
        assert [(one.after_days, one.act, one.channels) for one in found] == [
            (3, StepAct.REMIND, ["sms", "email"]),
            (7, StepAct.REMIND, ["sms", "email"]),
            (9, StepAct.CALL, []),
        ]


def test_each_step_leaves_on_its_day_by_its_own_channels_and_only_once(post: Post) -> None:
    steps(post, (1, StepAct.REMIND), (4, StepAct.LETTER), (6, StepAct.CALL), channels=("email",))
    invited(post)
    assert remind(post) == []
    post.clock.pass_by(DAY)
    assert [(one.kind, one.channel) for one in remind(post)] == [(MessageKind.INVITATION_REMINDER, Channel.EMAIL)]
    assert remind(post) == []
    post.clock.pass_by(3 * DAY)
    (letter,) = remind(post)
    assert (letter.kind, letter.channel, letter.state) == (
        MessageKind.INVITATION,
        Channel.LETTER,
        MessageState.PENDING,
    )
    post.clock.pass_by(3 * DAY)
    assert remind(post) == []


def test_a_letter_of_a_proposition_says_the_proposition(post: Post) -> None:
    steps(post, (1, StepAct.LETTER))
    with post.database.writing() as session:
        post.world.session = session
        held = post.appointment(post.clock() + 19 * DAY, held_until=post.clock() + 18 * DAY)
    invited(post, mode=Mode.PROPOSITION, held_appointment_id=held.id, days=18)
    post.clock.pass_by(DAY)
    assert [(one.kind, one.channel) for one in remind(post)] == [(MessageKind.PROPOSITION, Channel.LETTER)]


@pytest.mark.parametrize(
    ("person", "days", "why"),
    [
        ({"address": None}, None, "no address"),
        ({"letter_dead_at": True}, None, "letters come back"),
        ({}, 6, "it would live for five days"),
    ],
)
def test_a_letter_that_can_not_arrive_gives_way_to_the_step_before_it(
    post: Post, person: dict[str, Any], days: int | None, why: str
) -> None:
    assert why
    steps(post, (1, StepAct.REMIND), (2, StepAct.LETTER))
    invitation = invited(post, days=days)
    change_person(post, invitation, **{name: post.clock() if value else None for name, value in person.items()})
    post.clock.pass_by(2 * DAY)  # nothing on the first day: the scheduler was stopped
    assert {one.kind for one in remind(post)} == {MessageKind.INVITATION_REMINDER}
    assert remind(post) == []


def test_a_letter_waits_for_no_category_that_sends_none(post: Post) -> None:
    steps(post, (1, StepAct.LETTER))
    post.change(post.world.settings, channels=["sms", "email"])
    invited(post)
    post.clock.pass_by(DAY)
    assert remind(post) == []


def test_whoever_was_written_a_letter_first_gets_no_second_one(post: Post) -> None:
    steps(post, (1, StepAct.LETTER))
    invitation = invited(post)
    post.owe(MessageKind.INVITATION, invitation=invitation, channels=(Channel.LETTER,))
    post.clock.pass_by(DAY)
    assert remind(post) == []


def test_a_scheduler_stopped_for_five_days_makes_up_with_the_latest_step_alone(post: Post) -> None:
    steps(post, (1, StepAct.REMIND), (3, StepAct.REMIND), (5, StepAct.LETTER), (6, StepAct.CALL))
    invited(post)
    post.clock.pass_by(5 * DAY + timedelta(hours=1))
    assert [one.channel for one in remind(post)] == [Channel.LETTER]
    for _ in range(60):
        post.clock.pass_by(timedelta(hours=2))
        assert remind(post) == []


def test_two_schedulers_at_once_owe_a_step_once(post: Post) -> None:
    steps(post, (1, StepAct.REMIND))
    invited(post)
    post.clock.pass_by(DAY)
    with post.database.reading() as session:
        due = reminders.invitations_due(session, now=post.clock())
    for expected in (2, 0):
        with post.database.writing() as session:
            assert reminders.remind_invitations(session, due, now=post.clock()) == expected


def test_who_is_suspended_gets_nothing_that_waits_to_leave_neither_text_nor_letter(post: Post) -> None:
    steps(post, (1, StepAct.REMIND), (2, StepAct.LETTER))
    invitation = invited(post)
    post.clock.pass_by(DAY)
    owed = remind(post)
    post.clock.pass_by(DAY)
    owed += remind(post)
    assert {one.channel for one in owed} == {Channel.SMS, Channel.EMAIL, Channel.LETTER}
    suspend(post, invitation)
    assert post.deliver() == 0
    with post.database.writing() as session:
        assert letters.waiting(session, post.world.organisation.id, now=post.clock()) == []
        letters.settle(session, now=post.clock())
    assert {post.state(one) for one in owed} == {MessageState.CANCELLED}


def test_what_an_agent_sends_by_hand_leaves_although_reminders_are_suspended(post: Post) -> None:
    invitation = post.invitation()
    suspend(post, invitation)
    (text,) = post.owe(MessageKind.INVITATION, invitation=invitation, channels=(Channel.SMS,))
    post.deliver()
    assert post.state(text) is MessageState.SENT


def test_a_reminder_of_an_appointment_waiting_to_leave_is_suspended_too(post: Post) -> None:
    participation = post.participation(starts_in=2 * DAY)
    (owed,) = post.owe(MessageKind.APPOINTMENT_REMINDER, participation=participation, channels=(Channel.SMS,))
    with post.database.writing() as session:
        session.get_one(FollowUp, participation.follow_up_id).reminders_suspended_at = post.clock()
    assert post.deliver() == 0
    assert post.state(owed) is MessageState.CANCELLED


def test_a_letter_that_waits_is_not_printed_for_whoever_has_answered(post: Post) -> None:
    steps(post, (1, StepAct.LETTER))
    invitation = invited(post)
    post.clock.pass_by(DAY)
    assert len(remind(post)) == 1
    post.change(invitation, answered_at=post.clock())
    with post.database.reading() as session:
        assert letters.waiting(session, post.world.organisation.id, now=post.clock()) == []


def test_the_steps_of_many_cost_as_many_questions_as_those_of_one(post: Post) -> None:
    steps(post, (1, StepAct.REMIND), (2, StepAct.LETTER))

    def asked(count: int) -> int:
        for _ in range(count):
            invited(post)
        post.clock.pass_by(2 * DAY)
        said: list[str] = []

        def keep(_c: object, _cur: object, statement: str, *_: object) -> None:
            said.append(statement)

        event.listen(post.database.engine, "before_cursor_execute", keep)
        assert len(remind(post)) >= count
        event.remove(post.database.engine, "before_cursor_execute", keep)
        return len(said)

    assert asked(1) == asked(12)


def test_two_administrators_who_change_the_steps_at_once_take_turns(post: Post) -> None:
    def change(days: int) -> None:
        with post.database.writing() as session:
            settings = session.get_one(CategorySettings, post.world.settings.id)
            wanted = [Step(days, StepAct.REMIND, ("sms",)), Step(8, StepAct.CALL)]
            escalation.change_steps(session, settings, wanted, agent_id=post.world.agent.id, now=post.clock())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, (2, 4)))
    with post.database.reading() as session:
        found = session.scalars(select(EscalationStep.after_days).order_by(EscalationStep.after_days)).all()
    assert list(found) in ([2, 8], [4, 8])


def test_calls_that_nobody_answers_are_counted_whoever_notes_them(post: Post) -> None:
    invitation = invited(post)
    for _ in range(2):
        with post.database.writing() as session:
            escalation.note_try(
                session,
                session.get_one(FollowUp, invitation.follow_up_id),
                agent_id=post.world.agent.id,
                organisation_id=post.world.organisation.id,
                now=post.clock(),
            )
    with post.database.reading() as session:
        assert session.get_one(FollowUp, invitation.follow_up_id).call_tries == 2

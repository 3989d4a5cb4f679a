"""What leaves, what no longer may, and who may send it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from invitations.codes import Codes
from invitations.models import Appointment, Channel, MessageKind, MessageState, Mode, Outcome
from invitations.outbox.claiming import claim
from invitations.outbox.handing_over import message_id
from invitations.sealed_links import link_of
from notifications.senders import Reason, SendError, Sms
from tests.post import PUBLIC_URL, Post

PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def test_an_invitation_leaves_with_its_link_and_is_marked(post: Post) -> None:
    message = post.invited()
    assert post.deliver() == 1
    (sent,) = post.sms.sent
    code = post.codes.derive("invitation", message.invitation_id or 0)
    assert f"rdv.drome.example/i/{code}" in sent.body
    assert sent.reference == str(message.id)
    assert sent.lives_for == timedelta(days=10)
    kept = post.read(message)
    assert (kept.state, kept.attempts, kept.sent_at) == (MessageState.SENT, 1, post.clock())
    assert kept.provider_id == "SM" + "1".zfill(32)
    assert code not in kept.body
    assert post.deliver() == 0


def test_an_email_leaves_with_a_message_id_of_its_row_and_its_calendar(post: Post) -> None:
    _, message = post.booked(channels=(Channel.EMAIL,))
    assert post.deliver() == 1
    (sent,) = post.email.sent
    assert sent.message_id == message_id(message, "drome.example", post.codes)
    assert sent.to == message.address
    assert sent.sender_name == post.world.organisation.name
    assert f"{PUBLIC_URL}/r/" in sent.text
    assert sent.calendar is not None
    assert post.read(message).provider_id == sent.message_id


def test_what_is_not_due_waits(post: Post) -> None:
    message = post.invited(due_at=post.clock() + timedelta(hours=2))
    assert post.deliver() == 0
    post.clock.pass_by(timedelta(hours=2))
    assert post.deliver() == 1
    assert post.state(message) is MessageState.SENT


def test_what_was_delayed_into_the_night_waits_for_the_morning(post: Post) -> None:
    message = post.invited()
    post.clock.now = at("2026-11-24T20:05")
    assert post.deliver() == 0
    assert post.read(message).due_at == at("2026-11-25T08:00")
    post.clock.now = at("2026-11-25T08:00")
    assert post.deliver() == 1


def test_the_answer_to_someone_who_acted_leaves_at_night(post: Post) -> None:
    post.clock.now = at("2026-11-28T23:30")
    post.booked()
    assert post.deliver() == 1


def test_the_hours_are_those_of_the_organisation_s_departement(post: Post) -> None:
    message = post.invited()
    post.change(post.world.department, timezone="Indian/Reunion")
    post.clock.now = at("2026-11-24T17:30")  # 20:30 there
    assert post.deliver() == 0
    assert post.read(message).due_at == at("2026-11-25T05:00")


def test_answers_pass_before_what_can_wait(post: Post) -> None:
    for _ in range(3):
        post.invited(due_at=post.clock() - timedelta(hours=1))
    _, answer = post.booked()
    with post.database.writing() as session:
        batch = claim(session, process="a", limit=2, now=post.clock())
    assert batch is not None
    assert answer.id in {one.message.id for one in batch}


def test_an_ended_invitation_is_not_sent(post: Post) -> None:
    invitation = post.invitation()
    (message,) = post.owe(MessageKind.INVITATION, invitation=invitation, channels=(Channel.SMS,))
    post.change(invitation, ended_at=post.clock())
    assert post.deliver() == 0
    assert (post.state(message), post.read(message).error_reason) == (MessageState.CANCELLED, "overtaken")


def test_an_expired_invitation_is_not_sent(post: Post) -> None:
    message = post.invited()
    post.clock.pass_by(timedelta(days=10))
    assert post.deliver() == 0
    assert (post.state(message), post.read(message).error_reason) == (MessageState.EXPIRED, "useless")


def test_whoever_has_answered_is_not_reminded(post: Post) -> None:
    invitation = post.invitation()
    (message,) = post.owe(MessageKind.INVITATION_REMINDER, invitation=invitation, version=1, channels=(Channel.SMS,))
    post.change(invitation, answered_at=post.clock())
    assert post.deliver() == 0
    assert post.state(message) is MessageState.CANCELLED


def test_a_proposition_whose_slot_was_let_go_is_not_sent(post: Post) -> None:
    with post.database.writing() as session:
        post.world.session = session
        held = post.appointment(post.clock() + timedelta(days=4), held_until=post.clock() + timedelta(days=3))
    invitation = post.invitation(mode=Mode.PROPOSITION, held_appointment_id=held.id)
    (message,) = post.owe(MessageKind.PROPOSITION, invitation=invitation, channels=(Channel.SMS,))
    post.change(held, cancelled_at=post.clock())
    assert post.deliver() == 0
    assert post.state(message) is MessageState.CANCELLED


def test_a_confirmation_overtaken_by_a_move_is_dropped_and_the_move_is_told(post: Post) -> None:
    participation, booked = post.booked()
    post.change(post.read(participation), created_at=post.clock())
    with post.database.writing() as session:
        session.get_one(Appointment, participation.appointment_id).version = 1
    (moved,) = post.owe(
        MessageKind.MOVED,
        participation=participation,
        channels=(Channel.SMS,),
        leaves_at_once=True,
        previous_starts_at=post.clock() + timedelta(days=3),
    )
    assert post.deliver() == 1
    assert post.state(booked) is MessageState.CANCELLED
    assert post.state(moved) is MessageState.SENT


def test_nothing_is_said_of_an_appointment_once_it_has_begun(post: Post) -> None:
    _participation, message = post.booked()
    post.clock.pass_by(timedelta(days=5))
    assert post.deliver() == 0
    assert post.state(message) is MessageState.EXPIRED


@pytest.mark.parametrize(
    ("closed", "reason"),
    [({"sms_refused_at": 0}, "refused"), ({"phone_dead_at": 0}, "dead"), ({"phone": None}, "no_phone")],
)
def test_a_channel_closed_since_is_not_used(post: Post, closed: dict[str, int | None], reason: str) -> None:
    message = post.invited()
    values = {name: None if value is None else post.clock() for name, value in closed.items()}
    post.change(post.person(message), **values)
    assert post.deliver() == 0
    assert (post.state(message), post.read(message).error_reason) == (MessageState.FAILED, reason)


def test_a_number_corrected_since_is_the_one_used(post: Post) -> None:
    message = post.invited()
    post.change(post.person(message), phone="+33639989999")
    post.deliver()
    assert [one.to for one in post.sms.sent] == ["+33639989999"]
    assert post.read(message).address == "+33639989999"


def cancel(post: Post, participation: object, **when: object) -> None:
    with post.database.writing() as session:
        found = session.merge(participation)
        found.outcome = Outcome.REVOKED
        found.appointment.cancelled_at = post.clock()
        found.appointment.version += 1


def test_cancelled_is_never_said_to_someone_whose_booked_never_left(post: Post) -> None:
    participation, booked = post.booked()
    cancel(post, participation)
    (cancelled,) = post.owe(MessageKind.CANCELLED_BY_SERVICE, participation=participation, channels=(Channel.SMS,))
    assert post.deliver() == 0
    assert post.sms.sent == []
    assert {post.state(booked), post.state(cancelled)} == {MessageState.CANCELLED}


def test_cancelled_is_said_to_someone_who_was_told_of_the_appointment(post: Post) -> None:
    participation, _ = post.booked()
    post.deliver()
    cancel(post, participation)
    (cancelled,) = post.owe(MessageKind.CANCELLED_BY_SERVICE, participation=participation, channels=(Channel.SMS,))
    assert post.deliver() == 1
    assert post.state(cancelled) is MessageState.SENT


def test_cancelled_is_said_when_only_a_voice_had_told_of_the_appointment(post: Post) -> None:
    participation = post.participation()
    cancel(post, participation)
    post.owe(MessageKind.CANCELLED_BY_SERVICE, participation=participation, channels=(Channel.SMS,))
    assert post.deliver() == 1


def test_the_cancellation_of_today_s_appointment_leaves_even_on_a_sunday(post: Post) -> None:
    post.clock.now = at("2026-11-29T07:10")
    participation = post.participation(starts_in=timedelta(hours=7))
    cancel(post, participation)
    (message,) = post.owe(MessageKind.CANCELLED_BY_SERVICE, participation=participation, channels=(Channel.SMS,))
    assert message.due_at == at("2026-11-29T08:00")
    post.clock.now = at("2026-11-29T08:00")
    assert post.deliver() == 1


def test_a_link_printed_after_a_change_of_key_opens(post: Post) -> None:
    message = post.invited()
    post.codes = Codes("another secret key, thirty-two characters or more")
    post.deliver()
    with post.database.reading() as session:
        link = link_of(session, post.codes.derive("invitation", message.invitation_id or 0), codes=post.codes)
        assert link is not None
        assert link.invitation_id == message.invitation_id


def test_two_schedulers_at_once_send_each_message_once(post: Post) -> None:
    for _ in range(30):
        post.invited()
    turns = [threading.Thread(target=post.deliver, kwargs={"process": name}) for name in "abcd"]
    for turn in turns:
        turn.start()
    for turn in turns:
        turn.join()
    assert len(post.sms.sent) == 30
    assert len({one.reference for one in post.sms.sent}) == 30
    assert {one.state for one in post.messages()} == {MessageState.SENT}


def test_no_transaction_is_open_while_a_provider_is_spoken_to(post: Post) -> None:
    opened: list[int] = [0]
    event.listen(post.database.engine, "begin", lambda _: opened.__setitem__(0, opened[0] + 1))
    for end in ("commit", "rollback"):
        event.listen(post.database.engine, end, lambda _: opened.__setitem__(0, opened[0] - 1))
    seen: list[int] = []

    class Watching:
        def send(self, sms: Sms) -> str:
            seen.append(opened[0])
            return sms.reference

        def find(self, sms: Sms, *, since: datetime) -> str | None:
            return None

    post.sms = Watching()  # type: ignore[assignment]
    post.terms = replace(post.terms, threads=1)
    post.invited()
    post.deliver()
    assert seen == [0]


def test_a_stop_leaves_what_was_not_begun(post: Post) -> None:
    messages = [post.invited() for _ in range(3)]
    asked = iter([False])
    post.deliver(should_stop=lambda: next(asked, True))
    kept = [post.read(one) for one in messages]
    assert {(one.state, one.attempts) for one in kept} == {(MessageState.PENDING, 0)}
    assert post.deliver() == 3


def test_a_claim_grown_old_before_its_turn_is_given_back_untried(post: Post) -> None:
    messages = [post.invited() for _ in range(2)]
    slow = post.sms.send

    def take_a_minute(sms: Sms) -> str:
        post.clock.pass_by(post.terms.lease / 2)
        return slow(sms)

    post.sms.send = take_a_minute  # type: ignore[method-assign]
    post.terms = replace(post.terms, threads=1)
    assert post.deliver() == 2
    sent = [one.reference for one in post.sms.sent]
    assert sorted(map(int, sent)) == [one.id for one in messages]
    # The second had to be claimed anew: its first claim had lived for half its lease when its turn came.
    first, second = sorted((post.read(one) for one in messages), key=lambda one: sent.index(str(one.id)))
    assert second.claimed_at - first.claimed_at == post.terms.lease / 2
    assert (first.attempts, second.attempts) == (1, 1)


def test_claiming_costs_the_same_number_of_queries_for_one_and_for_fifty(post: Post) -> None:
    def statements(count: int) -> int:
        for _ in range(count):
            post.invited()
        said: list[str] = []

        def keep(_c: object, _cur: object, statement: str, *_: object) -> None:
            said.append(statement)

        event.listen(post.database.engine, "before_cursor_execute", keep)
        with post.database.writing() as session:
            assert len(claim(session, process="a", limit=100, now=post.clock()) or ()) == count
        event.remove(post.database.engine, "before_cursor_execute", keep)
        return len(said)

    assert statements(1) == statements(50)


def test_a_message_whose_words_break_does_not_stop_the_others(post: Post) -> None:
    broken, fine = post.invited(), post.invited()

    class Breaking:
        def send(self, sms: Sms) -> str:
            if sms.reference == str(broken.id):
                raise RuntimeError("a bug")
            return "SM1"

        def find(self, sms: Sms, *, since: datetime) -> str | None:
            raise SendError(Reason.WAIT)

    post.sms = Breaking()  # type: ignore[assignment]
    assert post.deliver() == 1
    assert post.state(fine) is MessageState.SENT
    assert post.state(broken) is MessageState.UNKNOWN

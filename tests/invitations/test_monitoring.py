"""What is counted of the queue: what waits, what left, what was lost and why; and that no count reads the whole table."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from invitations import monitoring, monitoring_queue
from invitations.database import Database, is_postgresql
from invitations.models import Channel, InboundText, MessageState, ProviderState, Unanswered
from invitations.monitoring import Health
from invitations.monitoring_queue import Queue, Volume
from notifications.senders import Reason
from tests.app.team import owe
from tests.conftest import NOW, Clock
from tests.factories import World

SMS, EMAIL, LETTER = Channel.SMS, Channel.EMAIL, Channel.LETTER


@pytest.fixture
def said(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement sent to the database, with its values."""
    told: list[tuple[str, Any]] = []

    def remember(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        told.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", remember)
    yield told
    event.remove(database.engine, "before_cursor_execute", remember)


def ago(**lasting: float) -> datetime:
    return NOW - timedelta(**lasting)


def queue(session: Session, channel: Channel = SMS) -> Queue:
    return next(one for one in monitoring_queue.queues(session, now=NOW) if one.channel is channel)


def volume(session: Session, channel: Channel = SMS) -> Volume:
    return next(one for one in monitoring_queue.volumes(session, now=NOW) if one.channel is channel)


def test_what_is_due_waits_and_what_is_due_later_does_not(world: World, session: Session) -> None:
    owe(world, due_at=ago(minutes=5))
    owe(world, due_at=ago(minutes=40))
    owe(world, due_at=NOW + timedelta(minutes=1))
    owe(world, due_at=ago(days=2), channel=LETTER)
    assert (queue(session).waiting, queue(session).oldest_due_at) == (2, ago(minutes=40))
    assert (queue(session, EMAIL).waiting, queue(session, EMAIL).oldest_due_at) == (0, None)
    assert queue(session, LETTER).waiting == 1


def test_what_is_under_way_and_what_nobody_knows_is_counted_whenever_it_was_due(world: World, session: Session) -> None:
    owe(world, state=MessageState.SENDING)
    owe(world, state=MessageState.UNKNOWN, due_at=NOW + timedelta(minutes=5))
    owe(world, state=MessageState.SENT, sent_at=NOW)
    assert (queue(session).in_flight, queue(session).unknown, queue(session).waiting) == (1, 1, 0)


def test_failures_of_the_last_day_are_counted_by_reason(world: World, session: Session) -> None:
    def lose(state: MessageState, reason: str, settled_at: datetime, channel: Channel = SMS) -> None:
        owe(world, state=state, error_reason=reason, settled_at=settled_at, channel=channel)

    lose(MessageState.FAILED, Reason.WRONG_ADDRESS, ago(hours=1))
    lose(MessageState.UNDELIVERED, Reason.WRONG_ADDRESS, ago(hours=23))
    lose(MessageState.FAILED, Reason.FILTERED, ago(hours=2))
    lose(MessageState.FAILED, Reason.FILTERED, ago(hours=25))
    lose(MessageState.CANCELLED, "overtaken", ago(hours=1))
    lose(MessageState.EXPIRED, "useless", ago(hours=1))
    lose(MessageState.FAILED, Reason.WRONG_ADDRESS, ago(hours=1), EMAIL)
    assert queue(session).failures == {Reason.WRONG_ADDRESS: 2, Reason.FILTERED: 1}
    assert (queue(session).failed, queue(session).too_late) == (3, 1)
    assert queue(session, EMAIL).failures == {Reason.WRONG_ADDRESS: 1}


def test_a_message_put_off_with_a_reason_has_not_failed(world: World, session: Session) -> None:
    owe(world, error_reason=Reason.WAIT, due_at=NOW + timedelta(minutes=5))
    assert queue(session).failures == {}


def test_a_team_is_told_what_it_lost_itself(world: World, session: Session) -> None:
    other = world.make_organisation()
    lost = {"state": MessageState.FAILED, "error_reason": Reason.WRONG_ADDRESS, "settled_at": ago(hours=1)}
    owe(world, **lost)
    owe(world, **lost, organisation_id=other.id)
    owe(world, state=MessageState.EXPIRED, error_reason="useless", settled_at=ago(hours=1), channel=EMAIL)
    assert monitoring_queue.failures_of(session, world.organisation.id, now=NOW) == {SMS: 1}


def test_what_left_in_a_day_is_counted_with_its_segments(world: World, session: Session) -> None:
    owe(world, state=MessageState.SENT, sent_at=ago(hours=23), segments=2)
    owe(world, state=MessageState.DELIVERED, sent_at=ago(hours=1), segments=1)
    owe(world, state=MessageState.DELIVERED, sent_at=ago(hours=25), segments=1)
    owe(world, state=MessageState.SENT, sent_at=NOW + timedelta(days=1), channel=LETTER)  # posted tomorrow
    assert (volume(session).sent, volume(session).segments) == (2, 3)
    assert (volume(session, LETTER).sent, volume(session, EMAIL).sent) == (0, 0)


def test_texts_without_a_receipt_are_those_of_which_one_should_have_come(world: World, session: Session) -> None:
    owe(world, state=MessageState.SENT, sent_at=ago(hours=73))
    owe(world, state=MessageState.SENT, sent_at=ago(hours=71))
    owe(world, state=MessageState.DELIVERED, sent_at=ago(hours=73), settled_at=ago(hours=73))
    owe(world, state=MessageState.SENT, sent_at=ago(hours=73), channel=EMAIL)
    owe(world, state=MessageState.SENT, sent_at=ago(days=31))
    assert volume(session).silent == 1


def test_texts_that_came_in_wait_for_a_machine_then_for_somebody(world: World, session: Session) -> None:
    def receive(sid: str, **changes: Any) -> None:
        values = {"sender": "+33639980001", "number": "+33700000000", "body": "?", "received_at": ago(hours=2)}
        world.add(InboundText(sid=sid, **values | changes))

    receive("SM1")
    receive("SM2", read_at=NOW)
    receive("SM3", read_at=NOW, waits_for=Unanswered.NOT_UNDERSTOOD, received_at=ago(hours=5))
    receive("SM4", read_at=NOW, waits_for=Unanswered.STRANGER, handled_at=NOW)
    inbox = monitoring_queue.inbox(session)
    assert (inbox.unread, inbox.to_read, inbox.oldest_at) == (1, 1, ago(hours=5))


def look(session: Session, now: datetime = NOW) -> Health:
    return monitoring.check(session, now=now)


def test_all_is_well_while_a_scheduler_beats_and_nothing_is_old(session: Session, world: World) -> None:
    assert not look(session).is_well
    monitoring.beat(session, "here:1", now=ago(minutes=1))
    monitoring.beat(session, "there:2", now=ago(minutes=30))
    owe(world, due_at=ago(minutes=14))
    health = look(session)
    assert health.is_well
    assert (health.alive, [one.process for one in health.beats]) == (1, ["here:1", "there:2"])
    assert not look(session, NOW + timedelta(minutes=3)).is_well


def test_a_long_queue_that_moves_is_no_trouble_and_one_that_stands_still_is(session: Session, world: World) -> None:
    monitoring.beat(session, "here:1", now=NOW)
    owe(world, due_at=ago(minutes=20))
    owe(world, state=MessageState.SENT, sent_at=ago(minutes=16))
    owe(world, state=MessageState.SENT, sent_at=ago(minutes=1), channel=EMAIL)
    assert [one.channel for one in look(session).stuck] == [SMS]
    owe(world, state=MessageState.SENT, sent_at=ago(minutes=14))
    assert look(session).is_well
    assert look(session).queue_age == timedelta(minutes=20)


def test_letters_wait_for_people_and_make_no_queue(session: Session, world: World) -> None:
    monitoring.beat(session, "here:1", now=NOW)
    owe(world, due_at=ago(days=3), channel=LETTER)
    assert look(session).is_well
    assert look(session).oldest_due_at is None


def test_a_provider_that_is_away_is_the_trouble_and_its_queue_is_not_told_twice(session: Session, world: World) -> None:
    monitoring.beat(session, "here:1", now=NOW)
    owe(world, due_at=ago(minutes=20))
    world.add(ProviderState(channel=SMS, failures=9, opened_at=ago(minutes=19), next_try_at=NOW))
    assert (look(session).is_well, look(session).stopped, look(session).stuck) == (False, (SMS,), ())


def test_two_clocks_may_be_seconds_apart(session: Session) -> None:
    state = monitoring.read(session, now=NOW)
    if not is_postgresql(session):
        assert (state.engine, state.clock_apart, state.has_two_times) == ("sqlite", None, False)
        return
    theirs = monitoring.clock_of_database(session)
    assert theirs is not None
    assert state.engine == "postgresql"
    assert not monitoring.read(session, now=theirs + timedelta(seconds=4)).has_two_times
    assert monitoring.read(session, now=theirs + timedelta(seconds=60)).has_two_times


def test_six_queries_for_the_monitor_and_ten_for_everything_however_much_there_is(
    session: Session, world: World, said: list[tuple[str, Any]]
) -> None:
    for state in MessageState:
        for channel in Channel:
            owe(world, state=state, channel=channel, sent_at=NOW, settled_at=NOW, error_reason=Reason.OTHER)
    said.clear()
    monitoring.check(session, now=NOW)
    assert len(said) == 6
    said.clear()
    monitoring.read(session, now=NOW)
    assert len(said) == 10 - (not is_postgresql(session))


# What is asked, and the indexes that answer.
ASKED: tuple[tuple[Callable[[Session], Any], set[str]], ...] = (
    (lambda session: monitoring_queue.queues(session, now=NOW), {"ix_messages_state_due_at", "ix_messages_reason"}),
    (
        lambda session: monitoring_queue.volumes(session, now=NOW),
        {"ix_messages_sent_at", "ix_messages_without_receipt"},
    ),
    (monitoring_queue.inbox, {"ix_inbound_texts_waiting", "ix_inbound_texts_unread"}),
    (lambda session: monitoring_queue.failures_of(session, 1, now=NOW), {"ix_messages_reason"}),
)


@pytest.mark.parametrize(("ask", "indexes"), ASKED, ids=["queues", "volumes", "inbox", "failures_of"])
def test_every_count_is_answered_from_an_index(
    session: Session, said: list[tuple[str, Any]], ask: Callable[[Session], Any], indexes: set[str]
) -> None:
    said.clear()
    ask(session)
    asked = list(said)
    if is_postgresql(session):  # an empty table is read whole in no time, unless that is forbidden
        session.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN " if is_postgresql(session) else "EXPLAIN QUERY PLAN "
    plan = "\n".join(
        str(line)
        for statement, values in asked
        for line in session.connection().exec_driver_sql(explain + statement, values)
    )
    assert {one for one in indexes if one in plan} == indexes, plan
    assert not re.search(r"Seq Scan|SCAN (messages|inbound_texts)(?! USING)", plan), plan


def test_a_process_that_was_silent_for_a_day_is_forgotten(database: Database, clock: Clock) -> None:
    for minutes in (0, 60 * 25):
        with database.writing() as session:
            monitoring.beat(session, f"here:{minutes}", now=clock() + timedelta(minutes=minutes))
    with database.reading() as session:
        assert [one.process for one in monitoring.check(session, now=clock()).beats] == ["here:1500"]

"""A provider that is away: who notices, what waits, who tries again, and that nothing is risked meanwhile."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from invitations.models import Channel, MessageState
from invitations.outbox import providers
from invitations.outbox.claiming import claim
from invitations.outbox.gate import Gate
from invitations.outbox.providers import Provider
from notifications.senders import Reason, SendError, Sms
from notifications.sms import TwilioSms
from tests.doubles.twilio import Twilio, running_twilio
from tests.invitations.rivals import claimed_by_rivals
from tests.post import Post

PATIENCE = 5  # of four threads
DOWN = [SendError(Reason.WAIT, "ConnectionError")] * 10_000
HANGING = [SendError(Reason.UNCERTAIN, "ReadTimeout")] * 10_000


def of(post: Post, channel: Channel = Channel.SMS) -> Provider:
    with post.database.reading() as session:
        return next(one for one in providers.read(session, now=post.clock()) if one.channel is channel)


def tried(post: Post, refusals: list[SendError]) -> int:
    return len(refusals) - len(post.sms.refusals)


def states(post: Post) -> Counter[MessageState]:
    return Counter(one.state for one in post.messages())


def invite(post: Post, people: int) -> None:
    for _ in range(people):
        post.invited()


def take_away(post: Post) -> None:
    """The provider of texts is away since now, and nothing else was touched."""
    message = post.invited()
    post.sms.refusals = [SendError(Reason.OUR_ACCOUNT, "20003")]
    post.deliver()
    post.change(message, state=MessageState.CANCELLED)


@pytest.mark.parametrize("refusals", [DOWN, HANGING], ids=["down", "hanging"])
def test_so_many_failures_in_a_row_and_nothing_more_is_risked(post: Post, refusals: list[SendError]) -> None:
    invite(post, 40)
    post.sms.refusals = list(refusals)
    assert post.deliver() == 0
    assert tried(post, refusals) == PATIENCE
    waiting = [one for one in post.messages() if one.error_reason is None]
    assert len(waiting) == 40 - PATIENCE
    assert {(one.state, one.attempts, one.due_at) for one in waiting} == {(MessageState.PENDING, 0, post.clock())}
    known = of(post)
    assert (known.is_open, known.opened_at, known.failures) == (True, post.clock(), PATIENCE)
    assert (known.reason, known.code) == (refusals[0].reason, refusals[0].code)
    assert known.next_try_at == post.clock() + timedelta(seconds=30)


def test_a_refused_account_is_enough_once(post: Post) -> None:
    invite(post, 10)
    post.terms = replace(post.terms, threads=1)
    post.sms.refusals = [SendError(Reason.OUR_ACCOUNT, "20003")] * 10
    assert post.deliver() == 0
    assert len(post.sms.refusals) == 9
    assert (of(post).is_open, of(post).reason) == (True, Reason.OUR_ACCOUNT)
    assert {one.attempts for one in post.messages()} == {0}


def test_an_answer_in_between_begins_the_count_anew(post: Post) -> None:
    post.terms = replace(post.terms, threads=1)
    for _ in range(3):
        invite(post, 4)
        post.sms.refusals = [SendError(Reason.WAIT)] * 4
        post.deliver()
        assert of(post).failures == 4
        post.clock.pass_by(timedelta(seconds=5))
        invite(post, 1)
        assert post.deliver() == 1
        assert of(post) == Provider(Channel.SMS)


def test_a_number_that_is_wrong_says_that_the_provider_answers(post: Post) -> None:
    post.terms = replace(post.terms, threads=1)
    invite(post, 12)
    post.sms.refusals = [SendError(reason) for _ in range(6) for reason in (Reason.WAIT, Reason.WRONG_ADDRESS)]
    post.deliver()
    assert not of(post).is_open


def test_failures_of_one_message_at_a_time_add_up_over_runs_and_processes(post: Post) -> None:
    post.sms.refusals = list(DOWN)
    for number in range(PATIENCE):
        assert not of(post).is_open
        post.invited()
        post.deliver(process=f"process {number}")
        post.clock.pass_by(timedelta(seconds=5))
    assert of(post).is_open


def test_the_other_channel_goes_on(post: Post) -> None:
    invite(post, 10)
    post.sms.refusals = list(DOWN)
    post.deliver()
    post.invited(channels=(Channel.EMAIL,))
    assert post.deliver() == 1
    assert not of(post, Channel.EMAIL).is_open


def test_the_waits_between_tries_grow_to_five_minutes(post: Post) -> None:
    invite(post, 20)
    post.sms.refusals = list(HANGING)
    post.deliver()
    waits = []
    for _ in range(6):
        before, asked = of(post).next_try_at, tried(post, HANGING)
        assert before is not None
        waits.append((before - post.clock()).total_seconds())
        post.clock.now = before - timedelta(seconds=1)
        post.deliver()
        assert tried(post, HANGING) == asked
        post.clock.now = before
        post.deliver()
        assert tried(post, HANGING) == asked + 1
    assert waits == [30, 60, 120, 240, 300, 300]


def test_a_provider_that_hangs_for_an_hour_costs_a_message_a_try(post: Post) -> None:
    invite(post, 40)
    post.sms.refusals = list(HANGING)
    until = post.clock() + timedelta(hours=1)
    while post.clock() < until:
        post.deliver()
        post.clock.pass_by(timedelta(seconds=30))
    risked = states(post)[MessageState.UNKNOWN]
    assert risked <= PATIENCE + 16
    assert states(post) == {MessageState.UNKNOWN: risked, MessageState.PENDING: 40 - risked}


def test_one_message_that_leaves_lets_all_the_others_go_in_the_same_run(post: Post) -> None:
    invite(post, 20)
    post.sms.refusals = list(HANGING)
    post.deliver()
    post.sms.refusals = []
    assert post.deliver() == 0
    post.clock.pass_by(timedelta(seconds=30))
    assert post.deliver() == 20 - PATIENCE
    assert of(post) == Provider(Channel.SMS)


def test_of_many_processes_one_alone_tries(post: Post, database_url: str) -> None:
    take_away(post)
    invite(post, 12)
    post.clock.pass_by(timedelta(seconds=30))
    assert len(claimed_by_rivals(post, database_url)) == 1


def test_a_process_that_dies_while_it_tries_keeps_nobody_waiting(post: Post) -> None:
    take_away(post)
    invite(post, 3)
    post.clock.pass_by(timedelta(seconds=30))
    with post.database.writing() as session:
        assert len(claim(session, process="dies", limit=10, now=post.clock()) or ()) == 1
    assert post.deliver() == 0
    post.clock.pass_by(timedelta(minutes=1))
    assert post.deliver() == 2


def test_messages_that_may_not_leave_any_more_don_t_use_up_the_try(post: Post) -> None:
    take_away(post)
    for _ in range(3):
        post.invited(useless_at=post.clock() + timedelta(seconds=10))
    fine = post.invited()
    post.clock.pass_by(timedelta(seconds=30))
    assert post.deliver() == 1
    assert post.state(fine) is MessageState.SENT


def test_who_had_been_claimed_before_it_went_away_does_not_call_it_back(post: Post) -> None:
    take_away(post)
    news = providers.News(Channel.SMS, answered=post.clock())
    with post.database.writing() as session:
        providers.tell(session, [news], patience=PATIENCE, now=post.clock())
    assert of(post).is_open


def test_a_clock_that_has_gone_back_does_not_keep_the_provider_away(post: Post) -> None:
    take_away(post)
    post.clock.pass_by(-timedelta(minutes=20))
    post.invited()
    assert post.deliver() == 1


def test_a_message_that_leaves_well_writes_nothing_about_its_provider(post: Post) -> None:
    invite(post, 5)
    said: list[str] = []
    event.listen(post.database.engine, "before_cursor_execute", lambda *call: said.append(call[2]))
    assert post.deliver() == 5
    assert [one for one in said if "provider_states" in one and not one.startswith("SELECT")] == []
    assert not any("FOR" in one for one in said if "provider_states" in one.rpartition("FROM")[2])


def test_calls_begun_after_a_failure_are_no_more_than_may_still_fail(post: Post) -> None:
    gate = Gate(patience=3)
    assert [gate.enter(Channel.SMS) for _ in range(6)] == [True] * 6  # all is well: as many as there are threads
    for _ in range(2):
        gate.leave(Channel.SMS, claimed_at=post.clock(), error=SendError(Reason.WAIT))
    entered: list[bool] = []
    waiting = threading.Thread(target=lambda: entered.append(gate.enter(Channel.SMS)))
    waiting.start()
    waiting.join(timeout=0.05)
    assert entered == []
    gate.leave(Channel.SMS, claimed_at=post.clock(), error=SendError(Reason.WAIT))
    waiting.join(timeout=30)
    assert entered == [False]


def test_twilio_hangs_then_answers_and_the_rest_leaves_once(post: Post) -> None:
    with running_twilio() as twilio:
        post.sms = through(twilio, patience=timedelta(seconds=0.3))
        for _ in range(20):
            post.invited(leaves_at_once=True)
        twilio.script({"do": "hang", "seconds": 1, "times": PATIENCE + 1})
        assert post.deliver() == 0
        assert states(post) == {MessageState.UNKNOWN: PATIENCE, MessageState.PENDING: 20 - PATIENCE}
        post.clock.pass_by(timedelta(seconds=30))
        assert post.deliver() == 0
        post.clock.pass_by(timedelta(minutes=1))
        post.sms = through(twilio, patience=timedelta(seconds=20))
        assert post.deliver() == 20 - PATIENCE - 1
        assert max(Counter(one["to"] for one in twilio.accepted).values()) == 1


def through(twilio: Twilio, *, patience: timedelta) -> Any:
    return TwilioSms(
        account_sid="AC" + "0" * 32, auth_token="a token", sender="+33937000000", api_url=twilio.url, patience=patience
    )


def test_a_bug_of_ours_does_not_lose_track_of_the_whole_queue(post: Post) -> None:
    class Breaking:
        def send(self, _sms: Sms) -> str:
            raise RuntimeError("a bug")

        def find(self, _sms: Sms, *, since: datetime) -> Any:
            raise AssertionError(since)

    invite(post, 20)
    post.sms = Breaking()  # type: ignore[assignment]
    post.deliver()
    assert states(post) == {MessageState.UNKNOWN: PATIENCE, MessageState.PENDING: 20 - PATIENCE}

"""How fast a sender of texts may speak, whoever shares it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from invitations.database import SMS_SENDER, Database
from invitations.models import Channel, Message, MessageState
from invitations.outbox.claiming import claim, rest
from invitations.outbox.pace import Pace
from notifications.senders import Sms
from tests.conftest import NOW
from tests.fakes import RememberingSms
from tests.invitations.rivals import claimed_by_rivals
from tests.post import Post


class Stopwatch(RememberingSms):
    """Remembers when each text was handed over, too."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[tuple[float, str | None]] = []

    def send(self, sms: Sms) -> str:
        self.at.append((time.monotonic(), sms.sender))
        return super().send(sms)


def running() -> Callable[[], datetime]:
    """A clock that begins in the morning of the tests and goes on by itself."""
    began = time.monotonic()
    return lambda: NOW + timedelta(seconds=time.monotonic() - began)


def claimed(post: Post, per_second: int, *, limit: int = 100) -> list[int] | None:
    with post.database.writing() as session:
        taken = claim(session, process="a", pace=Pace(per_second), limit=limit, now=post.clock())
    return None if taken is None else [one.message.id for one in taken]


def waits(post: Post, per_second: int) -> timedelta | None:
    with post.database.reading() as session:
        return rest(session, pace=Pace(per_second), now=post.clock())


def owe(post: Post, texts: int, *, segments: int = 1) -> list[Message]:
    owed = [post.invited() for _ in range(texts)]
    for one in owed:
        post.change(one, segments=segments)
    return owed


def test_a_second_s_worth_leaves_at_once_and_the_rest_as_time_passes(post: Post) -> None:
    owe(post, 10)
    assert len(claimed(post, 4) or ()) == 4
    assert claimed(post, 4) is None
    assert waits(post, 4) == timedelta(milliseconds=250)
    post.clock.pass_by(timedelta(seconds=0.5))
    assert len(claimed(post, 4) or ()) == 2
    post.clock.pass_by(timedelta(hours=1))
    assert len(claimed(post, 4) or ()) == 4
    assert Counter(one.state for one in post.messages())[MessageState.SENDING] == 10
    assert waits(post, 4) is None


def test_a_text_of_several_segments_is_paid_for_before_the_next(post: Post) -> None:
    owe(post, 4, segments=3)
    assert len(claimed(post, 2) or ()) == 1  # two were there, one is owed
    assert waits(post, 2) == timedelta(seconds=1)
    post.clock.pass_by(timedelta(seconds=0.5))
    assert claimed(post, 2) is None
    post.clock.pass_by(timedelta(seconds=0.5))
    assert len(claimed(post, 2) or ()) == 1


def test_one_sender_that_rests_keeps_no_other_waiting(post: Post) -> None:
    for one in owe(post, 6):
        post.change(one, due_at=post.clock() - timedelta(minutes=1))
    with post.database.writing() as session:
        post.world.session = session
        neighbour = post.world.make_organisation(sms_sender="Die")
    other = owe(post, 2)
    for one in other:
        post.change(one, organisation_id=neighbour.id)
    assert len(claimed(post, 1, limit=3) or ()) == 1
    (theirs,) = claimed(post, 1, limit=3) or ()
    assert theirs in {one.id for one in other}
    assert claimed(post, 1, limit=3) is None


def test_who_waits_for_an_answer_comes_first(post: Post) -> None:
    owe(post, 3)
    _, answer = post.booked()
    assert claimed(post, 1) == [answer.id]


def test_organisations_without_a_sender_of_their_own_share_the_installation_s(post: Post) -> None:
    post.database._write.kw["info"][SMS_SENDER] = "+33937000000"
    with post.database.writing() as session:
        post.world.session = session
        neighbour = post.world.make_organisation(sms_sender="+33937000000")
    first, second = owe(post, 2)
    post.change(second, organisation_id=neighbour.id)
    assert claimed(post, 1) in ([first.id], [second.id])
    assert claimed(post, 1) is None


def test_emails_don_t_wait(post: Post) -> None:
    for _ in range(5):
        post.invited(channels=(Channel.EMAIL,))
    assert len(claimed(post, 1) or ()) == 5


def test_a_clock_that_has_gone_back_does_not_silence_a_sender(post: Post) -> None:
    for one in owe(post, 3):
        post.change(one, due_at=NOW - timedelta(hours=1))
    assert len(claimed(post, 1) or ()) == 1
    post.clock.pass_by(-timedelta(minutes=30))
    assert len(claimed(post, 1) or ()) == 1
    assert claimed(post, 1) is None


def test_many_processes_share_the_same_second(post: Post, database_url: str) -> None:
    owe(post, 30)
    claimed_now = claimed_by_rivals(post, database_url, pace=Pace(11))
    assert len(claimed_now) == len(set(claimed_now)) == 11


@pytest.mark.parametrize("processes", [1, 4])
def test_in_no_span_of_time_does_a_sender_say_more_than_its_pace(post: Post, database_url: str, processes: int) -> None:
    per_second, texts = 20, 45
    owe(post, texts)
    began = time.monotonic()
    stopwatch = Stopwatch()
    others = [Database(database_url) for _ in range(processes)]
    posts = [paced(post, other, stopwatch, per_second) for other in others]
    turns = [threading.Thread(target=one.deliver, kwargs={"process": str(n)}) for n, one in enumerate(posts)]
    for turn in turns:
        turn.start()
    for turn in turns:
        turn.join(timeout=60)
    for other in others:
        other.engine.dispose()
    assert len({one.reference for one in stopwatch.sent}) == len(stopwatch.sent) == texts
    times = sorted(at - began for at, _ in stopwatch.at)
    # What is handed over by a moment was paid for before it: a second's worth at first, and what came in since.
    assert all(number <= per_second * (1 + at) for number, at in enumerate(times, start=1))
    assert times[-1] >= (texts - per_second) / per_second


def paced(post: Post, database: Database, stopwatch: Stopwatch, per_second: int) -> Post:
    """The same post, delivered by another process at real speed."""
    made = object.__new__(Post)
    made.database, made.codes, made.email, made.sms = database, post.codes, post.email, stopwatch
    made.clock = running()
    made.terms = replace(post.terms, segments_per_second=per_second)
    return made

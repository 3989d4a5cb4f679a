"""A daily cap of a département: what it holds back, what it never does, and that it is exact whoever sends."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from invitations import daily_caps, department_settings
from invitations.department_settings import Speaker
from invitations.errors import NotAllowed
from invitations.models import Channel, ChannelCap, Message, MessageKind, MessageState, OrganisationKind
from invitations.outbox import caps
from invitations.outbox.caps import CAPPED, Reached
from notifications.senders import Reason, SendError
from tests.invitations.rivals import claimed_by_rivals
from tests.post import Post

PARIS = ZoneInfo("Europe/Paris")
TODAY = date(2026, 11, 24)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def allow(post: Post, per_day: int, channel: Channel = Channel.SMS) -> None:
    with post.database.writing() as session:
        session.merge(ChannelCap(department_id=post.world.department.id, channel=channel, per_day=per_day))


def invite(post: Post, people: int, channel: Channel = Channel.SMS) -> list[Message]:
    return [post.invited(channels=(channel,)) for _ in range(people)]


def used(post: Post) -> int:
    with post.database.reading() as session:
        return caps.used(session, post.world.department, now=post.clock()).get(Channel.SMS, 0)


def reached(post: Post, *, days_ago: int = 0) -> list[Reached]:
    with post.database.reading() as session:
        return caps.reached(session, days_ago=days_ago, now=post.clock())


def speaker(post: Post) -> Speaker:
    with post.database.reading() as session:
        return department_settings.speaker(
            session, agent_id=post.world.agent.id, organisation_id=post.world.organisation.id
        )


def change(post: Post, per_day: int | None) -> None:
    with post.database.writing() as session:
        by = department_settings.speaker(
            session, agent_id=post.world.agent.id, organisation_id=post.world.organisation.id
        )
        daily_caps.change(session, {Channel.SMS: per_day}, by=by, now=post.clock())


def test_what_is_owed_above_the_cap_leaves_on_the_next_day(post: Post) -> None:
    allow(post, 3)
    invite(post, 5)
    assert post.deliver() == 3
    late = [one for one in post.messages() if one.state is MessageState.PENDING]
    assert {(one.due_at, one.error_reason, one.attempts) for one in late} == {(at("2026-11-25T08:00"), CAPPED, 0)}
    assert reached(post) == [Reached(post.world.department.id, Channel.SMS, TODAY, per_day=3, used=3)]
    post.clock.now = at("2026-11-25T08:00")
    assert reached(post) == []
    assert reached(post, days_ago=1)[0].on == TODAY
    assert post.deliver() == 2
    assert {one.error_reason for one in post.messages()} == {None}


def test_before_a_sunday_the_next_day_is_monday(post: Post) -> None:
    allow(post, 1)
    post.clock.now = at("2026-11-28T10:00")
    invite(post, 2)
    post.deliver()
    (late,) = (one for one in post.messages() if one.state is MessageState.PENDING)
    assert late.due_at == at("2026-11-30T08:00")


def test_the_day_is_the_departement_s(post: Post) -> None:
    allow(post, 1)
    for _ in range(2):
        post.booked()
    post.change(post.world.department, timezone="America/Cayenne")
    post.clock.now = datetime.fromisoformat("2026-11-25T00:30+00:00")  # still the 24th there, 21:30
    assert post.deliver() == 2
    assert reached(post)[0].on == TODAY


def test_answers_count_and_always_leave(post: Post) -> None:
    allow(post, 2)
    invitations = invite(post, 2)
    for _ in range(3):
        post.booked()
    assert post.deliver() == 3
    assert {post.state(one) for one in invitations} == {MessageState.PENDING}
    assert used(post) == 3


def test_news_of_an_appointment_that_moved_is_never_held_back(post: Post) -> None:
    allow(post, 1)
    invitations = invite(post, 2)
    post.change(invitations[0], due_at=post.clock() - timedelta(minutes=1))  # it takes what the day has
    participation = post.participation()
    (moved,) = post.owe(
        MessageKind.MOVED,
        participation=participation,
        channels=(Channel.SMS,),
        previous_starts_at=post.clock() + timedelta(days=3),
    )
    assert post.deliver() == 2
    assert post.state(moved) is MessageState.SENT
    assert Counter(post.state(one) for one in invitations) == {MessageState.SENT: 1, MessageState.PENDING: 1}


def test_other_channels_and_other_departements_go_on(post: Post) -> None:
    allow(post, 1)
    with post.database.writing() as session:
        post.world.session = session
        elsewhere = post.world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
        neighbour = post.world.make_organisation(department_id=elsewhere.id)
    for one in invite(post, 2):
        post.change(one, organisation_id=neighbour.id)
    invite(post, 2)
    invite(post, 2, Channel.EMAIL)
    assert post.deliver() == 2 + 1 + 2


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (SendError(Reason.WAIT), 0),
        (SendError(Reason.OUR_ACCOUNT, "20003"), 0),
        (SendError(Reason.WRONG_ADDRESS, "21211"), 0),
        (SendError(Reason.UNCERTAIN, "ReadTimeout"), 1),  # it may have left
    ],
    ids=lambda value: getattr(value, "reason", None),
)
def test_what_never_left_does_not_count(post: Post, error: SendError, counts: int) -> None:
    allow(post, 5)
    invite(post, 1)
    post.sms.refusals = [error]
    post.deliver()
    assert used(post) == counts


def test_what_was_claimed_and_given_back_does_not_count(post: Post) -> None:
    allow(post, 5)
    invite(post, 4)
    asked = iter([False])
    post.deliver(should_stop=lambda: next(asked, True))
    assert used(post) == 0
    assert post.deliver() == 4
    assert used(post) == 4


def test_a_provider_that_is_away_leaves_the_day_s_share_whole(post: Post) -> None:
    allow(post, 30)
    invite(post, 20)
    post.sms.refusals = [SendError(Reason.WAIT)] * 5
    post.deliver()
    assert used(post) == 0
    post.clock.pass_by(timedelta(minutes=5))
    assert post.deliver() == 20
    assert used(post) == 20


def test_many_processes_send_exactly_the_day_s_share(post: Post, database_url: str) -> None:
    allow(post, 11)
    invite(post, 30)
    claimed = claimed_by_rivals(post, database_url)
    assert len(claimed) == len(set(claimed)) == 11
    assert Counter(one.state for one in post.messages()) == {MessageState.SENDING: 11, MessageState.PENDING: 19}
    assert used(post) == 11


@pytest.mark.parametrize("per_day", [4, None])
def test_a_cap_raised_or_taken_away_lets_go_what_it_held_back_at_once(post: Post, per_day: int | None) -> None:
    allow(post, 2)
    invite(post, 6)
    post.deliver()
    change(post, per_day)
    assert post.deliver() == (4 if per_day is None else 2)


def test_an_organisation_that_is_not_the_departement_s_own_sets_no_cap(post: Post) -> None:
    post.change(post.world.organisation, kind=OrganisationKind.SIAE)
    with pytest.raises(NotAllowed):
        speaker(post)

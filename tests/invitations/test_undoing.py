"""Taking a selection back before anything of it leaves: as if it had never been."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from invitations import addressing, escalation_reach, inviting, letters, undoing
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import NotFound, TooLateToTakeBack
from invitations.models import (
    AuditEvent,
    Channel,
    EndReason,
    FollowUp,
    FollowUpStatus,
    Invitation,
    InvitationBatch,
    Message,
    MessageState,
    StatusChange,
)
from invitations.outbox.claiming import claim
from invitations.statistics import cohorts
from invitations.undoing import Sent
from tests.conftest import Clock
from tests.factories import World
from tests.post import Post

BOTH = (Channel.SMS, Channel.EMAIL)
MINUTES = timedelta(minutes=1)


def send(world: World, codes: Codes, *those: FollowUp, channels: tuple[Channel, ...] = BOTH) -> Sent:
    return undoing.send(
        world.session,
        those,
        organisation_id=world.organisation.id,
        category_id=world.category.id,
        channels=channels,
        agent_id=world.agent.id,
        may_wait=False,
        codes=codes,
        now=world.now,
    )


def take_back(world: World, sent: Sent, *, after: timedelta = 5 * MINUTES) -> int:
    assert sent.batch
    return undoing.take_back(world.session, sent.batch, agent_id=world.agent.id, now=world.now + after)


def states(world: World) -> list[MessageState]:
    return list(world.session.scalars(select(Message.state).order_by(Message.id)))


def test_nothing_of_a_selection_leaves_for_ten_minutes(world: World, codes: Codes) -> None:
    send(world, codes, world.make_follow_up(), world.make_follow_up())
    due = world.session.scalars(select(Message.due_at)).all()
    assert set(due) == {world.now + 10 * MINUTES}
    assert claim(world.session, process="here", limit=10, now=world.now + 9 * MINUTES) is None


def test_one_person_invited_alone_does_not_wait(world: World, codes: Codes) -> None:
    inviting.invite(
        world.session,
        world.make_follow_up(),
        organisation_id=world.organisation.id,
        channels=BOTH,
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert set(world.session.scalars(select(Message.due_at))) == {world.now}


def test_taking_back_leaves_everything_as_it_was(world: World, codes: Codes) -> None:
    long_ago = world.now - timedelta(days=30)
    follow_up = world.make_follow_up(status_since=long_ago)
    world.add(StatusChange(follow_up_id=follow_up.id, status=FollowUpStatus.NOT_INVITED, at=long_ago))
    sent = send(world, codes, follow_up, world.make_follow_up())
    assert follow_up.status is FollowUpStatus.INVITATION_PENDING
    assert take_back(world, sent) == 2
    assert (follow_up.status, follow_up.status_since) == (FollowUpStatus.NOT_INVITED, long_ago)
    assert set(states(world)) == {MessageState.CANCELLED}
    ended = world.session.scalars(select(Invitation.end_reason).execution_options(populate_existing=True)).all()
    assert ended == [EndReason.TAKEN_BACK] * 2
    assert cohorts.read_units(world.session, [follow_up.id]) == {}
    assert send(world, codes, follow_up).invited  # the rest of a day is for those who were written to


def test_taking_back_is_an_agents_act_and_done_once(world: World, codes: Codes) -> None:
    sent = send(world, codes, world.make_follow_up())
    assert [take_back(world, sent), take_back(world, sent)] == [1, 0]
    noted = world.session.scalars(select(AuditEvent).where(AuditEvent.action.like("%taken_back"))).all()
    assert sorted(one.action for one in noted) == ["batch.taken_back", "follow_up.taken_back"]
    assert {one.agent_id for one in noted} == {world.agent.id}


def test_what_a_selection_replaced_counts_again(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    first = send(world, codes, follow_up).invited[0]
    world.now += timedelta(days=2)
    sent = send(world, codes, follow_up)
    world.session.refresh(first)
    assert first.end_reason is EndReason.REPLACED
    take_back(world, sent)
    world.session.refresh(first)
    assert (first.ended_at, first.end_reason) == (None, None)
    assert follow_up.status is FollowUpStatus.INVITATION_PENDING
    assert states(world)[:2] == [MessageState.PENDING] * 2  # they had not left either


def test_after_ten_minutes_it_is_too_late(world: World, codes: Codes) -> None:
    sent = send(world, codes, world.make_follow_up())
    with pytest.raises(TooLateToTakeBack):
        take_back(world, sent, after=10 * MINUTES)


def test_at_night_it_can_be_taken_back_until_the_morning(world: World, codes: Codes) -> None:
    world.now += timedelta(hours=12)  # 22:00 in Paris
    sent = send(world, codes, world.make_follow_up())
    assert take_back(world, sent, after=timedelta(hours=9, minutes=59)) == 1


def test_once_a_message_is_on_its_way_nothing_is_taken_back(world: World, codes: Codes) -> None:
    sent = send(world, codes, world.make_follow_up(), world.make_follow_up())
    message = world.session.scalars(select(Message).order_by(Message.id)).first()
    assert message
    message.state = MessageState.SENDING
    with pytest.raises(TooLateToTakeBack), world.session.begin_nested():
        take_back(world, sent)
    world.session.expire_all()
    assert states(world) == [MessageState.SENDING, *[MessageState.PENDING] * 3]
    assert {one.ended_at for one in sent.invited} == {None}


def test_whoever_was_given_an_appointment_meanwhile_keeps_it(world: World, codes: Codes) -> None:
    kept, other = world.make_follow_up(), world.make_follow_up()
    sent = send(world, codes, kept, other)
    mine = next(one for one in sent.invited if one.follow_up_id == kept.id)
    mine.ended_at, mine.end_reason = world.now + MINUTES, EndReason.BOOKED
    world.session.flush()
    assert take_back(world, sent) == 1
    world.session.refresh(mine)
    assert mine.end_reason is EndReason.BOOKED


def test_a_letter_is_not_printed_while_it_may_be_taken_back(world: World, codes: Codes) -> None:
    world.settings.channels = ["sms", "email", "letter"]
    person = world.make_beneficiary(phone=None, email=None, address="1 rue", postcode="26000", city="Valence")
    send(world, codes, world.make_follow_up(person), channels=(*BOTH, Channel.LETTER))
    early, late = world.now + 9 * MINUTES, world.now + 10 * MINUTES
    assert letters.waiting(world.session, world.organisation.id, now=early) == []
    assert letters.count_waiting(world.session, world.organisation.id, now=early) == 0
    assert len(letters.waiting(world.session, world.organisation.id, now=late)) == 1


def test_a_selection_in_which_nobody_can_be_invited_leaves_nothing_behind(world: World, codes: Codes) -> None:
    assert send(world, codes, world.make_follow_up(closed_at=world.now)).batch is None
    assert world.session.scalars(select(InvitationBatch)).all() == []


def test_another_organisations_selection_does_not_exist(world: World, codes: Codes) -> None:
    sent = send(world, codes, world.make_follow_up())
    assert sent.batch
    with pytest.raises(NotFound):
        undoing.batch_seen_by(world.session, sent.batch.id, world.make_organisation().id)


def test_a_message_leaves_or_is_taken_back_never_both(
    post: Post, database: Database, database_url: str, codes: Codes, clock: Clock
) -> None:
    """A delivery whose clock runs ahead claims while the agent takes back: one of the two wins, whole."""
    with database.writing() as session:
        post.world.session = session
        sent = send(post.world, codes, *[post.world.make_follow_up() for _ in range(20)], channels=(Channel.SMS,))
        assert sent.batch
        batch_id, agent_id = sent.batch.id, post.world.agent.id
    start = Barrier(2)

    def claim_ahead() -> int:
        mine = Database(database_url)
        start.wait(timeout=30)
        with mine.writing() as session:
            found = claim(session, process="ahead", limit=5, now=clock() + 11 * MINUTES) or []
            count = len(found)
        mine.engine.dispose()
        return count

    def take_all_back() -> int:
        mine = Database(database_url)
        start.wait(timeout=30)
        try:
            with mine.writing() as session:
                batch = session.get_one(InvitationBatch, batch_id)
                return undoing.take_back(session, batch, agent_id=agent_id, now=clock() + 9 * MINUTES)
        except TooLateToTakeBack:
            return 0
        finally:
            mine.engine.dispose()

    with ThreadPoolExecutor(2) as pool:
        claimed, taken = pool.submit(claim_ahead), pool.submit(take_all_back)
        outcome = (claimed.result(timeout=60), taken.result(timeout=60))
    assert outcome in {(5, 0), (0, 20)}
    left = {MessageState.SENDING: 5, MessageState.PENDING: 15} if outcome[0] else {MessageState.CANCELLED: 20}
    found = [one.state for one in post.messages()]
    assert {one: found.count(one) for one in set(found)} == left


def test_the_facts_of_a_person_taken_back_let_them_be_invited_at_once(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    take_back(world, send(world, codes, follow_up))
    facts = addressing.read_facts(world.session, [follow_up], world.organisation.id, now=world.now + 6 * MINUTES)
    assert facts.recent == {}


def test_what_is_taken_back_hides_nobody_whom_nothing_had_reached(world: World, codes: Codes) -> None:
    follow_up = world.make_follow_up()
    send(world, codes, follow_up)
    for message in world.session.scalars(select(Message)):
        message.state, message.settled_at = MessageState.FAILED, world.now
    world.now += timedelta(days=2)
    world.session.flush()
    before = escalation_reach.failures(world.session, [follow_up.id], [world.organisation.id])
    take_back(world, send(world, codes, follow_up))
    assert before
    assert escalation_reach.failures(world.session, [follow_up.id], [world.organisation.id]) == before

"""What a batch of invitations would send and cost, counted before anything leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from invitations import addressing, batch_cost, inviting
from invitations.addressing import Terms
from invitations.batch_cost import Estimate, Prices, Writer
from invitations.codes import Codes
from invitations.models import Channel, FollowUp, Invitation, Message
from tests.factories import World

BOTH = (Channel.SMS, Channel.EMAIL)
LINK = "https://rdv.drome.example/i/AbCdEfGh234"


def writer(world: World) -> Writer:
    terms = Terms(world.organisation, world.settings, [], world.now + timedelta(days=10))
    return Writer(world.session, terms, world.now)


def estimate(world: World, follow_ups: Sequence[FollowUp], channels: Sequence[Channel] = BOTH) -> Estimate:
    return batch_cost.estimate(follow_ups, channels, {world.category.id: writer(world)})


def people(world: World, *changes: dict[str, Any]) -> list[FollowUp]:
    return [world.make_follow_up(world.make_beneficiary(**one)) for one in changes]


def test_it_counts_by_channel_and_language(world: World) -> None:
    those = people(world, {}, {"language": "ar"}, {"email": None}, {"phone": None}, {"phone_dead_at": world.now})
    found = estimate(world, those)
    assert found.languages == {Channel.SMS: {"fr": 2, "ar": 1}, Channel.EMAIL: {"fr": 3, "ar": 1}}
    assert (found.texts, found.count(Channel.LETTER)) == (3, 0)


def test_it_counts_the_segments_of_the_texts_that_leave(world: World, codes: Codes) -> None:
    world.make_opening()
    those = people(world, *[{"language": one} for one in ("fr", "ar", "ru", "en")])
    found = estimate(world, those)
    batch = inviting.invite_selection(
        world.session,
        those,
        organisation_id=world.organisation.id,
        channels=BOTH,
        agent_id=None,
        codes=codes,
        now=world.now,
    )
    assert len(batch.invited) == len(those)
    sent = world.session.scalar(select(func.sum(Message.segments)).where(Message.channel == Channel.SMS))
    assert found.segments == sent
    assert found.segments > found.texts


def test_what_is_read_beforehand_is_what_is_written(world: World, codes: Codes) -> None:
    world.make_opening()
    (one,) = people(world, {"first_name": "Zoé"})
    with world.session.begin_nested():
        terms = inviting.read_terms(world.session, world.organisation.id, world.category.id, now=world.now)
        before = Writer(world.session, terms, world.now).written(one, BOTH, link=LINK)
    inviting.invite(
        world.session,
        one,
        organisation_id=world.organisation.id,
        channels=BOTH,
        agent_id=None,
        codes=codes,
        now=world.now,
    )
    for message in world.session.scalars(select(Message)):
        link = LINK.removeprefix("https://") if message.channel is Channel.SMS else LINK
        assert before[message.channel].body == message.body.replace("{{link}}", link)
        assert before[message.channel].subject == message.subject


def test_nothing_is_written(world: World) -> None:
    those = people(world, {}, {})
    estimate(world, those)
    writer(world).written(those[0], BOTH, link=LINK)
    world.session.flush()
    for table in (Invitation, Message):
        assert world.session.scalar(select(func.count()).select_from(table)) == 0


@pytest.mark.parametrize(
    ("prices", "cost", "unpriced"),
    [
        (Prices(), None, [Channel.SMS, Channel.LETTER]),
        (Prices(sms=Decimal("4.9")), Decimal("49.0"), [Channel.LETTER]),
        (Prices(letter=Decimal(120)), Decimal(360), [Channel.SMS]),
        (Prices(Decimal("4.9"), Decimal(120), Decimal(3)), Decimal("409.0"), []),
    ],
)
def test_it_costs_what_is_known(prices: Prices, cost: Decimal | None, unpriced: list[Channel]) -> None:
    found = Estimate(segments=10)
    found.languages[Channel.LETTER] = batch_cost.Counter({"fr": 3})
    assert found.cost(prices) == cost
    assert found.unpriced(prices) == unpriced


def test_a_call_is_counted_as_two_minutes() -> None:
    found = Estimate({Channel.VOICE: batch_cost.Counter({"fr": 4})})
    assert found.cost(Prices(call=Decimal(3))) == 24


def test_many_people_are_counted_on_a_regular_sample(world: World) -> None:
    those = people(world, *[{"language": "ar" if place % 4 == 0 else "fr"} for place in range(24)])
    whole = estimate(world, those)
    found = batch_cost.estimate(those, BOTH, {world.category.id: writer(world)}, most_written=8)
    assert (whole.is_sampled, found.is_sampled) == (False, True)
    assert found.texts == whole.texts == 24
    assert abs(found.segments - whole.segments) <= whole.segments // 4


def test_a_sender_that_can_be_answered_counts_what_it_offers(world: World) -> None:
    (one,) = people(world, {})
    plain = writer(world).write(one, Channel.SMS)
    world.organisation.sms_sender = "+33937000001"
    offered = writer(world).write(one, Channel.SMS)
    assert "répondez SMS" in offered.body
    assert "répondez SMS" not in plain.body


def test_counting_asks_the_database_the_same_for_one_and_for_many(session: Session, world: World) -> None:
    def asked(follow_ups: Sequence[FollowUp]) -> int:
        ids, seen = [one.id for one in follow_ups], list[str]()
        session.flush()
        session.info.clear()
        loaded = addressing.load(session, ids)

        def remember(*words: Any) -> None:
            seen.append(words[2])

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", remember)
        estimate(world, loaded)
        event.remove(engine, "before_cursor_execute", remember)
        return len(seen)

    those = people(world, *[{} for _ in range(12)])
    assert asked(those[:1]) == asked(those)

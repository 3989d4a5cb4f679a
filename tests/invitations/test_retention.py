"""What messages said is forgotten in time; that they were sent, when, and how they arrived is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from invitations import letters_printed, retention
from invitations.codes import Codes
from invitations.errors import NotFound
from invitations.models import Channel, Letter, LetterBatch, Message, MessageKind, MessageState
from invitations.months import months_before
from invitations.retention import address_hash, text_hash
from tests.app.team import owe
from tests.factories import World

LONG_AGO = timedelta(days=800)


def said(world: World, *, ago: timedelta = LONG_AGO, **changes: object) -> Message:
    values = {"state": MessageState.DELIVERED, "body": "Bonjour Inès", "sent_at": world.now - ago, "subject": "Objet"}
    message = owe(world, **values | changes)
    message.created_at = world.now - ago
    world.session.flush()
    return message


def forget(world: World, codes: Codes) -> int:
    return retention.forget_texts(
        world.session, retention.due(world.session, now=world.now), codes=codes, now=world.now
    )


def test_text_and_address_become_hashes_and_the_proof_stays(world: World, codes: Codes) -> None:
    message = said(world, kind=MessageKind.CONVOCATION, provider_id="SM1", settled_at=world.now - LONG_AGO)
    number = message.address
    assert forget(world, codes) == 1
    world.session.refresh(message)
    assert message.body == text_hash(codes, "Objet", "Bonjour Inès")
    assert message.address == address_hash(codes, number)
    assert (message.subject, message.forgotten_at) == ("", world.now)
    assert (message.kind, message.channel, message.state) == (
        MessageKind.CONVOCATION, Channel.SMS, MessageState.DELIVERED,
    )  # fmt: skip
    assert (message.sent_at, message.provider_id) == (world.now - LONG_AGO, "SM1")


def test_only_who_has_the_key_can_try_texts_against_it(codes: Codes) -> None:
    assert text_hash(codes, "", "Bonjour") != text_hash(
        Codes("another secret key, as long as the first"), "", "Bonjour"
    )
    assert text_hash(codes, "a", "b") != text_hash(codes, "", "a\nb"[2:])
    assert address_hash(codes, "x") != text_hash(codes, "", "x")


def test_each_team_keeps_for_as_long_as_it_says(world: World, codes: Codes) -> None:
    world.organisation.retention_months = 24
    longer = world.make_organisation(retention_months=36)
    ours, theirs = said(world), said(world, organisation_id=longer.id)
    recent = said(world, ago=timedelta(days=700))
    assert retention.due(world.session, now=world.now) == [ours.id]
    assert forget(world, codes) == 1
    for kept in (theirs, recent):
        world.session.refresh(kept)
        assert kept.body == "Bonjour Inès"


def test_nothing_is_forgotten_twice_nor_while_it_is_on_its_way(world: World, codes: Codes) -> None:
    message = said(world)
    for state in (MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN):
        said(world, state=state)
    assert forget(world, codes) == 1
    world.session.refresh(message)
    before = message.body
    assert forget(world, codes) == 0
    assert retention.forget_texts(world.session, [message.id], codes=codes, now=world.now) == 0
    world.session.refresh(message)
    assert message.body == before


def test_a_printed_letter_is_forgotten_with_its_message(world: World, codes: Codes) -> None:
    message = said(world, channel=Channel.LETTER, state=MessageState.SENT, address="")
    batch = world.add(
        LetterBatch(
            organisation_id=world.organisation.id, agent_id=world.agent.id, posted_on=world.now.date(),
            created_at=world.now,
        )
    )  # fmt: skip
    letter = world.add(
        Letter(
            message_id=message.id, batch_id=batch.id, code_hash="x" * 64, layout=1, facts={"to": ["Inès"]},
            created_at=world.now,
        )
    )  # fmt: skip
    forget(world, codes)
    world.session.refresh(letter)
    assert letter.facts == {}
    with pytest.raises(NotFound):
        letters_printed.letter_of(world.session, message.id, [world.organisation.id])


def test_months_are_counted_on_the_calendar() -> None:
    assert months_before(datetime(2026, 11, 24, tzinfo=UTC), 24) == datetime(2024, 11, 24, tzinfo=UTC)
    assert months_before(datetime(2026, 3, 31, tzinfo=UTC), 13) == datetime(2025, 2, 28, tzinfo=UTC)
    assert months_before(datetime(2026, 1, 5, tzinfo=UTC), 1) == datetime(2025, 12, 5, tzinfo=UTC)

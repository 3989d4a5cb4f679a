"""Many invited at once: the same rows as one after the other, and no more statements for twenty than for three."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select

from invitations import inviting
from invitations.codes import Codes
from invitations.models import (
    AuditEvent,
    Beneficiary,
    Channel,
    EndReason,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Link,
    Message,
    MessageState,
    StatusChange,
)
from tests.factories import World

FEW, MANY = 3, 20


@pytest.fixture
def world(world: World) -> World:
    world.type.max_delay, world.type.duration = timedelta(days=60), timedelta(minutes=10)
    return world


def invite_all(world: World, codes: Codes, those: list[FollowUp]) -> list[Invitation]:
    batch = inviting.invite_selection(
        world.session,
        those,
        organisation_id=world.organisation.id,
        channels=[Channel.SMS],
        agent_id=world.agent.id,
        codes=codes,
        now=world.now,
    )
    assert not batch.refused
    return batch.invited


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    said: list[str] = []

    def remember(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    engine = world.session.get_bind()
    event.listen(engine, "before_cursor_execute", remember)
    yield said
    event.remove(engine, "before_cursor_execute", remember)


def test_twenty_cost_no_more_statements_than_three(world: World, codes: Codes) -> None:
    counted = []
    for number in (FEW, FEW, MANY):  # the first ones read what is then known
        those = [world.make_follow_up() for _ in range(number)]
        world.session.flush()
        with statements(world) as said:
            invite_all(world, codes, those)
        # SQLite tells the key of one new row at a time; it is in this process.
        counted.append(sum(not one.startswith("INSERT INTO invitations ") for one in said))
    assert counted[2] == counted[1]


def test_each_has_an_invitation_a_link_a_text_a_status_and_a_line_in_the_journal(world: World, codes: Codes) -> None:
    those = [world.make_follow_up() for _ in range(FEW)]
    made = invite_all(world, codes, those)
    assert [one.follow_up_id for one in made] == [one.id for one in those]
    assert {one.status for one in those} == {FollowUpStatus.INVITATION_PENDING}
    for one in made:
        code = codes.kept(codes.derive("invitation", one.id))
        assert world.session.scalar(select(Link.invitation_id).where(Link.code_hash == code)) == one.id
    texts = world.session.scalars(select(Message.invitation_id).where(Message.state == MessageState.PENDING))
    assert sorted(texts) == sorted(one.id for one in made)
    changed = select(StatusChange.follow_up_id).where(StatusChange.status == FollowUpStatus.INVITATION_PENDING)
    assert sorted(world.session.scalars(changed)) == sorted(one.id for one in those)
    noted = world.session.execute(
        select(AuditEvent.beneficiary_id, AuditEvent.agent_id).where(AuditEvent.action == "follow_up.invitation")
    )
    assert sorted(noted) == sorted((one.beneficiary_id, world.agent.id) for one in those)


def test_each_text_names_its_own_person_as_they_are_written(world: World, codes: Codes) -> None:
    names = ["Inès", "Zoé", "Jean-Marie", "{{link}}", "D'Arc", "Anne  Marie", ""]
    people = [world.make_beneficiary(first_name=name) for name in names]
    invite_all(world, codes, [world.make_follow_up(person) for person in people])
    said = world.session.execute(
        select(Beneficiary.first_name, Message.body).join(Message, Message.beneficiary_id == Beneficiary.id)
    )
    for name, body in said:
        plain = " ".join(name.replace("{{", "").split())
        assert body.removeprefix("Bonjour").lstrip(" ").startswith(f"{plain}, " if plain else ", "), body
        assert body.count("{{link}}") == 1


def test_sixty_are_written_as_three_are(world: World, codes: Codes) -> None:
    """PostgreSQL is handed arrays from fifty rows on."""
    few, many = ([world.make_follow_up() for _ in range(number)] for number in (FEW, 60))
    invite_all(world, codes, few)
    invite_all(world, codes, many)
    mapper = Message.__table__.c
    own = {"id", "once", "beneficiary_id", "invitation_id", "address"}
    same = select(*(one for one in mapper if one.name not in own)).distinct()
    assert len(world.session.execute(same).all()) == 1
    assert world.session.scalar(select(func.count()).select_from(Message)) == FEW + 60


def test_who_had_an_open_invitation_has_the_new_one_alone(world: World, codes: Codes) -> None:
    those = [world.make_follow_up() for _ in range(FEW)]
    (old,) = invite_all(world, codes, those[:1])
    world.now += timedelta(days=2)
    made = invite_all(world, codes, those)
    assert (old.ended_at, old.end_reason) == (world.now, EndReason.REPLACED)
    still_open = world.session.scalars(select(Invitation.id).where(Invitation.ended_at.is_(None)))
    assert sorted(still_open) == sorted(one.id for one in made)
    taken_back = select(func.count()).where(Message.invitation_id == old.id, Message.state == MessageState.CANCELLED)
    assert world.session.scalar(taken_back) == 1

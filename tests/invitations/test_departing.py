"""Accounts of agents who left: a year later nothing says who they were, and what they did keeps their number."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from invitations import agent_links, departing, purging
from invitations.codes import Codes
from invitations.models import (
    Absence,
    Agent,
    AgentRole,
    AgentSession,
    AuditEvent,
    LinkPurpose,
    Passkey,
    PurgeRun,
    Role,
    SavedView,
    Support,
)
from tests.factories import World

YEAR = timedelta(days=370)


def leave(session: Session, agent: Agent) -> None:
    session.execute(delete(AgentRole).where(AgentRole.agent_id == agent.id))
    session.expire_all()


def gone_a_year_ago(session: Session, world: World) -> Agent:
    left = world.make_agent(email="marie@drome.example", first_name="Marie", last_name="Sorel", phone="+33639980044")
    leave(session, left)
    left.left_at = world.now - YEAR
    session.flush()
    return left


def test_the_night_notes_who_belongs_nowhere_and_who_is_back(session: Session, world: World, now: datetime) -> None:
    left = world.make_agent()
    leave(session, left)
    departing.note(session, now=now)
    departing.note(session, now=now + timedelta(days=1))
    session.expire_all()
    assert (left.left_at, world.agent.left_at) == (now, None)
    world.add(AgentRole(agent_id=left.id, organisation_id=world.organisation.id, role=Role.BASIC))
    departing.note(session, now=now + timedelta(days=2))
    session.refresh(left)
    assert left.left_at is None


def test_a_year_after_they_left_or_were_closed_they_are_due(
    session: Session, world: World, codes: Codes, now: datetime
) -> None:
    left, invited = gone_a_year_ago(session, world), world.make_agent()
    closed = world.make_agent(closed_at=now - YEAR)
    world.make_agent(closed_at=now - timedelta(days=300))
    back = world.make_agent(left_at=now - YEAR)
    leave(session, invited)
    invited.left_at = now - YEAR
    agent_links.make(
        session, LinkPurpose.JOIN, invited, codes=codes, now=now, organisation_id=world.organisation.id, role=Role.BASIC
    )
    session.flush()
    assert departing.due(session, now=now) == sorted([left.id, closed.id])
    assert back.id not in departing.due(session, now=now + YEAR)


def test_nothing_says_who_it_was_and_what_they_did_stays(session: Session, world: World, now: datetime) -> None:
    left = gone_a_year_ago(session, world)
    theirs = {"agent_id": left.id, "created_at": now - YEAR}
    for one in (
        AgentSession(token_hash="t", expires_at=now - YEAR, user_agent="Firefox", **theirs),
        Passkey(credential_id="c", public_key="k", label="Ordinateur de Marie", **theirs),
        SavedView(organisation_id=world.organisation.id, name="Les miens", query="q=Sorel", **theirs),
        Absence(starts_at=now - YEAR, ends_at=now - YEAR + timedelta(hours=1), label="Médecin", **theirs),
    ):
        world.add(one)
    helped = Support(
        supporter_id=world.agent.id,
        agent_id=left.id,
        reason="Marie ne trouve rien",
        began_at=now - YEAR,
        until=now - YEAR,
    )
    world.add(helped)
    assert departing.forget(session, departing.due(session, now=now), now=now) == 1
    session.expire_all()
    assert (left.full_name, left.display_name, left.email) == (
        f"Agent {left.id}", f"Agent {left.id}", f"{left.id}@forgotten.invalid",
    )  # fmt: skip
    assert (left.phone, left.password_hash, left.sign_on_subject, left.closed_at) == (None, None, None, now)
    for table in (AgentSession, Passkey, SavedView, Absence):
        assert session.scalar(select(table.agent_id).where(table.agent_id == left.id)) is None
    assert helped.reason == ""
    assert departing.due(session, now=now + YEAR) == []
    said = session.scalars(select(AuditEvent).where(AuditEvent.action == "agent.forgotten")).one()
    assert said.details == {"forgotten_agent_id": left.id}


@pytest.mark.parametrize("nights", [1, 2])
def test_the_purge_does_it_at_night_and_says_how_many(
    session: Session, world: World, now: datetime, nights: int
) -> None:
    left = gone_a_year_ago(session, world)
    for _ in range(nights):
        purging.finish(session, now=now)
    session.refresh(left)
    assert left.forgotten_at == now
    assert session.scalars(select(PurgeRun)).one().rows["agents"] == 1


def test_whoever_came_back_since_the_list_was_made_keeps_everything(
    session: Session, world: World, now: datetime
) -> None:
    left = gone_a_year_ago(session, world)
    due = departing.due(session, now=now)
    world.add(AgentRole(agent_id=left.id, organisation_id=world.organisation.id, role=Role.BASIC))
    assert departing.forget(session, due, now=now) == 0
    session.expire_all()
    assert (left.first_name, len(left.roles), left.closed_at) == ("Marie", 1, None)

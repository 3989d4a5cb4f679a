"""Whoever may ask for something, by role: the columns of walk.txt."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from invitations import supporting
from invitations.codes import fingerprint
from invitations.models import Agent, AgentRole, AgentSession, OrganisationKind, Role
from tests.factories import World

STRANGERS = ("elsewhere", "away", "super")


def make_agents(world: World) -> dict[str, Agent]:
    """Whoever asks, by role. Strangers may do everything where they work."""
    export, admin = world.make_agent(), world.make_agent(role=Role.ADMIN)
    world.session.get_one(AgentRole, (export.id, world.organisation.id)).may_export = True
    isere = world.make_department(number="38", name="Isère", full_name="Département de l’Isère")
    return {
        "own": world.agent,
        "colleague": world.make_agent(),
        "admin": admin,
        "exporter": export,
        "support": stranger(world, world.department.id, is_super=True),
        "elsewhere": stranger(world, world.department.id),
        "away": stranger(world, isere.id),
        "super": stranger(world, world.department.id, kind=OrganisationKind.SIAE, is_super=True),
    }


def stranger(
    world: World, department_id: int, kind: OrganisationKind = OrganisationKind.DEPARTMENT_COUNCIL, **changes: Any
) -> Agent:
    """An administrator with a working desk of their own."""
    organisation = world.make_organisation(department_id=department_id, kind=kind)
    world.make_settings(organisation_id=organisation.id)
    agent = world.make_agent(organisation=organisation, role=Role.ADMIN, **changes)
    world.session.get_one(AgentRole, (agent.id, organisation.id)).may_export = True
    return agent


def sign_in(world: World, agent: Agent, token: str) -> AgentSession:
    at: dict[str, Any] = {"created_at": world.now, "proved_at": world.now}
    until = world.now + timedelta(days=400)
    return world.add(AgentSession(agent_id=agent.id, token_hash=fingerprint(token), expires_at=until, **at))


def see_as(world: World, sign_in: AgentSession, agent: Agent) -> None:
    """From here on, whoever signed in sees the software as this agent."""
    supporting.begin(world.session, sign_in, email=agent.email, reason="une question", now=world.now)

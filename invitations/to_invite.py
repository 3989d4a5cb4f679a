"""Whom somebody means who invites by typing (`rdv invite`), and in whose name: a person acts, whatever the door."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invitations import people
from invitations.errors import NotFound
from invitations.models import Agent, AgentRole, FollowUp, FollowUpStatus
from invitations.people_wanted import Sort, Wanted


def waiting(session: Session, organisation_id: int, category_id: int) -> list[int]:
    """Ids of those whom nobody has invited for this category, who wait longest first; as many as one selection takes."""
    wanted = Wanted(
        (organisation_id,),
        (category_id,),
        statuses=frozenset({FollowUpStatus.NOT_INVITED}),
        in_one_category=True,
        sort=Sort.OLDEST_STATUS,
    )
    return people.ids(session, wanted)


def follow_ups(session: Session, ids: list[int], organisation_id: int, category_id: int) -> list[FollowUp]:
    """Theirs in this category, in the order given; people of elsewhere are left out."""
    return people.follow_ups_of(session, ids, category_id, (organisation_id,))


def in_the_name_of(session: Session, email: str, organisation_id: int) -> int:
    """The id of an agent of this organisation. Raises NotFound."""
    found = session.scalar(
        select(Agent.id)
        .join(AgentRole, AgentRole.agent_id == Agent.id)
        .where(func.lower(Agent.email) == email.strip().lower(), AgentRole.organisation_id == organisation_id)
    )
    if found is None:
        raise NotFound
    return found

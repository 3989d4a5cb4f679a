"""The names in a list of people that an organisation does not have, told before anything of the list is kept."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import places
from invitations.errors import MachineRefused, NameUnknown, PeopleRefused
from invitations.identity import name_key
from invitations.machines import receiving
from invitations.machines.receiving import Incoming
from invitations.models import Agent, AgentRole, Category, Tag
from invitations.uploads.headers import Field


@dataclass(frozen=True, slots=True)
class Names:
    """What one organisation has, as far as the list speaks of it."""

    categories: Sequence[Category]
    place_ids: Container[int]
    emails: Container[str]
    labels: Container[str]

    def check(self, one: Incoming) -> None:
        """Raises NameUnknown, CategoryNeeded: what `receiving.receive` would."""
        receiving.chosen(self.categories, one.category)
        if one.place_id is not None and one.place_id not in self.place_ids:
            raise NameUnknown(what="place", name=str(one.place_id))
        for email in one.referents:
            if email.strip().lower() not in self.emails:
                raise NameUnknown(what="referent", name=email)
        for label in one.tags:
            if name_key(label) not in self.labels:
                raise NameUnknown(what="tag", name=label)


def check(session: Session, organisation_id: int, people: Sequence[Incoming]) -> None:
    """Raises PeopleRefused with everybody who is named with something unknown. Four statements at most."""
    names = known(session, organisation_id, people)
    refused = [(at, one, why) for at, one in enumerate(people) if (why := refusal(names, one)) is not None]
    if refused:
        raise PeopleRefused(
            people=[
                (at, one.cells.get(Field.FIRST_NAME), one.cells.get(Field.LAST_NAME), why) for at, one, why in refused
            ]
        )


def known(session: Session, organisation_id: int, people: Sequence[Incoming]) -> Names:
    """Nothing is asked for that nobody of the list speaks of."""
    agents = select(Agent.email).join(AgentRole, AgentRole.agent_id == Agent.id)
    mine = agents.where(AgentRole.organisation_id == organisation_id, Agent.closed_at.is_(None))
    tags = select(Tag.label).where(Tag.organisation_id == organisation_id)
    has_places = any(one.place_id is not None for one in people)
    return Names(
        receiving.open_categories(session, organisation_id),
        {one.id for one in places.places_of(session, organisation_id) if one.closed_at is None} if has_places else (),
        set(session.scalars(mine)) if any(one.referents for one in people) else (),
        {name_key(one) for one in session.scalars(tags)} if any(one.tags for one in people) else (),
    )


def refusal(names: Names, one: Incoming) -> MachineRefused | None:
    try:
        names.check(one)
    except MachineRefused as why:
        return why
    return None

"""Useful places that a world's département knows and its organisation shows."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import Any

from invitations.models import Organisation, UsefulTheme
from invitations.useful_places import choosing
from invitations.useful_places.keeping import keep
from invitations.useful_places.reading import read
from tests.data_inclusion import as_json
from tests.factories import World


def know(world: World, *rows: dict[str, Any]) -> None:
    """Rows of one of the two files become what is kept of that kind."""
    found = read(BytesIO(as_json(*rows)), world.department.number)
    keep(world.session, found.kept, department_id=world.department.id, kind=found.kind, now=world.now)


def show_useful(world: World, *rows: dict[str, Any], themes: Iterable[UsefulTheme]) -> None:
    if rows:
        know(world, *rows)
    organisation = world.session.get_one(Organisation, world.organisation.id)
    choosing.choose(world.session, organisation, themes, agent_id=world.agent.id, now=world.now)

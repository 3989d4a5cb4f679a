"""From free times to what machines get of them."""

from __future__ import annotations

from collections.abc import Sequence

from app.api.v1 import showing
from app.api.v1.rdv_shapes import Slot
from invitations.machines.slots_told import Time


def slots(found: Sequence[Time]) -> list[Slot]:
    """Many agents receive again and again: each is made once."""
    agents = {other.id: other for one in found for other in one.agents}
    shown = {one: showing.agent(other) for one, other in agents.items()}
    return [
        Slot(
            starts_at=one.starts_at,
            duration_in_min=round((one.ends_at - one.starts_at).total_seconds() / 60),
            motif=showing.motif(one.type),
            lieu=showing.place(one.place),
            agents=[shown[other.id] for other in one.agents],
            title=one.title,
            seats_left=one.seats_left,
        )
        for one in found
    ]

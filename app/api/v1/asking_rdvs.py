"""What machines send of appointments."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.api.v1.asking import LargestId
from app.api.v1.shapes import Moment, Status

StartsAt = Annotated[Moment, Meta(description="RFC 3339, whole minutes", examples=["2026-12-01T08:00:00Z"])]


class RdvIn(Struct):
    """`confirm`: what speaks against it was read, and weighed. Without an agent, a free time of whoever receives then."""

    user_id: LargestId
    rdv_solidarites_motif_id: LargestId
    starts_at: StartsAt
    rdv_solidarites_lieu_id: LargestId | None = None
    rdv_solidarites_agent_id: LargestId | None = None
    confirm: bool = False


class RdvBody(Struct):
    rdv: RdvIn


class RdvMove(Struct):
    """With the same agent and at the same place unless others are said."""

    starts_at: StartsAt
    rdv_solidarites_lieu_id: LargestId | None = None
    rdv_solidarites_agent_id: LargestId | None = None
    confirm: bool = False


class MoveBody(Struct):
    rdv: RdvMove


class RdvCancel(Struct):
    """`by` user: they said that they can't come. Of a session, `user_id` cancels for one person, nothing for all."""

    by: Literal["service", "user"] = "service"
    user_id: LargestId | None = None


class CancelBody(Struct):
    rdv: RdvCancel


class RdvOutcome(Struct):
    """`user_id`: of a session, whose outcome it is."""

    status: Status
    user_id: LargestId | None = None


class OutcomeBody(Struct):
    rdv: RdvOutcome

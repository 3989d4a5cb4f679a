"""What lists that can be followed answer, and the few acts beside them. Each key always there."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from app.api.v1.shapes import Batch, FollowUp, ToldInvitation

Next = Annotated[str | None, Meta(examples=["1763971200000000.42"])]


class FollowUpsAnswer(Struct, frozen=True):
    success: bool
    follow_ups: list[FollowUp]
    next_cursor: Next


class FollowUpAnswer(Struct, frozen=True):
    success: bool
    follow_up: FollowUp


class InvitationsAnswer(Struct, frozen=True):
    success: bool
    invitations: list[ToldInvitation]
    next_cursor: Next


class BatchesAnswer(Struct, frozen=True):
    success: bool
    batches: list[Batch]
    next_cursor: Next


class InvitationAnswer(Struct, frozen=True):
    success: bool
    invitation: ToldInvitation

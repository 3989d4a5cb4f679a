"""From rows to what lists and webhooks say of them."""

from __future__ import annotations

from collections.abc import Iterable

from app.api.v1 import shapes, showing
from invitations.models import FollowUp, Invitation, Message


def follow_up(one: FollowUp) -> shapes.FollowUp:
    return shapes.FollowUp(
        id=one.id,
        user_id=one.beneficiary_id,
        motif_category=showing.category(one.category),
        status=one.status.value,
        status_since=one.status_since,
        closed_at=one.closed_at,
        created_at=one.created_at,
    )


def invitation(one: Invitation, messages: Iterable[Message]) -> shapes.ToldInvitation:
    about = showing.category(one.follow_up.category)
    return shapes.ToldInvitation(
        id=one.id,
        mode=one.mode.value,
        user_id=one.follow_up.beneficiary_id,
        follow_up_id=one.follow_up_id,
        created_at=one.created_at,
        expires_at=one.expires_at,
        answered_at=one.answered_at,
        ended_at=one.ended_at,
        motif_category=about,
        invitations=showing.invitations(one, messages, about),
    )

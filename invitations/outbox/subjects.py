"""What a message to a person leads to."""

from __future__ import annotations

from invitations.models import Message
from invitations.outbox.states import CANCELLING


def subject_of(message: Message) -> tuple[str, int]:
    """("participation", id) or ("invitation", id): the appointment if there is one, and once it is off the invitation,
    where other times are. As `messages.address_of` says it. Raises ValueError for a message to an agent.
    """
    is_off = message.kind in CANCELLING and message.invitation_id is not None
    if message.participation_id is not None and not is_off:
        return "participation", message.participation_id
    if message.invitation_id is not None:
        return "invitation", message.invitation_id
    raise ValueError("a message to an agent leads to no person's page")

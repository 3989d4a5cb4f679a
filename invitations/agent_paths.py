"""Where the link in an email to an agent leads, on the agents' side."""

from __future__ import annotations

from collections.abc import Mapping

from invitations.codes import Codes
from invitations.models import Message, MessageKind

CODE = "agent_link"  # kind of code
_PATHS: Mapping[MessageKind, str] = {
    MessageKind.COLLEAGUE_INVITED: "/agents/invitation",
    MessageKind.PASSWORD_FORGOTTEN: "/agents/mot-de-passe",
}


def path_of(message: Message, codes: Codes) -> str:
    """The page of its own link; the agents' side when it has none."""
    if message.agent_link_id is None:
        return "/agents"
    return f"{_PATHS[message.kind]}/{codes.derive(CODE, message.agent_link_id)}"

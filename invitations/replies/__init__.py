"""Two-way text: what people send us is kept at once, and answered by a job a moment later.

`receive` stores a text as it came; `read` works out who wrote, what it says, and does it; `inbox` is what is left for
somebody of the team. Nothing answers a machine for long: see `limits`.
"""

from invitations.replies.forgetting import forget
from invitations.replies.reading import give_up, read
from invitations.replies.receiving import receive, unread

__all__ = ["forget", "give_up", "read", "receive", "unread"]

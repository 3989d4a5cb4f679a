"""Messages owed, and their delivery: the outbox.

Whoever changes something calls `owe` in the same transaction; the scheduler calls `deliver` and `settle_unknown`,
which speak to providers with no transaction open; a provider's callback ends in `apply_receipt`, and what
mail servers send back in `apply_bounce`.
"""

from invitations.outbox.delivery import deliver
from invitations.outbox.handing_over import DeliveryTerms
from invitations.outbox.owing import Owed, cancel_pending, owe, owe_all
from invitations.outbox.receipts import apply_receipt
from invitations.outbox.returned import apply_bounce
from invitations.outbox.settling import settle_unknown

__all__ = [
    "DeliveryTerms",
    "Owed",
    "apply_bounce",
    "apply_receipt",
    "cancel_pending",
    "deliver",
    "owe",
    "owe_all",
    "settle_unknown",
]

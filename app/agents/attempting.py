"""An act that may be refused on the page where it was asked for."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from invitations.errors import AlreadyBooked, DomainError, InviteRefused, NotChangeable, SlotTaken

# Of whatever concerns a date.
REFUSALS = (InviteRefused, SlotTaken, AlreadyBooked, NotChangeable)


def attempt(session: Session, act: Callable[[], object], *more: type[DomainError]) -> DomainError | None:
    """Do it, or come back with the refusal (one of `more`, too); a refused act leaves nothing behind, whatever it had begun."""
    expected: tuple[type[DomainError], ...] = (*REFUSALS, *more)
    try:
        with session.begin_nested():
            act()
    except expected as refusal:
        return refusal
    return None

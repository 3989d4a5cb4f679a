"""What saving a row overwrites, kept beside it so that the import can be undone."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from invitations.matching import Known
from invitations.uploads.comparing import shown
from invitations.uploads.deciding import MEMBERSHIP, Decision

# Person → when and why they had been archived here.
Archived = dict[int, tuple[datetime | None, str | None]]

# What is known of a channel → the values that it is known of; gone with them.
MARKS: dict[str, frozenset[str]] = {
    "phone_dead_at": frozenset({"phone"}),
    "phone_corrected_at": frozenset({"phone"}),
    "email_dead_at": frozenset({"email"}),
    "email_corrected_at": frozenset({"email"}),
    "letter_dead_at": frozenset({"address", "postcode", "city"}),
}
VALUES, CAME, OF_CHANNELS, ARCHIVED, NIR_CAME = "values", "came", "marks", "archived", "nir_came"


def before_of(decision: Decision, archived: Archived) -> dict[str, Any]:
    """As `ImportRow.before` keeps it: the values as they were and as they came, days and moments as ISO texts."""
    known = decision.known
    assert known is not None  # noqa: S101  (an update has found its person)
    before: dict[str, Any] = {
        VALUES: {name: shown(getattr(known, name)) for name in decision.values},
        CAME: {name: shown(value) for name, value in decision.values.items()},
        OF_CHANNELS: _marks(known, decision.values),
    }
    if decision.nir is not None:
        before[NIR_CAME] = None if known.nir_hash else trace_of(decision.nir.sealed)
    if MEMBERSHIP in decision.changes and known.id in archived:
        at, why = archived[known.id]
        before[ARCHIVED] = [at.isoformat() if at else None, why]
    return before


def trace_of(sealed: str) -> str:
    """Enough to see whether it is still the number that came. No sealing is like another: it says nothing of the number."""
    return hashlib.sha256(sealed.encode()).hexdigest()[:16]


def _marks(known: Known, values: dict[str, Any]) -> dict[str, str]:
    lost = {mark: getattr(known, mark) for mark, about in MARKS.items() if about & values.keys()}
    return {mark: at.isoformat() for mark, at in lost.items() if at is not None}

"""The one free text about a person: a short logistic note (interpreter, step-free access), never a case history."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from invitations import journal
from invitations.models import Beneficiary

# The column's length, and the product's rule (product.md, "What is true of everything we build", 6).
LONGEST_NOTE = 200


def write_note(
    session: Session, beneficiary: Beneficiary, text: str, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """Replace the note; on one line, LONGEST_NOTE characters at most, the rest is cut off."""
    note = " ".join(text.split())[:LONGEST_NOTE]
    if note == beneficiary.logistic_note:
        return
    beneficiary.logistic_note = note
    beneficiary.updated_at = now
    journal.note(
        session,
        "beneficiary.note_written",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=beneficiary.id,
    )

"""What receiving somebody well takes: their needs, and one short free note. Never a case history."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from invitations import journal
from invitations.models import Beneficiary, Need
from invitations.uploads.nir import without_nir

# The column's length, and the product's rule (product.md, "What is true of everything we build", 6).
LONGEST_NOTE = 200
NEEDS_WRITTEN = "beneficiary.needs_written"


def write_note(
    session: Session, beneficiary: Beneficiary, text: str, *, organisation_id: int, agent_id: int, now: datetime
) -> None:
    """Replace the note; on one line, LONGEST_NOTE characters at most, the rest is cut off.

    A social security number in it is hidden for good, as everywhere but in its own field.
    """
    note = without_nir(" ".join(text.split()))[:LONGEST_NOTE]
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


def write_needs(
    session: Session,
    beneficiary: Beneficiary,
    needs: Collection[str],
    *,
    organisation_id: int,
    now: datetime,
    agent_id: int | None = None,
    follow_up_id: int | None = None,
) -> None:
    """These are the needs from now on. Repeated, changes nothing. Without `agent_id` the person says so themselves.

    The journal keeps how many they are: which ones may tell of somebody's health.
    """
    written = [str(one) for one in Need if one in needs]
    if written == beneficiary.needs:
        return
    beneficiary.needs = written
    beneficiary.updated_at = now
    journal.note(
        session,
        NEEDS_WRITTEN,
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=beneficiary.id,
        count=len(written),
        **({"follow_up_id": follow_up_id} if follow_up_id else {}),
    )

"""Triggers that owe France Travail what happens to appointments, where the organisation has chosen to tell it.

In the transaction of the change itself, whatever writes it. Where nobody tells, one look at the organisation, or at a table
without the row. Both engines get them when the tables are created; the migration says the same.
"""

from __future__ import annotations

from invitations.models.triggers import Cause, attach, changed


def _again(which: str, *, also: str = "") -> str:
    """There is something to say again; what nobody is sure of stays so until an agent has looked."""
    return (
        "UPDATE job_centre_notices SET version = version + 1, tries = 0, failing_since = NULL, next_try_at = NULL,"
        f"{also} state = CASE WHEN state = 'unsure' THEN state ELSE 'waiting' END WHERE {which}"
    )


_BEGIN = (
    "INSERT INTO job_centre_notices (participation_id, organisation_id)"
    " SELECT NEW.id, appointments.organisation_id FROM appointments"
    " JOIN organisations ON organisations.id = appointments.organisation_id"
    " WHERE appointments.id = NEW.appointment_id AND organisations.job_centre_since IS NOT NULL"
)
_OF_MEETING = "participation_id IN (SELECT participations.id FROM participations WHERE appointment_id = NEW.id)"
_OF_PERSON = "participation_id IN (SELECT participations.id FROM participations WHERE beneficiary_id = NEW.id)"
_MEETING = ("starts_at", "ends_at", "place_id", "type_id", "cancelled_at", "moved_at")
_PARTICIPATION = ("outcome", "appointment_id", "beneficiary_id")
_PERSON = ("france_travail_id", "phone")

# `moved_at` grows when agents change too.
OWED: dict[str, tuple[Cause, ...]] = {
    "participations": (
        Cause("INSERT", _BEGIN),
        Cause(
            f"UPDATE OF {', '.join(_PARTICIPATION)}",
            _again("participation_id = NEW.id"),
            when=changed(*_PARTICIPATION),
        ),
        Cause("DELETE", _again("participation_id = OLD.id", also=" participation_id = NULL, told_hash = '',")),
    ),
    "appointments": (Cause(f"UPDATE OF {', '.join(_MEETING)}", _again(_OF_MEETING), when=changed(*_MEETING)),),
    "beneficiaries": (Cause(f"UPDATE OF {', '.join(_PERSON)}", _again(_OF_PERSON), when=changed(*_PERSON)),),
}

attach("noticed", OWED)

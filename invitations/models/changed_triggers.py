"""Triggers that keep `appointments.changed_at`, by which machines follow appointments: never backwards.

The moment is one that the change itself wrote. What writes none (a session's name or seats, somebody who leaves it for
another) sets `changed_at` with its own hand. Both engines get them when the tables are created; the migration says the same.
"""

from __future__ import annotations

from invitations.models.triggers import Cause, attach


def _at(moment: str, appointment: str) -> str:
    return (
        f"UPDATE appointments SET changed_at = {moment} WHERE id = {appointment}"
        f" AND (changed_at IS NULL OR changed_at < {moment})"
    )


def _moved_on(column: str) -> str:
    return f"NEW.{column} IS NOT NULL AND OLD.{column} {{differs}} NEW.{column}"


CHANGED: dict[str, tuple[Cause, ...]] = {
    "appointments": (
        Cause("UPDATE OF moved_at", _at("NEW.moved_at", "NEW.id"), when=_moved_on("moved_at")),
        Cause("UPDATE OF cancelled_at", _at("NEW.cancelled_at", "NEW.id"), when=_moved_on("cancelled_at")),
    ),
    "participations": (
        Cause("INSERT", _at("NEW.created_at", "NEW.appointment_id")),
        Cause("UPDATE OF outcome_at", _at("NEW.outcome_at", "NEW.appointment_id"), when=_moved_on("outcome_at")),
    ),
}

attach("changed", CHANGED)

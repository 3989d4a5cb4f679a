"""What the agenda says no to, with the way to go on: the nearest free times, or what speaks against it and can be confirmed."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, g

from app.api.v1 import refusal_words, showing_slots
from app.api.v1.rdv_shapes import Conflict, Slot
from app.api.v1.refusing import about_them, answer
from app.runtime import runtime
from invitations import errors
from invitations.concerns import Concern
from invitations.machines import slots
from invitations.models import AppointmentType


def tells_conflicts(bp: Blueprint) -> None:
    """On this blueprint they are answered 409. A session and a time that are full come with the nearest others."""
    bp.register_error_handler(errors.Doubtful, tell_doubts)
    bp.register_error_handler(errors.SlotTaken, tell_taken)
    bp.register_error_handler(errors.SessionFull, tell_taken)


def wanted(type_id: int, starts_at: datetime, agent_id: int | None) -> None:
    """What this call wants: the nearest others are looked for once it is refused, when nobody who writes waits for it."""
    g.wanted = (type_id, starts_at, agent_id)


def tell_doubts(refusal: errors.DomainError) -> Response:
    return conflict(refusal, refusal.details["concerns"], [])


def tell_taken(refusal: errors.DomainError) -> Response:
    return conflict(refusal, [], nearest())


def conflict(refusal: errors.DomainError, concerns: list[Concern], free: list[Slot]) -> Response:
    said = about_them(refusal_words.sentence(refusal))
    return answer(Conflict(False, [said], concerns, free), 409)


def nearest() -> list[Slot]:
    if "wanted" not in g:
        return []
    type_id, starts_at, agent_id = g.wanted
    here = runtime()
    with here.database.reading() as session:
        type_ = session.get_one(AppointmentType, type_id)
        found = slots.nearest(session, type_, starts_at, agent_id=agent_id, now=here.clock())
        return showing_slots.slots(found)

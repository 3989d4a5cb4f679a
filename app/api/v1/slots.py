"""Free times: what an agent could book, or what one person may choose."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Response, request
from msgspec import Meta
from sqlalchemy.orm import Session

from app.api.v1 import showing_slots
from app.api.v1.asking import LargestId
from app.api.v1.describing import Endpoint, describes
from app.api.v1.following import LONGEST, asked_argument, asked_moment
from app.api.v1.rdv_shapes import SlotsAnswer
from app.api.v1.refusing import WronglyShaped, answer, v1
from app.api.v1.shapes import Moment
from app.api_access import api_call
from app.runtime import runtime
from app.security import csrf
from invitations.machines import reading, slots
from invitations.machines.callers import Caller
from invitations.machines.receiving import CategoryNamed
from invitations.machines.slots import Asked
from invitations.machines.slots_told import Key
from invitations.models import KeyScope

bp = v1("slots")
csrf.exempt(bp)

CODE = Annotated[str, Meta(max_length=40)]
QUERY: dict[str, Any] = {
    "motif_category": CODE,
    "rdv_solidarites_motif_id": LargestId,
    "rdv_solidarites_lieu_id": LargestId,
    "from": Moment,
    "to": Moment,
    "user_id": LargestId,
    "cursor": Annotated[str, Meta(max_length=LONGEST)],
}


@bp.get("/organisations/<int:organisation_id>/slots")
@describes(Endpoint(SlotsAnswer, scope=KeyScope.READ_APPOINTMENTS, query=QUERY))
@api_call(KeyScope.READ_APPOINTMENTS)
def listing(session: Session, caller: Caller, organisation_id: int) -> Response:
    where = caller.organisation(organisation_id)
    found = slots.find(session, where, asked(session, where.id), now=runtime().clock())
    following = str(found.next) if found.next is not None else None
    return answer(SlotsAnswer(True, showing_slots.slots(found.rows), following))


def asked(session: Session, organisation_id: int) -> Asked:
    """Raises WronglyShaped, NotFound for a person who is not of the organisation."""
    user_id = asked_argument("user_id", LargestId)
    return Asked(
        category=CategoryNamed(code=asked_argument("motif_category", CODE) or ""),
        type_id=asked_argument("rdv_solidarites_motif_id", LargestId),
        place_id=asked_argument("rdv_solidarites_lieu_id", LargestId),
        after=asked_moment("from"),
        before=asked_moment("to"),
        person=reading.person(session, user_id, organisation_id) if user_id is not None else None,
        cursor=asked_cursor(),
    )


def asked_cursor() -> Key | None:
    text = request.args.get("cursor", "")
    found = Key.read(text)
    if text and found is None:
        raise WronglyShaped("Expected a cursor as `next_cursor` gave it - at `$.cursor`")
    return found

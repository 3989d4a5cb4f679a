"""What became of people handed in together."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from app.api.v1 import showing
from app.api.v1.describing import Endpoint, describes
from app.api.v1.following import FOLLOWED, asked_start, written
from app.api.v1.list_shapes import BatchesAnswer
from app.api.v1.refusing import answer, v1
from app.api.v1.shapes import BatchAnswer
from app.api_access import api_call
from app.security import csrf
from invitations.machines import batches, lists
from invitations.machines.callers import Caller
from invitations.models import KeyScope

bp = v1("batches")
csrf.exempt(bp)


@bp.get("/batches/<uuid:batch_id>")
@describes(Endpoint(BatchAnswer, scope=KeyScope.INVITE))
@api_call(KeyScope.INVITE)
def show(session: Session, caller: Caller, batch_id: UUID) -> Response:
    return answer(BatchAnswer(showing.batch(batches.read(session, str(batch_id), by=caller))))


@bp.get("/organisations/<int:organisation_id>/batches")
@describes(Endpoint(BatchesAnswer, scope=KeyScope.INVITE, query=FOLLOWED))
@api_call(KeyScope.INVITE)
def listing(session: Session, caller: Caller, organisation_id: int) -> Response:
    found = lists.batches(session, caller.organisation(organisation_id).id, asked_start())
    return answer(BatchesAnswer(True, [showing.batch(one) for one in found.rows], written(found.next)))

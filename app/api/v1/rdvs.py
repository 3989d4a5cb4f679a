"""Appointments."""

from __future__ import annotations

from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from app.api.v1 import showing
from app.api.v1.describing import Endpoint, describes
from app.api.v1.refusing import answer, v1
from app.api.v1.shapes import RdvAnswer
from app.api_access import api_call
from app.security import csrf
from invitations.machines import reading
from invitations.machines.callers import Caller
from invitations.models import KeyScope

bp = v1("rdvs")
csrf.exempt(bp)


@bp.get("/rdvs/<uuid:uuid>")
@describes(Endpoint(RdvAnswer, scope=KeyScope.READ_APPOINTMENTS))
@api_call(KeyScope.READ_APPOINTMENTS)
def show(session: Session, caller: Caller, uuid: UUID) -> Response:
    found = reading.appointment(session, str(uuid), by=caller)
    team = reading.teams(session, [found.organisation_id])[found.organisation_id]
    return answer(RdvAnswer(showing.rdv(found, team, caller)))

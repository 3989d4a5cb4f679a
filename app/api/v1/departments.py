"""A département as its key sees it."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from app.api.v1 import showing
from app.api.v1.describing import Endpoint, describes
from app.api.v1.refusing import answer, v1
from app.api.v1.shapes import DepartmentAnswer
from app.api_access import api_call
from app.security import csrf
from invitations.machines import reading
from invitations.machines.callers import Caller
from invitations.models import KeyScope

bp = v1("departments")
csrf.exempt(bp)


@bp.get("/departments/<number>")
@describes(Endpoint(DepartmentAnswer, scope=KeyScope.READ_DEPARTMENT))
@api_call(KeyScope.READ_DEPARTMENT)
def show(session: Session, caller: Caller, number: str) -> Response:
    found = reading.department(number, by=caller)
    theirs = [one for one in caller.organisations if one.department_id == found.id]
    teams = reading.teams(session, [one.id for one in theirs])
    return answer(DepartmentAnswer(showing.department(found, theirs, teams)))

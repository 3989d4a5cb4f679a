"""People of a département: searched in all organisations of the caller, and handed to the one that their address says."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from app.api.v1 import examples
from app.api.v1.asking import UserBody, incoming_of
from app.api.v1.describing import Endpoint, describes
from app.api.v1.following import FOLLOWED
from app.api.v1.refusing import v1
from app.api.v1.shapes import InvitedAnswer, UserAnswer, UsersAnswer
from app.api.v1.users import SEARCHED, asked_user, followed, received, received_and_invited
from app.api_access import api_call
from app.runtime import runtime
from app.security import csrf
from invitations.machines import directing, reading
from invitations.machines.callers import Caller
from invitations.machines.receiving import Incoming
from invitations.models import KeyScope, Organisation

bp = v1("department_users")
csrf.exempt(bp)


@bp.get("/departments/<number>/users")
@describes(Endpoint(UsersAnswer, scope=KeyScope.READ_PEOPLE, query=SEARCHED | FOLLOWED))
@api_call(KeyScope.READ_PEOPLE)
def listing(session: Session, caller: Caller, number: str) -> Response:
    return followed(session, caller, [one.id for one in theirs(caller, number)])


@bp.post("/departments/<number>/users")
@describes(Endpoint(UserAnswer, takes=UserBody, scope=KeyScope.WRITE_PEOPLE, example=examples.USER))
@api_call(KeyScope.WRITE_PEOPLE)
def create(session: Session, caller: Caller, number: str) -> Response:
    incoming = incoming_of(asked_user().user)
    return received(session, caller, meant(session, caller, number, incoming), incoming)


@bp.post("/departments/<number>/users/create_and_invite")
@describes(Endpoint(InvitedAnswer, takes=UserBody, scope=KeyScope.INVITE, example=examples.USER_TO_INVITE))
@api_call(KeyScope.INVITE)
def create_and_invite(session: Session, caller: Caller, number: str) -> Response:
    incoming = incoming_of(asked_user().user)
    return received_and_invited(session, caller, meant(session, caller, number, incoming), incoming)


def theirs(caller: Caller, number: str) -> list[Organisation]:
    """The caller's organisations of this département. Raises NotFound."""
    found = reading.department(number, by=caller)
    return [one for one in caller.organisations if one.department_id == found.id]


def meant(session: Session, caller: Caller, number: str, incoming: Incoming) -> Organisation:
    """Raises OrganisationUnclear, with those that could be."""
    department = reading.department(number, by=caller)
    return directing.direct(session, department, theirs(caller, number), incoming, now=runtime().clock())

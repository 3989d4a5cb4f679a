"""People who are known: corrected, archived and back."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from app.api.v1 import examples, showing
from app.api.v1.asking import ArchiveBody, UserPatchBody, asked, nir_of, said_of
from app.api.v1.describing import Endpoint, describes
from app.api.v1.refusing import answer, v1
from app.api.v1.shapes import UserAnswer
from app.api_access import api_call
from app.runtime import runtime
from app.security import csrf
from invitations import selecting
from invitations.machines import correcting, reading
from invitations.machines.callers import Caller
from invitations.models import KeyScope

bp = v1("people")
csrf.exempt(bp)


@bp.patch("/organisations/<int:organisation_id>/users/<int:user_id>")
@describes(Endpoint(UserAnswer, takes=UserPatchBody, scope=KeyScope.WRITE_PEOPLE, example=examples.CORRECTION))
@api_call(KeyScope.WRITE_PEOPLE)
def correct(session: Session, caller: Caller, organisation_id: int, user_id: int) -> Response:
    where, said = caller.organisation(organisation_id), asked(UserPatchBody)
    person = reading.person(session, user_id, where.id)
    here, told = runtime(), said_of(said.user)
    correcting.correct(session, person, told, organisation=where, by=caller, now=here.clock())
    correcting.correct_nir(
        session, person, nir_of(said.user), organisation=where, by=caller, seals=here.seals, now=here.clock()
    )
    return shown(session, caller, organisation_id, user_id)


@bp.post("/organisations/<int:organisation_id>/users/<int:user_id>/archive")
@describes(Endpoint(UserAnswer, takes=ArchiveBody, scope=KeyScope.WRITE_PEOPLE, example=examples.ARCHIVING))
@api_call(KeyScope.WRITE_PEOPLE)
def archive(session: Session, caller: Caller, organisation_id: int, user_id: int) -> Response:
    where, said = caller.organisation(organisation_id), asked(ArchiveBody)
    person, by = reading.person(session, user_id, where.id), selecting.By(caller.agent_id, where.id)
    selecting.archive(session, [person.id], said.reason or "", by=by, now=runtime().clock())
    return shown(session, caller, organisation_id, user_id)


@bp.post("/organisations/<int:organisation_id>/users/<int:user_id>/unarchive")
@describes(Endpoint(UserAnswer, scope=KeyScope.WRITE_PEOPLE))
@api_call(KeyScope.WRITE_PEOPLE)
def unarchive(session: Session, caller: Caller, organisation_id: int, user_id: int) -> Response:
    where = caller.organisation(organisation_id)
    person, by = reading.person(session, user_id, where.id), selecting.By(caller.agent_id, where.id)
    selecting.unarchive(session, [person.id], by=by, now=runtime().clock())
    return shown(session, caller, organisation_id, user_id)


def shown(session: Session, caller: Caller, organisation_id: int, user_id: int) -> Response:
    session.flush()
    return answer(UserAnswer(True, showing.user(reading.person(session, user_id, organisation_id), caller)))

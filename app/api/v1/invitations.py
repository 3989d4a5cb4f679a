"""Invitations: what was sent, what became of it, giving it more time, and taking it back."""

from __future__ import annotations

from flask import Response
from sqlalchemy.orm import Session

from app.api.v1 import examples, showing_lists
from app.api.v1.asking import ExtendBody, asked, day_of
from app.api.v1.describing import Endpoint, describes
from app.api.v1.following import FOLLOWED, asked_start, written
from app.api.v1.list_shapes import InvitationAnswer, InvitationsAnswer
from app.api.v1.refusing import answer, v1
from app.api_access import api_call
from app.runtime import runtime
from app.security import csrf
from invitations import extending
from invitations.machines import lists, withdrawing
from invitations.machines.callers import Caller
from invitations.models import KeyScope
from invitations.webhooks import subjects

bp = v1("invitations")
csrf.exempt(bp)


@bp.get("/organisations/<int:organisation_id>/invitations")
@describes(Endpoint(InvitationsAnswer, scope=KeyScope.INVITE, query=FOLLOWED))
@api_call(KeyScope.INVITE)
def listing(session: Session, caller: Caller, organisation_id: int) -> Response:
    found = lists.invitations(session, caller.organisation(organisation_id).id, asked_start())
    sent = lists.first_messages(session, found.rows)
    shown = [showing_lists.invitation(one, sent.get(one.id, ())) for one in found.rows]
    return answer(InvitationsAnswer(True, shown, written(found.next)))


@bp.post("/organisations/<int:organisation_id>/invitations/<int:invitation_id>/end")
@describes(Endpoint(InvitationAnswer, scope=KeyScope.INVITE))
@api_call(KeyScope.INVITE)
def end(session: Session, caller: Caller, organisation_id: int, invitation_id: int) -> Response:
    where = caller.organisation(organisation_id)
    found = subjects.invitation(session, invitation_id, where.id)
    withdrawing.withdraw(session, found.invitation, by=caller, now=runtime().clock())
    return answer(InvitationAnswer(True, showing_lists.invitation(found.invitation, found.messages)))


@bp.post("/organisations/<int:organisation_id>/invitations/<int:invitation_id>/extend")
@describes(Endpoint(InvitationAnswer, takes=ExtendBody, scope=KeyScope.INVITE, example=examples.EXTENDING))
@api_call(KeyScope.INVITE)
def extend(session: Session, caller: Caller, organisation_id: int, invitation_id: int) -> Response:
    where, said = caller.organisation(organisation_id), asked(ExtendBody).invitation
    found = subjects.invitation(session, invitation_id, where.id)
    last_day = day_of(said.last_day, "invitation.last_day") if said.last_day else None
    extending.extend(session, found.invitation, last_day, agent_id=caller.agent_id, now=runtime().clock())
    return answer(InvitationAnswer(True, showing_lists.invitation(found.invitation, found.messages)))

"""Follow-ups: a person in a category, from the first invitation to what became of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from flask import Response
from msgspec import Meta
from sqlalchemy.orm import Session

from app.api.v1 import showing_lists
from app.api.v1.describing import Endpoint, describes
from app.api.v1.following import FOLLOWED, asked_argument, asked_start, written
from app.api.v1.list_shapes import FollowUpAnswer, FollowUpsAnswer
from app.api.v1.refusing import answer, v1
from app.api_access import api_call
from app.runtime import runtime
from app.security import csrf
from invitations import follow_ups
from invitations.machines import lists
from invitations.machines.callers import Caller
from invitations.models import FollowUpStatus, KeyScope
from invitations.webhooks import subjects

bp = v1("follow_ups")
csrf.exempt(bp)

CODE = Annotated[str, Meta(max_length=40)]
QUERY: dict[str, Any] = {"status": FollowUpStatus, "motif_category": CODE} | FOLLOWED


@bp.get("/organisations/<int:organisation_id>/follow_ups")
@describes(Endpoint(FollowUpsAnswer, scope=KeyScope.READ_PEOPLE, query=QUERY))
@api_call(KeyScope.READ_PEOPLE)
def listing(session: Session, caller: Caller, organisation_id: int) -> Response:
    where = caller.organisation(organisation_id)
    status, category = asked_argument("status", FollowUpStatus), asked_argument("motif_category", CODE) or ""
    found = lists.follow_ups(session, where.id, asked_start(), status=status, category=category)
    return answer(FollowUpsAnswer(True, [showing_lists.follow_up(one) for one in found.rows], written(found.next)))


@bp.post("/organisations/<int:organisation_id>/follow_ups/<int:follow_up_id>/close")
@describes(Endpoint(FollowUpAnswer, scope=KeyScope.WRITE_PEOPLE))
@api_call(KeyScope.WRITE_PEOPLE)
def close(session: Session, caller: Caller, organisation_id: int, follow_up_id: int) -> Response:
    return turned(session, caller, organisation_id, follow_up_id, follow_ups.close, is_closed=True)


@bp.post("/organisations/<int:organisation_id>/follow_ups/<int:follow_up_id>/reopen")
@describes(Endpoint(FollowUpAnswer, scope=KeyScope.WRITE_PEOPLE))
@api_call(KeyScope.WRITE_PEOPLE)
def reopen(session: Session, caller: Caller, organisation_id: int, follow_up_id: int) -> Response:
    return turned(session, caller, organisation_id, follow_up_id, follow_ups.reopen, is_closed=False)


def turned(
    session: Session,
    caller: Caller,
    organisation_id: int,
    follow_up_id: int,
    act: Callable[..., None],
    *,
    is_closed: bool,
) -> Response:
    """Closed or opened again; repeated, nothing changes."""
    where = caller.organisation(organisation_id)
    found = follow_ups.hold(session, subjects.follow_up(session, follow_up_id, where.id).id)
    if bool(found.closed_at) is not is_closed:
        act(session, found, agent_id=caller.agent_id, organisation_id=where.id, now=runtime().clock())
    return answer(FollowUpAnswer(True, showing_lists.follow_up(found)))

"""People: listed, added, invited."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from flask import Response, g, request
from msgspec import Meta
from sqlalchemy.orm import Session

from app.api.v1 import examples, refusal_words, showing
from app.api.v1.asking import InviteBody, UserBody, UsersBody, asked, asked_people, category_of, incoming_of
from app.api.v1.describing import Endpoint, describes
from app.api.v1.following import FOLLOWED, asked_start, is_followed, written
from app.api.v1.refusal_shapes import Unprocessable
from app.api.v1.refusing import WronglyShaped, about_them, answer, v1
from app.api.v1.shapes import BatchAccepted, InvitedAnswer, UserAnswer, UsersAnswer
from app.api_access import api_call
from app.runtime import runtime
from app.security import csrf
from invitations import people_editing
from invitations.errors import InviteRefused
from invitations.machines import batches, inviting_once, lists, reading, receiving
from invitations.machines.callers import Caller
from invitations.machines.receiving import Incoming
from invitations.models import Beneficiary, Category, KeyScope, Organisation

bp = v1("users")
csrf.exempt(bp)

LAST_PAGE = 1_000_000
LONGEST_QUERY = 200
SEARCHED: dict[str, Any] = {"search_query": Annotated[str, Meta(max_length=LONGEST_QUERY)]}
QUERY: dict[str, Any] = SEARCHED | {"page": Annotated[int, Meta(ge=1, le=LAST_PAGE)]} | FOLLOWED


@bp.get("/organisations/<int:organisation_id>/users")
@describes(Endpoint(UsersAnswer, scope=KeyScope.READ_PEOPLE, query=QUERY))
@api_call(KeyScope.READ_PEOPLE)
def listing(session: Session, caller: Caller, organisation_id: int) -> Response:
    where = caller.organisation(organisation_id)
    if is_followed():
        return followed(session, caller, [where.id])
    found = reading.people(session, where.id, query=asked_query(), page=asked_page())
    return answer(showing.page(found, caller))


@bp.post("/organisations/<int:organisation_id>/users")
@describes(Endpoint(UserAnswer, takes=UserBody, scope=KeyScope.WRITE_PEOPLE, example=examples.USER))
@api_call(KeyScope.WRITE_PEOPLE)
def create(session: Session, caller: Caller, organisation_id: int) -> Response:
    return received(session, caller, caller.organisation(organisation_id), incoming_of(asked_user().user))


@bp.post("/organisations/<int:organisation_id>/users/create_and_invite")
@describes(Endpoint(InvitedAnswer, takes=UserBody, scope=KeyScope.INVITE, example=examples.USER_TO_INVITE))
@api_call(KeyScope.INVITE)
def create_and_invite(session: Session, caller: Caller, organisation_id: int) -> Response:
    return received_and_invited(session, caller, caller.organisation(organisation_id), incoming_of(asked_user().user))


@bp.post("/organisations/<int:organisation_id>/users/create_and_invite_many")
@describes(Endpoint(BatchAccepted, takes=UsersBody, scope=KeyScope.INVITE, example=examples.USERS_TO_INVITE))
@api_call(KeyScope.INVITE)
def create_and_invite_many(session: Session, caller: Caller, organisation_id: int) -> Response:
    where, here = caller.organisation(organisation_id), runtime()
    people = [incoming_of(one) for one in asked_people()]
    batch = batches.hand_in(session, where, people, by=caller, seals=here.seals, now=here.clock())
    return answer(BatchAccepted(True, batch.uid))


@bp.post("/organisations/<int:organisation_id>/users/<int:user_id>/invite")
@describes(Endpoint(InvitedAnswer, takes=InviteBody, scope=KeyScope.INVITE, example=examples.INVITATION))
@api_call(KeyScope.INVITE)
def invite(session: Session, caller: Caller, organisation_id: int, user_id: int) -> Response:
    where, said = caller.organisation(organisation_id), asked(InviteBody).invitation
    person = reading.person(session, user_id, where.id)
    category, place_id = None, None
    if said is not None:
        category, place_id = category_of(said), said.rdv_solidarites_lieu_id
    meant = receiving.category_of(session, where.id, category or receiving.CategoryNamed())
    receiving.check_place(session, where.id, place_id)
    people_editing.join(session, person, organisation_id=where.id, agent_id=caller.agent_id, now=runtime().clock())
    return invited(session, caller, where, person, meant, place_id)


def followed(session: Session, caller: Caller, organisation_ids: Collection[int]) -> Response:
    found = lists.people(session, organisation_ids, asked_start(), query=asked_query())
    shown = [showing.user(one, caller) for one in found.active]
    return answer(UsersAnswer(True, shown, archived_user_ids=found.archived, next_cursor=written(found.next)))


def received(session: Session, caller: Caller, where: Organisation, incoming: Incoming) -> Response:
    """The person whom a machine hands in, added or completed."""
    here = runtime()
    person, _ = receiving.receive(session, where, incoming, by=caller, seals=here.seals, now=here.clock())
    return answer(UserAnswer(True, showing.user(reading.person(session, person.id, where.id), caller)))


def received_and_invited(session: Session, caller: Caller, where: Organisation, incoming: Incoming) -> Response:
    here = runtime()
    person, category = receiving.receive(session, where, incoming, by=caller, seals=here.seals, now=here.clock())
    return invited(session, caller, where, person, category, incoming.place_id)


def invited(
    session: Session,
    caller: Caller,
    where: Organisation,
    person: Beneficiary,
    category: Category,
    place_id: int | None,
) -> Response:
    """The person with what addresses them; or why they can't be addressed, and the person all the same."""
    here = runtime()
    try:
        made = inviting_once.invite(
            session,
            person,
            category.id,
            organisation=where,
            place_id=place_id,
            by=caller,
            codes=here.codes,
            now=here.clock(),
        )
    except InviteRefused as refusal:
        sentence = refusal_words.sentence(refusal, where.department.zone)
        shown = showing.user(reading.person(session, person.id, where.id), caller)
        g.about = (shown.first_name, shown.last_name)
        return answer(Unprocessable(False, [about_them(sentence)], shown), 422)
    shown = showing.user(reading.person(session, person.id, where.id), caller)
    sent = inviting_once.messages_of(session, made.id)
    return answer(InvitedAnswer(True, shown, showing.invitations(made, sent, showing.category(category))))


def asked_user() -> UserBody:
    """The one person of the body, whom a refusal names."""
    said = asked(UserBody)
    g.about = (said.user.first_name, said.user.last_name)
    return said


def asked_page() -> int:
    """Raises WronglyShaped for what is no page."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LAST_PAGE)) and 1 <= int(text) <= LAST_PAGE):
        raise WronglyShaped("Expected `int` >= 1 - at `$.page`")
    return int(text)


def asked_query() -> str:
    """Raises WronglyShaped for a text that nobody searches."""
    text = request.args.get("search_query", "")
    if len(text) > LONGEST_QUERY:
        raise WronglyShaped(f"Expected `str` of length <= {LONGEST_QUERY} - at `$.search_query`")
    return text

"""Who may call the API: a service key, or an agent's program. Worn as a decorator, like those of `app.access`.

A call is let in, and counted, in a short transaction of its own: one that is refused later counts all the same. Under
an Idempotency-Key the same call gets the same answer for a day, in the transaction that does what it asks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial, wraps
from typing import Concatenate, ParamSpec

from flask import Response, g, request
from sqlalchemy.orm import Session

from app import whence
from app.access import for_anyone, reading, transaction, worn
from app.runtime import runtime
from invitations import journal, tries
from invitations.errors import KeyTooLong, ScopeMissing
from invitations.machines import answered, callers, keys
from invitations.machines.answered import Answer, Call
from invitations.machines.callers import Caller, Said
from invitations.models import KeyScope
from invitations.tries import Limit, Party

P = ParamSpec("P")

MINUTE = timedelta(minutes=1)
IDEMPOTENCY_KEY = "Idempotency-Key"
LONGEST_KEY = 255  # characters
REPLAYED = "Idempotent-Replayed"
JSON = "application/json"


def api_call(
    scope: KeyScope,
) -> Callable[[Callable[Concatenate[Session, Caller, P], Response]], Callable[P, Response]]:
    """A machine calls it, with a key of this scope or with an agent's session."""

    def wear(view: Callable[Concatenate[Session, Caller, P], Response]) -> Callable[P, Response]:
        @wraps(view)
        def called(*args: P.args, **kwargs: P.kwargs) -> Response:
            caller = let_in(scope)
            with transaction() as session, journal.come_from(whence.of_request()), journal.by_key(caller.key_id):
                return once(session, caller, partial(view, session, caller, *args, **kwargs))

        return worn(called, "api")

    return wear


def signing_in_call(view: Callable[Concatenate[Session, P], Response]) -> Callable[P, Response]:
    """A program signs in: what it says is checked slowly, with no writer waiting (`checking_page`)."""
    return worn(for_anyone(view, reading), "api")


def let_in(scope: KeyScope) -> Caller:
    """Who calls. Raises KeyRefused, ScopeMissing, TooManyTries."""
    here = runtime()
    now, limit = here.clock(), Limit("api", here.settings.api_calls_per_minute, MINUTE)
    with here.database.asking_once() as session:  # whoever is unknown makes no writer wait
        caller = callers.recognise(session, said(), now=now)
        session.expunge_all()  # what was read goes on with the call
    g.calls = (limit.most, 0)
    with here.database.counting_once() as session:
        left = tries.spend(session, Party(limit, caller.name), codes=here.codes, now=now)
        if caller.key_id is not None and caller.is_first_of_the_hour:
            keys.note_use(session, caller.key_id, now=now)
    g.calls = (limit.most, left)
    if scope not in caller.scopes:
        raise ScopeMissing(scope=scope)
    return caller


def said() -> Said:
    given = request.authorization
    return Said(
        bearer=(given.token or "") if given is not None and given.type == "bearer" else "",
        access_token=request.headers.get("access-token", ""),
        client=request.headers.get("client", ""),
        uid=request.headers.get("uid", ""),
    )


def once(session: Session, caller: Caller, act: Callable[[], Response]) -> Response:
    """What `act` answers, or answered to the same call before."""
    key = request.headers.get(IDEMPOTENCY_KEY, "")
    if not key or request.method != "POST":
        return act()
    if len(key) > LONGEST_KEY:
        raise KeyTooLong
    here = runtime()
    call = Call(caller.name, key, f"{request.full_path}\0".encode() + request.get_data(cache=True))
    before = answered.before(session, call, seals=here.seals, now=here.clock())
    if before is not None:
        return Response(before.body, before.status, {REPLAYED: "true"}, content_type=JSON)
    made = act()
    answered.keep(session, call, Answer(made.status_code, made.get_data(as_text=True)), seals=here.seals)
    return made

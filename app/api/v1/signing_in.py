"""POST /api/v1/auth/sign_in: an agent's program gets its three headers."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy.orm import Session

from app.api.v1.asking import SignInBody, asked
from app.api.v1.describing import Endpoint, describes
from app.api.v1.refusing import answer, v1
from app.api.v1.shapes import SignedIn
from app.api_access import signing_in_call
from app.runtime import runtime
from app.security import csrf
from invitations import signing_in
from invitations.errors import WrongCredentials
from invitations.machines import callers
from invitations.sign_in_tries import Origin

bp = v1("signing_in")
csrf.exempt(bp)


@bp.post("/auth/sign_in")
@describes(Endpoint(SignedIn, takes=SignInBody, missing=False))
@signing_in_call
def sign_in(session: Session) -> Response:
    here, said = runtime(), asked(SignInBody)
    agent_id = check(session, said)
    with here.database.writing() as writing:
        opened = callers.sign_in(
            writing,
            agent_id,
            client=request.headers.get("client", ""),
            asks_more=here.settings.requires_second_factor,
            now=here.clock(),
        )
    made = answer(SignedIn(True))
    made.headers.update({"access-token": opened.token, "client": opened.client, "uid": opened.uid})
    made.headers.update({"token-type": "Bearer", "expiry": str(int(opened.expires_at.timestamp()))})
    return made


def check(session: Session, said: SignInBody) -> int:
    """The agent's id; a wrong try is counted with those of the sign-in page. Raises WrongCredentials, TooManyTries."""
    here = runtime()
    about: dict[str, Any] = {
        "email": said.email,
        "origin": Origin(request.remote_addr or ""),
        "codes": here.codes,
        "now": here.clock(),
    }
    try:
        return signing_in.check_password(session, password=said.password, **about)
    except WrongCredentials:
        with here.database.writing() as writing:
            signing_in.note_failure(writing, **about)
        raise

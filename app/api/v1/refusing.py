"""How refusals are answered to machines: api.md's table, as JSON, whatever raised them."""

from __future__ import annotations

import math
from collections.abc import Callable
from http import HTTPStatus

import msgspec
from flask import Blueprint, Response, g
from werkzeug.exceptions import HTTPException

from app.api.v1 import refusal_words as words
from app.api.v1.refusal_shapes import NotFound, Problem, Refused, Unprocessable
from app.errors import RETRY_AFTER, log_away, page_of
from app.runtime import runtime
from invitations import errors

JSON = "application/json"
LIMIT, LEFT = "X-RateLimit-Limit", "X-RateLimit-Remaining"


class Malformed(Exception):
    """The body is no JSON."""


class WronglyShaped(Exception):
    """The body is JSON of another shape; the message says where and how."""


class PeopleWronglyShaped(Exception):
    """The same of people in a list: a problem each, with their place in it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(len(problems))
        self.problems = problems


def v1(name: str) -> Blueprint:
    """A blueprint of the API: nothing of it needs a form's token, and whatever goes wrong is said in JSON."""
    bp = Blueprint(f"api_{name}", __name__, url_prefix="/api/v1")
    bp.register_error_handler(errors.DomainError, tell_refusal)
    bp.register_error_handler(Malformed, tell_malformed)
    bp.register_error_handler(WronglyShaped, tell_shape)
    bp.register_error_handler(PeopleWronglyShaped, tell_shapes)
    bp.register_error_handler(errors.PeopleRefused, tell_people)
    bp.register_error_handler(HTTPException, tell_http_error)
    bp.after_request(add_limit)
    return bp


def answer(body: msgspec.Struct, status: int = 200, **headers: str) -> Response:
    made = Response(msgspec.json.encode(body), status, content_type=JSON)
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def refused(status: int, *sentences: str, **headers: str) -> Response:
    return answer(Refused(list(sentences)), status, **headers)


def unprocessable(*problems: Problem) -> Response:
    return answer(Unprocessable(False, list(problems)), 422)


def tell_refusal(refusal: errors.DomainError) -> Response:
    if isinstance(refusal, errors.NotFound):
        return answer(NotFound(refusal.details.get("model", "Resource")), 404)
    if isinstance(refusal, errors.DatabaseAway):
        log_away(refusal)
    status, _ = page_of(type(refusal))
    tell = TELLING.get(status, tell_unprocessable)
    return tell(refusal)


def tell_unprocessable(refusal: errors.DomainError) -> Response:
    return unprocessable(about_them(words.sentence(refusal)))


def tell_unknown(refusal: errors.DomainError) -> Response:
    return refused(401, words.sentence(refusal), WWW_Authenticate='Bearer realm="api"')


def tell_forbidden(refusal: errors.DomainError) -> Response:
    return refused(403, words.sentence(refusal))


def tell_too_often(refusal: errors.DomainError) -> Response:
    """Retry-After in whole seconds, at least one (RFC 9110, 10.2.3)."""
    until = refusal.details.get("until")
    wait = max(1, math.ceil((until - runtime().clock()).total_seconds())) if until else 60
    return refused(429, words.TOO_OFTEN, Retry_After=str(wait))


def tell_busy(refusal: errors.DomainError) -> Response:
    return refused(503, words.BUSY, Retry_After=RETRY_AFTER.get(type(refusal), "5"))


TELLING: dict[int, Callable[[errors.DomainError], Response]] = {
    401: tell_unknown,
    403: tell_forbidden,
    429: tell_too_often,
    503: tell_busy,
}


def tell_malformed(_broken: Malformed) -> Response:
    return refused(400, words.MALFORMED)


def tell_shape(wrong: WronglyShaped) -> Response:
    return unprocessable(Problem(words.wrong_shape(str(wrong))))


def tell_shapes(wrong: PeopleWronglyShaped) -> Response:
    return unprocessable(*wrong.problems)


def tell_people(refusal: errors.DomainError) -> Response:
    people = refusal.details["people"]
    return unprocessable(*(Problem(words.sentence(why), first, last, at) for at, first, last, why in people))


def tell_http_error(error: HTTPException) -> Response | HTTPException:
    if error.code is None or error.code < 400:
        return error
    return refused(error.code, words.OURS if error.code == 500 else HTTPStatus(error.code).phrase)


def about_them(sentence: str) -> Problem:
    """The problem, with the names of whoever the call is about, when it is about one person."""
    first_name, last_name = g.get("about", (None, None))
    return Problem(sentence, first_name, last_name)


def add_limit(response: Response) -> Response:
    limit, left = g.get("calls", (None, 0))
    if limit is not None:
        response.headers[LIMIT], response.headers[LEFT] = str(limit), str(left)
    return response

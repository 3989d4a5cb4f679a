"""What each endpoint takes, gives and refuses, said beside it; /api/openapi.json is made of nothing else (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from flask import Flask
from msgspec import Struct
from werkzeug.routing import Rule

from app.api.v1 import api_words as words
from app.api.v1.asking import LargestId
from app.api.v1.example_answers import example_of
from app.api.v1.rdv_shapes import Conflict
from app.api.v1.refusal_shapes import NotFound, Refused, Unprocessable
from app.api.v1.shapes import SignedIn
from invitations.models import KeyScope

View = TypeVar("View", bound=Callable[..., Any])

DESCRIBED = "described"
SCHEMAS = "#/components/schemas/{name}"
# Whatever the endpoint: who is not let in, asks by another method, calls too often, or meets a busy service.
ALWAYS = {401: Refused, 403: Refused, 405: Refused, 429: Refused, 500: Refused, 503: Refused}
OF_A_BODY = {400: Refused, 422: Unprocessable}
PATH_TYPES = {"int": LargestId, "uuid": UUID, "default": str}
SECURITY: list[dict[str, list[str]]] = [{"key": []}, {"token": [], "client": [], "uid": []}]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`scope` None: whoever signs in here is nobody yet. `query`: name → its type."""

    gives: type[Struct]
    takes: type[Struct] | None = None
    scope: KeyScope | None = None
    query: Mapping[str, Any] = field(default_factory=dict)
    missing: bool = True  # 404 is possible
    conflicts: bool = False  # 409 is possible: the agenda says no
    example: Any = None  # of the body


def describes(endpoint: Endpoint) -> Callable[[View], View]:
    def wear(view: View) -> View:
        setattr(view, DESCRIBED, endpoint)
        if endpoint.takes is not None:
            # Now, alone: msgspec 0.22 ends the process when two threads are the first to read a type at once.
            msgspec.json.Decoder(endpoint.takes)
        return view

    return wear


def document(flask: Flask, *, public_url: str) -> dict[str, Any]:
    """The whole description, of this application as it is."""
    found = list(endpoints(flask))
    answers: list[type[Struct]] = [Unprocessable, NotFound, Refused, Conflict, *(one.gives for _, one in found)]
    bodies = [one.takes for _, one in found if one.takes is not None]
    _, components = msgspec.json.schema_components(dict.fromkeys(answers + bodies), ref_template=SCHEMAS)
    for shape in answers:
        components[shape.__name__]["examples"] = [example_of(shape)]
    paths: dict[str, dict[str, Any]] = {}
    for rule, endpoint in found:
        paths.setdefault(path_of(rule), {})[method_of(rule)] = operation(rule, endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": words.TITLE, "version": "1", "description": words.ABOUT},
        "servers": [{"url": public_url}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SCHEMES, "headers": HEADERS},
        "tags": [{"name": name} for name in dict.fromkeys(tag_of(rule) for rule, _ in found)],
    }


def endpoints(flask: Flask) -> Iterator[tuple[Rule, Endpoint]]:
    """Those of the API, in the order of their paths."""
    rules = [rule for rule in flask.url_map.iter_rules() if hasattr(flask.view_functions[rule.endpoint], DESCRIBED)]
    for rule in sorted(rules, key=lambda one: (path_of(one), method_of(one))):
        yield rule, getattr(flask.view_functions[rule.endpoint], DESCRIBED)


def operation(rule: Rule, endpoint: Endpoint) -> dict[str, Any]:
    summary, description = words.ENDPOINTS[rule.endpoint]
    said: dict[str, Any] = {
        "operationId": rule.endpoint.removeprefix("api_").replace(".", "_"),
        "tags": [tag_of(rule)],
        "summary": summary,
        "description": description,
        "parameters": parameters(rule, endpoint),
        "responses": responses(rule, endpoint),
        "security": SECURITY if endpoint.scope else [],
    }
    if endpoint.scope:
        said["x-scope"] = endpoint.scope.value
    if endpoint.takes is not None:
        content = {"schema": reference(endpoint.takes)} | ({"example": endpoint.example} if endpoint.example else {})
        said["requestBody"] = {"required": True, "content": {"application/json": content}}
    return said


def parameters(rule: Rule, endpoint: Endpoint) -> list[dict[str, Any]]:
    """Those of the path, the query, and a key under which the same call is answered the same."""
    found = [
        {"name": name, "in": "path", "required": True, "schema": schema(PATH_TYPES[kind or "default"])}
        for kind, name in re.findall(r"<(?:(\w+):)?(\w+)>", rule.rule)
    ]
    found += [
        {"name": name, "in": "query", "required": False, "schema": schema(kind)}
        for name, kind in endpoint.query.items()
    ]
    if method_of(rule) == "post" and endpoint.scope:
        found.append(IDEMPOTENCY)
    return found


def responses(rule: Rule, endpoint: Endpoint) -> dict[str, Any]:
    """Each status that can be answered, with its shape."""
    given: dict[int, Any] = {200: endpoint.gives} | ALWAYS
    if endpoint.takes is not None or endpoint.query or method_of(rule) == "post":  # or a key that was used before
        given |= OF_A_BODY
    if endpoint.missing:
        given[404] = NotFound
    if endpoint.conflicts:
        given[409] = Conflict
    return {str(status): response(status, shape) for status, shape in sorted(given.items())}


def response(status: int, shape: type[Struct]) -> dict[str, Any]:
    said: dict[str, Any] = {
        "description": words.STATUSES[status],
        "content": {"application/json": {"schema": reference(shape)}},
    }
    if status in {429, 503}:
        said["headers"] = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
    elif shape is SignedIn:
        said["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in SESSION}
    elif status == 200:
        said["headers"] = {
            name: {"$ref": f"#/components/headers/{name.removeprefix('X-').replace('-', '')}"}
            for name in ("X-RateLimit-Limit", "X-RateLimit-Remaining")
        }
    return said


def reference(shape: type[Struct]) -> dict[str, str]:
    return {"$ref": SCHEMAS.format(name=shape.__name__)}


def schema(kind: Any) -> dict[str, Any]:
    """Of one value. An enumeration says its values: a name would lead nowhere from here."""
    said = msgspec.json.schema(kind)
    named = said.get("$defs", {}).get(said.get("$ref", "").split("/")[-1])
    return {"enum": named["enum"]} if named else said


def path_of(rule: Rule) -> str:
    """/api/v1/organisations/{organisation_id}/users"""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def method_of(rule: Rule) -> str:
    methods: set[str] = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return methods.pop().lower()


def tag_of(rule: Rule) -> str:
    return str(rule.endpoint).split(".")[0].removeprefix("api_")


SCHEMES = {
    "key": {"type": "http", "scheme": "bearer"},
    **{
        name: {"type": "apiKey", "in": "header", "name": header}
        for name, header in (("token", "access-token"), ("client", "client"), ("uid", "uid"))
    },
}
# What a session is: each is said with every call.
SESSION = ("access-token", "client", "uid", "expiry")
HEADERS = {
    **{name: {"schema": {"type": "string"}, "description": words.SESSION[name]} for name in SESSION},
    "RateLimitLimit": {"schema": {"type": "integer"}, "description": words.LIMIT},
    "RateLimitRemaining": {"schema": {"type": "integer"}, "description": words.LEFT},
    "RetryAfter": {"schema": {"type": "integer"}, "description": words.RETRY},
}
IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 255},
    "description": words.IDEMPOTENCY,
}

"""What the API says of itself: complete, with examples that are taken, and readable."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from msgspec import convert, to_builtins
from openapi_spec_validator import OpenAPIV31SpecValidator
from sqlalchemy import select

from app.access import ACCESS
from app.api.v1.describing import DESCRIBED, endpoints
from app.api.v1.rdv_shapes import Conflict
from app.api.v1.refusal_shapes import NotFound, Refused, Unprocessable
from invitations.models import Invitation
from tests.app.api.conftest import ON_SQLITE, Machine
from tests.app.team import expect


@pytest.fixture
def described(machine: Machine) -> dict[str, Any]:
    said: dict[str, Any] = machine.browser.get("/api/openapi.json").get_json()
    return said


@ON_SQLITE
def test_the_description_is_openapi_3_1(described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"] == "3.1.0"


@ON_SQLITE
def test_every_endpoint_is_described_and_wears_the_decorator_of_the_api(flask_app: Flask) -> None:
    for rule in flask_app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1"):
            view = flask_app.view_functions[rule.endpoint]
            assert hasattr(view, DESCRIBED), rule
            assert getattr(view, ACCESS) == "api", rule


@ON_SQLITE
def test_every_example_can_be_sent_as_it_is(machine: Machine, described: dict[str, Any]) -> None:
    with machine.town.changing() as world:
        person = [world.make_beneficiary() for _ in range(2)][-1]  # the first is the one who is booked for
        past = expect(world, world.now - timedelta(days=1)).appointment.uid
    machine.town.invite()
    known = {"organisation_id": machine.town.world.organisation.id, "user_id": person.id, "number": "26"}
    [invitation] = machine.town.rows(select(Invitation))
    sent = 0
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            example = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
            if example:
                uid = past if path.endswith("outcome") else to_come(machine)
                where = path.format(**known, invitation_id=invitation.id, uuid=uid)
                answer = machine.call(method, where.removeprefix("/api/v1/"), example)
                assert answer.status_code == 200, (path, answer.text)
                sent += 1
    assert sent == 13


@ON_SQLITE
def test_every_answer_has_an_example_that_is_one(flask_app: Flask, described: dict[str, Any]) -> None:
    shapes = {one.gives for _, one in endpoints(flask_app)} | {Refused, NotFound, Unprocessable, Conflict}
    for shape in shapes:
        [example] = described["components"]["schemas"][shape.__name__]["examples"]
        assert to_builtins(convert(example, shape)) == example
        assert "texte" not in str(example), shape


def to_come(machine: Machine) -> str:
    """One more appointment, of one more person. Returns its uuid."""
    machine.town.convene(choice=-1)
    return machine.town.appointments()[-1].uid


@ON_SQLITE
def test_the_page_says_every_endpoint_and_every_shape(machine: Machine, described: dict[str, Any]) -> None:
    page = machine.browser.get("/api")
    assert page.status_code == 200
    for path in described["paths"]:
        assert f"<code>{path}</code>" in page.text
    ids = set(re.findall(r'id="([^"]+)"', page.text))
    assert set(re.findall(r'href="#([^"]+)"', page.text)) <= ids
    assert {f"forme-{name}" for name in described["components"]["schemas"]} <= ids

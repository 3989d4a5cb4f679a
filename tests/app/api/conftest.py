"""A machine that calls, with a key that may do everything unless a test says otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Select, func, select
from werkzeug.test import TestResponse

from invitations.machines import keys
from invitations.models import KeyScope, Message, Organisation, Role, ServiceKey
from tests.app.town import Town

# Where the engine makes no difference: what is let in, what is read of a body, what a page says.
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CATEGORY = {"motif_category": {"short_name": "rsa_orientation"}}
INES: dict[str, Any] = {
    "first_name": "Inès",
    "last_name": "Bernard",
    "email": "ines.bernard@exemple.fr",
    "phone_number": "06 39 98 00 01",
}


@dataclass
class Machine:
    """What an editor's software does: JSON out, JSON in, a key."""

    browser: FlaskClient
    town: Town
    token: str
    key_id: int
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.browser.get(f"/api/v1/{path}", headers=self.said(), **more)

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        said = self.said() | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.browser.post(f"/api/v1/{path}", json=body, headers=said)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        said = self.said() | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.browser.open(f"/api/v1/{path}", method=method, json=body, headers=said)

    def said(self) -> dict[str, str]:
        return self.headers or {"Authorization": f"Bearer {self.token}"}

    @property
    def organisation(self) -> str:
        return f"organisations/{self.town.world.organisation.id}"

    @property
    def users(self) -> str:
        return f"{self.organisation}/users"

    def count(self, query: Select[Any]) -> int:
        with self.town.database.reading() as session:
            return int(session.scalar(select(func.count()).select_from(query.subquery())) or 0)

    def messages(self) -> int:
        return self.count(select(Message.id))


def make_key(
    town: Town,
    scopes: Iterable[KeyScope] = KeyScope,
    *,
    organisation: Organisation | None = None,
    of_department: bool = False,
) -> tuple[ServiceKey, str]:
    with town.changing() as world:
        where = world.session.get_one(Organisation, (organisation or world.organisation).id)
        admin = world.make_agent(role=Role.ADMIN, organisation=where)
        by = keys.By(admin, where)
        return keys.create(world.session, "Solis", list(scopes), of_department=of_department, by=by, now=town.now)


def machine_of(flask_app: Flask, town: Town, *scopes: KeyScope, **more: Any) -> Machine:
    key, token = make_key(town, scopes or KeyScope, **more)
    return Machine(flask_app.test_client(use_cookies=False), town, token, key.id)


@pytest.fixture
def machine(flask_app: Flask, town: Town) -> Machine:
    return machine_of(flask_app, town)

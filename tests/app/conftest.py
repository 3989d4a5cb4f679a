"""What the tests of the pages share."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations.codes import Codes
from invitations.database import Database
from tests.app.town import Town
from tests.conftest import Clock


@pytest.fixture
def town(database: Database, clock: Clock, codes: Codes) -> Town:
    """A saved world and the links of the people it invites."""
    return Town(database, clock(), codes)


@pytest.fixture
def phone(flask_app: Flask) -> FlaskClient:
    """A person's telephone: a browser without a cookie."""
    return flask_app.test_client()

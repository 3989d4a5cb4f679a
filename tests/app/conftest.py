"""What the tests of the pages share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from invitations import outbox
from invitations.codes import Codes
from invitations.database import Database
from notifications.senders import Senders
from tests.app.town import Town
from tests.conftest import Clock
from tests.fakes import RememberingEmail, RememberingSms
from tests.post import TERMS


@pytest.fixture
def town(database: Database, clock: Clock, codes: Codes) -> Town:
    """A saved world and the links of the people it invites."""
    return Town(database, clock(), codes)


@pytest.fixture
def phone(flask_app: Flask) -> FlaskClient:
    """A person's telephone: a browser without a cookie."""
    return flask_app.test_client()


@pytest.fixture
def deliver(
    database: Database, clock: Clock, codes: Codes, sms: RememberingSms, email: RememberingEmail
) -> Callable[[], int]:
    """What is owed leaves; `sms.sent` and `email.sent` hold it. Answers how many messages left."""
    senders = Senders(sms=sms, email=email)
    return lambda: outbox.deliver(database, senders, codes=codes, terms=TERMS, clock=clock, process="here")

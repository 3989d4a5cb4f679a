"""What a receiver is told to check, run as the document says it, on what we send."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications.webhooks import make_secret, signatures
from tests.house.conftest import ROOT

BODY = '{"data":{"first_name":"Inès"},"meta":{}}'.encode()


@pytest.fixture
def document() -> dict[str, Any]:
    """The names that the document's Python makes."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(code, names)
    return names


def test_the_documents_check_accepts_what_we_send_and_nothing_else(document: dict[str, Any]) -> None:
    secret, at = make_secret(), datetime.now(UTC)
    sent = signatures(BODY, secret=secret, uid="msg_1", at=at)
    is_genuine = document["is_genuine"]
    assert is_genuine(secret, sent, BODY)
    assert not is_genuine(make_secret(), sent, BODY)
    assert not is_genuine(secret, sent, BODY + b" ")
    assert not is_genuine(secret, sent | {"webhook-id": "msg_2"}, BODY)
    late = signatures(BODY, secret=secret, uid="msg_1", at=at - timedelta(minutes=6))
    assert not is_genuine(secret, late, BODY)


def test_the_example_of_the_standard_gives_the_signature_that_it_prints() -> None:
    """The Svix libraries' own test vector, which Standard Webhooks took over."""
    sent = signatures(
        b'{"test": 2432232314}',
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        uid="msg_p5jXN8AQM9LWM0D4loKWxJek",
        at=datetime.fromtimestamp(1614265330, UTC),
    )
    assert sent["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_no_two_secrets_are_alike_and_each_holds_256_bits() -> None:
    made = {make_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", one) for one in made)

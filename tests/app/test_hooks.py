"""What Twilio says of the texts it took: only when it is Twilio, and in any order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from app.settings import Settings
from invitations.models import Message, MessageState, ReceiptEvent
from notifications.receipts import REFERENCE, SIGNATURE, STATUS_PATH
from notifications.senders import Reason, SendError, Senders
from tests.applications import Applications
from tests.post import Post

PUBLIC_URL = "https://rdv.drome.example"
TOKEN = "twilio's secret"


@pytest.fixture
def app(applications: Applications, settings: Settings, post: Post) -> Iterator[Flask]:
    """Form tokens are on: Twilio has none, and must get through all the same."""
    set_up = replace(
        settings,
        public_url=PUBLIC_URL,
        twilio_account_sid="AC0",
        twilio_auth_token=TOKEN,
        twilio_from="+33937000000",
        smtp_url="smtp://127.0.0.1",
        mail_from="rdv@drome.example",
    )
    with applications.lend(set_up, clock=post.clock, senders=Senders(sms=post.sms, email=post.email)) as lent:
        lent.config["TESTING"] = True
        yield lent


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def say(
    client: FlaskClient, message: Message, status: str, *, sid: str | None = None, code: int | None = None, **how: str
) -> TestResponse:
    """A status callback; `how` may hold another signature, or another query."""
    query = how.get("query", urlencode({REFERENCE: message.id}))
    fields = {"MessageSid": sid or message.provider_id or "SM0", "MessageStatus": status}
    if code is not None:
        fields["ErrorCode"] = str(code)
    address = f"{STATUS_PATH}?{query}" if query else STATUS_PATH
    right = RequestValidator(TOKEN).compute_signature(f"{PUBLIC_URL}{address}", fields)
    signature = how.get("signature", right)
    headers = {SIGNATURE: signature} if signature else {}
    return client.post(address, data=fields, headers=headers)


def sent(post: Post) -> Message:
    message = post.invited()
    post.deliver()
    return post.read(message)


def events(post: Post) -> int:
    with post.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ReceiptEvent)) or 0


def test_a_receipt_says_that_a_text_arrived(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    assert say(client, message, "delivered").status_code == 204
    assert (post.state(message), post.read(message).settled_at) == (MessageState.DELIVERED, post.clock())


def test_the_signature_covers_the_query_as_it_came(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    assert (
        say(
            client,
            message,
            "delivered",
            query=f"{REFERENCE}=%{ord(str(message.id)[0]):x}{str(message.id)[1:]}&a=%C3%A9+b",
        ).status_code
        == 204
    )
    assert post.state(message) is MessageState.DELIVERED


@pytest.mark.parametrize("signature", ["", "forged", "Zm9yZ2Vk"])
def test_a_forged_or_missing_signature_is_refused_and_changes_nothing(
    post: Post, client: FlaskClient, signature: str
) -> None:
    message = sent(post)
    assert say(client, message, "delivered", signature=signature).status_code == 403
    assert (post.state(message), events(post)) == (MessageState.SENT, 0)


def test_without_an_account_every_call_is_refused(post: Post, app: Flask) -> None:
    message = sent(post)
    runtime = app.extensions["rdv"]
    app.extensions["rdv"] = replace(runtime, settings=replace(runtime.settings, twilio_auth_token=""))
    assert say(app.test_client(), message, "delivered").status_code == 403


def test_the_same_receipt_again_changes_nothing(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    say(client, message, "delivered")
    before = post.read(message).settled_at
    post.clock.pass_by(timedelta(minutes=1))
    assert say(client, message, "delivered").status_code == 204
    assert (post.read(message).settled_at, events(post)) == (before, 1)


def test_receipts_in_the_wrong_order_don_t_go_back(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    for status in ("delivered", "sent", "queued", "undelivered"):
        say(client, message, status)
    assert post.state(message) is MessageState.DELIVERED
    assert events(post) == 4


def test_a_receipt_faster_than_our_own_mark_is_kept(post: Post, client: FlaskClient) -> None:
    message = post.invited()
    in_time = post.sms.send

    def send_and_be_told(sms: object) -> str:
        provider_id = in_time(sms)  # type: ignore[arg-type]
        say(client, post.read(message), "delivered", sid=provider_id)
        return provider_id

    post.sms.send = send_and_be_told  # type: ignore[method-assign,assignment]
    assert post.deliver() == 1
    assert (post.state(message), post.read(message).provider_id) == (MessageState.DELIVERED, "SM" + "1".zfill(32))


def test_a_receipt_settles_what_nobody_knew(post: Post, client: FlaskClient) -> None:
    message = post.invited()
    post.sms.refusals = [SendError(Reason.UNCERTAIN, "ReadTimeout")]
    post.deliver()
    say(client, message, "sent", sid="SM7")
    assert (post.state(message), post.read(message).provider_id) == (MessageState.SENT, "SM7")


def test_a_receipt_keeps_from_sending_a_second_time_what_had_been_given_up(post: Post, client: FlaskClient) -> None:
    message = post.invited()
    post.sms.refusals = [SendError(Reason.UNCERTAIN, "ReadTimeout")]
    post.deliver()
    for _ in range(2):
        post.settle()
        post.clock.pass_by(timedelta(minutes=5))
    assert post.state(message) is MessageState.PENDING
    say(client, message, "delivered", sid="SM7")
    assert post.deliver() == 0
    assert post.state(message) is MessageState.DELIVERED


def test_a_number_that_the_network_does_not_know_is_closed(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    say(client, message, "undelivered", code=30005)
    assert (post.state(message), post.read(message).error_code) == (MessageState.UNDELIVERED, "30005")
    assert post.person(message).phone_dead_at == post.clock()


def test_a_phone_that_is_off_gets_the_text_once_more(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    say(client, message, "undelivered", code=30003)
    assert (post.state(message), post.read(message).due_at) == (
        MessageState.PENDING,
        post.clock() + timedelta(hours=4),
    )
    say(client, message, "undelivered", code=30003)  # an echo of the first attempt
    say(client, message, "sent")
    assert post.state(message) is MessageState.PENDING
    post.clock.pass_by(timedelta(hours=4))
    assert post.deliver() == 1
    say(client, post.read(message), "undelivered", code=30003)
    assert post.state(message) is MessageState.UNDELIVERED
    assert len(post.sms.sent) == 2


def test_a_status_we_don_t_know_is_kept_and_changes_nothing(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    assert say(client, message, "teleported").status_code == 204
    assert (post.state(message), events(post)) == (MessageState.SENT, 1)


@pytest.mark.parametrize("query", ["message=999999", "message=abc", "", "message=99999999999999999999"])
def test_a_receipt_of_nothing_of_ours_is_answered_and_kept_nowhere(post: Post, client: FlaskClient, query: str) -> None:
    message = post.invited()
    assert say(client, message, "delivered", query=query).status_code == 204
    assert events(post) == 0


def test_a_receipt_without_our_reference_is_known_by_its_id(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    say(client, message, "delivered", query="")
    assert post.state(message) is MessageState.DELIVERED


def test_health_says_that_nothing_works_before_a_scheduler_beats(post: Post, client: FlaskClient) -> None:
    answer = client.get("/sante")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["database"] is True
    assert answer.json["scheduler_last_beat"] is None

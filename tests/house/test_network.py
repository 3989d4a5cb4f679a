"""No test leaves this machine."""

from __future__ import annotations

import socket

import pytest
import requests

from tests.conftest import LeftTheMachine


def test_a_connection_to_elsewhere_is_refused() -> None:
    with socket.socket() as opened, pytest.raises(LeftTheMachine):
        opened.connect(("192.0.2.1", 80))  # TEST-NET-1, RFC 5737


def test_a_library_that_forgives_a_failing_network_does_not_forgive_this() -> None:
    with pytest.raises(LeftTheMachine):
        requests.get("https://service.example", timeout=1)


def test_this_machine_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as here, socket.create_connection(here.getsockname()[:2]):
        pass

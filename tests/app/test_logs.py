"""What the processes say of themselves: lines of JSON with ids, and nobody's data; a code that people can read out."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.signals import request_finished
from flask.testing import FlaskClient

from app import create_app, logs
from app.access import public_page
from app.settings import Settings
from tests.conftest import SECRET as KEY
from tests.conftest import Clock

CODE = re.compile(r"[2-9B-DF-HJ-NP-TV-Z]{8}")


@contextmanager
def written(capsys: pytest.CaptureFixture[str]) -> Iterator[list[dict[str, Any]]]:
    """The lines that `rdv` writes meanwhile, read back."""
    before = structlog.get_config()
    lines: list[dict[str, Any]] = []
    capsys.readouterr()
    logs.write_json()
    try:
        yield lines
        lines += [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    finally:
        structlog.configure(**before)
        logging.getLogger().handlers = [
            one for one in logging.getLogger().handlers if not isinstance(one, logs.OfLibraries)
        ]


def make(tmp: Any, clock: Clock, **changes: Any) -> Flask:
    """An application of one's own, with a page that breaks."""
    flask = create_app(Settings(database_url=f"sqlite:///{tmp / 'never.db'}", secret_key=KEY, **changes), clock=clock)

    @public_page
    def broken(_session: Any, code: str) -> str:
        raise RuntimeError(f"what was typed: {code}")

    flask.add_url_rule("/i/<code>/casse", "broken", broken)
    flask.add_url_rule("/agents/<code>/casse", "broken_agents", broken)
    return flask


@pytest.fixture
def flask(tmp_path: Any, clock: Clock) -> Iterator[Flask]:
    made = make(tmp_path, clock)
    logs.tell_requests(made)
    yield made
    request_finished.disconnect(logs.told, made)


def test_a_request_is_a_line_of_json_with_its_route_and_not_its_path(
    flask: Flask, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = flask.test_client()
    with written(capsys) as lines:
        broken = browser.get("/i/SECRETCODE/casse?q=Bernard")
        browser.get("/agents/nulle-part/Bernard")
        browser.get("/static/style.css", buffered=True)
    assert [(one["event"], one.get("route"), one.get("status")) for one in lines] == [
        ("page.broke", None, None),
        ("request", "/i/<code>/casse", 500),
        ("request", None, 404),
    ]
    assert lines[0]["request"] == lines[1]["request"] == broken.headers["X-Request-ID"]
    assert {"level", "timestamp", "method", "ms"} <= set(lines[1])
    assert "SECRETCODE" not in str(lines)
    assert "Bernard" not in str(lines)


@pytest.mark.parametrize(("path", "words"), [("/i/x/casse", "donnez ce code"), ("/agents/x/casse", "Code à donner")])
def test_whoever_meets_a_failure_can_say_which(flask: Flask, path: str, words: str) -> None:
    answer = flask.test_client().get(path)
    code = answer.headers["X-Request-ID"]
    assert CODE.fullmatch(code)
    assert words in answer.text
    assert f"{code[:4]}-{code[4:]}" in answer.text


def test_the_id_of_our_own_proxy_is_taken_over_and_nobody_elses(tmp_path: Any, clock: Clock) -> None:
    applications = [make(tmp_path, clock, trusted_proxies=proxies) for proxies in (0, 1)]
    long = "7f3c2e1a-0b9d-4c55-8a10-2f6d5e4c3b2a"
    for proxies, given, is_taken in (
        (1, long, True),
        (1, 'short"', False),
        (1, "<script>alert(1)</script>", False),
        (1, "x" * 65, False),
        (0, long, False),
    ):
        browser: FlaskClient = applications[proxies].test_client()
        answer = browser.get("/i/x/casse", headers={"X-Request-ID": given})
        told = answer.headers["X-Request-ID"]
        assert (told == given) is is_taken
        assert logs.parted(logs.short(told)) in answer.text, "a long id has a short form that can be read out"
        assert CODE.fullmatch(logs.short(told))


def test_lines_of_libraries_are_json_and_say_nothing_of_what_they_fill_in(capsys: pytest.CaptureFixture[str]) -> None:
    with written(capsys) as lines:
        try:
            raise ValueError("Inès Bernard")
        except ValueError:
            logging.getLogger("urllib3.connectionpool").warning("Retrying %s", "+33639980001", exc_info=True)
    (line,) = lines
    assert (line["event"], line["logger"], line["says"]) == ("library", "urllib3.connectionpool", "Retrying %s")
    assert line["error"] == "ValueError"
    assert "Bernard" not in str(line)


def test_a_failure_that_a_library_logs_as_its_words_is_told_by_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    with written(capsys) as lines:
        logging.getLogger("imapclient").error(ValueError("Inès Bernard"))
    assert [line["says"] for line in lines] == ["ValueError"]


def test_a_line_that_can_not_be_written_ends_nobodys_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """/dev/full takes nothing, as a disk that is full."""
    before = structlog.get_config()
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        logs.write_json()
        try:
            structlog.get_logger().error("page.broke")
        finally:
            structlog.configure(**before)
            logging.getLogger().handlers = [
                one for one in logging.getLogger().handlers if not isinstance(one, logs.OfLibraries)
            ]
            with suppress(OSError):
                full.close()

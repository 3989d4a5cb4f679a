"""What every answer carries, whoever asks."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask

from app import create_app
from app.settings import Settings
from notifications.senders import Senders
from tests.fakes import RememberingEmail, RememberingSms

PUBLIC = ["/i/unknowncode", "/r/unknowncode", "/agents/connexion", "/nowhere"]


@pytest.mark.parametrize("address", PUBLIC)
def test_nothing_runs_inline_and_nothing_comes_from_elsewhere(flask_app: Flask, address: str) -> None:
    policy = flask_app.test_client().get(address).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    for hole in ("unsafe-inline", "unsafe-eval", "http:", "https:", "*"):
        assert hole not in policy


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_with_a_code_in_it_is_neither_passed_on_nor_indexed_nor_kept(flask_app: Flask, address: str) -> None:
    headers = flask_app.test_client().get(address).headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/i/unknowncode", "/r/unknowncode"])
def test_whoever_opens_a_link_gets_no_cookie(flask_app: Flask, address: str) -> None:
    assert "Set-Cookie" not in flask_app.test_client().get(address).headers


def test_a_secure_connection_stays_secure(flask_app: Flask) -> None:
    secure = flask_app.test_client().get("/i/unknowncode", base_url="https://rdv.drome.example")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]
    assert "Strict-Transport-Security" not in flask_app.test_client().get("/i/unknowncode").headers


def test_behind_a_proxy_that_ends_tls_the_public_address_says_that_it_is_secure(settings: Settings) -> None:
    senders = Senders(sms=RememberingSms(), email=RememberingEmail())
    behind = create_app(replace(settings, public_url="https://rdv.drome.example"), senders=senders)
    assert "Strict-Transport-Security" in behind.test_client().get("/nowhere").headers
    behind.extensions["rdv"].database.engine.dispose()


def test_a_form_with_its_token_is_taken_over_https_without_a_referrer(flask_app: Flask) -> None:
    """Our own Referrer-Policy keeps browsers from sending one."""
    flask_app.config["WTF_CSRF_ENABLED"] = True
    browser, here = flask_app.test_client(), "https://rdv.drome.example"
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/agents/connexion", base_url=here).text)
    assert found is not None
    data = {"csrf_token": found[1], "email": "a@b.example", "password": "une phrase assez longue"}
    assert browser.post("/agents/connexion", base_url=here, data=data).status_code == 401


@pytest.mark.parametrize("number", ["2147483648", "9" * 20, "9" * 5000])
def test_a_number_that_no_table_holds_leads_nowhere(flask_app: Flask, number: str) -> None:
    assert flask_app.test_client().get(f"/messagerie/{number}/rendez-vous.ics").status_code == 404


@pytest.mark.parametrize(
    ("public_url", "secure"), [("https://rdv.drome.example", True), ("http://127.0.0.1:8000", False)]
)
def test_the_agents_cookie_is_out_of_reach_of_scripts_and_other_sites(
    settings: Settings, public_url: str, secure: bool
) -> None:
    senders = Senders(sms=RememberingSms(), email=RememberingEmail())
    config = create_app(replace(settings, public_url=public_url), senders=senders).config
    assert config["SESSION_COOKIE_HTTPONLY"] is True
    assert config["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert config["SESSION_COOKIE_SECURE"] is secure


def test_a_form_of_the_agents_side_without_its_token_is_refused(flask_app: Flask) -> None:
    flask_app.config["WTF_CSRF_ENABLED"] = True
    answer = flask_app.test_client().post("/agents/connexion", data={"email": "a@b.example", "password": "x"})
    assert answer.status_code == 400


def test_too_large_an_upload_is_refused_before_it_is_read(flask_app: Flask) -> None:
    flask_app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = flask_app.test_client().post("/agents/connexion", data={"email": "a" * 2000})
    assert answer.status_code == 413


def test_an_uploaded_file_never_touches_the_disk(flask_app: Flask) -> None:
    with flask_app.test_request_context("/", method="POST", data={"file": (b"x" * 2_000_000, "list.csv")}) as context:
        stream = context.request._get_file_stream(2_000_000, "text/csv", "list.csv", None)
    assert isinstance(stream, BytesIO)

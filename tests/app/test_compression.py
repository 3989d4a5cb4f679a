"""People's pages and files are sent in gzip to whoever reads it; agents' pages, whose forms carry a secret, never are."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.app.town import Town

READS_GZIP = {"Accept-Encoding": "gzip, deflate, br"}
STYLE = "/static/style.css"


def unpacked(answer: TestResponse) -> str:
    return gzip.decompress(answer.data).decode()


def test_a_page_is_sent_in_a_third_of_its_bytes(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    plain, packed = phone.get(path), phone.get(path, headers=READS_GZIP)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 3
    assert unpacked(packed) == plain.text
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0", "gzip;q=0, *"])
def test_whoever_does_not_read_gzip_gets_the_page_as_it_is(town: Town, phone: FlaskClient, accepted: str) -> None:
    answer = phone.get(town.invite(), headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in answer.headers
    assert "</html>" in answer.text


@pytest.mark.parametrize("headers", [{}, READS_GZIP])
def test_a_cache_on_the_way_is_told_that_there_are_two(town: Town, phone: FlaskClient, headers: dict[str, str]) -> None:
    for path in (town.invite(), "/i/nobody", STYLE):
        assert "Accept-Encoding" in phone.get(path, buffered=True, headers=headers).vary, path


def test_a_refusal_is_packed_too(phone: FlaskClient) -> None:
    answer = phone.get("/i/nobody", headers=READS_GZIP)
    assert answer.status_code == 404
    assert "</html>" in unpacked(answer)


def test_a_file_is_packed_and_still_kept_for_a_year(phone: FlaskClient) -> None:
    plain, packed = phone.get(STYLE, buffered=True), phone.get(STYLE, buffered=True, headers=READS_GZIP)
    assert unpacked(packed) == plain.text
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["Cache-Control"] == plain.headers["Cache-Control"]
    assert packed.get_etag() == (plain.get_etag()[0], True), "the same file, other bytes: RFC 9110, 8.8.1"
    again = phone.get(STYLE, buffered=True, headers=READS_GZIP | {"If-None-Match": packed.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_part_of_a_file_is_left_as_it_is(phone: FlaskClient) -> None:
    part = phone.get(STYLE, buffered=True, headers=READS_GZIP | {"Range": "bytes=0-999"})
    assert part.status_code == 206
    assert "Content-Encoding" not in part.headers
    assert len(part.data) == 1000


def test_only_asking_for_the_headers_gives_those_of_the_page(town: Town, phone: FlaskClient) -> None:
    path = town.invite()
    asked, got = phone.head(path, headers=READS_GZIP), phone.get(path, headers=READS_GZIP)
    assert asked.data == b""
    assert asked.headers["Content-Length"] == got.headers["Content-Length"]


def test_agents_pages_are_never_packed(town: Town, flask_app: Flask, phone: FlaskClient) -> None:
    """BREACH: a secret token in the form, words of the request beside it, and a length that tells how alike they are."""
    desk = town.browser(flask_app)
    for client, path in ((phone, "/agents/connexion"), (desk, "/agents/"), (desk, "/agents/nowhere")):
        answer = client.get(path, headers=READS_GZIP)
        assert "</html>" in answer.text, path
        assert "Content-Encoding" not in answer.headers, path


def test_what_is_short_or_no_text_is_left_as_it_is(phone: FlaskClient) -> None:
    for path in ("/sante", "/robots.txt"):
        assert "Content-Encoding" not in phone.get(path, headers=READS_GZIP).headers, path

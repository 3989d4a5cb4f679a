"""Fetching from servers that are slow, huge, lying or inside our own network: bounded, and nobody else is reached."""

from __future__ import annotations

import gzip
import os
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
import trustme

from notifications.fetching import Fetched, Guard, Limits, Resolve, fetch
from notifications.web_addresses import FetchFailed, Trouble
from tests.doubles.web import HOST, Handler, Site, running_site

# Patient, but where patience itself is looked at: a busy machine is no slow server.
SMALL = Limits(most_bytes=1000, patience=timedelta(seconds=30))
BRIEF = Limits(most_bytes=1000, patience=timedelta(seconds=1))


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as running:
        yield running


@pytest.fixture
def safe_site(authority: trustme.CA) -> Iterator[Site]:
    with running_site(authority) as running:
        yield running


def names(**known: Sequence[str]) -> Resolve:
    """A resolver that knows these names, dots written as underscores, and no other."""

    def resolve(host: str, _port: int) -> Sequence[str]:
        if host.replace(".", "_") not in known:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return known[host.replace(".", "_")]

    return resolve


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def get(site: Site, path: str = "/a.ics", limits: Limits = SMALL, **headers: str) -> Fetched:
    return fetch(site.url(path), guard=Guard(allowed=site.spots), limits=limits, headers=headers)


def refusal(site: Site, path: str = "/a.ics", limits: Limits = SMALL, address: str | None = None) -> Trouble:
    guard = Guard(allowed=site.spots, resolve=names())
    with pytest.raises(FetchFailed) as failed:
        fetch(address or site.url(path), guard=guard, limits=limits)
    return failed.value.why


def test_what_is_there_comes_with_its_validators(site: Site) -> None:
    site.serve("/a.ics", b"BEGIN", ETag='"1"', Last_Modified="Tue, 24 Nov 2026 09:00:00 GMT")
    assert get(site) == Fetched(b"BEGIN", '"1"', "Tue, 24 Nov 2026 09:00:00 GMT")


def test_what_we_have_already_is_not_sent_again(site: Site) -> None:
    def answer(handler: Handler) -> None:
        handler.say(304 if handler.headers["If-None-Match"] == '"1"' else 200, b"", ETag='"1"')

    site.answers["/a.ics"] = answer
    assert get(site).content == b""
    assert fetch(site.url("/a.ics"), guard=Guard(allowed=site.spots), headers={"If-None-Match": '"1"'}).content is None


def test_a_request_says_little_and_carries_no_secret_of_ours(site: Site) -> None:
    site.serve("/a.ics", b"")
    get(site)
    assert set(site.asked[0].headers) == {"Host", "User-Agent", "Accept-Encoding", "Connection"}


def test_a_validator_that_could_not_stand_in_a_header_is_not_kept(site: Site) -> None:
    site.serve("/a.ics", b"", ETag='"' + "x" * 500 + '"', Last_Modified="caf\xe9")
    assert get(site) == Fetched(b"", None, None)


def test_over_https_the_name_is_that_of_the_address_and_the_connection_goes_to_the_number(
    safe_site: Site, authority: trustme.CA
) -> None:
    safe_site.serve("/a.ics", b"BEGIN")
    guard = Guard(safe_site.spots, names(agenda_example=["127.0.0.1"]), trusting(authority))
    assert fetch(safe_site.url("/a.ics", HOST), guard=guard).content == b"BEGIN"
    assert safe_site.asked[0].server_name == HOST
    assert safe_site.asked[0].headers["Host"] == f"{HOST}:{safe_site.port}"


def test_a_certificate_that_nobody_vouches_for_is_refused(safe_site: Site) -> None:
    safe_site.serve("/a.ics", b"BEGIN")
    guard = Guard(safe_site.spots, names(agenda_example=["127.0.0.1"]))
    with pytest.raises(FetchFailed) as failed:
        fetch(safe_site.url("/a.ics", HOST), guard=guard)
    assert failed.value.why is Trouble.BAD_CERTIFICATE
    assert safe_site.asked == []


def test_the_certificate_of_another_name_is_refused(safe_site: Site, authority: trustme.CA) -> None:
    guard = Guard(
        frozenset({f"autre.example:{safe_site.port}"}), names(autre_example=["127.0.0.1"]), trusting(authority)
    )
    with pytest.raises(FetchFailed) as failed:
        fetch(safe_site.url("/a.ics", "autre.example"), guard=guard)
    assert failed.value.why is Trouble.BAD_CERTIFICATE


@pytest.mark.parametrize(
    "numbers",
    [
        ["127.0.0.1"], ["10.1.2.3"], ["::1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], ["93.184.216.34", "127.0.0.1"],
        ["2606:2800:220:1::1", "fe80::1%lo"], ["224.0.0.251"], ["100.100.100.200"],
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_never_connected_to(site: Site, numbers: list[str]) -> None:
    with pytest.raises(FetchFailed) as failed:
        fetch("https://agenda.example/a.ics", guard=Guard(resolve=names(agenda_example=numbers)))
    assert failed.value.why is Trouble.NOT_PUBLIC


def test_a_name_is_resolved_once_so_that_it_can_not_change_in_between(site: Site) -> None:
    """DNS rebinding: the first answer is checked and connected to; what would be answered next is never asked."""
    site.serve("/a.ics", b"BEGIN")
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    guard = Guard(frozenset({f"{HOST}:{site.port}"}), lambda _host, _port: next(answers))
    assert fetch(site.url("/a.ics", HOST), guard=guard).content == b"BEGIN"
    assert next(answers) == ["10.0.0.1"]


def test_a_name_that_nobody_knows(site: Site) -> None:
    assert refusal(site, address="https://agenda.example/a.ics") is Trouble.UNKNOWN_HOST


def test_a_name_that_leads_nowhere(site: Site) -> None:
    guard = Guard(resolve=names(agenda_example=[]))
    with pytest.raises(FetchFailed) as failed:
        fetch("https://agenda.example/a.ics", guard=guard)
    assert failed.value.why is Trouble.UNKNOWN_HOST


def test_a_resolver_that_does_not_answer_costs_no_more_than_the_patience(site: Site) -> None:
    def asleep(_host: str, _port: int) -> list[str]:
        site.closing.wait(30)
        return []

    guard = Guard(resolve=asleep)
    started = time.monotonic()
    with pytest.raises(FetchFailed) as failed:
        fetch("https://agenda.example/a.ics", guard=guard, limits=BRIEF)
    assert failed.value.why is Trouble.TOO_SLOW
    assert time.monotonic() - started < 20


def test_the_next_number_of_a_name_is_tried(site: Site) -> None:
    site.serve("/a.ics", b"BEGIN")
    guard = Guard(frozenset({f"{HOST}:{site.port}"}), names(agenda_example=["::1", "127.0.0.1"]))
    assert fetch(site.url("/a.ics", HOST), guard=guard).content == b"BEGIN"


def test_nobody_listens(site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    guard = Guard(frozenset({f"127.0.0.1:{port}"}))
    with pytest.raises(FetchFailed) as failed:
        fetch(f"http://127.0.0.1:{port}/", guard=guard, limits=SMALL)
    assert failed.value.why is Trouble.UNREACHABLE


# Redirects


def test_three_redirects_are_followed_and_a_fourth_is_not(site: Site) -> None:
    for step in range(4):
        site.send_to(f"/{step}", f"/{step + 1}", status=(301, 302, 307, 308)[step])
    site.serve("/4", b"BEGIN")
    assert get(site, "/1").content == b"BEGIN"
    assert refusal(site, "/0") is Trouble.TOO_MANY_REDIRECTS


def test_a_circle_ends(site: Site) -> None:
    site.send_to("/a.ics", "/a.ics")
    assert refusal(site) is Trouble.TOO_MANY_REDIRECTS
    assert len(site.asked) == 4


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("https://127.0.0.1/", Trouble.NOT_PUBLIC),
        ("https://169.254.169.254/latest/meta-data/", Trouble.NOT_PUBLIC),
        ("https://2130706433/", Trouble.NOT_PUBLIC),
        ("http://127.0.0.1:1/", Trouble.NOT_HTTPS),
        ("http://cloud.example/", Trouble.NOT_HTTPS),
        ("https://cloud.example:8443/", Trouble.WRONG_PORT),
        ("https://a:b@cloud.example/", Trouble.HAS_PASSWORD),
        ("file:///etc/passwd", Trouble.NOT_AN_ADDRESS),
        ("gopher://127.0.0.1:25/x", Trouble.NOT_AN_ADDRESS),
        ("https://inconnu.example/", Trouble.UNKNOWN_HOST),
    ],
)
def test_each_redirect_is_judged_anew(site: Site, location: str, why: Trouble) -> None:
    site.send_to("/a.ics", location)
    assert refusal(site) is why
    assert len(site.asked) == 1


def test_a_redirect_to_another_machine_inside_is_not_followed(site: Site) -> None:
    """A second real server, which nobody named: it hears nothing."""
    with running_site() as other:
        other.serve("/", b"secret")
        site.send_to("/a.ics", other.url("/"))
        assert refusal(site) is Trouble.NOT_HTTPS
        assert other.asked == []


def test_https_is_not_left_for_http(safe_site: Site, site: Site, authority: trustme.CA) -> None:
    safe_site.send_to("/a.ics", site.url("/a.ics"))
    guard = Guard(safe_site.spots | site.spots, trust=trusting(authority))
    with pytest.raises(FetchFailed) as failed:
        fetch(safe_site.url("/a.ics"), guard=guard)
    assert failed.value.why is Trouble.NOT_HTTPS
    assert site.asked == []


def test_a_redirect_without_a_place_to_go(site: Site) -> None:
    site.serve("/a.ics", b"", status=302)
    assert refusal(site) is Trouble.TOO_MANY_REDIRECTS


# Sizes


def test_the_last_byte_allowed_is_still_taken(site: Site) -> None:
    site.serve("/a.ics", b"x" * 1000)
    assert get(site).content == b"x" * 1000
    site.serve("/a.ics", b"x" * 1001)
    assert refusal(site) is Trouble.TOO_LARGE


def test_a_hundred_megabytes_are_not_even_begun_when_they_are_announced(site: Site) -> None:
    site.serve("/a.ics", b"x", Content_Length=str(100 * 1024 * 1024))
    assert refusal(site) is Trouble.TOO_LARGE


def test_a_hundred_megabytes_that_nobody_announced_stop_at_the_limit(site: Site) -> None:
    written = []

    def pour(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(100):
            handler.wfile.write(b"x" * 1024 * 1024)
            written.append(1)

    site.answers["/a.ics"] = pour
    assert refusal(site, limits=Limits()) is Trouble.TOO_LARGE
    assert len(written) < 20


def test_what_is_packed_counts_unpacked(site: Site) -> None:
    site.serve("/a.ics", gzip.compress(b"x" * 1000), Content_Encoding="gzip")
    assert get(site).content == b"x" * 1000
    site.serve("/a.ics", gzip.compress(b"x" * 1001), Content_Encoding="gzip")
    assert refusal(site) is Trouble.TOO_LARGE


def test_a_bomb_of_zeros_is_never_unpacked_whole(site: Site) -> None:
    """100 MB in 100 kB; twice packed, and as deflate."""
    bomb = gzip.compress(bytes(100 * 1024 * 1024))
    for content, how in ((bomb, "gzip"), (zlib.compress(bytes(10**7)), "deflate"), (gzip.compress(bomb), "gzip")):
        site.serve("/a.ics", content, Content_Encoding=how)
        assert refusal(site, limits=Limits(most_bytes=50_000)) is Trouble.TOO_LARGE


@pytest.mark.parametrize("how", ["br", "gzip, gzip", "compress", "x-unknown"])
def test_a_packing_that_we_did_not_ask_for_is_refused(site: Site, how: str) -> None:
    site.serve("/a.ics", b"x", Content_Encoding=how)
    assert refusal(site) is Trouble.GARBLED


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress(os.urandom(500))[:-20]])
def test_what_does_not_unpack_is_refused(site: Site, content: bytes) -> None:
    site.serve("/a.ics", content, Content_Encoding="gzip")
    assert refusal(site) is Trouble.GARBLED


def test_an_answer_cut_in_the_middle_is_refused(site: Site) -> None:
    site.serve("/a.ics", b"BEGIN", Content_Length="50")
    assert refusal(site) is Trouble.GARBLED
    site.serve("/a.ics", b"5\r\nBEGIN\r\n", Transfer_Encoding="chunked")
    assert refusal(site) is Trouble.GARBLED


def test_an_answer_in_pieces_is_put_together(site: Site) -> None:
    site.serve("/a.ics", b"5\r\nBEGIN\r\n1\r\n:\r\n0\r\n\r\n", Transfer_Encoding="chunked")
    assert get(site).content == b"BEGIN:"


# Time


def bytes_forever(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.drip(b"x")


def headers_forever(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Header: ")
    handler.drip(b"x")


def many_headers(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    handler.drip(b"X-Header: x\r\n", every=0.05)


def letters_forever(handler: Handler) -> None:
    handler.drip(b"H")


def nothing_at_all(handler: Handler) -> None:
    handler.site.closing.wait(30)


def slow_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.drip(b"1\r\nx\r\n")


@pytest.mark.parametrize(
    "answer", [bytes_forever, headers_forever, many_headers, letters_forever, nothing_at_all, slow_chunks]
)
def test_an_answer_that_drips_ends_when_the_patience_does(site: Site, answer: object) -> None:
    site.answers["/a.ics"] = answer  # type: ignore[assignment]
    started = time.monotonic()
    assert refusal(site, limits=BRIEF) in {Trouble.TOO_SLOW, Trouble.GARBLED}
    assert time.monotonic() - started < 20


def test_redirects_share_one_patience(site: Site) -> None:
    def slow(handler: Handler) -> None:
        time.sleep(0.6)
        handler.say(302, b"", Location="/a.ics")

    site.answers["/a.ics"] = slow
    assert refusal(site, limits=BRIEF) is Trouble.TOO_SLOW
    assert len(site.asked) <= 2


def test_a_handshake_that_never_ends_is_cut(authority: trustme.CA) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        started = time.monotonic()
        with pytest.raises(FetchFailed) as failed:
            fetch(f"https://127.0.0.1:{port}/", guard=Guard(frozenset({f"127.0.0.1:{port}"})), limits=BRIEF)
    assert failed.value.why is Trouble.TOO_SLOW
    assert time.monotonic() - started < 20


def test_no_watch_is_left_running(site: Site) -> None:
    site.serve("/a.ics", b"BEGIN")
    before = threading.active_count()
    for _ in range(20):
        get(site)
    assert threading.active_count() <= before + 2  # the site's own


# What answers


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (401, Trouble.KEPT_OUT), (403, Trouble.KEPT_OUT), (404, Trouble.GONE), (410, Trouble.GONE), (429, Trouble.REFUSED),
        (500, Trouble.REFUSED), (503, Trouble.REFUSED), (204, Trouble.REFUSED), (206, Trouble.REFUSED),
    ],
)  # fmt: skip
def test_each_status_has_its_reason(site: Site, status: int, why: Trouble) -> None:
    site.serve("/a.ics", b"", status=status)
    assert refusal(site) is why


@pytest.mark.parametrize(
    "garbage", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00\x01\x02", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500]
)  # fmt: skip
def test_what_speaks_no_http_is_refused(site: Site, garbage: bytes) -> None:
    site.answers["/a.ics"] = lambda handler: [handler.wfile.write(garbage)]  # type: ignore[assignment,return-value]
    assert refusal(site) is Trouble.GARBLED


def test_a_connection_that_is_dropped(site: Site) -> None:
    site.answers["/a.ics"] = lambda _handler: None
    assert refusal(site) is Trouble.UNREACHABLE


def test_a_failure_never_holds_the_address_nor_what_it_comes_from(site: Site) -> None:
    site.serve("/private-1f", b"", status=500)
    with pytest.raises(FetchFailed) as failed:
        fetch(site.url("/private-1f"), guard=Guard(allowed=site.spots))
    assert "private" not in repr(failed.value)
    assert failed.value.__suppress_context__

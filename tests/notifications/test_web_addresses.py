"""What an agent may give as an address, and what must never be opened from our machine."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from notifications.web_addresses import FetchFailed, Trouble, is_public, read_address, spot_of


def refusal(text: str) -> Trouble:
    with pytest.raises(FetchFailed) as failed:
        read_address(text)
    return failed.value.why


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://outlook.office365.com/owa/calendar/a@b/c/calendar.ics", None),
        ("https://calendar.google.com/calendar/ical/a%40gmail.com/private-1f/basic.ics", None),
        ("webcal://cloud.drome.example/s/abc?export=1", "https://cloud.drome.example/s/abc?export=1"),
        ("webcals://cloud.drome.example/s/abc", "https://cloud.drome.example/s/abc"),
        ("https://cloud.drome.example:443/a", "https://cloud.drome.example/a"),
        ("HTTPS://Cloud.Drome.Example./a", "https://cloud.drome.example/a"),
        ("https://cloud.drome.example", "https://cloud.drome.example/"),
        ("https://département.example/été.ics", "https://xn--dpartement-b7a.example/%C3%A9t%C3%A9.ics"),
        ("https://cloud.drome.example/a?b=c d".replace(" ", "+"), "https://cloud.drome.example/a?b=c+d"),
        ("https://cloud.drome.example/a#part", "https://cloud.drome.example/a"),
        ("https://93.184.216.34/a.ics", None),
        ("https://[2606:2800:220:1:248:1893:25c8:1946]/a.ics", None),
    ],
)
def test_addresses_as_calendars_give_them_are_read(text: str, read: str | None) -> None:
    assert read_address(text).text == (read or text)


@pytest.mark.parametrize(
    "text",
    [
        "", "calendar", "ftp://cloud.example/a", "file:///etc/passwd", "javascript:alert(1)", "https://", "https:///a",
        "https://a b.example/", "https://a.example/\r\nX: y", "https://a.example/\tb", "https://a..example/",
        "https://a.example\\@b.example/", "https://[::1", "https://-a.example/", "https://a.example/" + "x" * 2000,
        "gopher://127.0.0.1:25/", "https://a.example/" + "é" * 900,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(text: str) -> None:
    assert refusal(text) is Trouble.NOT_AN_ADDRESS


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "LOCALHOST", "localhost.", "intranet", "127.0.0.1", "127.0.0.1.", "10.0.0.8", "172.16.3.4",
        "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1",
        "192.0.2.1", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]",
        "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]",
        "[2002:7f00:1::]", "[2001:db8::1]", "[::1%25eth0]", "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    ],
)  # fmt: skip
def test_machines_of_a_private_network_are_refused(host: str) -> None:
    assert refusal(f"https://{host}/a.ics") is Trouble.NOT_PUBLIC


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0", "0x0",
        "127.0.0.0x1", "127.0.0.01", "\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "999.1.1.1", "1.1.1.1.1", "3232235521",
    ],
)  # fmt: skip
def test_numbers_in_disguise_are_refused(host: str) -> None:
    assert refusal(f"https://{host}/a.ics") is Trouble.NOT_PUBLIC


@pytest.mark.parametrize("text", ["http://cloud.drome.example/a.ics", "http://cloud.drome.example:443/a.ics"])
def test_an_address_without_protection_is_refused(text: str) -> None:
    assert refusal(text) is Trouble.NOT_HTTPS


@pytest.mark.parametrize("port", ["22", "25", "80", "6379", "8443", "0", "65536", "-1", "x"])
def test_another_port_is_refused(port: str) -> None:
    assert refusal(f"https://cloud.drome.example:{port}/a") is Trouble.WRONG_PORT


@pytest.mark.parametrize("user", ["agent@", "agent:secret@", "@", ":@", "cloud.example%40"])
def test_a_password_in_an_address_is_refused(user: str) -> None:
    assert refusal(f"https://{user}x.example/a") in {Trouble.HAS_PASSWORD, Trouble.NOT_AN_ADDRESS}


@pytest.mark.parametrize("text", ["http://127.0.0.1:8123/a", "http://zimbra:80/a", "https://zimbra.interne:8443/a"])
def test_what_an_operator_names_may_be_inside_over_http_and_on_its_port(text: str) -> None:
    allowed = {"127.0.0.1:8123", "zimbra:80", "zimbra.interne:8443"}
    assert spot_of(read_address(text, allowed=allowed).text) in allowed
    with pytest.raises(FetchFailed):
        read_address(text.replace("/a", "0/a"), allowed=allowed)  # another port of the same machine
    with pytest.raises(FetchFailed):
        read_address(text)


@pytest.mark.parametrize("number", ["8.8.8.8", "193.252.19.3", "2a01:e0a::1", "64:ff9b::808:808", "2002:808:808::1"])
def test_the_internet_at_large_is_public(number: str) -> None:
    assert is_public(ip_address(number))


def test_a_redirect_is_judged_like_an_address() -> None:
    here = read_address("https://cloud.drome.example/a/b.ics")
    assert here.following("c.ics", allowed=()).text == "https://cloud.drome.example/a/c.ics"
    assert here.following("//autre.example/c", allowed=()).text == "https://autre.example/c"
    for location in ("http://cloud.drome.example/", "https://10.0.0.1/", "https://a@b.example/", "file:///etc/passwd"):
        with pytest.raises(FetchFailed):
            here.following(location, allowed=())


def test_https_never_leads_to_http_even_inside() -> None:
    here = read_address("https://zimbra.interne:443/a", allowed={"zimbra.interne:443"})
    with pytest.raises(FetchFailed) as failed:
        here.following("http://zimbra.interne:80/", allowed={"zimbra.interne:80"})
    assert failed.value.why is Trouble.NOT_HTTPS


def test_a_refusal_never_holds_the_address() -> None:
    with pytest.raises(FetchFailed) as failed:
        read_address("https://agent:secret@cloud.example/private-1f")
    assert "secret" not in repr(failed.value) + str(failed.value)
    assert "1f" not in repr(failed.value)

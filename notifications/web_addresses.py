"""Addresses that somebody typed and that we are to open: what is refused before anything is connected to.

Server-side request forgery: an address may name a machine of our own network, in one of many spellings. A name or a
number is read in one strict way; what it resolves to is judged by `is_public`, at the moment of connecting.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

LONGEST = 2000  # characters
PORTS = {"https": 443, "http": 80}
# What calendar programs write for "subscribe to this": the page behind is served over HTTPS as well.
OTHER_NAMES = {"webcal": "https", "webcals": "https"}

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # a last label like this makes the whole a number, as browsers read it
_UNSEEN = re.compile(r"[\s\x00-\x1f\x7f-\xa0\\]")
# IPv6 that carries an IPv4 address inside, and where a gateway would take it (RFC 6052, 3056, 4380).
_NAT64 = IPv6Network("64:ff9b::/96")
_GLOBAL = IPv6Network("2000::/3")  # the only part of IPv6 given out to the world so far (RFC 4291)

Number = IPv4Address | IPv6Address


class Trouble(StrEnum):
    """Why an address gives nothing."""

    NOT_AN_ADDRESS = "not_an_address"
    NOT_HTTPS = "not_https"
    HAS_PASSWORD = "has_password"
    WRONG_PORT = "wrong_port"
    NOT_PUBLIC = "not_public"
    UNKNOWN_HOST = "unknown_host"
    UNREACHABLE = "unreachable"
    BAD_CERTIFICATE = "bad_certificate"
    TOO_SLOW = "too_slow"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    KEPT_OUT = "kept_out"  # 401, 403
    GONE = "gone"  # 404, 410
    REFUSED = "refused"  # any other status
    GARBLED = "garbled"


class FetchFailed(Exception):
    """The address gave nothing; `why` says it, `status` what it answered, if it did. Never the address: it may be a secret."""

    def __init__(self, why: Trouble, *, status: int | None = None) -> None:
        super().__init__(why.value)
        self.why = why
        self.status = status


@dataclass(frozen=True, slots=True)
class WebAddress:
    """`host` is lower-case ASCII without brackets; `target` what the request line asks for."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def number(self) -> Number | None:
        """The host when it is a number and no name."""
        return _number_in(self.host)

    @property
    def spot(self) -> str:
        """ "127.0.0.1:8000": how a guard names what it lets through"""
        return f"{self.host}:{self.port}"

    @property
    def text(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}{'' if self.port == PORTS[self.scheme] else f':{self.port}'}{self.target}"

    def following(self, location: str, *, allowed: Container[str]) -> WebAddress:
        """Where a redirect leads. Raises FetchFailed; HTTPS never leads to HTTP."""
        there = read_address(urljoin(self.text, location), allowed=allowed)
        if self.scheme == "https" and there.scheme != "https":
            raise FetchFailed(Trouble.NOT_HTTPS)
        return there


def read_address(text: str, *, allowed: Container[str] = frozenset()) -> WebAddress:
    """The address written as `https://`, `webcal://` or `webcals://`, on port 443, without a password in it.

    What stands in `allowed` ("127.0.0.1:8000") may use HTTP, another port, and be a machine of one's own network.
    Raises FetchFailed.
    """
    parts = _split(text)
    scheme = OTHER_NAMES.get(parts.scheme, parts.scheme)
    if scheme not in PORTS:
        raise FetchFailed(Trouble.NOT_AN_ADDRESS)
    if parts.username is not None or parts.password is not None:
        raise FetchFailed(Trouble.HAS_PASSWORD)
    address = WebAddress(scheme, _host(parts), _port(parts, scheme), _target(parts))
    if len(address.text) > LONGEST:
        raise FetchFailed(Trouble.NOT_AN_ADDRESS)
    if address.spot not in allowed:
        _check(address)
    return address


def spot_of(text: str) -> str:
    """Host and port that an address names, whether it may be opened or not. Raises FetchFailed when it is none."""
    parts = _split(text)
    return f"{parts.hostname or ''}:{_port(parts, OTHER_NAMES.get(parts.scheme, parts.scheme))}".lower()


def is_public(number: Number) -> bool:
    """True for an address of the internet at large: not private, local, shared, reserved, multicast, nor one inside."""
    inside = _inside(number) if isinstance(number, IPv6Address) else None
    if inside is not None:
        return is_public(inside)
    if isinstance(number, IPv6Address) and number not in _GLOBAL:
        return False
    return number.is_global and not (number.is_multicast or number.is_reserved)


def _split(text: str) -> SplitResult:
    if len(text) > LONGEST or _UNSEEN.search(text):
        raise FetchFailed(Trouble.NOT_AN_ADDRESS)
    try:
        return urlsplit(text)
    except ValueError as error:
        raise FetchFailed(Trouble.NOT_AN_ADDRESS) from error


def _host(parts: SplitResult) -> str:
    """The host in its one spelling. A number in disguise is none."""
    host = _ascii(parts.hostname or "").removesuffix(".")
    if ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]):
        number = _number_in(host)
        if number is None:
            raise FetchFailed(Trouble.NOT_PUBLIC)
        return str(number)
    if not _NAME.fullmatch(host):
        raise FetchFailed(Trouble.NOT_AN_ADDRESS)
    return host


def _ascii(host: str) -> str:
    """As the name system knows it: `é` has its own spelling there, and a full-width digit is a digit."""
    if ":" in host:
        return host
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError as error:
        raise FetchFailed(Trouble.NOT_AN_ADDRESS) from error


def _port(parts: SplitResult, scheme: str) -> int:
    try:
        return PORTS.get(scheme, 0) if parts.port is None else parts.port
    except ValueError as error:
        raise FetchFailed(Trouble.WRONG_PORT) from error


def _target(parts: SplitResult) -> str:
    """Path and query as a request carries them; what is no ASCII is written in percents, what is stays as it is."""
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/?%:@!$&'()*+,;=~-._[]|")
    return f"{path}?{query}" if query else path


def _check(address: WebAddress) -> None:
    if address.scheme != "https":
        raise FetchFailed(Trouble.NOT_HTTPS)
    if address.number is None and "." not in address.host:  # a word alone names a machine of one's own network
        raise FetchFailed(Trouble.NOT_PUBLIC)
    if address.number is not None and not is_public(address.number):
        raise FetchFailed(Trouble.NOT_PUBLIC)
    if address.port != PORTS["https"]:
        raise FetchFailed(Trouble.WRONG_PORT)


def _number_in(host: str) -> Number | None:
    """Strict: four decimal numbers without leading zeros, or IPv6 without a zone. 0177.1, 2130706433, 0x7f.1 are none."""
    try:
        return ip_address(host) if "%" not in host else None
    except ValueError:
        return None


def _inside(number: IPv6Address) -> IPv4Address | None:
    if number.ipv4_mapped is not None:
        return number.ipv4_mapped
    if number.sixtofour is not None:
        return number.sixtofour
    if number.teredo is not None:
        return number.teredo[1]
    if number in _NAT64 or int(number) >> 32 == 0:  # ::1.2.3.4, which is no more in use
        return IPv4Address(int(number) & 0xFFFFFFFF)
    return None

"""Requests that nobody of good will sends: pages, forms and files of the walk, with one to three things changed. Seeded."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

FILES = Path(__file__).parent.parent / "files"
# Stands raw in no page: whoever reads it back reads it escaped.
MARK = "<fuzz>"
WORDS: tuple[str, ...] = (
    *("", " ", "0", "-1", "1", "99999999999999999999", "1e309", "NaN", "-0", "0x10", "1_000", "\uff11\uff12", "٣", "½", "1,5"),
    *("1.80333E+12", "180022600112345", "null", "[]", "{}", "true", "on", "on,on", "1,2,3", "a-b-c", "20261202T0800-1-1"),
    *("2026-02-30", "0001-01-01", "9999-12-31", "2026-12-01T25:61", "24:00", "12:60", "2026-W54", "P1Y", "+00:00"),
    *("\x00", "a\x00b", "\x1b[31m", "\r\nX-Injected: 1", "\u202eabc", "\ufeff", "\u0130", "ﬁ", "é" * 3000, "x" * 70_000),
    *(MARK, f"\"'>{MARK}", "<script>alert(1)</script>", "javascript:alert(1)", "//evil.example", "https://evil.example/"),
    *("{{7*7}}", "{% for x in y %}", "%s%n", "' OR 1=1 --", "\\", "../../../etc/passwd", "=cmd|' /C calc'!A1", "@sum(1)"),
    *("+33639980001", "0639980001", "a@b", "a@b.example\nBcc: c@d.example", "Europe/Nowhere", "rsa-orientation", "#" * 40),
)  # fmt: skip
BYTES = (b"%FF", b"%ED%A0%80", b"%00", b"%C0%AF", b"%", b"%zz", b"\xff\xfe", b"&&&===&&&", b";")
HEADERS: dict[str, Sequence[str]] = {
    "Accept-Language": ("*", "ar;q=2", "xx-YY;q=,fr", "fr;" * 500, "é", "\x7f"),
    "Accept-Encoding": ("identity;q=0", "gzip;q=x", "br" * 400),
    "Accept": ("application/json", "text/html;q=nan", "a/b" * 300),
    "Cookie": ("session=", "session=é", "session=.eJx" + "A" * 4000, "token=1; token=2", "=;=;", "a" * 9000),
    "Host": ("evil.example", "127.0.0.1:99999", "[::1", "a" * 300, "exa mple", ""),
    "X-Forwarded-For": ("evil", "1.2.3.4, " * 200, "::1", "999.1.1.1"),
    "X-Forwarded-Proto": ("gopher", ""),
    "X-Request-ID": ("é", "x" * 5000, "a\tb", "../.."),
    "Range": ("bytes=0-", "bytes=9-1", "bytes=-99999999", "lines=1"),
    "If-None-Match": ("*", '"', 'W/"' + "x" * 2000, "é"),
    "If-Modified-Since": ("yesterday", "Thu, 99 Nov 2026 99:00:00 GMT"),
    "Content-Type": (
        "text/plain",
        "application/json",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        ";;",
        "",
    ),
    "Authorization": ("Bearer", "Bearer é", "Basic !!!", "Basic " + "A" * 3000, "Digest x"),
    "Origin": ("null", "https://evil.example", "é"),
    "Referer": ("https://evil.example/", "é", "http://["),
    "User-Agent": ("", MARK, "x" * 4000),
    "Sec-Fetch-Site": ("cross-site", "é"),
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "FOO")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `content` stands for whatever the form would have said."""

    path: str
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()  # the controls that take one
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes | None = None
    sent: tuple[tuple[str, str, bytes], ...] = ()  # control, name of the file, its bytes

    def options(self) -> dict[str, Any]:
        """As werkzeug's client takes it."""
        asked: dict[str, Any] = {"method": self.method, "headers": list(self.headers), "buffered": True}
        asked["query_string"] = urlencode(self.query, errors="surrogatepass")
        if self.content is not None:
            return asked | {"data": self.content, "content_type": "application/x-www-form-urlencoded"}
        if self.sent:
            fields: dict[str, Any] = {name: value for name, value in self.form if name}
            return asked | {"data": fields | {name: (BytesIO(held), called) for name, called, held in self.sent}}
        if self.form:
            body = urlencode(self.form).encode()
            return asked | {"data": body, "content_type": "application/x-www-form-urlencoded"}
        return asked


@dataclass
class Forms(HTMLParser):
    """What a page lets people send: its forms as they would leave, and its links."""

    here: str
    found: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._form: dict[str, Any] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        name = said.get("name", "")
        if tag == "a" and said.get("href", "").startswith(("/", "?")):
            self.found.append(of_address(said["href"], self.here))
        elif tag == "form":
            self._form = {
                "action": said.get("action", ""),
                "method": said.get("method", "get"),
                "said": [],
                "files": [],
            }
        elif self._form is None:
            return
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select:
            self._form["said"].append((self._select, said.get("value", "")))
        elif tag in {"input", "textarea", "button"} and name:
            kept = self._form["files" if said.get("type") == "file" else "said"]
            kept.append(name if said.get("type") == "file" else (name, said.get("value", "1")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "form" and self._form is not None:
            asked = of_address(self._form["action"] or self.here, self.here)
            said, method = tuple(self._form["said"]), self._form["method"].upper()
            values = {"query": asked.query + said} if method == "GET" else {"query": asked.query, "form": said}
            self.found.append(Asked(asked.path, method, files=tuple(self._form["files"]), **values))
            self._form = None


def of_address(address: str, here: str) -> Asked:
    parts = urlsplit(address)
    return Asked(parts.path or urlsplit(here).path, query=tuple(parse_qsl(parts.query, keep_blank_values=True)))


def forms_of(page: str, here: str) -> list[Asked]:
    reader = Forms(here)
    reader.feed(page)
    return reader.found


@dataclass(frozen=True, slots=True)
class Chance:
    """What changes a request, by one seeded generator."""

    random: random.Random

    def spoilt(self, asked: Asked) -> Asked:
        """The same with one to three things changed."""
        ways: tuple[Callable[[Asked], Asked], ...]
        ways = (self.path, self.path, self.query, self.query, self.header, self.method, self.form, self.form, self.file)
        for way in self.random.choices(ways, k=self.random.randint(1, 3)):
            asked = way(asked)
        return asked

    def path(self, asked: Asked) -> Asked:
        parts = asked.path.split("/")
        chosen = [number for number, part in enumerate(parts) if re.search(r"\d|.{10}", part)] or range(1, len(parts))
        parts[self.random.choice(chosen)] = self.word()
        return changed(asked, path="/".join(parts) or "/")

    def query(self, asked: Asked) -> Asked:
        names = [name for name, _ in asked.query] or ["page", "q", "du", "au", "jour", "lang", "suite", "semaine"]
        return changed(asked, query=(*self.some(asked.query), (self.random.choice(names), self.word())))

    def header(self, asked: Asked) -> Asked:
        name = self.random.choice(list(HEADERS))
        return changed(asked, headers=(*asked.headers, (name, self.random.choice(HEADERS[name]))))

    def method(self, asked: Asked) -> Asked:
        return changed(asked, method=self.random.choice(METHODS))

    def form(self, asked: Asked) -> Asked:
        if asked.method == "GET":
            return self.query(asked)
        if self.random.random() < 0.1:
            return changed(asked, content=urlencode(asked.form).encode() + b"&a=" + self.random.choice(BYTES))
        form = [(name, self.word() if self.random.random() < 0.3 else value) for name, value in self.some(asked.form)]
        name = self.random.choice([name for name, _ in asked.form] or ["a"])
        return changed(asked, form=(*form, (name, self.word())))

    def file(self, asked: Asked) -> Asked:
        if not asked.files:
            return self.form(asked)
        sent = tuple((control, self.name(), self.random.choice(BAD_FILES)(self.random)) for control in asked.files)
        return changed(asked, sent=sent)

    def some(self, said: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Each control once, one of its choices, and now and then one is left out."""
        last: dict[str, list[str]] = {}
        for name, value in said:
            last.setdefault(name, []).append(value)
        return tuple((name, self.random.choice(one)) for name, one in last.items() if self.random.random() < 0.9)

    def word(self) -> str:
        one, other = self.random.choice(WORDS), self.random.choice(WORDS)
        return one if self.random.random() < 0.8 else one + other

    def name(self) -> str:
        return self.random.choice(
            ("liste.xlsx", "liste.csv", "a.ods", "a.xls", "logo.png", "a.json", "../../a", "", "é" * 300)
        )


def changed(asked: Asked, **values: Any) -> Asked:
    return Asked(**{name: getattr(asked, name) for name in Asked.__slots__} | values)


def cut(chance: random.Random) -> bytes:
    held = sample(chance)
    return held[: chance.randrange(len(held))]


def damaged(chance: random.Random) -> bytes:
    held = bytearray(sample(chance))
    for _ in range(chance.randint(1, 30)):
        held[chance.randrange(len(held))] = chance.randrange(256)
    return bytes(held)


def shuffled(chance: random.Random) -> bytes:
    held = sample(chance)
    cuts = sorted(chance.sample(range(len(held)), 3))
    parts = [held[one:other] for one, other in pairwise((0, *cuts, len(held)))]
    chance.shuffle(parts)
    return b"".join(parts)


def sample(chance: random.Random) -> bytes:
    return chance.choice(SAMPLES)


SAMPLES = [path.read_bytes() for path in sorted(FILES.glob("*.*")) if path.suffix in {".csv", ".ods", ".xls", ".xlsx"}]
BAD_FILES: tuple[Callable[[random.Random], bytes], ...] = (
    *(cut, damaged, shuffled, damaged, cut),
    lambda _: b"",
    lambda _: b"\x00" * 10_000,
    lambda _: b"\xff\xfe" + "Nom;Prénom\nA;B\n".encode("utf-16-le"),
    lambda _: b"Nom;" * 50_000 + b"\n" + b"x;" * 50_000,
    lambda _: ("Nom;Prénom;Téléphone\n" + f"=1+1;{MARK};\x00\n" * 50).encode(),
    lambda _: b"[" * 100_000,
    lambda _: b"PK\x03\x04" + b"\x00" * 200,
    lambda _: b"PK\x05\x06" + b"\x00" * 18,
    lambda _: b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xff\xff\xff\xff\xff\xff\xff\x08\x02",
    lambda _: b"GIF89a\xff\xff\xff\xff" + b"\x00" * 50,
    lambda _: b"%PDF-1.7\n",
    lambda chance: chance.randbytes(5_000),
)


def requests(sources: Sequence[tuple[str, Asked]], seed: int) -> Iterator[tuple[str, Asked]]:
    """Without end: whoever asks, and what; each source as often as any other."""
    chance = Chance(random.Random(seed))
    while True:
        order = list(sources)
        chance.random.shuffle(order)
        for role, asked in order:
            yield role, chance.spoilt(asked)

"""The HTML of an email, made from its text: what one says, the other says.

The text is plain French. Blank lines part paragraphs; in a paragraph:

- `Choisir mon rendez-vous : https://…` alone becomes a button with its address below;
- lines that all read `Quand : jeudi 3 décembre` become a small table of facts;
- everything under a line `--` is the signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "messages"
LAYOUT = "email.html"
SIGNATURE = "--"

_BUTTON = re.compile(r"^(?P<label>[^:\n]+?)\s*:\s*(?P<url>https?://\S+)$")
_FACT = re.compile(r"^(?P<name>[^:\n]{2,30}?)\s*:\s+(?P<value>\S.*)$")
# 04 75 00 00 00 or 0692 12 34 56, with spaces or no-break spaces
_PHONE = re.compile(
    r"(?<![\d+])0\d(?:[ \N{NO-BREAK SPACE}]?\d\d){4}(?!\d)|(?<![\d+])0\d{3}(?:[ \N{NO-BREAK SPACE}]\d\d){3}(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the text and how it is shown: `text`, `button`, `facts` or `signature`."""

    kind: str
    lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    label: str = ""
    url: str = ""


def html_of(subject: str, text: str, *, accent: str) -> str:
    """The HTML part of an email with this text. `accent` is the département's colour, `#rrggbb`."""
    return _layout().render(subject=subject, blocks=list(read_blocks(text)), accent=accent)


def read_blocks(text: str) -> Iterator[Block]:
    """The paragraphs of a text, each with its kind."""
    body, _, signature = text.strip().partition(f"\n{SIGNATURE}\n")
    for paragraph in re.split(r"\n\s*\n", body.strip()):
        yield _block(tuple(line.strip() for line in paragraph.splitlines()))
    if signature.strip():
        yield Block("signature", tuple(line.strip() for line in signature.strip().splitlines()))


def with_phones(line: str) -> Markup:
    """The line escaped, its French phone numbers made into links that call."""
    made, place = Markup(), 0
    for found in _PHONE.finditer(line):
        digits = re.sub(r"\D", "", found[0])
        number = Markup('<a href="tel:{}">{}</a>').format(digits, found[0])
        made += escape(line[place : found.start()]) + number
        place = found.end()
    return made + escape(line[place:])


def _block(lines: tuple[str, ...]) -> Block:
    button = _BUTTON.match(lines[0]) if len(lines) == 1 else None
    if button:
        return Block("button", lines, label=button["label"], url=button["url"])
    facts = [_FACT.match(line) for line in lines]
    if len(lines) > 1 and all(facts):
        return Block("facts", lines, facts=tuple((fact["name"], fact["value"]) for fact in facts if fact))
    return Block("text", lines)


@cache
def _layout() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["with_phones"] = with_phones
    return environment.get_template(LAYOUT)

"""The HTML of an email, made from its text: what one says, the other says.

Blank lines part paragraphs; in a paragraph, in any language:

- words followed by an address alone (`Choisir mon rendez-vous : https://…`) become a button with its address below;
- lines whose name a tab parts from what it stands for (`Quand :⇥jeudi 3 décembre`) become a small table of facts;
- everything under a line `--` is the signature.

In another language than French, a line `=== Français ===` parts what the person reads from the same in French.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from notifications.languages import FRENCH, Language

TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "messages"
LAYOUT = "email.html"
SIGNATURE = "--"

# Between a text and the same in French; between two subjects, while they stay short enough to be read whole.
IN_FRENCH = f"=== {FRENCH.name} ==="
BETWEEN_SUBJECTS = " · "
LONGEST_SUBJECT = 90

_BUTTON = re.compile(r"^(?P<label>\S.*?)\s+(?P<url>https?://\S+)$")
_COLON = ":\N{FULLWIDTH COLON} \N{NO-BREAK SPACE}"
# In a sentence: an address, or a phone number: 04 75 00 00 00 or 0692 12 34 56, with spaces or no-break spaces.
_LINKED = re.compile(
    r"(?P<url>https?://\S*[\w/])"
    r"|(?<![\d+])0\d(?:[ \N{NO-BREAK SPACE}]?\d\d){4}(?!\d)"
    r"|(?<![\d+])0\d{3}(?:[ \N{NO-BREAK SPACE}]\d\d){3}(?!\d)"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph of the text and how it is shown: `text`, `button`, `facts` or `signature`."""

    kind: str
    lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What an email says in one language."""

    language: Language
    blocks: tuple[Block, ...]


def in_both(text: str, french: str) -> str:
    """A text, and below it the same in French."""
    return f"{text.rstrip()}\n\n{IN_FRENCH}\n\n{french.strip()}\n"


def subject_in_both(subject: str, french: str) -> str:
    """The subject, then the French one if there is room; a subject that both languages share is said once."""
    both = f"{subject}{BETWEEN_SUBJECTS}{french}"
    return subject if subject == french or len(both) > LONGEST_SUBJECT else both


def html_of(subject: str, text: str, *, accent: str, language: Language = FRENCH) -> str:
    """The HTML part of an email with this text, in this language then in French.

    `accent` is the département's colour, `#rrggbb`.
    """
    heading = subject.partition(BETWEEN_SUBJECTS)[0] if not language.is_french else subject
    return _layout().render(
        subject=subject, heading=heading, parts=read_parts(text, language), language=language, accent=accent
    )


def read_parts(text: str, language: Language = FRENCH) -> tuple[Part, ...]:
    """What a text says in its language, then in French if it goes on in French."""
    first, parting, french = text.partition(f"\n{IN_FRENCH}\n")
    parts = (Part(language, tuple(read_blocks(first))),)
    return (*parts, Part(FRENCH, tuple(read_blocks(french)))) if parting else parts


def read_blocks(text: str) -> Iterator[Block]:
    """The paragraphs of a text, each with its kind."""
    body, _, signature = text.strip().partition(f"\n{SIGNATURE}\n")
    for paragraph in re.split(r"\n\s*\n", body.strip()):
        yield _block(tuple(line.strip() for line in paragraph.splitlines()))
    if signature.strip():
        yield Block("signature", tuple(line.strip() for line in signature.strip().splitlines()))


def linked(line: str) -> Markup:
    """The line escaped, its addresses and French phone numbers made into links; figures stay left to right."""
    made, place = Markup(), 0
    for found in _LINKED.finditer(line):
        to = found["url"] or f"tel:{re.sub(r'[^0-9]', '', found[0])}"
        made += escape(line[place : found.start()])
        made += Markup('<a href="{}" dir="ltr">{}</a>').format(to, found[0])
        place = found.end()
    return made + escape(line[place:])


def turned(html: Markup, line: str, language: Language) -> Markup:
    """The line left to right where it is in another script than its right-to-left language: an address, a French sentence."""
    if not language.is_rtl or any(unicodedata.bidirectional(one) in {"R", "AL"} for one in line):
        return html
    return Markup('<span dir="ltr">{}</span>').format(html)


def _block(lines: tuple[str, ...]) -> Block:
    button = _BUTTON.match(lines[0]) if len(lines) == 1 else None
    if button:
        return Block("button", lines, label=button["label"].rstrip(_COLON), url=button["url"])
    facts = [line.partition("\t") for line in lines]
    if all(value for _, _, value in facts):
        return Block("facts", lines, facts=tuple((name.rstrip(_COLON), value) for name, _, value in facts))
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
    environment.filters.update(linked=linked, turned=turned)
    return environment.get_template(LAYOUT)

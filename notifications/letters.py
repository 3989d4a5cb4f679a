"""Letters on paper: plain values in, the bytes of a PDF out. The same values give the same bytes.

The look is a file of `templates/letters` for each version of the layout, set by Typst, which refuses to make a document that is
not PDF/UA-1 (ISO 14289-1: language, title, headings, reading order, words for every picture) and PDF/A-2a (ISO 19005-2: what
can be read in two years, every font inside). The text of a letter is plain, and marked as its blank lines part it:

- `## Pour choisir` is a heading;
- lines that read `Quand`, a tab, `jeudi 3 décembre` are a table of facts;
- `[code]`, then a line for each way to use it, is the frame with the square code and the eight characters;
- everything under a line `--` is small print at the bottom.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import segno

LAYOUT = 1
TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
FONTS = Path(__file__).resolve().parent / "fonts"
SMALL_PRINT = "--"
FRAME = "[code]"
HEADING = "## "
# Parts the text of the front page, in French, from that of the back, in the person's language.
SECOND_SHEET = "\n\f\n"
# What an address of France may hold (La Poste, "Guide pratique courrier": six lines of 38 characters); five fit our window.
LONGEST_LINE, MOST_LINES = 38, 5

# What the fonts hold (notifications/fonts/README.md); PDF/A has no place for a character without a glyph.
_UNPRINTABLE = re.compile(
    "[^ -~\\u00a0-\\u024f\\u0300-\\u036f\\u0400-\\u045f\\u0490\\u0491\\u0600-\\u06ff\\u1e00-\\u1eff\\u200c-\\u200f\\u2010-\\u2015"
    "\\u2018-\\u201e\\u2020-\\u2022\\u2026\\u202f\\u2030\\u2039\\u203a\\u2066-\\u2069\\u20ac\\u2116\\u2122\\u2212\\n\\t]"
)
# What has to be read from left to right inside a line of Arabic: telephone numbers, addresses, hours (Unicode UAX 9, isolates).
_LEFT_TO_RIGHT = re.compile(
    r"[+(]?[0-9A-Za-z\u00c0-\u024f](?:[^\u0400-\u052f\u0590-\u08ff\n\t]*[0-9A-Za-z\u00c0-\u024f)])?"
)
_ISOLATED, _END_OF_ISOLATED = "\N{LEFT-TO-RIGHT ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one side says, in one language. `html`: the language as BCP 47 writes it; `text`: marked as above."""

    html: str
    is_rtl: bool
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `sender`: lines below the département's name; `logo`: a PNG, or nothing; `accent`: `#rrggbb`.

    `to`: the lines of the address; `day`: the date in words; `url`: where the square code leads; `code`: as it is printed.
    """

    department: str
    sender: Sequence[str]
    logo: bytes
    accent: str
    to: Sequence[str]
    day: str
    sheets: Sequence[Sheet]
    url: str
    code: str


def pdf_of(letters: Sequence[Letter], *, title: str, on: date, layout: int = LAYOUT, both_sides: bool = True) -> bytes:
    """One PDF of these letters, in order, dated `on`.

    `both_sides`: each letter begins on a front page, so that a printer that uses both sides never puts two people's
    letters on one sheet.
    """
    import typst  # 60 MB that only whoever prints needs

    told = {
        "title": printable(title),
        "author": letters[0].department,
        "both_sides": both_sides,
        "letters": [_told(one) for one in letters],
    }
    made: bytes = typst.compile(
        str(TEMPLATES / f"letters/letter_{layout}.typ"),
        root=str(TEMPLATES / "letters"),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"letters": json.dumps(told, ensure_ascii=False)},
        pdf_standards=["ua-1", "a-2a"],
        timestamp=datetime(on.year, on.month, on.day, tzinfo=UTC),
    )
    return made


def printable(text: str) -> str:
    """The text with what no font of ours can print brought to its plain letter, else left out."""
    return _UNPRINTABLE.sub(_plain_letter, unicodedata.normalize("NFC", text))


def address_lines(name: str, address: str, postcode: str, city: str) -> list[str]:
    """The lines of an address as they stand behind the window: the last one in capitals (NF Z 10-011), none too long."""
    last = f"{postcode} {city.upper()}".strip()
    lines = [part for line in (name, *address.splitlines()) for part in folded(line)]
    return [*lines[: MOST_LINES - 1], last]


def folded(line: str) -> Iterator[str]:
    """A line parted between words, so that no part is longer than the window."""
    words, part = line.split(), ""
    for word in words:
        if part and len(part) + 1 + len(word) > LONGEST_LINE:
            yield part
            part = word
        else:
            part = f"{part} {word}".strip()
    if part:
        yield part


def read_blocks(text: str) -> tuple[list[dict[str, Any]], list[str]]:
    """The paragraphs of a text, each with its kind; and the small print."""
    body, _, small = f"{text.strip()}\n".partition(f"\n{SMALL_PRINT}\n")
    blocks = [_block(paragraph.strip("\n").splitlines()) for paragraph in re.split(r"\n\s*\n", body.strip())]
    return blocks, [line.strip() for line in small.strip().splitlines() if line.strip()]


def isolated(text: str) -> str:
    """A text of Arabic letters in which numbers and Latin words keep their own direction."""
    return _LEFT_TO_RIGHT.sub(lambda found: f"{_ISOLATED}{found[0]}{_END_OF_ISOLATED}", text)


def _told(letter: Letter) -> dict[str, Any]:
    return {
        "department": printable(letter.department),
        "sender": [printable(line) for line in letter.sender],
        "logo": list(letter.logo),
        "accent": letter.accent,
        "to": [printable(line) for line in letter.to],
        "day": printable(letter.day),
        "sheets": [_sheet(one) for one in letter.sheets],
        "qr": square_code(letter.url),
        "code": letter.code,
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    say = isolated if sheet.is_rtl else str
    blocks, small = read_blocks(printable(sheet.text))
    lang, _, region = sheet.html.partition("-")
    return {
        "lang": lang,
        "region": region or None,
        "rtl": sheet.is_rtl,
        "subject": say(printable(sheet.subject)),
        "blocks": [_said(one, say) for one in blocks],
        "small": [say(line) for line in small],
    }


def _said(block: dict[str, Any], say: Callable[[str], str]) -> dict[str, Any]:
    """The block with every line as its direction wants it."""
    if block["kind"] == "facts":
        return block | {"facts": [[say(part) for part in fact] for fact in block["facts"]]}
    return block | {"lines": [say(line) for line in block["lines"]]}


def square_code(url: str) -> str:
    """A QR code (ISO/IEC 18004, level M) as SVG; the frame around it leaves the four modules of white it needs."""
    drawn = BytesIO()
    segno.make(url, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()


def _block(lines: list[str]) -> dict[str, Any]:
    if lines[0].startswith(HEADING):
        return {"kind": "heading", "lines": [lines[0].removeprefix(HEADING).strip()]}
    if lines[0].strip() == FRAME:
        return {"kind": "frame", "lines": [line.strip() for line in lines[1:]]}
    if all("\t" in line for line in lines):
        return {"kind": "facts", "facts": [[part.strip() for part in line.split("\t", 1)] for line in lines]}
    return {"kind": "text", "lines": [line.strip() for line in lines]}


def _plain_letter(found: re.Match[str]) -> str:
    """XII of a Roman numeral in one character, nothing of a smiley."""
    return "".join(one for one in unicodedata.normalize("NFKD", found[0]) if not _UNPRINTABLE.match(one))

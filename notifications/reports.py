"""A report on A4: plain values in, the bytes of a PDF out. The same values give the same bytes.

Its look is a file of `templates/reports` for each version of the layout, set by Typst as letters are (docs/decisions/0015), which
refuses to make a document that is not PDF/UA-1 and PDF/A-2a. Whoever writes a report hands in its parts, in order; text never
is markup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from notifications.letters import FONTS, TEMPLATES, printable

LAYOUT = 1


@dataclass(frozen=True, slots=True)
class Heading:
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. `lead`: its first words, which stand out; `kind`: "plain", "small", or "main" for the one sentence to remember."""

    text: str
    lead: str = ""
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Points:
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are, beside each other."""

    rows: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Table:
    """`figures`: whether each column holds figures, which stand at the right."""

    caption: str
    columns: Sequence[str]
    figures: Sequence[bool]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing of ours, and the words for whoever does not see it. `width`: of the page's, in percent."""

    svg: str
    words: str
    caption: str
    width: int = 100


Part = Heading | Text | Points | Facts | Table | Picture


@dataclass(frozen=True, slots=True)
class Report:
    """`overline`: above the title; `footer`: at the bottom of each page, before its number."""

    title: str
    overline: str
    author: str
    footer: str
    accent: str
    parts: Sequence[Part]


def pdf_of(report: Report, *, on: date, layout: int = LAYOUT) -> bytes:
    """The report as a PDF dated `on`."""
    import typst  # 60 MB that only whoever prints needs

    made: bytes = typst.compile(
        str(TEMPLATES / f"reports/report_{layout}.typ"),
        root=str(TEMPLATES / "reports"),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"report": json.dumps(told(report), ensure_ascii=False)},
        pdf_standards=["ua-1", "a-2a"],
        timestamp=datetime(on.year, on.month, on.day, tzinfo=UTC),
    )
    return made


def told(report: Report) -> dict[str, Any]:
    """The report as JSON holds it: each part with its kind, and nothing that no font of ours can print."""
    head = {name: _printable(getattr(report, name)) for name in ("title", "overline", "author", "footer")}
    parts = [{"part": type(one).__name__.lower(), **_printable(asdict(one))} for one in report.parts]
    return head | {"accent": report.accent, "parts": parts}


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {name: _printable(one) for name, one in value.items()}
    if isinstance(value, Sequence):
        return [_printable(one) for one in value]
    return value

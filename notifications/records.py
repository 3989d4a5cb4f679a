"""What is kept of a person, on paper: plain values in, the bytes of a PDF out (PDF/UA-1 and PDF/A-2a, as letters)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from notifications.letters import FONTS, TEMPLATES, printable

Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and under it one table of facts for each thing that is told."""

    heading: str
    entries: Sequence[Facts]


@dataclass(frozen=True, slots=True)
class Record:
    """The whole. `lead`: paragraphs that say what this is, who asked, whom to turn to."""

    title: str
    author: str
    lead: Sequence[str]
    sections: Sequence[Section]


def pdf_of(record: Record, *, on: date) -> bytes:
    """One PDF, dated `on`; the same values give the same bytes."""
    import typst  # 60 MB that only whoever prints needs

    told = {
        "title": printable(record.title),
        "author": printable(record.author),
        "lead": [printable(one) for one in record.lead],
        "sections": [_told(one) for one in record.sections],
    }
    made: bytes = typst.compile(
        str(TEMPLATES / "letters/record_1.typ"),
        root=str(TEMPLATES / "letters"),
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"record": json.dumps(told, ensure_ascii=False)},
        pdf_standards=["ua-1", "a-2a"],
        timestamp=datetime(on.year, on.month, on.day, tzinfo=UTC),
    )
    return made


def _told(section: Section) -> dict[str, object]:
    return {
        "heading": printable(section.heading),
        "entries": [[[printable(part) for part in fact] for fact in one] for one in section.entries],
    }

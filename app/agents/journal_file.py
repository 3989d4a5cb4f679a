"""The journal as a file: one line an act, its own names beside the words, people as numbers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from app.agents import journal_words
from invitations.exports import quoted
from invitations.journal_reading import Line

HEADERS = (
    *("Quand", "Structure", "Acte", "Acte, pour un logiciel", "Qui", "Clé", "À la place de", "Personne n°"),
    *("Par où", "Réseau", "Détails"),
)


def csv_of(lines: Iterable[Line], zone: ZoneInfo) -> bytes:
    """Semicolons and the mark of UTF-8, as French spreadsheets open it by a double click."""
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow(HEADERS)
    out.writerows([quoted(cell) for cell in cells] for cells in _cells(lines, zone))
    return text.getvalue().encode("utf-8-sig")


def _cells(lines: Iterable[Line], zone: ZoneInfo) -> Iterator[list[str]]:
    for line in lines:
        is_helped = line.supporter is not None
        yield [
            line.at.astimezone(zone).isoformat(sep=" ", timespec="seconds"),
            line.organisation,
            journal_words.act(line),
            line.action,
            (line.supporter if is_helped else line.agent) or journal_words.who(line),
            line.key or "",
            (line.agent or "") if is_helped else "",
            str(line.beneficiary_id or ""),
            journal_words.whence(line),
            line.network or "",
            json.dumps(line.details, ensure_ascii=False, sort_keys=True) if line.details else "",
        ]

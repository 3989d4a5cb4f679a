"""What long measures keep as they go, so that they may be stopped and started again; and the tables of pages that are written from it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def kept(file: Path) -> list[dict[str, Any]]:
    return list(json.loads(file.read_text())) if file.exists() else []


def keep(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    """A half-written file is never seen."""
    file.parent.mkdir(exist_ok=True)
    fresh = file.with_suffix(".fresh")
    fresh.write_text(json.dumps(rows, indent=1) + "\n")
    fresh.replace(file)


def write_between(page: Path, begin: str, end: str, table: str) -> None:
    """Between the two marks of the page, which stay."""
    words = page.read_text()
    fresh = re.sub(
        f"{re.escape(begin)}.*{re.escape(end)}", lambda _: f"{begin}\n{table}\n{end}", words, flags=re.DOTALL
    )
    page.write_text(fresh)

"""Nouveautés: what changed in the product, in plain French, read from the CHANGELOG that ships with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from app.access import Desk, agent_page

bp = Blueprint("news", __name__, url_prefix="/agents/nouveautes")

CHANGELOG = Path(__file__).resolve().parent.parent.parent / "CHANGELOG.md"
_MARKED = re.compile(r"`|\*\*|\[([^\]]*)\]\([^)]*\)")


@dataclass(slots=True)
class Part:
    """Ajouté, Modifié or Corrigé, and its sentences."""

    title: str
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Release:
    """One version, the latest first."""

    title: str
    parts: list[Part] = field(default_factory=list)


@bp.get("")
@agent_page
def show(_session: Session, _desk: Desk) -> str:
    return render_template("agents/news/show.html", releases=releases())


@cache
def releases() -> tuple[Release, ...]:
    """None when the file did not ship."""
    return tuple(read(CHANGELOG.read_text(encoding="utf-8"))) if CHANGELOG.exists() else ()


def read(text: str) -> Iterator[Release]:
    """The releases of a changelog: `## version`, `### part`, `- a sentence` that may go on on the next lines."""
    release: Release | None = None
    for line in text.splitlines():
        if line.startswith("## "):
            if release:
                yield release
            release = Release(plain(line[3:]))
        elif release is not None:
            take(release, line)
    if release:
        yield release


def take(release: Release, line: str) -> None:
    if line.startswith("### "):
        release.parts.append(Part(plain(line[4:])))
    elif release.parts and line.startswith("- "):
        release.parts[-1].lines.append(plain(line[2:]))
    elif release.parts and release.parts[-1].lines and line.startswith("  "):
        release.parts[-1].lines[-1] += f" {plain(line)}"


def plain(text: str) -> str:
    """Without Markdown's signs; a link keeps its words."""
    return _MARKED.sub(lambda found: found.group(1) or "", text).strip()

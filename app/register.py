"""The register of processing (GDPR, article 30) and the DPIA (article 35), written from the models and from what is set here.

`templates/register/*.md.j2` hold the words; what is kept, by whom it is read and for how long comes from
`invitations.personal_columns`, what the département chose from `invitations.processing`. docs/decisions/0033.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import count, groupby
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from app import register_words
from app.filters import short_day
from app.settings import Settings
from invitations import purging_old
from invitations.models import Channel, OrganisationKind
from invitations.personal_columns import Kept, Row, Whose, register
from invitations.processing import Processing

FOLDER = Path(__file__).resolve().parent.parent / "templates"
NBSP = "\N{NO-BREAK SPACE}"
# Spaces at which French does not part a line.
_SPACED = re.compile(r"(?<=\S) (?=[:;?»] |[:;?»]$|[»])|(?<=«) ", re.MULTILINE)
_FRAME = '<div class="table-wrap" tabindex="0" role="region" aria-label="Tableau {number}"><table class="table">'
# What Markdown would read as its own in somebody's name.
_MARKS = re.compile(r"([\\`*_{}\[\]<>|#~])")
KINDS = {
    OrganisationKind.DEPARTMENT_COUNCIL: "conseil départemental",
    OrganisationKind.RSA_DELEGATE: "délégataire du RSA",
    OrganisationKind.FRANCE_TRAVAIL: "France Travail",
    OrganisationKind.SIAE: "structure d’insertion par l’activité économique",
    OrganisationKind.OTHER: "autre partenaire",
}


class Document(StrEnum):
    """By the name of its file and of its template."""

    REGISTER = "registre"
    ASSESSMENT = "aipd"


@dataclass(frozen=True, slots=True)
class Installed:
    """What the operator set that decides who gets to know something. The defaults: nothing."""

    sends_sms: bool = False
    makes_calls: bool = False
    mail_host: str = ""
    reads_bounces: bool = False
    sign_on: str = ""
    job_centre: bool = False
    second_factor: bool = True
    engine: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Installed:
        return cls(
            sends_sms=settings.sends_sms,
            makes_calls=settings.makes_calls,
            mail_host=urlsplit(settings.smtp_url).hostname or "",
            reads_bounces=bool(settings.bounces_url or settings.bounces_token),
            sign_on=urlsplit(settings.oidc_issuer).hostname or "",
            job_centre=bool(settings.france_travail_api_url),
            second_factor=settings.requires_second_factor,
            engine="SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL",
        )


def markdown(document: Document, here: Processing, installed: Installed, *, on: date | None) -> str:
    """The whole, dated `on`; undated for the copies in docs/."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (Markdown: what people wrote passes `plain`; HTML is made with raw HTML off)
    )
    environment.filters["plain"] = plain
    template = environment.get_template(f"register/{document}.md.j2")
    text = template.render(
        here=here,
        installed=installed,
        on=short_day(on) if on else "",
        Channel=Channel,
        kinds=KINDS,
        tables=list(tables()),
        legend=register_words.LEGEND,
        kept=register_words.KEPT,
        Kept=Kept,
        shortest=register_words.SHORTEST,
        longest=register_words.LONGEST,
        lists_days=purging_old.DAYS_OF_LISTS.days,
    )
    return _SPACED.sub(NBSP, re.sub(r"\n{3,}", "\n\n", text))


def html(text: str) -> Markup:
    """As a page shows it: CommonMark and tables, no HTML of anybody's. Wide tables scroll, by the keyboard too."""
    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    numbers = count(1)
    framed = re.sub("<table>", lambda _: _FRAME.format(number=next(numbers)), made).replace(
        "</table>", "</table></div>"
    )
    return Markup(framed.replace("<th>", '<th scope="col">'))  # noqa: S704  (raw HTML is off: everything is escaped)


def plain(words: str) -> str:
    """Somebody's words on one line, as they stand."""
    return _MARKS.sub(r"\\\1", ", ".join(line.strip() for line in words.splitlines() if line.strip()))


def tables() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """The annex: each table by its French name, with a line for columns of which the same is true."""
    for table, rows in groupby(register(), key=lambda row: row.table):
        yield register_words.TABLES[table], joined(line(row) for row in rows)


def joined(lines: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Columns of which the same is said stand in one line, where the first of them stood."""
    told: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for one in lines:
        what = one.pop("what")
        told.setdefault(tuple(one.items()), []).append(what)
    return [{"what": ", ".join(what)} | dict(rest) for rest, what in told.items()]


def line(row: Row) -> dict[str, str]:
    group = row.group
    return {
        "what": register_words.columns(row),
        "whose": register_words.WHOSE[Whose(group.whose)],
        "why": register_words.every(group.purposes, register_words.PURPOSES),
        "readers": register_words.every(group.readers, register_words.READERS),
        "until": register_words.until(row),
        "care": register_words.every(group.care, register_words.CARES),
    }

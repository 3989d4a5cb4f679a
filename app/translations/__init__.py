"""The sentences that people read, in each language: one gettext file a language, kept in step with the code.

`python -m app.translations` brings every file up to date: new sentences come in empty, those nobody uses go.
`python -m app.translations CODE` writes a table of one language for a native speaker to proof-read (docs/translations.md).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from notifications.languages import FRENCH, LANGUAGES, Language, file_of

ROOT = Path(__file__).resolve().parent.parent.parent
# What people read, by folder, pattern and method: agents' pages are French alone.
JINJA = {"extensions": "jinja2.ext.do", "trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
SOURCES: list[tuple[str, str, str, dict[str, str]]] = [
    ("app", "*.py", "python", {}),
    ("app/public", "**.py", "python", {}),
    *(
        (f"templates/{folder}", "**.*", "jinja2", JINJA)
        for folder in ("components", "errors", "layouts", "messages", "public")
    ),
]
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None, "gettext": None, "ngettext": (1, 2), "lazy_gettext": None, "said": None, "N_": None,
}  # fmt: skip
# What a translator should know of a sentence, written above it in the code.
COMMENT = "Traduction :"
PROOFREADING = ROOT / "docs" / "proofreading.md"
# Written above a translation once a native speaker has read it: "# relu : initials, year".
PROOFREAD = "relu"


def sentences() -> Catalog:
    """Every sentence of the code and the templates, with where it stands."""
    catalog = Catalog(project="RDV au choix", charset="utf-8")
    for folder, pattern, method, options in SOURCES:
        found = extract_from_dir(
            ROOT / folder,
            [(pattern, method)],
            {pattern: options},
            keywords=KEYWORDS,
            comment_tags=(COMMENT, COMMENT.split()[0]),  # Jinja's extractor takes the first word alone
            directory_filter=lambda path: "**" in pattern or Path(path).name == Path(folder).name,  # noqa: B023
        )
        for path, _line, message, comments, context in found:
            catalog.add(
                message,
                None,
                [(f"{folder}/{path}", 0)],
                auto_comments=[one.removeprefix(COMMENT).lstrip(": ") for one in comments],
                context=context,
            )
    return catalog


def read(language: Language) -> Catalog:
    path = file_of(language.code)
    if not path.exists():
        return Catalog(
            locale=language.locale,
            project="RDV au choix",
            version="1",
            header_comment="#",
            msgid_bugs_address="docs/translations.md",
            last_translator="docs/translations.md",
            language_team=language.name,
            fuzzy=False,
        )
    with path.open("rb") as written:
        return read_po(written, locale=language.locale)


def bring_up_to_date(language: Language, template: Catalog) -> Catalog:
    """The language's file with every sentence of the template, and no other. Nothing is guessed."""
    catalog = read(language)
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    path = file_of(language.code)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as kept:
        write_po(kept, catalog, width=120, include_lineno=False, sort_output=True, ignore_obsolete=True)
    return catalog


def missing(language: Language, template: Catalog) -> list[str]:
    """The sentences that the language does not say yet."""
    catalog = read(language)
    return [str(one.id) for one in messages_of(template) if not is_said(catalog.get(one.id, one.context))]


def messages_of(catalog: Catalog) -> Iterator[Message]:
    return (one for one in catalog if one.id)


def is_said(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    return all(message.string) if isinstance(message.string, (list, tuple)) else bool(message.string)


def is_proofread(message: Message) -> bool:
    return any(comment.startswith(PROOFREAD) for comment in message.user_comments)


def to_proofread(language: Language) -> list[Message]:
    """What no native speaker has read yet."""
    return [one for one in messages_of(read(language)) if not is_proofread(one)]


def write_table(language: Language, to: TextIO) -> None:
    """What is to be proof-read, as a table that a spreadsheet opens: French, translation, where it is shown."""
    table = csv.writer(to)
    table.writerow(["Français", language.name, "Où"])
    for one in to_proofread(language):
        ids, strings = ([text] if isinstance(text, str) else list(text or ()) for text in (one.id, one.string))
        where = " ".join(sorted({path for path, _ in one.locations}))
        table.writerow([" / ".join(ids), " / ".join(strings), where])


def translated() -> list[Language]:
    return [one for one in LANGUAGES.values() if one is not FRENCH]


def proofreading() -> str:
    """The page that says how far native speakers have read, from the files themselves."""
    rows = []
    for language in translated():
        catalog = read(language)
        left = to_proofread(language)
        rows.append(
            f"| {language.name} | `{language.code}` | {len(catalog)} | {len(catalog) - len(left)} | {len(left)} |"
        )
    return _PROOFREADING.format(rows="\n".join(rows))


_PROOFREADING = """# What native speakers have not read yet

Written by `make translations`; a test looks that it is true. The sentences themselves: `python -m app.translations CODE`
(a table for a spreadsheet). How to read one over: [translations](translations.md).

| language | code | sentences | read by a native speaker | not yet |
|---|---|---|---|---|
{rows}
"""

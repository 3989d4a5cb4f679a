"""A message's template filled with its words, in a language.

Templates are edited by people (part 4): they are sandboxed, see a closed list of plain values, and an unknown name
is an error, never a blank. Their sentences are French and looked up in the language's catalogue (`_`, `trans`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel.support import NullTranslations
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications.languages import FRENCH, Language, catalogue

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

# Where the address goes in a stored body.
LINK = "{{link}}"
TEMPLATES = Path(__file__).resolve().parent.parent / "templates" / "messages"
_PARTED = re.compile(r"\n===+\n")
_LINE_ENDS = re.compile(r"[\r\n\t\v\f]+")
# French sets these apart with a space that no line may break at.
_SET_APART = re.compile(r"(?<=\S) (?=[:;?!])")
NBSP = "\N{NO-BREAK SPACE}"
# Stands for a first name while a text is filled: of private use, so that nobody's name holds it.
SOMEBODY = "\ue000"


def fill(template: str, words: DataclassInstance, language: Language = FRENCH, *, templates: Path = TEMPLATES) -> str:
    """The template's text with these words; nothing in a word can begin a line or stand for the link.

    Raises jinja2.TemplateNotFound, UndefinedError for a name that is not in the list, SecurityError for a reach beyond it.
    """
    return filled(_environment(templates, language), template, words, language)


def filled(environment: Environment, template: str, words: DataclassInstance, language: Language) -> str:
    return tidy(environment.get_template(template).render(values_of(words)), language)


def phrasings(template: str, words: Any, language: Language) -> Iterator[str]:
    """What a template says in several ways, parted by `===`, one after the other.

    `words`: a frozen dataclass. Those of a batch differ in the name alone: their sentences are filled once. A name stands
    in a text as it is.
    """
    name = str(_plain(getattr(words, "first_name", "")))
    if not name:
        yield from _ways(template, words, language)
        return
    for way in _ways(template, replace(words, first_name=SOMEBODY), language):
        yield way.replace(SOMEBODY, name)


@lru_cache(maxsize=512)
def _ways(template: str, words: Any, language: Language) -> tuple[str, ...]:
    text = _environment(TEMPLATES, language).get_template(template).render(values_of(words))
    return tuple(tidy(one, language) for one in _PARTED.split(text))


def values_of(words: DataclassInstance) -> dict[str, Any]:
    """What a template sees of these words."""
    said = {one.name: getattr(words, one.name) for one in fields(words)}
    return {name: value if name == "link" else _plain(value) for name, value in said.items()}


def tidy(text: str, language: Language) -> str:
    """A filled text without the spaces and empty lines that its template left."""
    lines = "\n".join(line.rstrip(" ") for line in text.strip().splitlines())
    said = re.sub(r"\n{3,}", "\n\n", lines)
    return _SET_APART.sub(NBSP, said) if language.is_french else said


def environment_of(templates: Path, language: Language, sentences: NullTranslations) -> Environment:
    """Where templates of a folder speak a language, its sentences taken from this catalogue.

    `is_french` tells French, easy or not, from the others; `comma` parts the members of a list.
    """
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(templates),
        extensions=["jinja2.ext.i18n"],
        undefined=StrictUndefined,
        auto_reload=False,  # a release brings them; looking at the file's date costs a tenth of a text
        autoescape=False,  # plain text; the HTML of an email is made and escaped by notifications.render
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(sentences, newstyle=True)  # type: ignore[attr-defined]  # the extension's
    environment.globals.update(is_french=language.is_french, comma="، " if language.is_rtl else ", ")
    return environment


def macros(values: dict[str, Any], language: Language) -> Any:
    """What `words.txt` says of these values: `macros(…).when()`."""
    return _environment(TEMPLATES, language).get_template("words.txt").make_module(values)


@cache
def _environment(templates: Path, language: Language) -> Environment:
    return environment_of(templates, language, catalogue(language.code))


def _plain(value: Any) -> Any:
    """The same without what a word could do to a text, however deep it lies."""
    if isinstance(value, str):
        return _LINE_ENDS.sub(" ", value).replace("{{", "")
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return {name: _plain(one) for name, one in value.items()} if isinstance(value, dict) else value

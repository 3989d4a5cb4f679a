"""What a service may write into a message: text, `{{ name }}`, and `{% if name %}`. Nothing loops, counts or calls.

Everything else that Jinja knows is refused by name, so that no text of theirs can run long or reach out of its
values; what is left is filled in a sandbox all the same, without a single global.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from invitations.filling import macros, tidy, values_of
from invitations.models import Channel, MessageKind
from invitations.words import Words
from notifications.languages import Language

# Characters of a template; an email has room for a page.
LONGEST_TEXT, LONGEST_EMAIL, LONGEST_SUBJECT = 2_000, 6_000, 200
MOST_TAGS = 80
DEEPEST = 4
PHRASINGS = re.compile(r"^===+[ \t]*$", re.MULTILINE)
SHORT_NAME = "short_name"  # of the département: not offered, but it says who writes
FLAGS = frozenset({"is_step_free", "may_change", "may_choose_again"})  # to be asked about, never said

_ALWAYS = frozenset({"first_name", "department", "organisation", "purpose", "phone", "hours", "link", "signed"})
_PLACE = frozenset({"place", "address", "postcode", "city", "is_step_free"})
_MEETING = _PLACE | {
    "when", "where", "day", "hour", "duration", "title", "called_phone", "agents", "instructions",
}  # fmt: skip
_SAID: Mapping[MessageKind, frozenset[str]] = {
    MessageKind.INVITATION: _PLACE | {"deadline"},
    MessageKind.INVITATION_REMINDER: _PLACE | {"deadline"},
    MessageKind.PROPOSITION: _MEETING | {"deadline"},
    MessageKind.PROPOSITION_REMINDER: _MEETING | {"deadline"},
    MessageKind.CONVOCATION: _MEETING,
    MessageKind.BOOKED: _MEETING | {"may_change", "change_limit"},
    MessageKind.MOVED: _MEETING | {"may_change", "change_limit", "previous"},
    MessageKind.APPOINTMENT_REMINDER: _MEETING | {"may_change", "change_limit"},
    MessageKind.CANCELLED_BY_PERSON: _MEETING | {"may_choose_again"},
    MessageKind.CANCELLED_BY_SERVICE: _MEETING | {"may_choose_again"},
    MessageKind.SLOT_FREED: _MEETING | {"previous", "kept"},
}
# What any text may be asked to say, whatever its kind.
EVERY_NAME = _ALWAYS.union(*_SAID.values())
_PLAIN = (nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.Not, nodes.And, nodes.Or)


class Trouble(StrEnum):
    """Why a text can't be kept."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    SYNTAX = "syntax"
    BEYOND = "beyond"
    UNKNOWN = "unknown"
    NOT_HERE = "not_here"
    A_CONDITION = "a_condition"
    TOO_DEEP = "too_deep"
    PARTED = "parted"
    THREAT = "threat"
    THREAT_NOT_ALLOWED = "threat_not_allowed"
    MISSING = "missing"
    UNSENDABLE = "unsendable"
    SEGMENTS = "segments"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. `field`: "subject" or "body"; `said`: the name, the words or the number meant."""

    trouble: Trouble
    field: str = "body"
    said: str = ""
    most: int = 0


class Broken(Exception):
    """A text that can't be filled, or would leave a blank: the original is said instead."""


def names_of(kind: MessageKind) -> frozenset[str]:
    """What a text of this kind may name."""
    return _ALWAYS | _SAID.get(kind, frozenset())


def written_values(words: Words, channel: Channel, language: Language) -> dict[str, Any]:
    """The values of a text: the words, and those that only make sense together, as the channel wants them."""
    values = values_of(words)
    said = macros(values, language)
    where = f"{words.address}, {words.city}" if channel is Channel.SMS and words.address else said.where()
    together = {
        "when": said.when() if words.day else "",
        "where": where,
        "deadline": said.last() if words.deadline else "",
        "previous": said.before() if words.previous_day else "",
        "kept": said.kept() if words.kept_day else "",
        SHORT_NAME: said.short(values["department"]),
    }
    return values | {name: re.sub(r"[ \n]+", " ", str(value)).strip() for name, value in together.items()}


def phrasings_of(source: str) -> list[str]:
    """The phrasings of a text message, fullest first."""
    return [one.strip() for one in PHRASINGS.split(source) if one.strip()]


def fill_own(source: str, kind: MessageKind, values: Mapping[str, Any], language: Language) -> str:
    """The text with its values. Raises Broken."""
    try:
        return tidy(_template(source, kind).render(values), language)
    except (TemplateError, RecursionError, ValueError) as error:
        raise Broken from error


def read_grammar(source: str, kind: MessageKind, field: str = "body") -> list[Problem]:
    """What keeps this from being a text of ours, in the order it is met."""
    try:
        tree = _ENVIRONMENT.parse(source)
    except (TemplateError, RecursionError) as error:
        return [Problem(Trouble.SYNTAX, field, str(getattr(error, "lineno", "") or ""))]
    found = [*_beyond(tree, field), *_names(tree, kind, field), *_too_much(tree, field)]
    return list(dict.fromkeys(found))


def _beyond(tree: nodes.Template, field: str) -> Iterator[Problem]:
    for node in _every(tree):
        if not isinstance(node, _PLAIN):
            yield Problem(Trouble.BEYOND, field, type(node).__name__)


def _names(tree: nodes.Template, kind: MessageKind, field: str) -> Iterator[Problem]:
    said = {id(one) for output in tree.find_all(nodes.Output) for one in output.nodes}
    for name in tree.find_all(nodes.Name):
        if name.name not in EVERY_NAME:
            yield Problem(Trouble.UNKNOWN, field, name.name)
        elif name.name not in names_of(kind):
            yield Problem(Trouble.NOT_HERE, field, name.name)
        elif name.name in FLAGS and id(name) in said:
            yield Problem(Trouble.A_CONDITION, field, name.name)


def _too_much(tree: nodes.Template, field: str) -> Iterator[Problem]:
    if sum(1 for _ in tree.find_all((nodes.Name, nodes.If))) > MOST_TAGS or _depth(tree) > DEEPEST:
        yield Problem(Trouble.TOO_DEEP, field)


def _every(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _every(child)


def _depth(node: nodes.Node) -> int:
    """How many conditions lie in each other."""
    below = max((_depth(child) for child in node.iter_child_nodes()), default=0)
    return below + isinstance(node, nodes.If)


@lru_cache(maxsize=512)
def _template(source: str, kind: MessageKind) -> Template:
    """Checked again each time a process first fills it: a later release may have taken a name away."""
    if read_grammar(source, kind):
        raise Broken
    return _ENVIRONMENT.from_string(source)


def _shown(value: Any) -> Any:
    if value == "":
        raise Broken
    return value


_ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=False,  # plain text; the HTML of an email is made and escaped by notifications.render
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=_shown,
)
_ENVIRONMENT.globals.clear()

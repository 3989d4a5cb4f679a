"""Parts of a page that many people are shown: a macro says the same whenever it is given the same.

The slots of a place or the list of places cost half of the page's time, and everybody near has them before their eyes.
`{{ kept(macro, …) }}` is the macro's words for these arguments in this language, worked out once. It knows nothing of the
database: what is kept is found by what it shows, so that it can't be out of date. A macro that is kept reads its arguments
and the language, nothing else: not `request`, not `url_for`; and its arguments are plain values.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import Any

from flask import Flask
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from app.languages import current
from invitations.memory import Memory

# Some 2 kB to 10 kB each.
SIZE = 256


def kept(memory: Memory, macro: Macro, *arguments: Any, **named: Any) -> Markup:
    """What `macro` says of these arguments. Raises TypeError for one that has no value to be found by."""
    question = macro, current(), *map(plain, arguments), *((name, plain(value)) for name, value in named.items())
    return memory.tell(question, lambda: Markup(macro(*arguments, **named)))  # noqa: S704  # what a template has escaped


def plain(value: Any) -> Hashable:
    """The same value, as something to find it by."""
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(value) if isinstance(value, list) else value


class PlainTemplate(Template):
    """A template without globals of its own, as all of ours are.

    Jinja makes sure of it at every `{% from … import … %}`, name by name: a tenth of the time of a page that has eleven.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:  # noqa: ARG002  (Jinja's signature)
        return super()._get_default_module()


def install(flask: Flask) -> None:
    flask.jinja_env.template_class = PlainTemplate
    flask.jinja_env.globals["kept"] = partial(kept, Memory(SIZE))

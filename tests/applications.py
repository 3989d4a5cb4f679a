"""The application for a test: made once a worker for its settings, then lent with each test's database, clock and senders.

Making one takes 80 ms, most of it for its two hundred addresses, and each reads and compiles its templates anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask import Flask

from app import create_app, make_runtime
from app.settings import Settings
from notifications.senders import Senders

NOWHERE = "sqlite://"


@dataclass
class Applications:
    """Those that are not lent, by their settings but for the database."""

    free: dict[Settings, Flask] = field(default_factory=dict)

    @contextmanager
    def lend(
        self, settings: Settings, *, clock: Callable[[], datetime], senders: Senders | None = None
    ) -> Iterator[Flask]:
        """`create_app` with these. What a test changes of the configuration is undone; one changed further is not lent again."""
        kind = replace(settings, database_url=NOWHERE)
        flask = self.free.pop(kind, None) or create_app(kind)
        config, as_made = dict(flask.config), shape(flask)
        flask.extensions["rdv"] = runtime = make_runtime(settings, clock=clock, senders=senders)
        try:
            yield flask
        finally:
            runtime.database.engine.dispose()
            flask.config.clear()
            flask.config.update(config)
            if shape(flask) == as_made:
                self.free[kind] = flask


def shape(flask: Flask) -> list[Any]:
    """What an application is made of, but for its configuration and the runtime it was lent with."""
    return [
        {name: one for name, one in flask.extensions.items() if name != "rdv"},
        *(dict(part) for part in (flask.view_functions, flask.jinja_env.globals, flask.jinja_env.filters)),
        *(
            _lists(part)
            for part in (flask.before_request_funcs, flask.after_request_funcs, flask.teardown_request_funcs)
        ),
        flask.wsgi_app,
        [(rule.rule, rule.endpoint, rule.methods) for rule in flask.url_map.iter_rules()],
    ]


def _lists(functions: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    return {scope: list(named) for scope, named in functions.items()}

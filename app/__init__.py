"""HTTP: pages for people and agents, machines' endpoints, the `rdv` command. The parts are put together here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask

from app import errors, filters, labels, security
from app.clock import utc_now
from app.runtime import Runtime
from app.settings import Settings
from invitations.codes import Codes
from invitations.database import Database
from notifications.senders import Senders

ROOT = Path(__file__).resolve().parent.parent


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    senders: Senders | None = None,
) -> Flask:
    """The application for these settings. `clock` and `senders` are handed in by tests, which have their own."""
    flask = Flask("app", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "app" / "static"))
    flask.extensions["rdv"] = make_runtime(settings, clock=clock, senders=senders)
    security.install(flask, settings)
    filters.install(flask)
    labels.install(flask)
    errors.install(flask)
    register_pages(flask)
    return flask


def make_runtime(
    settings: Settings, *, clock: Callable[[], datetime] = utc_now, senders: Senders | None = None
) -> Runtime:
    """The runtime that web, scheduler and command line share."""
    return Runtime(
        settings=settings,
        database=Database(settings.database_url),
        clock=clock,
        senders=senders or make_senders(settings),
        codes=Codes(settings.secret_key),
    )


def make_senders(settings: Settings) -> Senders:
    """Twilio and SMTP where they are set; the local mailbox, which keeps messages on this machine, where not."""
    from notifications.mailbox import LocalEmail, LocalSms

    sms: LocalSms | TwilioSms = LocalSms()
    return Senders(sms=sms, email=LocalEmail())


def register_pages(flask: Flask) -> None:
    """Every blueprint, in one list."""
    from app import agents, api, public

    for blueprint in (*public.BLUEPRINTS, *agents.BLUEPRINTS, *api.BLUEPRINTS):
        flask.register_blueprint(blueprint)

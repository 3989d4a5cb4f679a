"""HTTP: pages for people and agents, machines' endpoints, the `rdv` command. The parts are put together here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    compression,
    errors,
    filters,
    fragments,
    labels,
    languages,
    logs,
    nir_addresses,
    refusals,
    rgaa,
    security,
    theme,
)
from app.clock import utc_now
from app.runtime import Runtime
from app.settings import TWILIO_API_URL, Settings
from invitations.codes import Codes
from invitations.database import Database
from invitations.sealing import Seals
from notifications.bounce_mailbox import BounceMailbox
from notifications.email import SmtpEmail
from notifications.france_travail import Account, FranceTravail
from notifications.mailbox import LocalEmail, LocalSms
from notifications.receipts import STATUS_PATH as TWILIO_STATUS_PATH
from notifications.senders import CallSender, EmailSender, Senders, SmsSender
from notifications.sms import TwilioSms
from notifications.voice import TwilioVoice

ROOT = Path(__file__).resolve().parent.parent


def create_app(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    senders: Senders | None = None,
) -> Flask:
    """The application for these settings. `clock` and `senders` are handed in by tests, which have their own."""
    flask = errors.Application(
        "app", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "app" / "static")
    )
    flask.extensions["rdv"] = make_runtime(settings, clock=clock, senders=senders)
    logs.install(flask, settings)
    compression.install(flask)
    languages.install(flask)  # first: what the others refuse is said in the language asked for
    security.install(flask, settings)
    filters.install(flask)
    fragments.install(flask)
    labels.install(flask)
    refusals.install(flask)
    theme.install(flask)
    rgaa.install(flask)
    errors.install(flask)
    nir_addresses.install(flask)
    register_pages(flask)
    if settings.trusted_proxies:  # for the address alone: PUBLIC_URL says the rest
        flask.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            flask.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    return flask


def make_runtime(
    settings: Settings, *, clock: Callable[[], datetime] = utc_now, senders: Senders | None = None
) -> Runtime:
    """The runtime that web, scheduler and command line share."""
    return Runtime(
        settings=settings,
        database=Database(
            settings.database_url,
            patience=settings.database_patience,
            sms_sender=settings.twilio_from,
            may_create=False,
        ),
        clock=clock,
        senders=senders or make_senders(settings, clock=clock),
        codes=Codes(settings.secret_key, settings.previous_secret_keys),
        seals=Seals(settings.secret_key, settings.previous_secret_keys),
        bounces=BounceMailbox(settings.bounces_url) if settings.bounces_url else None,
        job_centre=make_job_centre(settings),
    )


def make_job_centre(settings: Settings) -> FranceTravail | None:
    """None while it is not set: France Travail is told of nothing, whatever organisations have chosen."""
    if not settings.france_travail_api_url:
        return None
    return FranceTravail(
        Account(
            api_url=settings.france_travail_api_url,
            token_url=settings.france_travail_token_url,
            client_id=settings.france_travail_client_id,
            client_secret=settings.france_travail_client_secret,
        )
    )


def make_senders(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Senders:
    """Twilio and SMTP where they are set; the local mailbox, which keeps messages on this machine, where not."""
    return Senders(sms=make_sms(settings), email=make_email(settings, clock=clock), voice=make_voice(settings))


def make_sms(settings: Settings) -> SmsSender:
    if not settings.sends_sms:
        return LocalSms()
    # Twilio itself can't call this machine; a double on the loopback can.
    unreachable = settings.is_local and settings.twilio_api_url == TWILIO_API_URL
    return TwilioSms(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        sender=settings.twilio_from,
        messaging_service_sid=settings.twilio_messaging_service_sid,
        api_url=settings.twilio_api_url,
        callback_url=None if unreachable else f"{settings.public_url}{TWILIO_STATUS_PATH}",
    )


def make_voice(settings: Settings) -> CallSender | None:
    """None while no number is set: nobody is called."""
    if not settings.makes_calls:
        return None
    return TwilioVoice(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        sender=settings.twilio_voice_from,
        hooks_url=settings.public_url,
        api_url=settings.twilio_api_url,
    )


def make_email(settings: Settings, *, clock: Callable[[], datetime]) -> EmailSender:
    if not settings.sends_email:
        return LocalEmail()
    return SmtpEmail(settings.smtp_url, mail_from=settings.mail_from, clock=clock, bounces_to=settings.bounces_address)


def register_pages(flask: Flask) -> None:
    """Every blueprint, in one list."""
    from app import agents, api, public

    for blueprint in (*public.BLUEPRINTS, *agents.BLUEPRINTS, *api.BLUEPRINTS):
        flask.register_blueprint(blueprint)

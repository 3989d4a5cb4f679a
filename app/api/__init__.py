"""What machines call: the API, provider callbacks, calendar feeds, health and metrics."""

from flask import Blueprint

from app.api import bounces, calendar_feeds, description, health, metrics, twilio, voice
from app.api.v1 import (
    batches,
    department_users,
    departments,
    follow_ups,
    invitations,
    people,
    rdvs,
    signing_in,
    slots,
    statistics,
    users,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    batches.bp,
    bounces.bp,
    calendar_feeds.bp,
    department_users.bp,
    departments.bp,
    description.bp,
    follow_ups.bp,
    health.bp,
    invitations.bp,
    metrics.bp,
    people.bp,
    rdvs.bp,
    signing_in.bp,
    slots.bp,
    statistics.bp,
    twilio.bp,
    users.bp,
    voice.bp,
)

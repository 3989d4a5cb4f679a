"""What machines call: provider callbacks, calendar feeds, health."""

from flask import Blueprint

from app.api import calendar_feeds, health, twilio

BLUEPRINTS: tuple[Blueprint, ...] = (calendar_feeds.bp, health.bp, twilio.bp)

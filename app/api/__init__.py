"""What machines call: provider callbacks, calendar feeds, health and metrics."""

from flask import Blueprint

from app.api import bounces, calendar_feeds, health, metrics, twilio, voice

BLUEPRINTS: tuple[Blueprint, ...] = (bounces.bp, calendar_feeds.bp, health.bp, metrics.bp, twilio.bp, voice.bp)

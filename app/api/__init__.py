"""What machines call: provider callbacks, health."""

from flask import Blueprint

from app.api import health, twilio

BLUEPRINTS: tuple[Blueprint, ...] = (health.bp, twilio.bp)

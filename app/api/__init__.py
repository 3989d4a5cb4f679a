"""What machines call: provider callbacks, health."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()

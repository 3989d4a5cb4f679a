"""What an agent opens. French paths below `/agents`."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()

"""What a beneficiary opens."""

from flask import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()

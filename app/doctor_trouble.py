"""How a check of `rdv doctor` says that something is wrong."""

from __future__ import annotations


class Trouble(Exception):
    """What is wrong, in a sentence."""

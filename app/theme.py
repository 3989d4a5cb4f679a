"""The colour of a département on people's pages, and its logo's address."""

from __future__ import annotations

from functools import lru_cache

from flask import Flask, url_for

from invitations.department_colour import Palette, palette
from invitations.models import Department


def theme(department: Department) -> str:
    """The style that gives a page its département's colour, in the light and in the dark scheme."""
    return style_of(department.accent)


@lru_cache(maxsize=256)
def style_of(colour: str) -> str:
    made = palette(colour)
    dark = f"@media (prefers-color-scheme:dark){{.public{{{dark_values(made)}}}}}"
    return f"@layer pages{{.public{{{light_values(made)}}}{dark}}}"


def preview_style(colour: str) -> str:
    """The same for two pictures of a page side by side."""
    made = palette(colour)
    return f".preview-light{{{light_values(made)}}}.preview-dark{{{dark_values(made)}}}"


def light_values(made: Palette) -> str:
    return f"--accent:{made.button};--accent-text:{made.text};--accent-ink:#fff;--accent-pale:{made.pale}"


def dark_values(made: Palette) -> str:
    return f"--accent:{made.dark};--accent-text:{made.dark};--accent-ink:{made.dark_ink};--accent-pale:{made.dark_pale}"


def logo_address(department: Department) -> str:
    """Where the logo is: another address for each logo, so that browsers may keep it for a year."""
    return url_for("logo.show", number=department.number, wanted=department.logo_hash)


def install(flask: Flask) -> None:
    flask.jinja_env.filters["theme"] = theme
    flask.jinja_env.filters["preview_style"] = preview_style
    flask.jinja_env.globals["logo_address"] = logo_address

"""The colour of a département on people's pages."""

from __future__ import annotations

from flask import Flask

from invitations.models import Department


def theme(department: Department) -> str:
    """The style that gives a page its département's colour."""
    return f"@layer base{{:root{{--accent:{department.accent}}}}}"


def install(flask: Flask) -> None:
    flask.jinja_env.filters["theme"] = theme

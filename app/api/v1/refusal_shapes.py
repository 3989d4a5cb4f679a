"""What machines get instead: refusals, whatever raised them."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.api.v1.shapes import User, Why


class Refused(Struct, frozen=True):
    """401, 403, 429, 400, 500, 503."""

    errors: list[Why]


class NotFound(Struct, frozen=True):
    not_found: Annotated[str, Meta(examples=["Organisation"])]


class Problem(Struct, frozen=True, omit_defaults=True):
    error_details: Why
    first_name: Annotated[str | None, Meta(examples=["Inès"])] = None
    last_name: Annotated[str | None, Meta(examples=["Bernard"])] = None
    index: int | None = None


class Unprocessable(Struct, frozen=True, omit_defaults=True):
    """`user`: who is known from now on although they could not be invited."""

    success: Literal[False]
    errors: list[Problem]
    user: User | None = None

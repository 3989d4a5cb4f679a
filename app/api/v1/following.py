"""Where a list begins, read from the address: `cursor`, as the last answer gave it, and `updated_since`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from flask import request
from msgspec import Meta

from app.api.v1.refusing import WronglyShaped
from app.api.v1.shapes import Moment
from invitations.machines.cursors import From, Mark

LONGEST = 40
FOLLOWED: dict[str, Any] = {
    "cursor": Annotated[str, Meta(max_length=LONGEST)],
    "updated_since": Moment,
}


def asked_start() -> From:
    """Raises WronglyShaped for what is neither."""
    return From(_mark(request.args.get("cursor", "")), asked_moment("updated_since"))


def is_followed() -> bool:
    return any(name in request.args for name in FOLLOWED)


def asked_argument(name: str, kind: Any) -> Any:
    """What the address says under this name, None when it says nothing. Raises WronglyShaped."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as wrong:
        raise WronglyShaped(f"{wrong} - at `$.{name}`") from wrong


def asked_moment(name: str) -> datetime | None:
    """The same for a moment, in UTC. A `+` that was left as it is in the address has become a space."""
    text = request.args.get(name, "")
    if not text:
        return None
    try:
        found: datetime = msgspec.convert(text.replace(" ", "+"), Moment)
        return found.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError) as wrong:
        raise WronglyShaped(f"Expected an RFC 3339 date and time - at `$.{name}`") from wrong


def written(mark: Mark | None) -> str | None:
    return None if mark is None else str(mark)


def _mark(text: str) -> Mark | None:
    found = Mark.read(text)
    if text and found is None:
        raise WronglyShaped("Expected a cursor as `next_cursor` gave it - at `$.cursor`")
    return found

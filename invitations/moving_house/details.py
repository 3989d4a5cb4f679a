"""The column that is ours: what the field's columns can't say, as JSON. What comes back is not believed unread."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from invitations.models import Beneficiary, RsaRole, Title
from invitations.moving_house.columns import Refused, Trouble
from invitations.uploads.comparing import ATTRIBUTES

_KINDS = {"title": Title, "role": RsaRole}
_ADDRESSES = frozenset({"email", "phone"})
_DAYS = frozenset({"birth_on", "rights_opened_on"})

Details = Mapping[str, Any]


def written(details: Mapping[str, Any]) -> str:
    """Without what is empty."""
    kept = {name: value for name, value in details.items() if value not in (None, "", [], {})}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"), default=_text)


def read(text: str) -> Details:
    """Raises Refused."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(Trouble.DETAILS_UNREADABLE) from error
    if not isinstance(found, dict):
        raise Refused(Trouble.DETAILS_UNREADABLE)
    return found


def moment(value: Any) -> datetime | None:
    """Raises ValueError for what is none."""
    if value is None:
        return None
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError(value)
    try:
        return found.astimezone(UTC)
    except OverflowError as beyond:  # the first and the last day of the calendar
        raise ValueError(value) from beyond


def said(value: Any) -> datetime:
    """A moment that must be there. Raises ValueError."""
    found = moment(value)
    if found is None:
        raise ValueError("a moment is missing")
    return found


def text(value: Any, longest: int) -> str:
    """Raises ValueError for what is no text, or too long for its column."""
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise ValueError(value)
    return value


def attribute(name: str, value: Any) -> Any:
    """A person's own attribute as it was. Raises ValueError."""
    if name not in ATTRIBUTES:
        raise ValueError(name)
    if value is None:
        return None
    if name in _KINDS:
        return _KINDS[name](value)
    if name in _DAYS:
        return date.fromisoformat(str(value))
    found = text(value, Beneficiary.__table__.c[name].type.length)  # type: ignore[attr-defined]
    if name in _ADDRESSES and not found.isprintable():  # a line break would be another header of a message
        raise ValueError(name)
    return found


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value))

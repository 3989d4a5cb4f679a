"""Whom people call about a category: the number, when somebody answers and who; the organisation's where it says nothing."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from invitations import rows
from invitations.models import CategorySettings, Organisation

# What `line_of` takes of a category's settings, in this order.
COLUMNS = (CategorySettings.help_phone, CategorySettings.help_hours, CategorySettings.help_owner)


class HelpLine(NamedTuple):
    """`phone` is E.164 or empty; `hours` and `owner` are the service's words, or empty."""

    phone: str
    hours: str
    owner: str


def line_of(
    organisation: Organisation, phone: str | None = None, hours: str | None = None, owner: str | None = None
) -> HelpLine:
    """The line of a category that says this of its own. Whose it is goes with the number: another one has another owner."""
    if phone:
        return HelpLine(phone, hours or organisation.hours, owner or "")
    return HelpLine(organisation.phone or "", hours or organisation.hours, owner or organisation.phone_owner or "")


def of_settings(organisation: Organisation, settings: CategorySettings | None) -> HelpLine:
    if settings is None:
        return line_of(organisation)
    return line_of(organisation, settings.help_phone, settings.help_hours, settings.help_owner)


def read(session: Session, organisation: Organisation, category_id: int) -> HelpLine:
    """Read once a transaction: batches write hundreds of messages."""
    known: dict[tuple[int, int], HelpLine] = session.info.setdefault("help_lines", {})
    key = (organisation.id, category_id)
    if key not in known:
        asked = {"organisation_id": organisation.id, "category_id": category_id}
        own = rows.read(session, _OF_CATEGORY, asked).one_or_none()
        known[key] = line_of(organisation, *(own or ()))
    return known[key]


_OF_CATEGORY = select(*COLUMNS).where(
    CategorySettings.organisation_id == bindparam("organisation_id"),
    CategorySettings.category_id == bindparam("category_id"),
)

"""Strata: people who are alike before the draw. Lots are drawn in each of them apart, and compared within.

organisation × new or in stock × has a mobile (evaluation.md), as one word: "12:new:yes".
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from invitations.models import Beneficiary, Entry
from invitations.statistics.units import NEW_FOR
from notifications.phone import is_mobile


class Stratum(NamedTuple):
    organisation_id: int
    entered: Entry
    has_mobile: bool

    @property
    def word(self) -> str:
        return f"{self.organisation_id}:{self.entered}:{'yes' if self.has_mobile else 'no'}"


def stratum_of(person: Beneficiary, organisation_id: int, *, on: date) -> Stratum:
    """Where this person belongs on that day, the département's own."""
    has_mobile = person.phone is not None and is_mobile(person.phone)
    return Stratum(organisation_id, entered_by(person.rights_opened_on, on), has_mobile)


def entered_by(rights_opened_on: date | None, on: date) -> Entry:
    """new: the right opened at most 90 days before."""
    if rights_opened_on is None:
        return Entry.UNKNOWN
    return Entry.NEW if on - rights_opened_on <= NEW_FOR else Entry.STOCK


def parsed(word: str) -> Stratum:
    """The stratum that a word names. Raises ValueError for one that names none."""
    organisation_id, entered, mobile = word.split(":")
    return Stratum(int(organisation_id), Entry(entered), mobile == "yes")

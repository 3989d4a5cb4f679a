"""A person in one follow-up, as far as figures go: what was decided first, and the days on which things happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from invitations.models import Entry, FirstChannel, HasMobile, Mode, Outcome

# Whoever is addressed within so long of the opening of the right comes new into the scheme.
NEW_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Meeting:
    """One participation that starts after the person was addressed."""

    starts_on: date
    outcome: Outcome
    is_by_person: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A person in one follow-up. `arm` is the mode decided at t0, whatever comes later (intention to treat)."""

    follow_up_id: int
    category_id: int
    arm: Mode
    addressed_on: date  # t0
    crossed_on: date | None = None  # the first later invitation of another mode
    meetings: tuple[Meeting, ...] = ()
    organisation_id: int = 0  # that addressed the person
    department_id: int = 0
    channel: FirstChannel = FirstChannel.NONE
    mobile: HasMobile = HasMobile.UNKNOWN
    rights_opened_on: date | None = None
    reached_on: date | None = None
    answered_on: date | None = None
    left_on: date | None = None

    @property
    def seen_on(self) -> date | None:
        """The day of the first appointment since t0 to which the person came."""
        return min((one.starts_on for one in self.meetings if one.outcome is Outcome.SEEN), default=None)

    @property
    def entry(self) -> Entry:
        """New: the right opened at most 90 days before t0, or after it; stock: earlier."""
        if self.rights_opened_on is None:
            return Entry.UNKNOWN
        return Entry.NEW if self.addressed_on - self.rights_opened_on <= NEW_FOR else Entry.STOCK

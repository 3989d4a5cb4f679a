"""The events of a person's story, each with what a page tells of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from invitations.models import (
    Appointment,
    Author,
    CallbackRequest,
    FollowUpStatus,
    FreedSlot,
    Invitation,
    Message,
    Outcome,
    Participation,
    Waiting,
)


@dataclass(frozen=True, slots=True)
class Addressed:
    """An invitation, proposition or convocation, and what was said for it."""

    kind: ClassVar[str] = "addressed"
    at: datetime
    invitation: Invitation
    messages: list[Message]
    is_open: bool


@dataclass(frozen=True, slots=True)
class Met:
    """An appointment, to come or past, and what was said for it."""

    kind: ClassVar[str] = "met"
    at: datetime
    participation: Participation
    messages: list[Message]
    zone: ZoneInfo
    is_past: bool

    @property
    def appointment(self) -> Appointment:
        return self.participation.appointment

    @property
    def by_person(self) -> bool:
        return self.participation.created_by is Author.BENEFICIARY

    @property
    def is_to_come(self) -> bool:
        return not self.is_past and self.participation.outcome is Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Called:
    """The person asked to be called."""

    kind: ClassVar[str] = "called"
    at: datetime
    request: CallbackRequest


@dataclass(frozen=True, slots=True)
class Waited:
    """The person asked to be told of a freed slot; `offers`: those that were kept for them, in order."""

    kind: ClassVar[str] = "waited"
    at: datetime
    waiting: Waiting
    offers: list[FreedSlot]
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Turned:
    """A change of state that no other event tells: opened, expired, closed."""

    kind: ClassVar[str] = "turned"
    at: datetime
    status: FollowUpStatus


@dataclass(frozen=True, slots=True)
class Said:
    """What the person changed themselves about reaching or receiving them; `act` says which in one word. `messages`: what
    the former number or address was told."""

    kind: ClassVar[str] = "said"
    at: datetime
    act: str
    messages: Sequence[Message] = ()

"""By which channel a person can be reached, and why not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from invitations.models import Channel, Need
from notifications.phone import is_mobile

# What is written and leaves by itself. Letters are printed by people; calls are for whom nothing written reaches.
ELECTRONIC = (Channel.SMS, Channel.EMAIL)
# All that leaves by itself.
AUTOMATIC = (*ELECTRONIC, Channel.VOICE)
# For whom neither text nor email reaches, where a category wants it.
OTHERWISE = (Channel.LETTER, Channel.VOICE)
# Numbers are parsed when they come in; here only their shape is looked at (ITU-T E.164: 15 digits at most).
_E164 = re.compile(r"\+[1-9]\d{6,14}")


class Unreachable(StrEnum):
    """Why a channel does not reach a person; words in app/labels.py."""

    NO_PHONE = "no_phone"
    NOT_MOBILE = "not_mobile"
    NO_EMAIL = "no_email"
    NO_ADDRESS = "no_address"
    REFUSED = "refused"
    DEAD = "dead"
    INVALID = "invalid"
    NOT_THEIRS = "not_theirs"  # somebody else picked up
    WRITTEN_TO = "written_to"  # they sign: nobody calls them


class Reachable(Protocol):
    """What is read of a person: a Beneficiary, or plain values of the same names."""

    @property
    def phone(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def sms_refused_at(self) -> datetime | None: ...
    @property
    def email_refused_at(self) -> datetime | None: ...
    @property
    def phone_dead_at(self) -> datetime | None: ...
    @property
    def email_dead_at(self) -> datetime | None: ...


class Addressable(Reachable, Protocol):
    """The same, with where letters go and what a call depends on."""

    @property
    def address(self) -> str | None: ...
    @property
    def postcode(self) -> str | None: ...
    @property
    def city(self) -> str | None: ...
    @property
    def letter_dead_at(self) -> datetime | None: ...
    @property
    def wrong_phone(self) -> str | None: ...
    @property
    def needs(self) -> Sequence[str]: ...


def why_unreachable(person: Addressable, channel: Channel) -> Unreachable | None:
    """Why `channel` can't be used for this person; None when it can. A text needs a mobile."""
    if channel is Channel.LETTER:
        return _why_no_letter(person)
    if channel is Channel.VOICE:
        return _why_no_call(person)
    return why_not_electronic(person, channel)


def why_not_electronic(person: Reachable, channel: Channel) -> Unreachable | None:
    """`why_unreachable` for a text or an email."""
    if channel is Channel.EMAIL:
        return _why_no_email(person)
    return _why_no_phone(person, needs_mobile=True)


def without_doubles(person: Addressable, channels: Sequence[Channel]) -> list[Channel]:
    """Of these channels, those that reach the person. A letter and a call go to whom neither text nor email reaches:
    nobody is told twice, unless these are all that was asked for. A call proves nothing: a letter goes beside it."""
    reaching = [channel for channel in channels if why_unreachable(person, channel) is None]
    return [channel for channel in reaching if channel in ELECTRONIC] or reaching


def address_of(person: Reachable, channel: Channel) -> str:
    """The number or the address that `channel` uses; empty for a letter, or when there is none."""
    if channel is Channel.LETTER:
        return ""
    return (person.email if channel is Channel.EMAIL else person.phone) or ""


def can_receive(sender: str) -> bool:
    """True for a sender of ours that can be answered: a number or a short code, not a name."""
    return sender.removeprefix("+").isdecimal()


def is_number(sender: str) -> bool:
    """True for a telephone number, which can be answered; not for a short code, nor for a name."""
    return _E164.fullmatch(sender) is not None


def _why_no_letter(person: Addressable) -> Unreachable | None:
    if not (person.address and person.postcode and person.city):
        return Unreachable.NO_ADDRESS
    return Unreachable.DEAD if person.letter_dead_at is not None else None


def _why_no_email(person: Reachable) -> Unreachable | None:
    if not person.email:
        return Unreachable.NO_EMAIL
    if person.email_refused_at is not None:
        return Unreachable.REFUSED
    if person.email_dead_at is not None:
        return Unreachable.DEAD
    return None if can_be_written(person.email) else Unreachable.INVALID


def _why_no_call(person: Addressable) -> Unreachable | None:
    """Who said STOP to our texts wants no machine to call them either."""
    if Need.SIGN_LANGUAGE in (person.needs or ()):
        return Unreachable.WRITTEN_TO
    why = _why_no_phone(person, needs_mobile=False)
    return Unreachable.NOT_THEIRS if why is None and person.phone == person.wrong_phone else why


def _why_no_phone(person: Reachable, *, needs_mobile: bool) -> Unreachable | None:
    if not person.phone:
        return Unreachable.NO_PHONE
    if person.sms_refused_at is not None:
        return Unreachable.REFUSED
    if person.phone_dead_at is not None:
        return Unreachable.DEAD
    if not _E164.fullmatch(person.phone):
        return Unreachable.INVALID
    return Unreachable.NOT_MOBILE if needs_mobile and not is_mobile(person.phone) else None


def can_be_written(email: str) -> bool:
    """One @, no space, and ASCII before it: our SMTP refuses the rest before sending (messages.md, "Email")."""
    local, _, domain = email.rpartition("@")
    return bool(local) and "." in domain and "@" not in local and local.isascii() and not any(map(str.isspace, email))

"""What a person's row changes of what is known of them. A blank never erases, a worse value never replaces a better one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

from invitations.identity import email_key, number_key, same_nir, squash
from invitations.matching import Known
from invitations.nir import Nir
from invitations.uploads.cells import has_plain_mailbox
from invitations.uploads.doubts import Doubt
from invitations.uploads.people import Person
from notifications.phone import is_mobile

# Everything a row may say of a person, as their own columns do. Tags are the organisation's; a social security number goes
# ways of its own, so that it is in no history, no comparison and no file.
ATTRIBUTES = tuple(name for name in Person.__slots__ if name not in {"tags", "nir"})
# What the CNAF contact file is believed about; anything else it only fills in where nothing is known (import.md).
CONTACT_ATTRIBUTES = frozenset({"email", "phone", "rights_opened_on"})
FILLED_BY_CONTACTS = frozenset(ATTRIBUTES) - CONTACT_ATTRIBUTES
# The flow tells the day of the claim, from which the right is open (CASF L262-18); a list tells the day itself.
FILLED_BY_FLOW = frozenset({"rights_opened_on"})

_AS_THEMSELVES = frozenset({"phone", "birth_on", "rights_opened_on", "title", "role"})
_KEYS: dict[str, Callable[[str], str | None]] = {
    "email": email_key,
    "department_internal_id": number_key,
    "france_travail_id": number_key,
}


def changes_of(
    known: Known, person: Person, *, fills_only: Collection[str] = ()
) -> tuple[dict[str, Any], dict[str, Doubt]]:
    """The attributes to write, and the doubts about those that were left out. `fills_only`: not where something is known."""
    doubts: dict[str, Doubt] = {}
    values: dict[str, Any] = {}
    for name in ATTRIBUTES:
        old, new = getattr(known, name), getattr(person, name)
        if is_same(name, old, new) or (old and name in fills_only):
            continue
        doubt = _worse(name, old, new) or _corrected(known, name)
        if doubt is None:
            values[name] = new
        else:
            doubts[name] = doubt
    return values, doubts


def new_nir(known: Known, person: Person, *, fills_only: bool) -> Nir | None:
    """The number to write, if the row says one that is not known of the person yet."""
    if person.nir is None or same_nir(known, person) or (known.nir_hash and fills_only):
        return None
    return person.nir


def is_same(name: str, old: Any, new: Any) -> bool:
    """True when `new` says nothing that `old` doesn't: blank, or equal but for case, accents and spaces."""
    if not new or old == new:
        return True
    if not old or name in _AS_THEMSELVES:
        return False
    key = _KEYS.get(name, squash)
    if name == "first_name":  # "Jean" is no news of "Jean Pierre"
        return squash(old).startswith(squash(new))
    return key(old) == key(new)


def _worse(name: str, old: Any, new: Any) -> Doubt | None:
    if name == "phone" and old and not is_mobile(new):
        return Doubt.LANDLINE_LEFT_OUT
    if name == "email" and old and has_plain_mailbox(old) and not has_plain_mailbox(new):
        return Doubt.WORSE_EMAIL_LEFT_OUT
    return None


def _corrected(known: Known, name: str) -> Doubt | None:
    """What people say of their own number and address stands against a file, as long as messages arrive there."""
    if name not in {"phone", "email"} or getattr(known, f"{name}_corrected_at") is None:
        return None
    return Doubt.CORRECTED_BY_PERSON if getattr(known, f"{name}_dead_at") is None else None


def disagree(people: Collection[Person], *, of_contact_file: bool) -> bool:
    """True when rows about one person give two values for one thing."""
    names = CONTACT_ATTRIBUTES if of_contact_file else ATTRIBUTES
    numbered = [one for one in people if one.nir]
    if any(not same_nir(numbered[0], one) for one in numbered[1:]):
        return True
    return any(_two_values(name, [getattr(one, name) for one in people]) for name in names)


def _two_values(name: str, values: Iterable[Any]) -> bool:
    given = [value for value in values if value]
    return any(not is_same(name, given[0], value) and not is_same(name, value, given[0]) for value in given[1:])


def together(people: Collection[Person]) -> Person:
    """One person out of rows that agree: what one leaves blank another may say."""
    first, *others = people
    for other in others:
        missing = {name: getattr(other, name) for name in (*ATTRIBUTES, "nir") if not getattr(first, name)}
        first = replace(first, **missing, tags=tuple(dict.fromkeys((*first.tags, *other.tags))))
    return first


def shown(value: Any) -> str | None:
    """A value as the preview keeps it: text, a day as 2026-12-01."""
    if value is None or value == "":
        return None
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else str(value)

"""One row of an import taken back: each value becomes again what it was, where it is still what the import wrote."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import update
from sqlalchemy.orm import Session

from invitations.models import Beneficiary, ImportRow, Membership, RsaRole, Title
from invitations.uploads.befores import ARCHIVED, CAME, MARKS, NIR_CAME, OF_CHANNELS, VALUES, trace_of
from invitations.uploads.comparing import ATTRIBUTES, shown
from invitations.uploads.saving import keys_of

_BLANK = {"first_name": "", "last_name": ""}


class Tally(Protocol):
    restored: int
    kept: int


def put_back(session: Session, row: ImportRow, *, now: datetime, undone: Tally) -> None:
    """Count the person as restored when something went back, as kept when something else had been written since."""
    before = row.before or {}
    person = session.get(Beneficiary, row.beneficiary_id)
    if person is None or not (before.get(VALUES) or NIR_CAME in before):
        return
    still = {name for name, came in before[CAME].items() if shown(getattr(person, name)) == came}
    for name in still:
        setattr(person, name, _value(name, before[VALUES][name]))
    for mark, at in before[OF_CHANNELS].items():
        if MARKS[mark] & before[VALUES].keys() <= still:
            setattr(person, mark, datetime.fromisoformat(at))
    taken = NIR_CAME in before and _take_nir(person, before[NIR_CAME])
    undone.kept += len(still) < len(before[VALUES]) or (NIR_CAME in before and not taken)
    if still or taken:
        undone.restored += 1
        person.updated_at = now
        for name, key in keys_of({name: getattr(person, name) for name in ATTRIBUTES}).items():
            setattr(person, name, key)


def _take_nir(person: Beneficiary, came: str | None) -> bool:
    """A number that came with the import goes with it; one that it replaced is not known any more, and the new one stays."""
    if came is None or person.nir_sealed is None or trace_of(person.nir_sealed) != came:
        return False
    person.nir_sealed = person.nir_hash = None
    return True


def archive_again(session: Session, row: ImportRow, organisation_id: int, *, now: datetime) -> None:
    """When and why they had been."""
    if ARCHIVED not in (row.before or {}):
        return
    at, why = row.before[ARCHIVED]  # type: ignore[index]  # it is there, the line above says so
    session.execute(
        update(Membership)
        .where(Membership.beneficiary_id == row.beneficiary_id, Membership.organisation_id == organisation_id)
        .values(archived_at=datetime.fromisoformat(at), archive_reason=why)
    )
    session.execute(update(Beneficiary).where(Beneficiary.id == row.beneficiary_id).values(updated_at=now))


def _value(name: str, kept: str | None) -> Any:
    if kept is None:
        return _BLANK.get(name)
    if name in {"birth_on", "rights_opened_on"}:
        return date.fromisoformat(kept)
    if name == "title":
        return Title(kept)
    return RsaRole(kept) if name == "role" else kept

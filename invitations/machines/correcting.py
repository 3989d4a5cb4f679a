"""A machine corrects somebody whom it knows. Read as an import reads: a blank erases nothing; what is said to be nothing is erased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from invitations import communes, nir_writing, people_editing
from invitations.errors import PersonRefused
from invitations.machines.callers import Caller
from invitations.machines.receiving import UNREADABLE
from invitations.models import Beneficiary, Organisation
from invitations.nir import NotRead
from invitations.nir_keeping import keeping_of
from invitations.permissions import may_see_internal_id
from invitations.sealing import Seals
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.nir import without_nir
from invitations.uploads.people import NIR_DOUBTS, Person, read_person

_TOWN = ("postcode", "city", "commune_insee")
_IDENTIFIERS = ("department_internal_id", "france_travail_id", "email", "phone", "affiliation_number", "role")


def correct(
    session: Session,
    person: Beneficiary,
    said: Mapping[Field, str | None],
    *,
    organisation: Organisation,
    by: Caller,
    now: datetime,
) -> None:
    """Write what is said of them; None erases. Raises PersonRefused. Repeated, changes nothing.

    Nobody is left without an identifier, and whoever may not read the internal id doesn't write it.
    """
    people_editing.take_turn(session, organisation.department_id)
    session.refresh(person)
    if not may_see_internal_id(by.kinds([one.organisation_id for one in person.memberships])):
        said = {where: text for where, text in said.items() if where is not Field.DEPARTMENT_INTERNAL_ID}
    values = _read(said, organisation, now)
    left = Person(**{name: values.get(name, getattr(person, name)) for name in _IDENTIFIERS})
    if not (left.has_identifier or person.nir_hash):
        raise PersonRefused(problems=[("", Doubt.NO_IDENTIFIER)])
    people_editing.edit(session, person, values, organisation_id=organisation.id, agent_id=by.agent_id, now=now)


def correct_nir(
    session: Session,
    person: Beneficiary,
    said: str,
    *,
    organisation: Organisation,
    by: Caller,
    seals: Seals,
    now: datetime,
) -> None:
    """Write the social security number that is said, where this organisation may; else it is dropped. Raises PersonRefused."""
    keeping = keeping_of(organisation, seals)
    if keeping is None or not said.strip():
        return
    try:
        taken = keeping.take(said)
    except NotRead as wrong:
        raise PersonRefused(problems=[(Field.NIR, NIR_DOUBTS[wrong.why])]) from None
    nir_writing.write(session, person, taken, organisation_id=organisation.id, agent_id=by.agent_id, now=now)


def _read(said: Mapping[Field, str | None], organisation: Organisation, now: datetime) -> dict[str, Any]:
    """The attributes to write. Raises PersonRefused."""
    cells = {where: without_nir(text.strip(), padded=True) for where, text in said.items() if text and text.strip()}
    today = now.astimezone(organisation.department.zone).date()
    told, doubts = read_person(cells, today, of_contact_file=False)
    problems = [(where, doubt) for where, doubt in doubts.items() if doubt in UNREADABLE]
    if problems:
        raise PersonRefused(problems=problems)
    values = {where.value: getattr(told, where.value) for where in cells if getattr(told, where.value)}
    erased = {where.value: None for where, text in said.items() if text is None}
    if Field.ADDRESS.value in erased:
        erased |= dict.fromkeys(_TOWN)
    return values | erased | _town(told, organisation)


def _town(told: Person, organisation: Organisation) -> dict[str, Any]:
    """Where the address says they live; nothing when it doesn't."""
    if not (told.postcode or told.city):
        return {}
    found = communes.find(f"{told.postcode or ''} {told.city or ''}".strip(), department=organisation.department.number)
    insee = found[0].code if len(found) == 1 else None
    return {"postcode": told.postcode, "city": told.city, "commune_insee": insee}

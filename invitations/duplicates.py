"""Who else may be the same person, and why one may think so. Nobody is merged for that: an agent decides (`merging`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, or_, select, union_all
from sqlalchemy.orm import Session

from invitations.identity import Identified, email_key, number_key, same_first_name, same_names, same_nir
from invitations.matching import Known
from invitations.models import Beneficiary, Membership

# A number that half the département shares is a mistake of its own, and no list to read.
MOST = 12


class Likeness(StrEnum):
    """What two records share; words in app/agents/person_words.py."""

    NIR = "nir"
    PHONE = "phone"
    EMAIL = "email"
    INTERNAL_ID = "internal_id"
    FRANCE_TRAVAIL = "france_travail"
    AFFILIATION = "affiliation"
    BIRTH = "birth"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A person of the département who looks the same. `is_here`: this agent may see them."""

    known: Known
    likenesses: tuple[Likeness, ...]
    is_here: bool

    @property
    def name(self) -> str:
        return f"{self.known.first_name} {self.known.last_name}"


def find(
    session: Session,
    department_id: int,
    person: Identified,
    *,
    organisation_ids: Collection[int],
    but: int | None = None,
) -> list[Duplicate]:
    """Those of the département who share with `person` what only one person has. One query; `but`: that very record."""
    looks = list(_looks(department_id, person))
    if not looks:
        return []
    here = exists().where(Membership.beneficiary_id == Beneficiary.id, Membership.organisation_id.in_(organisation_ids))
    columns: list[Any] = [getattr(Beneficiary, name) for name in Known.__slots__]
    query = (
        select(*columns, here.label("is_here"))
        .where(Beneficiary.id.in_(union_all(*looks)), Beneficiary.id != (but or 0), _is_active())
        .order_by(Beneficiary.id)
    )
    found = []
    for row in session.execute(query):
        known = Known(**{name: getattr(row, name) for name in Known.__slots__})
        shared = tuple(likenesses(person, known))
        if shared:
            found.append(Duplicate(known, shared, bool(row.is_here)))
    return found[:MOST]


def likenesses(one: Identified, other: Identified) -> Iterator[Likeness]:
    """Numbers count with the first given name alone: couples share a phone, an email and an internal id."""
    if same_nir(one, other):
        yield Likeness.NIR
    alike = {
        Likeness.PHONE: (one.phone, other.phone),
        Likeness.EMAIL: (email_key(one.email), email_key(other.email)),
        Likeness.INTERNAL_ID: (number_key(one.department_internal_id), number_key(other.department_internal_id)),
        Likeness.FRANCE_TRAVAIL: (number_key(one.france_travail_id), number_key(other.france_travail_id)),
    }
    if same_first_name(one, other):
        yield from (likeness for likeness, (first, second) in alike.items() if first and first == second)
    mine, theirs = (one.affiliation_number, one.role), (other.affiliation_number, other.role)
    if all(mine) and mine == theirs:
        yield Likeness.AFFILIATION
    if one.birth_on and one.birth_on == other.birth_on and same_names(one, other):
        yield Likeness.BIRTH


def _looks(department_id: int, person: Identified) -> Iterator[Select[Any]]:
    """One question an identifier, each with an index of its own."""
    wanted = {
        Beneficiary.phone: person.phone,
        Beneficiary.email_key: email_key(person.email),
        Beneficiary.department_internal_id: number_key(person.department_internal_id),
        Beneficiary.france_travail_id: number_key(person.france_travail_id),
        Beneficiary.affiliation_number: person.affiliation_number,
        Beneficiary.birth_on: person.birth_on,
    }
    for column, value in wanted.items():
        if value:
            yield select(Beneficiary.id).where(Beneficiary.department_id == department_id, column == value)
    if person.nir_hashes:
        known = Beneficiary.nir_hash.in_(person.nir_hashes)
        yield select(Beneficiary.id).where(Beneficiary.department_id == department_id, known)


def _is_active() -> Any:
    """In some organisation and not archived there, or in none yet."""
    mine = Membership.beneficiary_id == Beneficiary.id
    return or_(exists().where(mine, Membership.archived_at.is_(None)), ~exists().where(mine))

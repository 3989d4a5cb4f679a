"""A row that is a question, beside the people it may be about: what each says, and where they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.models import Beneficiary, Membership, Organisation, OrganisationKind
from invitations.permissions import may_see_internal_id
from invitations.uploads.comparing import is_same, shown
from invitations.uploads.headers import Field
from invitations.uploads.people import Person, read_person

# What tells people apart, in the order in which somebody looks.
COMPARED = (
    "last_name",
    "first_name",
    "birth_name",
    "birth_on",
    "phone",
    "email",
    "affiliation_number",
    "role",
    "department_internal_id",
    "france_travail_id",
    "address",
    "postcode",
    "city",
)
_HIDDEN = "department_internal_id"


@dataclass(frozen=True, slots=True)
class Candidate:
    """Someone a row may be about. Without id and name when they belong to organisations the reader may not see."""

    id: int | None
    name: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Beside:
    """One thing that the row or a candidate says. `differs`: by candidate, true where both say something else."""

    attribute: str
    of_row: str | None
    of_candidates: Sequence[str | None]
    differs: Sequence[bool]


NOBODY_SEEN = Candidate(None, None, {})


def candidates_seen(session: Session, ids: Collection[int], organisation_ids: Collection[int]) -> dict[int, Candidate]:
    """Those of `ids` whom these organisations have, as they may read them."""
    kinds: dict[int, set[OrganisationKind]] = defaultdict(set)
    people: dict[int, Any] = {}
    columns = [getattr(Beneficiary, name) for name in COMPARED]
    query = (
        select(Beneficiary.id, Organisation.kind, *columns)
        .join(Membership, Membership.beneficiary_id == Beneficiary.id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(Beneficiary.id.in_(ids), Membership.organisation_id.in_(organisation_ids))
    )
    for row in session.execute(query):
        kinds[row.id].add(row.kind)
        people[row.id] = row
    return {person_id: _candidate(row, may_see_internal_id(kinds[person_id])) for person_id, row in people.items()}


def side_by_side(
    cells: Mapping[Field, str], candidates: Sequence[Candidate], *, of_contact_file: bool, today: date
) -> list[Beside]:
    """What the row and those of its candidates who are seen say, a line a thing; what nobody says is left out."""
    person, _ = read_person(cells, today, of_contact_file=of_contact_file)
    lines = [_beside(name, person, candidates) for name in COMPARED]
    return [line for line in lines if line.of_row or any(line.of_candidates)]


def _candidate(row: Any, sees_internal_id: bool) -> Candidate:
    values = {name: getattr(row, name) for name in COMPARED if sees_internal_id or name != _HIDDEN}
    return Candidate(row.id, f"{row.first_name} {row.last_name}", values)


def _beside(name: str, person: Person, candidates: Sequence[Candidate]) -> Beside:
    mine = getattr(person, name)
    theirs = [one.values.get(name) for one in candidates]
    differs = [bool(mine and other) and not is_same(name, other, mine) for other in theirs]
    return Beside(name, shown(mine), [shown(one) for one in theirs], differs)

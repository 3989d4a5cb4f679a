"""Finding an incoming person among those the département knows.

The order is domain.md's: the social security number where the département keeps it, which is enough alone; internal id,
email, phone, each together with the first given name. Couples share an internal id, an email and a phone. Two more rules come last, so that whoever
has no other identifier is found again when the same file is imported twice: France Travail id with first given name,
affiliation number with role and names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy import exists, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from invitations.identity import (
    Identified,
    contradicts,
    email_key,
    number_key,
    same_first_name,
    same_names,
    same_nir,
)
from invitations.models import Beneficiary, Membership, RsaRole, Title

Value = TypeVar("Value")

# One list of values per query: both engines take tens of thousands of parameters, and a list of people has fewer.
MOST_VALUES = 10_000


@dataclass(frozen=True, slots=True)
class Known:
    """A person of the département, as plain values; `id` is the row's."""

    id: int
    title: Title | None
    first_name: str
    last_name: str
    birth_name: str | None
    birth_on: date | None
    email: str | None
    phone: str | None
    address: str | None
    postcode: str | None
    city: str | None
    commune_insee: str | None
    affiliation_number: str | None
    role: RsaRole | None
    department_internal_id: str | None
    france_travail_id: str | None
    rights_opened_on: date | None
    nir_hash: str | None
    phone_dead_at: datetime | None
    email_dead_at: datetime | None
    letter_dead_at: datetime | None
    phone_corrected_at: datetime | None
    email_corrected_at: datetime | None

    @property
    def nir_hashes(self) -> tuple[str, ...]:
        return (self.nir_hash,) if self.nir_hash else ()


@dataclass(frozen=True, slots=True)
class Match:
    """Who a person may be. No id: nobody we know. One: found. Several, or contradicted: a question for a human."""

    ids: tuple[int, ...] = ()
    is_contradicted: bool = False

    @property
    def id(self) -> int | None:
        """The one person found beyond doubt."""
        return self.ids[0] if len(self.ids) == 1 and not self.is_contradicted else None


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to find a person: an identifier, and what must agree besides. A number hashed under several keys has as many."""

    column: InstrumentedAttribute[str | None]
    keys: Callable[[Identified], tuple[str, ...]]
    agrees: Callable[[Identified, Identified], bool]


def _one(key: Callable[[Identified], str | None]) -> Callable[[Identified], tuple[str, ...]]:
    """The identifiers that a person has one of at most."""

    def keys(person: Identified) -> tuple[str, ...]:
        found = key(person)
        return (found,) if found else ()

    return keys


def _household_key(person: Identified) -> str | None:
    if not person.affiliation_number or person.role is None:
        return None
    return f"{person.affiliation_number} {person.role.value}"


RULES = (
    Rule(Beneficiary.nir_hash, lambda one: one.nir_hashes, same_nir),
    Rule(Beneficiary.department_internal_id, _one(lambda one: number_key(one.department_internal_id)), same_first_name),
    Rule(Beneficiary.email_key, _one(lambda one: email_key(one.email)), same_first_name),
    Rule(Beneficiary.phone, _one(lambda one: one.phone), same_first_name),
    Rule(Beneficiary.france_travail_id, _one(lambda one: number_key(one.france_travail_id)), same_first_name),
    Rule(Beneficiary.affiliation_number, _one(_household_key), same_names),
)
NIR, HOUSEHOLD = 0, len(RULES) - 1


@dataclass(slots=True)
class Directory:
    """People by each of their identifiers, to find them again one at a time without asking the database."""

    _people: dict[tuple[int, str], dict[int, list[Identified]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, person_id: int, person: Identified) -> None:
        """Know `person` under `person_id`; several descriptions of one person may be added."""
        for place, rule in enumerate(RULES):
            for key in rule.keys(person):
                self._people[place, key][person_id].append(person)

    def find(self, person: Identified) -> Match:
        """The first rule that finds somebody decides."""
        for place, rule in enumerate(RULES):
            match = self._by_rule(place, rule.keys(person), person, rule.agrees)
            if match.ids:
                return match
        return Match()

    def by_nir(self, person: Identified) -> Match:
        """By the first rule alone."""
        return self._by_rule(NIR, RULES[NIR].keys(person), person, RULES[NIR].agrees)

    def of_household(self, person: Identified) -> tuple[int, ...]:
        """Everybody with this affiliation number and role, whatever their names."""
        key = _household_key(person)
        return tuple(self._people.get((HOUSEHOLD, key), ())) if key else ()

    def namesakes(self, person: Identified, ids: Collection[int]) -> tuple[int, ...]:
        """Those of `ids`, found by household, whose first and last name agree."""
        described = self._people.get((HOUSEHOLD, _household_key(person) or ""), {})
        return tuple(one for one in ids if any(same_names(person, other) for other in described.get(one, ())))

    def _by_rule(
        self, place: int, keys: Iterable[str], person: Identified, agrees: Callable[[Identified, Identified], bool]
    ) -> Match:
        found = {
            person_id: [one for one in described if agrees(person, one)]
            for key in keys
            for person_id, described in self._people.get((place, key), {}).items()
        }
        found = {person_id: described for person_id, described in found.items() if described}
        doubted = any(contradicts(person, one) for described in found.values() for one in described)
        return Match(tuple(found), is_contradicted=doubted)


def people_with_any(
    session: Session,
    department_id: int,
    people: Collection[Identified],
    *,
    archived_in: int | None = None,
    everybody: bool = False,
) -> dict[int, Known]:
    """The active people of the département who share an identifier with one of `people`, by id.

    `archived_in`: those instead whom this organisation has archived. `everybody`: archived or not. One query per
    identifier, however many people.
    """
    found: dict[int, Known] = {}
    wanted = _is_active() if archived_in is None else _is_archived_in(archived_in)
    wanted = true() if everybody else wanted
    for place, rule in enumerate(RULES):
        values = {value for one in people for value in _column_values(place, one)}
        for some in chunks(sorted(values)):
            query = select(*_known_columns()).where(
                Beneficiary.department_id == department_id, rule.column.in_(some), wanted
            )
            found.update({row.id: Known(**row._mapping) for row in session.execute(query)})
    return found


def find_match(session: Session, department_id: int, person: Identified) -> Match:
    """Who this person is among the active people of the département."""
    directory = Directory()
    for known in people_with_any(session, department_id, [person]).values():
        directory.add(known.id, known)
    return directory.find(person)


def chunks(values: list[Value]) -> Iterator[list[Value]]:
    """Parts short enough for one query each."""
    for place in range(0, len(values), MOST_VALUES):
        yield values[place : place + MOST_VALUES]


def _column_values(place: int, person: Identified) -> tuple[str, ...]:
    if place == HOUSEHOLD:
        return (person.affiliation_number,) if person.affiliation_number else ()
    return RULES[place].keys(person)


def _is_active() -> ColumnElement[bool]:
    """In some organisation and not archived there, or in none yet."""
    mine = Membership.beneficiary_id == Beneficiary.id
    return or_(exists().where(mine, Membership.archived_at.is_(None)), ~exists().where(mine))


def _is_archived_in(organisation_id: int) -> ColumnElement[bool]:
    return exists().where(
        Membership.beneficiary_id == Beneficiary.id,
        Membership.organisation_id == organisation_id,
        Membership.archived_at.is_not(None),
    )


def _known_columns() -> Iterable[InstrumentedAttribute[object]]:
    return [getattr(Beneficiary, name) for name in Known.__slots__]

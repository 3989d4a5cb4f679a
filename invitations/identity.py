"""Who is who: keys in which case, accents and spaces don't count, and the match of a person with those we know.

The order is domain.md's: internal id, email, phone, each together with the first given name. Couples share an
internal id, an email and a phone, which is why none of them is enough alone. Two more rules come last, so that whoever
has no other identifier is found again when the same file is imported twice: France Travail id with first given name,
affiliation number with role and names.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol, TypeVar

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from invitations.models import Beneficiary, Membership, RsaRole, Title

Value = TypeVar("Value")

LONGEST_SEARCH_KEY = 600  # the column's length
# One list of values per query: both engines take tens of thousands of parameters, and a list of people has fewer.
MOST_VALUES = 10_000


class Identified(Protocol):
    """What matching reads of a person, known or incoming. Blank: "" for names, None for the rest."""

    @property
    def first_name(self) -> str: ...
    @property
    def last_name(self) -> str: ...
    @property
    def birth_name(self) -> str | None: ...
    @property
    def birth_on(self) -> date | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def affiliation_number(self) -> str | None: ...
    @property
    def role(self) -> RsaRole | None: ...
    @property
    def department_internal_id(self) -> str | None: ...
    @property
    def france_travail_id(self) -> str | None: ...


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
    phone_dead_at: datetime | None
    email_dead_at: datetime | None


@dataclass(frozen=True, slots=True)
class Match:
    """Who a person may be. No id: nobody we know. One: found. Several, or contradicted: a question for a human."""

    ids: tuple[int, ...] = ()
    is_contradicted: bool = False

    @property
    def id(self) -> int | None:
        """The one person found beyond doubt."""
        return self.ids[0] if len(self.ids) == 1 and not self.is_contradicted else None


def squash(text: str) -> str:
    """Letters and digits alone, in lower case, without accents: "Jean-Noël " → "jeannoel"."""
    return re.sub(r"[\W_]", "", plain(text))


def plain(text: str) -> str:
    """Lower case without accents, everything else kept: "N° Œuvre" → "n° oeuvre"."""
    letters = text.casefold().replace("œ", "oe").replace("æ", "ae")
    return "".join(one for one in unicodedata.normalize("NFD", letters) if not unicodedata.combining(one))


def first_name_key(text: str) -> str:
    """The first given name: "Jean Pierre Marie" → "jean", "Jean-Pierre" → "jeanpierre"."""
    words = text.split()
    return squash(words[0].partition(",")[0]) if words else ""


def email_key(text: str | None) -> str | None:
    """An email for matching: "Hélène@Example.fr " → "helene@example.fr". None when there is none."""
    return re.sub(r"\s", "", plain(text or "")) or None


def number_key(text: str | None) -> str | None:
    """An internal id or a France Travail id: upper case, no spaces. None when there is none."""
    return re.sub(r"\s", "", text or "").upper() or None


def search_key(
    *,
    first_name: str,
    last_name: str,
    birth_name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    affiliation_number: str | None = None,
    department_internal_id: str | None = None,
    france_travail_id: str | None = None,
) -> str:
    """What a search looks into, all in one text: names as words, then numbers, a phone both ways (0639…, +33639…)."""
    national = f"0{phone[3:]}" if phone and phone.startswith("+33") else None
    names = [" ".join(plain(name).split()) for name in (first_name, last_name, birth_name) if name]
    numbers = [affiliation_number, department_internal_id, france_travail_id]
    words = [*names, email_key(email), national, phone, *(plain(one) for one in numbers if one)]
    return " ".join(word for word in words if word)[:LONGEST_SEARCH_KEY]


def search_terms(query: str) -> list[str]:
    """The parts that a search key must hold, each: words of a name, or one number without its spaces."""
    wanted = " ".join(plain(query).split())
    if re.fullmatch(r"[+\d][\d\s.()-]*", wanted):
        return [re.sub(r"[^+\d]", "", wanted)]
    return wanted.split()


def same_first_name(one: Identified, other: Identified) -> bool:
    """True when the first given names agree; "Jean-Pierre" and "Jean Pierre" do too. A blank one never agrees."""
    mine, theirs = first_name_key(one.first_name), first_name_key(other.first_name)
    return bool(mine and theirs) and (mine == theirs or squash(one.first_name) == squash(other.first_name))


def same_last_name(one: Identified, other: Identified) -> bool:
    """True when a last or birth name of one is a last or birth name of the other."""
    return bool(_family_names(one) & _family_names(other))


def contradicts(one: Identified, other: Identified) -> bool:
    """True when two of internal id, birth date and family name are known of both and differ.

    A hostel's phone and a common first name make strangers look alike; one difference is a correction or a
    marriage, two are somebody else.
    """
    differences = [
        _differ(number_key(one.department_internal_id), number_key(other.department_internal_id)),
        _differ(one.birth_on, other.birth_on),
        bool(_family_names(one) and _family_names(other)) and not same_last_name(one, other),
    ]
    return sum(differences) >= 2


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to find a person: an identifier, and what must agree besides."""

    column: InstrumentedAttribute[str | None]
    key: Callable[[Identified], str | None]
    agrees: Callable[[Identified, Identified], bool]


def _both_names(one: Identified, other: Identified) -> bool:
    return same_first_name(one, other) and same_last_name(one, other)


def _household_key(person: Identified) -> str | None:
    if not person.affiliation_number or person.role is None:
        return None
    return f"{person.affiliation_number} {person.role.value}"


RULES = (
    Rule(Beneficiary.department_internal_id, lambda one: number_key(one.department_internal_id), same_first_name),
    Rule(Beneficiary.email_key, lambda one: email_key(one.email), same_first_name),
    Rule(Beneficiary.phone, lambda one: one.phone, same_first_name),
    Rule(Beneficiary.france_travail_id, lambda one: number_key(one.france_travail_id), same_first_name),
    Rule(Beneficiary.affiliation_number, _household_key, _both_names),
)
HOUSEHOLD = len(RULES) - 1


@dataclass(slots=True)
class Directory:
    """People by each of their identifiers, to find them again one at a time without asking the database."""

    _people: dict[tuple[int, str], dict[int, list[Identified]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )

    def add(self, person_id: int, person: Identified) -> None:
        """Know `person` under `person_id`; several descriptions of one person may be added."""
        for place, rule in enumerate(RULES):
            key = rule.key(person)
            if key:
                self._people[place, key][person_id].append(person)

    def find(self, person: Identified) -> Match:
        """The first rule that finds somebody decides."""
        for place, rule in enumerate(RULES):
            match = self._by_rule(place, rule.key(person), person, rule.agrees)
            if match.ids:
                return match
        return Match()

    def of_household(self, person: Identified) -> tuple[int, ...]:
        """Everybody with this affiliation number and role, whatever their names."""
        key = _household_key(person)
        return tuple(self._people.get((HOUSEHOLD, key), ())) if key else ()

    def namesakes(self, person: Identified, ids: Collection[int]) -> tuple[int, ...]:
        """Those of `ids`, found by household, whose first and last name agree."""
        described = self._people.get((HOUSEHOLD, _household_key(person) or ""), {})
        return tuple(one for one in ids if any(_both_names(person, other) for other in described.get(one, ())))

    def _by_rule(
        self, place: int, key: str | None, person: Identified, agrees: Callable[[Identified, Identified], bool]
    ) -> Match:
        if not key:
            return Match()
        found = {
            person_id: [one for one in described if agrees(person, one)]
            for person_id, described in self._people.get((place, key), {}).items()
        }
        found = {person_id: described for person_id, described in found.items() if described}
        doubted = any(contradicts(person, one) for described in found.values() for one in described)
        return Match(tuple(found), is_contradicted=doubted)


def people_with_any(session: Session, department_id: int, people: Collection[Identified]) -> dict[int, Known]:
    """The active people of the département who share an identifier with one of `people`, by id.

    One query per identifier, however many people.
    """
    found: dict[int, Known] = {}
    for place, rule in enumerate(RULES):
        values = {value for one in people if (value := _column_value(place, one))}
        for some in chunks(sorted(values)):
            query = select(*_known_columns()).where(
                Beneficiary.department_id == department_id, rule.column.in_(some), _is_active()
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


def _column_value(place: int, person: Identified) -> str | None:
    return person.affiliation_number if place == HOUSEHOLD else RULES[place].key(person)


def _is_active() -> ColumnElement[bool]:
    """In some organisation and not archived there, or in none yet."""
    mine = Membership.beneficiary_id == Beneficiary.id
    return or_(exists().where(mine, Membership.archived_at.is_(None)), ~exists().where(mine))


def _known_columns() -> Iterable[InstrumentedAttribute[object]]:
    return [getattr(Beneficiary, name) for name in Known.__slots__]


def _family_names(person: Identified) -> set[str]:
    return {squash(name) for name in (person.last_name, person.birth_name) if name and squash(name)}


def _differ(one: object, other: object) -> bool:
    return one is not None and other is not None and one != other

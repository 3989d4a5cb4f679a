"""A row's cells → the person they describe, and what is doubted of each cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from invitations.identity import squash
from invitations.models import RsaRole, Title
from invitations.nir import Differing, Nir, NotRead, Wrong, differs
from invitations.nir_keeping import of_cell
from invitations.uploads import cells as read
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.nir import HIDDEN

Word = TypeVar("Word")

CellReader = Callable[[str], read.Cell]
DayReader = Callable[[str, date], read.Day]

NIR_DOUBTS = {Wrong.UNREADABLE: Doubt.NIR_UNREADABLE, Wrong.KEY: Doubt.NIR_KEY}
NIR_DIFFERS = {Differing.SEX: Doubt.NIR_SEX_DIFFERS, Differing.YEAR: Doubt.NIR_YEAR_DIFFERS}
LONGEST_NAME = 80
LONGEST_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Person:
    """What one row says of a person; blank where it says nothing. Attributes are named as the person's own columns."""

    title: Title | None = None
    first_name: str = ""
    last_name: str = ""
    birth_name: str | None = None
    birth_on: date | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    commune_insee: str | None = None
    affiliation_number: str | None = None
    role: RsaRole | None = None
    department_internal_id: str | None = None
    france_travail_id: str | None = None
    rights_opened_on: date | None = None
    nir: Nir | None = None
    tags: tuple[str, ...] = ()

    @property
    def nir_hashes(self) -> tuple[str, ...]:
        return self.nir.hashes if self.nir else ()

    @property
    def has_identifier(self) -> bool:
        """One of those of domain.md at least; an affiliation number counts with its role."""
        single = (self.department_internal_id, self.france_travail_id, self.email, self.phone, self.nir)
        return any(single) or bool(self.affiliation_number and self.role)


@dataclass(slots=True)
class Reading:
    """A row being read: what its cells gave, and the doubts met on the way."""

    cells: Mapping[Field, str]
    today: date
    doubts: dict[str, Doubt] = field(default_factory=dict)

    def person(self) -> Person:
        postcode, city = self._postcode_and_city()
        address, postcode_inside, city_inside = self._address(is_alone=not (postcode or city))
        title, birth_on = self._word(Field.TITLE, read.read_title, Doubt.TITLE_UNKNOWN), self._birth()
        return Person(
            title=title,
            first_name=self._name(Field.FIRST_NAME),
            last_name=self._name(Field.LAST_NAME),
            birth_name=self._name(Field.BIRTH_NAME) or None,
            birth_on=birth_on,
            email=self._cell(Field.EMAIL, read.read_email),
            phone=self._cell(Field.PHONE, read.read_phone),
            address=address,
            postcode=postcode or postcode_inside,
            city=city or city_inside,
            commune_insee=self._cell(Field.COMMUNE_INSEE, read.read_insee),
            affiliation_number=self._cell(Field.AFFILIATION_NUMBER, read.read_affiliation),
            role=self._word(Field.ROLE, read.read_role, Doubt.ROLE_UNKNOWN),
            department_internal_id=self._cell(Field.DEPARTMENT_INTERNAL_ID, read.read_number),
            france_travail_id=self._cell(Field.FRANCE_TRAVAIL_ID, read.read_number),
            rights_opened_on=self._day(Field.RIGHTS_OPENED_ON, read.read_rights),
            nir=self._nir(title, birth_on),
            tags=read.read_tags(self._text(Field.TAGS)),
        )

    def holder_names(self) -> tuple[str, str]:
        """First and last name of the household's responsible person (the CNAF contact file)."""
        return self._name(Field.HOLDER_FIRST_NAME), self._name(Field.HOLDER_LAST_NAME)

    def _birth(self) -> date | None:
        return self._day(Field.BIRTH_ON, read.read_birth)

    def _nir(self, title: Title | None, birth_on: date | None) -> Nir | None:
        """What differs from the rest is something to know; what is no number is left out."""
        cell = self.cells.get(Field.NIR)
        if not cell:
            return None
        try:
            found = of_cell(cell)
        except NotRead as wrong:
            return self._doubted(Field.NIR, None, NIR_DOUBTS[wrong.why])
        differing = differs(found.first, title, birth_on)
        return self._doubted(Field.NIR, found, NIR_DIFFERS[differing] if differing else None)

    def _text(self, where: Field) -> str:
        text = self.cells.get(where, "")
        if HIDDEN not in text:
            return text
        self.doubts[where] = Doubt.NIR_HIDDEN
        return text.replace(HIDDEN, " ").strip(" ;,")

    def _name(self, where: Field) -> str:
        text = self._shortened(where, LONGEST_NAME)
        return read.read_name(text) if squash(text) else ""

    def _shortened(self, where: Field, longest: int) -> str:
        text = self._text(where)
        if len(text) > longest:
            self.doubts[where] = Doubt.TOO_LONG
        return text[:longest].strip()

    def _cell(self, where: Field, reader: CellReader) -> str | None:
        text = self.cells.get(where)
        if not text:
            return None
        value, doubt = reader(text)
        return self._doubted(where, value, doubt)

    def _day(self, where: Field, reader: DayReader) -> date | None:
        text = self.cells.get(where)
        if not text:
            return None
        value, doubt = reader(text, self.today)
        return self._doubted(where, value, doubt)

    def _word(self, where: Field, reader: Callable[[str], Word | None], doubt: Doubt) -> Word | None:
        text = self.cells.get(where)
        if not text:
            return None
        value = reader(text)
        return self._doubted(where, value, doubt if value is None else None)

    def _doubted(self, where: Field, value: Word | None, doubt: Doubt | None) -> Word | None:
        if doubt is not None:
            self.doubts[where] = doubt
        return value

    def _postcode_and_city(self) -> tuple[str | None, str | None]:
        postcode = self._cell(Field.POSTCODE, read.read_postcode)
        city = read.read_city(self._text(Field.CITY))
        together = self._text(Field.POSTCODE_CITY)
        if not together:
            return postcode, city
        postcode_of_both, city_of_both = read.split_postcode_city(together)
        return postcode or postcode_of_both, city or city_of_both

    def _address(self, *, is_alone: bool) -> tuple[str | None, str | None, str | None]:
        """Street and complement; with no town elsewhere, the one the address ends with."""
        street, postcode, city = self._shortened(Field.ADDRESS, LONGEST_ADDRESS), None, None
        if is_alone:
            street, postcode, city = read.split_address(street)
        lines = [line for line in (street, self._text(Field.ADDRESS_MORE)) if line]
        return ", ".join(lines)[:LONGEST_ADDRESS] or None, postcode, city


def read_person(cells: Mapping[Field, str], today: date, *, of_contact_file: bool) -> tuple[Person, dict[str, Doubt]]:
    """The person a row describes, and its doubts by field. `today`: the département's day, for two-digit years.

    The CNAF contact file names the household's responsible person: those names are the row's when it is about the
    applicant; about a spouse it gives no name at all.
    """
    reading = Reading(cells, today)
    person = reading.person()
    if of_contact_file:
        first_name, last_name = reading.holder_names()
        if person.role is RsaRole.APPLICANT:
            person = replace(person, first_name=first_name, last_name=last_name)
        return person, reading.doubts
    for where, name in ((Field.FIRST_NAME, person.first_name), (Field.LAST_NAME, person.last_name)):
        if not name:
            reading.doubts[where] = Doubt.NAME_MISSING
    return person, reading.doubts

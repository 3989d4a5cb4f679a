"""The CNAF and MSA flow of who receives the RSA (VRSB0801, XML) → rows of the few fields we need, while it arrives.

The file holds incomes, pregnancies, the whole household: a value is looked at only where one of ours may stand, and the
rest is gone with the piece that brought it. No document type, no entities: nothing can be made to swell.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from invitations.errors import UploadRefused
from invitations.nir_keeping import Keeping
from invitations.uploads.columns import cleaned_cells, nir_cell
from invitations.uploads.headers import Field
from invitations.uploads.reading import Why

LARGEST_FLOW = 1024 * 1024 * 1024  # bytes: 100,000 households make some 300 MB
MOST_PEOPLE = 400_000
# An XML file begins with its first mark, blanks or the mark of its encoding; anything else is not what its name says.
_BEGINNINGS = frozenset(b"<\xef\xff\xfe \t\r\n")

# People of these files whom the list is about: who asked and their partner (ROLEPERS), subject to rights and duties
# (TOPPERSDRODEVORSA), of a file whose right is open, suspended or not yet told (ETATDOSRSA, CNAF nomenclature).
ROLES = frozenset({"DEM", "CJT"})
OPEN = frozenset({"", "Z", "2", "3", "4"})
RSA = frozenset({"", "RSA", "RSD", "RSI", "RSU", "RSB", "RSJ"})

COLUMNS = {
    "MATRICULE": Field.AFFILIATION_NUMBER,
    "ROLEPERS": Field.ROLE,
    "QUAL": Field.TITLE,
    "NOM": Field.LAST_NAME,
    "NOMNAI": Field.BIRTH_NAME,
    "PRENOM": Field.FIRST_NAME,
    "DTNAI": Field.BIRTH_ON,
    "NUMVOIE … NOMVOIE": Field.ADDRESS,
    "COMPLADR": Field.ADDRESS_MORE,
    "CODEPOS": Field.POSTCODE,
    "LOCAADR": Field.CITY,
    "NUMCOM": Field.COMMUNE_INSEE,
    "DTDEMRSA": Field.RIGHTS_OPENED_ON,
}
# Where the département keeps it. It waits in memory alone: whose file this is is not known while it arrives.
NIR_COLUMN = {"NIR": Field.NIR}
_IDENTITY = frozenset({"QUAL", "NOM", "NOMNAI", "PRENOM", "DTNAI", "NIR"})
_STREET = frozenset({"NUMVOIE", "TYPEVOIE", "LIBTYPEVOIE", "NOMVOIE", "LIEUDIST"})
_TOWN = frozenset({"COMPLIIDEADR", "COMPLADR", "CODEPOS", "LOCAADR", "NOMCOM", "NUMCOM"})
# Element → the one it must stand in. The same names mean other people elsewhere in the file.
_STANDS_IN: dict[str, str] = {
    "MATRICULE": "Organisme",
    "DTDEMRSA": "DemandeRSA",
    "ETATDOSRSA": "EtatDossierRSA",
    **dict.fromkeys(_IDENTITY, "Identification"),
    **dict.fromkeys(_STREET | _TOWN, "AdresseDetailleeFrance"),
}
# These stand anywhere inside a person.
_OF_PERSON = frozenset({"ROLEPERS", "NATPREST", "TOPPERSDRODEVORSA"})

_LONGEST_TEXT = 400
_DEEPEST = 60  # elements; the flow has a dozen
_LONGEST_TOKEN = 1024 * 1024  # bytes between two marks: a tag of a megabyte is an attack
_PACK = 1_000

Row = tuple[int, dict[Field, str]]


@dataclass(slots=True)
class Flow:
    """Fed with the bytes of a flow as they come. Rows wait packed: a hundred thousand take ten megabytes.

    `left_aside`: people of the file whom the list is not about. `feed` and `close` raise UploadRefused.
    """

    left_aside: int = 0
    count: int = 0
    _packs: list[bytes] = field(default_factory=list)
    _rows: list[Row] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _household: dict[str, str] = field(default_factory=dict)
    _people: list[dict[str, str]] = field(default_factory=list)
    _person: dict[str, str] | None = None
    _household_depth: int = 0
    _has_flow: bool = False
    _text: list[str] | None = None
    _size: int = 0
    _parser: expat.XMLParserType = field(init=False)

    def __post_init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.StartDoctypeDeclHandler = _no_document_type
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end

    def feed(self, piece: bytes) -> None:
        if not self._size and piece and piece[0] not in _BEGINNINGS:
            raise UploadRefused(why=Why.NOT_WHAT_IT_SAYS)
        self._parse(piece, last=False)
        self._size += len(piece)
        if self._size - max(self._parser.CurrentByteIndex, 0) > _LONGEST_TOKEN + len(piece):
            raise UploadRefused(why=Why.UNREADABLE)

    def close(self) -> None:
        """The file is whole. Refused when it was no flow, or held nobody."""
        self._parse(b"", last=True)
        self._pack()
        if not self._has_flow:
            raise UploadRefused(why=Why.NOT_THE_FLOW)
        if not self.count:
            raise UploadRefused(why=Why.NO_ROWS)

    def rows(self, keeping: Keeping | None = None) -> Iterator[list[Row]]:
        """The rows, some at a time, numbered from 1 as they stood in the file; with sealed numbers where they are kept."""
        for pack in self._packs:
            found = json.loads(zlib.decompress(pack))
            yield [(number, _with_nir(cells, keeping)) for number, cells in found]

    def _parse(self, piece: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(piece, last)
        except (expat.ExpatError, ValueError, LookupError) as error:
            raise UploadRefused(why=Why.UNREADABLE) from error

    def _begin(self, name: str, _attributes: dict[str, str]) -> None:
        path = self._path
        parent = path[-1] if path else ""
        path.append(name)
        if len(path) > _DEEPEST:
            raise UploadRefused(why=Why.UNREADABLE)
        if name == "Personne":
            self._person = {}
        elif name == "IdentificationRSA":
            self._has_flow, self._household_depth = True, len(path) - 1
            self._household = {}
        elif _STANDS_IN.get(name) == parent or (self._person is not None and name in _OF_PERSON):
            self._text = []
            self._parser.CharacterDataHandler = self._text.append

    def _end(self, name: str) -> None:
        if self._text is not None:
            self._keep(name, "".join(self._text)[:_LONGEST_TEXT].strip())
            self._text, self._parser.CharacterDataHandler = None, None
        self._path.pop()
        if name == "Personne" and self._person is not None:
            self._people.append(self._person)
            self._person = None
        elif len(self._path) < self._household_depth:
            self._finish_household()

    def _keep(self, name: str, text: str) -> None:
        person = self._person
        if person is None:
            self._household.setdefault(name, text)
        elif name == "NATPREST":
            person["benefit"] = text
        elif name == "ROLEPERS":  # one for each benefit; that of the RSA counts
            if person.pop("benefit", "") in RSA or "ROLEPERS" not in person:
                person[name] = text
        else:
            person.setdefault(name, text)

    def _finish_household(self) -> None:
        for person in self._people:
            if person.get("ROLEPERS") not in ROLES:  # children are nobody's row, and not counted
                continue
            if person.get("TOPPERSDRODEVORSA") == "1" and self._household.get("ETATDOSRSA", "") in OPEN:
                self._add(person)
            else:
                self.left_aside += 1
        self._people, self._household, self._household_depth = [], {}, 0

    def _add(self, person: dict[str, str]) -> None:
        self.count += 1
        if self.count > MOST_PEOPLE:
            raise UploadRefused(why=Why.TOO_MANY_ROWS)
        cells = cleaned_cells(_cells(self._household, person))
        if person.get("NIR"):
            cells[Field.NIR] = person["NIR"]
        self._rows.append((self.count, cells))
        if len(self._rows) == _PACK:
            self._pack()

    def _pack(self) -> None:
        if self._rows:
            self._packs.append(zlib.compress(json.dumps(self._rows).encode(), 1))
            self._rows = []


def is_flow(columns: object) -> bool:
    """True when these columns, header → field, are those of the flow."""
    return isinstance(columns, dict) and set(columns) - set(NIR_COLUMN) == set(COLUMNS)


def read_flow(content: bytes) -> Flow:
    """A whole flow that is already in memory. Raises UploadRefused."""
    flow = Flow()
    for start in range(0, len(content), _LONGEST_TOKEN):
        flow.feed(content[start : start + _LONGEST_TOKEN])
    flow.close()
    return flow


def _cells(household: dict[str, str], person: dict[str, str]) -> dict[Field, str]:
    said = household | person
    address = " ".join(said[name] for name in ("NUMVOIE", "LIBTYPEVOIE", "TYPEVOIE", "NOMVOIE") if said.get(name))
    if said.get("LIBTYPEVOIE") and said.get("TYPEVOIE"):  # the word and its code
        address = " ".join(said[name] for name in ("NUMVOIE", "LIBTYPEVOIE", "NOMVOIE") if said.get(name))
    more = " ".join(said[name] for name in ("COMPLIIDEADR", "COMPLADR", "LIEUDIST") if said.get(name))
    cells = {where: said.get(name, "") for name, where in COLUMNS.items()}
    cells |= {Field.ADDRESS: address, Field.ADDRESS_MORE: more}
    cells[Field.CITY] = said.get("LOCAADR") or said.get("NOMCOM", "")
    return cells


def _with_nir(found: dict[str, str], keeping: Keeping | None) -> dict[Field, str]:
    cells = {Field(name): text for name, text in found.items()}
    sealed = nir_cell(cells.pop(Field.NIR, ""), keeping)
    return cells | {Field.NIR: sealed} if sealed else cells


def _no_document_type(*_: object) -> None:
    raise UploadRefused(why=Why.UNREADABLE)

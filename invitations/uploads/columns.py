"""Which column holds what. Columns we don't know are dropped here, before anything of theirs is kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from invitations.errors import UploadRefused
from invitations.identity import plain
from invitations.uploads.nir import without_nir
from invitations.uploads.reading import Sheet, Why

LONGEST_CELL = 400  # characters; the longest column that a cell may fill holds 200
LONGEST_HEADER = 80
# A title, a date of extraction, an empty line may stand above the header.
HEADER_IS_WITHIN = 30  # filled rows


class Field(StrEnum):
    """What a column may hold; the value is the person's own attribute where there is one."""

    AFFILIATION_NUMBER = "affiliation_number"
    ROLE = "role"
    TITLE = "title"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    BIRTH_NAME = "birth_name"
    BIRTH_ON = "birth_on"
    ADDRESS = "address"
    ADDRESS_MORE = "address_more"
    POSTCODE_CITY = "postcode_city"
    POSTCODE = "postcode"
    CITY = "city"
    COMMUNE_INSEE = "commune_insee"
    DEPARTMENT_INTERNAL_ID = "department_internal_id"
    FRANCE_TRAVAIL_ID = "france_travail_id"
    EMAIL = "email"
    PHONE = "phone"
    RIGHTS_OPENED_ON = "rights_opened_on"
    TAGS = "tags"
    # The CNAF contact file names the household's responsible person, who is not always the row's.
    HOLDER_LAST_NAME = "holder_last_name"
    HOLDER_FIRST_NAME = "holder_first_name"


# Several columns may hold a value of these; of any other the first counts.
MANY = {Field.PHONE, Field.EMAIL, Field.TAGS}

# Compared by `header_words`: accents, plurals, articles, "n°", "bénéficiaire" and "usager" don't count.
NAMES: dict[Field, tuple[str, ...]] = {
    Field.AFFILIATION_NUMBER: (
        "allocataire",
        "caf",
        "caf msa",
        "msa",
        "allocataire caf",
        "allocataire msa",
        "allocataire caf msa",
        "matricule",
        "matricule caf",
        "matricule allocataire",
        "affiliation",
        "affiliation number",
        "dossier caf",
        "numcaf",
    ),
    Field.ROLE: ("role", "role personne", "role rsa", "role dossier", "role foyer"),
    Field.TITLE: ("civilite", "titre", "type personne", "genre", "sexe", "title"),
    Field.LAST_NAME: (
        "nom",
        "nom usage",
        "nom famille",
        "nom personne",
        "nom allocataire",
        "nom marital",
        "nom usuel",
        "last name",
    ),
    Field.FIRST_NAME: ("prenom", "prenom personne", "prenom allocataire", "prenom usuel", "first name"),
    Field.BIRTH_NAME: ("nom naissance", "nom jeune fille", "nom patronymique", "birth name"),
    Field.BIRTH_ON: ("date naissance", "naissance", "ne", "nee", "ddn", "birth date"),
    Field.ADDRESS: ("adresse", "adresse postale", "adresse personne", "voie", "rue", "adresse 1", "ligne adresse 1"),
    Field.ADDRESS_MORE: (
        "complement adresse",
        "adresse complement",
        "complement",
        "adresse 2",
        "ligne adresse 2",
    ),
    Field.POSTCODE_CITY: ("cp ville", "code postal ville", "cp commune", "code postal commune", "ville cp"),
    Field.POSTCODE: ("cp", "code postal", "codepostal"),
    Field.CITY: ("ville", "commune", "localite", "nom commune", "commune residence", "ville residence"),
    Field.COMMUNE_INSEE: ("code insee", "insee", "code commune", "code insee commune", "numcom", "commune insee"),
    Field.DEPARTMENT_INTERNAL_ID: (
        "id iodas",
        "iodas",
        "id interne",
        "id interne departement",
        "identifiant interne",
        "identifiant departement",
        "id departement",
        "identifiant iodas",
        "id solis",
        "identifiant solis",
        "solis",
        "id individu",
        "department internal id",
    ),
    Field.FRANCE_TRAVAIL_ID: (
        "id pole emploi",
        "identifiant pole emploi",
        "pole emploi",
        "id pe",
        "identifiant pe",
        "id france travail",
        "identifiant france travail",
        "france travail",
        "id ft",
        "identifiant ft",
        "france travail id",
    ),
    Field.EMAIL: (
        "adresse mail",
        "adresse email",
        "adresse e mail",
        "adresse electronique",
        "adresse electronique dossier",
        "adresse courriel",
        "mail",
        "mel",
        "email",
        "e mail",
        "courriel",
        "mail 1",
        "mail 2",
        "email 1",
        "email 2",
    ),
    Field.PHONE: (
        "telephone",
        "tel",
        "phone",
        "mobile",
        "portable",
        "gsm",
        "fixe",
        "telephone mobile",
        "telephone portable",
        "telephone fixe",
        "tel mobile",
        "tel portable",
        "tel fixe",
        "telephone domicile",
        "telephone personnel",
        "telephone 1",
        "telephone 2",
        "tel 1",
        "tel 2",
        "portable 1",
        "portable 2",
        "telephone dossier",
        "telephone 2 dossier",
        "telephone dossier 2",
    ),
    Field.RIGHTS_OPENED_ON: (
        "date debut droit devoir",
        "date debut droit",
        "date ouverture droit",
        "date ouverture rsa",
        "ouverture droit",
        "date entree droit devoir",
        "date debut rsa",
        "date debut droit rsa",
        "date ouverture droit rsa",
        "rights opened on",
    ),
    Field.TAGS: ("tag", "etiquette", "mot cle"),
    Field.HOLDER_LAST_NAME: ("nom responsable dossier",),
    Field.HOLDER_FIRST_NAME: ("prenom responsable dossier",),
}
_SKIPPED = {"de", "du", "des", "d", "la", "le", "les", "l", "n", "no", "num", "numero", "nr", "e", "s"}
_SKIPPED |= {"beneficiaire", "usager"}
_ENOUGH = ({Field.LAST_NAME, Field.FIRST_NAME}, {Field.HOLDER_LAST_NAME, Field.AFFILIATION_NUMBER})


@dataclass(frozen=True, slots=True)
class Table:
    """What is kept of a file: `columns` header → field, the names of the columns left aside, and the rows' cells."""

    columns: dict[str, Field]
    ignored: list[str]
    rows: list[tuple[int, dict[Field, str]]]

    @property
    def completes_a_list(self) -> bool:
        """True for the CNAF contact file, which describes people by their household."""
        return is_contact_file(self.columns.values())


def is_contact_file(fields: Iterable[Field | str]) -> bool:
    """True when these fields are the CNAF contact file's (import.md)."""
    return Field.HOLDER_LAST_NAME in set(fields)


def header_words(header: str) -> str:
    """A header as its words: "Date de⏎Naissance" → "date naissance", "N°⏎Téléphones" → "telephone"."""
    words = re.findall(r"[a-z0-9]+", plain(header).replace("º", " "))
    return " ".join(_singular(word) for word in words if word not in _SKIPPED)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


_FIELD_OF = {header_words(name): field for field, names in NAMES.items() for name in names}


def field_of(header: str) -> Field | None:
    """What a column with this header holds, as far as we know."""
    return _FIELD_OF.get(header_words(header))


def recognise(sheets: Sequence[Sheet]) -> Table:
    """The first sheet with a header we know, its known columns alone. Raises UploadRefused."""
    for sheet in sheets:
        for place, (_, texts) in enumerate(sheet.rows[:HEADER_IS_WITHIN]):
            fields = [field_of(text) for text in texts]
            if any(needed <= set(fields) for needed in _ENOUGH):
                return _table(texts, _one_each(fields), sheet.rows[place + 1 :])
    raise UploadRefused(why=Why.NO_HEADER if any(sheet.rows for sheet in sheets) else Why.NO_ROWS)


def _table(headers: list[str], fields: list[Field | None], found: list[tuple[int, list[str]]]) -> Table:
    rows = [(number, cells) for number, texts in found if (cells := _kept(texts, fields))]
    if not rows:
        raise UploadRefused(why=Why.NO_ROWS)
    named = [(_shown(header), field) for header, field in zip(headers, fields, strict=True) if header]
    columns: dict[str, Field] = {}
    for header, field in named:
        if field is not None:
            columns[header if header not in columns else f"{header} ({len(columns) + 1})"] = field
    return Table(columns, [header for header, field in named if field is None], rows)


def _one_each(fields: list[Field | None]) -> list[Field | None]:
    seen: set[Field] = set()
    kept: list[Field | None] = []
    for field in fields:
        kept.append(None if field in seen and field not in MANY else field)
        if field is not None:
            seen.add(field)
    return kept


def _kept(texts: list[str], fields: list[Field | None]) -> dict[Field, str]:
    """The cells of known columns, cleaned; a social security number that strayed into one is hidden for good."""
    cells: dict[Field, str] = {}
    for field, found in zip(fields, texts, strict=False):
        if field is None:
            continue
        text = re.sub(r"[\r\n]+", " ; ", found) if field in MANY else found
        cleaned = without_nir(_cleaned(text), padded=field is Field.AFFILIATION_NUMBER)
        if cleaned:
            cells[field] = f"{cells[field]} ; {cleaned}" if field in cells else cleaned
    return cells


def _cleaned(text: str) -> str:
    printable = "".join(one if one.isprintable() else " " for one in text[: 4 * LONGEST_CELL])
    return " ".join(printable.split())[:LONGEST_CELL]


def _shown(header: str) -> str:
    return " ".join(header.split())[:LONGEST_HEADER]

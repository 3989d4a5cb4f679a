"""The names that columns go by in the lists of départements and in the CNAF contact file (import.md)."""

from __future__ import annotations

import re
from enum import StrEnum

from invitations.identity import plain


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
    # Only where the département keeps it: else its column is one that we don't know (docs/decisions/0034).
    NIR = "nir"
    # The CNAF contact file names the household's responsible person, who is not always the row's.
    HOLDER_LAST_NAME = "holder_last_name"
    HOLDER_FIRST_NAME = "holder_first_name"


LONGEST_HEADER = 80

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
        "identifiant interne departement",
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
    Field.NIR: ("nir", "nir personne", "securite sociale", "secu", "securite sociale nir", "nir securite sociale"),
    Field.TAGS: ("tag", "etiquette", "mot cle"),
    Field.HOLDER_LAST_NAME: ("nom responsable dossier",),
    Field.HOLDER_FIRST_NAME: ("prenom responsable dossier",),
}
_SKIPPED = {"de", "du", "des", "d", "la", "le", "les", "l", "n", "no", "num", "numero", "nr", "e", "s"}
_SKIPPED |= {"beneficiaire", "usager"}


def header_words(header: str) -> str:
    """A header as its words: "Date de⏎Naissance" → "date naissance", "N°⏎Téléphones" → "telephone"."""
    words = re.findall(r"[a-z0-9]+", plain(header).replace("º", " "))
    return " ".join(_singular(word) for word in words if word not in _SKIPPED)


def header_key(header: str) -> str:
    """A header as an organisation's own saying compares it: every word counts; accents, case and marks don't."""
    return " ".join(re.findall(r"[a-z0-9]+", plain(header)))[:LONGEST_HEADER]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") else word


_FIELD_OF = {header_words(name): field for field, names in NAMES.items() for name in names}


def field_of(header: str) -> Field | None:
    """What a column with this header holds, as far as we know."""
    return _FIELD_OF.get(header_words(header))

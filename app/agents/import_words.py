"""The words of the imports' pages: verdicts in the address, what was done, values as people write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from flask import url_for

from app.agents.people_words import category_word, slug
from app.filters import phone, plural, short_day
from app.labels import label
from invitations.models import Category, FollowUpStatus, ImportState, RsaRole, Title, Verdict
from invitations.uploads.deciding import FOLLOW_UP, MEMBERSHIP
from invitations.uploads.headers import Field
from invitations.uploads.previews import Line
from invitations.uploads.saving import Saved

# Word of the address → verdict.
VERDICTS = {
    "a-creer": Verdict.CREATE,
    "a-modifier": Verdict.UPDATE,
    "inchangees": Verdict.UNCHANGED,
    "a-departager": Verdict.AMBIGUOUS,
    "refusees": Verdict.REFUSED,
}
WORD_OF = {verdict: word for word, verdict in VERDICTS.items()}

TONES = {
    Verdict.CREATE: "good",
    Verdict.UPDATE: "accent",
    Verdict.UNCHANGED: "quiet",
    Verdict.AMBIGUOUS: "care",
    Verdict.REFUSED: "stop",
}
# What a verdict is called once it was carried out; questions and refusals stay what they are.
DONE = {Verdict.CREATE: "Créée", Verdict.UPDATE: "Modifiée"}

# The filter above the rows names several; before saving and after.
FILTERS = {
    Verdict.CREATE: ("À créer", "Créées"),
    Verdict.UPDATE: ("À modifier", "Modifiées"),
    Verdict.UNCHANGED: ("Inchangées", "Inchangées"),
    Verdict.AMBIGUOUS: ("À départager", "À départager"),
    Verdict.REFUSED: ("Refusées", "Refusées"),
}

# One and many of each, before saving and after.
PLANNED = {
    Verdict.CREATE: ("personne à créer", "personnes à créer"),
    Verdict.UPDATE: ("à modifier", "à modifier"),
    Verdict.UNCHANGED: ("inchangée", "inchangées"),
    Verdict.AMBIGUOUS: ("à départager", "à départager"),
    Verdict.REFUSED: ("refusée", "refusées"),
}
CARRIED_OUT = PLANNED | {
    Verdict.CREATE: ("personne créée", "personnes créées"),
    Verdict.UPDATE: ("modifiée", "modifiées"),
}
# What a new person's row shows, in this order, as the file writes it.
SHOWN = (Field.PHONE, Field.EMAIL, Field.POSTCODE_CITY, Field.CITY)


@dataclass(frozen=True, slots=True)
class Change:
    """A value that changes: what it is, as it was (None: nothing, or not ours to show), as it becomes."""

    what: str
    old: str | None
    new: str


def verdict_words(verdict: Verdict, state: ImportState) -> str:
    return DONE.get(verdict, label(verdict)) if state is ImportState.SAVED else label(verdict)


def summary(counts: Mapping[Verdict, int], state: ImportState) -> str:
    """ "201 personnes à créer, 3 à modifier, 2 refusées": what there is none of is not said."""
    words = CARRIED_OUT if state is ImportState.SAVED else PLANNED
    said = [plural(counts[verdict], *words[verdict]) for verdict in Verdict if counts[verdict]]
    return ", ".join(said)


def saved_sentence(saved: Saved) -> str:
    """What was just done."""
    if not (saved.created or saved.updated):
        return "Rien n’a changé\N{NO-BREAK SPACE}: tout était déjà là."
    done = [
        plural(saved.created, "personne créée", "personnes créées") if saved.created else "",
        plural(saved.updated, "modifiée", "modifiées") if saved.updated else "",
    ]
    return f"C’est enregistré\N{NO-BREAK SPACE}: {', '.join(one for one in done if one)}. Aucun message n’est parti."


def changes(line: Line) -> list[Change]:
    """The attributes that change; membership and follow-up are said by `joins`."""
    return [
        Change(label(Field(name)), _written(name, old), _written(name, new) or "")
        for name, (old, new) in line.changes.items()
        if name not in {MEMBERSHIP, FOLLOW_UP}
    ]


def joins(line: Line) -> list[str]:
    """What the person gets here besides."""
    said = []
    if MEMBERSHIP in line.changes:
        before, _ = line.changes[MEMBERSHIP]
        said.append("sort des archives de votre structure" if before else "rejoint votre structure")
    if FOLLOW_UP in line.changes:
        said.append("suivi ouvert")
    return said


def contact(line: Line) -> str:
    """How to reach someone new, as the file writes it."""
    return " · ".join(text for field in SHOWN if (text := line.cells.get(field)))


def to_invite(category: Category) -> str:
    """The list of those who can now be invited for this."""
    return url_for("people.listing", statut=slug(label(FollowUpStatus.NOT_INVITED)), categorie=category_word(category))


def rows_said(rows: Sequence[int]) -> str:
    """ "ligne 5", "lignes 5 et 9" """
    numbers = [str(row) for row in rows]
    if len(numbers) == 1:
        return f"ligne\N{NO-BREAK SPACE}{numbers[0]}"
    return f"lignes\N{NO-BREAK SPACE}{', '.join(numbers[:-1])} et {numbers[-1]}"


def _written(name: str, value: str | None) -> str | None:
    if value is None:
        return None
    if name == Field.PHONE:
        return phone(value)
    if name in {Field.BIRTH_ON, Field.RIGHTS_OPENED_ON}:
        return short_day(date.fromisoformat(value))
    if name == Field.TITLE:
        return label(Title(value))
    return label(RsaRole(value)) if name == Field.ROLE else value

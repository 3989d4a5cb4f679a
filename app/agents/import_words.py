"""The words of the imports' pages: verdicts in the address, what was done, values as people write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flask import url_for

from app.agents.people_words import category_word, slug
from app.filters import phone, plural, short_day
from app.labels import label
from invitations.models import Category, FollowUpStatus, ImportState, RsaRole, Title, Verdict
from invitations.uploads.choices import Act
from invitations.uploads.deciding import FOLLOW_UP, MEMBERSHIP
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.previews import Line
from invitations.uploads.saving import Saved
from invitations.uploads.undoing import Undone

# Word of the address → verdict.
VERDICTS = {
    "a-creer": Verdict.CREATE,
    "a-modifier": Verdict.UPDATE,
    "inchangees": Verdict.UNCHANGED,
    "a-departager": Verdict.AMBIGUOUS,
    "refusees": Verdict.REFUSED,
    "laissees": Verdict.LEFT_OUT,
}
WORD_OF = {verdict: word for word, verdict in VERDICTS.items()}

TONES = {
    Verdict.CREATE: "good",
    Verdict.UPDATE: "accent",
    Verdict.UNCHANGED: "quiet",
    Verdict.AMBIGUOUS: "care",
    Verdict.REFUSED: "stop",
    Verdict.LEFT_OUT: "quiet",
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
    Verdict.LEFT_OUT: ("Laissées de côté", "Laissées de côté"),
}

# One and many of each, before saving and after.
PLANNED = {
    Verdict.CREATE: ("personne à créer", "personnes à créer"),
    Verdict.UPDATE: ("à modifier", "à modifier"),
    Verdict.UNCHANGED: ("inchangée", "inchangées"),
    Verdict.AMBIGUOUS: ("à départager", "à départager"),
    Verdict.REFUSED: ("refusée", "refusées"),
    Verdict.LEFT_OUT: ("laissée de côté", "laissées de côté"),
}
CARRIED_OUT = PLANNED | {
    Verdict.CREATE: ("personne créée", "personnes créées"),
    Verdict.UPDATE: ("modifiée", "modifiées"),
}
# What a new person's row shows, in this order, as the file writes it.
SHOWN = (Field.PHONE, Field.EMAIL, Field.POSTCODE_CITY, Field.CITY)


# Cells to correct stand in the order in which somebody reads a person.
IN_ORDER = sorted(Field, key=lambda field: (field not in {Field.LAST_NAME, Field.FIRST_NAME}, list(Field).index(field)))
# What would let a refused row in.
MISSED = {
    Doubt.NAME_MISSING: (Field.LAST_NAME, Field.FIRST_NAME),
    Doubt.NO_IDENTIFIER: (Field.PHONE, Field.EMAIL, Field.DEPARTMENT_INTERNAL_ID),
}
DECIDED = {
    Act.OTHER: "Décidé\N{NO-BREAK SPACE}: c’est une autre personne.",
    Act.OUT: "Décidé\N{NO-BREAK SPACE}: cette ligne est laissée de côté.",
}
# What an import that is not simply saved is called in the list, and its tone.
STATES = {
    ImportState.READING: ("En cours de lecture", "wait"),
    ImportState.JUDGING: ("En cours de lecture", "wait"),
    ImportState.PREVIEW: ("Pas enregistré", "wait"),
    ImportState.SAVING: ("En cours d’enregistrement", "wait"),
    ImportState.UNDONE: ("Annulé", "quiet"),
}
DOING = {
    ImportState.READING: "Lecture du fichier",
    ImportState.JUDGING: "Recherche des personnes déjà connues",
    ImportState.SAVING: "Enregistrement",
}
CLOSED = "Cet import n’est plus à relire\N{NO-BREAK SPACE}: il vient d’être enregistré. Rien n’a été changé."
FORGOTTEN = "C’est oublié. Les prochains fichiers seront lus comme si rien n’avait été dit de cette colonne."


@dataclass(frozen=True, slots=True)
class Change:
    """A value that changes: what it is, as it was (None: nothing, or not ours to show), as it becomes."""

    what: str
    old: str | None
    new: str


def verdict_words(verdict: Verdict, state: ImportState) -> str:
    return label(verdict) if state is ImportState.PREVIEW else DONE.get(verdict, label(verdict))


def summary(counts: Mapping[Verdict, int], state: ImportState) -> str:
    """ "201 personnes à créer, 3 à modifier, 2 refusées": what there is none of is not said."""
    words = PLANNED if state is ImportState.PREVIEW else CARRIED_OUT
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


def undone_sentence(undone: Undone) -> str:
    """What was just taken back, and what was not."""
    done = [
        plural(undone.removed, "personne retirée", "personnes retirées") if undone.removed else "",
        plural(undone.restored, "personne remise comme avant", "personnes remises comme avant")
        if undone.restored
        else "",
    ]
    said = ", ".join(one for one in done if one) or "rien n’était à reprendre"
    if not undone.kept:
        return f"L’import est annulé\N{NO-BREAK SPACE}: {said}."
    kept = plural(undone.kept, "personne a", "personnes ont")
    return f"L’import est annulé\N{NO-BREAK SPACE}: {said}. {kept} changé depuis et gardent ces changements."


def stays_sentence(invited: int) -> str:
    """Why an import is not undone."""
    if not invited:
        return "Cet import n’est pas enregistré\N{NO-BREAK SPACE}: il n’y a rien à annuler."
    people = plural(
        invited,
        "personne de cet import a déjà été invitée ou a un rendez-vous",
        "personnes de cet import ont déjà été invitées ou ont un rendez-vous",
    )
    return f"Cet import ne s’annule plus\N{NO-BREAK SPACE}: {people}."


def what(attribute: str) -> str:
    """An attribute of a person in a comparison."""
    said = label(Field(attribute))
    return said[0].upper() + said[1:]


def to_correct(line: Line) -> list[tuple[Field, str, Doubt | None]]:
    """The cells of a row that somebody may want to write anew: doubted ones, and those whose lack refused the row."""
    wanted: dict[Field, Doubt | None] = dict(line.doubts)
    if line.verdict is Verdict.REFUSED and line.why is not None:
        wanted |= {field: wanted.get(field) for field in MISSED.get(line.why, ())}
    wanted.pop(Field.NIR, None)
    return [(field, line.cells.get(field, ""), wanted[field]) for field in IN_ORDER if field in wanted]


def only_told(line: Line) -> list[tuple[Field, Doubt]]:
    """What is doubted of the social security number: it can't be shown, so it is corrected in the file."""
    return [(Field.NIR, line.doubts[Field.NIR])] if Field.NIR in line.doubts else []


def decided(line: Line) -> str:
    """What an agent said of a row; "" when nobody had to."""
    if line.choice is None:
        return ""
    if line.choice.act is not Act.SAME:
        return DECIDED[line.choice.act]
    return "Décidé\N{NO-BREAK SPACE}: c’est la personne déjà connue."


def left_sentence(left: timedelta | None) -> str:
    """ "encore 2 minutes environ" """
    if left is None:
        return ""
    seconds = left.total_seconds()
    if seconds < 60:
        return "encore moins d’une minute"
    return f"encore {plural(round(seconds / 60), 'minute', 'minutes')} environ"


def changes(line: Line) -> list[Change]:
    """The attributes that change; membership and follow-up are said by `joins`."""
    return [
        Change(label(Field(name)), written(name, old), written(name, new) or "")
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


def written(name: str, value: str | None) -> str | None:
    """A value as people write it, from the text that is kept of it."""
    if value is None:
        return None
    if name == Field.PHONE:
        return phone(value)
    if name in {Field.BIRTH_ON, Field.RIGHTS_OPENED_ON}:
        return short_day(date.fromisoformat(value))
    if name == Field.TITLE:
        return label(Title(value))
    return label(RsaRole(value)) if name == Field.ROLE else value

"""What was done to a selection, in sentences: for how many, for whom not and why."""

from __future__ import annotations

from collections.abc import Sequence

from app.filters import plural
from invitations.reminding import WhyNot
from invitations.selecting import Act, Done

NBSP = "\N{NO-BREAK SPACE}"
# Names said; of more, the others are counted.
NAMED = 3

CHANGED = {
    Act.SUSPEND: ("relances suspendues", "Ni rappel ni courrier ne partira de lui-même."),
    Act.RESUME: ("relances reprises", "La prochaine étape viendra à son heure."),
    Act.REFERENT: ("personne référente désignée", ""),
    Act.TAG: ("étiquette «\N{NO-BREAK SPACE}{label}\N{NO-BREAK SPACE}» ajoutée", ""),
    Act.UNTAG: ("étiquette «\N{NO-BREAK SPACE}{label}\N{NO-BREAK SPACE}» retirée", ""),
    Act.ARCHIVE: ("sorties des listes", "Leurs invitations en cours ne sont plus valables\N{NO-BREAK SPACE}; un rendez-vous pris reste prévu."),
    Act.UNARCHIVE: ("de retour dans les listes", "Les invitations qui avaient pris fin ne reprennent pas."),
}  # fmt: skip
UNCHANGED = {
    Act.SUSPEND: "rien à suspendre",
    Act.RESUME: "rien de suspendu",
    Act.REFERENT: "déjà cette personne référente",
    Act.TAG: "déjà cette étiquette",
    Act.UNTAG: "pas cette étiquette",
    Act.ARCHIVE: "déjà archivées",
    Act.UNARCHIVE: "pas archivées",
}
NOT_REMINDED = {
    WhyNot.NOT_AWAITED: "aucune invitation n’attend leur réponse",
    WhyNot.SUSPENDED: "leurs relances sont suspendues",
    WhyNot.TOLD_LATELY: "un message leur a été écrit il y a moins de 24 heures, ou part à l’instant",
    WhyNot.NO_WAY: "ni SMS ni courriel ne les joint",
}


def what_was_done(act: Act, done: Done, names: dict[int, str], label: str = "") -> str:
    """12 personnes : étiquette « Sans permis » ajoutée. Sans changement pour Inès Bernard : déjà cette étiquette."""
    words, more = CHANGED[act]
    lines = []
    if done.changed:
        lines.append(
            f"{plural(len(done.changed), 'personne', 'personnes')}{NBSP}: {words.format(label=label)}. {more}".rstrip()
        )
    if done.unchanged:
        lines.append(f"Sans changement pour {who(done.unchanged, names)}{NBSP}: {UNCHANGED[act]}.")
    return "\n".join(lines) or "Rien n’a changé."


def who(people: Sequence[int], names: dict[int, str]) -> str:
    """Up to three by their names; 12 personnes."""
    known = [names[one] for one in people if one in names]
    return ", ".join(known) if len(known) <= NAMED else plural(len(known), "personne", "personnes")

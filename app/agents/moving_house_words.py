"""What the page of a move says: how far it is, how much comes in, and why a line does not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from app.filters import plural
from app.labels import label
from app.moving_house_words import WORDS as ON_THE_COMMAND_LINE
from invitations.errors import UploadRefused
from invitations.models import MoveIn, MoveInRemark, MoveInState
from invitations.moving_house.columns import Trouble
from invitations.moving_house.tally import Tally
from invitations.uploads.reading import Why

NBSP = "\N{NO-BREAK SPACE}"
DOING = {
    MoveInState.LOOKING: "Lecture de vos fichiers",
    MoveInState.MOVING: "Reprise de vos données",
}
STATES = {
    MoveInState.LOOKING: ("lecture en cours", "wait"),
    MoveInState.PREVIEW: ("à confirmer", "care"),
    MoveInState.MOVING: ("en cours", "wait"),
    MoveInState.DONE: ("repris", "good"),
}
PEOPLE_FILE, MEETINGS_FILE = "personnes", "rendez-vous"
NO_FILE = f"Choisissez le fichier des personnes{NBSP}: il est demandé, même pour ne reprendre que des rendez-vous."
MISSING = {
    True: "Aucune ligne d’en-têtes n’a été reconnue. Il faut au moins une colonne Nom et une colonne Prénom.",
    False: f"Il manque une colonne. Il faut au moins{NBSP}: Nom, Prénom, Date du RDV, Heure du RDV, Motif du RDV, "
    "Organisation du rendez-vous, Statut du rdv.",
}
_TOO_LARGE = (
    f"Ce fichier dépasse 10{NBSP}Mo. Partagez-le en plusieurs, ou demandez la commande à votre service informatique."
)

WORDS: dict[Trouble, str] = ON_THE_COMMAND_LINE | {
    Trouble.ORGANISATION_UNKNOWN: "sa structure n’est pas une de celles que vous administrez",
    Trouble.NO_AGENT: "laissée de côté : un rendez-vous à venir demande un agent (colonne « Agents », ou ci-dessus)",
    Trouble.CATEGORY_MISSING: "reprise sans ses invitations : leur motif n’a pas été choisi",
}


def refused(refusal: UploadRefused, *, of_people: bool) -> str:
    """Beside the field of the file."""
    why = refusal.details["why"]
    if why is Why.NO_HEADER:
        return MISSING[of_people]
    return _TOO_LARGE if why is Why.TOO_LARGE else label(why)


def sentence(why: Trouble) -> str:
    """Laissée de côté : la date ou l’heure ne peut pas être lue"""
    words = WORDS[why].replace(" :", f"{NBSP}:").replace("« ", f"«{NBSP}").replace(" »", f"{NBSP}»")
    return words[0].upper() + words[1:]


def why_of(remark: MoveInRemark) -> str:
    """Why a line is left out, or what it comes in without."""
    return ". ".join(sentence(Trouble(one)) for one in remark.whys.split())


def name_of(remark: MoveInRemark) -> str:
    cells = remark.cells or {}
    return " ".join(cells[one] for one in ("first_name", "last_name") if one in cells)


def file_of(of_people: bool) -> str:
    return PEOPLE_FILE if of_people else MEETINGS_FILE


def counted(move: MoveIn) -> list[tuple[str, int]]:
    """How much comes in, or has come in."""
    found = Tally(**move.counts)
    return [
        ("Personnes nouvelles", found.people),
        ("Personnes déjà là, gardées telles quelles", found.people_known),
        ("Suivis", found.follow_ups),
        ("Invitations passées", found.invitations),
        ("Rendez-vous", found.appointments),
        ("Participations", found.participations),
        ("Participations déjà là", found.participations_known),
        ("Lignes laissées de côté", found.left_out),
    ]


def heading(move: MoveIn) -> str:
    """1 254 personnes et 3 020 rendez-vous à reprendre"""
    found = Tally(**move.counts)
    people = plural(found.people, "personne", "personnes")
    meetings = plural(found.appointments, "rendez-vous", "rendez-vous")
    if not (found.people or found.appointments or found.participations):
        return "Tout est déjà là" if not found.left_out else "Rien à reprendre"
    return f"{people} et {meetings} {'repris' if move.state is MoveInState.DONE else 'à reprendre'}"


def reasons(found: Counter[tuple[bool, Trouble]]) -> list[tuple[str, str, int]]:
    """Of each file, why, and how many lines; the most frequent first."""
    return [(file_of(of_people), sentence(why), count) for (of_people, why), count in found.most_common()]


def left_sentence(left: timedelta) -> str:
    minutes = round(left / timedelta(minutes=1))
    return f"encore {plural(minutes, 'minute', 'minutes')} environ" if minutes else "encore moins d’une minute"

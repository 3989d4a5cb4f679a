"""How telling France Travail goes, in French: what is in the way, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from invitations.models import NoticeTrouble

CHOSEN = "C’est enregistré. France Travail est prévenu des rendez-vous pris à partir de maintenant."
ENDED = "C’est enregistré. Plus rien ne part vers France Travail."


OF_NUMBERS = frozenset({NoticeTrouble.NO_NUMBER, NoticeTrouble.UNKNOWN_PERSON})


@dataclass(frozen=True, slots=True)
class Trouble:
    name: str
    advice: str


TROUBLES: Mapping[NoticeTrouble, Trouble] = {
    NoticeTrouble.UNCERTAIN: Trouble(
        "Peut-être écrit, sans réponse de France Travail",
        "La connexion s’est coupée pendant l’envoi. Pour ne rien écrire deux fois, regardez d’abord dans le dossier de la "
        "personne chez France Travail.",
    ),
    NoticeTrouble.UNKNOWN_PERSON: Trouble(
        "Numéro inconnu de France Travail",
        "Vérifiez le numéro sur la fiche de la personne. Une fois corrigé, le rendez-vous part de lui-même.",
    ),
    NoticeTrouble.NO_NUMBER: Trouble(
        "Personne sans numéro France Travail",
        "Rien ne part. Une fois le numéro ajouté sur la fiche de la personne, le rendez-vous part de lui-même.",
    ),
    NoticeTrouble.AWAY: Trouble(
        "France Travail ne répond pas",
        "Les essais continuent pendant trois jours, de moins en moins souvent.",
    ),
    NoticeTrouble.TOO_OFTEN: Trouble(
        "France Travail demande d’attendre",
        "Les envois reprennent d’eux-mêmes.",
    ),
    NoticeTrouble.REFUSED: Trouble(
        "France Travail refuse l’accès",
        "L’accès se règle avec qui exploite ce logiciel. Les essais continuent pendant trois jours.",
    ),
    NoticeTrouble.MALFORMED: Trouble(
        "France Travail ne comprend pas l’envoi",
        "Signalez-le à qui exploite ce logiciel, puis réessayez.",
    ),
}

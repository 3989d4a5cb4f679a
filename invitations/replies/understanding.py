"""What a text asks for, word for word: no database. What is not in these lists, a person reads.

A whole text must be one of these words, politeness left out: "je ne veux pas annuler" cancels nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

# Of what is longer, nobody expects a machine to understand it.
LONGEST = 60


class Intent(StrEnum):
    NUMBER = "number"
    TIMES = "times"  # the word SMS: times to choose from, by text
    OTHERS = "others"
    CALL = "call"
    YES = "yes"
    NO = "no"
    CANCEL = "cancel"
    MOVE = "move"
    STOP = "stop"
    START = "start"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    intent: Intent
    number: int = 0  # from 1, when it is one


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The words that our texts name are French in every language; yes and no are said in each of ours.
_SAID: dict[Intent, frozenset[str]] = {
    Intent.STOP: _words(
        "stop stopsms stopall arret arreter arretez unsubscribe desabonner desabonnement desabonnez desinscrire"
        " desinscription optout revoke end quit"
    )
    | {"stop sms", "stop all", "arret sms", "opt out", "me desabonner", "desabonnez moi", "plus de sms"},
    Intent.START: _words("start unstop reprendre reprise"),
    Intent.TIMES: _words("sms horaire horaires creneau creneaux"),
    Intent.OTHERS: _words("a autre autres") | {"autres horaires", "autre horaire", "d autres"},
    Intent.CALL: _words("r rappel rappeler rappelez appel appeler appelez")
    | {"rappelez moi", "rappeler moi", "rappelle moi", "appelez moi", "me rappeler"},
    Intent.CANCEL: _words("annuler annule annulez annulation cancel"),
    Intent.MOVE: _words("changer change changez deplacer deplacez reporter"),
    Intent.YES: _words("oui ok ouais daccord confirme yes نعم اجل si sim evet да так da بله بلی ارى اری")
    | {"d accord", "je confirme"},
    Intent.NO: _words("non no لا nao hayir hayır нет ні nu نه نخیر"),
}
# Said around the word that matters.
_POLITE = _words("bonjour bonsoir salut merci svp stp please madame monsieur") | {"s il vous plait", "s il te plait"}
_AROUND_A_NUMBER = _words("le la l n no numero num choix option reponse horaire creneau je prends choisis veux pour")
_NOT_A_WORD = re.compile(r"[\W_]+")
_POLITELY = re.compile(r"\b(?:" + "|".join(sorted(_POLITE, key=len, reverse=True)) + r")\b")


def understand(body: str) -> Asked:
    """What a text asks for, whatever its accents, case and punctuation."""
    said = normal(body)
    if len(said) > LONGEST:
        return Asked(Intent.UNKNOWN)
    bare = " ".join(_POLITELY.sub(" ", said).split())
    for words in (said, bare):
        for intent, known in _SAID.items():
            if words in known:
                return Asked(intent)
    return _number_in(bare)


def normal(body: str) -> str:
    """Lower case, no accents, figures as 0–9, one space for whatever is no letter and no figure."""
    bare = "".join(
        str(unicodedata.digit(one)) if one.isdigit() else one
        for one in unicodedata.normalize("NFKD", body)
        if not unicodedata.combining(one)
    )
    return _NOT_A_WORD.sub(" ", bare.casefold()).strip()


def _number_in(said: str) -> Asked:
    """A single figure, alone or said as a choice: "2", "le 2", "je prends le 2"."""
    found = [word for word in said.split() if word not in _AROUND_A_NUMBER]
    if len(found) == 1 and len(found[0]) == 1 and found[0] in "123456789":
        return Asked(Intent.NUMBER, int(found[0]))
    return Asked(Intent.UNKNOWN)

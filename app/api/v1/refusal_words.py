"""Why a machine is refused, in French: editors show it to the professionals who use their software."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from app.filters import PARIS, capital
from app.labels import label
from app.refusals import REASONS, refusal_reason
from invitations import errors
from invitations.uploads.doubts import Doubt

NBSP = "\N{NO-BREAK SPACE}"
MALFORMED = "Le corps de la requête n’est pas du JSON (Content-Type: application/json)."
TOO_OFTEN = (
    f"Trop d’appels en peu de temps. Réessayez après le nombre de secondes de Retry-After{NBSP}; rien n’a été fait."
)
BUSY = "Le service est occupé. Rien n’a été fait, le même appel peut être refait."
OURS = "Une erreur de notre côté. L’appel peut être refait avec la même Idempotency-Key."
TOO_MANY_PEOPLE = "25 personnes au plus à la fois."

UNKNOWN = {
    "category": f"La catégorie de motif «{NBSP}{{name}}{NBSP}» n’est pas ouverte dans cette structure.",
    "place": "Le lieu n° {name} n’est pas un lieu ouvert de cette structure.",
    "referent": "Aucun agent de cette structure n’a l’adresse {name}.",
    "tag": f"L’étiquette «{NBSP}{{name}}{NBSP}» n’existe pas dans cette structure.",
}
# A whole-person doubt of an import speaks of rows; here there is one person, and the machine may send it again.
DOUBTS = {
    Doubt.PHONE_INVALID: "ce numéro ne se lit pas",
    Doubt.EMAIL_INVALID: "cette adresse n’est pas complète",
    Doubt.DATE_UNREADABLE: "cette date ne se lit pas, écrivez-la JJ/MM/AAAA",
    Doubt.DATE_IMPOSSIBLE: "cette date n’est pas possible",
    Doubt.TITLE_UNKNOWN: "cette civilité n’est pas connue",
    Doubt.ROLE_UNKNOWN: "ce rôle n’est ni demandeur ni conjoint",
    Doubt.NUMBER_UNREADABLE: "ce numéro ne se lit pas",
    Doubt.TOO_LONG: "ce texte est trop long",
    Doubt.SEVERAL_PEOPLE: "Plusieurs personnes connues du département correspondent. Un agent doit dire laquelle, sur la page Imports.",
    Doubt.SOMEBODY_ELSE: "Une personne connue du département a ce numéro ou cette adresse, mais le reste diffère. Un agent doit trancher.",
    Doubt.NAMES_DIFFER: "Une personne connue a ce numéro d’allocataire et ce rôle, mais un autre nom. Un agent doit trancher.",
}
WORDS = {
    errors.CategoryNeeded: "Cette structure ne suit pas une seule catégorie de motif. Indiquez invitation.motif_category.",
    errors.ConvocationStays: "Une convocation fixe un rendez-vous, elle ne se retire pas seule. Annulez le rendez-vous.",
    errors.KeyReused: "Cette Idempotency-Key a déjà servi pour une autre requête.",
    errors.KeyTooLong: "Une Idempotency-Key compte 255 caractères au plus.",
    errors.KeyRefused: "La clé ou la session n’est pas connue, ou n’est plus valable.",
    errors.KeyAskedFor: "Ce compte se connecte avec une deuxième étape, ce qu’un programme ne peut pas faire. Utilisez une clé de service, créée dans Réglages, Clés.",
    errors.WrongCredentials: "Cette adresse et ce mot de passe ne vont pas ensemble.",
    errors.NotAllowed: "Cet accès ne le permet pas.",
}


def sentence(refusal: errors.DomainError, zone: ZoneInfo = PARIS) -> str:
    """Why, as a sentence of its own."""
    if isinstance(refusal, errors.PersonRefused):
        return " ".join(_problem(where, doubt) for where, doubt in refusal.details["problems"])
    if isinstance(refusal, errors.PersonAmbiguous):
        return DOUBTS.get(refusal.details["why"], DOUBTS[Doubt.SEVERAL_PEOPLE])
    if isinstance(refusal, errors.NameUnknown):
        return UNKNOWN[refusal.details["what"]].format(name=refusal.details["name"])
    if isinstance(refusal, errors.ScopeMissing):
        return f"Cette clé n’a pas le droit {refusal.details['scope']}."
    return next((WORDS[kind] for kind in type(refusal).__mro__ if kind in WORDS), "") or _as_agents_read(refusal, zone)


def wrong_shape(found: str) -> str:
    """What the reader says, its place first: "user.first_name : …"."""
    why, _, where = found.partition(" - at `$")
    place = re.sub(r"^\.", "", where.rstrip("`"))
    return f"{place or 'Le corps'}{NBSP}: valeur inattendue ({why})."


def _problem(where: str, doubt: Doubt) -> str:
    said = DOUBTS.get(doubt) or label(doubt)
    if not where:
        return f"{capital(said)}."
    return f"{FIELDS.get(where, where)}{NBSP}: {said}."


def _as_agents_read(refusal: errors.DomainError, zone: ZoneInfo) -> str:
    """The sentence that an agent gets for the same refusal; a refusal without words says its name."""
    if not any(kind in REASONS for kind in type(refusal).__mro__):
        return type(refusal).__name__
    return f"{capital(refusal_reason(refusal, zone))}."


# The import's field → the API's own name for it.
FIELDS = {
    "birth_on": "birth_date",
    "phone": "phone_number",
    "rights_opened_on": "rights_opening_date",
}

"""Why a machine is refused, in French: editors show it to the professionals who use their software."""

from __future__ import annotations

import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from app.filters import PARIS, capital
from app.labels import label
from app.refusals import REASONS, refusal_reason
from invitations import errors, extending
from invitations.uploads.doubts import Doubt

NBSP = "\N{NO-BREAK SPACE}"
MALFORMED = "Le corps de la requête n’est pas du JSON (Content-Type: application/json)."
TOO_OFTEN = (
    f"Trop d’appels en peu de temps. Réessayez après le nombre de secondes de Retry-After{NBSP}; rien n’a été fait."
)
BUSY = "Le service est occupé. Rien n’a été fait, le même appel peut être refait."
OURS = "Une erreur de notre côté. L’appel peut être refait avec la même Idempotency-Key."
CHOICES = 20  # named at most
TOO_MANY_PEOPLE = "25 personnes au plus à la fois."

UNKNOWN = {
    "category": f"La catégorie de motif «{NBSP}{{name}}{NBSP}» n’est pas ouverte dans cette structure.",
    "place": "Le lieu n° {name} n’est pas un lieu ouvert de cette structure.",
    "referent": "Aucun agent de cette structure n’a l’adresse {name}.",
    "type": "Le motif n° {name} n’est pas un motif ouvert de cette structure, ou ne se réserve pas ainsi.",
    "agent": "L’agent n° {name} ne travaille pas dans cette structure.",
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
    Doubt.NIR_UNREADABLE: "ce numéro ne se lit pas, ou a perdu des chiffres",
    Doubt.NIR_KEY: "sa clé ne correspond pas",
    Doubt.TOO_LONG: "ce texte est trop long",
    Doubt.SEVERAL_PEOPLE: "Plusieurs personnes connues du département correspondent. Un agent doit dire laquelle, sur la page Imports.",
    Doubt.SOMEBODY_ELSE: "Une personne connue du département a ce numéro ou cette adresse, mais le reste diffère. Un agent doit trancher.",
    Doubt.NAMES_DIFFER: "Une personne connue a ce numéro d’allocataire et ce rôle, mais un autre nom. Un agent doit trancher.",
}
# Why an invitation can't be given more time.
EXTENSIONS = {
    extending.DATED: "Une proposition ou une convocation a sa date, elle ne se prolonge pas.",
    extending.OVER: "L’invitation a reçu une réponse ou a été retirée. Invitez de nouveau.",
    extending.REPLACED: "Une autre invitation est en cours pour ce suivi. Prolongez celle-là.",
    extending.SHORTER: "L’invitation est déjà valable jusque-là, ou ce jour est passé.",
    extending.TOO_LONG: "Une invitation est valable un an au plus.",
}
WORDS = {
    errors.CategoryNeeded: "Cette structure ne suit pas une seule catégorie de motif. Indiquez motif_category.",
    errors.PlaceNeeded: "Ce rendez-vous se tient sur place. Indiquez rdv_solidarites_lieu_id.",
    errors.PersonNeeded: "Ce rendez-vous n’a pas une seule personne. Indiquez user_id.",
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
    if type(refusal) in TOLD:
        return TOLD[type(refusal)](refusal)
    return next((WORDS[kind] for kind in type(refusal).__mro__ if kind in WORDS), "") or _as_agents_read(refusal, zone)


def _doubts(refusal: errors.DomainError) -> str:
    return f"{_as_agents_read(refusal, PARIS)} Le même appel avec confirm (true) passe outre."


def _extension(refusal: errors.DomainError) -> str:
    return EXTENSIONS[refusal.details["why"]]


def _organisations(refusal: errors.DomainError) -> str:
    """Which there are to choose from, and where to say it."""
    commune, choices = refusal.details["commune"], refusal.details["choices"]
    why = f"Plusieurs structures sont possibles pour {commune}" if commune else "L’adresse ne dit pas la structure"
    named = ", ".join(f"{name} (n° {id_})" for id_, name in choices[:CHOICES])
    more = f", et {len(choices) - CHOICES} autres" if len(choices) > CHOICES else ""
    return f"{why}{NBSP}: {named}{more}. Choisissez-en une par /organisations/(n°)/users."


# Refusals whose words need what they hold.
TOLD: dict[type[errors.DomainError], Callable[[errors.DomainError], str]] = {
    errors.Doubtful: _doubts,
    errors.NotExtendable: _extension,
    errors.OrganisationUnclear: _organisations,
}


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

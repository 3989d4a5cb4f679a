"""Messages in the service's own words, told in French: when each leaves, what each variable means, what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.filters import plural
from invitations.models import Channel, MessageKind, Mode
from invitations.own_texts_grammar import Problem, Trouble

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Moment:
    """A message in plain words; `slug` names it in addresses."""

    slug: str
    kind: MessageKind
    mode: Mode | None
    name: str
    when: str


MOMENTS = (
    Moment("invitation", MessageKind.INVITATION, None, "Invitation", "Quand la personne est invitée à choisir."),
    Moment(
        "rappel-invitation", MessageKind.INVITATION_REMINDER, None, "Rappel d’invitation",
        "Quand elle n’a pas encore choisi.",
    ),
    Moment("proposition", MessageKind.PROPOSITION, None, "Proposition", "Quand une date lui est proposée."),
    Moment(
        "rappel-proposition", MessageKind.PROPOSITION_REMINDER, None, "Rappel de proposition",
        "Quand elle n’a pas encore répondu à une date proposée.",
    ),
    Moment(
        "convocation", MessageKind.CONVOCATION, None, "Date fixée par le service", "Quand le service fixe la date.",
    ),
    Moment("confirmation", MessageKind.BOOKED, None, "Confirmation", "Dès que le rendez-vous est pris."),
    Moment(
        "rappel", MessageKind.APPOINTMENT_REMINDER, None, "Rappel de rendez-vous",
        "Avant le rendez-vous que la personne a choisi.",
    ),
    Moment(
        "rappel-date-fixee", MessageKind.APPOINTMENT_REMINDER, Mode.CONVOCATION, "Rappel d’une date fixée",
        "Avant un rendez-vous que le service a fixé.",
    ),
    Moment("changement", MessageKind.MOVED, None, "Changement de date", "Quand le rendez-vous est déplacé."),
    Moment(
        "changement-date-fixee", MessageKind.MOVED, Mode.CONVOCATION, "Changement d’une date fixée",
        "Quand un rendez-vous fixé par le service est déplacé.",
    ),
    Moment(
        "annulation", MessageKind.CANCELLED_BY_SERVICE, None, "Annulation par le service",
        "Quand le service annule le rendez-vous.",
    ),
    Moment(
        "annulation-date-fixee", MessageKind.CANCELLED_BY_SERVICE, Mode.CONVOCATION, "Annulation d’une date fixée",
        "Quand le service annule un rendez-vous qu’il avait fixé.",
    ),
    Moment(
        "annulation-personne", MessageKind.CANCELLED_BY_PERSON, None, "Annulation par la personne",
        "Quand la personne annule.",
    ),
    Moment(
        "place-liberee", MessageKind.SLOT_FREED, None, "Place libérée",
        "Quand une place se libère pour qui avait demandé à le savoir.",
    ),
)  # fmt: skip
CHANNELS = {"sms": Channel.SMS, "courriel": Channel.EMAIL}

# What each variable stands for; the page gives an example of its own beside it.
MEANINGS: dict[str, str] = {
    "first_name": "le prénom de la personne",
    "purpose": "à quoi sert le rendez-vous",
    "department": "le nom du département",
    "organisation": "le nom de la structure",
    "signed": "qui signe, selon les réglages, sinon le nom de la structure",
    "link": "l’adresse personnelle de la page",
    "phone": "le téléphone qui répond",
    "hours": "les horaires de ce téléphone",
    "deadline": "le dernier jour pour répondre, avec l’heure s’il le faut",
    "when": "le jour et l’heure du rendez-vous",
    "where": "le lieu et l’adresse, ou «\N{NO-BREAK SPACE}par téléphone\N{NO-BREAK SPACE}»",
    "previous": "le jour et l’heure d’avant le changement",
    "kept": "jusqu’à quand la place est gardée",
    "day": "le jour seul",
    "hour": "l’heure seule",
    "duration": "la durée",
    "title": "le titre de la séance collective",
    "place": "le nom du lieu",
    "address": "la rue et le numéro",
    "postcode": "le code postal",
    "city": "la commune",
    "called_phone": "le numéro où la personne sera appelée",
    "agents": "qui reçoit",
    "instructions": "ce qu’il faut apporter ou savoir",
    "change_limit": "combien de temps avant elle peut encore changer",
    "is_step_free": "vrai si le lieu est de plain-pied",
    "may_change": "vrai si la personne peut changer seule",
    "may_choose_again": "vrai si le lien propose d’autres dates",
}

_MISSING: dict[str, str] = {
    "department": "qui écrit",
    "first_name": "à qui",
    "purpose": "pour quoi",
    "deadline": "la date limite",
    "link": "le lien pour choisir ou changer",
    "phone": "le téléphone qui répond",
    "when": "le jour et l’heure",
    "where": "le lieu",
    "kept": "jusqu’à quand la place est gardée",
}


def tag(name: str) -> str:
    """How a variable is written in a text."""
    return f"{{{{ {name} }}}}"


def asked(name: str) -> str:
    return f"{{% if {name} %}} … {{% endif %}}"


def quoted(words: str) -> str:
    return f"«{NBSP}{words}{NBSP}»"


def sentence(problem: Problem) -> str:
    """What is wrong, for whoever wrote it."""
    return SENTENCES[problem.trouble](problem)


OR_THE_TEAM = f" ou {tag('organisation')}"
SENTENCES: dict[Trouble, Callable[[Problem], str]] = {
    Trouble.EMPTY: lambda one: (
        "Écrivez l’objet du courriel."
        if one.field == "subject"
        else "Écrivez le message. Pour ne plus avoir de texte à vous, revenez au texte d’origine."
    ),
    Trouble.TOO_LONG: lambda one: f"{plural(int(one.said), 'caractère', 'caractères')}, {one.most} au plus.",
    Trouble.SYNTAX: lambda one: (
        f"Une balise est mal écrite{f', ligne {one.said}' if one.said else ''}. "
        f"Une variable s’écrit {tag('first_name')}, une condition {asked('deadline')}."
    ),
    Trouble.BEYOND: lambda _: (
        "Un message se compose de texte, de variables et de conditions simples, sans boucle, calcul ni filtre."
    ),
    Trouble.UNKNOWN: lambda one: f"{quoted(one.said)} n’existe pas. Prenez une variable de la liste.",
    Trouble.NOT_HERE: lambda one: f"{quoted(one.said)} ne veut rien dire dans ce message-ci.",
    Trouble.A_CONDITION: lambda one: f"{quoted(one.said)} ne s’affiche pas, mais se demande{NBSP}: {asked(one.said)}.",
    Trouble.TOO_DEEP: lambda _: "Trop de variables, ou de conditions les unes dans les autres. Simplifiez le texte.",
    Trouble.PARTED: lambda _: "Une ligne de === sépare les formulations d’un SMS. Un courriel n’en a qu’une.",
    Trouble.THREAT: lambda one: (
        f"Un message d’orientation n’annonce ni sanction ni obligation. À retirer{NBSP}: {quoted(one.said)}."
    ),
    Trouble.THREAT_NOT_ALLOWED: lambda one: (
        f"À retirer{NBSP}: {quoted(one.said)}. Parler de sanction n’est pas autorisé dans cette catégorie."
    ),
    Trouble.MISSING: lambda one: (
        f"Il manque {_MISSING[one.said]}{NBSP}: {tag(one.said)}{OR_THE_TEAM if one.said == 'department' else ''}."
    ),
    Trouble.UNSENDABLE: lambda one: f"Ces signes ne passent pas dans un SMS{NBSP}: {one.said}",
    Trouble.SEGMENTS: lambda one: (
        f"Avec les valeurs les plus longues, ce SMS prend {plural(int(one.said), 'segment', 'segments')}, "
        f"{one.most} au plus. Raccourcissez-le, ou ajoutez sous une ligne === une formulation plus courte."
    ),
}

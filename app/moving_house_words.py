"""The two files of a move, as the field names their columns (docs/moving.md), and why something of them is left behind.

The order is that of the field's own exports: 38 columns of people, 29 of appointments; ours come after.
"""

from __future__ import annotations

from invitations.models import Outcome
from invitations.moving_house.columns import Column, Trouble, Wording

_WHO = {
    Column.TITLE: "Civilité",
    Column.LAST_NAME: "Nom",
    Column.FIRST_NAME: "Prénom",
    Column.AFFILIATION_NUMBER: "Numéro d'allocataire",
    Column.DEPARTMENT_INTERNAL_ID: "ID interne au département",
    Column.FRANCE_TRAVAIL_ID: "ID France Travail",
    Column.EMAIL: "Email",
    Column.ADDRESS: "Adresse",
    Column.POSTCODE: "Code postal",
    Column.CITY: "Ville",
    Column.PHONE: "Téléphone",
    Column.BIRTH_ON: "Date de naissance",
    Column.CREATED_ON: "Date de création",
    Column.RIGHTS_OPENED_ON: "Date d'entrée flux",
    Column.ROLE: "Rôle",
}
_OURS = "RDV au choix"

PEOPLE = {
    **_WHO,
    Column.FIRST_INVITED_ON: "Première invitation envoyée le",
    Column.LAST_INVITED_ON: "Dernière invitation envoyée le",
    Column.LAST_CONVENED_ON: "Dernière convocation envoyée le",
    Column.LAST_MEETING_ON: "Date du dernier RDV",
    Column.LAST_MEETING_AT: "Heure du dernier RDV",
    Column.LAST_MEETING_TYPE: "Motif du dernier RDV",
    Column.LAST_MEETING_NATURE: "Nature du dernier RDV",
    Column.LAST_MEETING_BY_PERSON: "Dernier RDV pris en autonomie ?",
    Column.LAST_MEETING_MADE_ON: "Dernier RDV pris le",
    Column.LAST_MEETING_OUTCOME: "Statut du rdv",
    Column.SEEN_IN_30_DAYS: "Rendez-vous d'orientation (RSA) honoré en - moins de 30 jours?",
    Column.SEEN_IN_15_DAYS: "Rendez-vous d'orientation (RSA) honoré en - moins de 15 jours?",
    Column.ORIENTED_ON: "Date d'orientation",
    Column.ORIENTATION_KIND: "Type d'orientation",
    Column.SUPPORTED_FROM: "Date de début d'accompagnement",
    Column.SUPPORTED_TO: "Date de fin d'accompagnement",
    Column.SUPPORTED_BY: "Structure d'orientation",
    Column.REFERENTS: "Référent(s)",
    Column.ORGANISATIONS_COUNT: "Nombre d'organisations",
    Column.ORGANISATIONS: "Nom des organisations",
    Column.TAGS: "Tags",
    Column.ARCHIVED_ON: "Archivé le",
    Column.ARCHIVE_REASON: "Motif d'archivage",
    Column.DETAILS: _OURS,
}
MEETINGS = {
    Column.ON: "Date du RDV",
    Column.AT: "Heure du RDV",
    Column.TYPE: "Motif du RDV",
    Column.NATURE: "Nature du RDV",
    Column.BY_PERSON: "RDV pris en autonomie ?",
    Column.MADE_ON: "RDV pris le",
    Column.OUTCOME: "Statut du rdv",
    Column.REFERENTS: "Référent(s)",
    Column.ORGANISATION: "Organisation du rendez-vous",
    **_WHO,
    Column.PRESCRIBED: "Rendez-vous prescrit ? (interne)",
    Column.PRESCRIBER_FIRST_NAME: "Prénom du prescripteur (interne)",
    Column.PRESCRIBER_LAST_NAME: "Nom du prescripteur (interne)",
    Column.PRESCRIBER_EMAIL: "Mail du prescripteur (interne)",
    Column.TAGS: "Tags",
    Column.MINUTES: "Durée (minutes)",
    Column.PLACE: "Lieu",
    Column.AGENTS: "Agents",
    Column.DETAILS: _OURS,
}
# What earlier versions of the field's software called them.
_OTHER_NAMES = {
    "Numéro CAF": Column.AFFILIATION_NUMBER,
    "ID Pôle Emploi": Column.FRANCE_TRAVAIL_ID,
    "Identifiant France Travail": Column.FRANCE_TRAVAIL_ID,
    "Adresse électronique": Column.EMAIL,
    "Numéro de téléphone": Column.PHONE,
    "Date d'ouverture des droits": Column.RIGHTS_OPENED_ON,
    "Référents": Column.REFERENTS,
    "Étiquettes": Column.TAGS,
    "Agent": Column.AGENTS,
}
_OTHER_NAMES_OF_MEETINGS = {"Statut": Column.OUTCOME, "Statut du RDV": Column.OUTCOME, "Durée": Column.MINUTES}

WORDING = Wording(
    people=_OTHER_NAMES | {name: column for column, name in PEOPLE.items()},
    meetings=_OTHER_NAMES | _OTHER_NAMES_OF_MEETINGS | {name: column for column, name in MEETINGS.items()},
    outcomes={
        "Non déterminé": Outcome.UNKNOWN,
        "Rendez-vous honoré": Outcome.SEEN,
        "Absence non excusée": Outcome.NOSHOW,
        "Annulé (excusé)": Outcome.EXCUSED,
        "Annulé (par le service)": Outcome.REVOKED,
        "Statut du RDV à préciser": Outcome.UNKNOWN,
        "RDV à venir": Outcome.UNKNOWN,
        "RDV honoré": Outcome.SEEN,
        "RDV annulé à l'initiative de l'usager": Outcome.EXCUSED,
        "RDV annulé à l'initiative du service": Outcome.REVOKED,
        "Absence non excusée au RDV": Outcome.NOSHOW,
    },
    yes="oui",
    no="non",
    alone="individuel",
    together="collectif",
)

WORDS: dict[Trouble, str] = {
    Trouble.NO_NAME: "laissée de côté : il manque le nom ou le prénom",
    Trouble.NO_IDENTIFIER: "laissée de côté : aucun identifiant (numéro, adresse électronique ou téléphone)",
    Trouble.SEVERAL_PEOPLE: "laissée de côté : plusieurs personnes d’ici peuvent être celle-ci",
    Trouble.SOMEBODY_ELSE: "laissée de côté : une personne d’ici lui ressemble, mais pas en tout",
    Trouble.ELSEWHERE: "laissée de côté : son identifiant est celui d’une autre ligne d’ici",
    Trouble.DETAILS_UNREADABLE: f"laissée de côté : la colonne « {_OURS} » ne peut pas être lue",
    Trouble.ORGANISATION_UNKNOWN: "une structure n’a pas ce nom ici",
    Trouble.PERSON_UNKNOWN: "laissée de côté : cette personne n’est pas ici, ni dans le fichier des personnes",
    Trouble.DATE_UNREADABLE: "laissée de côté : la date ou l’heure ne peut pas être lue",
    Trouble.TYPE_UNKNOWN: "laissée de côté : la structure n’a pas de motif de ce nom",
    Trouble.OUTCOME_UNKNOWN: "laissée de côté : ce statut n’est pas connu",
    Trouble.OUTCOME_TOO_EARLY: "laissée de côté : un rendez-vous à venir ne peut pas avoir ce statut",
    Trouble.NO_AGENT: "laissée de côté : un rendez-vous à venir demande un agent (colonne « Agents », ou --agent)",
    Trouble.AGENT_TAKEN: "laissée de côté : l’agent a déjà un rendez-vous à cette heure",
    Trouble.OURS: "laissée de côté : une erreur de notre part, à signaler",
    Trouble.CELL_LEFT_OUT: "reprise sans une valeur qui ne peut pas être lue",
    Trouble.AGENT_UNKNOWN: "reprise sans un agent qui n’a pas de compte ici",
    Trouble.PLACE_UNKNOWN: "reprise sans le lieu, que la structure n’a pas",
    Trouble.CATEGORY_UNKNOWN: "reprise sans un suivi, dont la catégorie n’est pas ici",
    Trouble.CATEGORY_MISSING: "reprise sans ses invitations : dites leur catégorie par --category",
}

"""Enumerations and refusals in French: the only place where the domain's words become people's words."""

from __future__ import annotations

from enum import StrEnum

from flask import Flask

from app.languages import N_, said
from invitations.concerns import Concern
from invitations.models import (
    CallTime,
    Channel,
    EndReason,
    FollowUpStatus,
    MessageKind,
    MessageState,
    Mode,
    Need,
    Outcome,
    PlaceType,
    ReturnReason,
    RsaRole,
    Title,
    Verdict,
)
from invitations.reach import Unreachable
from invitations.sent import Group
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.reading import Why
from notifications.senders import Reason

# By kind first: members of two StrEnums with the same value are equal, and would share one key.
LABELS: dict[type[StrEnum], dict[str, str]] = {
    Concern: {
        Concern.PAST: "Cette heure est passée",
        Concern.TOO_SOON: "Le délai prévu pour ce motif n’est pas respecté",
        Concern.HOLIDAY: "C’est un jour férié",
        Concern.CLOSED: "La structure est fermée ce jour-là",
        Concern.ABSENT: "L’agent n’est pas là à ce moment",
        Concern.OUTSIDE_OPENINGS: "C’est en dehors des plages ouvertes pour ce motif",
        Concern.TOO_CLOSE: "La pause entre deux rendez-vous n’est pas respectée",
        Concern.FULL_DAY: "L’agent a déjà autant de rendez-vous que prévu ce jour-là",
    },
    FollowUpStatus: {
        FollowUpStatus.CLOSED: "Clos",
        FollowUpStatus.NOT_INVITED: "À inviter",
        FollowUpStatus.INVITATION_PENDING: "Attend une réponse",
        FollowUpStatus.INVITATION_EXPIRED: "Invitation expirée",
        FollowUpStatus.APPOINTMENT_PENDING: "Rendez-vous à venir",
        FollowUpStatus.SEEN: "Rendez-vous honoré",
        FollowUpStatus.NOSHOW: "Absence",
        FollowUpStatus.EXCUSED: "Annulé par la personne",
        FollowUpStatus.REVOKED: "Annulé par le service",
        FollowUpStatus.OUTCOME_NEEDED: "Issue à noter",
    },
    Outcome: {
        Outcome.UNKNOWN: "À noter",
        Outcome.SEEN: "Venu",
        Outcome.NOSHOW: "Absent",
        Outcome.EXCUSED: "Excusé",
        Outcome.REVOKED: "Annulé par le service",
    },
    Mode: {
        Mode.INVITATION: "Invitation",
        Mode.PROPOSITION: "Proposition",
        Mode.CONVOCATION: "Convocation",
    },
    PlaceType: {
        PlaceType.PUBLIC_OFFICE: N_("Sur place"),
        PlaceType.PHONE: N_("Par téléphone"),
        PlaceType.HOME: N_("À domicile"),
        PlaceType.VIDEO: N_("En visioconférence"),
    },
    Channel: {
        Channel.SMS: "SMS",
        Channel.EMAIL: "Courriel",
        Channel.LETTER: "Courrier",
        Channel.VOICE: "Appel",
    },
    MessageKind: {
        MessageKind.INVITATION: "Invitation",
        MessageKind.INVITATION_REMINDER: "Rappel d’invitation",
        MessageKind.PROPOSITION: "Proposition",
        MessageKind.PROPOSITION_REMINDER: "Rappel de proposition",
        MessageKind.CONVOCATION: "Convocation",
        MessageKind.BOOKED: "Confirmation",
        MessageKind.MOVED: "Changement de date",
        MessageKind.CANCELLED_BY_PERSON: "Annulation par la personne",
        MessageKind.CANCELLED_BY_SERVICE: "Annulation par le service",
        MessageKind.APPOINTMENT_REMINDER: "Rappel de rendez-vous",
        MessageKind.SLOT_FREED: "Place libérée",
        MessageKind.DIGEST: "Résumé du jour",
    },
    CallTime: {
        CallTime.MORNING: N_("Le matin"),
        CallTime.NOON: N_("Le midi"),
        CallTime.AFTERNOON: N_("L’après-midi"),
        CallTime.LATE: N_("En fin de journée"),
    },
    Need: {
        Need.INTERPRETER: N_("Un interprète"),
        Need.STEP_FREE: N_("Un accès de plain-pied"),
        Need.SIGN_LANGUAGE: N_("La langue des signes"),
    },
    MessageState: {
        MessageState.PENDING: "En attente",
        MessageState.SENDING: "En cours d’envoi",
        MessageState.SENT: "Parti",
        MessageState.UNKNOWN: "Envoi incertain",
        MessageState.DELIVERED: "Arrivé",
        MessageState.UNDELIVERED: "Non remis",
        MessageState.FAILED: "Échec",
        MessageState.EXPIRED: "Trop tard, non envoyé",
        MessageState.CANCELLED: "Sans objet, non envoyé",
    },
    Group: {
        Group.WAITING: "En attente",
        Group.SENT: "Partis",
        Group.ARRIVED: "Arrivés",
        Group.FAILED: "Échecs",
        Group.DROPPED: "Non envoyés",
    },
    Reason: {
        Reason.WRONG_ADDRESS: "Numéro ou adresse qui n’existe pas",
        Reason.REFUSED_BY_PERSON: "La personne a refusé ces messages",
        Reason.OUR_ACCOUNT: "Notre compte d’envoi est refusé",
        Reason.WAIT: "Le service d’envoi demande d’attendre",
        Reason.LATER: "Injoignable pour l’instant",
        Reason.FILTERED: "Bloqué par un filtre antispam",
        Reason.EXPIRED: "Arrivé trop tard pour être utile",
        Reason.UNCERTAIN: "Le service d’envoi n’a pas répondu",
        Reason.OTHER: "Refusé par le service d’envoi",
    },
    EndReason: {
        EndReason.BOOKED: "Rendez-vous pris",
        EndReason.REPLACED: "Remplacée",
        EndReason.CLOSED: "Suivi clos",
        EndReason.ARCHIVED: "Personne archivée",
        EndReason.WITHDRAWN: "Retirée",
    },
    Unreachable: {
        Unreachable.NO_PHONE: "pas de numéro",
        Unreachable.NOT_MOBILE: "pas un numéro de mobile",
        Unreachable.NO_EMAIL: "pas d’adresse",
        Unreachable.NO_ADDRESS: "adresse postale incomplète",
        Unreachable.REFUSED: "refusé par la personne",
        Unreachable.DEAD: "ne fonctionne plus",
        Unreachable.INVALID: "mal écrit",
    },
    ReturnReason: {
        ReturnReason.WRONG_ADDRESS: "Adresse incomplète ou sans accès",
        ReturnReason.UNKNOWN: "Inconnu à cette adresse",
        ReturnReason.REFUSED: "Refusé par la personne",
    },
    Title: {
        Title.MADAM: "Madame",
        Title.SIR: "Monsieur",
    },
    RsaRole: {
        RsaRole.APPLICANT: "Demandeur",
        RsaRole.SPOUSE: "Conjoint",
    },
    Verdict: {
        Verdict.CREATE: "À créer",
        Verdict.UPDATE: "À modifier",
        Verdict.UNCHANGED: "Inchangée",
        Verdict.AMBIGUOUS: "À départager",
        Verdict.REFUSED: "Refusée",
    },
    Field: {
        Field.AFFILIATION_NUMBER: "numéro d’allocataire",
        Field.ROLE: "rôle",
        Field.TITLE: "civilité",
        Field.LAST_NAME: "nom",
        Field.FIRST_NAME: "prénom",
        Field.BIRTH_NAME: "nom de naissance",
        Field.BIRTH_ON: "date de naissance",
        Field.ADDRESS: "adresse",
        Field.ADDRESS_MORE: "complément d’adresse",
        Field.POSTCODE_CITY: "code postal et ville",
        Field.POSTCODE: "code postal",
        Field.CITY: "ville",
        Field.COMMUNE_INSEE: "code INSEE de la commune",
        Field.DEPARTMENT_INTERNAL_ID: "identifiant interne du département",
        Field.FRANCE_TRAVAIL_ID: "identifiant France Travail",
        Field.EMAIL: "courriel",
        Field.PHONE: "téléphone",
        Field.RIGHTS_OPENED_ON: "ouverture des droits",
        Field.TAGS: "étiquettes",
        Field.HOLDER_LAST_NAME: "nom du responsable du dossier",
        Field.HOLDER_FIRST_NAME: "prénom du responsable du dossier",
    },
    Doubt: {
        Doubt.PHONE_INVALID: "ce numéro ne se lit pas, il est laissé de côté",
        Doubt.EMAIL_INVALID: "cette adresse n’est pas complète, elle est laissée de côté",
        Doubt.DATE_UNREADABLE: "cette date ne se lit pas, elle est laissée de côté",
        Doubt.DATE_IMPOSSIBLE: "cette date n’est pas possible, elle est laissée de côté",
        Doubt.TITLE_UNKNOWN: "cette civilité n’est pas connue, elle est laissée de côté",
        Doubt.ROLE_UNKNOWN: "ce rôle n’est ni demandeur ni conjoint, il est laissé de côté",
        Doubt.NUMBER_UNREADABLE: "ce numéro a perdu des chiffres ou n’en est pas un, il est laissé de côté",
        Doubt.POSTCODE_INVALID: "ce code postal n’a pas cinq chiffres, il est laissé de côté",
        Doubt.NIR_HIDDEN: "un numéro de sécurité sociale s’y trouvait, il n’est pas enregistré",
        Doubt.AFFILIATION_IS_NIR: "c’est un numéro de sécurité sociale, il n’est pas enregistré",
        Doubt.SEVERAL_PHONES: "plusieurs numéros, le premier mobile est gardé",
        Doubt.SEVERAL_EMAILS: "plusieurs adresses, la première est gardée",
        Doubt.EMAIL_ACCENTS: "des accents avant l’arobase, aucun courriel n’y partira",
        Doubt.CORRECTED_BY_PERSON: "la personne l’a corrigé elle-même, ce qu’elle a écrit est gardé",
        Doubt.LANDLINE_LEFT_OUT: "ce numéro fixe ne remplace pas le numéro déjà connu",
        Doubt.WORSE_EMAIL_LEFT_OUT: "cette adresse a des accents, elle ne remplace pas celle déjà connue",
        Doubt.TOO_LONG: "texte trop long, la fin est coupée",
        Doubt.NAME_MISSING: "il manque le nom ou le prénom",
        Doubt.NO_IDENTIFIER: "rien pour reconnaître la personne\N{NO-BREAK SPACE}: ni identifiant, ni courriel, ni téléphone, "
        "ni numéro d’allocataire avec son rôle",
        Doubt.NOT_IN_LIST: "ce fichier complète une liste, et la personne n’est dans aucune\N{NO-BREAK SPACE}: importer d’abord la liste",
        Doubt.SEVERAL_PEOPLE: "plusieurs personnes connues correspondent",
        Doubt.SOMEBODY_ELSE: "une personne connue a ce numéro ou cette adresse, mais le reste diffère",
        Doubt.NAMES_DIFFER: "une personne connue a ce numéro d’allocataire et ce rôle, mais un autre nom",
        Doubt.CONFLICTING_ROWS: "le fichier dit deux choses différentes d’une même personne",
        Doubt.SAME_AS_ROW: "la même personne qu’à une autre ligne, en plus complet",
        Doubt.KNOWN_ELSEWHERE: "déjà accompagnée par une autre structure du département, elle rejoint la vôtre",
    },
    Why: {
        Why.NO_FILE: "Choisissez un fichier\N{NO-BREAK SPACE}: celui-ci est vide, ou n’est pas arrivé.",
        Why.TOO_LARGE: "Ce fichier dépasse 10\N{NO-BREAK SPACE}Mo. Enregistrez-le sans images ni mises en forme, ou partagez-le en plusieurs.",
        Why.UNKNOWN_KIND: "Ce type de fichier ne s’importe pas. Enregistrez la liste en .xlsx, .xls, .ods, .csv ou .txt.",
        Why.NOT_WHAT_IT_SAYS: "Le contenu de ce fichier n’est pas celui que son nom annonce. Ouvrez-le dans votre tableur, "
        "puis enregistrez-le de nouveau en .xlsx ou en .csv.",
        Why.ENCRYPTED: "Ce fichier est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis importez-le.",
        Why.SWOLLEN: "Ce fichier se déplie en un contenu démesuré. Copiez la liste dans un classeur neuf, puis importez-le.",
        Why.UNREADABLE: "Ce fichier est abîmé et ne se lit pas. Ouvrez-le dans votre tableur et enregistrez-le de nouveau.",
        Why.NO_HEADER: "Aucune ligne d’en-têtes n’a été reconnue. Il faut au moins une colonne Nom et une colonne Prénom.",
        Why.NO_ROWS: "Ce fichier ne contient aucune personne.",
        Why.TOO_MANY_ROWS: "Ce fichier compte plus de 50\N{NO-BREAK SPACE}000 lignes. Partagez-le en plusieurs.",
    },
}


# What most services write of their appointments: catalogues know it (`as_written`); anything else is shown in French.
OFTEN_WRITTEN = (
    N_("faire le point ensemble sur votre situation"),
    N_("avancer ensemble sur votre projet"),
    N_("Une pièce d’identité."),
)

# What will happen, where nobody goes to a place.
WAYS: dict[PlaceType, str] = {
    PlaceType.PHONE: N_("Par téléphone. Nous vous appelons, vous n’avez pas à vous déplacer."),
    PlaceType.HOME: N_("Chez vous. Nous venons à l’adresse que vous nous avez donnée."),
    PlaceType.VIDEO: N_("En visio. Nous vous envoyons l’adresse à ouvrir."),
}


# The same where other times are at a place: each time says how one meets.
WAYS_BESIDE: dict[PlaceType, str] = {
    PlaceType.PHONE: N_("Certains horaires sont par téléphone\N{NO-BREAK SPACE}: nous vous appelons."),
    PlaceType.HOME: N_(
        "Certains horaires sont chez vous\N{NO-BREAK SPACE}: nous venons à l’adresse que vous nous avez donnée."
    ),
    PlaceType.VIDEO: N_("Certains horaires sont en visio\N{NO-BREAK SPACE}: nous vous envoyons l’adresse à ouvrir."),
}


def way(value: PlaceType, *, beside: bool = False) -> str:
    """What will happen in such an appointment; nothing where the place says it."""
    words = WAYS_BESIDE if beside else WAYS
    return said(words[value]) if value in words else ""


def label(value: StrEnum) -> str:
    """The words for a value: French, or on people's pages their language for what `N_` marks.

    Raises KeyError for one that has none: a test looks that all have.
    """
    return said(LABELS[type(value)][value])


def within(value: StrEnum) -> str:
    """The words for a value inside a sentence: no capital, but SMS keeps its own."""
    words = label(value)
    return words if words.isupper() else words[0].lower() + words[1:]


def install(flask: Flask) -> None:
    flask.jinja_env.filters["label"] = label
    flask.jinja_env.filters["way"] = way
    flask.jinja_env.filters["within"] = within

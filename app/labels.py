"""Enumerations and refusals in French: the only place where the domain's words become people's words."""

from __future__ import annotations

from enum import StrEnum

from flask import Flask

from app.import_labels import IMPORT_LABELS
from app.languages import N_, said
from app.message_labels import MESSAGE_LABELS
from invitations.concerns import Concern
from invitations.models import (
    CallTime,
    CategoryKind,
    Channel,
    EndReason,
    Entry,
    FirstChannel,
    FollowUpStatus,
    HasMobile,
    KeyScope,
    MessageState,
    Mode,
    Need,
    OrientationKind,
    Origin,
    Outcome,
    PlaceType,
    ReturnReason,
    Role,
    RsaRole,
    StepAct,
    Title,
    TrialEnd,
    TrialExit,
    TrialState,
    WaveExit,
)
from invitations.reach import Unreachable
from invitations.sent import Group
from notifications.senders import Reason

# By kind first: members of two StrEnums with the same value are equal, and would share one key.
LABELS: dict[type[StrEnum], dict[str, str]] = {
    CategoryKind: {
        CategoryKind.ORIENTATION: "Orientation",
        CategoryKind.ACCOMPANIMENT: "Accompagnement",
        CategoryKind.SIAE: "Insertion par l’activité économique",
        CategoryKind.OTHER: "Autre",
    },
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
    FirstChannel: {
        FirstChannel.NONE: "Aucun message",
        FirstChannel.SMS: "SMS",
        FirstChannel.EMAIL: "Courriel",
        FirstChannel.SMS_EMAIL: "SMS et courriel",
        FirstChannel.LETTER: "Courrier",
        FirstChannel.VOICE: "Appel automatique",
        FirstChannel.SEVERAL: "Plusieurs canaux",
    },
    Entry: {
        Entry.NEW: "Nouveaux entrants",
        Entry.STOCK: "Déjà dans le dispositif",
        Entry.UNKNOWN: "Date d’entrée inconnue",
    },
    HasMobile: {
        HasMobile.YES: "Avec un téléphone mobile",
        HasMobile.NO: "Sans téléphone mobile",
        HasMobile.UNKNOWN: "Non connu",
    },
    PlaceType: {
        PlaceType.PUBLIC_OFFICE: N_("Sur place"),
        PlaceType.PHONE: N_("Par téléphone"),
        PlaceType.HOME: N_("À domicile"),
        PlaceType.VIDEO: N_("En visioconférence"),
    },
    StepAct: {
        StepAct.REMIND: "Rappel",
        StepAct.LETTER: "Courrier",
        StepAct.CALL: "Appel",
    },
    Channel: {
        Channel.SMS: "SMS",
        Channel.EMAIL: "Courriel",
        Channel.LETTER: "Courrier",
        Channel.VOICE: "Appel automatique",
    },
    **MESSAGE_LABELS,
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
        EndReason.TAKEN_BACK: "Annulée avant son départ",
    },
    TrialState: {
        TrialState.DRAFT: "En préparation",
        TrialState.RUNNING: "En cours",
        TrialState.ENDED: "Terminée",
    },
    TrialEnd: {
        TrialEnd.COMPLETED: "Le nombre prévu est atteint",
        TrialEnd.EARLY: "Un regard prévu a franchi son seuil",
        TrialEnd.HARM: "Une façon fait du tort",
        TrialEnd.ABANDONED: "L’évaluation est abandonnée",
    },
    TrialExit: {
        TrialExit.AGENT: "Hors du tirage, par un agent",
        TrialExit.NOT_IN_EVERY_ARM: "Hors du tirage, une des façons n’étant pas possible",
        TrialExit.OBJECTED: "Ne veut pas participer",
    },
    WaveExit: {
        WaveExit.STOPPED: "vague arrêtée",
        WaveExit.INVITED_OTHERWISE: "invitation envoyée entre-temps",
        WaveExit.APPOINTMENT_TO_COME: "rendez-vous déjà prévu",
        WaveExit.ARCHIVED: "plus suivie par la structure",
        WaveExit.CLOSED: "suivi clos",
        WaveExit.NO_ADDRESS: "aucun des moyens choisis ne la joint",
        WaveExit.NO_REFERENT: "pas de référent qui reçoive",
        WaveExit.NOT_ALLOWED: "ne peut plus être invitée",
    },
    Unreachable: {
        Unreachable.NO_PHONE: "pas de numéro",
        Unreachable.NOT_MOBILE: "pas un numéro de mobile",
        Unreachable.NO_EMAIL: "pas d’adresse",
        Unreachable.NO_ADDRESS: "adresse postale incomplète",
        Unreachable.REFUSED: "refusé par la personne",
        Unreachable.DEAD: "ne fonctionne plus",
        Unreachable.INVALID: "mal écrit",
        Unreachable.NOT_THEIRS: "une autre personne a répondu",
        Unreachable.WRITTEN_TO: "à qui l’on écrit, sans appeler",
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
    KeyScope: {
        KeyScope.READ_DEPARTMENT: "Lire la structure, ses motifs et ses lieux",
        KeyScope.READ_PEOPLE: "Lire les personnes",
        KeyScope.WRITE_PEOPLE: "Ajouter et compléter des personnes",
        KeyScope.INVITE: "Inviter",
        KeyScope.READ_APPOINTMENTS: "Lire les rendez-vous et les créneaux libres",
        KeyScope.WRITE_APPOINTMENTS: "Réserver, déplacer et annuler des rendez-vous, noter leur issue",
        KeyScope.READ_STATISTICS: "Lire les statistiques",
    },
    Role: {
        Role.BASIC: "Agent",
        Role.ADMIN: "Administration",
    },
    Origin: {
        Origin.PAGE: "Page des agents",
        Origin.LINK: "Page des personnes",
        Origin.API: "Autre logiciel",
        Origin.HOOK: "Téléphone",
        Origin.JOB: "Automatique",
        Origin.COMMAND: "Ligne de commande",
    },
    OrientationKind: {
        OrientationKind.SOCIAL: "Sociale",
        OrientationKind.SOCIO_PROFESSIONAL: "Socioprofessionnelle",
        OrientationKind.PROFESSIONAL: "Professionnelle",
    },
    RsaRole: {
        RsaRole.APPLICANT: "Demandeur",
        RsaRole.SPOUSE: "Conjoint",
    },
    **IMPORT_LABELS,
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

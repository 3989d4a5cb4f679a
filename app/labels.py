"""Enumerations and refusals in French: the only place where the domain's words become people's words."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from zoneinfo import ZoneInfo

from flask import Flask

from app.filters import PARIS, clock_time, day
from invitations import errors
from invitations.models import (
    Channel,
    EndReason,
    FollowUpStatus,
    MessageKind,
    MessageState,
    Mode,
    Outcome,
    PlaceType,
)
from invitations.reach import Unreachable
from invitations.sent import Group
from notifications.senders import Reason

# By kind first: members of two StrEnums with the same value are equal, and would share one key.
LABELS: dict[type[StrEnum], dict[str, str]] = {
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
        PlaceType.PUBLIC_OFFICE: "Sur place",
        PlaceType.PHONE: "Par téléphone",
        PlaceType.HOME: "À domicile",
        PlaceType.VIDEO: "En visioconférence",
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
        Group.FAILED: "Non remis ou en échec",
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
}

# Why something is refused, said to an agent: no capital, no full stop, so that it fits behind a colon.
REASONS: dict[type[errors.DomainError], str | Callable[[errors.DomainError, ZoneInfo], str]] = {
    errors.JustInvited: lambda refusal, zone: (
        f"déjà une invitation par {_channel(refusal.details['channel'])} le {day(refusal.details['at'], zone)} à "
        f"{clock_time(refusal.details['at'], zone)}, une autre est possible 24 heures plus tard"
    ),
    errors.NoHelpPhone: "aucun numéro de téléphone à indiquer pour l’aide, en ajouter un dans les réglages",
    errors.Archived: "la personne n’est plus suivie par votre structure, ou ce motif n’y est pas traité",
    errors.TwoDepartments: "la personne relève d’un autre département",
    errors.AppointmentToCome: lambda refusal, zone: (
        f"un rendez-vous est déjà prévu le {day(refusal.details['starts_at'], zone)} à "
        f"{clock_time(refusal.details['starts_at'], zone)}"
    ),
    errors.TooShortForLetter: "l’invitation vivrait 5 jours ou moins, trop peu pour un courrier",
    errors.NoOpenType: "aucun type de rendez-vous n’est ouvert aux personnes invitées",
    errors.NoReferent: "seule la personne référente reçoit, et aucune n’est désignée ou n’a ouvert de créneaux",
    errors.NoFreeSlot: lambda refusal, zone: (
        f"aucun créneau libre avant le {day(refusal.details['before'], zone)}"
        if refusal.details.get("before")
        else "aucun créneau libre"
    ),
    errors.NoAddress: lambda refusal, _zone: ", ".join(
        f"ni {_channel(channel)} ({label(why)})" for channel, why in refusal.details["reasons"] if why
    ),
    errors.FollowUpClosed: "le suivi est clos, le rouvrir d’abord",
    errors.ModeNotAllowed: lambda refusal, _zone: (
        f"les réglages de la structure ne permettent pas la {label(refusal.details['mode']).lower()}"
    ),
    errors.SlotTaken: "ce créneau vient d’être pris, en choisir un autre",
    errors.AlreadyBooked: "un rendez-vous est déjà prévu",
    errors.TooLateToChange: "il est trop tard pour changer ce rendez-vous",
    errors.NotChangeable: "ce rendez-vous ne se change plus",
    errors.InviteRefused: "la personne ne peut pas être invitée",
}


def label(value: StrEnum) -> str:
    """The French words for a value. Raises KeyError for one that has none: a test looks that all have."""
    return LABELS[type(value)][value]


def refusal_reason(refusal: errors.DomainError, zone: ZoneInfo = PARIS) -> str:
    """Why it is refused, as the end of a sentence. Raises StopIteration for one that has no words."""
    words = next(REASONS[kind] for kind in type(refusal).__mro__ if kind in REASONS)
    return words if isinstance(words, str) else words(refusal, zone)


def refusal_sentence(refusal: errors.DomainError, zone: ZoneInfo = PARIS) -> str:
    """The same as a sentence of its own."""
    reason = refusal_reason(refusal, zone)
    return f"{reason[0].upper()}{reason[1:]}."


def _channel(channel: Channel) -> str:
    """SMS stays in capitals inside a sentence."""
    return label(channel) if channel is Channel.SMS else label(channel).lower()


def install(flask: Flask) -> None:
    flask.jinja_env.filters["label"] = label
    flask.jinja_env.filters["refusal_reason"] = refusal_reason
    flask.jinja_env.filters["refusal_sentence"] = refusal_sentence

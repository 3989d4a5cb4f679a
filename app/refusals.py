"""Why something is refused, in French, for an agent."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Flask

from app.filters import PARIS, clock_time, day, plural
from app.labels import label, within
from invitations import errors

# Why something is refused, said to an agent: no capital, no full stop, so that it fits behind a colon.
REASONS: dict[type[errors.DomainError], str | Callable[[errors.DomainError, ZoneInfo], str]] = {
    errors.JustInvited: lambda refusal, zone: (
        f"déjà une invitation par {within(refusal.details['channel'])} le {day(refusal.details['at'], zone)} à "
        f"{clock_time(refusal.details['at'], zone)}, une autre est possible 24 heures plus tard"
    ),
    errors.NoHelpPhone: "aucun numéro de téléphone à indiquer pour l’aide, en ajouter un dans les réglages",
    errors.Archived: "la personne n’est plus suivie par votre structure, ou cette catégorie n’y est pas traitée",
    errors.TwoDepartments: "la personne relève d’un autre département",
    errors.AppointmentToCome: lambda refusal, zone: (
        f"un rendez-vous est déjà prévu le {day(refusal.details['starts_at'], zone)} à "
        f"{clock_time(refusal.details['starts_at'], zone)}"
    ),
    errors.TooShortForLetter: "l’invitation vivrait 5 jours ou moins, trop peu pour un courrier",
    errors.NoOpenType: "aucun motif de cette catégorie n’est ouvert aux personnes invitées",
    errors.NoReferent: "seule la personne référente reçoit, et aucune n’est désignée ou n’a ouvert de créneaux",
    errors.NoFreeSlot: lambda refusal, zone: (
        f"aucun créneau libre avant le {day(refusal.details['before'], zone)}"
        if refusal.details.get("before")
        else "aucun créneau libre"
    ),
    errors.NoAddress: lambda refusal, _zone: ", ".join(
        f"ni {within(channel)} ({label(why)})" for channel, why in refusal.details["reasons"] if why
    ),
    errors.FollowUpClosed: "le suivi est clos, le rouvrir d’abord",
    errors.ModeNotAllowed: lambda refusal, _zone: (
        f"les réglages de la structure ne permettent pas la {label(refusal.details['mode']).lower()}"
    ),
    errors.Doubtful: lambda refusal, _zone: ", ".join(within(one) for one in refusal.details["concerns"]),
    errors.SlotTaken: "ce créneau n’est plus libre, en choisir un autre",
    errors.SessionFull: "la séance est complète",
    errors.FewerSeatsThanTaken: lambda refusal, _zone: (
        f"{plural(refusal.details['taken'], 'place est déjà prise', 'places sont déjà prises')}"
    ),
    errors.SeriesTooLong: lambda refusal, _zone: (
        f"{refusal.details['longest']} séances au plus à la fois, raccourcir la série"
    ),
    errors.AlreadyBooked: "un rendez-vous est déjà prévu",
    errors.OfferOver: "cette place n’est plus gardée",
    errors.ReplyRefused: lambda refusal, _zone: (
        "la réponse est trop longue, deux SMS au plus"
        if refusal.details["segments"]
        else "il manque les mots de la réponse"
    ),
    errors.TooLateToChange: "il est trop tard pour changer ce rendez-vous",
    errors.NotChangeable: "ce rendez-vous ne se change plus",
    errors.NotHeldYet: "ce rendez-vous n’a pas encore eu lieu",
    errors.AppointmentCancelled: "ce rendez-vous a été annulé entre-temps",
    errors.MovedMeanwhile: "ce rendez-vous a été déplacé entre-temps, le voici là où il est maintenant",
    errors.BothExpected: lambda refusal, zone: (
        f"les deux fiches ont un rendez-vous à venir pour le même motif, dont un le {day(refusal.details['starts_at'], zone)}, "
        "annuler d’abord celui des deux qui n’aura pas lieu"
    ),
    errors.SameMeeting: lambda refusal, zone: (
        f"les deux fiches sont notées au rendez-vous du {day(refusal.details['starts_at'], zone)}, corriger d’abord l’issue sur "
        "l’une des deux"
    ),
    errors.NothingToPrint: "aucun courrier n’attend plus, un collègue vient peut-être de les imprimer",
    errors.PostingDayRefused: "cette date de dépôt n’est pas possible, un mois en arrière et une semaine en avant au plus",
    errors.NameTaken: "ce nom est déjà pris",
    errors.WouldForget: "des messages encore lisibles ou des personnes seraient effacés",
    errors.PurposeThreatens: "une orientation n’annonce ni sanction ni obligation",
    errors.TooManyViews: "douze vues au plus, en retirer une d’abord",
    errors.TypeInUse: "des rendez-vous sont pris pour ce motif",
    errors.SettingRefused: "ce réglage n’est pas possible",
    errors.UploadRefused: "ce fichier ne se lit pas comme une liste de personnes",
    errors.StillExpected: lambda refusal, zone: (
        f"un rendez-vous est prévu le {day(refusal.details['starts_at'], zone)} à "
        f"{clock_time(refusal.details['starts_at'], zone)}, l’annuler d’abord"
    ),
    errors.StillBeingTold: lambda refusal, _zone: (
        f"{plural(refusal.details['messages'], 'message n’est pas encore parti', 'messages ne sont pas encore partis')}"
    ),
    errors.FollowedElsewhere: lambda refusal, _zone: (
        f"la personne est aussi suivie par {', '.join(refusal.details['organisations'])}"
    ),
    errors.OwnCalendar: "cette adresse est celle de vos rendez-vous ici",
    errors.CalendarKnown: "cet agenda est déjà dans la liste",
    errors.TooManyCalendars: "cinq agendas sont lus au plus",
    errors.CalendarRefused: "cette adresse ne peut pas être lue",
    errors.WebhookKnown: "cette adresse est déjà dans la liste",
    errors.TooManyWebhooks: "dix adresses sont prévenues au plus",
    errors.WebhookRefused: "cette adresse ne peut pas être prévenue",
    errors.LastAdministrator: "la structure n’aurait plus personne pour l’administrer",
    errors.AccountClosed: "ce compte a été fermé, la personne qui gère l’installation peut le rouvrir",
    errors.AlreadyColleague: "cette personne travaille déjà pour la structure",
    errors.NotExtendable: "cette invitation ne se prolonge pas ainsi",
    errors.TooLateToTakeBack: "les premiers messages sont partis, l’envoi ne s’annule plus",
    errors.LotsAreDrawn: "une évaluation est en cours, le tirage au sort vient d’abord",
    errors.TrialRefused: "cette évaluation n’est pas possible ainsi",
    errors.TrialOver: "l’évaluation est arrêtée, plus aucun tirage au sort n’a lieu",
    errors.AlreadyDrawn: "le tirage au sort a déjà eu lieu pour cette personne",
    errors.NirBeingErased: "les numéros d’avant s’effacent encore, attendre quelques minutes",
    errors.SealLost: "il manque à l’installation la clé avec laquelle ceci a été chiffré, la donner dans PREVIOUS_SECRET_KEYS",
    errors.InviteRefused: "la personne ne peut pas être invitée",
}

# The same for many people at once, without what differs from one to the other.
SHARED_REASONS: dict[type[errors.DomainError], str] = {
    errors.JustInvited: "un message leur a été écrit il y a moins de 24 heures",
    errors.AppointmentToCome: "un rendez-vous est déjà prévu",
    errors.NoAddress: "aucun des moyens choisis ne les joint",
}


def refusal_reason(refusal: errors.DomainError, zone: ZoneInfo = PARIS) -> str:
    """Why it is refused, as the end of a sentence. Raises StopIteration for one that has no words."""
    words = next(REASONS[kind] for kind in type(refusal).__mro__ if kind in REASONS)
    return words if isinstance(words, str) else words(refusal, zone)


def shared_reason(refusal: errors.DomainError, zone: ZoneInfo) -> str:
    """Why it is refused to several people, as the end of a sentence."""
    return SHARED_REASONS.get(type(refusal)) or refusal_reason(refusal, zone)


def refusal_sentence(refusal: errors.DomainError, zone: ZoneInfo = PARIS) -> str:
    """The same as a sentence of its own."""
    reason = refusal_reason(refusal, zone)
    return f"{reason[0].upper()}{reason[1:]}."


def install(flask: Flask) -> None:
    flask.jinja_env.filters["refusal_reason"] = refusal_reason
    flask.jinja_env.filters["refusal_sentence"] = refusal_sentence

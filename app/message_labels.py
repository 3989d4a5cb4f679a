"""What agents read of messages: what each is for, and why a text of somebody's waits for them. Part of `app.labels`."""

from __future__ import annotations

from enum import StrEnum

from invitations.models import CallOutcome, MessageKind, Unanswered

MESSAGE_LABELS: dict[type[StrEnum], dict[str, str]] = {
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
        MessageKind.CONTACT_CHANGED: "Coordonnées changées, à l’ancienne",
        MessageKind.DIGEST: "Résumé du jour",
        MessageKind.COLLEAGUE_INVITED: "Invitation d’un ou d’une collègue",
        MessageKind.OPENINGS_ASKED: "Demande de créneaux",
        MessageKind.PASSWORD_FORGOTTEN: "Mot de passe oublié",
        MessageKind.REPLY_TIMES: "Réponse, horaires proposés",
        MessageKind.REPLY_NO_TIMES: "Réponse, aucun horaire libre",
        MessageKind.REPLY_WHO: "Réponse, de qui s’agit-il",
        MessageKind.REPLY_CALL: "Réponse, rappel demandé",
        MessageKind.REPLY_APPOINTMENT: "Réponse, rendez-vous noté",
        MessageKind.REPLY_TOO_LATE: "Réponse, trop tard pour changer par SMS",
        MessageKind.REPLY_PASSED_ON: "Réponse, message transmis à l’équipe",
        MessageKind.REPLY_STOPPED: "Réponse, plus de SMS",
        MessageKind.REPLY_STARTED: "Réponse, de nouveau des SMS",
        MessageKind.REPLY_BY_AGENT: "Réponse de l’équipe",
    },
    CallOutcome: {
        CallOutcome.HEARD: "Écouté par la personne",
        CallOutcome.NOT_THEM: "Ce n’est pas la bonne personne",
        CallOutcome.MACHINE: "Répondeur",
        CallOutcome.HUNG_UP: "Décroché, sans réponse à la première question",
        CallOutcome.BUSY: "Occupé",
        CallOutcome.NO_ANSWER: "Pas de réponse",
        CallOutcome.FAILED: "L’appel n’a pas abouti",
    },
    Unanswered: {
        Unanswered.STRANGER: "Numéro inconnu",
        Unanswered.NOT_UNDERSTOOD: "Message à lire",
        Unanswered.NOTHING_OPEN: "Rien n’est en cours pour cette personne",
        Unanswered.TOO_LATE: "Veut changer ou annuler, trop tard pour le faire par SMS",
        Unanswered.NO_TIMES: "Cherche un horaire, aucun n’est libre",
        Unanswered.TOO_MANY: "Beaucoup de messages en une heure, sans réponse automatique",
        Unanswered.NO_OTHER_WAY: "Ne veut plus de SMS, aucun courriel ne l’atteint",
        Unanswered.BROKEN: "La réponse automatique a échoué",
    },
}

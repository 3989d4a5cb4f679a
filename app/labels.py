"""Enumerations and refusals in French: the only place where the domain's words become people's words."""

from __future__ import annotations

from enum import StrEnum

from flask import Flask

from invitations.models import FollowUpStatus, Mode, Outcome

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
}


def label(value: StrEnum) -> str:
    """The French words for a value. Raises KeyError for one that has none: a test looks that all have."""
    return LABELS[type(value)][value]


def install(flask: Flask) -> None:
    flask.jinja_env.filters["label"] = label

"""The follow-up's status, derived from facts in the order of domain.md. Plain values in, one word out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from invitations.models import FollowUpStatus, Outcome

ACTION_NEEDED = frozenset(
    {
        FollowUpStatus.INVITATION_EXPIRED,
        FollowUpStatus.OUTCOME_NEEDED,
        FollowUpStatus.NOSHOW,
        FollowUpStatus.EXCUSED,
        FollowUpStatus.REVOKED,
    }
)

_OUTCOME_STATUS = {
    Outcome.NOSHOW: FollowUpStatus.NOSHOW,
    Outcome.EXCUSED: FollowUpStatus.EXCUSED,
    Outcome.REVOKED: FollowUpStatus.REVOKED,
}


@dataclass(frozen=True, slots=True)
class Addressed:
    """What the status needs of an invitation. `answered`: it counts no more once it never expires and was answered."""

    created_at: datetime
    expires_at: datetime | None
    is_ended: bool
    is_answered: bool


@dataclass(frozen=True, slots=True)
class Met:
    """What the status needs of a participation."""

    created_at: datetime
    starts_at: datetime
    outcome: Outcome


def derive(
    invitations: Sequence[Addressed], participations: Sequence[Met], *, is_closed: bool, now: datetime
) -> FollowUpStatus:
    """The status at `now`, by the first rule that holds (domain.md, "Follow-up status")."""
    if is_closed:
        return FollowUpStatus.CLOSED
    if not invitations and not participations:
        return FollowUpStatus.NOT_INVITED
    last = max(participations, key=lambda one: one.created_at, default=None)
    if last is None:
        return _waiting(invitations, now)
    is_to_come = last.starts_at > now and last.outcome is Outcome.UNKNOWN
    reference = last.starts_at if is_to_come else last.created_at
    newer = [one for one in invitations if one.created_at > reference and not _was_served(one)]
    if newer:
        return _waiting(newer, now)
    if any(one.starts_at > now and one.outcome is Outcome.UNKNOWN for one in participations):
        return FollowUpStatus.APPOINTMENT_PENDING
    if last.outcome is Outcome.SEEN or any(
        one.outcome is Outcome.SEEN and one.starts_at > last.created_at for one in participations
    ):
        return FollowUpStatus.SEEN
    return _OUTCOME_STATUS.get(last.outcome, FollowUpStatus.OUTCOME_NEEDED)


def _was_served(invitation: Addressed) -> bool:
    """A never-expiring invitation counts only until it was answered."""
    return invitation.expires_at is None and invitation.is_answered


def _waiting(invitations: Sequence[Addressed], now: datetime) -> FollowUpStatus:
    if all(_is_over(one, now) for one in invitations):
        return FollowUpStatus.INVITATION_EXPIRED
    return FollowUpStatus.INVITATION_PENDING


def _is_over(invitation: Addressed, now: datetime) -> bool:
    if invitation.is_ended or _was_served(invitation):
        return True
    return invitation.expires_at is not None and invitation.expires_at <= now

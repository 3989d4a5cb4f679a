"""What there is to do about one appointment: what is so, against what France Travail was told last."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy.orm import Session

from invitations.job_centre.facts import meeting_of
from invitations.models import JobCentreNotice, NoticeTrouble, Participation
from invitations.sealing import SealBroken, Seals
from notifications.france_travail_meeting import Meeting, Standing

PURPOSE = "number at France Travail"  # of sealing


class Step(Enum):
    NOTHING = auto()
    CREATE = auto()
    CHANGE = auto()
    REMOVE = auto()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The next step; `number` is the one under which it is done. `trouble`: why nothing can be, if something should."""

    step: Step
    number: str = ""
    remote_id: str = ""
    meeting: Meeting | None = None
    trouble: NoticeTrouble | None = None


def find(session: Session, notice: JobCentreNotice, *, seals: Seals) -> Wanted:
    """Read it now. What was told under a number that is the person's no more is taken out first, and told anew after."""
    participation = session.get(Participation, notice.participation_id) if notice.participation_id is not None else None
    number = (participation.beneficiary.france_travail_id or "").strip() if participation is not None else ""
    meeting = meeting_of(participation) if participation is not None and not notice.is_taken_back else None
    if notice.remote_id is not None:
        told_under = _opened(notice, seals) or number
        if meeting is None or told_under != number:
            return _removed(told_under, notice.remote_id)
        if meeting.digest() == notice.told_hash:
            return Wanted(Step.NOTHING)
        return Wanted(Step.CHANGE, number, notice.remote_id, meeting)
    if meeting is None or meeting.standing is Standing.CANCELLED:
        return Wanted(Step.NOTHING)
    if not number:
        is_to_come = meeting.standing is Standing.PLANNED
        return Wanted(Step.NOTHING, trouble=NoticeTrouble.NO_NUMBER if is_to_come else None)
    return Wanted(Step.CREATE, number, meeting=meeting)


def _removed(number: str, remote_id: str) -> Wanted:
    """Without any number it can't be asked for: nothing is done, and the page says so."""
    if not number:
        return Wanted(Step.NOTHING, trouble=NoticeTrouble.NO_NUMBER)
    return Wanted(Step.REMOVE, number, remote_id)


def _opened(notice: JobCentreNotice, seals: Seals) -> str:
    try:
        return seals.open(notice.number_sealed, purpose=PURPOSE) if notice.number_sealed else ""
    except SealBroken:
        return ""

"""Taking back what was done to a selection: what it changed and nobody changed since, and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from invitations import selecting, tags
from invitations.models import Referent, SelectionAct, Tag
from invitations.selecting import Act, By


def undo(session: Session, act: SelectionAct, *, by: By, now: datetime) -> bool:
    """Take back what the act changed, and nothing that somebody changed since. False when it was taken back already."""
    selecting.hold(session, by.organisation_id)
    session.refresh(act)
    if act.undone_at is not None:
        return False
    act.undone_at = now
    UNDONE[Act(act.act)](session, act.details, by, now)
    session.flush()
    return True


def undo_suspend(session: Session, details: dict[str, Any], by: By, now: datetime) -> None:
    theirs = [one for one in selecting.chosen(session, details["follow_ups"]) if one.reminders_suspended_at is not None]
    selecting.set_suspended(session, theirs, None)
    selecting.note(session, "reminders.resumed", theirs, by, now)


def undo_resume(session: Session, details: dict[str, Any], by: By, now: datetime) -> None:
    theirs = [one for one in selecting.chosen(session, details["follow_ups"]) if one.reminders_suspended_at is None]
    selecting.set_suspended(session, theirs, now)
    selecting.note(session, "reminders.suspended", theirs, by, now)


def undo_assign(session: Session, details: dict[str, Any], by: By, now: datetime) -> None:
    session.execute(
        delete(Referent).where(Referent.agent_id == details["referent"], Referent.beneficiary_id.in_(details["people"]))
    )
    selecting.tell(session, "referent.removed", details["people"], by, now, referent_id=details["referent"])


def undo_tag(session: Session, details: dict[str, Any], by: By, now: datetime) -> None:
    put = session.get(Tag, details["tag"])
    if put is not None:
        tags.take_off(session, put, details["people"], agent_id=by.agent_id, now=now)


def undo_untag(session: Session, details: dict[str, Any], by: By, now: datetime) -> None:
    gone = session.get(Tag, details["tag"])
    if gone is not None:
        tags.put(session, gone, selecting.members(session, details["people"], by), agent_id=by.agent_id, now=now)


def undo_archive(session: Session, details: dict[str, Any], by: By, now: datetime) -> None:
    here = selecting.members(session, details["people"], by, archived=True)
    selecting.set_archived(session, here, by, at=None, reason=None, now=now)
    selecting.tell(session, "person.unarchived", here, by, now)


def undo_unarchive(session: Session, details: dict[str, Any], by: By, now: datetime) -> None:
    here = selecting.members(session, details["people"], by, archived=False)
    selecting.set_archived(session, here, by, at=now, reason=None, now=now)
    selecting.tell(session, "person.archived", here, by, now)


UNDONE = {
    Act.SUSPEND: undo_suspend,
    Act.RESUME: undo_resume,
    Act.REFERENT: undo_assign,
    Act.TAG: undo_tag,
    Act.UNTAG: undo_untag,
    Act.ARCHIVE: undo_archive,
    Act.UNARCHIVE: undo_unarchive,
}

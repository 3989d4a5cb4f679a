"""STOP and its kin: no more texts to this number, for whoever has it; and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from invitations import contacts, journal
from invitations.models import Beneficiary, Channel, InboundText, MessageKind, Unanswered
from invitations.reach import why_unreachable
from invitations.replies import saying
from invitations.replies.knowing import Known
from invitations.replies.passing_on import wait


def stop(session: Session, text: InboundText, known: Sequence[Known], *, now: datetime) -> None:
    """They are told once that it ends; said again, nothing happens. Whoever no email reaches is somebody's to call."""
    refusing = [one for one in known if one.person.sms_refused_at is None]
    for one in refusing:
        one.person.sms_refused_at = now
        _note(session, contacts.REFUSED[Channel.SMS], one, now=now)
    cut_off = [one for one in refusing if one.has_something_open and _is_cut_off(one.person)]
    if cut_off:
        wait(text, cut_off[0].organisation.id, Unanswered.NO_OTHER_WAY)
    if refusing:
        _tell(session, text, refusing[0], MessageKind.REPLY_STOPPED, now=now)


def start(session: Session, text: InboundText, known: Sequence[Known], *, now: datetime) -> None:
    """Texts again, from the next one on."""
    returning = [one for one in known if one.person.sms_refused_at is not None]
    for one in returning:
        one.person.sms_refused_at = None
        _note(session, contacts.ACCEPTED[Channel.SMS], one, now=now)
    if returning:
        _tell(session, text, returning[0], MessageKind.REPLY_STARTED, now=now)


def _is_cut_off(person: Beneficiary) -> bool:
    return why_unreachable(person, Channel.EMAIL) is not None


def _tell(session: Session, text: InboundText, known: Known, kind: MessageKind, *, now: datetime) -> None:
    words = saying.words_of(session, known)
    saying.say(session, text, kind, words, person=known.person, organisation=known.organisation, now=now)


def _note(session: Session, action: str, known: Known, *, now: datetime) -> None:
    session.flush()
    journal.note(
        session,
        action,
        now=now,
        organisation_id=known.organisation.id,
        beneficiary_id=known.person.id,
        follow_up_id=known.follow_up_id,
    )

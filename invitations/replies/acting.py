"""What a person of whom we know who they are asked for by text: the same workflows as their page, and one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from invitations import accepting, booking, callbacks, changing, journal
from invitations.codes import Codes
from invitations.errors import (
    AlreadyBooked,
    InvitationEnded,
    InvitationExpired,
    LinkUnknown,
    NotChangeable,
    OfferOver,
    PhoneNeeded,
    SlotTaken,
    TooLateToChange,
)
from invitations.models import (
    FreedSlot,
    InboundText,
    Invitation,
    Menu,
    MessageKind,
    Mode,
    Participation,
    TextMenu,
    Unanswered,
)
from invitations.replies import saying, times, wording
from invitations.replies.freed import offer_meant
from invitations.replies.knowing import Known
from invitations.replies.passing_on import pass_on
from invitations.replies.understanding import Asked, Intent
from invitations.taking import is_same_choice

OVER = (InvitationExpired, InvitationEnded, LinkUnknown, OfferOver)
TOO_LATE = (TooLateToChange, NotChangeable)


@dataclass(frozen=True, slots=True)
class Turn:
    """One text in the conversation with one person. `menu`: what our last text left open to them."""

    session: Session
    text: InboundText
    asked: Asked
    known: Known
    menu: TextMenu | None
    codes: Codes
    now: datetime


def act(
    session: Session,
    text: InboundText,
    asked: Asked,
    known: Known,
    menu: TextMenu | None,
    *,
    codes: Codes,
    now: datetime,
) -> None:
    """Do what is asked. What is refused leaves nothing behind but its answer, or a line for the team."""
    turn = Turn(session, text, asked, known, menu, codes, now)
    try:
        with session.begin_nested():
            ACTS[asked.intent](turn)
    except SlotTaken:
        _offer_again(turn)
    except AlreadyBooked as booked:
        _state(turn, session.get_one(Participation, booked.details["participation_id"]))
    except TOO_LATE:
        _too_late(turn)
    except OVER:
        _pass_on(turn, Unanswered.NOTHING_OPEN)


def _number(turn: Turn) -> None:
    if turn.menu is None:
        _times(turn)
        return
    token, had = times.token_of(turn.menu, turn.asked.number), turn.known.participation
    if not token:
        _pass_on(turn, Unanswered.NOT_UNDERSTOOD)
    elif had is not None and is_same_choice(had, token):  # the same number once more
        _state(turn, had)
    else:
        taken = times.take(turn.session, turn.menu, token, codes=turn.codes, now=turn.now)
        turn.text.follow_up_id = taken.follow_up_id


def _times(turn: Turn) -> None:
    """Three times, others than those already offered: to move the appointment, or to choose one."""
    known, menu = turn.known, turn.menu
    is_moving = menu is not None and menu.kind is Menu.MOVE and known.participation is not None
    subject = known.participation if is_moving else known.invitation or known.participation
    if subject is None:
        _pass_on(turn, Unanswered.NOTHING_OPEN)
        return
    _offer(turn, subject)


def _move(turn: Turn) -> None:
    subject = turn.known.participation or turn.known.invitation
    if subject is None:
        _pass_on(turn, Unanswered.NOTHING_OPEN)
        return
    _offer(turn, subject)


def _cancel(turn: Turn) -> None:
    participation = turn.known.participation
    if participation is None:
        _pass_on(turn, Unanswered.NOTHING_OPEN)
        return
    code = times.code_of(turn.session, "participation", participation.id, turn.codes)
    changing.cancel(turn.session, code, codes=turn.codes, now=turn.now)
    if turn.menu is not None:
        turn.menu.closed_at = turn.now


def _yes(turn: Turn) -> None:
    """Takes the freed slot that was just told of; keeps what is proposed; confirms what is booked."""
    participation, invitation = turn.known.participation, turn.known.invitation
    freed = offer_meant(turn.session, turn.known)
    if freed is not None:
        _take_freed(turn, freed)
    elif participation is not None:
        _note(turn, "appointment.confirmed", participation)
        _state(turn, participation)
    elif invitation is not None and booking.proposed_by(invitation, now=turn.now) is not None:
        code = times.code_of(turn.session, "invitation", invitation.id, turn.codes)
        booking.keep(turn.session, code, codes=turn.codes, now=turn.now)
    else:
        _times(turn)


def _take_freed(turn: Turn, freed: FreedSlot) -> None:
    participation, invitation = turn.known.participation, turn.known.invitation
    if participation is not None:
        code = times.code_of(turn.session, "participation", participation.id, turn.codes)
        accepting.take_instead(turn.session, code, freed.id, codes=turn.codes, now=turn.now)
    elif invitation is not None:
        code = times.code_of(turn.session, "invitation", invitation.id, turn.codes)
        accepting.take(turn.session, code, freed.id, codes=turn.codes, now=turn.now)
    else:
        _pass_on(turn, Unanswered.NOTHING_OPEN)


def _no(turn: Turn) -> None:
    """Nothing is cancelled by a "no": they are told how; a time proposed to them is answered with others."""
    if turn.known.participation is not None:
        _state(turn, turn.known.participation)
    elif turn.known.invitation is not None and turn.known.invitation.mode is Mode.PROPOSITION:
        _offer(turn, turn.known.invitation)
    else:
        _pass_on(turn, Unanswered.NOT_UNDERSTOOD)


def _call(turn: Turn) -> None:
    subject = turn.known.participation or turn.known.invitation or turn.known.last
    if subject is None:
        _pass_on(turn, Unanswered.NOTHING_OPEN)
        return
    is_invitation = isinstance(subject, Invitation)
    ask = callbacks.ask_callback if is_invitation else callbacks.ask_callback_about
    code = times.code_of(turn.session, "invitation" if is_invitation else "participation", subject.id, turn.codes)
    try:
        ask(turn.session, code, phone=turn.text.sender, preferred="", codes=turn.codes, now=turn.now)
    except PhoneNeeded:
        _pass_on(turn, Unanswered.NOT_UNDERSTOOD)
        return
    _say(turn, MessageKind.REPLY_CALL, saying.words_of(turn.session, turn.known), subject)


def _unknown(turn: Turn) -> None:
    _pass_on(turn, Unanswered.NOT_UNDERSTOOD)


ACTS: dict[Intent, Callable[[Turn], None]] = {
    Intent.NUMBER: _number,
    Intent.TIMES: _times,
    Intent.OTHERS: _times,
    Intent.CALL: _call,
    Intent.YES: _yes,
    Intent.NO: _no,
    Intent.CANCEL: _cancel,
    Intent.MOVE: _move,
    Intent.UNKNOWN: _unknown,
}


def _offer(turn: Turn, subject: Participation | Invitation, *, was_lost: bool = False) -> None:
    """Others than those of the menu that is open, when it is about the same."""
    after = turn.menu if turn.menu is not None and _is_about(turn.menu, subject) else None
    times.offer(
        turn.session,
        turn.text,
        turn.known,
        subject,
        after=after if turn.asked.intent in {Intent.OTHERS, Intent.NUMBER, Intent.NO} else None,
        was_lost=was_lost,
        codes=turn.codes,
        now=turn.now,
    )


def _offer_again(turn: Turn) -> None:
    """The time is somebody else's: the next three, in the same text that says so."""
    is_move = turn.menu is not None and turn.menu.kind is Menu.MOVE
    subject = turn.known.participation if is_move else turn.known.invitation
    if subject is None:
        _pass_on(turn, Unanswered.NOTHING_OPEN)
        return
    try:
        _offer(turn, subject, was_lost=True)
    except OVER:
        _pass_on(turn, Unanswered.NOTHING_OPEN)
    except TOO_LATE:
        _too_late(turn)


def _is_about(menu: TextMenu, subject: Participation | Invitation) -> bool:
    message = menu.message
    of_message = message.participation_id if isinstance(subject, Participation) else message.invitation_id
    return of_message == subject.id


def _state(turn: Turn, participation: Participation) -> None:
    """Say when and where the appointment is, and how to change it."""
    words = wording.with_appointment(
        saying.words_of(turn.session, turn.known),
        participation,
        may_change=changing.may_cancel(participation, now=turn.now),
    )
    _say(turn, MessageKind.REPLY_APPOINTMENT, words, participation)


def _too_late(turn: Turn) -> None:
    words, participation = saying.words_of(turn.session, turn.known), turn.known.participation
    if participation is not None:
        words = wording.with_appointment(words, participation, may_change=False)
    pass_on(
        turn.session,
        turn.text,
        turn.known,
        Unanswered.TOO_LATE,
        kind=MessageKind.REPLY_TOO_LATE,
        words=words,
        now=turn.now,
    )


def _pass_on(turn: Turn, why: Unanswered) -> None:
    pass_on(turn.session, turn.text, turn.known, why, now=turn.now)


def _say(turn: Turn, kind: MessageKind, words: wording.ReplyWords, subject: Participation | Invitation) -> None:
    saying.say(
        turn.session,
        turn.text,
        kind,
        words,
        person=turn.known.person,
        organisation=turn.known.organisation,
        subject=subject,
        now=turn.now,
    )


def _note(turn: Turn, action: str, participation: Participation) -> None:
    journal.note(
        turn.session,
        action,
        now=turn.now,
        organisation_id=participation.appointment.organisation_id,
        beneficiary_id=participation.beneficiary_id,
        participation_id=participation.id,
    )

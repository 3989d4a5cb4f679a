"""A call from the moment somebody picks up: who they are, what they are told, and what each key does.

A key comes with the number of keys heeded before it: one told twice is heeded once, and is answered with where the call
stands now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from invitations import booking, callbacks, journal
from invitations.calling import saying
from invitations.calling.keeping import call_of, known_call, message_of
from invitations.codes import Codes
from invitations.errors import AlreadyBooked, InvitationEnded, InvitationExpired, LinkUnknown, PhoneNeeded, SlotTaken
from invitations.models import CallStage, Message, MessageState, VoiceCall
from invitations.outbox.facts import facts, heard
from invitations.outbox.judging import judge
from invitations.outbox.states import BEFORE, INVITING
from invitations.outbox.subjects import subject_of
from invitations.replies.times import code_of, three_of
from notifications.voice import CallNews, Picked, Speech

NOT_THEM = "call.not_them"
AGAIN = "*"
MOST_SILENCES = 2
OVER = (InvitationExpired, InvitationEnded, LinkUnknown)
_MOOT = frozenset({MessageState.CANCELLED, MessageState.EXPIRED})


@dataclass(frozen=True, slots=True)
class Turn:
    """One key, and the call that it is pressed in."""

    session: Session
    call: VoiceCall
    message: Message
    codes: Codes
    now: datetime


def begin(session: Session, news: CallNews, *, now: datetime) -> Speech:
    """Somebody, or something, picked up. The same call told again says where it stands."""
    message = message_of(session, news.reference)
    if message is None or not news.sid:
        return saying.to_a_caller(session, news.caller)
    stage = CallStage.MACHINE if news.picked is Picked.MACHINE else CallStage.WHO
    return saying.speech(session, call_of(session, message, news, stage=stage, now=now), message, now=now)


def press(session: Session, news: CallNews, *, codes: Codes, now: datetime) -> Speech:
    """A key, or silence. What was heeded already changes nothing."""
    message = message_of(session, news.reference)
    call = known_call(session, message, news.sid) if message is not None else None
    if message is None or call is None:
        return saying.to_a_caller(session, "")
    if call.ended_at is None and news.step == call.step and call.stage not in saying.LAST:
        call.step += 1
        _heed(Turn(session, call, message, codes, now), news.key)
        session.flush()
    return saying.speech(session, call, message, now=now)


def _heed(turn: Turn, key: str) -> None:
    call = turn.call
    act = KEYS[call.stage].get(key)
    if act is not None:
        call.silences, call.was_lost = 0, False
        act(turn)
    elif key == AGAIN:
        call.silences = 0
    else:  # silence, or a key that means nothing here
        call.silences += 1
        call.stage = CallStage.SILENCE if call.silences >= MOST_SILENCES else call.stage


def _it_is_me(turn: Turn) -> None:
    """Only from here on is anything said about the subject."""
    call, message = turn.call, turn.message
    call.is_heard = True
    if not _still_holds(turn):
        call.stage = CallStage.OVER
        return
    if message.state in BEFORE[MessageState.DELIVERED]:
        message.state, message.settled_at, message.error_reason = MessageState.DELIVERED, turn.now, None
        message.sent_at, message.provider_id = message.sent_at or turn.now, call.sid
    if message.kind not in INVITING:
        call.stage = CallStage.TOLD
    elif message.invitation is not None and booking.proposed_by(message.invitation, now=turn.now) is not None:
        call.stage = CallStage.PROPOSED
    else:
        _offer(turn)


def _it_is_not_me(turn: Turn) -> None:
    """Said to the team, and nobody calls there again for this person."""
    message, person = turn.message, turn.message.beneficiary
    turn.call.stage = CallStage.NOT_THEM
    if person is None:
        return
    person.wrong_phone = message.address
    message.state, message.settled_at, message.error_reason = MessageState.FAILED, turn.now, CallStage.NOT_THEM.value
    message.provider_id = turn.call.sid
    turn.session.flush()
    journal.note(
        turn.session,
        NOT_THEM,
        now=turn.now,
        organisation_id=message.organisation_id,
        beneficiary_id=person.id,
        follow_up_id=saying.follow_up_of(message).id,
    )


def _still_holds(turn: Turn) -> bool:
    """Between ringing and listening the appointment may have moved, or the invitation ended."""
    row = turn.session.execute(facts().where(Message.id == turn.message.id)).one()
    was_told = turn.message.participation_id in heard(turn.session, [row])
    return judge(row, was_told=was_told, now=turn.now).state not in _MOOT


def _offer(turn: Turn) -> None:
    """Three times that the person could have now, others than those said before."""
    call = turn.call
    try:
        found = booking.open_invitation(turn.session, _code(turn), codes=turn.codes, now=turn.now)
    except OVER:
        call.stage = CallStage.OVER
        return
    except AlreadyBooked:
        call.stage = CallStage.BOOKED
        return
    tokens = [one.token for one in three_of(found, call.seen, now=turn.now)]
    call.seen = [*call.seen, *tokens] if set(call.seen).isdisjoint(tokens) else tokens
    call.choices = tokens
    call.stage = CallStage.TIMES if tokens else CallStage.NO_TIMES


def _take(turn: Turn, number: int) -> None:
    """The same booking as on the person's page; a time that somebody else has just taken is answered with the next."""
    call = turn.call
    if number > len(call.choices):
        return
    _book(
        turn, lambda: booking.book(turn.session, _code(turn), call.choices[number - 1], codes=turn.codes, now=turn.now)
    )


def _keep(turn: Turn) -> None:
    _book(turn, lambda: booking.keep(turn.session, _code(turn), codes=turn.codes, now=turn.now))


def _book(turn: Turn, act: Callable[[], object]) -> None:
    call = turn.call
    try:
        with turn.session.begin_nested():
            act()
        call.stage = CallStage.BOOKED
    except SlotTaken:
        call.was_lost = True
        _offer(turn)
    except AlreadyBooked:
        call.stage = CallStage.BOOKED
    except OVER:
        call.stage = CallStage.OVER


def _call_me(turn: Turn) -> None:
    kind, _ = subject_of(turn.message)
    ask = callbacks.ask_callback if kind == "invitation" else callbacks.ask_callback_about
    try:
        ask(turn.session, _code(turn), phone=turn.message.address, preferred="", codes=turn.codes, now=turn.now)
    except (LinkUnknown, PhoneNeeded):
        turn.call.stage = CallStage.OVER
        return
    turn.call.stage = CallStage.CALLED_BACK


def _code(turn: Turn) -> str:
    return code_of(turn.session, *subject_of(turn.message), turn.codes)


# What each key does, by what was said before it. What stands nowhere here is a silence; `AGAIN` says it again.
KEYS: Mapping[CallStage, Mapping[str, Callable[[Turn], None]]] = {
    CallStage.WHO: {"1": _it_is_me, "2": _it_is_not_me},
    CallStage.TIMES: {
        "1": partial(_take, number=1),
        "2": partial(_take, number=2),
        "3": partial(_take, number=3),
        "4": _offer,
        "9": _call_me,
    },
    CallStage.PROPOSED: {"1": _keep, "4": _offer, "9": _call_me},
    CallStage.TOLD: {"9": _call_me},
    CallStage.NO_TIMES: {"9": _call_me},
    CallStage.BOOKED: {},
}

"""One text, from the table to what comes of it: who wrote, what it says, and the act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.database import locked
from invitations.models import InboundText, Menu, MessageKind, Organisation, TextMenu, Unanswered
from invitations.replies import acting, limits, saying, stopping, wording
from invitations.replies.knowing import Known, know, owners_of, people_at
from invitations.replies.passing_on import pass_on, wait
from invitations.replies.understanding import Asked, Intent, understand

MOST_ASKED = 9


@dataclass(frozen=True, slots=True)
class Received:
    """A text with all that is known of it before anything is done. `menu`: what its number may stand for."""

    text: InboundText
    asked: Asked
    owners: Sequence[Organisation]
    known: Sequence[Known]
    menu: TextMenu | None

    @property
    def picks(self) -> bool:
        """True for a number, or "others", while a text of ours leaves something open."""
        return self.menu is not None and self.asked.intent in {Intent.NUMBER, Intent.OTHERS}


def read(session: Session, text_id: int, *, codes: Codes, now: datetime) -> bool:
    """Read one text and do what it asks. False when somebody else has it, or has had it: nothing is done twice."""
    query = select(InboundText).where(InboundText.id == text_id, InboundText.read_at.is_(None))
    text: InboundText | None = session.scalars(locked(query, skip=True)).one_or_none()
    if text is None:
        return False
    text.read_at = now
    _answer(session, _look(session, text, now=now), codes=codes, now=now)
    session.flush()
    return True


def give_up(session: Session, text_id: int, *, now: datetime) -> None:
    """Reading it failed: somebody of the team does."""
    number = session.scalar(select(InboundText.number).where(InboundText.id == text_id)) or ""
    owners = owners_of(session, number)
    session.execute(
        update(InboundText)
        .where(InboundText.id == text_id, InboundText.read_at.is_(None))
        .values(read_at=now, waits_for=Unanswered.BROKEN, organisation_id=owners[0].id if owners else None)
    )


def _look(session: Session, text: InboundText, *, now: datetime) -> Received:
    owners = owners_of(session, text.number)
    people = people_at(session, text.sender, {one.department_id for one in owners})
    return Received(
        text,
        understand(text.body),
        owners,
        [know(session, one, owners, now=now) for one in people],
        saying.menu_of(session, text, [one.id for one in owners]),
    )


def _answer(session: Session, received: Received, *, codes: Codes, now: datetime) -> None:
    text, known = received.text, received.known
    if not known:
        wait(text, received.owners[0].id if received.owners else None, Unanswered.STRANGER)
        return
    _keep_whose(text, known[0] if len(known) == 1 else None)
    if received.asked.intent in {Intent.STOP, Intent.START}:
        text.organisation_id = known[0].organisation.id
        act = stopping.stop if received.asked.intent is Intent.STOP else stopping.start
        act(session, text, known, now=now)
    elif limits.is_storm(session, text):
        wait(text, known[0].organisation.id, Unanswered.TOO_MANY)
    elif received.picks:
        _pick(session, received, codes=codes, now=now)
    else:
        _find_out(session, received, codes=codes, now=now)


def _pick(session: Session, received: Received, *, codes: Codes, now: datetime) -> None:
    """A number that answers a text of ours: a person of those who share the phone, or a time of one of them."""
    menu = received.menu
    if menu is None:
        return
    if menu.kind is Menu.WHO:
        _pick_person(session, received, menu, codes=codes, now=now)
        return
    chosen = _known_by_id(received.known, menu.message.beneficiary_id)
    if chosen is None:  # the number has changed hands since
        menu.closed_at = now
        _find_out(session, received, codes=codes, now=now)
        return
    _keep_whose(received.text, chosen)
    acting.act(session, received.text, received.asked, chosen, menu, codes=codes, now=now)


def _pick_person(session: Session, received: Received, menu: TextMenu, *, codes: Codes, now: datetime) -> None:
    number, text = received.asked.number, received.text
    wanted = int(menu.choices[number - 1]) if 0 < number <= len(menu.choices) else None
    chosen = _known_by_id(received.known, wanted)
    if chosen is None:
        pass_on(session, text, received.known[0], Unanswered.NOT_UNDERSTOOD, now=now)
        return
    menu.closed_at = now
    _keep_whose(text, chosen)
    first = session.get(InboundText, menu.asked_by_id) if menu.asked_by_id else None
    if first is not None:
        _keep_whose(first, chosen)
    asked = understand(first.body) if first is not None else Asked(Intent.TIMES)
    acting.act(session, text, asked, chosen, None, codes=codes, now=now)


def _find_out(session: Session, received: Received, *, codes: Codes, now: datetime) -> None:
    """Whose text it is when several share the phone: the only one with something open, else they are asked."""
    text, known = received.text, received.known
    concerned = [one for one in known if one.has_something_open] or known
    if len(concerned) == 1:
        _keep_whose(text, concerned[0])
        acting.act(session, text, received.asked, concerned[0], received.menu, codes=codes, now=now)
    elif received.asked.intent is Intent.UNKNOWN or len(concerned) > MOST_ASKED:
        pass_on(session, text, concerned[0], Unanswered.NOT_UNDERSTOOD, now=now)
    else:
        _ask_who(session, text, concerned, now=now)


def _ask_who(session: Session, text: InboundText, known: Sequence[Known], *, now: datetime) -> None:
    first, people = known[0], [one.person for one in known]
    words = wording.with_people(saying.words_of(session, first), people)
    text.organisation_id = first.organisation.id
    message = saying.say(
        session, text, MessageKind.REPLY_WHO, words, person=first.person, organisation=first.organisation, now=now
    )
    if message is not None:
        ids = [str(one.id) for one in people]
        saying.open_menu(session, message, Menu.WHO, ids, asked_by=text, now=now)


def _keep_whose(text: InboundText, known: Known | None) -> None:
    if known is not None:
        text.beneficiary_id, text.follow_up_id = known.person.id, known.follow_up_id
        text.organisation_id = known.organisation.id


def _known_by_id(known: Sequence[Known], beneficiary_id: int | None) -> Known | None:
    return next((one for one in known if one.person.id == beneficiary_id), None)

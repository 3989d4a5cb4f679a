"""Three times to choose from by text: which, and the menu that goes with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from invitations import booking, changing, moving
from invitations.codes import Codes
from invitations.models import InboundText, Invitation, Menu, MessageKind, Participation, TextMenu, Unanswered
from invitations.offers import Choice, Choices
from invitations.outbox.links import code_that_opens
from invitations.replies import saying, wording
from invitations.replies.knowing import Known
from invitations.replies.passing_on import pass_on

MOST = 3
# An answer typed after the start was shown comes too late to be there.
SOONEST = timedelta(minutes=30)


def offer(
    session: Session,
    text: InboundText,
    known: Known,
    subject: Participation | Invitation,
    *,
    after: TextMenu | None = None,
    was_lost: bool = False,
    codes: Codes,
    now: datetime,
) -> None:
    """Answer with three times that this person could have now, others than `after` offered. Raises what the page does."""
    is_move = isinstance(subject, Participation)
    found = _free_for(session, subject, codes=codes, now=now)
    seen = after.seen if after is not None else []
    chosen = three_of(found, seen, now=now) if found is not None else []
    words = replace(saying.words_of(session, known), is_move=is_move, was_lost=was_lost)
    if not chosen or found is None:
        pass_on(session, text, known, Unanswered.NO_TIMES, kind=MessageKind.REPLY_NO_TIMES, now=now)
        return
    words = wording.with_times(words, known.person, found, chosen)
    tokens = [one.token for one in chosen]
    message = saying.say(
        session,
        text,
        MessageKind.REPLY_TIMES,
        words,
        person=known.person,
        organisation=known.organisation,
        subject=subject,
        now=now,
    )
    if message is not None:
        kind = Menu.MOVE if is_move else Menu.BOOK
        said = [*seen, *tokens] if set(seen).isdisjoint(tokens) else tokens  # all were offered: from the first again
        saying.open_menu(session, message, kind, tokens, seen=said, now=now)


def three_of(found: Choices, seen: Collection[str], *, now: datetime) -> list[Choice]:
    """Three starts that were not offered yet, on three days if there are so many, in order of time."""
    every = [one for one in found.choices if one.starts_at >= now + SOONEST]
    fresh = [one for one in every if one.token not in seen] or every
    first_of_days: dict[object, Choice] = {}
    for one in fresh:
        first_of_days.setdefault(one.starts_at.astimezone(found.zone).date(), one)
    spread = list(first_of_days.values())[:MOST]
    return sorted((spread + [one for one in fresh if one not in spread])[:MOST])


def token_of(menu: TextMenu, number: int) -> str:
    """The time that a number of the menu stands for; empty when it is not on it."""
    return menu.choices[number - 1] if 0 < number <= len(menu.choices) else ""


def take(session: Session, menu: TextMenu, token: str, *, codes: Codes, now: datetime) -> Participation:
    """Book this time of the menu, or move to it, as the person's page would. Raises what booking and moving do."""
    message = menu.message
    if menu.kind is Menu.MOVE and message.participation_id is not None:
        code = code_of(session, "participation", message.participation_id, codes)
        return moving.move(session, code, token, codes=codes, now=now)
    code = code_of(session, "invitation", message.invitation_id or 0, codes)
    return booking.book(session, code, token, codes=codes, now=now)


def code_of(session: Session, kind: str, subject_id: int, codes: Codes) -> str:
    """The link that leads to a subject: what the person could do by opening it, they do by text."""
    return code_that_opens(session, codes, kind, subject_id)


def _free_for(session: Session, subject: Participation | Invitation, *, codes: Codes, now: datetime) -> Choices | None:
    if isinstance(subject, Invitation):
        code = code_of(session, "invitation", subject.id, codes)
        return booking.open_invitation(session, code, codes=codes, now=now)
    changing.check_movable(subject, now=now)
    return changing.other_choices(session, subject, now=now)

"""Messages in the service's own words: kept version by version, taken back in one act, and who may speak of sanctions.

What is kept is checked first (`own_texts_rules`); what a later release can't fill any more stops nothing, for the words
of the house are said instead (`own_texts_known`), and the list tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from invitations import own_texts_known
from invitations.errors import OwnTextRefused, WarningsRefused
from invitations.journal import note
from invitations.messages import own_short
from invitations.models import CategoryKind, CategorySettings, Channel, MessageKind, Mode, Organisation, OwnText
from invitations.own_texts_examples import Tried, examples
from invitations.own_texts_grammar import Problem
from invitations.own_texts_known import DIFFER, Key
from invitations.own_texts_rules import Allowed, Wish, problems_of
from invitations.own_texts_threats import threats_in
from notifications.languages import LANGUAGES

CHANNELS = (Channel.SMS, Channel.EMAIL)
# In the order of a person's way; agents' digests and answers to texts keep the words of the house.
KINDS = (
    MessageKind.INVITATION,
    MessageKind.INVITATION_REMINDER,
    MessageKind.PROPOSITION,
    MessageKind.PROPOSITION_REMINDER,
    MessageKind.CONVOCATION,
    MessageKind.BOOKED,
    MessageKind.APPOINTMENT_REMINDER,
    MessageKind.MOVED,
    MessageKind.CANCELLED_BY_SERVICE,
    MessageKind.CANCELLED_BY_PERSON,
    MessageKind.SLOT_FREED,
)
MOMENTS: tuple[tuple[MessageKind, Mode | None], ...] = tuple(
    (kind, mode) for kind in KINDS for mode in ((None, Mode.CONVOCATION) if kind in DIFFER else (None,))
)
# Versions shown of one message; older ones stay kept.
MOST_VERSIONS = 30


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose messages, and who words them."""

    organisation: Organisation
    settings: CategorySettings
    agent_id: int

    @property
    def allowed(self) -> Allowed:
        return allowed_in(self.settings)


@dataclass(frozen=True, slots=True)
class Line:
    """A message that is worded here. `problems`: what could not be kept today; `is_said`: whether it leaves all the same,
    or the words of the house do."""

    row: OwnText
    problems: Sequence[Problem]
    is_said: bool


def tried_with(
    session: Session, organisation: Organisation, settings: CategorySettings, key: Key, now: datetime
) -> Tried:
    """What the text of a message is tried with."""
    return examples(
        session, settings, organisation, kind=key.kind, channel=key.channel, mode=key.mode,
        language=LANGUAGES[key.language], now=now,
    )  # fmt: skip


def allowed_in(settings: CategorySettings) -> Allowed:
    return Allowed(settings.category.kind, settings.may_warn)


def save(session: Session, desk: Desk, key: Key, wish: Wish, *, now: datetime) -> OwnText:
    """Say this from now on. Raises OwnTextRefused with everything that is wrong; saying the same again keeps nothing."""
    wish = wish.cleaned
    problems = problems_of(wish, key, desk.allowed, tried_with(session, desk.organisation, desk.settings, key, now))
    if problems:
        raise OwnTextRefused(problems=problems)
    last = in_force(session, desk.organisation.id, desk.settings.category_id, key)
    if last and (last.subject, last.body) == (wish.subject, wish.body):
        return last
    return _keep(session, desk, key, wish, "own_text.saved", now)


def revert(session: Session, desk: Desk, key: Key, *, now: datetime) -> None:
    """Say the words of the house again; every version stays kept."""
    if in_force(session, desk.organisation.id, desk.settings.category_id, key):
        _keep(session, desk, key, Wish("", ""), "own_text.reverted", now)


def _keep(session: Session, desk: Desk, key: Key, wish: Wish, action: str, now: datetime) -> OwnText:
    row = OwnText(
        organisation_id=desk.organisation.id,
        category_id=desk.settings.category_id,
        kind=key.kind,
        channel=key.channel,
        mode=key.mode,
        language=key.language,
        subject=wish.subject if key.channel is not Channel.SMS else "",
        body=wish.body,
        agent_id=desk.agent_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    own_texts_known.forget(session)
    note(
        session, action, now=now, organisation_id=desk.organisation.id, agent_id=desk.agent_id, own_text_id=row.id,
        category_id=desk.settings.category_id,
    )  # fmt: skip
    return row


def allow_warnings(session: Session, desk: Desk, *, allowed: bool, now: datetime) -> None:
    """Let own texts of a category speak of sanctions, or no longer. Raises WarningsRefused for an orientation.

    No longer: what speaks of them gives way to the words of the house at once.
    """
    settings = desk.settings
    if allowed and settings.category.kind is CategoryKind.ORIENTATION:
        raise WarningsRefused
    if settings.may_warn == allowed:
        return
    settings.may_warn = allowed
    if not allowed:
        for row in own_texts_known.newest(session, desk.organisation.id, [settings.category_id]):
            if threats_in(f"{row.subject}\n{row.body}"):
                revert(session, desk, own_texts_known.key_of_row(row), now=now)
    action = "category.warnings_allowed" if allowed else "category.warnings_ended"
    note(
        session, action, now=now, organisation_id=settings.organisation_id, agent_id=desk.agent_id,
        category_id=settings.category_id,
    )  # fmt: skip


def in_force(session: Session, organisation_id: int, category_id: int, key: Key) -> OwnText | None:
    """The newest version of a message; None when the words of the house are said."""
    newest = next(iter(_versions(session, organisation_id, category_id, key, most=1)), None)
    return newest if newest and newest.body else None


def history(session: Session, organisation_id: int, category_id: int, key: Key) -> list[OwnText]:
    """Every version, the newest first, MOST_VERSIONS at most. One query."""
    return _versions(session, organisation_id, category_id, key, most=MOST_VERSIONS)


def _versions(session: Session, organisation_id: int, category_id: int, key: Key, *, most: int) -> list[OwnText]:
    return list(
        session.scalars(
            select(OwnText)
            .where(
                OwnText.organisation_id == organisation_id,
                OwnText.category_id == category_id,
                OwnText.kind == key.kind,
                OwnText.channel == key.channel,
                OwnText.mode.is_(None) if key.mode is None else OwnText.mode == key.mode,
                OwnText.language == key.language,
            )
            .options(joinedload(OwnText.agent))
            .order_by(OwnText.id.desc())
            .limit(most)
        )
    )


def listing(
    session: Session, organisation: Organisation, handled: Sequence[CategorySettings], *, now: datetime
) -> dict[int, dict[Key, Line]]:
    """The messages worded here by category, each with what is wrong with it today. As many queries for any number."""
    settings = {one.category_id: one for one in handled}
    found: dict[int, dict[Key, Line]] = {one: {} for one in settings}
    for row in own_texts_known.newest(session, organisation.id, settings):
        key = own_texts_known.key_of_row(row)
        if row.body and key.language in LANGUAGES:
            its = settings[row.category_id]
            tried = tried_with(session, organisation, its, key, now)
            found[row.category_id][key] = _line(row, key, allowed_in(its), tried)
    return found


def _line(row: OwnText, key: Key, allowed: Allowed, tried: Tried) -> Line:
    own, spoken = own_texts_known.own(row), LANGUAGES[key.language]
    if key.channel is Channel.SMS:
        is_said = own_short({key: own}, key, tried.plain, spoken) is not None
    else:
        is_said = own.letter(tried.plain, spoken) is not None
    return Line(row, problems_of(Wish(row.subject, row.body), key, allowed, tried), is_said)

"""What is forgotten of messages after the time an organisation keeps them: whom they went to and what they said.

For as long as nothing happens to them, people are kept the same time (`purging`).

The proof stays: kind, channel, language, times, state, receipts, and keyed hashes of the text and of the address. Who holds
the text and the key can show that it is what was sent; who holds the table alone learns nothing from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select, update
from sqlalchemy.orm import Session

from invitations import purging_due
from invitations.codes import Codes
from invitations.errors import WouldForget
from invitations.journal import note
from invitations.models import InboundText, Letter, Message, MessageState, Organisation
from invitations.months import months_before

# In one round of the job: the rest is for the next.
AT_MOST = 2_000
# Months: what an organisation may choose.
SHORTEST, LONGEST = 1, 36
# Still on their way: what they say is needed.
_ON_THEIR_WAY = (MessageState.PENDING, MessageState.SENDING, MessageState.UNKNOWN)


def due(session: Session, *, now: datetime) -> list[int]:
    """The messages that are older than their organisation keeps them, the oldest first, AT_MOST of them."""
    found: list[int] = []
    for months in session.scalars(
        select(Organisation.retention_months).distinct().order_by(Organisation.retention_months)
    ):
        kept_by = select(Organisation.id).where(Organisation.retention_months == months)
        found += session.scalars(
            select(Message.id)
            .where(
                Message.organisation_id.in_(kept_by),
                Message.created_at < months_before(now, months),
                Message.forgotten_at.is_(None),
                Message.state.not_in(_ON_THEIR_WAY),
            )
            .order_by(Message.id)
            .limit(AT_MOST)
        )
    return found[:AT_MOST]


def forget_texts(session: Session, message_ids: Sequence[int], *, codes: Codes, now: datetime) -> int:
    """Put hashes in place of what these messages said and of whom to. Returns how many; those done already are left."""
    rows = session.execute(
        select(Message.id, Message.subject, Message.body, Message.address).where(
            Message.id.in_(message_ids), Message.forgotten_at.is_(None)
        )
    ).all()
    for row in rows:
        session.execute(
            update(Message)
            .where(Message.id == row.id)
            .values(
                subject="",
                body=text_hash(codes, row.subject, row.body),
                address=address_hash(codes, row.address),
                forgotten_at=now,
            )
        )
    session.execute(update(Letter).where(Letter.message_id.in_([row.id for row in rows])).values(facts={}))
    return len(rows)


def keep_for(
    session: Session, organisation: Organisation, months: int, *, agent_id: int, now: datetime, anyway: bool = False
) -> None:
    """Keep what messages say, and people to whom nothing happens, for so many months. Raises WouldForget (details:
    `messages`, `people`), unless `anyway`, when some that are kept today would be forgotten by tomorrow."""
    if not SHORTEST <= months <= LONGEST:
        raise ValueError(months)
    before = organisation.retention_months
    if months == before:
        return
    if months < before and not anyway:
        _check_what_goes(session, organisation, months, now=now)
    organisation.retention_months = months
    note(
        session, "settings.changed", now=now, organisation_id=organisation.id, agent_id=agent_id,
        subject="retention", subject_id=organisation.id, changed=["retention_months"], months=months, before=before,
    )  # fmt: skip


def _check_what_goes(session: Session, organisation: Organisation, months: int, *, now: datetime) -> None:
    forgotten = forgettable(session, organisation, [months], now=now)[months]
    people = leaving(session, organisation, months, now=now)
    if forgotten or people:
        raise WouldForget(messages=forgotten, people=people)


def leaving(session: Session, organisation: Organisation, months: int, *, now: datetime) -> int:
    """How many people of the organisation the next purge would take if it kept them for so many months."""
    keeping = {organisation.id: months}
    return len(purging_due.people(session, now=now, organisation_id=organisation.id, keeping=keeping))


def forgettable(
    session: Session, organisation: Organisation, lengths: Collection[int], *, now: datetime
) -> dict[int, int]:
    """By length in months, how many messages, sent and received, it would have forgotten now. Each is read once."""
    before = {months: months_before(now, months) for months in lengths}
    said = session.execute(_counting(Message.created_at, before, _said(organisation.id, max(before.values())))).one()
    told = session.execute(
        _counting(InboundText.received_at, before, _told(organisation.id, max(before.values())))
    ).one()
    return {months: (one or 0) + (other or 0) for months, one, other in zip(before, said, told, strict=True)}


def _counting(at: Any, before: Mapping[int, datetime], whose: Sequence[ColumnElement[bool]]) -> Select[Any]:
    return select(*(func.sum(case((at < since, 1), else_=0)) for since in before.values())).where(*whose)


def _said(organisation_id: int, since: datetime) -> Sequence[ColumnElement[bool]]:
    return (
        Message.organisation_id == organisation_id,
        Message.created_at < since,
        Message.forgotten_at.is_(None),
        Message.state.not_in(_ON_THEIR_WAY),
    )


def _told(organisation_id: int, since: datetime) -> Sequence[ColumnElement[bool]]:
    """As `invitations.replies.forgetting` empties them."""
    return (
        InboundText.organisation_id == organisation_id,
        InboundText.received_at < since,
        InboundText.read_at.is_not(None),
        or_(InboundText.body != "", InboundText.sender != ""),
    )


def text_hash(codes: Codes, subject: str, body: str) -> str:
    """What stays of a text once it is forgotten. `body` as it was stored, with its placeholder for the link."""
    return codes.hide("message text", f"{subject}\n{body}")


def address_hash(codes: Codes, address: str) -> str:
    return codes.hide("message address", address)

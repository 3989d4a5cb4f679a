"""Telling the number or the address that a person has just replaced: whoever changed it, its holder hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from invitations import messages
from invitations.database import insert_missing
from invitations.holders import Holder
from invitations.models import Beneficiary, Channel, Message, MessageKind, MessageState
from invitations.outbox.hours import allowed_from
from invitations.reach import ELECTRONIC, address_of, why_unreachable

# Whoever lost their number learns it while they can still do something about it, and nobody's new number later.
USELESS_AFTER = timedelta(days=3)


def working(person: Beneficiary) -> dict[Channel, str]:
    """The number and the address that reach the person, by channel."""
    return {one: address_of(person, one) for one in ELECTRONIC if why_unreachable(person, one) is None}


def tell_former(session: Session, holder: Holder, former: Mapping[Channel, str], *, now: datetime) -> None:
    """Owe a message to each of the `former` that is the person's no more. It tells nothing of them, and leads nowhere:
    somebody else may have the number by now, and so it waits for the hours, too."""
    changed = [one for one, address in former.items() if address != address_of(holder.beneficiary, one)]
    insert_missing(session, Message, [_row(holder, one, former[one], now) for one in changed], key="once")


def _row(holder: Holder, channel: Channel, address: str, now: datetime) -> dict[str, object]:
    person, organisation = holder.beneficiary, holder.organisation
    draft = messages.write(
        MessageKind.CONTACT_CHANGED,
        channel,
        beneficiary=person,
        organisation=organisation,
        category=holder.category,
        help_phone=holder.help_phone,
        help_hours=holder.help_hours,
        help_owner=holder.help_owner,
        now=now,
    )
    due_at = allowed_from(MessageKind.CONTACT_CHANGED, now, starts_at=None, department=organisation.department)
    return {
        "once": f"{MessageKind.CONTACT_CHANGED}:b{person.id}:{channel}:{now.timestamp():.6f}",
        "organisation_id": organisation.id,
        "beneficiary_id": person.id,
        "kind": MessageKind.CONTACT_CHANGED,
        "channel": channel,
        "language": person.language or "fr",
        "address": address,
        "subject": draft.subject,
        "body": draft.body,
        "segments": draft.segments,
        "state": MessageState.PENDING,
        "due_at": due_at,
        "useless_at": due_at + USELESS_AFTER,
        "created_at": now,
    }

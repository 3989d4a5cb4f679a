"""Reminding now, because an agent says so: those who have not answered, at most once a day, where something reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, joinedload

from invitations import escalation_due, selecting
from invitations.escalation_due import REMINDER
from invitations.models import Appointment, Channel, FollowUp, Invitation
from invitations.outbox import Owed, owe_all
from invitations.reach import ELECTRONIC, why_unreachable
from invitations.selecting import By

# Nobody hears of the same invitation twice in this time.
REST = timedelta(hours=24)
# The version of a reminder is the number of days of its step (`reminders`); those asked for by hand lie far above.
BY_HAND = 10_000


class WhyNot(StrEnum):
    """Why nobody is reminded; words in app/agents/selecting_words.py."""

    NOT_AWAITED = "not_awaited"  # no invitation that waits for an answer
    SUSPENDED = "suspended"
    TOLD_LATELY = "told_lately"
    NO_WAY = "no_way"


@dataclass(slots=True)
class Reminded:
    """Who is reminded, and who is not and why: ids of people."""

    people: list[int] = field(default_factory=list)
    refused: dict[WhyNot, list[int]] = field(default_factory=dict)


def remind_now(session: Session, people: Sequence[int], *, by: By, now: datetime) -> Reminded:
    """Owe a reminder to each of these people whose invitation is unanswered."""
    here = selecting.members(session, people, by, archived=False)
    theirs = selecting.followed(session, here, by)
    awaited = {row.beneficiary_id: row for row in session.execute(unanswered(theirs, by, now))}
    suspended = {one.beneficiary_id for one in theirs if one.reminders_suspended_at is not None}
    reminded, channels = Reminded(), {}
    for person in here:
        row = awaited.get(person)
        why = WhyNot.SUSPENDED if row is None and person in suspended else why_not(row, now)
        if why is not None:
            reminded.refused.setdefault(why, []).append(person)
        elif row is not None:
            reminded.people.append(person)
            channels[row.id] = reaching(row)
    owe(session, channels, now)
    selecting.tell(session, "reminder.asked", reminded.people, by, now)
    return reminded


def unanswered(theirs: Sequence[FollowUp], by: By, now: datetime) -> Any:
    return (
        escalation_due.unanswered(now)
        .add_columns(FollowUp.beneficiary_id)
        .where(
            Invitation.follow_up_id.in_([one.id for one in theirs]), Invitation.organisation_id == by.organisation_id
        )
    )


def why_not(row: Row[Any] | None, now: datetime) -> WhyNot | None:
    if row is None:
        return WhyNot.NOT_AWAITED
    last = max((at for at in (row.sent_at, row.reminded_at) if at is not None), default=None)
    if last is None or now - last < REST:  # without a first message, it is still on its way
        return WhyNot.TOLD_LATELY
    return None if reaching(row) else WhyNot.NO_WAY


def reaching(row: Row[Any]) -> list[Channel]:
    """Text and email, as the category has them and as they reach the person."""
    return [one for one in ELECTRONIC if one in row.channels and why_unreachable(row, one) is None]


def owe(session: Session, channels: dict[int, list[Channel]], now: datetime) -> None:
    found = session.scalars(
        select(Invitation)
        .where(Invitation.id.in_(channels))
        .options(
            joinedload(Invitation.follow_up).joinedload(FollowUp.beneficiary),
            joinedload(Invitation.organisation),
            joinedload(Invitation.place),
            joinedload(Invitation.held_appointment).joinedload(Appointment.place),
            joinedload(Invitation.held_appointment).selectinload(Appointment.agents),
        )
        .order_by(Invitation.id)
    )
    owed = [
        Owed(
            REMINDER[one.mode],
            channels[one.id],
            one.follow_up.beneficiary,
            one.organisation,
            invitation=one,
            version=BY_HAND + (now - one.created_at).days,
        )
        for one in found
    ]
    owe_all(session, owed, now=now)

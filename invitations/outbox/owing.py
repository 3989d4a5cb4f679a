"""Owing a message, beside the change that it tells of; and taking back what has not left."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import Session

from invitations import help_line, messages, own_texts_known, reply_hint, rows
from invitations.database import insert_missing
from invitations.models import (
    Appointment,
    Beneficiary,
    Category,
    Channel,
    Invitation,
    Message,
    MessageKind,
    MessageState,
    Organisation,
    Participation,
)
from invitations.outbox.hours import allowed_from
from invitations.outbox.states import INVITING, LETTERED, SPOKEN
from invitations.reach import address_of, why_unreachable

# La Poste's "lettre verte" takes three working days.
BY_POST = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Owed:
    """One act of telling a person something, on any number of channels. See `owe` for what each field means."""

    kind: MessageKind
    channels: Sequence[Channel]
    beneficiary: Beneficiary
    organisation: Organisation
    invitation: Invitation | None = None
    participation: Participation | None = None
    version: int | None = None
    step: str = ""
    due_at: datetime | None = None
    useless_at: datetime | None = None
    leaves_at_once: bool = False
    previous_starts_at: datetime | None = None
    offered: Appointment | None = None
    kept_until: datetime | None = None
    replaces_id: int | None = None  # the message that did not arrive by another channel

    @property
    def is_about_invitation(self) -> bool:
        return self.kind in INVITING

    @property
    def category(self) -> Category:
        subject = self.invitation or self.participation
        if subject is None:
            raise ValueError("a message is about an invitation or a participation")
        return subject.follow_up.category


def owe(
    session: Session,
    kind: MessageKind,
    *,
    channels: Sequence[Channel],
    beneficiary: Beneficiary,
    organisation: Organisation,
    now: datetime,
    invitation: Invitation | None = None,
    participation: Participation | None = None,
    version: int | None = None,
    step: str = "",
    due_at: datetime | None = None,
    useless_at: datetime | None = None,
    leaves_at_once: bool = False,
    previous_starts_at: datetime | None = None,
    offered: Appointment | None = None,
    kept_until: datetime | None = None,
) -> list[str]:
    """Write the messages owed, one per channel that reaches the person; the others are skipped.

    The same kind, subject, channel, version and `step` is owed once, however often this is called: what is there
    already is left as it is. Returns the `once` of what is new. `version` is the appointment's unless given. Unless it
    `leaves_at_once`, a message waits for the hours of the organisation's département. Without `useless_at`, it
    is useless once the invitation expires or the appointment starts. `offered` is a freed slot that the message
    tells of, `kept_until` how long it is kept for the answer.
    """
    owed = Owed(
        kind, channels, beneficiary, organisation, invitation, participation, version, step, due_at, useless_at,
        leaves_at_once, previous_starts_at, offered, kept_until,
    )  # fmt: skip
    return owe_all(session, [owed], now=now)


def owe_all(session: Session, owed: Sequence[Owed], *, now: datetime) -> list[str]:
    """`owe` for many at once: one statement writes them all."""
    session.flush()
    return insert_missing(session, Message, [row for one in owed for row in _rows(session, one, now)], key="once")


def cancel_pending(
    session: Session,
    *,
    invitation_id: int | None = None,
    participation_id: int | None = None,
    kinds: Collection[MessageKind] | None = None,
    now: datetime,
) -> int:
    """Take back what is owed about an invitation, or about an appointment, and has not left. Returns how many.

    The confirmation of an appointment is about the appointment, whichever invitation led to it.
    """
    if invitation_id is None and participation_id is None:
        raise ValueError("say which invitation or participation")
    given = {"invitation": invitation_id, "participation": participation_id, "kinds": kinds}
    values = {name: value for name, value in given.items() if value is not None}
    return rows.run(session, _taking_back(frozenset(values)), values | {"at": now}).rowcount


@cache
def _taking_back(given: frozenset[str]) -> Update:
    taken_back = update(Message).where(Message.state == MessageState.PENDING)
    if "invitation" in given:
        taken_back = taken_back.where(
            Message.invitation_id == bindparam("invitation"), Message.participation_id.is_(None)
        )
    if "participation" in given:
        taken_back = taken_back.where(Message.participation_id == bindparam("participation"))
    if "kinds" in given:
        taken_back = taken_back.where(Message.kind.in_(bindparam("kinds", expanding=True)))
    return taken_back.values(state=MessageState.CANCELLED, settled_at=bindparam("at"), error_reason="overtaken")


def _rows(session: Session, owed: Owed, now: datetime) -> Iterator[dict[str, Any]]:
    appointment = _appointment(session, owed)
    common = _common(owed, appointment, now)
    line = help_line.read(session, owed.organisation, owed.category.id)
    for channel in owed.channels:
        if why_unreachable(owed.beneficiary, channel) is not None:
            continue
        useless_at = _useless_at(channel, common["useless_at"])
        if channel is Channel.LETTER and not _is_worth_printing(owed.kind, useless_at, now):
            continue
        if channel is Channel.VOICE and owed.kind not in SPOKEN:
            continue
        draft = messages.write(
            owed.kind,
            channel,
            beneficiary=owed.beneficiary,
            organisation=owed.organisation,
            category=owed.category,
            invitation=owed.invitation,
            appointment=owed.offered or appointment,
            help_phone=line.phone,
            help_hours=line.hours,
            help_owner=line.owner,
            now=now,
            previous_starts_at=owed.previous_starts_at,
            kept_until=owed.kept_until,
            may_reply=reply_hint.is_read(session, owed.organisation),
            own_texts=own_texts_known.of(session, owed.organisation.id, owed.category.id),
        )
        yield common | {
            "once": _once(owed, channel, common["version"]),
            "channel": channel,
            **(_when_called(owed, useless_at, now) if channel is Channel.VOICE else {}),
            "useless_at": useless_at,
            "address": address_of(owed.beneficiary, channel),
            "subject": draft.subject,
            "body": draft.body,
            "segments": draft.segments,
            "own_text_id": draft.own_text_id,
        }


def _common(owed: Owed, appointment: Appointment | None, now: datetime) -> dict[str, Any]:
    starts_at = appointment.starts_at if appointment else None
    due_at = owed.due_at or now
    if not owed.leaves_at_once:
        department = owed.organisation.department
        due_at = allowed_from(
            owed.kind,
            due_at,
            starts_at=starts_at,
            previous_starts_at=owed.previous_starts_at,
            department=department,
            zone=_zone(appointment),
        )
    version = owed.version
    if version is None:
        version = 0 if owed.participation is None or owed.is_about_invitation else owed.participation.version
    expires_at = owed.invitation.expires_at if owed.invitation else None
    return {
        "organisation_id": owed.organisation.id,
        "beneficiary_id": owed.beneficiary.id,
        "invitation_id": owed.invitation.id if owed.invitation else None,
        "participation_id": owed.participation.id if owed.participation else None,
        "kind": owed.kind,
        "version": version,
        "language": owed.beneficiary.language or "fr",
        "state": MessageState.PENDING,
        "due_at": due_at,
        "useless_at": owed.useless_at or (expires_at if owed.is_about_invitation else starts_at),
        "leaves_at_once": owed.leaves_at_once,
        "previous_starts_at": owed.previous_starts_at,
        "replaces_id": owed.replaces_id,
        "created_at": now,
    }


def _zone(appointment: Appointment | None) -> ZoneInfo | None:
    """The zone of where it takes place; None when it takes place nowhere."""
    return appointment.place.zone if appointment and appointment.place else None


def _when_called(owed: Owed, useless_at: datetime | None, now: datetime) -> dict[str, Any]:
    """At the hours of calls, whatever is said: nobody waits beside a telephone for an answer. What would be useless by
    then is due at once, for the team to hear of it (judging.NO_TIME_TO_CALL)."""
    due_at = allowed_from(
        owed.kind, owed.due_at or now, starts_at=None, department=owed.organisation.department, channel=Channel.VOICE
    )
    is_too_late = useless_at is not None and useless_at <= due_at
    return {"due_at": now if is_too_late else due_at, "leaves_at_once": False}


def _useless_at(channel: Channel, moment: datetime | None) -> datetime | None:
    """A letter must be posted while there is time for it to arrive."""
    return moment - BY_POST if channel is Channel.LETTER and moment is not None else moment


def _is_worth_printing(kind: MessageKind, useless_at: datetime | None, now: datetime) -> bool:
    """False for what is never printed, and for what would come too late: somebody has to call."""
    return kind in LETTERED and (useless_at is None or useless_at > now)


def _appointment(session: Session, owed: Owed) -> Appointment | None:
    """The appointment of a participation, or the one that a proposition holds."""
    if owed.participation is not None:
        return session.get_one(Appointment, owed.participation.appointment_id)
    held = owed.invitation.held_appointment_id if owed.invitation else None
    return session.get(Appointment, held) if held is not None else None


def _once(owed: Owed, channel: Channel, version: int) -> str:
    if owed.is_about_invitation and owed.invitation is not None:
        subject = f"i{owed.invitation.id}"
    elif owed.participation is not None:
        subject = f"p{owed.participation.id}"
    elif owed.offered is not None and owed.invitation is not None:
        subject = f"i{owed.invitation.id}"
    else:
        raise ValueError(f"{owed.kind} needs its subject")
    return ":".join(filter(None, [owed.kind, subject, channel, str(version), owed.step]))

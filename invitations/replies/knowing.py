"""Who wrote, and what is open between them and the organisations whose number they wrote to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from invitations.models import (
    Appointment,
    Beneficiary,
    Channel,
    FollowUp,
    Invitation,
    Membership,
    Message,
    Mode,
    Organisation,
    Outcome,
    Participation,
)


@dataclass(frozen=True, slots=True)
class Known:
    """A person, and what they may mean: the appointment to come and the open invitation that they last heard of by text.

    `last`: the last thing between us, whatever became of it; a call can be asked for about it. `organisation` reads
    what is not understood, and answers.
    """

    person: Beneficiary
    organisation: Organisation
    participation: Participation | None
    invitation: Invitation | None
    last: Participation | Invitation | None

    @property
    def has_something_open(self) -> bool:
        return self.participation is not None or self.invitation is not None

    @property
    def follow_up_id(self) -> int | None:
        subject = self.participation or self.invitation or self.last
        return subject.follow_up_id if subject is not None else None


def owners_of(session: Session, number: str) -> Sequence[Organisation]:
    """The organisations that write from this number: by name, else all that write from the installation's."""
    nameless = or_(Organisation.sms_sender.is_(None), Organisation.sms_sender == "")
    for condition in (Organisation.sms_sender == number, nameless):
        found = session.scalars(select(Organisation).where(condition).order_by(Organisation.id)).all()
        if found:
            return found
    return []


def people_at(session: Session, phone: str, departments: Collection[int]) -> Sequence[Beneficiary]:
    """Everybody with this number (E.164) in these départements, in the order they came."""
    return session.scalars(
        select(Beneficiary)
        .where(Beneficiary.phone == phone, Beneficiary.department_id.in_(departments))
        .order_by(Beneficiary.id)
    ).all()


def know(session: Session, person: Beneficiary, owners: Sequence[Organisation], *, now: datetime) -> Known:
    """What is open between this person and these organisations."""
    owner_ids = [one.id for one in owners]
    participations = _to_come(session, person.id, owner_ids, now)
    invitations = _open(session, person.id, owner_ids, now)
    told = _told(session, person.id, owner_ids)
    participation = max(participations, key=lambda one: (told["p"].get(one.id, 0), one.id), default=None)
    invitation = max(invitations, key=lambda one: (told["i"].get(one.id, 0), one.id), default=None)
    last = participation or invitation or _last(session, person.id, owner_ids)
    return Known(person, _organisation_of(session, last, person, owners), participation, invitation, last)


def _to_come(session: Session, person_id: int, owner_ids: Sequence[int], now: datetime) -> Sequence[Participation]:
    return session.scalars(
        select(Participation)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(
            Participation.beneficiary_id == person_id,
            Participation.outcome == Outcome.UNKNOWN,
            Appointment.organisation_id.in_(owner_ids),
            Appointment.starts_at > now,
            Appointment.cancelled_at.is_(None),
        )
    ).all()


def _open(session: Session, person_id: int, owner_ids: Sequence[int], now: datetime) -> Sequence[Invitation]:
    return session.scalars(
        select(Invitation)
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .where(
            FollowUp.beneficiary_id == person_id,
            FollowUp.closed_at.is_(None),
            Invitation.organisation_id.in_(owner_ids),
            Invitation.mode != Mode.CONVOCATION,
            Invitation.ended_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
        )
    ).all()


def _told(session: Session, person_id: int, owner_ids: Sequence[int]) -> dict[str, dict[int, int]]:
    """By appointment ("p") and invitation ("i"): the last text that spoke of it."""
    told: dict[str, dict[int, int]] = {"p": {}, "i": {}}
    for participation_id, invitation_id, message_id in session.execute(
        select(Message.participation_id, Message.invitation_id, func.max(Message.id))
        .where(
            Message.beneficiary_id == person_id,
            Message.channel == Channel.SMS,
            Message.organisation_id.in_(owner_ids),
        )
        .group_by(Message.participation_id, Message.invitation_id)
    ):
        kind, subject = ("p", participation_id) if participation_id is not None else ("i", invitation_id)
        told[kind][subject or 0] = max(message_id, told[kind].get(subject or 0, 0))
    return told


def _last(session: Session, person_id: int, owner_ids: Sequence[int]) -> Participation | Invitation | None:
    """The last invitation, expired or ended as it may be, else the last appointment."""
    invited = session.scalar(
        select(Invitation)
        .join(FollowUp, FollowUp.id == Invitation.follow_up_id)
        .where(FollowUp.beneficiary_id == person_id, Invitation.organisation_id.in_(owner_ids))
        .order_by(Invitation.id.desc())
        .limit(1)
    )
    if invited is not None:
        return invited
    return session.scalar(
        select(Participation)
        .join(Appointment, Appointment.id == Participation.appointment_id)
        .where(Participation.beneficiary_id == person_id, Appointment.organisation_id.in_(owner_ids))
        .order_by(Participation.id.desc())
        .limit(1)
    )


def _organisation_of(
    session: Session, last: Participation | Invitation | None, person: Beneficiary, owners: Sequence[Organisation]
) -> Organisation:
    if isinstance(last, Participation):
        return last.appointment.organisation
    if isinstance(last, Invitation):
        return last.organisation
    return belonging_to(session, person, owners) or owners[0]


def belonging_to(session: Session, person: Beneficiary, owners: Sequence[Organisation]) -> Organisation | None:
    """The first of these organisations that follows the person."""
    follows = exists().where(
        Membership.organisation_id == Organisation.id,
        Membership.beneficiary_id == person.id,
        Membership.archived_at.is_(None),
    )
    return session.scalar(
        select(Organisation)
        .where(Organisation.id.in_([one.id for one in owners]), follows)
        .order_by(Organisation.id)
        .limit(1)
    )

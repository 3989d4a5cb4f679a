"""What the demonstration asks of the tables; nothing else does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from invitations import inviting, outbox
from invitations.agenda.wall_time import midnight
from invitations.codes import Codes
from invitations.errors import InviteRefused
from invitations.models import (
    Agent,
    AgentRole,
    Appointment,
    Beneficiary,
    CallbackRequest,
    Category,
    CategoryKind,
    Channel,
    Department,
    FollowUp,
    FollowUpStatus,
    Invitation,
    JobRun,
    Message,
    MessageState,
    Mode,
    Organisation,
    Outcome,
    Participation,
    Referent,
)
from notifications.receipts import Delivery, Receipt
from notifications.senders import Reason

# Of a hundred messages that left, how many the invented network loses.
LOST = 0.03
WHOLE = ("demo", "whole")


def is_empty(session: Session) -> bool:
    """True before anything was loaded."""
    return session.scalar(select(func.count()).select_from(Department)) == 0


def last_day(session: Session) -> date | None:
    """The last day that was lived; None in a database that is no demonstration."""
    last = session.scalar(select(func.max(JobRun.started_at)).where(JobRun.job == "demo"))
    return last.date() if last else None


def is_whole(session: Session) -> bool:
    """False while the first filling was cut short: what is missing is then lived from where it stopped."""
    return session.get(JobRun, WHOLE) is not None


def keep_whole(session: Session, *, now: datetime) -> None:
    """The first filling came to its end."""
    if not is_whole(session):
        session.add(JobRun(job=WHOLE[0], slot=WHOLE[1], started_at=now, ended_at=now))


def the_organisation(session: Session) -> tuple[int, list[int]]:
    """The ids of the demonstration's organisation and of its agents."""
    organisation_id = session.scalars(select(Organisation.id).order_by(Organisation.id).limit(1)).one()
    agents = select(Agent.id).join(AgentRole).where(AgentRole.organisation_id == organisation_id).order_by(Agent.id)
    return organisation_id, list(session.scalars(agents))


def category_of(session: Session, kind: CategoryKind) -> int:
    """The id of the category of this kind."""
    return session.scalars(select(Category.id).where(Category.kind == kind).order_by(Category.id).limit(1)).one()


def follow_ups_in(session: Session, kind: CategoryKind, status: FollowUpStatus, *, before: datetime) -> list[FollowUp]:
    """Follow-ups of a kind of category that have been in a status since before a moment, longest first."""
    return list(
        session.scalars(
            select(FollowUp)
            .join(Category)
            .where(Category.kind == kind, FollowUp.status == status, FollowUp.status_since <= before)
            .order_by(FollowUp.status_since, FollowUp.id)
        )
    )


def open_invitations(session: Session, *, now: datetime) -> list[Invitation]:
    """Invitations and propositions that may still be answered, in order of id."""
    return list(
        session.scalars(
            select(Invitation)
            .where(
                Invitation.mode.in_([Mode.INVITATION, Mode.PROPOSITION]),
                Invitation.ended_at.is_(None),
                Invitation.answered_at.is_(None),
                or_(Invitation.expires_at.is_(None), Invitation.expires_at > now),
            )
            .order_by(Invitation.id)
        )
    )


def appointments_of_the_day(session: Session, moment: datetime, zone: ZoneInfo) -> list[Participation]:
    """The participations of the local day that holds `moment`, in order of time."""
    day = moment.astimezone(zone).date()
    return list(
        session.scalars(
            select(Participation)
            .join(Appointment)
            .where(
                Appointment.starts_at >= midnight(day, zone),
                Appointment.starts_at < midnight(day + timedelta(days=1), zone),
                Appointment.cancelled_at.is_(None),
            )
            .order_by(Appointment.starts_at, Participation.id)
        )
    )


def unnoted(session: Session, *, since: datetime, before: datetime) -> list[Participation]:
    """Participations that began between two moments and of which nobody has said what became, in order of time."""
    return list(
        session.scalars(
            select(Participation)
            .join(Appointment)
            .where(
                Participation.outcome == Outcome.UNKNOWN,
                Appointment.starts_at >= since,
                Appointment.starts_at < before,
            )
            .order_by(Appointment.starts_at, Participation.id)
        )
    )


def callbacks_waiting(session: Session, *, before: datetime) -> list[CallbackRequest]:
    """People who asked to be called before a moment and whom nobody has called."""
    waiting = select(CallbackRequest).where(CallbackRequest.handled_at.is_(None), CallbackRequest.created_at <= before)
    return list(session.scalars(waiting.order_by(CallbackRequest.id)))


def seen_in_orientation(session: Session, *, before: datetime, limit: int) -> list[tuple[Beneficiary, int]]:
    """People seen in orientation before a moment who have no follow-up in accompaniment yet, with that category's id."""
    accompaniment = category_of(session, CategoryKind.ACCOMPANIMENT)
    other = aliased(FollowUp)
    people = session.scalars(
        select(Beneficiary)
        .join(FollowUp, FollowUp.beneficiary_id == Beneficiary.id)
        .where(
            FollowUp.status == FollowUpStatus.SEEN,
            FollowUp.status_since <= before,
            ~exists().where(other.beneficiary_id == Beneficiary.id, other.category_id == accompaniment),
        )
        .order_by(FollowUp.status_since, Beneficiary.id)
        .limit(limit)
    )
    return [(one, accompaniment) for one in people]


def give_referent(session: Session, beneficiary: Beneficiary, agent_id: int, *, now: datetime) -> None:
    """Someone accompanies the person from now on; whoever did before still does."""
    if session.get(Referent, (beneficiary.id, agent_id)) is None:
        session.add(Referent(beneficiary_id=beneficiary.id, agent_id=agent_id, created_at=now))


def received(session: Session, random: Random, *, now: datetime) -> None:
    """The invented network says what became of the texts that left; nobody says it of emails."""
    left = select(Message).where(Message.state == MessageState.SENT, Message.channel == Channel.SMS)
    for message in session.scalars(left.order_by(Message.id)).all():
        delivery = Delivery.UNDELIVERED if random.random() < LOST else Delivery.DELIVERED
        receipt = Receipt(str(message.id), message.provider_id or "", delivery, None, delivery)
        outbox.apply_receipt(session, receipt, reason=Reason.OTHER, now=now)


def invitation_to_show(session: Session, *, now: datetime) -> Invitation | None:
    """An invitation that a visitor can open and answer: the newest that is still open for a while."""
    soon = now + timedelta(days=2)
    return session.scalar(
        select(Invitation)
        .where(
            Invitation.mode == Mode.INVITATION,
            Invitation.ended_at.is_(None),
            Invitation.answered_at.is_(None),
            or_(Invitation.expires_at.is_(None), Invitation.expires_at > soon),
        )
        .order_by(Invitation.created_at.desc(), Invitation.id.desc())
        .limit(1)
    )


def invite_someone(session: Session, *, organisation_id: int, agent_id: int, codes: Codes, now: datetime) -> Invitation:
    """Invite the first person who can be. Raises the last refusal when nobody can."""
    query = select(FollowUp).where(FollowUp.status.in_([FollowUpStatus.NOT_INVITED, FollowUpStatus.INVITATION_EXPIRED]))
    refusal: InviteRefused | None = None
    for follow_up in session.scalars(query.order_by(FollowUp.status_since, FollowUp.id).limit(50)).all():
        try:
            return inviting.invite(
                session,
                follow_up,
                organisation_id=organisation_id,
                channels=(Channel.SMS, Channel.EMAIL),
                agent_id=agent_id,
                codes=codes,
                now=now,
            )
        except InviteRefused as refused:
            refusal = refused
    raise refusal or InviteRefused

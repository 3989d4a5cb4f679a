"""What happened to one person, in order: addressed, told, booked, met, called. Read-only, constant number of queries.

Only what the agent's organisations did is told; a follow-up is there when one of them handles its category.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from invitations import contacts, logistics, orientations
from invitations.calling import NOT_THEM
from invitations.models import (
    Appointment,
    AuditEvent,
    Beneficiary,
    CallbackRequest,
    Category,
    CategoryKind,
    Channel,
    FollowUp,
    FollowUpStatus,
    FreedSlot,
    Invitation,
    Message,
    Participation,
    StatusChange,
    Waiting,
)
from invitations.orientations import Oriented
from invitations.people import categories_of
from invitations.replies import told
from invitations.replies.told import Wrote
from invitations.story_events import Addressed, Called, Met, Said, Turned, Waited

Event = Addressed | Met | Called | Waited | Turned | Said | Wrote | Oriented
# Acts of the journal that the story tells when nobody of the team did them: action → `Said.act`.
SAID = {
    contacts.PHONE_CORRECTED: "phone",
    contacts.EMAIL_CORRECTED: "email",
    contacts.REFUSED[Channel.SMS]: "no_sms",
    contacts.REFUSED[Channel.EMAIL]: "no_email",
    contacts.ACCEPTED[Channel.SMS]: "sms",
    contacts.ACCEPTED[Channel.EMAIL]: "emails",
    logistics.NEEDS_WRITTEN: "needs",
    NOT_THEM: "not_them",
}
_TOLD_BY = {contacts.PHONE_CORRECTED: Channel.SMS, contacts.EMAIL_CORRECTED: Channel.EMAIL}
TOLD = frozenset({FollowUpStatus.NOT_INVITED, FollowUpStatus.INVITATION_EXPIRED, FollowUpStatus.CLOSED})


@dataclass(slots=True)
class Chapter:
    """One follow-up, its events in order of time, and every state it was in."""

    follow_up: FollowUp
    events: list[Event] = field(default_factory=list)
    states: list[StatusChange] = field(default_factory=list)

    @property
    def next_appointment(self) -> Met | None:
        coming = [event for event in self.events if isinstance(event, Met) and event.is_to_come]
        return min(coming, key=lambda one: one.appointment.starts_at, default=None)

    @property
    def oriented(self) -> Oriented | None:
        """The decision that holds."""
        return next((event for event in self.events if isinstance(event, Oriented) and event.holds), None)

    @property
    def may_orient(self) -> bool:
        """An orientation is decided after an appointment, in the category that is for it."""
        met = any(isinstance(event, Met) and event.is_past for event in self.events)
        return self.follow_up.category.kind is CategoryKind.ORIENTATION and (met or self.oriented is not None)

    @property
    def waiting_since(self) -> datetime | None:
        """Since when the person waits for a freed slot; None when they don't."""
        return next((one.at for one in self.events if isinstance(one, Waited) and one.waiting.ended_at is None), None)


@dataclass(frozen=True, slots=True)
class Story:
    """`unopened`: categories handled here in which the person has no follow-up yet."""

    chapters: list[Chapter]
    unopened: list[Category]


def read(session: Session, beneficiary: Beneficiary, organisation_ids: Collection[int], *, now: datetime) -> Story:
    """The person's story as these organisations may see it."""
    categories = categories_of(session, organisation_ids)
    chapters = chapters_of(session, beneficiary.id, [one.id for one in categories])
    for_invitations, for_participations, for_texts, of_a_moment = told.messages_of(
        session, beneficiary.id, organisation_ids
    )
    zone = beneficiary.department.zone
    for invitation in invitations_of(session, chapters, organisation_ids):
        said = for_invitations[invitation.id]
        event = Addressed(invitation.created_at, invitation, said, invitation.is_open(now))
        chapters[invitation.follow_up_id].events.append(event)
    for one in participations_of(session, chapters, organisation_ids):
        where = one.appointment.place.zone if one.appointment.place else zone
        is_past = one.appointment.starts_at <= now
        met = Met(one.created_at, one, for_participations[one.id], where, is_past)
        chapters[one.follow_up_id].events.append(met)
    add_callbacks(session, chapters, organisation_ids)
    add_waits(session, chapters, organisation_ids, zone)
    add_what_was_said(session, chapters, beneficiary.id, organisation_ids, of_a_moment)
    add_texts(chapters, told.wrote(session, beneficiary.id, organisation_ids, for_texts))
    for decided in orientations.told(session, chapters):
        chapters[decided.orientation.follow_up_id].events.append(decided)
    add_states(session, chapters)
    for chapter in chapters.values():
        chapter.events.sort(key=lambda event: event.at)
    opened = {chapter.follow_up.category_id for chapter in chapters.values()}
    beginning = categories_of(session, organisation_ids, is_open=True)
    return Story(list(chapters.values()), [one for one in beginning if one.id not in opened])


def chapters_of(session: Session, beneficiary_id: int, category_ids: Sequence[int]) -> dict[int, Chapter]:
    """By follow-up id; the open ones first, the latest on top."""
    found = session.scalars(
        select(FollowUp)
        .where(FollowUp.beneficiary_id == beneficiary_id, FollowUp.category_id.in_(category_ids))
        .order_by(FollowUp.closed_at.is_not(None), FollowUp.status_since.desc(), FollowUp.id)
    )
    return {one.id: Chapter(one) for one in found}


def invitations_of(
    session: Session, follow_up_ids: Collection[int], organisation_ids: Collection[int]
) -> Sequence[Invitation]:
    return session.scalars(
        select(Invitation)
        .where(Invitation.follow_up_id.in_(follow_up_ids), Invitation.organisation_id.in_(organisation_ids))
        .options(
            joinedload(Invitation.place),
            joinedload(Invitation.created_by_agent),
            joinedload(Invitation.held_appointment).joinedload(Appointment.place),
        )
        .order_by(Invitation.created_at, Invitation.id)
    ).all()


def participations_of(
    session: Session, follow_up_ids: Collection[int], organisation_ids: Collection[int]
) -> Sequence[Participation]:
    return session.scalars(
        select(Participation)
        .join(Participation.appointment)
        .where(Participation.follow_up_id.in_(follow_up_ids), Appointment.organisation_id.in_(organisation_ids))
        .options(
            joinedload(Participation.appointment).joinedload(Appointment.place),
            joinedload(Participation.appointment).selectinload(Appointment.agents),
        )
        .order_by(Participation.created_at, Participation.id)
    ).all()


def add_callbacks(session: Session, chapters: dict[int, Chapter], organisation_ids: Collection[int]) -> None:
    for request in session.scalars(
        select(CallbackRequest)
        .where(CallbackRequest.follow_up_id.in_(chapters), CallbackRequest.organisation_id.in_(organisation_ids))
        .order_by(CallbackRequest.created_at, CallbackRequest.id)
    ):
        chapters[request.follow_up_id].events.append(Called(request.created_at, request))


def add_waits(
    session: Session, chapters: dict[int, Chapter], organisation_ids: Collection[int], zone: ZoneInfo
) -> None:
    """Two queries, however often somebody waited and whatever they were offered."""
    waits = session.scalars(
        select(Waiting)
        .where(Waiting.follow_up_id.in_(chapters), Waiting.organisation_id.in_(organisation_ids))
        .order_by(Waiting.asked_at, Waiting.id)
    ).all()
    offers: dict[int, list[FreedSlot]] = defaultdict(list)
    for offer in session.scalars(
        select(FreedSlot)
        .where(FreedSlot.waiting_id.in_([one.id for one in waits]))
        .options(joinedload(FreedSlot.appointment).joinedload(Appointment.place))
        .order_by(FreedSlot.id)
    ):
        offers[offer.waiting_id or 0].append(offer)
    for one in waits:
        chapters[one.follow_up_id].events.append(Waited(one.asked_at, one, offers[one.id], zone))


def add_what_was_said(
    session: Session,
    chapters: dict[int, Chapter],
    beneficiary_id: int,
    organisation_ids: Collection[int],
    messages: Mapping[datetime, Sequence[Message]],
) -> None:
    """From the journal, which keeps that it happened and no number; the former one was told in the same moment."""
    for one in session.scalars(
        select(AuditEvent)
        .where(
            AuditEvent.beneficiary_id == beneficiary_id,
            AuditEvent.organisation_id.in_(organisation_ids),
            AuditEvent.agent_id.is_(None),
            AuditEvent.action.in_(SAID),
        )
        .order_by(AuditEvent.at, AuditEvent.id)
    ):
        chapter = chapters.get(one.details.get("follow_up_id", 0))
        if chapter is not None:
            heard = [each for each in messages.get(one.at, ()) if each.channel is _TOLD_BY.get(one.action)]
            chapter.events.append(Said(one.at, SAID[one.action], heard))


def add_texts(chapters: dict[int, Chapter], wrote: Sequence[Wrote]) -> None:
    """Each in the follow-up it was about; about none, in the first that is told."""
    first = next(iter(chapters), 0)
    for one in wrote:
        chapter = chapters.get(one.text.follow_up_id or first)
        if chapter is not None:
            chapter.events.append(one)


def add_states(session: Session, chapters: dict[int, Chapter]) -> None:
    for change in session.scalars(
        select(StatusChange).where(StatusChange.follow_up_id.in_(chapters)).order_by(StatusChange.at, StatusChange.id)
    ):
        chapter = chapters[change.follow_up_id]
        chapter.states.append(change)
        if change.status in TOLD:
            chapter.events.append(Turned(change.at, change.status))

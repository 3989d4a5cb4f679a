"""The list of people: narrowed, sorted, a page at a time, in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from invitations import people_pages
from invitations.escalation_reach import Failure, failures
from invitations.models import (
    Agent,
    Appointment,
    Beneficiary,
    Category,
    CategorySettings,
    Channel,
    FollowUp,
    FollowUpStatus,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Outcome,
    Participation,
    Place,
    Referent,
    Tag,
    Tagging,
)
from invitations.people_wanted import Wanted, belongs, counted, member, narrowed, sorted_by

__all__ = [
    "LARGEST_SELECTION",
    "PAGE_SIZE",
    "Line",
    "Listing",
    "Wanted",
    "belongs",
    "categories_of",
    "follow_ups_of",
    "ids",
    "listing",
    "names_of",
    "narrowed",
    "sorted_by",
]

PAGE_SIZE = 50
# The longest selection that one act may take: a page of choice, or a whole list.
LARGEST_SELECTION = 2_000
NEVER_LEFT = (MessageState.CANCELLED, MessageState.EXPIRED)


@dataclass(frozen=True, slots=True)
class FollowUpOf:
    id: int
    category: str
    status: FollowUpStatus
    since: datetime
    suspended_at: datetime | None
    failures: list[Failure]  # of whom nothing reached; else empty


@dataclass(frozen=True, slots=True)
class LastMessage:
    channel: Channel
    kind: MessageKind
    state: MessageState
    at: datetime


@dataclass(frozen=True, slots=True)
class NextAppointment:
    starts_at: datetime
    place: str | None
    zone: ZoneInfo


@dataclass(slots=True)
class Line:
    """One person of the list; `zone` is their département's."""

    id: int
    first_name: str
    last_name: str
    zone: ZoneInfo
    follow_ups: list[FollowUpOf] = field(default_factory=list)
    message: LastMessage | None = None
    appointment: NextAppointment | None = None
    referents: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    archived_at: datetime | None = None
    archive_reason: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    lines: list[Line]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


def categories_of(session: Session, organisation_ids: Collection[int], *, is_open: bool = False) -> list[Category]:
    """The categories that these organisations handle, by name; `is_open`: those in which something new may begin."""
    handled = select(CategorySettings.category_id).where(CategorySettings.organisation_id.in_(organisation_ids))
    if is_open:
        handled = handled.where(CategorySettings.closed_at.is_(None))
    return list(session.scalars(select(Category).where(Category.id.in_(handled)).order_by(Category.name, Category.id)))


def listing(session: Session, wanted: Wanted, *, now: datetime) -> Listing:
    """The page asked for, or the last one when it lies beyond."""
    few = people_pages.few(session, wanted)
    total = len(few) if few is not None else session.scalar(counted(wanted)) or 0
    page = min(max(1, wanted.page), max(1, -(-total // PAGE_SIZE)))
    chosen = people_pages.page_of(session, replace(wanted, page=page), size=PAGE_SIZE, among=few)
    lines = {row.id: Line(row.id, row.first_name, row.last_name, ZoneInfo(row.timezone)) for row in chosen}
    add_follow_ups(session, lines, wanted)
    add_messages(session, lines, wanted)
    add_appointments(session, lines, wanted, now=now)
    add_referents(session, lines)
    add_tags(session, lines, wanted)
    if wanted.archived:
        add_archiving(session, lines, wanted)
    return Listing(list(lines.values()), total, page)


def ids(session: Session, wanted: Wanted) -> list[int]:
    """Everybody on the list, whatever the page, in its order; LARGEST_SELECTION at most."""
    return [row.id for row in session.execute(sorted_by(narrowed(wanted), wanted).limit(LARGEST_SELECTION))]


def follow_ups_of(
    session: Session, beneficiary_ids: Sequence[int], category_id: int, organisation_ids: Collection[int]
) -> list[FollowUp]:
    """The follow-ups of these people in a category, in the order given; people of other organisations are left out."""
    found = session.scalars(
        select(FollowUp)
        .where(
            FollowUp.beneficiary_id.in_(beneficiary_ids),
            FollowUp.category_id == category_id,
            belongs(FollowUp.beneficiary_id, organisation_ids),
        )
        .options(joinedload(FollowUp.beneficiary))
    )
    by_person = {one.beneficiary_id: one for one in found}
    return [by_person[one] for one in dict.fromkeys(beneficiary_ids) if one in by_person]


def names_of(session: Session, beneficiary_ids: Collection[int], organisation_ids: Collection[int]) -> dict[int, str]:
    """Names by id, of those who belong to these organisations."""
    rows = session.execute(
        select(Beneficiary.id, Beneficiary.first_name, Beneficiary.last_name).where(
            Beneficiary.id.in_(beneficiary_ids), belongs(Beneficiary.id, organisation_ids)
        )
    )
    return {row.id: f"{row.first_name} {row.last_name}" for row in rows}


# What is said of each


def add_follow_ups(session: Session, lines: dict[int, Line], wanted: Wanted) -> None:
    rows = session.execute(
        select(
            FollowUp.id,
            FollowUp.beneficiary_id,
            Category.name,
            FollowUp.status,
            FollowUp.status_since,
            FollowUp.reminders_suspended_at,
        )
        .join(Category, FollowUp.category_id == Category.id)
        .where(FollowUp.beneficiary_id.in_(lines), FollowUp.category_id.in_(wanted.category_ids))
        .order_by(Category.name, FollowUp.id)
    ).all()
    failed = failures(session, [row.id for row in rows], wanted.organisation_ids)
    for row in rows:
        lines[row.beneficiary_id].follow_ups.append(
            FollowUpOf(
                row.id,
                row.name,
                row.status,
                row.status_since,
                row.reminders_suspended_at,
                failed.get(row.id, []),
            )
        )


def add_messages(session: Session, lines: dict[int, Line], wanted: Wanted) -> None:
    """The latest message that left or will; one that was cancelled says nothing."""
    latest = (
        select(func.max(Message.id))
        .where(
            Message.beneficiary_id.in_(lines),
            Message.organisation_id.in_(wanted.organisation_ids),
            Message.state.not_in(NEVER_LEFT),
        )
        .group_by(Message.beneficiary_id)
    )
    for row in session.execute(
        select(
            Message.beneficiary_id, Message.channel, Message.kind, Message.state, Message.sent_at, Message.due_at
        ).where(Message.id.in_(latest))
    ):
        lines[row.beneficiary_id].message = LastMessage(row.channel, row.kind, row.state, row.sent_at or row.due_at)


def add_appointments(session: Session, lines: dict[int, Line], wanted: Wanted, *, now: datetime) -> None:
    """The nearest appointment to come of each person."""
    rows = session.execute(
        select(Participation.beneficiary_id, Appointment.starts_at, Place.city, Place.name, Place.timezone)
        .join(Appointment, Participation.appointment_id == Appointment.id)
        .outerjoin(Place, Appointment.place_id == Place.id)
        .where(
            Participation.beneficiary_id.in_(lines),
            Participation.outcome == Outcome.UNKNOWN,
            Appointment.organisation_id.in_(wanted.organisation_ids),
            Appointment.cancelled_at.is_(None),
            Appointment.starts_at > now,
        )
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
    )
    for row in rows:
        line = lines[row.beneficiary_id]
        zone = ZoneInfo(row.timezone) if row.timezone else line.zone
        line.appointment = NextAppointment(row.starts_at, row.city, zone)


def add_referents(session: Session, lines: dict[int, Line]) -> None:
    names = defaultdict(list)
    for row in session.execute(
        select(Referent.beneficiary_id, Agent.display_name)
        .join(Agent, Referent.agent_id == Agent.id)
        .where(Referent.beneficiary_id.in_(lines), Agent.closed_at.is_(None))
        .order_by(Agent.last_name, Agent.id)
    ):
        names[row.beneficiary_id].append(row.display_name)
    for person, line in lines.items():
        line.referents = names[person]


def add_tags(session: Session, lines: dict[int, Line], wanted: Wanted) -> None:
    for row in session.execute(
        select(Tagging.beneficiary_id, Tag.label)
        .join(Tag, Tag.id == Tagging.tag_id)
        .where(Tagging.beneficiary_id.in_(lines), Tag.organisation_id.in_(wanted.organisation_ids))
        .order_by(Tag.label, Tag.id)
    ):
        lines[row.beneficiary_id].tags.append(row.label)


def add_archiving(session: Session, lines: dict[int, Line], wanted: Wanted) -> None:
    """Since when, and why."""
    for row in session.execute(
        select(Membership.beneficiary_id, Membership.archived_at, Membership.archive_reason)
        .where(Membership.beneficiary_id.in_(lines), *member(wanted.organisation_ids, archived=True))
        .order_by(Membership.archived_at)
    ):
        lines[row.beneficiary_id].archived_at = row.archived_at
        lines[row.beneficiary_id].archive_reason = row.archive_reason or ""

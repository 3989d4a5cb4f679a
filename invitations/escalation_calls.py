"""The people an organisation calls by itself: who did not answer to the end, and whom nothing reaches. Read-only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from invitations import escalation_untold
from invitations.escalation_reach import ADDRESSING
from invitations.escalation_whom import addressed, unaddressed
from invitations.models import (
    CategorySettings,
    Channel,
    EscalationStep,
    Message,
    MessageKind,
    MessageState,
    Need,
    Organisation,
    StepAct,
)
from invitations.reach import why_unreachable
from invitations.trials import falling_back

# More people than a team calls in a week; the rest follow when these are done.
MOST = 200


class CallWhy(StrEnum):
    """Why somebody is to be called: they don't know that their appointment has changed, nothing arrived, nothing can be
    sent, no answer to any step, or not seen weeks after a trial drew how to address them (in every arm alike)."""

    UNTOLD = "untold"
    UNDELIVERED = "undelivered"
    NO_WAY = "no_way"
    UNANSWERED = "unanswered"
    UNSEEN = "unseen"


@dataclass(frozen=True, slots=True)
class Written:
    """One message that addressed the person; `at` is when it left, else when it was settled or is due."""

    channel: Channel
    state: MessageState
    at: datetime
    reason: str | None
    code: str | None


@dataclass(slots=True)
class ToCall:
    """Somebody to call about a follow-up. `until`: the last moment of the invitation that they have. `starts_at` and
    `is_off`: the appointment whose change they were not told of."""

    why: CallWhy
    beneficiary_id: int
    follow_up_id: int
    invitation_id: int | None
    name: str
    phone: str | None
    phone_is_dead: bool
    email: str | None
    needs: list[str]
    language: str
    category: str
    since: datetime
    until: datetime | None
    tries: int
    tried_at: datetime | None
    stopped_at: datetime | None
    suspended_at: datetime | None
    starts_at: datetime | None = None
    is_off: bool = False
    zone: ZoneInfo | None = None  # the place's; None: the département's
    participation_id: int | None = None
    written: list[Written] = field(default_factory=list)

    @property
    def is_written_to(self) -> bool:
        return Need.SIGN_LANGUAGE in self.needs

    @property
    def is_aside(self) -> bool:
        """True for whom an agent decided not to call, or to leave in peace altogether."""
        return self.stopped_at is not None or self.suspended_at is not None


@dataclass(frozen=True, slots=True)
class Calls:
    """`now`: to call; `tried`: called today in vain, again another day; `aside`: not called, as an agent decided."""

    now: list[ToCall]
    tried: list[ToCall]
    aside: list[ToCall]


def read(session: Session, organisation: Organisation, *, now: datetime) -> Calls:
    """The list of an organisation, MOST people of each kind, with what was sent to them. Seven queries at most."""
    found = _everybody(session, organisation, now=now)
    on = now.astimezone(organisation.department.zone).date()
    groups: dict[str, list[ToCall]] = defaultdict(list)
    for one in found:
        is_tried = one.tried_at is not None and one.tried_at.astimezone(organisation.department.zone).date() == on
        groups["aside" if one.is_aside else "tried" if is_tried else "now"].append(one)
    calls = Calls(groups["now"][:MOST], groups["tried"][:MOST], groups["aside"][:MOST])
    _add_written(session, [*calls.now, *calls.tried, *calls.aside])
    return calls


def count(session: Session, organisation: Organisation, *, now: datetime) -> int:
    """How many people are to be called now. Five queries at most."""
    zone = organisation.department.zone
    on = now.astimezone(zone).date()
    found = _everybody(session, organisation, now=now)
    return sum(
        not one.is_aside and (one.tried_at is None or one.tried_at.astimezone(zone).date() != on) for one in found
    )


def _everybody(session: Session, organisation: Organisation, *, now: datetime) -> list[ToCall]:
    """Who would come for nothing first, then whom nothing reaches, then the longest without an answer."""
    settings = session.execute(
        select(CategorySettings.category_id, CategorySettings.channels, EscalationStep.after_days)
        .outerjoin(
            EscalationStep,
            (EscalationStep.settings_id == CategorySettings.id) & (EscalationStep.act == StepAct.CALL),
        )
        .where(CategorySettings.organisation_id == organisation.id)
    ).all()
    channels = {row.category_id: [Channel(one) for one in row.channels] for row in settings}
    calling = {row.category_id: row.after_days for row in settings if row.after_days is not None}
    untold = [
        _to_call(row, CallWhy.UNTOLD)
        for row in session.execute(escalation_untold.untold(organisation.id, channels, now))
    ]
    known = {one.follow_up_id for one in untold}
    written_to = [
        _to_call(row, CallWhy.UNDELIVERED if row.is_unreached else CallWhy.UNANSWERED)
        for row in session.execute(addressed(organisation.id, channels, calling, now))
        if row.follow_up_id not in known and (row.is_unreached or _is_reached(row, calling, organisation, now))
    ]
    to_invite = [
        _to_call(row, CallWhy.NO_WAY)
        for row in session.execute(unaddressed(organisation.id, channels))
        if all(why_unreachable(row, one) for one in channels[row.category_id])
    ]
    known |= {one.follow_up_id for one in (*written_to, *to_invite)}
    unseen = [
        _to_call(row, CallWhy.UNSEEN)
        for row in session.execute(falling_back.fallen(organisation.id, channels, now))
        if row.follow_up_id not in known and falling_back.is_in_time(row, now)
    ]
    order = list(CallWhy)
    return sorted(
        [*untold, *written_to, *to_invite, *unseen], key=lambda one: (order.index(one.why), one.since, one.follow_up_id)
    )


def _is_reached(row: Row[Any], calling: Mapping[int, int], organisation: Organisation, now: datetime) -> bool:
    """That the day of the call has come, at the hour at which the first message left."""
    days = calling.get(row.category_id)
    if days is None or row.sent_at is None:
        return False
    moment: datetime = row.sent_at.astimezone(organisation.department.zone) + timedelta(days=days)
    return moment <= now


def _to_call(row: Row[Any], why: CallWhy) -> ToCall:
    is_addressed, is_untold = why in {CallWhy.UNDELIVERED, CallWhy.UNANSWERED}, why is CallWhy.UNTOLD
    return ToCall(
        why=why,
        beneficiary_id=row.beneficiary_id,
        follow_up_id=row.follow_up_id,
        invitation_id=row.invitation_id if is_addressed else None,
        name=f"{row.first_name} {row.last_name}",
        phone=row.phone,
        phone_is_dead=row.phone_dead_at is not None,
        email=row.email,
        needs=row.needs,
        language=row.language,
        category=row.category,
        since=row.since,
        until=row.expires_at if is_addressed else None,
        tries=row.call_tries,
        tried_at=row.call_tried_at,
        stopped_at=row.calls_stopped_at,
        suspended_at=row.reminders_suspended_at,
        starts_at=row.starts_at if is_untold else None,
        is_off=is_untold and row.is_off,
        zone=ZoneInfo(row.place_timezone) if is_untold and row.place_timezone else None,
        participation_id=row.participation_id if is_untold else None,
    )


def _add_written(session: Session, people: list[ToCall]) -> None:
    """What was sent to each, in order."""
    by_invitation = {one.invitation_id: one for one in people if one.invitation_id is not None}
    by_participation = {one.participation_id: one for one in people if one.participation_id is not None}
    for subject, kinds, those in (
        (Message.invitation_id, ADDRESSING, by_invitation),
        (Message.participation_id, escalation_untold.CHANGES, by_participation),
    ):
        for row in session.execute(_said_of(subject, kinds, those)) if those else ():
            those[row.subject].written.append(Written(row.channel, row.state, row.at, row.error_reason, row.error_code))


def _said_of(subject: Any, kinds: Collection[MessageKind], ids: Collection[int]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            subject.label("subject"), Message.channel, Message.state, Message.error_reason, Message.error_code,
            func.coalesce(Message.sent_at, Message.settled_at, Message.due_at).label("at"),
        )
        .where(
            subject.in_(ids),
            Message.kind.in_(kinds),
            Message.state.not_in([MessageState.CANCELLED, MessageState.EXPIRED]),
        )
        .order_by(Message.id)
    )  # fmt: skip

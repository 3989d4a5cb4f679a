"""What an agent does to several people of the list at once, and taking it back: each act keeps what it changed.

Whoever is left as they were (had it already, has nothing to suspend) comes back too, so that the sentence is true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from invitations import follow_ups, journal, tags
from invitations.database import hold_rows
from invitations.errors import NotFound
from invitations.models import (
    Agent,
    AgentRole,
    Beneficiary,
    CategorySettings,
    EndReason,
    FollowUp,
    FollowUpStatus,
    Membership,
    Organisation,
    Referent,
    SelectionAct,
)

# Nobody takes back what is older; what was kept to do so is forgotten.
KEPT = timedelta(days=7)
LONGEST_REASON = 200  # characters, the column's length
REMINDED = (FollowUpStatus.INVITATION_PENDING, FollowUpStatus.APPOINTMENT_PENDING)


class Act(StrEnum):
    SUSPEND = "suspend"
    RESUME = "resume"
    REFERENT = "referent"
    TAG = "tag"
    UNTAG = "untag"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, for which organisation, on follow-ups of which categories; a machine has no agent, and takes nothing back."""

    agent_id: int | None
    organisation_id: int
    category_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """People changed and people left as they were, in the order given; `act` takes it back, None when nothing changed."""

    changed: list[int]
    unchanged: list[int]
    act: SelectionAct | None


def suspend(session: Session, people: Sequence[int], *, by: By, now: datetime) -> Done:
    """No more reminders, letters or calls by themselves to those who have some to come."""
    here = members(session, people, by, archived=False)
    theirs = [
        one
        for one in followed(session, here, by)
        if one.reminders_suspended_at is None and one.closed_at is None and one.status in REMINDED
    ]
    set_suspended(session, theirs, now)
    note(session, "reminders.suspended", theirs, by, now)
    return done(session, Act.SUSPEND, here, theirs, by, now)


def resume(session: Session, people: Sequence[int], *, by: By, now: datetime) -> Done:
    """The next step that is due comes again."""
    here = members(session, people, by, archived=False)
    theirs = [one for one in followed(session, here, by) if one.reminders_suspended_at is not None]
    set_suspended(session, theirs, None)
    note(session, "reminders.resumed", theirs, by, now)
    return done(session, Act.RESUME, here, theirs, by, now)


def assign(session: Session, people: Sequence[int], referent_id: int, *, by: By, now: datetime) -> Done:
    """This agent of the organisation accompanies them, beside whoever does already. Raises NotFound for a stranger."""
    if referent_id not in {one.id for one in colleagues(session, [by.organisation_id])}:
        raise NotFound
    here = members(session, people, by, archived=False)
    had = set(session.scalars(select(Referent.beneficiary_id).where(Referent.agent_id == referent_id)))
    new = [one for one in here if one not in had]
    if new:
        session.execute(
            insert(Referent), [{"beneficiary_id": one, "agent_id": referent_id, "created_at": now} for one in new]
        )
    tell(session, "referent.assigned", new, by, now, referent_id=referent_id)
    return keep(session, Act.REFERENT, here, new, by, now, people=new, referent=referent_id)


def tag(session: Session, people: Sequence[int], label: str, *, by: By, now: datetime) -> Done:
    """Put a tag on them, made when it is new. Raises SettingRefused for a label that is none."""
    put = tags.named(session, label, organisation_id=by.organisation_id, now=now)
    here = members(session, people, by)
    new = tags.put(session, put, here, agent_id=by.agent_id, now=now)
    return keep(session, Act.TAG, here, new, by, now, people=new, tag=put.id)


def untag(session: Session, people: Sequence[int], label: str, *, by: By, now: datetime) -> Done:
    """Take a tag off them. Raises NotFound for one that the organisation does not have."""
    known = tags.known(session, label, by.organisation_id)
    if known is None:
        raise NotFound
    here = members(session, people, by)
    gone = tags.take_off(session, known, here, agent_id=by.agent_id, now=now)
    return keep(session, Act.UNTAG, here, gone, by, now, people=gone, tag=known.id)


def archive(session: Session, people: Sequence[int], reason: str, *, by: By, now: datetime) -> Done:
    """They leave the organisation's lists, and what it sent them can no longer be answered. Appointments stay."""
    here = members(session, people, by, archived=False)
    set_archived(session, here, by, at=now, reason=" ".join(reason.split())[:LONGEST_REASON] or None, now=now)
    for one in ended_by_archiving(session, here, by):
        follow_ups.end_invitations(session, one, EndReason.ARCHIVED, now=now)
        follow_ups.refresh(session, one, now=now)
    tell(session, "person.archived", here, by, now)
    return keep(session, Act.ARCHIVE, here, here, by, now, people=here)


def unarchive(session: Session, people: Sequence[int], *, by: By, now: datetime) -> Done:
    """They are on the lists again; invitations that ended stay ended."""
    here = members(session, people, by, archived=True)
    set_archived(session, here, by, at=None, reason=None, now=now)
    tell(session, "person.unarchived", here, by, now)
    return keep(session, Act.UNARCHIVE, here, here, by, now, people=here)


def act_of(session: Session, act_id: int, *, by: By) -> SelectionAct:
    """An act of one's own in the present organisation. Raises NotFound."""
    act = session.get(SelectionAct, act_id)
    if act is None or (act.agent_id, act.organisation_id) != (by.agent_id, by.organisation_id):
        raise NotFound
    return act


def colleagues(session: Session, organisation_ids: Sequence[int]) -> list[Agent]:
    """Who may accompany people: the agents of these organisations, by name."""
    here = select(AgentRole.agent_id).where(AgentRole.organisation_id.in_(organisation_ids))
    query = select(Agent).where(Agent.id.in_(here), Agent.closed_at.is_(None))
    return list(session.scalars(query.order_by(Agent.last_name, Agent.first_name, Agent.id)))


# What all of them need


def hold(session: Session, organisation_id: int) -> None:
    """One act on an organisation's people at a time."""
    hold_rows(session, select(Organisation.id).where(Organisation.id == organisation_id))


def members(session: Session, people: Sequence[int], by: By, *, archived: bool | None = None) -> list[int]:
    """Of these people, those of the organisation, in the order given; nobody else acts meanwhile."""
    hold(session, by.organisation_id)
    query = select(Membership.beneficiary_id).where(
        Membership.beneficiary_id.in_(people), Membership.organisation_id == by.organisation_id
    )
    if archived is not None:
        query = query.where(Membership.archived_at.is_not(None) if archived else Membership.archived_at.is_(None))
    here = set(session.scalars(query))
    return [one for one in dict.fromkeys(people) if one in here]


def followed(session: Session, people: Sequence[int], by: By) -> list[FollowUp]:
    """Their follow-ups in the categories looked at, held."""
    query = select(FollowUp).where(FollowUp.beneficiary_id.in_(people), FollowUp.category_id.in_(by.category_ids))
    hold_rows(
        session, select(FollowUp.id).where(FollowUp.id.in_(query.with_only_columns(FollowUp.id))).order_by(FollowUp.id)
    )
    return list(session.scalars(query.order_by(FollowUp.id).execution_options(populate_existing=True)))


def chosen(session: Session, follow_up_ids: Sequence[int]) -> list[FollowUp]:
    return list(session.scalars(select(FollowUp).where(FollowUp.id.in_(follow_up_ids)).order_by(FollowUp.id)))


def set_suspended(session: Session, theirs: Sequence[FollowUp], at: datetime | None) -> None:
    for one in theirs:
        one.reminders_suspended_at = at
    session.flush()


def set_archived(
    session: Session, people: Sequence[int], by: By, *, at: datetime | None, reason: str | None, now: datetime
) -> None:
    """Archive them, or (`at` None) no more; whoever follows the people is told of both."""
    session.execute(
        update(Membership)
        .where(Membership.beneficiary_id.in_(people), Membership.organisation_id == by.organisation_id)
        .values(archived_at=at, archive_reason=reason)
    )
    session.execute(update(Beneficiary).where(Beneficiary.id.in_(people)).values(updated_at=now))


def ended_by_archiving(session: Session, people: Sequence[int], by: By) -> list[FollowUp]:
    """Their follow-ups in categories of the organisation that no other organisation of theirs goes on with."""
    mine = select(CategorySettings.category_id).where(CategorySettings.organisation_id == by.organisation_id)
    elsewhere = (
        select(Membership.id)
        .join(CategorySettings, CategorySettings.organisation_id == Membership.organisation_id)
        .where(
            Membership.beneficiary_id == FollowUp.beneficiary_id,
            Membership.archived_at.is_(None),
            CategorySettings.category_id == FollowUp.category_id,
        )
        .exists()
    )
    query = select(FollowUp).where(FollowUp.beneficiary_id.in_(people), FollowUp.category_id.in_(mine), ~elsewhere)
    return list(session.scalars(query.order_by(FollowUp.id)))


def done(session: Session, act: Act, here: list[int], theirs: Sequence[FollowUp], by: By, now: datetime) -> Done:
    changed = {one.beneficiary_id for one in theirs}
    ordered = [one for one in here if one in changed]
    return keep(session, act, here, ordered, by, now, follow_ups=[one.id for one in theirs])


def keep(
    session: Session, act: Act, here: list[int], changed: list[int], by: By, now: datetime, **details: Any
) -> Done:
    """Write down what is to be taken back; what this agent did long ago is forgotten."""
    unchanged = [one for one in here if one not in set(changed)]
    if not changed or by.agent_id is None:
        return Done(changed, unchanged, None)
    session.execute(
        delete(SelectionAct).where(SelectionAct.agent_id == by.agent_id, SelectionAct.created_at < now - KEPT)
    )
    kept = SelectionAct(
        agent_id=by.agent_id, organisation_id=by.organisation_id, act=act, details=details, created_at=now
    )
    session.add(kept)
    session.flush()
    return Done(changed, unchanged, kept)


def note(session: Session, action: str, theirs: Sequence[FollowUp], by: By, now: datetime) -> None:
    told = {"organisation_id": by.organisation_id, "agent_id": by.agent_id}
    journal.note_all(
        session,
        [
            journal.event(action, now=now, beneficiary_id=one.beneficiary_id, follow_up_id=one.id, **told)
            for one in theirs
        ],
    )


def tell(session: Session, action: str, people: Sequence[int], by: By, now: datetime, **details: int) -> None:
    told = {"organisation_id": by.organisation_id, "agent_id": by.agent_id, **details}
    journal.note_all(session, [journal.event(action, now=now, beneficiary_id=one, **told) for one in people])

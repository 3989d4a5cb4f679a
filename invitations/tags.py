"""The organisation's own words on people: put on, taken off, renamed, merged, removed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.errors import NameTaken, NotFound, SettingRefused
from invitations.identity import name_key, plain
from invitations.models import Membership, Organisation, Tag, Tagging

LONGEST = 60  # characters, the column's length


@dataclass(frozen=True, slots=True)
class Counted:
    """A tag, and how many people of the organisation have it, archived ones left out."""

    id: int
    label: str
    people: int


def labels_of(session: Session, organisation_ids: Collection[int]) -> list[str]:
    """Every label, in order, each once."""
    return sorted(set(session.scalars(select(Tag.label).where(Tag.organisation_id.in_(organisation_ids)))), key=plain)


def of_person(session: Session, beneficiary_id: int, organisation_id: int) -> list[Tag]:
    query = select(Tag).join(Tagging, Tagging.tag_id == Tag.id).where(Tagging.beneficiary_id == beneficiary_id)
    return list(session.scalars(query.where(Tag.organisation_id == organisation_id).order_by(Tag.label)))


def counted(session: Session, organisation_id: int) -> list[Counted]:
    """Every tag of the organisation with its number of people."""
    live = (
        select(Tagging.tag_id, func.count().label("people"))
        .join(Membership, Membership.beneficiary_id == Tagging.beneficiary_id)
        .where(Membership.organisation_id == organisation_id, Membership.archived_at.is_(None))
        .group_by(Tagging.tag_id)
        .subquery()
    )
    rows = session.execute(
        select(Tag.id, Tag.label, func.coalesce(live.c.people, 0).label("people"))
        .outerjoin(live, live.c.tag_id == Tag.id)
        .where(Tag.organisation_id == organisation_id)
    )
    return sorted((Counted(row.id, row.label, row.people) for row in rows), key=lambda one: plain(one.label))


def seen_by(session: Session, tag_id: int, organisation_id: int) -> Tag:
    """Raises NotFound for another organisation's."""
    tag = session.get(Tag, tag_id)
    if tag is None or tag.organisation_id != organisation_id:
        raise NotFound
    return tag


def cleaned(label: str) -> str:
    """The label as it is kept. Raises SettingRefused for an empty one, or one that is too long."""
    words = " ".join(label.split())
    if not 0 < len(words) <= LONGEST:
        raise SettingRefused
    return words


def known(session: Session, label: str, organisation_id: int) -> Tag | None:
    """The tag of this label, accents, capitals and kinds of apostrophe apart."""
    every = session.scalars(select(Tag).where(Tag.organisation_id == organisation_id).order_by(Tag.id))
    return next((one for one in every if name_key(one.label) == name_key(label)), None)


def named(session: Session, label: str, *, organisation_id: int, now: datetime) -> Tag:
    """The tag of this label, made when there is none. Raises SettingRefused as `cleaned` does."""
    words = cleaned(label)
    take_turn(session, organisation_id)
    found = known(session, words, organisation_id)
    if found is None:
        found = Tag(organisation_id=organisation_id, label=words, created_at=now)
        session.add(found)
        session.flush()
    return found


def put(
    session: Session, tag: Tag, beneficiary_ids: Sequence[int], *, agent_id: int | None, now: datetime
) -> list[int]:
    """Put it on these people; those who had it already are left out of the answer."""
    had = set(session.scalars(select(Tagging.beneficiary_id).where(Tagging.tag_id == tag.id)))
    added = [one for one in dict.fromkeys(beneficiary_ids) if one not in had]
    if added:
        session.execute(
            insert(Tagging), [{"beneficiary_id": one, "tag_id": tag.id, "created_at": now} for one in added]
        )
    note(session, "tag.put", tag, added, agent_id=agent_id, now=now)
    return added


def take_off(
    session: Session, tag: Tag, beneficiary_ids: Sequence[int], *, agent_id: int | None, now: datetime
) -> list[int]:
    """Take it off these people; those who did not have it are left out of the answer."""
    theirs = (Tagging.tag_id == tag.id, Tagging.beneficiary_id.in_(beneficiary_ids))
    had = set(session.scalars(select(Tagging.beneficiary_id).where(*theirs)))
    session.execute(delete(Tagging).where(*theirs))
    removed = [one for one in dict.fromkeys(beneficiary_ids) if one in had]
    note(session, "tag.taken_off", tag, removed, agent_id=agent_id, now=now)
    return removed


def rename(session: Session, tag: Tag, label: str, *, agent_id: int, now: datetime) -> None:
    """Raises SettingRefused as `cleaned` does, NameTaken when another tag is called so: those are merged."""
    words = cleaned(label)
    take_turn(session, tag.organisation_id)
    other = known(session, words, tag.organisation_id)
    if other is not None and other.id != tag.id:
        raise NameTaken
    if words != tag.label:
        tag.label = words
        session.flush()
        note_change(session, "tag.renamed", tag, agent_id=agent_id, now=now)


def merge(session: Session, tag: Tag, into: Tag, *, agent_id: int, now: datetime) -> None:
    """Whoever has one has the other, and the first is no more. Raises NotFound when they are one or of two teams."""
    if tag.id == into.id or tag.organisation_id != into.organisation_id:
        raise NotFound
    take_turn(session, tag.organisation_id)
    both = select(Tagging.beneficiary_id).where(Tagging.tag_id == into.id)
    session.execute(delete(Tagging).where(Tagging.tag_id == tag.id, Tagging.beneficiary_id.in_(both)))
    session.execute(update(Tagging).where(Tagging.tag_id == tag.id).values(tag_id=into.id))
    note_change(session, "tag.merged", tag, agent_id=agent_id, now=now, into_id=into.id)
    session.delete(tag)
    session.flush()


def remove(session: Session, tag: Tag, *, agent_id: int, now: datetime) -> None:
    """Nobody has it any more, and it is no longer offered."""
    session.execute(delete(Tagging).where(Tagging.tag_id == tag.id))
    note_change(session, "tag.removed", tag, agent_id=agent_id, now=now)
    session.delete(tag)
    session.flush()


def take_turn(session: Session, organisation_id: int) -> None:
    """One change of an organisation's words at a time: two of the same name would be one too many."""
    hold_rows(session, select(Organisation.id).where(Organisation.id == organisation_id))


def note(
    session: Session, action: str, tag: Tag, people: Sequence[int], *, agent_id: int | None, now: datetime
) -> None:
    told = {"organisation_id": tag.organisation_id, "agent_id": agent_id, "tag_id": tag.id}
    journal.note_all(session, [journal.event(action, now=now, beneficiary_id=one, **told) for one in people])


def note_change(session: Session, action: str, tag: Tag, *, agent_id: int, now: datetime, **details: int) -> None:
    journal.note(
        session, action, now=now, organisation_id=tag.organisation_id, agent_id=agent_id, tag_id=tag.id, **details
    )

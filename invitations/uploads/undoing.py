"""An import undone, as long as nobody whom it brought has been addressed: what nobody has touched since goes back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import Base
from invitations.errors import ImportStays
from invitations.identity import plain
from invitations.matching import chunks
from invitations.models import (
    Beneficiary,
    FollowUp,
    FollowUpStatus,
    ImportBatch,
    ImportRow,
    ImportState,
    Invitation,
    Membership,
    Message,
    Participation,
    StatusChange,
    Tag,
    Tagging,
    Verdict,
)
from invitations.uploads.deciding import FOLLOW_UP, MEMBERSHIP, TAGS
from invitations.uploads.planning import purpose_of
from invitations.uploads.restoring import archive_again, put_back
from invitations.uploads.saving import take_turn

# What an import writes itself about somebody new: no sign that anyone has touched them.
_OURS = frozenset({"memberships", "follow_ups", "status_changes", "taggings", "import_rows"})


@dataclass(slots=True)
class Undone:
    """What was undone, and of how many people something was touched since and stays."""

    removed: int = 0
    restored: int = 0
    kept: int = 0


@dataclass(slots=True)
class _Written:
    """What the rows of an import wrote."""

    created: list[int] = field(default_factory=list)
    followed: list[int] = field(default_factory=list)
    updated: list[ImportRow] = field(default_factory=list)


def invited_since(session: Session, batch: ImportBatch) -> int:
    """How many of those whom the import created, or opened a follow-up for, have been addressed or have an appointment."""
    written = _written(session, batch)
    return sum(len(_addressed(session, batch, some)) for some in chunks(written.created + written.followed))


def undo(session: Session, batch: ImportBatch, *, agent_id: int, now: datetime) -> Undone:
    """Take back what the import wrote, but for what somebody has changed since. Undone twice, does nothing more.

    People whom it created go, values it changed become again what they were, memberships, follow-ups and tags it gave are
    taken. Raises ImportStays when it is not saved, or has invited somebody.
    """
    take_turn(session, purpose_of(session, batch, now=now).department_id, batch)
    if batch.state is ImportState.UNDONE:
        return Undone()
    invited = invited_since(session, batch) if batch.state is ImportState.SAVED else 0
    if batch.state is not ImportState.SAVED or invited:
        raise ImportStays(invited=invited)
    written = _written(session, batch)
    undone = Undone()
    for some in chunks(written.created):
        untouched = _untouched(session, batch, some)
        _remove(session, untouched)
        undone.removed += len(untouched)
        undone.kept += len(some) - len(untouched)
    for row in written.updated:
        put_back(session, row, now=now, undone=undone)
    _take_back(session, batch, written.updated, now=now)
    batch.state, batch.undone_at = ImportState.UNDONE, now
    session.flush()
    _note(session, batch, undone, agent_id=agent_id, now=now)
    return undone


def _written(session: Session, batch: ImportBatch) -> _Written:
    """Without those who have been erased or merged since."""
    written = _Written()
    query = select(ImportRow).where(
        ImportRow.batch_id == batch.id,
        ImportRow.verdict.in_([Verdict.CREATE, Verdict.UPDATE]),
        ImportRow.beneficiary_id.is_not(None),
    )
    for row in session.scalars(query.order_by(ImportRow.position)):
        assert row.beneficiary_id is not None  # noqa: S101  (the query says so)
        if row.verdict is Verdict.CREATE:
            written.created.append(row.beneficiary_id)
        else:
            written.updated.append(row)
            if FOLLOW_UP in row.changes:
                written.followed.append(row.beneficiary_id)
    return written


def _addressed(session: Session, batch: ImportBatch, people: Sequence[int]) -> set[int]:
    """Those of them with an invitation of the import's category, or since then any message or appointment."""
    since = batch.saved_at or batch.created_at
    found: set[int] = set()
    queries: tuple[Select[int], ...] = (
        select(FollowUp.beneficiary_id)
        .join(Invitation, Invitation.follow_up_id == FollowUp.id)
        .where(FollowUp.beneficiary_id.in_(people), FollowUp.category_id == batch.category_id),
        select(Participation.beneficiary_id).where(
            Participation.beneficiary_id.in_(people), Participation.created_at >= since
        ),
        select(func.coalesce(Message.beneficiary_id, 0)).where(
            Message.beneficiary_id.in_(people), Message.created_at >= since
        ),
    )
    for query in queries:
        found.update(session.scalars(query))
    return found


def _untouched(session: Session, batch: ImportBatch, people: Sequence[int]) -> list[int]:
    """Those of whom nothing has been written since the import created them: no table knows more of them than it wrote."""
    mine = Beneficiary.id.in_(people)
    query = select(Beneficiary.id).where(mine, Beneficiary.updated_at == Beneficiary.created_at)
    query = query.where(*(~exists().where(refers) for refers in _other_references()))
    query = query.where(
        ~exists().where(
            Membership.beneficiary_id == Beneficiary.id,
            or_(Membership.organisation_id != batch.organisation_id, Membership.archived_at.is_not(None)),
        ),
        ~exists().where(
            FollowUp.beneficiary_id == Beneficiary.id,
            or_(FollowUp.category_id != batch.category_id, FollowUp.status != FollowUpStatus.NOT_INVITED),
        ),
        ~exists().where(Tagging.beneficiary_id == Beneficiary.id, Tagging.created_at > Beneficiary.created_at),
        ~exists().where(ImportRow.beneficiary_id == Beneficiary.id, ImportRow.batch_id != batch.id),
    )
    return list(session.scalars(query))


def _other_references() -> Iterator[ColumnElement[bool]]:
    """A row of any other table about the person, or about their follow-up; tables that come later are among them."""
    for column in _columns_that_name(Beneficiary):
        yield column == Beneficiary.id
    for column in _columns_that_name(FollowUp):
        yield column.in_(select(FollowUp.id).where(FollowUp.beneficiary_id == Beneficiary.id))


def _columns_that_name(named: type[Base]) -> Iterator[Column[Any]]:
    """The foreign keys to a table's rows, but for those that an import writes itself."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if table.name not in _OURS and key.column.table is named.__table__:
                yield key.parent


def _remove(session: Session, people: Sequence[int]) -> None:
    session.execute(update(ImportRow).where(ImportRow.beneficiary_id.in_(people)).values(beneficiary_id=None))
    _close_follow_ups(session, FollowUp.beneficiary_id.in_(people))
    for table, of in ((Tagging, Tagging.beneficiary_id), (Membership, Membership.beneficiary_id)):
        session.execute(delete(table).where(of.in_(people)))
    session.execute(delete(Beneficiary).where(Beneficiary.id.in_(people)))


def _close_follow_ups(session: Session, which: ColumnElement[bool]) -> None:
    ids = session.scalars(select(FollowUp.id).where(which)).all()
    session.execute(delete(StatusChange).where(StatusChange.follow_up_id.in_(ids)))
    session.execute(delete(FollowUp).where(FollowUp.id.in_(ids)))


def _take_back(session: Session, batch: ImportBatch, rows: Sequence[ImportRow], *, now: datetime) -> None:
    """Memberships, follow-ups and tags that the import gave to people who were there already."""
    followed = [row.beneficiary_id for row in rows if FOLLOW_UP in row.changes]
    for some in chunks(followed):
        _close_follow_ups(session, _untouched_follow_up(batch, some))
    joined = [row for row in rows if MEMBERSHIP in row.changes]
    came = [row.beneficiary_id for row in joined if row.changes[MEMBERSHIP][0] is None]
    for some in chunks(came):
        session.execute(
            delete(Membership).where(
                Membership.organisation_id == batch.organisation_id, Membership.beneficiary_id.in_(some)
            )
        )
    for row in joined:
        archive_again(session, row, batch.organisation_id, now=now)
    _take_tags(session, batch.organisation_id, rows)


def _take_tags(session: Session, organisation_id: int, rows: Sequence[ImportRow]) -> None:
    tags = {plain(tag.label): tag.id for tag in _tags(session, organisation_id)}
    for row in rows:
        given = [tags[plain(label)] for label in _labels(row) if plain(label) in tags]
        if given:
            theirs = (Tagging.beneficiary_id == row.beneficiary_id, Tagging.tag_id.in_(given))
            session.execute(delete(Tagging).where(*theirs))


def _untouched_follow_up(batch: ImportBatch, people: Sequence[int | None]) -> ColumnElement[bool]:
    others = [~exists().where(column == FollowUp.id) for column in _columns_that_name(FollowUp)]
    return (
        (FollowUp.category_id == batch.category_id)
        & FollowUp.beneficiary_id.in_(people)
        & (FollowUp.status == FollowUpStatus.NOT_INVITED)
        & and_(*others)
    )


def _tags(session: Session, organisation_id: int) -> Sequence[Tag]:
    return session.scalars(select(Tag).where(Tag.organisation_id == organisation_id)).all()


def _labels(row: ImportRow) -> list[str]:
    given = row.changes.get(TAGS, [None, None])[1]
    return given.split(", ") if given else []


def _note(session: Session, batch: ImportBatch, undone: Undone, *, agent_id: int, now: datetime) -> None:
    journal.note(
        session,
        "import.undone",
        now=now,
        organisation_id=batch.organisation_id,
        agent_id=agent_id,
        batch=batch.id,
        removed=undone.removed,
        restored=undone.restored,
        kept=undone.kept,
    )

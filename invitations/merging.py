"""Two records of one person become one: a named agent decides, field by field, and nothing of either is lost.

Everything that names the second record names the first one from then on, in whatever table, so that the links of both go on
opening; where one row would say what another says already (a tag that both have), one of the two is enough. Then the second
record is gone; the journal keeps its id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, PrimaryKeyConstraint, Table, UniqueConstraint, and_, delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from invitations import follow_ups, journal, merging_follow_ups
from invitations.database import Base, hold_rows
from invitations.errors import BothExpected, NotFound, SameMeeting
from invitations.models import (
    Appointment,
    AuditEvent,
    Beneficiary,
    FollowUp,
    ImportRow,
    Membership,
    Menu,
    Need,
    Outcome,
    Participation,
    TextMenu,
    Verdict,
)
from invitations.uploads.comparing import ATTRIBUTES
from invitations.uploads.saving import keys_of

# What an agent chooses between the two, and what goes with it: a dead number is dead in both hands.
CHOICES: dict[str, tuple[str, ...]] = {
    "title": ("title",),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "birth_name": ("birth_name",),
    "birth_on": ("birth_on",),
    "phone": ("phone", "phone_dead_at", "phone_corrected_at", "wrong_phone"),
    "email": ("email", "email_dead_at", "email_corrected_at"),
    "address": ("address", "postcode", "city", "commune_insee", "letter_dead_at"),
    "affiliation_number": ("affiliation_number",),
    "role": ("role",),
    "department_internal_id": ("department_internal_id",),
    "france_travail_id": ("france_travail_id",),
    "nir": ("nir_sealed", "nir_hash"),
    "rights_opened_on": ("rights_opened_on",),
    "language": ("language",),
    "logistic_note": ("logistic_note",),
}
# What tells whether a record says something of it, where that is not the column of its name.
_TOLD_BY = {"address": ("address", "postcode", "city"), "nir": ("nir_hash",)}
_WITH_A_SEAT = (Outcome.UNKNOWN, Outcome.SEEN, Outcome.NOSHOW)


def merge(
    session: Session,
    kept: Beneficiary,
    absorbed: Beneficiary,
    taken: Collection[str],
    *,
    organisation_id: int,
    agent_id: int,
    now: datetime,
) -> None:
    """`kept` is both from now on; `taken`: the CHOICES that are the absorbed one's. A blank never takes a value's place.

    Raises BothExpected, SameMeeting: what nobody but an agent can decide first.
    """
    if kept.id == absorbed.id or kept.department_id != absorbed.department_id:
        raise NotFound
    _hold(session, kept, absorbed)
    _check(session, kept, absorbed, now=now)
    gone = absorbed.id
    chosen = _choose(kept, absorbed, taken)
    _join_wills(kept, absorbed, now)
    _join_memberships(session, kept.id, gone)
    _keep_imports(session, gone)
    _rename_in_menus(session, kept.id, gone)
    session.flush()
    joined = merging_follow_ups.join(session, kept.id, gone, move=move, now=now)
    _rewrite_journal(session, gone, joined)
    move(session, Beneficiary.__table__, kept.id, gone)  # type: ignore[arg-type]  # declared classes have a Table
    session.expire_all()
    session.execute(delete(Beneficiary).where(Beneficiary.id == gone))
    for one in session.scalars(select(FollowUp).where(FollowUp.id.in_(joined.values()))).all():
        follow_ups.refresh(session, one, now=now)
    journal.note(
        session,
        "beneficiary.merged",
        now=now,
        organisation_id=organisation_id,
        agent_id=agent_id,
        beneficiary_id=kept.id,
        absorbed=gone,
        taken=chosen,
        follow_ups=[[old, new] for old, new in joined.items()],
    )


def is_filled(person: Beneficiary, choice: str) -> bool:
    """True when the record says something of it."""
    names = _TOLD_BY.get(choice, (choice,))
    return any(getattr(person, name) for name in names)


def differs(one: Beneficiary, other: Beneficiary, choice: str) -> bool:
    """True when both say something, and not the same: a question for the agent."""
    names = _TOLD_BY.get(choice, (choice,))
    both = is_filled(one, choice) and is_filled(other, choice)
    return both and any(getattr(one, name) != getattr(other, name) for name in names)


def move(session: Session, named: Table, kept_id: int, gone_id: int) -> None:
    """Whatever names the one row names the other, in every table; tables that come later are among them."""
    for column in columns_that_name(named):
        table = column.table
        for others in uniques_of(column):
            twin = aliased(table)
            same = [twin.c[one.name] == one for one in others]
            already = exists().where(and_(twin.c[column.name] == kept_id, *same))
            session.execute(delete(table).where(column == gone_id, already))
        session.execute(update(table).where(column == gone_id).values({column.name: kept_id}))


def columns_that_name(named: Table) -> Iterator[Column[Any]]:
    """The foreign keys to a table's rows. Follow-ups are joined one by one (`merging_follow_ups`)."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table is named and table.name != FollowUp.__tablename__:
                yield key.parent


def uniques_of(column: Column[Any]) -> Iterator[list[Column[Any]]]:
    """The other columns of each promise that a table makes about this one: there is one row of them."""
    table = column.table
    promises: list[Any] = [one for one in table.constraints if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)]
    promises += [one for one in table.indexes if one.unique and not _is_partial(one)]
    for promise in promises:
        columns = list(promise.columns)
        if column in columns:
            yield [one for one in columns if one is not column]


def _is_partial(index: Any) -> bool:
    """Seats and places in a queue: they are looked at before anything moves."""
    return any(options.get("where") is not None for options in index.dialect_options.values())


def _hold(session: Session, kept: Beneficiary, absorbed: Beneficiary) -> None:
    """Nobody else acts on either meanwhile: first the people in the order of their ids, then their follow-ups."""
    session.flush()
    both = (kept.id, absorbed.id)
    hold_rows(session, select(Beneficiary.id).where(Beneficiary.id.in_(both)).order_by(Beneficiary.id))
    hold_rows(session, select(FollowUp.id).where(FollowUp.beneficiary_id.in_(both)).order_by(FollowUp.id))
    session.refresh(kept)
    session.refresh(absorbed)


def _check(session: Session, kept: Beneficiary, absorbed: Beneficiary, *, now: datetime) -> None:
    """Raises BothExpected when both have an appointment to come in one category, SameMeeting when both sit in one."""
    query = (
        select(Participation.beneficiary_id, Participation.appointment_id, FollowUp.category_id, Appointment.starts_at)
        .join(FollowUp, Participation.follow_up_id == FollowUp.id)
        .join(Appointment, Participation.appointment_id == Appointment.id)
        .where(Participation.beneficiary_id.in_((kept.id, absorbed.id)), Participation.outcome.in_(_WITH_A_SEAT))
    )
    seats = session.execute(query.add_columns(Participation.outcome, Appointment.cancelled_at)).all()
    mine = [one for one in seats if one.beneficiary_id == kept.id]
    theirs = [one for one in seats if one.beneficiary_id == absorbed.id]
    expected = {one.category_id for one in mine if _is_to_come(one, now)}
    for one in theirs:
        if _is_to_come(one, now) and one.category_id in expected:
            raise BothExpected(starts_at=one.starts_at)
        if one.appointment_id in {other.appointment_id for other in mine}:
            raise SameMeeting(starts_at=one.starts_at)


def _is_to_come(seat: Any, now: datetime) -> bool:
    return seat.outcome is Outcome.UNKNOWN and seat.cancelled_at is None and seat.starts_at > now


def _choose(kept: Beneficiary, absorbed: Beneficiary, taken: Collection[str]) -> list[str]:
    """Write what is the absorbed one's, and answer which choices were."""
    chosen = [name for name in CHOICES if is_filled(absorbed, name) and (name in taken or not is_filled(kept, name))]
    for name in chosen:
        for attribute in CHOICES[name]:
            setattr(kept, attribute, getattr(absorbed, attribute))
    return chosen


def _join_wills(kept: Beneficiary, absorbed: Beneficiary, now: datetime) -> None:
    """Who said no on either record has said no; what either needs, they need."""
    for mark in ("sms_refused_at", "email_refused_at"):
        setattr(kept, mark, getattr(kept, mark) or getattr(absorbed, mark))
    needs = {*kept.needs, *absorbed.needs}
    kept.needs = [str(one) for one in Need if one in needs]
    kept.created_at = min(kept.created_at, absorbed.created_at)
    kept.updated_at = now
    for name, key in keys_of({name: getattr(kept, name) for name in ATTRIBUTES}).items():
        setattr(kept, name, key)


def _join_memberships(session: Session, kept_id: int, gone_id: int) -> None:
    """In an organisation that has both, the person is active when one of the two is."""
    found = session.scalars(select(Membership).where(Membership.beneficiary_id.in_((kept_id, gone_id)))).all()
    theirs = {one.organisation_id: one for one in found if one.beneficiary_id == gone_id}
    for one in found:
        other = theirs.get(one.organisation_id)
        if one.beneficiary_id != kept_id or other is None:
            continue
        one.created_at = min(one.created_at, other.created_at)
        if other.archived_at is None:
            one.archived_at = one.archive_reason = None


def _keep_imports(session: Session, gone_id: int) -> None:
    """What an import changed of the absorbed record can't be put back into the other one: undoing it leaves them alone."""
    rows = update(ImportRow).where(ImportRow.beneficiary_id == gone_id, ImportRow.verdict == Verdict.UPDATE)
    session.execute(rows.values(changes={}, before=None))


def _rename_in_menus(session: Session, kept_id: int, gone_id: int) -> None:
    """ "Who are you: 1 or 2?", asked by text: both mean the one record."""
    menus = select(TextMenu).where(TextMenu.kind == Menu.WHO, TextMenu.closed_at.is_(None))
    for menu in session.scalars(menus):
        if str(gone_id) in menu.choices:
            menu.choices = [str(kept_id) if one == str(gone_id) else one for one in menu.choices]


def _rewrite_journal(session: Session, gone_id: int, joined: dict[int, int]) -> None:
    """Lines about a follow-up that was joined to another say which one it is now."""
    for event in session.scalars(select(AuditEvent).where(AuditEvent.beneficiary_id == gone_id)):
        if event.details.get("follow_up_id") in joined:
            event.details = {**event.details, "follow_up_id": joined[event.details["follow_up_id"]]}
    session.flush()

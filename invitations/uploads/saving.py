"""A preview → people, their memberships, follow-ups and tags. In bulk: a few statements, however many rows."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.identity import email_key, first_name_key, search_key
from invitations.models import (
    Beneficiary,
    Department,
    FollowUp,
    FollowUpStatus,
    ImportBatch,
    ImportRow,
    ImportState,
    Membership,
    StatusChange,
    Verdict,
)
from invitations.nir_keeping import columns_of
from invitations.uploads.befores import MARKS, Archived, before_of
from invitations.uploads.comparing import ATTRIBUTES
from invitations.uploads.deciding import FOLLOW_UP, MEMBERSHIP, Decision, Purpose, Row, decide
from invitations.uploads.headers import Field
from invitations.uploads.planning import is_long, outcome, purpose_of, rows_of
from invitations.uploads.tagging import give_tags

_SEARCHED = (
    "first_name",
    "last_name",
    "birth_name",
    "email",
    "phone",
    "affiliation_number",
    "department_internal_id",
    "france_travail_id",
)


@dataclass(frozen=True, slots=True)
class Saved:
    """How many rows became what."""

    created: int
    updated: int
    unchanged: int
    ambiguous: int
    refused: int


def save(session: Session, batch: ImportBatch, *, agent_id: int | None, now: datetime) -> Saved:
    """Do what the preview says, decided again from its cells: another import may have passed in between.

    Nobody is invited. Questions for a human and refused rows stay as they are. Saving a batch twice does nothing more.
    A long list is only handed to the scheduler here (`progress`).
    """
    purpose = purpose_of(session, batch, now=now)
    take_turn(session, purpose.department_id, batch)
    if batch.state is ImportState.PREVIEW and is_long(batch):
        batch.state, batch.started_at, batch.done, batch.reached = ImportState.SAVING, now, 0, 0
        _note(session, "import.saving", batch, {}, agent_id=agent_id, now=now)
    elif batch.state is ImportState.PREVIEW:
        save_rows(session, purpose, *rows_of(session, batch.id), now=now)
        finish(session, batch, agent_id=agent_id, now=now)
    session.flush()
    return counted(session, batch.id)


def save_rows(session: Session, purpose: Purpose, row_ids: list[int], rows: list[Row], *, now: datetime) -> None:
    """Write the people of these rows, and what each row became."""
    decisions = decide(session, purpose, rows)
    people, archived = write(session, purpose, decisions, now=now)
    _keep_outcomes(session, row_ids, decisions, people, archived)


def write(
    session: Session, purpose: Purpose, decisions: list[Decision], *, now: datetime
) -> tuple[dict[int, int], Archived]:
    """The people of these decisions: the id of each row's person by position, and when and why they were archived."""
    people = _people(session, purpose, decisions, now=now)
    archived = _join(session, purpose, decisions, people, now=now)
    give_tags(session, purpose, decisions, people, now=now)
    return people, archived


def finish(session: Session, batch: ImportBatch, *, agent_id: int | None, now: datetime) -> None:
    """Every row is saved."""
    batch.state, batch.saved_at = ImportState.SAVED, now
    session.flush()
    saved = counted(session, batch.id)
    counts = {one.name: getattr(saved, one.name) for one in fields(saved)}
    _note(session, "import.saved", batch, counts, agent_id=agent_id, now=now)


def counted(session: Session, batch_id: int) -> Saved:
    """The rows of a batch by verdict."""
    query = select(ImportRow.verdict, func.count()).where(ImportRow.batch_id == batch_id).group_by(ImportRow.verdict)
    counts = Counter(dict(session.execute(query).all()))
    return Saved(
        created=counts[Verdict.CREATE],
        updated=counts[Verdict.UPDATE],
        unchanged=counts[Verdict.UNCHANGED],
        ambiguous=counts[Verdict.AMBIGUOUS],
        refused=counts[Verdict.REFUSED],
    )


def take_turn(session: Session, department_id: int, batch: ImportBatch) -> None:
    """One import at a time in a département: two files with the same person at once would make two of them."""
    hold_rows(session, select(Department.id).where(Department.id == department_id))
    session.refresh(batch, ["state", "done", "reached"])


def _people(session: Session, purpose: Purpose, decisions: list[Decision], *, now: datetime) -> dict[int, int]:
    """Write people, new and changed; return the id of each row's person, by position."""
    new = [one for one in decisions if one.verdict is Verdict.CREATE]
    people = {one.position: one.known.id for one in decisions if one.known and one.verdict is not Verdict.AMBIGUOUS}
    if new:
        query = insert(Beneficiary).returning(Beneficiary.id, sort_by_parameter_order=True)
        ids = session.scalars(query, [_new_person(one, purpose, now) for one in new]).all()
        people |= {one.position: person_id for one, person_id in zip(new, ids, strict=True)}
    changed = [_changed_person(one, now) for one in decisions if _is_changed(one)]
    if changed:
        session.execute(update(Beneficiary), changed)
    # A second row about somebody new finds them at the first.
    people |= {one.position: people[one.rows[0]] for one in decisions if _repeats(one) and one.rows[0] in people}
    return people


def _is_changed(decision: Decision) -> bool:
    return decision.verdict is Verdict.UPDATE and bool(decision.values or decision.nir)


def _repeats(decision: Decision) -> bool:
    return decision.verdict is Verdict.UNCHANGED and bool(decision.rows)


def _new_person(decision: Decision, purpose: Purpose, now: datetime) -> dict[str, Any]:
    values = {name: getattr(decision.person, name) for name in ATTRIBUTES}
    return {
        "uid": str(uuid.uuid4()),
        "department_id": purpose.department_id,
        "created_at": now,
        "updated_at": now,
        **values,
        **keys_of(values),
        **columns_of(decision.person.nir),
    }


def _changed_person(decision: Decision, now: datetime) -> dict[str, Any]:
    known = decision.known
    assert known is not None  # noqa: S101  (an update has found its person)
    values = decision.values
    merged = {name: values.get(name, getattr(known, name)) for name in ATTRIBUTES}
    return {
        "id": known.id,
        "updated_at": now,
        **values,
        **keys_of(merged),
        **(columns_of(decision.nir) if decision.nir else {}),
        # A new number or address is not dead because the former was.
        **{mark: None if about & values.keys() else getattr(known, mark) for mark, about in MARKS.items()},
    }


def keys_of(values: dict[str, Any]) -> dict[str, Any]:
    """The columns that matching and search read, from every attribute of a person."""
    return {
        "first_name_key": first_name_key(values["first_name"]),
        "email_key": email_key(values["email"]),
        "search_key": search_key(**{name: values[name] for name in _SEARCHED}),
    }


def _join(
    session: Session, purpose: Purpose, decisions: list[Decision], people: dict[int, int], *, now: datetime
) -> Archived:
    """Memberships, opened again where they were archived, and follow-ups of the batch's category.

    Returns when and why those were archived.
    """
    new = {people[one.position] for one in decisions if one.verdict is Verdict.CREATE}
    joining = {people[one.position]: one.changes[MEMBERSHIP][0] for one in decisions if MEMBERSHIP in one.changes}
    archived = [person_id for person_id, before in joining.items() if before is not None]
    absent = sorted(new | {person_id for person_id, before in joining.items() if before is None})
    if absent:
        belonging = {"organisation_id": purpose.organisation_id, "created_at": now}
        session.execute(insert(Membership), [{"beneficiary_id": one, **belonging} for one in absent])
    were = _open_again(session, purpose, archived)
    if joining:  # whoever follows the people is told of them
        session.execute(update(Beneficiary).where(Beneficiary.id.in_(joining)).values(updated_at=now))
    followed = new | {people[one.position] for one in decisions if FOLLOW_UP in one.changes}
    _follow(session, purpose, sorted(followed), now=now)
    return were


def _open_again(session: Session, purpose: Purpose, people: list[int]) -> Archived:
    if not people:
        return {}
    theirs = (Membership.organisation_id == purpose.organisation_id, Membership.beneficiary_id.in_(people))
    query = select(Membership.beneficiary_id, Membership.archived_at, Membership.archive_reason).where(*theirs)
    were = {row.beneficiary_id: (row.archived_at, row.archive_reason) for row in session.execute(query)}
    session.execute(update(Membership).where(*theirs).values(archived_at=None, archive_reason=None))
    return were


def _follow(session: Session, purpose: Purpose, people: list[int], *, now: datetime) -> None:
    if not people:
        return
    status = FollowUpStatus.NOT_INVITED
    common = {"category_id": purpose.category_id, "status": status, "status_since": now, "created_at": now}
    ids = session.scalars(
        insert(FollowUp).returning(FollowUp.id),
        [{"uid": str(uuid.uuid4()), "beneficiary_id": one, **common} for one in people],
    ).all()
    session.execute(insert(StatusChange), [{"follow_up_id": one, "status": status, "at": now} for one in ids])


def _keep_outcomes(
    session: Session, row_ids: list[int], decisions: list[Decision], people: dict[int, int], archived: Archived
) -> None:
    """What each row became, and what it overwrote: the import's history. A sealed number has waited long enough there."""
    kept = [
        {
            "id": row_id,
            **outcome(one),
            "beneficiary_id": people.get(one.position),
            "before": before_of(one, archived) if one.verdict is Verdict.UPDATE else None,
            **_without_nir(one),
        }
        for row_id, one in zip(row_ids, decisions, strict=True)
    ]
    if kept:
        session.execute(update(ImportRow), kept)


def _without_nir(decision: Decision) -> dict[str, Any]:
    if Field.NIR not in decision.cells:
        return {}
    return {"cells": {where.value: text for where, text in decision.cells.items() if where is not Field.NIR}}


def _note(
    session: Session,
    action: str,
    batch: ImportBatch,
    counts: dict[str, int],
    *,
    agent_id: int | None,
    now: datetime,
) -> None:
    journal.note(
        session,
        action,
        now=now,
        organisation_id=batch.organisation_id,
        agent_id=agent_id,
        batch=batch.id,
        **counts,
    )

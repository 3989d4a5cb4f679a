"""A preview → people, their memberships, follow-ups and tags. In bulk: a few statements, however many rows."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from invitations import journal
from invitations.database import hold_rows
from invitations.identity import email_key, first_name_key, plain, search_key
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
    Tag,
    Tagging,
    Verdict,
)
from invitations.uploads.comparing import ATTRIBUTES
from invitations.uploads.deciding import FOLLOW_UP, MEMBERSHIP, TAGS, Decision, Purpose, decide
from invitations.uploads.headers import Field
from invitations.uploads.planning import outcome, purpose_of

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
_ADDRESS = {"address", "postcode", "city"}


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
    """
    purpose = purpose_of(session, batch, now=now)
    _take_turn(session, purpose.department_id, batch)
    if batch.state is ImportState.SAVED:
        return counted(session, batch.id)
    row_ids, decisions = _decided(session, batch, purpose)
    people = _people(session, purpose, decisions, now=now)
    _join(session, purpose, decisions, people, now=now)
    _tag(session, purpose, decisions, people, now=now)
    _keep_outcomes(session, row_ids, decisions, people)
    batch.state, batch.saved_at = ImportState.SAVED, now
    session.flush()
    saved = counted(session, batch.id)
    _note(session, batch, saved, agent_id=agent_id, now=now)
    return saved


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


def _take_turn(session: Session, department_id: int, batch: ImportBatch) -> None:
    """One import at a time in a département: two files with the same person at once would make two of them."""
    hold_rows(session, select(Department.id).where(Department.id == department_id))
    session.refresh(batch, ["state"])


def _decided(session: Session, batch: ImportBatch, purpose: Purpose) -> tuple[list[int], list[Decision]]:
    query = (
        select(ImportRow.id, ImportRow.position, ImportRow.cells)
        .where(ImportRow.batch_id == batch.id)
        .order_by(ImportRow.position)
    )
    found = session.execute(query).all()
    rows = [(row.position, {Field(name): text for name, text in row.cells.items()}) for row in found]
    return [row.id for row in found], decide(session, purpose, rows)


def _people(session: Session, purpose: Purpose, decisions: list[Decision], *, now: datetime) -> dict[int, int]:
    """Write people, new and changed; return the id of each row's person, by position."""
    new = [one for one in decisions if one.verdict is Verdict.CREATE]
    people = {one.position: one.known.id for one in decisions if one.known and one.verdict is not Verdict.AMBIGUOUS}
    if new:
        query = insert(Beneficiary).returning(Beneficiary.id, sort_by_parameter_order=True)
        ids = session.scalars(query, [_new_person(one, purpose, now) for one in new]).all()
        people |= {one.position: person_id for one, person_id in zip(new, ids, strict=True)}
    changed = [_changed_person(one, now) for one in decisions if one.verdict is Verdict.UPDATE and one.values]
    if changed:
        session.execute(update(Beneficiary), changed)
    # A second row about somebody new finds them at the first.
    people |= {one.position: people[one.rows[0]] for one in decisions if _repeats(one) and one.rows[0] in people}
    return people


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
        **_keys(values),
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
        **_keys(merged),
        # A new number or address is not dead because the former was.
        "phone_dead_at": None if "phone" in values else known.phone_dead_at,
        "email_dead_at": None if "email" in values else known.email_dead_at,
        "phone_corrected_at": None if "phone" in values else known.phone_corrected_at,
        "email_corrected_at": None if "email" in values else known.email_corrected_at,
        "letter_dead_at": None if _ADDRESS & values.keys() else known.letter_dead_at,
    }


def _keys(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "first_name_key": first_name_key(values["first_name"]),
        "email_key": email_key(values["email"]),
        "search_key": search_key(**{name: values[name] for name in _SEARCHED}),
    }


def _join(
    session: Session, purpose: Purpose, decisions: list[Decision], people: dict[int, int], *, now: datetime
) -> None:
    """Memberships, opened again where they were archived, and follow-ups of the batch's category."""
    new = {people[one.position] for one in decisions if one.verdict is Verdict.CREATE}
    joining = {people[one.position]: one.changes[MEMBERSHIP][0] for one in decisions if MEMBERSHIP in one.changes}
    archived = [person_id for person_id, before in joining.items() if before is not None]
    absent = sorted(new | {person_id for person_id, before in joining.items() if before is None})
    if absent:
        belonging = {"organisation_id": purpose.organisation_id, "created_at": now}
        session.execute(insert(Membership), [{"beneficiary_id": one, **belonging} for one in absent])
    if archived:
        session.execute(
            update(Membership)
            .where(Membership.organisation_id == purpose.organisation_id, Membership.beneficiary_id.in_(archived))
            .values(archived_at=None, archive_reason=None)
        )
    followed = new | {people[one.position] for one in decisions if FOLLOW_UP in one.changes}
    _follow(session, purpose, sorted(followed), now=now)


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


def _tag(
    session: Session, purpose: Purpose, decisions: list[Decision], people: dict[int, int], *, now: datetime
) -> None:
    wanted = [(people[one.position], label) for one in decisions for label in _new_tags(one)]
    if not wanted:
        return
    tags = _tag_ids(session, purpose.organisation_id, [label for _, label in wanted], now=now)
    pairs = sorted({(person_id, tags[plain(label)]) for person_id, label in wanted})
    session.execute(
        insert(Tagging), [{"beneficiary_id": person, "tag_id": tag, "created_at": now} for person, tag in pairs]
    )


def _new_tags(decision: Decision) -> Iterable[str]:
    if decision.verdict is Verdict.CREATE:
        return decision.person.tags
    return decision.added_tags if TAGS in decision.changes else ()


def _tag_ids(session: Session, organisation_id: int, labels: Iterable[str], *, now: datetime) -> dict[str, int]:
    """The organisation's tags by label as compared, the missing ones made, written as first met."""
    query = select(Tag.label, Tag.id).where(Tag.organisation_id == organisation_id)
    ids = {plain(label): tag_id for label, tag_id in session.execute(query)}
    missing: dict[str, str] = {}
    for label in labels:
        if plain(label) not in ids:
            missing.setdefault(plain(label), label)
    if missing:
        values = [{"organisation_id": organisation_id, "label": one, "created_at": now} for one in missing.values()]
        made = session.execute(insert(Tag).returning(Tag.label, Tag.id), values)
        ids |= {plain(label): tag_id for label, tag_id in made}
    return ids


def _keep_outcomes(session: Session, row_ids: list[int], decisions: list[Decision], people: dict[int, int]) -> None:
    """What each row became: the import's history."""
    kept = [
        {"id": row_id, **outcome(one), "beneficiary_id": people.get(one.position)}
        for row_id, one in zip(row_ids, decisions, strict=True)
    ]
    if kept:
        session.execute(update(ImportRow), kept)


def _note(session: Session, batch: ImportBatch, saved: Saved, *, agent_id: int | None, now: datetime) -> None:
    counts = {one.name: getattr(saved, one.name) for one in fields(saved)}
    journal.note(
        session,
        "import.saved",
        now=now,
        organisation_id=batch.organisation_id,
        agent_id=agent_id,
        batch=batch.id,
        **counts,
    )

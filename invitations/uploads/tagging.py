"""The tags of an import's rows: the organisation's own words, whatever their case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from invitations.identity import plain
from invitations.models import Tag, Tagging, Verdict
from invitations.uploads.deciding import TAGS, Decision, Purpose


def give_tags(
    session: Session, purpose: Purpose, decisions: list[Decision], people: dict[int, int], *, now: datetime
) -> None:
    """The tags of rows, put on their people."""
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

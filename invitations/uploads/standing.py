"""What the people whom rows are about already have here: membership, follow-up, tags. Three queries, however many people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations.identity import plain
from invitations.matching import chunks
from invitations.models import FollowUp, Membership, Tag, Tagging


@dataclass(frozen=True, slots=True)
class Standing:
    """What the people found already have here."""

    members: Mapping[int, bool]  # id → active; absent: never belonged to this organisation
    followed: frozenset[int]
    tags: Mapping[int, frozenset[str]]  # id → labels as compared


def standing_of(session: Session, ids: list[int], *, organisation_id: int, category_id: int) -> Standing:
    """What these people have in this organisation and for this category."""
    members: dict[int, bool] = {}
    followed: set[int] = set()
    tags: dict[int, set[str]] = defaultdict(set)
    for some in chunks(ids):
        belonging = select(Membership.beneficiary_id, Membership.archived_at).where(
            Membership.organisation_id == organisation_id, Membership.beneficiary_id.in_(some)
        )
        members.update({row.beneficiary_id: row.archived_at is None for row in session.execute(belonging)})
        follow_ups = select(FollowUp.beneficiary_id).where(
            FollowUp.category_id == category_id, FollowUp.beneficiary_id.in_(some)
        )
        followed.update(session.scalars(follow_ups))
        tagged = (
            select(Tagging.beneficiary_id, Tag.label)
            .join(Tag, Tag.id == Tagging.tag_id)
            .where(Tag.organisation_id == organisation_id, Tagging.beneficiary_id.in_(some))
        )
        for row in session.execute(tagged):
            tags[row.beneficiary_id].add(plain(row.label))
    return Standing(members, frozenset(followed), {one: frozenset(labels) for one, labels in tags.items()})

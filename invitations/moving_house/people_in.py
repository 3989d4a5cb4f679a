"""Lines of people → the people, where they belong, their follow-ups and invitations. What is here already is not touched."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from invitations.database import hold_rows
from invitations.identity import name_key
from invitations.matching import chunks
from invitations.models import Beneficiary, Department, Membership, Referent, Tag, Tagging
from invitations.moving_house import follow_ups_in, silence, who
from invitations.moving_house.arriving import MARKS, Past, past_of
from invitations.moving_house.columns import Refused
from invitations.moving_house.lines import Line
from invitations.moving_house.setting import Setting
from invitations.moving_house.tally import Tally
from invitations.moving_house.who import Somebody
from invitations.uploads.comparing import ATTRIBUTES
from invitations.uploads.saving import keys_of


@dataclass(slots=True)
class Arrival:
    somebody: Somebody
    past: Past

    @property
    def id(self) -> int:
        return self.somebody.id


def take_in(session: Session, setting: Setting, lines: Sequence[Line]) -> Tally:
    """Some lines, in one transaction."""
    hold_rows(session, select(Department.id).where(Department.id == setting.department_id))
    those, pasts = [], {}
    for line in lines:
        try:
            one = who.read(line, setting)
            pasts[line.number] = past_of(line, one.details, setting)
            those.append(one)
        except Refused as refusal:
            line.troubles.append(refusal.why)
    arrivals = [Arrival(one, pasts[one.line.number]) for one in who.find(session, setting, those)]
    new = _write_people(session, setting, arrivals)
    _write_memberships(session, arrivals, new)
    _write_tags(session, setting, arrivals)
    _write_referents(session, setting, arrivals)
    written = follow_ups_in.write(session, setting, [(one.id, one.past) for one in arrivals])
    silence.keep(session, people=new, follow_ups=written.new, invitations=written.invitations)
    return Tally(
        people=len(new),
        people_known=len(arrivals) - len(new),
        left_out=len(lines) - len(arrivals),
        follow_ups=len(written.new),
        invitations=len(written.invitations),
    )


def _write_people(session: Session, setting: Setting, arrivals: Sequence[Arrival]) -> list[int]:
    """Those who are new, once each; every arrival then has its person's id."""
    first: dict[int, Arrival] = {}
    for one in arrivals:
        if one.id < 0:
            first.setdefault(one.id, one)
    if not first:
        return []
    ids = session.scalars(
        insert(Beneficiary).returning(Beneficiary.id, sort_by_parameter_order=True),
        [_row(one, setting) for one in first.values()],
    ).all()
    made = dict(zip(first, ids, strict=True))
    for one in arrivals:
        one.somebody.id = made.get(one.id, one.id)
    return list(ids)


def _row(one: Arrival, setting: Setting) -> dict[str, Any]:
    values = {name: getattr(one.somebody.person, name) for name in ATTRIBUTES}
    marks = dict.fromkeys(("wrong_phone", *MARKS)) | {"language": "fr", "logistic_note": "", "needs": []}
    return {
        "uid": one.somebody.uid or str(uuid.uuid4()),
        "department_id": setting.department_id,
        "created_at": one.past.created_at,
        "updated_at": setting.now,
        **marks,
        **one.past.marks,
        **values,
        **keys_of(values),
    }


def _write_memberships(session: Session, arrivals: Sequence[Arrival], new: Sequence[int]) -> None:
    wanted = {(one.id, row["organisation_id"]): row for one in reversed(arrivals) for row in one.past.memberships}
    there: set[tuple[int, int]] = set()
    for some in chunks(sorted({person for person, _ in wanted} - set(new))):
        query = select(Membership.beneficiary_id, Membership.organisation_id)
        there |= {
            (person, owner) for person, owner in session.execute(query.where(Membership.beneficiary_id.in_(some)))
        }
    rows = [{"beneficiary_id": key[0], **wanted[key]} for key in sorted(wanted) if key not in there]
    if rows:
        session.execute(insert(Membership), rows)


def _write_tags(session: Session, setting: Setting, arrivals: Sequence[Arrival]) -> None:
    wanted = {(one.id, owner, name_key(label)): label for one in arrivals for owner, label in one.past.tags}
    if not wanted:
        return
    ids = _tags(session, setting, {(owner, key): label for (_, owner, key), label in wanted.items()})
    _add(session, Tagging, "tag_id", {(person, ids[owner, key]) for person, owner, key in wanted}, setting)


def _tags(session: Session, setting: Setting, labels: dict[tuple[int, str], str]) -> dict[tuple[int, str], int]:
    query = select(Tag.organisation_id, Tag.label, Tag.id).where(Tag.organisation_id.in_({one for one, _ in labels}))
    ids = {(owner, name_key(label)): found for owner, label, found in session.execute(query.order_by(Tag.id.desc()))}
    for key in sorted(labels.keys() - ids.keys()):
        made = Tag(organisation_id=key[0], label=labels[key], created_at=setting.now)
        session.add(made)
        session.flush()
        ids[key] = made.id
    return ids


def _write_referents(session: Session, setting: Setting, arrivals: Sequence[Arrival]) -> None:
    _add(session, Referent, "agent_id", {(one.id, agent) for one in arrivals for agent in one.past.referents}, setting)


def _add(session: Session, table: Any, column: str, pairs: set[tuple[int, int]], setting: Setting) -> None:
    """The pairs that are not there yet."""
    there: set[tuple[int, int]] = set()
    for some in chunks(sorted({person for person, _ in pairs})):
        query = select(table.beneficiary_id, getattr(table, column)).where(table.beneficiary_id.in_(some))
        there |= {(person, other) for person, other in session.execute(query)}
    rows = [
        {"beneficiary_id": person, column: other, "created_at": setting.now} for person, other in sorted(pairs - there)
    ]
    if rows:
        session.execute(insert(table), rows)

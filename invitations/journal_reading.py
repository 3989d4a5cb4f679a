"""The journal as it is read: the latest first, a page at a time, found by act, day, agent, person and door. Read-only.

Never counted: a page knows whether there is an older one, and not how many there are. The number of queries does not
depend on how much is found, and no question looks at more lines than its days hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, tuple_, union_all
from sqlalchemy.orm import Session

from invitations.matching import chunks
from invitations.models import (
    Agent,
    AuditEvent,
    Beneficiary,
    Membership,
    Organisation,
    OrganisationKind,
    Origin,
    ServiceKey,
)
from invitations.options import Option

PAGE = 50
# Details that name an agent: whom the act was about.
_AGENTS = ("colleague_id", "changed_agent_id", "account_id", "referent_id")
_SUPPORTER, _KEY = "supporter_id", "service_key_id"


@dataclass(frozen=True, slots=True)
class Asked:
    """`until` is the first moment that is too late. None: whatever it is. `before`: only what is older than this line."""

    organisation_ids: tuple[int, ...]
    since: datetime | None = None
    until: datetime | None = None
    actions: frozenset[str] | None = None
    origins: tuple[Origin, ...] = ()
    agent_id: int | None = None
    beneficiary_id: int | None = None
    before: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """True when more is asked than days."""
        return bool(self.actions or self.origins or self.agent_id or self.beneficiary_id)


@dataclass(frozen=True, slots=True)
class Line:
    """One act. `person`: their name, for whoever shares an organisation with them. `about`: the agent it was done to."""

    id: int
    at: datetime
    action: str
    organisation: str
    agent: str | None
    supporter: str | None
    key: str | None
    about: str | None
    beneficiary_id: int | None
    person: str | None
    origin: Origin | None
    network: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """`older`: the line before which the next page goes on; None when this is the last."""

    lines: list[Line]
    older: int | None


def readable(session: Session, organisation: Organisation) -> list[Option]:
    """Whose journal is read from here: its own first; the conseil départemental answers for all of the département's."""
    query = select(Organisation.id, Organisation.name)
    if organisation.kind is OrganisationKind.DEPARTMENT_COUNCIL:
        query = query.where(Organisation.department_id == organisation.department_id)
    else:
        query = query.where(Organisation.id == organisation.id)
    own_first = Organisation.id != organisation.id
    return [Option(*row) for row in session.execute(query.order_by(own_first, Organisation.name, Organisation.id))]


def read(session: Session, asked: Asked, *, seen_by: Collection[int], most: int = PAGE) -> Page:
    """A page of it; people are named who belong to the organisations `seen_by`."""
    found = _rows(session, asked, most + 1)
    lines = _told(session, found[:most], seen_by)
    return Page(lines, lines[-1].id if len(found) > most else None)


def _rows(session: Session, asked: Asked, most: int) -> Sequence[Row[Any]]:
    """Of several organisations each gives its latest, which its index finds. What is narrowed may be anywhere in the days
    asked: then they are read through once together, not once for each (of 5 million lines one reading, not forty)."""
    cursor = _moment(session, asked)
    if asked.before is not None and cursor is None:
        return []
    ids = asked.organisation_ids
    parts = [ids] if asked.is_narrowed or len(ids) == 1 else [(one,) for one in ids]
    queries = [_narrowed(part, asked, cursor).limit(most) for part in parts]
    if len(queries) == 1:
        return session.execute(queries[0]).all()
    every = union_all(*(select(one.subquery()) for one in queries)).subquery()
    return session.execute(select(every).order_by(every.c.at.desc(), every.c.id.desc()).limit(most)).all()


def _moment(session: Session, asked: Asked) -> datetime | None:
    """When the line happened before which to go on; None for one that is not theirs, or has gone."""
    if asked.before is None:
        return None
    is_theirs = AuditEvent.organisation_id.in_(asked.organisation_ids)
    return session.scalar(select(AuditEvent.at).where(AuditEvent.id == asked.before, is_theirs))


def _narrowed(organisation_ids: Sequence[int], asked: Asked, cursor: datetime | None) -> Select[Any]:
    columns = ("id", "at", "action", "organisation_id", "agent_id", "beneficiary_id", "details", "origin", "network")
    query = select(*(getattr(AuditEvent, name) for name in columns))
    one, *others = organisation_ids
    here = AuditEvent.organisation_id.in_(organisation_ids) if others else AuditEvent.organisation_id == one
    tests = [
        here,
        None if asked.since is None else AuditEvent.at >= asked.since,
        None if asked.until is None else AuditEvent.at < asked.until,
        None if asked.actions is None else AuditEvent.action.in_(sorted(asked.actions)),
        AuditEvent.origin.in_(asked.origins) if asked.origins else None,
        None if asked.agent_id is None else AuditEvent.agent_id == asked.agent_id,
        None if asked.beneficiary_id is None else AuditEvent.beneficiary_id == asked.beneficiary_id,
        None if cursor is None else AuditEvent.at <= cursor,  # the index finds where to go on
        None if cursor is None else tuple_(AuditEvent.at, AuditEvent.id) < tuple_(cursor, asked.before),
    ]
    wanted = query.where(*(test for test in tests if test is not None))
    return wanted.order_by(AuditEvent.at.desc(), AuditEvent.id.desc())


def _told(session: Session, found: Sequence[Row[Any]], seen_by: Collection[int]) -> list[Line]:
    agents = _agents(session, (one for row in found for one in _agents_in(row)))
    people = _people(session, {row.beneficiary_id for row in found if row.beneficiary_id}, seen_by)
    keys = _names(session, ServiceKey.id, ServiceKey.name, (row.details.get(_KEY) for row in found))
    teams = _names(session, Organisation.id, Organisation.name, (row.organisation_id for row in found))
    return [
        Line(
            id=row.id,
            at=row.at,
            action=row.action,
            organisation=teams.get(row.organisation_id, ""),
            agent=agents.get(row.agent_id),
            supporter=agents.get(row.details.get(_SUPPORTER)),
            key=keys.get(row.details.get(_KEY)),
            about=next((agents[row.details[one]] for one in _AGENTS if row.details.get(one) in agents), None),
            beneficiary_id=row.beneficiary_id,
            person=people.get(row.beneficiary_id),
            origin=row.origin,
            network=row.network,
            details=row.details,
        )
        for row in found
    ]


def _agents_in(row: Row[Any]) -> Iterable[int | None]:
    return (row.agent_id, *(row.details.get(one) for one in (_SUPPORTER, *_AGENTS)))


def _agents(session: Session, ids: Iterable[int | None]) -> dict[int | None, str]:
    wanted = sorted({one for one in ids if one})
    query = select(Agent.id, Agent.first_name, Agent.last_name, Agent.email).where(Agent.id.in_(wanted))
    return {one: f"{first} {last}".strip() or email for one, first, last, email in session.execute(query)}


def _people(session: Session, ids: Collection[int], seen_by: Collection[int]) -> dict[int | None, str]:
    """A file may speak of 50,000 of them: more than SQLite takes in one statement, so a query for every so many."""
    names: dict[int | None, str] = {}
    for some in chunks(sorted(ids)):
        query = (
            select(Beneficiary.id, Beneficiary.first_name, Beneficiary.last_name)
            .join(Membership, Membership.beneficiary_id == Beneficiary.id)
            .where(Beneficiary.id.in_(some), Membership.organisation_id.in_(seen_by))
        )
        names.update((one, f"{first} {last}") for one, first, last in session.execute(query))
    return names


def _names(session: Session, key: Any, name: Any, ids: Iterable[int | None]) -> dict[int | None, str]:
    query = select(key, name).where(key.in_(sorted({one for one in ids if one})))
    return {row[0]: row[1] for row in session.execute(query)}

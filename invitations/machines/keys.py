"""Service keys: made, shown once, rotated, revoked. Only the SHA-256 of a token is kept: it has 256 bits nobody guesses."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select, update
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.elements import ColumnElement

from invitations import journal
from invitations.codes import fingerprint
from invitations.database import hold_rows
from invitations.department_settings import speaks_for_department
from invitations.errors import KeyRefused, NotAllowed, NotFound
from invitations.models import Agent, KeyScope, Organisation, ServiceKey

# So that a secret found in a file or a log says what it opens.
PREFIX = "rdv_"
SHOWN = 10  # letters of a token by which it is recognised
# A rotated token goes on for so long: the other side is changed meanwhile, and nothing stops.
OVERLAP = timedelta(hours=24)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class By:
    """The administrator who decides, and the organisation they work for."""

    agent: Agent
    organisation: Organisation


@dataclass(frozen=True, slots=True)
class Known:
    """What a call is told of the key that lets it in. `organisations`: those it opens, by name."""

    id: int
    scopes: frozenset[KeyScope]
    last_used_at: datetime | None
    organisations: tuple[Organisation, ...]


def create(
    session: Session, name: str, scopes: Collection[KeyScope], *, of_department: bool, by: By, now: datetime
) -> tuple[ServiceKey, str]:
    """A new key and its token, which nobody sees again. Raises NotAllowed: a département's is for its own to give."""
    if of_department and not speaks_for_department(by.organisation):
        raise NotAllowed
    token = _draw()
    key = ServiceKey(
        department_id=by.organisation.department_id,
        organisation_id=None if of_department else by.organisation.id,
        name=name,
        scopes=[one.value for one in KeyScope if one in scopes],
        prefix=token[:SHOWN],
        token_hash=fingerprint(token),
        created_by_agent_id=by.agent.id,
        created_at=now,
    )
    session.add(key)
    session.flush()
    _note(session, "service_key.created", key, by, now)
    return key, token


def rotate(session: Session, key_id: int, *, by: By, now: datetime) -> tuple[ServiceKey, str]:
    """Another token for the same key; the former one goes on for OVERLAP. Raises NotFound, of a revoked one too."""
    key = _taken(session, key_id, by)
    token = _draw()
    key.former_hash, key.former_until = key.token_hash, now + OVERLAP
    key.token_hash, key.prefix, key.rotated_at = fingerprint(token), token[:SHOWN], now
    _note(session, "service_key.rotated", key, by, now)
    return key, token


def revoke(session: Session, key_id: int, *, by: By, now: datetime) -> ServiceKey:
    """From now on neither its token nor the former one opens anything. Raises NotFound, of a revoked one too."""
    key = _taken(session, key_id, by)
    key.revoked_at = now
    _note(session, "service_key.revoked", key, by, now)
    return key


def listed(session: Session, organisation: Organisation) -> list[ServiceKey]:
    """The keys that its administrators decide about and that open something, the oldest first."""
    return list(
        session.scalars(
            select(ServiceKey)
            .where(belongs_to(organisation), ServiceKey.revoked_at.is_(None))
            .options(joinedload(ServiceKey.created_by))
            .order_by(ServiceKey.created_at, ServiceKey.id)
        )
    )


def of_token(session: Session, token: str, *, now: datetime) -> Known:
    """The key that this token opens. One query. Raises KeyRefused."""
    said = fingerprint(token)
    found = session.execute(_OF_TOKEN, {_SAID: said}).all()
    if not found or found[0].revoked_at is not None:
        raise KeyRefused
    key = found[0]
    if key.token_hash != said and (key.former_until is None or now >= key.former_until):
        raise KeyRefused
    scopes = frozenset(one for one in KeyScope if one.value in key.scopes)
    return Known(key.id, scopes, key.last_used_at, tuple(row.Organisation for row in found if row.Organisation))


def is_first_of_the_hour(key: Known, *, now: datetime) -> bool:
    """True when its last use is to be noted anew: not a row written for every call."""
    return key.last_used_at is None or now - key.last_used_at >= _HOUR


def note_use(session: Session, key_id: int, *, now: datetime) -> None:
    """When it was used last, to the hour."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    session.execute(update(ServiceKey).where(ServiceKey.id == key_id).values(last_used_at=hour))


def belongs_to(organisation: Organisation) -> ColumnElement[bool]:
    """Of keys: those that its administrators decide about."""
    own = ServiceKey.organisation_id == organisation.id
    if not speaks_for_department(organisation):
        return own
    return or_(own, (ServiceKey.organisation_id.is_(None)) & (ServiceKey.department_id == organisation.department_id))


def _taken(session: Session, key_id: int, by: By) -> ServiceKey:
    """The key, nobody else changing it. Raises NotFound."""
    hold_rows(session, select(ServiceKey.id).where(ServiceKey.id == key_id))
    wanted = select(ServiceKey).where(ServiceKey.id == key_id, belongs_to(by.organisation))
    key: ServiceKey | None = session.scalar(wanted.execution_options(populate_existing=True))
    if key is None or key.revoked_at is not None:
        raise NotFound(model="ServiceKey")
    return key


def _draw() -> str:
    return PREFIX + secrets.token_urlsafe(32)


def _note(session: Session, action: str, key: ServiceKey, by: By, now: datetime) -> None:
    session.flush()
    journal.note(session, action, now=now, organisation_id=by.organisation.id, agent_id=by.agent.id, key_id=key.id)


_SAID = "said"
_OPENED = and_(
    Organisation.department_id == ServiceKey.department_id,
    or_(ServiceKey.organisation_id.is_(None), Organisation.id == ServiceKey.organisation_id),
)
_OF_TOKEN = (
    select(
        ServiceKey.id,
        ServiceKey.scopes,
        ServiceKey.token_hash,
        ServiceKey.former_until,
        ServiceKey.last_used_at,
        ServiceKey.revoked_at,
        Organisation,
    )
    .outerjoin(Organisation, _OPENED)
    .where(or_(ServiceKey.token_hash == bindparam(_SAID), ServiceKey.former_hash == bindparam(_SAID)))
    .order_by(Organisation.name, Organisation.id)
)

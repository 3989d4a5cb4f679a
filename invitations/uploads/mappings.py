"""What an organisation says its columns hold: learnt from an agent once, applied to every file after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from invitations import journal
from invitations.errors import NotFound
from invitations.models import ColumnMapping, Organisation
from invitations.nir_keeping import is_kept_by
from invitations.uploads.headers import LONGEST_HEADER, Field, field_of, header_key


def sayings_of(session: Session, organisation_id: int) -> dict[str, Field | None]:
    """Header as compared → what it holds, or None when it is to be left aside."""
    return {one.header_key: Field(one.field) if one.field else None for one in mappings_of(session, organisation_id)}


def mappings_of(session: Session, organisation_id: int) -> Sequence[ColumnMapping]:
    query = select(ColumnMapping).where(ColumnMapping.organisation_id == organisation_id).order_by(ColumnMapping.header)
    return session.scalars(query).all()


def learn(
    session: Session,
    said: Mapping[str, Field | None],
    *,
    organisation_id: int,
    agent_id: int,
    now: datetime,
) -> int:
    """Keep what these headers hold. What we would have thought anyway is not kept. Returns how many sayings changed."""
    known = {one.header_key: one for one in mappings_of(session, organisation_id)}
    # While the département keeps no social security number, its column is left aside without anybody having said so.
    unkept = None if is_kept_by(session.get_one(Organisation, organisation_id)) else Field.NIR
    changed = 0
    for header, field in said.items():
        key = header_key(header)
        if (
            not key
            or field == _held(known.get(key), header)
            or (unkept and field is None and field_of(header) is unkept)
        ):
            continue
        changed += 1
        before = known.pop(key, None)
        if before is not None:
            session.delete(before)
            session.flush()
        if field != field_of(header):
            shown = " ".join(header.split())[:LONGEST_HEADER]
            known[key] = ColumnMapping(
                organisation_id=organisation_id, header_key=key, header=shown, field=field, created_at=now
            )
            session.add(known[key])
    if changed:
        session.flush()
        _note(session, "import.columns_learnt", organisation_id, agent_id, changed, now=now)
    return changed


def forget(session: Session, mapping_id: int, *, organisation_id: int, agent_id: int, now: datetime) -> None:
    """Think of this header what we would have thought by ourselves. Raises NotFound."""
    mine = (ColumnMapping.id == mapping_id, ColumnMapping.organisation_id == organisation_id)
    if session.scalar(select(ColumnMapping.id).where(*mine)) is None:
        raise NotFound
    session.execute(delete(ColumnMapping).where(*mine))
    _note(session, "import.columns_forgotten", organisation_id, agent_id, 1, now=now)


def _held(known: ColumnMapping | None, header: str) -> Field | None:
    if known is None:
        return field_of(header)
    return Field(known.field) if known.field else None


def _note(session: Session, action: str, organisation_id: int, agent_id: int, columns: int, *, now: datetime) -> None:
    journal.note(session, action, now=now, organisation_id=organisation_id, agent_id=agent_id, columns=columns)

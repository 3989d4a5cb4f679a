"""Follow-ups and invitations that files tell of, as far as they are not here; statuses derived from what is in the tables."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from invitations import follow_ups
from invitations.matching import chunks
from invitations.models import FollowUp, FollowUpStatus, Invitation, StatusChange
from invitations.moving_house.arriving import Past
from invitations.moving_house.setting import Setting

Key = tuple[int, int]  # person, category


@dataclass(slots=True)
class Written:
    """Ids of what is new; `ids`: every follow-up asked for."""

    ids: dict[Key, int] = field(default_factory=dict)
    new: list[int] = field(default_factory=list)
    invitations: list[int] = field(default_factory=list)


def write(session: Session, setting: Setting, pasts: Sequence[tuple[int, Past]]) -> Written:
    wanted = {
        (person, category_id): row for person, past in reversed(pasts) for category_id, row in past.follow_ups.items()
    }
    written = open_those(session, wanted)
    invited = [
        {"follow_up_id": written.ids[person, category_id], **row}
        for person, past in pasts
        for category_id, row in past.invitations
    ]
    written.invitations = _invite(session, invited)
    touched = {one["follow_up_id"] for one in invited} | set(written.new)
    refresh(session, sorted(touched), setting)
    return written


def open_those(session: Session, wanted: dict[Key, dict[str, Any]]) -> Written:
    """The follow-ups of these people in these categories, made where there is none."""
    written = Written()
    for some in chunks(sorted({person for person, _ in wanted})):
        query = select(FollowUp.beneficiary_id, FollowUp.category_id, FollowUp.id)
        for person, category_id, found in session.execute(query.where(FollowUp.beneficiary_id.in_(some))):
            written.ids[person, category_id] = found
    missing = sorted(wanted.keys() - written.ids.keys())
    if missing:
        ids = _made(session, missing, wanted)
        written.new = list(ids)
        written.ids |= dict(zip(missing, ids, strict=True))
    return written


def _made(session: Session, missing: list[Key], wanted: dict[Key, dict[str, Any]]) -> Sequence[int]:
    taken: set[str] = set()
    for some in chunks([wanted[key]["uid"] for key in missing]):
        taken |= set(session.scalars(select(FollowUp.uid).where(FollowUp.uid.in_(some))))
    status = FollowUpStatus.NOT_INVITED
    rows = [
        {
            **wanted[key],
            "uid": _free(wanted[key]["uid"], taken),
            "beneficiary_id": key[0],
            "category_id": key[1],
            "status": status,
            "status_since": wanted[key]["created_at"],
        }
        for key in missing
    ]
    query = insert(FollowUp).returning(FollowUp.id, sort_by_parameter_order=True)
    ids = session.scalars(query, rows).all()
    began = [
        {"follow_up_id": one, "status": status, "at": row["created_at"]} for one, row in zip(ids, rows, strict=True)
    ]
    session.execute(insert(StatusChange), began)
    return ids


def _free(uid: str, taken: set[str]) -> str:
    """An identifier that another row has (the person was merged meanwhile, or a file was tampered with) is made anew."""
    found = uid if uid not in taken else str(uuid.uuid4())
    taken.add(found)
    return found


def _invite(session: Session, rows: Sequence[dict[str, Any]]) -> list[int]:
    """Those that are not here, by their identifier; by their moment where the file gives none."""
    if not rows:
        return []
    there: set[Any] = set()
    for some in chunks(sorted({one["follow_up_id"] for one in rows})):
        query = select(Invitation.follow_up_id, Invitation.mode, Invitation.created_at)
        there |= {tuple(row) for row in session.execute(query.where(Invitation.follow_up_id.in_(some)))}
    for some in chunks([one["uid"] for one in rows if one["uid"]]):
        there |= set(session.scalars(select(Invitation.uid).where(Invitation.uid.in_(some))))
    missing = []
    for row in rows:
        moment = (row["follow_up_id"], row["mode"], row["created_at"])
        if (row["uid"] or moment) not in there:
            missing.append({**row, "uid": row["uid"] or str(uuid.uuid4())})
            there |= {row["uid"], moment}
    if not missing:
        return []
    return list(session.scalars(insert(Invitation).returning(Invitation.id), missing))


def refresh(session: Session, ids: Sequence[int], setting: Setting) -> None:
    for some in chunks(list(ids)):
        those = session.scalars(select(FollowUp).where(FollowUp.id.in_(some)).order_by(FollowUp.id)).all()
        follow_ups.refresh_all(session, those, now=setting.now)

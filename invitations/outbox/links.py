"""The links that messages carry must open: when the secret key has changed, the new code is kept beside the old."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from invitations import sealed_links
from invitations.codes import Codes
from invitations.database import insert_missing
from invitations.models import Link, Message


def keep_links_open(session: Session, leaving: Sequence[Message], codes: Codes, *, now: datetime) -> None:
    """Make sure that the code each message is about to print leads to its subject. Nearly always: one query."""
    wanted = {}
    for message in leaving:
        if message.invitation_id is not None:
            code = codes.derive("invitation", message.invitation_id)
            wanted[code] = {"invitation_id": message.invitation_id, "participation_id": None}
        if message.participation_id is not None:
            code = codes.derive("participation", message.participation_id)
            wanted[code] = {"invitation_id": None, "participation_id": message.participation_id}
    if not wanted:
        return
    known = sealed_links.known(session, wanted, codes=codes)
    missing = [{"code_hash": codes.kept(one), "created_at": now} | wanted[one] for one in wanted if one not in known]
    insert_missing(session, Link, missing, key="code_hash")


def code_that_opens(session: Session, codes: Codes, kind: str, subject_id: int) -> str:
    """The newest code that leads to a subject: after a change of key, the one its messages carried until then."""
    every = codes.every(kind, subject_id)
    if len(every) == 1:
        return every[0]
    known = sealed_links.known(session, every, codes=codes)
    return next((code for code in every if code in known), every[0])

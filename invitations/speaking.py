"""The language a person reads: kept when they choose it, used by every message that follows."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from invitations.codes import Codes
from invitations.models import Beneficiary, FollowUp, Invitation, Participation
from invitations.sealed_links import link_of


def remember(session: Session, code: str, language: str, *, codes: Codes) -> None:
    """Keep the language of whoever holds this link. Does nothing for an unknown code."""
    link = link_of(session, code, codes=codes)
    if link is None:
        return
    if link.invitation_id is not None:
        found = select(FollowUp.beneficiary_id).join(Invitation).where(Invitation.id == link.invitation_id)
    else:
        found = select(Participation.beneficiary_id).where(Participation.id == link.participation_id)
    person_id = session.scalar(found)
    others = update(Beneficiary).where(Beneficiary.id == person_id, Beneficiary.language != language)
    session.execute(others.values(language=language))

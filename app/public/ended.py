"""An invitation that can't be answered any more: why, what is there instead, and how to reach the team."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from app.errors import page_of
from app.languages import speak_to
from app.runtime import runtime
from invitations import holders
from invitations.errors import InvitationEnded, InvitationExpired
from invitations.outbox.links import code_that_opens

bp = Blueprint("ended", __name__)


@bp.app_errorhandler(InvitationEnded)
@bp.app_errorhandler(InvitationExpired)
def tell_it_is_over(refusal: InvitationEnded | InvitationExpired) -> tuple[str, int]:
    """The refused transaction is over: this one only reads."""
    invitation = refusal.details["invitation"]
    speak_to(refusal.details["setting"].beneficiary)
    status, template = page_of(type(refusal))
    with runtime().database.reading() as session:
        newer = holders.newer_invitation(session, invitation, now=runtime().clock())
        chosen = holders.appointment_chosen(session, invitation)
        page = render_template(
            template,
            refusal=refusal,
            newer=code_of(session, "invitation", newer),
            chosen=code_of(session, "participation", chosen),
        )
    return page, status


def code_of(session: Session, kind: str, subject_id: int | None) -> str | None:
    """The code that leads to it, when there is something to lead to."""
    return code_that_opens(session, runtime().codes, kind, subject_id) if subject_id is not None else None

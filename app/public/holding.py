"""Whose page it is: for the pages that `/i/<code>` and `/r/<code>` have in common."""

from __future__ import annotations

from flask import request, url_for
from sqlalchemy.orm import Session

from app.languages import speak_to
from app.runtime import runtime
from invitations import holders
from invitations.holders import Holder, Way


def holder_of(session: Session, way: str, code: str) -> Holder:
    """The person of this link; from here on the page speaks their language. Raises LinkUnknown."""
    holder = holders.holder_of(session, Way(way), code, codes=runtime().codes)
    speak_to(holder.beneficiary)
    return holder


def code_asked() -> str:
    """The code in the address of this request."""
    return str((request.view_args or {})["code"])


def way_asked() -> str:
    """ "i" or "r", as the address of this request begins."""
    return request.path.split("/")[1]


def main_page(way: str, code: str) -> str:
    """The page of the invitation or of the appointment itself."""
    return url_for("booking.choose" if way == Way.INVITATION else "appointment.show", code=code)

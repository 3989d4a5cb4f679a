"""The address itself, for whoever types it: where to go from here."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from app.access import public_page
from app.runtime import runtime
from invitations import helplines

bp = Blueprint("home", __name__)


@bp.get("/")
@public_page
def show(session: Session) -> str:
    return render_template(
        "public/home/show.html",
        territories=helplines.read(session),
        has_mailbox=runtime().settings.has_mailbox,
    )

"""Aujourd'hui: what an agent can do now, a sentence each."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from app.access import Desk, agent_page
from app.runtime import runtime
from invitations import today

bp = Blueprint("today", __name__, url_prefix="/agents")


@bp.get("/")
@agent_page
def show(session: Session, desk: Desk) -> str:
    now = runtime().clock()
    return render_template(
        "agents/today/show.html",
        today=today.read(session, desk.organisation, now=now),
        zone=desk.organisation.department.zone,
        now=now,
    )

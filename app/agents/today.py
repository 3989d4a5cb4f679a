"""Aujourd'hui: what an agent can do now, a sentence each."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.runtime import runtime
from invitations import callbacks, today

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


@bp.post("/rappels/<int:callback_id>/fait")
@agent_page
def called(session: Session, desk: Desk, callback_id: int) -> Response:
    callbacks.mark_called(
        session,
        callback_id,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    flash("Rappel noté comme fait.", "good")
    return redirect(url_for("today.show"), 303)

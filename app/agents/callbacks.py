"""Rappels: the people to call back, the oldest first; called, no answer, and the undo."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.labels import within
from app.runtime import runtime
from invitations import callbacks, callbacks_list
from invitations.models import CallTime

NBSP = "\N{NO-BREAK SPACE}"

bp = Blueprint("callbacks", __name__, url_prefix="/agents/rappels")


@bp.app_template_filter("call_times")
def call_times(times: Sequence[str], preferred: str = "") -> str:
    """le matin, en fin de journée, « jamais le mercredi »; "à tout moment" for whoever said nothing"""
    is_any = len(times) in {0, len(CallTime)}
    said = [] if is_any else [within(CallTime(one)) for one in times]
    said += [f"«{NBSP}{preferred}{NBSP}»"] if preferred else []
    return ", ".join(said) or "à tout moment"


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    now = runtime().clock()
    return render_template(
        "agents/callbacks/listing.html",
        to_call=callbacks_list.to_call(session, desk.organisation.id),
        called=callbacks_list.called_lately(session, desk.organisation.id, now=now),
        zone=desk.organisation.department.zone,
        now=now,
    )


@bp.post("/<int:callback_id>/fait")
@agent_page
def called(session: Session, desk: Desk, callback_id: int) -> Response:
    callbacks.mark_called(
        session, callback_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash("Rappel noté comme fait. Il reste en bas de la page Rappels, pour revenir en arrière.", "good")
    return back()


@bp.post("/<int:callback_id>/a-refaire")
@agent_page
def reopen(session: Session, desk: Desk, callback_id: int) -> Response:
    callbacks.reopen(
        session, callback_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash("Cette personne est de nouveau à rappeler.", "good")
    return back()


@bp.post("/<int:callback_id>/sans-reponse")
@agent_page
def unanswered(session: Session, desk: Desk, callback_id: int) -> Response:
    callbacks.note_try(
        session, callback_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash("Appel sans réponse noté. La personne reste à rappeler.", "good")
    return back()


def back() -> Response:
    """To the page the button was on."""
    return redirect(url_for(".listing" if request.form.get("depuis") == "rappels" else "today.show"), 303)

"""A selection that was sent: what of it leaves and when, and the button that takes all of it back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.people import asked_by
from app.filters import plural
from app.runtime import runtime
from invitations import undoing
from invitations.errors import TooLateToTakeBack

bp = Blueprint("undoing", __name__, url_prefix="/agents/envois")

TOO_LATE = (
    "Trop tard\N{NO-BREAK SPACE}: les premiers messages sont partis, l’envoi ne s’annule plus. "
    "Chaque invitation se termine depuis la page de la personne."
)


@bp.get("/<int:batch_id>")
@agent_page
def show(session: Session, desk: Desk, batch_id: int) -> str:
    batch = undoing.batch_seen_by(session, batch_id, desk.organisation.id)
    (told,) = undoing.tell(session, [batch])
    return render_template(
        "agents/waves/sent.html",
        told=told,
        asked=asked_by(session, desk, request.args),
        zone=desk.organisation.department.zone,
        now=runtime().clock(),
    )


@bp.post("/<int:batch_id>/annuler")
@agent_page
def take_back(session: Session, desk: Desk, batch_id: int) -> Response:
    batch = undoing.batch_seen_by(session, batch_id, desk.organisation.id)
    here = redirect(url_for("undoing.show", batch_id=batch_id), 303)
    try:
        with session.begin_nested():
            count = undoing.take_back(session, batch, agent_id=desk.agent.id, now=runtime().clock())
    except TooLateToTakeBack:
        flash(TOO_LATE, "care")
        return here
    if count:
        flash(
            f"Envoi annulé\N{NO-BREAK SPACE}: {plural(count, 'invitation', 'invitations')}, rien n’est parti.", "good"
        )
    return here

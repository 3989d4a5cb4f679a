"""An agent's own views of the list of people: kept, renamed, removed."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.people import asked_by
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations import saved_views
from invitations.errors import NameTaken, SettingRefused, TooManyViews

bp = Blueprint("views", __name__, url_prefix="/agents/personnes/vues")

NAME_NEEDED = "Donnez un nom à cette vue, de 60 caractères au plus."


@bp.post("")
@agent_page
def keep(session: Session, desk: Desk) -> Response:
    asked = asked_by(session, desk, request.form)
    name = request.form.get("nom", "")

    def act() -> str:
        kept = saved_views.keep(
            session,
            name,
            asked.query,
            agent_id=desk.agent.id,
            organisation_id=desk.organisation.id,
            now=runtime().clock(),
        )
        return f"La vue «\N{NO-BREAK SPACE}{kept.name}\N{NO-BREAK SPACE}» est gardée, en haut de la liste."

    say(act)
    return redirect(asked.href(), 303)


@bp.post("/<int:view_id>")
@agent_page
def rename(session: Session, desk: Desk, view_id: int) -> Response:
    view = saved_views.seen_by(session, view_id, agent_id=desk.agent.id, organisation_id=desk.organisation.id)

    def act() -> str:
        saved_views.rename(session, view, request.form.get("nom", ""), now=runtime().clock())
        return f"La vue s’appelle maintenant «\N{NO-BREAK SPACE}{view.name}\N{NO-BREAK SPACE}»."

    say(act)
    return redirect(f"{url_for('people.listing')}?{view.query}", 303)


@bp.post("/<int:view_id>/retirer")
@agent_page
def remove(session: Session, desk: Desk, view_id: int) -> Response:
    view = saved_views.seen_by(session, view_id, agent_id=desk.agent.id, organisation_id=desk.organisation.id)
    saved_views.remove(session, view, now=runtime().clock())
    flash(f"La vue «\N{NO-BREAK SPACE}{view.name}\N{NO-BREAK SPACE}» est retirée. Les personnes restent.", "good")
    return redirect(url_for("people.listing"), 303)


def say(act: Callable[[], str]) -> None:
    """What was done, or why it could not be."""
    try:
        flash(act(), "good")
    except (NameTaken, TooManyViews) as refusal:
        flash(refusal_sentence(refusal), "care")
    except SettingRefused:
        flash(NAME_NEEDED, "care")

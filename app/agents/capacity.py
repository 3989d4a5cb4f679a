"""Capacité: enough slots or not, by category, week and place; and asking colleagues to open some."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.filters import plural
from app.runtime import runtime
from app.security import row_ids
from invitations import asking, capacity_plan, options

bp = Blueprint("capacity", __name__, url_prefix="/agents/capacite")


@bp.get("")
@agent_page
def show(session: Session, desk: Desk) -> str:
    return render_template(
        "agents/capacity/show.html",
        capacity=capacity_plan.read(session, desk.organisation, now=runtime().clock()),
        colleagues=[one for one in options.agents(session, desk.organisation.id) if one.id != desk.agent.id],
    )


@bp.post("/demander")
@agent_page
def ask(session: Session, desk: Desk) -> Response:
    chosen = row_ids(request.form.getlist("agent"))
    if not chosen:
        flash("Choisissez d’abord à qui écrire, en cochant un nom.", "care")
        return redirect(url_for("capacity.show", _anchor="demander"), 303)
    found = capacity_plan.read(session, desk.organisation, now=runtime().clock())
    need = asking.Need(found.missing, found.first_day)
    count = asking.ask(session, desk.organisation, chosen, need=need, by=desk.agent, now=runtime().clock())
    if count:
        flash(
            f"{plural(count, 'collègue reçoit', 'collègues reçoivent')} un courriel avec le lien vers les créneaux.",
            "good",
        )
    else:
        flash("Ces collègues ont déjà reçu cette demande aujourd’hui. Une autre peut partir demain.", "care")
    return redirect(url_for("capacity.show"), 303)

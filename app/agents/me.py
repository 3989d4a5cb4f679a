"""Mes réglages: what an agent decides for themselves."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.runtime import runtime
from invitations import accounts

bp = Blueprint("me", __name__, url_prefix="/agents/moi")


@bp.get("")
@agent_page
def show(_session: Session, desk: Desk) -> str:
    return render_template("agents/me/show.html", agent=desk.agent)


@bp.post("")
@agent_page
def save(session: Session, desk: Desk) -> Response:
    wants = request.form.get("resume") == "oui"
    accounts.choose_digest(session, desk.agent, wants=wants, now=runtime().clock())
    flash("C’est enregistré." if wants else "C’est enregistré. Vous ne recevrez plus le résumé du jour.", "good")
    return redirect(url_for(".show"), 303)

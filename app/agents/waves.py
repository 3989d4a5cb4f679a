"""Vagues: who is invited as slots open, and the button that stops it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.filters import plural
from app.runtime import runtime
from invitations import waves, waves_list

bp = Blueprint("waves", __name__, url_prefix="/agents/vagues")


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    now = runtime().clock()
    told = waves_list.read(session, desk.organisation.id, now=now)
    return render_template(
        "agents/waves/listing.html",
        going_on=[one for one in told if one.is_open],
        over=[one for one in told if not one.is_open],
        waiting=sum(one.counts["waiting"] for one in told if one.is_open),
        zone=desk.organisation.department.zone,
    )


@bp.post("/<int:wave_id>/arreter")
@agent_page
def stop(session: Session, desk: Desk, wave_id: int) -> Response:
    wave = waves_list.wave_seen_by(session, wave_id, desk.organisation.id)
    count = waves.stop(session, wave, agent_id=desk.agent.id, now=runtime().clock())
    if count:
        flash(
            f"Vague arrêtée\N{NO-BREAK SPACE}: {plural(count, 'personne', 'personnes')} n’y {'attend' if count == 1 else 'attendent'} plus.",
            "good",
        )
    return redirect(url_for("waves.listing"), 303)

"""One person deleted, by an administrator: what goes and what stays on a page of its own, then one button."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, admin_page
from app.filters import plural
from app.runtime import runtime
from invitations import erasing
from invitations.errors import ErasureRefused
from invitations.models import Beneficiary
from invitations.permissions import beneficiary_seen_by

bp = Blueprint("erasing", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>/supprimer")


@bp.get("")
@admin_page
def look(session: Session, desk: Desk, beneficiary_id: int) -> str:
    return page(session, desk, beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id]))


@bp.post("")
@admin_page
def erase(session: Session, desk: Desk, beneficiary_id: int) -> Response | tuple[str, int]:
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    try:
        erasing.erase(session, person, desk.organisation, agent_id=desk.agent.id, now=runtime().clock())
    except ErasureRefused:
        return page(session, desk, person), 409
    flash("La personne et tout ce qui parlait d’elle sont supprimés.", "good")
    return redirect(url_for("people.listing"), 303)


@bp.post("/messages")
@admin_page
def hold_back(session: Session, desk: Desk, beneficiary_id: int) -> Response:
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    count = erasing.hold_back(session, person, desk.organisation, agent_id=desk.agent.id, now=runtime().clock())
    flash(f"{plural(count, 'message ne partira pas', 'messages ne partiront pas')}.", "good")
    return redirect(url_for("erasing.look", beneficiary_id=beneficiary_id), 303)


def page(session: Session, desk: Desk, person: Beneficiary) -> str:
    return render_template(
        "agents/person/erase.html",
        person=person,
        preview=erasing.preview(session, person),
        refusal=why_not(session, desk, person),
        organisation=desk.organisation,
        zone=desk.organisation.department.zone,
    )


def why_not(session: Session, desk: Desk, person: Beneficiary) -> ErasureRefused | None:
    try:
        erasing.check(session, person, desk.organisation, now=runtime().clock())
    except ErasureRefused as refusal:
        return refusal
    return None

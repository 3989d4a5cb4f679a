"""Who accompanies a person, in one click: me, or a colleague; and the number at which I am called."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.person import back
from app.agents.settings import WRONG_PHONE
from app.runtime import runtime
from app.security import row_id
from invitations import referents
from invitations.permissions import beneficiary_seen_by
from notifications import phone

bp = Blueprint("referents", __name__, url_prefix="/agents")


@bp.post("/personnes/<int:beneficiary_id>/referents")
@agent_page
def on_person(session: Session, desk: Desk, beneficiary_id: int) -> Response:
    """One colleague accompanies the person (`ajouter`), or no more (`retirer`). Repeated, changes nothing."""
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    added, removed = (request.form.get(word, type=row_id) for word in ("ajouter", "retirer"))
    referent_id = added or removed
    if referent_id is None:
        abort(422)
    act = referents.assign if added else referents.remove
    act(
        session,
        person,
        referent_id,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    flash("C’est noté." if added else "C’est retiré.", "good")
    return back(beneficiary_id)


@bp.post("/moi/telephone")
@agent_page
def my_phone(session: Session, desk: Desk) -> Response:
    """Where the people I accompany, and my colleagues, call me; empty: at the organisation's number."""
    typed = request.form.get("telephone", "").strip()
    number = phone.parse(typed)
    if typed and number is None:
        flash(f"{WRONG_PHONE} Vous aviez écrit «\N{NO-BREAK SPACE}{typed[:40]}\N{NO-BREAK SPACE}».", "care")
        return redirect(url_for("me.show"), 303)
    referents.write_phone(session, desk.agent, number, organisation_id=desk.organisation.id, now=runtime().clock())
    flash("C’est enregistré.", "good")
    return redirect(url_for("me.show"), 303)

"""Assistance: a super-administrator sees the software as a colleague, and comes back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import EmailField, StringField
from wtforms.validators import InputRequired, Length

from app.access import SUPPORT, Desk, agent_page
from app.agents.french_form import FrenchForm, complain, filled
from app.runtime import runtime
from invitations import supporting
from invitations.errors import NotAllowed, NotFound

bp = Blueprint(SUPPORT, __name__, url_prefix="/agents/assistance")

NOBODY = "Aucun compte ouvert n’a cette adresse, ou c’est celui d’une autre personne chargée de l’assistance."


class SupportForm(FrenchForm):
    email = EmailField("Adresse électronique de votre collègue", [InputRequired("Indiquez son adresse.")])
    reason = StringField(
        "Pourquoi",
        [
            InputRequired("Dites pourquoi, en quelques mots."),
            filled,
            Length(max=200, message="200 caractères au plus."),
        ],
    )


@bp.get("")
@agent_page
def form(session: Session, desk: Desk) -> str:
    return page(session, desk, SupportForm())


@bp.post("")
@agent_page
def begin(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = SupportForm()
    if desk.supporter is not None or not desk.agent.is_super:
        raise NotAllowed
    if not form.validate() or not is_begun(session, desk, form):
        return page(session, desk, form), 422
    cookie.pop("organisation", None)
    return redirect(url_for("today.show"), 303)


@bp.post("/fin")
@agent_page
def end(session: Session, desk: Desk) -> Response:
    supporting.end(session, desk.sign_in, now=runtime().clock())
    cookie.pop("organisation", None)
    flash("Vous êtes de retour dans votre compte.", "good")
    return redirect(url_for(".form" if desk.sign_in.agent.is_super else "today.show"), 303)


def is_begun(session: Session, desk: Desk, form: SupportForm) -> bool:
    """False with the reason beside the address."""
    try:
        supporting.begin(
            session,
            desk.sign_in,
            email=form.email.data or "",
            reason=" ".join((form.reason.data or "").split()),
            now=runtime().clock(),
        )
    except NotFound:
        complain(form.email, NOBODY)
        return False
    return True


def page(session: Session, desk: Desk, form: SupportForm) -> str:
    """Raises NotAllowed for whoever is no super-administrator."""
    if not desk.sign_in.agent.is_super:
        raise NotAllowed
    return render_template(
        "agents/support/form.html",
        form=form,
        last=supporting.last(session, desk.sign_in.agent_id),
        zone=desk.organisation.department.zone,
        now=runtime().clock(),
    )

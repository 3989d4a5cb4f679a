"""Ma sécurité: one's password, second step and passkeys, and where one is signed in."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import session as cookie
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import PasswordField
from wtforms.validators import InputRequired

from app.access import Desk, checking_securing_page, securing_page
from app.agents.french_form import FrenchForm, complain
from app.agents.passwords import HINT, is_good
from app.agents.proving_anew import fresh_page
from app.agents.user_agent_words import device
from app.filters import plural
from app.runtime import runtime
from invitations import journal, passwords, second_factor, signing_in, tries
from invitations.errors import TooManyAttempts
from invitations.models import Agent
from invitations.passkeys import Site
from invitations.sign_in_tries import HERE
from invitations.tries import Party

bp = Blueprint("my_security", __name__, url_prefix="/agents/moi/securite")

WRONG = "Ce n’est pas votre mot de passe actuel."
TOO_MANY = "Trop d’essais. Vous pourrez réessayer dans un quart d’heure."


class PasswordForm(FrenchForm):
    present = PasswordField("Mot de passe actuel", [InputRequired("Indiquez votre mot de passe actuel.")])
    password = PasswordField("Nouveau mot de passe", [InputRequired("Choisissez un mot de passe.")])


@bp.get("")
@securing_page
def show(session: Session, desk: Desk) -> str:
    return page(session, desk, PasswordForm())


@bp.post("/mot-de-passe")
@checking_securing_page
def change_password(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = PasswordForm()
    if not form.validate() or not is_theirs(session, desk.agent, form) or not is_good(form.password, desk.agent):
        return page(session, desk, form), 422
    password_hash = signing_in.hash_password(form.password.data or "")
    with runtime().database.writing() as writing:
        passwords.change(
            writing,
            writing.get_one(Agent, desk.agent.id),
            password_hash=password_hash,
            session_id=desk.sign_in.id,
            now=runtime().clock(),
        )
        cookie["token"] = signing_in.renew_token(writing, desk.sign_in.id)
    return told("Votre mot de passe est changé. Vos autres connexions sont fermées.")


@bp.post("/connexions/<int:session_id>/fermer")
@fresh_page
def end(session: Session, desk: Desk, session_id: int) -> Response:
    signing_in.end_session(session, session_id, agent_id=desk.agent.id, now=runtime().clock())
    if session_id == desk.sign_in.id:
        cookie.clear()
        return redirect(url_for("signing_in.form"), 303)
    return told("Cette connexion est fermée.")


@bp.post("/connexions/fermer")
@fresh_page
def end_others(session: Session, desk: Desk) -> Response:
    now = runtime().clock()
    ended = signing_in.end_sessions(session, desk.agent.id, now=now, but=desk.sign_in.id)
    if ended:
        journal.note(session, "session.others_ended", now=now, agent_id=desk.agent.id, sessions_ended=ended)
    return told(f"{plural(ended, 'connexion fermée', 'connexions fermées')}. Celle-ci reste ouverte.")


def is_theirs(session: Session, agent: Agent, form: PasswordForm) -> bool:
    """False with the reason beside the field; wrong tries are counted, for a session may have been stolen."""
    party = Party(HERE, f"change {agent.id}")
    try:
        tries.check(session, [party], codes=runtime().codes, now=runtime().clock())
    except TooManyAttempts:
        complain(form.present, TOO_MANY)
        return False
    if signing_in.is_password(agent, form.present.data or ""):
        return True
    with runtime().database.writing() as writing:
        tries.count(writing, [party], codes=runtime().codes, now=runtime().clock())
    complain(form.present, WRONG)
    return False


def page(session: Session, desk: Desk, form: PasswordForm) -> str:
    return render_template(
        "agents/me/security.html",
        form=form,
        hint=HINT,
        factors=second_factor.read(session, desk.agent.id),
        sessions=signing_in.open_sessions(session, desk.agent.id, now=runtime().clock()),
        here=desk.sign_in.id,
        device=device,
        has_passkeys=Site.of(runtime().settings.public_url) is not None,
        zone=desk.organisation.department.zone,
        now=runtime().clock(),
    )


def told(sentence: str) -> Response:
    flash(sentence, "good")
    return redirect(url_for(".show"), 303)

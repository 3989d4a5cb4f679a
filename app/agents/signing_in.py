"""Signing in and out, and which organisation one works for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from app import lasting
from app.access import Desk, agent_page, checking_page, public_page
from app.agents import entering
from app.agents.single_sign_on import TOKEN as SIGN_ON_TOKEN
from app.runtime import runtime
from invitations import second_factor, signing_in
from invitations.errors import NotFound, TooManyAttempts, WrongCredentials

bp = Blueprint("signing_in", __name__, url_prefix="/agents")

WRONG = "Cette adresse et ce mot de passe ne vont pas ensemble."
TOO_MANY = "Trop d’essais. Vous pourrez réessayer dans un quart d’heure."


class SignInForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    email = EmailField("Adresse électronique", [InputRequired("Indiquez votre adresse électronique.")])
    password = PasswordField("Mot de passe", [InputRequired("Indiquez votre mot de passe.")])


@bp.get("/connexion")
@public_page
def form(_session: Session) -> str:
    return page(SignInForm(None))


@bp.post("/connexion")
@checking_page
def enter(session: Session) -> Response | tuple[str, int]:
    form = SignInForm()
    if not form.validate():
        return page(form), 422
    email = form.email.data or ""
    try:
        agent_id = check(session, email, form.password.data or "")
    except TooManyAttempts:
        return page(form, TOO_MANY), 429
    except WrongCredentials:
        return page(form, WRONG), 401
    after = request.args.get("suite")
    if second_factor.is_asked(session, agent_id):
        return entering.ask_second_step(agent_id, email, after)
    return entering.enter(agent_id, email, second_factor=False, after=after)


def check(session: Session, email: str, password: str) -> int:
    """The agent's id; a wrong try is counted. Raises WrongCredentials, TooManyAttempts."""
    said: dict[str, Any] = {
        "email": email,
        "origin": entering.origin(),
        "codes": runtime().codes,
        "now": runtime().clock(),
    }
    try:
        return signing_in.check_password(session, password=password, **said)
    except WrongCredentials:
        with runtime().database.writing() as writing:
            signing_in.note_failure(writing, **said)
        raise


@bp.post("/deconnexion")
@public_page
def leave(session: Session) -> Response:
    signing_in.sign_out(session, cookie.get("token"), now=runtime().clock())
    token = cookie.get(SIGN_ON_TOKEN)
    cookie.clear()
    if token:
        cookie[SIGN_ON_TOKEN] = token
        return redirect(url_for("single_sign_on.left"), 303)
    return redirect(url_for("signing_in.form"), 303)


@bp.post("/structure")
@agent_page
def switch(_session: Session, desk: Desk) -> Response:
    chosen = request.form.get("organisation", type=int)
    if chosen not in desk.organisation_ids:
        raise NotFound
    cookie["organisation"] = chosen
    return redirect(url_for("today.show"), 303)


def page(form: SignInForm, problem: str = "") -> str:
    suite = request.args.get("suite")
    return render_template(
        "agents/signing_in/form.html",
        form=form,
        problem=problem,
        suite=suite,
        is_kept=lasting.leads_to_kept(suite),
        again="oui" if entering.is_again() else None,
    )

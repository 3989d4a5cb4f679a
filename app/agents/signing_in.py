"""Signing in and out, and which organisation one works for."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired

from app.access import Desk, agent_page, checking_page, public_page
from app.runtime import runtime
from invitations import signing_in
from invitations.errors import NotFound, TooManyAttempts, WrongCredentials

bp = Blueprint("signing_in", __name__, url_prefix="/agents")

WRONG = "Cette adresse et ce mot de passe ne vont pas ensemble."
TOO_MANY = "Trop d’essais pour cette adresse. Vous pourrez réessayer dans dix minutes."


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
    email, password, now = form.email.data or "", form.password.data or "", runtime().clock()
    try:
        agent_id = signing_in.check_password(session, email=email, password=password, now=now)
    except TooManyAttempts:
        return page(form, TOO_MANY), 429
    except WrongCredentials:
        with runtime().database.writing() as writing:
            signing_in.note_failure(writing, email=email, now=now)
        return page(form, WRONG), 401
    cookie.clear()
    with runtime().database.writing() as writing:
        cookie["token"] = signing_in.open_session(writing, agent_id, now=now)
    return redirect(way_back(request.args.get("suite")), 303)


@bp.post("/deconnexion")
@public_page
def leave(session: Session) -> Response:
    signing_in.sign_out(session, cookie.get("token"), now=runtime().clock())
    cookie.clear()
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
    return render_template("agents/signing_in/form.html", form=form, problem=problem, suite=request.args.get("suite"))


def way_back(after: str | None) -> str:
    """Where the agent wanted to go, if that is one of our own agents' pages; a link can't lead elsewhere."""
    if after and (after == "/agents" or after.startswith("/agents/")) and after.isprintable() and "\\" not in after:
        return after
    return url_for("today.show")

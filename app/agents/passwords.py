"""A forgotten password: asking for a link by email, and choosing a new one by it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import EmailField, Field, PasswordField
from wtforms.validators import InputRequired

from app.access import checking_page, public_page
from app.agents import entering
from app.agents.french_form import FrenchForm, complain
from app.runtime import runtime
from invitations import passwords, signing_in
from invitations.errors import PasswordRefused
from invitations.models import Agent
from invitations.password_rules import SHORTEST, Weakness

bp = Blueprint("passwords", __name__, url_prefix="/agents")

HINT = f"{SHORTEST} caractères au moins. Une phrase convient, espaces comprises."
WEAK = {
    Weakness.SHORT: f"Ce mot de passe est trop court\N{NO-BREAK SPACE}: {SHORTEST} caractères au moins.",
    Weakness.LONG: "Ce mot de passe est trop long\N{NO-BREAK SPACE}: 200 caractères au plus.",
    Weakness.YOURS: "Ce mot de passe est votre adresse ou votre nom\N{NO-BREAK SPACE}: il se devine.",
    Weakness.COMMON: "Ce mot de passe est parmi les premiers que l’on essaie. Une phrase à vous convient mieux.",
}


class AskForm(FrenchForm):
    email = EmailField("Adresse électronique", [InputRequired("Indiquez votre adresse électronique.")])


class ChooseForm(FrenchForm):
    password = PasswordField("Nouveau mot de passe", [InputRequired("Choisissez un mot de passe.")])


@bp.get("/mot-de-passe-oublie")
@public_page
def ask(_session: Session) -> str:
    return render_template("agents/signing_in/forgotten.html", form=AskForm())


@bp.post("/mot-de-passe-oublie")
@public_page
def send(session: Session) -> Response | tuple[str, int]:
    form = AskForm()
    if not form.validate():
        return render_template("agents/signing_in/forgotten.html", form=form), 422
    passwords.ask_link(
        session,
        email=form.email.data or "",
        origin=entering.origin(),
        codes=runtime().codes,
        now=runtime().clock(),
    )
    return redirect(url_for(".asked"), 303)


@bp.get("/mot-de-passe-oublie/envoye")
@public_page
def asked(_session: Session) -> str:
    return render_template("agents/signing_in/link_sent.html")


@bp.get("/mot-de-passe/<code>")
@public_page
def choose(session: Session, code: str) -> str:
    return page(passwords.link_of(session, code, codes=runtime().codes, now=runtime().clock()).agent, ChooseForm())


@bp.post("/mot-de-passe/<code>")
@checking_page
def keep(session: Session, code: str) -> Response | tuple[str, int]:
    agent, form = passwords.link_of(session, code, codes=runtime().codes, now=runtime().clock()).agent, ChooseForm()
    if not form.validate() or not is_good(form.password, agent):
        return page(agent, form), 422
    password_hash = signing_in.hash_password(form.password.data or "")
    with runtime().database.writing() as writing:
        passwords.choose_by_link(
            writing, code, password_hash=password_hash, codes=runtime().codes, now=runtime().clock()
        )
    flash("Votre mot de passe est changé. Les autres connexions sont fermées.", "good")
    return redirect(url_for("signing_in.form"), 303)


def is_good(control: Field, agent: Agent, *names: str) -> bool:
    """False with the reason beside the field."""
    try:
        passwords.check(control.data or "", agent, *names)
    except PasswordRefused as refusal:
        complain(control, WEAK[refusal.details["why"]])
        return False
    return True


def page(agent: Agent, form: ChooseForm) -> str:
    return render_template("agents/signing_in/new_password.html", agent=agent, form=form, hint=HINT)

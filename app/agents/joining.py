"""Joining an organisation by the link in an email: with a new account, or with the one that is there."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from app.access import checking_page, public_page
from app.agents import entering
from app.agents.french_form import FrenchForm, filled
from app.agents.passwords import HINT, is_good
from app.runtime import runtime
from invitations import joining, signing_in
from invitations.models import AgentLink

bp = Blueprint("joining", __name__, url_prefix="/agents/invitation")

SHORT_ENOUGH = Length(max=39, message="39 caractères au plus.")


class AccountForm(FrenchForm):
    first_name = StringField("Prénom", [InputRequired("Indiquez votre prénom."), filled, SHORT_ENOUGH])
    last_name = StringField("Nom", [InputRequired("Indiquez votre nom."), filled, SHORT_ENOUGH])
    password = PasswordField("Mot de passe", [InputRequired("Choisissez un mot de passe.")])


@bp.get("/<code>")
@public_page
def show(session: Session, code: str) -> str:
    return page(joining.link_of(session, code, codes=runtime().codes, now=runtime().clock()), AccountForm())


@bp.post("/<code>")
@checking_page
def join(session: Session, code: str) -> Response | tuple[str, int]:
    link = joining.link_of(session, code, codes=runtime().codes, now=runtime().clock())
    if joining.has_account(link.agent):
        return join_as_before(code)
    form = AccountForm()
    if not form.validate() or not is_good(form.password, link.agent, *names(form)):
        return page(link, form), 422
    first_name, last_name = names(form)
    said: dict[str, Any] = {"first_name": first_name, "last_name": last_name}
    said["password_hash"] = signing_in.hash_password(form.password.data or "")
    with runtime().database.writing() as writing:
        joining.join_with_new_account(writing, code, **said, codes=runtime().codes, now=runtime().clock())
    answer = entering.enter(link.agent_id, link.agent.email, second_factor=False)
    flash("Votre compte est ouvert.", "good")
    return answer


def join_as_before(code: str) -> Response:
    """The link proves an email, not who opens it: whoever has an account signs in as on any day."""
    with runtime().database.writing() as writing:
        joining.join(writing, code, codes=runtime().codes, now=runtime().clock())
    flash("C’est fait. Connectez-vous comme d’habitude.", "good")
    return redirect(url_for("signing_in.form"), 303)


def names(form: AccountForm) -> tuple[str, str]:
    return " ".join((form.first_name.data or "").split()), " ".join((form.last_name.data or "").split())


def page(link: AgentLink, form: AccountForm) -> str:
    return render_template(
        "agents/signing_in/joining.html",
        link=link,
        form=form,
        has_account=joining.has_account(link.agent),
        hint=HINT,
    )

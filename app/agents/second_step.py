"""The second step of signing in: a code of the telephone's, or one of the recovery codes."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired

from app.access import checking_page, public_page
from app.agents import entering
from app.agents.french_form import FrenchForm, complain
from app.runtime import runtime
from invitations import second_factor
from invitations.errors import TooManyAttempts

bp = Blueprint("second_step", __name__, url_prefix="/agents/connexion/code")

WRONG = "Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant, puis réessayez."
TOO_MANY = "Trop d’essais. Vous pourrez réessayer dans un quart d’heure."


class CodeForm(FrenchForm):
    code = StringField("Code", [InputRequired("Indiquez le code à six chiffres, ou un code de secours.")])


@bp.get("")
@public_page
def form(session: Session) -> Response | str:
    half = entering.half_way()
    return page(session, half.agent_id, CodeForm()) if half else from_the_start()


@bp.post("")
@checking_page
def enter(session: Session) -> Response | tuple[str, int]:
    half, form = entering.half_way(), CodeForm()
    if half is None:
        return from_the_start()
    if not form.validate():
        return page(session, half.agent_id, form), 422
    try:
        is_right = take(half.agent_id, form.code.data or "")
    except TooManyAttempts:
        complain(form.code, TOO_MANY)
        return page(session, half.agent_id, form), 429
    if not is_right:
        complain(form.code, WRONG)
        return page(session, half.agent_id, form), 401
    return entering.enter(
        half.agent_id,
        half.email,
        second_factor=True,
        after=request.args.get("suite"),
        sign_on_sid=half.sign_on_sid,
    )


def take(agent_id: int, typed: str) -> bool:
    with runtime().database.writing() as writing:
        return second_factor.take(
            writing, agent_id, typed, seals=runtime().seals, codes=runtime().codes, now=runtime().clock()
        )


def from_the_start() -> Response:
    return redirect(url_for("signing_in.form", suite=request.args.get("suite")), 303)


def page(session: Session, agent_id: int, form: CodeForm) -> str:
    return render_template(
        "agents/signing_in/second_step.html",
        form=form,
        factors=second_factor.read(session, agent_id),
        suite=request.args.get("suite"),
    )

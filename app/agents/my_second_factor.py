"""Ma sécurité, deuxième étape: the telephone's codes are set up, taken away; recovery codes are drawn."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask import session as cookie
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired

from app.access import Desk
from app.agents.french_form import FrenchForm, complain
from app.agents.proving_anew import fresh_page
from app.runtime import runtime
from invitations import kept_forms, second_factor, signing_in
from invitations.errors import NotAllowed
from invitations.models import AgentSession
from notifications import square_codes

bp = Blueprint("my_second_factor", __name__, url_prefix="/agents/moi/securite/codes")

WRONG = "Ce code n’est pas le bon. Vérifiez l’heure du téléphone, attendez le code suivant, puis réessayez."


class FirstCodeForm(FrenchForm):
    code = StringField("Code affiché par l’application", [InputRequired("Indiquez les six chiffres affichés.")])


@bp.post("")
@fresh_page
def begin(session: Session, desk: Desk) -> Response:
    second_factor.begin(session, desk.agent.id, seals=runtime().seals, now=runtime().clock())
    return redirect(url_for(".form"), 303)


@bp.get("")
@fresh_page
def form(session: Session, desk: Desk) -> Response | str:
    return page(session, desk, FirstCodeForm())


@bp.post("/confirmer")
@fresh_page
def confirm(session: Session, desk: Desk) -> Response | str | tuple[str, int]:
    """The recovery codes are shown by this answer, and never again: no redirection, which would have to keep them."""
    form = FirstCodeForm()
    if not form.validate():
        return refused(session, desk, form)
    drawn = second_factor.confirm(
        session,
        desk.agent,
        form.code.data or "",
        session_id=desk.sign_in.id,
        seals=runtime().seals,
        codes=runtime().codes,
        now=runtime().clock(),
    )
    if drawn is None:
        complain(form.code, WRONG)
        return refused(session, desk, form)
    prove(session, desk)
    return first_codes(session, desk, drawn)


@bp.post("/secours")
@fresh_page
def draw(session: Session, desk: Desk) -> Response | str:
    """Shown by this answer, and never again."""
    proved(desk)
    if not second_factor.read(session, desk.agent.id).any:
        return redirect(url_for("my_security.show"), 303)
    drawn = second_factor.draw_recovery_codes(session, desk.agent.id, codes=runtime().codes, now=runtime().clock())
    return render_template("agents/me/recovery_codes.html", drawn=drawn, is_first=False, written=None)


@bp.post("/retirer")
@fresh_page
def remove(session: Session, desk: Desk) -> Response:
    proved(desk)
    second_factor.remove_codes(session, desk.agent.id, now=runtime().clock())
    flash("Les codes du téléphone ne sont plus demandés.", "good")
    return redirect(url_for("my_security.show"), 303)


def first_codes(session: Session, desk: Desk, drawn: Sequence[str]) -> str:
    """The recovery codes of a first second step; after them what was written before it was asked for, if something was."""
    here = runtime()
    written = kept_forms.newest(session, desk.agent.id, desks=desk.organisation_ids, seals=here.seals, now=here.clock())
    return render_template("agents/me/recovery_codes.html", drawn=drawn, is_first=True, written=written)


def proved(desk: Desk) -> None:
    """What weakens an account is done by whoever has proved more than a password. Raises NotAllowed."""
    if desk.sign_in.second_factor_at is None:
        raise NotAllowed


def prove(session: Session, desk: Desk) -> None:
    """This session has shown the second factor just now: it goes on under another token."""
    session.get_one(AgentSession, desk.sign_in.id).second_factor_at = runtime().clock()
    cookie["token"] = signing_in.renew_token(session, desk.sign_in.id)


def refused(session: Session, desk: Desk, form: FirstCodeForm) -> Response | tuple[str, int]:
    """The page again, with what is wrong; the list of what is safe when no code was asked for."""
    found = page(session, desk, form)
    return found if isinstance(found, Response) else (found, 422)


def page(session: Session, desk: Desk, form: FirstCodeForm) -> Response | str:
    secret = second_factor.begun(session, desk.agent.id, seals=runtime().seals)
    if secret is None:
        return redirect(url_for("my_security.show"), 303)
    return render_template(
        "agents/me/codes.html",
        form=form,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        square=Markup(square_codes.drawing(second_factor.address_of(secret, desk.agent.email))),  # noqa: S704  # our own drawing
    )

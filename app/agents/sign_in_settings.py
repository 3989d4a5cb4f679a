"""Réglages, connexions: what the département asks of every sign-in, and when an idle session ends.

Administrators of the département's own organisations set it; those of others read it.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm, offer
from app.agents.settings import saved
from app.filters import length_of
from app.runtime import runtime
from invitations import department_settings, sign_in_settings
from invitations.sign_in_rules import IDLE_CHOICES
from invitations.sign_in_settings import Wish

bp = Blueprint("sign_in_settings", __name__, url_prefix="/agents/reglages/connexions")

HERE = "sign_in_settings.form"
SAVED = "C’est enregistré. Cela vaut dès la prochaine page que chacun ouvre."
NEVER = "jamais dans la journée"
LENGTHS = [("", NEVER), *((str(one), length_of(timedelta(minutes=one))) for one in IDLE_CHOICES)]


class SignInForm(FrenchForm):
    second_factor = BooleanField("Une deuxième étape pour toutes et tous, en plus du mot de passe")
    idle = SelectField("Fermer une session sans activité après", choices=offer(LENGTHS))


@bp.get("")
@admin_page
def form(session: Session, desk: Desk) -> str:
    wish = sign_in_settings.wish_of(desk.organisation.department)
    return page(session, desk, SignInForm(data=shown(wish)))


@bp.post("")
@admin_page
def change(session: Session, desk: Desk) -> Response | tuple[str, int]:
    by = department_settings.speaker(session, agent_id=desk.agent.id, organisation_id=desk.organisation.id)
    form = SignInForm()
    if not form.validate():
        return page(session, desk, form), 422
    sign_in_settings.change(session, asked(form), by=by, now=runtime().clock())
    return saved(SAVED, HERE)


def shown(wish: Wish) -> dict[str, object]:
    return {"second_factor": wish.second_factor, "idle": str(wish.idle_minutes or "")}


def asked(form: SignInForm) -> Wish:
    return Wish(bool(form.second_factor.data), int(form.idle.data) if form.idle.data else None)


def page(session: Session, desk: Desk, form: SignInForm) -> str:
    department = desk.organisation.department
    wish = sign_in_settings.wish_of(department)
    return render_template(
        "agents/settings/sign_in.html",
        department=department,
        form=form,
        wish=wish,
        without=sign_in_settings.without_second_factor(session, department),
        idle_words=dict(LENGTHS)[str(wish.idle_minutes or "")],
        of_some=runtime().settings.requires_second_factor,
        may_change=department_settings.speaks_for_department(desk.organisation),
    )

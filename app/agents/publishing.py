"""Réglages, publication: who lets their figures be public, what is out, and a month counted anew.

Each organisation's administrators speak for it; whether the département has a page, and corrections, are its own's.
"""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.validators import InputRequired

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm
from app.agents.settings import saved
from app.runtime import runtime
from invitations import department_settings
from invitations.department_settings import Speaker
from invitations.statistics import agreeing, publishing
from invitations.statistics.definitions import FEWEST_FOR_A_RATE
from invitations.statistics.suppression import FEWEST

bp = Blueprint("publishing", __name__, url_prefix="/agents/reglages/publication")

HERE = "publishing.show"
YES = "oui"


class CorrectionForm(FrenchForm):
    month = SelectField("Mois à recompter", [InputRequired("Choisissez un mois.")], coerce=str)


@bp.get("")
@admin_page
def show(session: Session, desk: Desk) -> str:
    return page(session, desk, correction(session, desk.organisation.department_id))


@bp.post("/structure")
@admin_page
def agree(session: Session, desk: Desk) -> Response:
    agrees = request.form.get("accepte") == YES
    agreeing.agree(session, desk.organisation, agrees=agrees, agent_id=desk.agent.id, now=runtime().clock())
    return saved("C’est enregistré. Cela vaut à partir du prochain mois publié.", HERE)


@bp.post("/departement")
@admin_page
def publish(session: Session, desk: Desk) -> Response:
    publishes = request.form.get("publie") == YES
    agreeing.publish(session, publishes=publishes, by=speaker(session, desk), now=runtime().clock())
    words = "La page publique est ouverte. Les chiffres y paraissent dans l’heure." if publishes else None
    return saved(words or "La page publique est fermée. Rien de ce qui était publié n’y est plus lisible.", HERE)


@bp.post("/corriger")
@admin_page
def correct(session: Session, desk: Desk) -> Response | tuple[str, int]:
    by, form = speaker(session, desk), correction(session, desk.organisation.department_id)
    if not form.validate():
        return page(session, desk, form), 422
    month = date.fromisoformat(form.data["month"])
    publishing.correct(session, month, by=by, now=runtime().clock())
    return saved(f"Les chiffres de {month_words(month)} sont recomptés.", HERE)


def speaker(session: Session, desk: Desk) -> Speaker:
    """Raises NotAllowed for an organisation that is not the département's."""
    return department_settings.speaker(session, agent_id=desk.agent.id, organisation_id=desk.organisation.id)


def correction(session: Session, department_id: int) -> CorrectionForm:
    form = CorrectionForm()
    form.month.choices = [(one.isoformat(), month_words(one)) for one in publishing.months_out(session, department_id)]
    return form


def page(session: Session, desk: Desk, form: CorrectionForm) -> str:
    department = desk.organisation.department
    return render_template(
        "agents/settings/publishing.html",
        department=department,
        organisation=desk.organisation,
        agreed=agreeing.agreeing(session, department.id),
        form=form,
        may_change=department_settings.speaks_for_department(desk.organisation),
        fewest=FEWEST,
        fewest_for_a_rate=FEWEST_FOR_A_RATE,
    )


def month_words(on: date) -> str:
    """septembre 2026"""
    return format_date(on, "LLLL\N{NO-BREAK SPACE}y", locale="fr")

"""Réglages, numéro de sécurité sociale: whether the département keeps it, what that means, and erasing all of it.

Administrators of the département's own organisations decide; those of others read.
"""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField
from wtforms.validators import InputRequired

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm
from app.agents.settings import saved
from app.filters import plural
from app.runtime import runtime
from invitations import department_settings, nir_switch
from invitations.department_settings import Speaker

bp = Blueprint("nir", __name__, url_prefix="/agents/reglages/securite-sociale")

HERE = "nir.show"
KEPT = "C’est noté. Les prochaines listes peuvent apporter le numéro, et les fiches le demandent."


class OpinionForm(FrenchForm):
    opinion = BooleanField(
        "La délégation à la protection des données du département a donné son avis",
        [InputRequired("Cochez quand l’avis est donné. Rien n’est changé.")],
        name="avis",
    )


@bp.get("")
@admin_page
def show(session: Session, desk: Desk) -> str:
    return page(session, desk, OpinionForm(formdata=None))


@bp.post("")
@admin_page
def keep(session: Session, desk: Desk) -> Response | tuple[str, int]:
    by, form = speaker(session, desk), OpinionForm()
    if not form.validate():
        return page(session, desk, form), 422
    nir_switch.keep(session, by=by, now=runtime().clock())
    return saved(KEPT, HERE)


@bp.get("/effacer")
@admin_page
def confirm(session: Session, desk: Desk) -> str:
    """What would go, before it does."""
    held = nir_switch.count(session, speaker(session, desk).department.id)
    return render_template("agents/settings/nir_erasing.html", held=held)


@bp.post("/effacer")
@admin_page
def stop(session: Session, desk: Desk) -> Response:
    left = nir_switch.stop(session, by=speaker(session, desk), now=runtime().clock())
    said = plural(left, "numéro s’efface", "numéros s’effacent") if left else "aucun n’était enregistré"
    return saved(f"Aucun numéro ne se garde plus\N{NO-BREAK SPACE}: {said}.", HERE)


def speaker(session: Session, desk: Desk) -> Speaker:
    """Raises NotAllowed for an organisation that is not the département's."""
    return department_settings.speaker(session, agent_id=desk.agent.id, organisation_id=desk.organisation.id)


def page(session: Session, desk: Desk, form: OpinionForm) -> str:
    department = desk.organisation.department
    return render_template(
        "agents/settings/nir.html",
        department=department,
        held=nir_switch.count(session, department.id),
        may_change=department_settings.speaks_for_department(desk.organisation),
        form=form,
    )

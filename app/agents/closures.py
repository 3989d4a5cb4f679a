"""Réglages: the days on which nobody is received, and what had been booked in them."""

from __future__ import annotations

from flask import Blueprint, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm, complain, in_our_times, offer
from app.agents.settings import saved
from app.runtime import runtime
from invitations import closures, options
from invitations.errors import EndsBeforeItStarts, NothingToCome

bp = Blueprint("closures", __name__, url_prefix="/agents/reglages/fermetures")

EVERYWHERE = 0


class ClosureForm(FrenchForm):
    place = SelectField("Quel lieu", coerce=int, default=EVERYWHERE)
    first_on = DateField("Premier jour", [InputRequired("Indiquez le premier jour."), in_our_times])
    last_on = DateField("Dernier jour", [Optional(), in_our_times])
    label = StringField("Pour mémoire", [Length(max=80, message="80 caractères au plus.")])


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return page(session, desk, blank_form(session, desk))


@bp.post("")
@admin_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = blank_form(session, desk)
    if not form.validate():
        return page(session, desk, form), 422
    said = form.data
    try:
        closures.add(
            session,
            organisation=desk.organisation,
            place_id=said["place"] or None,
            first_on=said["first_on"],
            last_on=said["last_on"] or said["first_on"],
            label=(said["label"] or "").strip(),
            agent_id=desk.agent.id,
            now=runtime().clock(),
        )
    except EndsBeforeItStarts:
        complain(form.last_on, "Il vient avant le premier jour.")
    except NothingToCome:
        complain(form.first_on, "Ces jours sont passés.")
    else:
        return saved("C’est noté. Plus aucun créneau n’est proposé ces jours-là.", "closures.listing")
    return page(session, desk, form), 422


@bp.post("/<int:closure_id>/retirer")
@admin_page
def remove(session: Session, desk: Desk, closure_id: int) -> Response:
    closures.remove(
        session, closure_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    return saved(
        "Ces jours ne sont plus fermés\N{NO-BREAK SPACE}: les créneaux sont proposés de nouveau.", "closures.listing"
    )


def blank_form(session: Session, desk: Desk) -> ClosureForm:
    form = ClosureForm()
    every = options.places(session, desk.organisation.id)
    form.place.choices = offer([(EVERYWHERE, "Toute la structure"), *((one.id, one.name) for one in every)])
    return form


def page(session: Session, desk: Desk, form: ClosureForm) -> str:
    return render_template(
        "agents/settings/closures.html",
        form=form,
        closures=closures.closures_of(session, desk.organisation, now=runtime().clock()),
    )

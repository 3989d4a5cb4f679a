"""When an agent of the team does not receive: added and taken back from the openings page."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional

from app.access import Desk, agent_page
from app.agents.french_form import FrenchForm, complain, in_our_times
from app.agents.openings import offered, today_of
from app.filters import plural
from app.runtime import runtime
from invitations import absences, options
from invitations.errors import EndsBeforeItStarts, NothingToCome
from invitations.models import Absence

bp = Blueprint("absences", __name__, url_prefix="/agents/absences")

NBSP = "\N{NO-BREAK SPACE}"


class AbsenceForm(FrenchForm):
    agent = SelectField("Qui", coerce=int)
    first_on = DateField("Du", [InputRequired("Indiquez le premier jour."), in_our_times])
    starts = TimeField("à partir de", [Optional()])
    last_on = DateField("Au", [Optional(), in_our_times])
    ends = TimeField("jusqu’à", [Optional()])
    label = StringField("Pour mémoire", [Length(max=80, message="80 caractères au plus.")])

    @classmethod
    def offering(cls, session: Session, desk: Desk) -> AbsenceForm:
        form = cls()
        form.agent.choices = offered(options.agents(session, desk.organisation.id))
        if request.method == "GET":
            form.agent.data = desk.agent.id
            form.first_on.data = today_of(desk)
        return form

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From the first moment to the last: whole days where no hour was given, one day where no last day was."""
        said: dict[str, Any] = self.data
        last_on = said["last_on"] or said["first_on"]
        starts_at = datetime.combine(said["first_on"], said["starts"] or time(), zone)
        if said["ends"]:
            return starts_at, datetime.combine(last_on, said["ends"], zone)
        return starts_at, datetime.combine(last_on + timedelta(days=1), time(), zone)


@bp.get("/nouvelle")
@agent_page
def form(session: Session, desk: Desk) -> str:
    return page(AbsenceForm.offering(session, desk))


@bp.post("/nouvelle")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = AbsenceForm.offering(session, desk)
    if not form.validate():
        return page(form), 422
    absence = save(session, desk, form)
    if absence is None:
        return page(form), 422
    tell(absences.booked_during(session, absence))
    return redirect(url_for("openings.listing"), 303)


@bp.post("/<int:absence_id>/retirer")
@agent_page
def remove(session: Session, desk: Desk, absence_id: int) -> Response:
    absence = absences.absence_seen_by(session, absence_id, desk.organisation.id)
    absences.remove(
        session, absence, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash("L’absence est retirée. Ses créneaux sont de nouveau proposés.", "good")
    return redirect(url_for("openings.listing", _anchor="absences"), 303)


def save(session: Session, desk: Desk, form: AbsenceForm) -> Absence | None:
    """The absence, or None with the reason beside its field."""
    starts_at, ends_at = form.span(desk.organisation.department.zone)
    try:
        return absences.add(
            session,
            absent_id=form.agent.data,
            starts_at=starts_at,
            ends_at=ends_at,
            label=(form.label.data or "").strip(),
            organisation_id=desk.organisation.id,
            agent_id=desk.agent.id,
            now=runtime().clock(),
        )
    except EndsBeforeItStarts:
        complain(form.ends if form.ends.data else form.last_on, "La fin vient après le début.")
    except NothingToCome:
        complain(form.last_on if form.last_on.data else form.first_on, "Cette absence est déjà passée.")
    return None


def tell(booked: int) -> None:
    """What was saved, and the appointments that somebody has to see to: an absence cancels nothing by itself."""
    flash("L’absence est enregistrée. Aucun créneau ne sera proposé pendant ce temps.", "good")
    if booked:
        taken = plural(booked, "rendez-vous est déjà pris", "rendez-vous sont déjà pris")
        flash(f"Pendant cette absence, {taken}{NBSP}: ils restent dans la journée, à déplacer ou à annuler.", "care")


def page(form: AbsenceForm) -> str:
    return render_template("agents/openings/absence.html", form=form)

"""When agents of the team don't receive, once: added for several at a time, changed and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectMultipleField, StringField, TimeField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk, agent_page
from app.agents import absence_words
from app.agents.day import today_of
from app.agents.french_form import FrenchForm, complain, in_our_times, offer, offered
from app.filters import plural
from app.runtime import runtime
from invitations import absence_days, absences, options
from invitations.absences import Away
from invitations.absences_list import BookedDay
from invitations.errors import EndsBeforeItStarts, NothingToCome
from invitations.models import Absence, RegularAbsence

bp = Blueprint("absences", __name__, url_prefix="/agents/absences")

NBSP = "\N{NO-BREAK SPACE}"
Row = TypeVar("Row", Absence, RegularAbsence)


class AgentsForm(FrenchForm):
    """Who is absent, and what colleagues read about it."""

    agents = SelectMultipleField(
        "Qui",
        [InputRequired("Choisissez au moins une personne.")],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    label = StringField("Pour mémoire", [Length(max=80, message="80 caractères au plus.")])

    def offer_all(self, session: Session, desk: Desk) -> None:
        """Everybody of the team; the signed-in agent first thought of."""
        self.agents.choices = offered(options.agents(session, desk.organisation.id))
        if request.method == "GET":
            self.agents.data = [request.args.get("agent", desk.agent.id, type=int)]

    def offer_those(self, found: Sequence[Absence] | Sequence[RegularAbsence]) -> None:
        """Those whose absences are looked at, all of them at first."""
        self.agents.choices = offer((one.agent_id, one.agent.display_name) for one in found)
        if request.method == "GET":
            self.agents.data = [one.agent_id for one in found]
            self.label.data = found[0].label

    def chosen(self, found: Sequence[Row]) -> list[Row]:
        """The absences of those who are ticked."""
        return [one for one in found if one.agent_id in (self.agents.data or ())]

    def words(self) -> str:
        return (self.label.data or "").strip()


class AbsenceForm(AgentsForm):
    first_on = DateField("Du", [InputRequired("Indiquez le premier jour."), in_our_times])
    starts = TimeField("à partir de", [Optional()])
    last_on = DateField("Au", [Optional(), in_our_times])
    ends = TimeField("jusqu’à", [Optional()])

    def away(self, zone: ZoneInfo) -> Away:
        """From the first moment to the last: whole days where no hour was given, one day where no last day was."""
        said: dict[str, Any] = self.data
        last_on = said["last_on"] or said["first_on"]
        starts_at = datetime.combine(said["first_on"], said["starts"] or time(), zone)
        if said["ends"]:
            return Away(starts_at, datetime.combine(last_on, said["ends"], zone), self.words())
        return Away(starts_at, datetime.combine(last_on + timedelta(days=1), time(), zone), self.words())

    def show(self, absence: Absence, zone: ZoneInfo) -> None:
        """Fill the fields with an absence that is known."""
        starts, ends = absence.starts_at.astimezone(zone), absence.ends_at.astimezone(zone)
        is_whole = ends.time() == time()
        self.first_on.data, self.starts.data = starts.date(), starts.time() if starts.time() != time() else None
        self.last_on.data = ends.date() - timedelta(days=1) if is_whole else ends.date()
        self.ends.data = None if is_whole else ends.time()


@bp.get("/nouvelle")
@agent_page
def form(session: Session, desk: Desk) -> str:
    form = AbsenceForm()
    form.offer_all(session, desk)
    form.first_on.data = today_of(desk)
    return new_page(form)


@bp.post("/nouvelle")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = AbsenceForm()
    form.offer_all(session, desk)
    away = examined(desk, form)
    if away is None:
        return new_page(form), 422
    added = absences.add(session, form.agents.data or (), away, **by(desk))
    flash(f"{told(len(added))} Aucun créneau ne sera proposé pendant ce temps.", "good")
    warn(absence_days.booked_during(session, desk.organisation, added, now=runtime().clock()))
    return redirect(url_for("openings.listing"), 303)


@bp.get("/<int:absence_id>")
@agent_page
def show(session: Session, desk: Desk, absence_id: int) -> str:
    found = absences.seen_by(session, absence_id, desk.organisation.id)
    form = AbsenceForm()
    form.offer_those(found)
    form.show(found[0], desk.organisation.department.zone)
    return its_page(session, desk, form, found)


@bp.post("/<int:absence_id>")
@agent_page
def change(session: Session, desk: Desk, absence_id: int) -> Response | tuple[str, int]:
    found = absences.seen_by(session, absence_id, desk.organisation.id, hold=True)
    form = AbsenceForm()
    form.offer_those(found)
    away = examined(desk, form)
    if away is None:
        return its_page(session, desk, form, found), 422
    absences.change(session, form.chosen(found), away, **by(desk))
    flash("L’absence est modifiée.", "good")
    warn(absence_days.booked_during(session, desk.organisation, form.chosen(found), now=runtime().clock()))
    return redirect(url_for("openings.listing"), 303)


@bp.post("/<int:absence_id>/retirer")
@agent_page
def remove(session: Session, desk: Desk, absence_id: int) -> Response | tuple[str, int]:
    found = absences.seen_by(session, absence_id, desk.organisation.id, hold=True)
    form = AbsenceForm()
    form.offer_those(found)
    if not form.agents.validate(form):
        form.show(found[0], desk.organisation.department.zone)
        return its_page(session, desk, form, found), 422
    absences.remove(session, form.chosen(found), **by(desk))
    flash("L’absence est retirée. Ses créneaux sont de nouveau proposés.", "good")
    return redirect(url_for("openings.listing"), 303)


def examined(desk: Desk, form: AbsenceForm) -> Away | None:
    """What the form asks for, or None with the reason beside its field."""
    if not form.validate():
        return None
    away = form.away(desk.organisation.department.zone)
    try:
        absences.check(away, runtime().clock())
    except EndsBeforeItStarts:
        complain(form.ends if form.ends.data else form.last_on, "La fin vient après le début.")
    except NothingToCome:
        complain(form.last_on if form.last_on.data else form.first_on, "Cette absence est déjà passée.")
    return None if form.errors else away


def by(desk: Desk) -> dict[str, Any]:
    return {"organisation_id": desk.organisation.id, "agent_id": desk.agent.id, "now": runtime().clock()}


def told(count: int) -> str:
    return "L’absence est enregistrée." if count == 1 else f"L’absence est enregistrée pour {count}{NBSP}personnes."


def warn(booked: Sequence[BookedDay]) -> None:
    """The appointments that somebody has to see to: an absence cancels nothing by itself."""
    count = sum(one.count for one in booked)
    if count:
        taken = plural(count, "rendez-vous est déjà pris", "rendez-vous sont déjà pris")
        stay = "il reste" if count == 1 else "ils restent"
        flash(
            f"Pendant cette absence, {taken}{NBSP}: {stay} dans la journée, à déplacer ou à annuler. "
            "La liste ci-dessous y mène.",
            "care",
        )


def new_page(form: AbsenceForm) -> str:
    return render_template("agents/openings/absence.html", form=form, found=[], booked=(), words=absence_words)


def its_page(session: Session, desk: Desk, form: AbsenceForm, found: Sequence[Absence]) -> str:
    return render_template(
        "agents/openings/absence.html",
        form=form,
        found=found,
        booked=absence_days.booked_during(session, desk.organisation, found, now=runtime().clock()),
        words=absence_words,
    )

"""Absences that come back: a day off, a team meeting. Added for several agents at once, changed, a day of them taken out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, TimeField
from wtforms.validators import Optional

from app.access import Desk, agent_page
from app.agents import absence_words, opening_words
from app.agents.absences import AgentsForm, told, warn
from app.agents.day import today_of
from app.agents.french_form import complain, offer
from app.agents.opening import day_asked
from app.agents.rhythm_form import MONTHLY, WEEKLY, RhythmForm
from app.filters import day_and_year
from app.runtime import runtime
from invitations import absence_days, regular_absences
from invitations.errors import EndsBeforeItStarts, NothingToCome
from invitations.models import RegularAbsence
from invitations.regular_absences import DAY_BEGINS, DAY_ENDS, Habit
from invitations.rhythm import rhythm_of

bp = Blueprint("regular_absences", __name__, url_prefix="/agents/absences/regulieres")


class RegularForm(AgentsForm, RhythmForm):
    repetition = SelectField("Répétition", choices=offer([*WEEKLY, *MONTHLY]), default=WEEKLY[0][0])
    starts = TimeField("À partir de", [Optional()])
    ends = TimeField("Jusqu’à", [Optional()])

    def habit(self) -> Habit:
        """What was asked for: from midnight, to midnight, where no hour was given."""
        said: dict[str, Any] = self.data
        return Habit(self.rhythm(), said["starts"] or DAY_BEGINS, said["ends"] or DAY_ENDS, self.words())

    def show_absence(self, absence: RegularAbsence) -> None:
        """Fill the fields with an absence that is known."""
        self.show(rhythm_of(absence.rrule, absence.starts_on, absence.last_on))
        self.starts.data = absence.starts_at_time if absence.starts_at_time != DAY_BEGINS else None
        self.ends.data = absence.ends_at_time if absence.ends_at_time != DAY_ENDS else None


@bp.get("/nouvelle")
@agent_page
def form(session: Session, desk: Desk) -> str:
    form = RegularForm()
    form.offer_all(session, desk)
    form.starts_on.data = today_of(desk)
    return its_page(session, desk, form, [])


@bp.post("/nouvelle")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = RegularForm()
    form.offer_all(session, desk)
    habit = examined(desk, form)
    if habit is None:
        return its_page(session, desk, form, []), 422
    added = regular_absences.add(session, form.agents.data or (), habit, **by(desk))
    flash(f"{told(len(added))} Aucun créneau ne sera proposé pendant ce temps.", "good")
    warn(absence_days.booked_during_all(session, desk.organisation, added, now=runtime().clock()))
    return redirect(url_for("openings.listing"), 303)


@bp.get("/<int:absence_id>")
@agent_page
def show(session: Session, desk: Desk, absence_id: int) -> str:
    found = regular_absences.seen_by(session, absence_id, desk.organisation.id)
    form = RegularForm()
    form.offer_those(found)
    form.show_absence(found[0])
    return its_page(session, desk, form, found)


@bp.post("/<int:absence_id>")
@agent_page
def change(session: Session, desk: Desk, absence_id: int) -> Response | tuple[str, int]:
    found = regular_absences.seen_by(session, absence_id, desk.organisation.id, hold=True)
    form = RegularForm()
    form.offer_those(found)
    habit = examined(desk, form)
    if habit is None:
        return its_page(session, desk, form, found), 422
    regular_absences.change(session, form.chosen(found), habit, **by(desk))
    flash("L’absence est modifiée.", "good")
    warn(absence_days.booked_during_all(session, desk.organisation, form.chosen(found), now=runtime().clock()))
    return redirect(url_for("openings.listing"), 303)


@bp.post("/<int:absence_id>/retirer-un-jour")
@agent_page
def take_out(session: Session, desk: Desk, absence_id: int) -> Response | tuple[str, int]:
    on = day_asked("on")
    found, form = looked_at(session, desk, absence_id)
    chosen = form.chosen(found)
    if not chosen:
        return its_page(session, desk, form, found), 422
    regular_absences.take_out(session, chosen, on, **by(desk))
    flash(f"Pas d’absence le {day_and_year(on)}. Les créneaux de ce jour sont de nouveau proposés.", "good")
    return back_to(chosen[0])


@bp.post("/<int:absence_id>/remettre-un-jour")
@agent_page
def put_back(session: Session, desk: Desk, absence_id: int) -> Response | tuple[str, int]:
    on = day_asked("on")
    found, form = looked_at(session, desk, absence_id)
    chosen = form.chosen(found)
    if not chosen:
        return its_page(session, desk, form, found), 422
    regular_absences.put_back(session, chosen, on, **by(desk))
    flash(f"L’absence vaut aussi le {day_and_year(on)}.", "good")
    return back_to(chosen[0])


@bp.post("/<int:absence_id>/retirer")
@agent_page
def remove(session: Session, desk: Desk, absence_id: int) -> Response | tuple[str, int]:
    found, form = looked_at(session, desk, absence_id)
    chosen = form.chosen(found)
    if not chosen:
        return its_page(session, desk, form, found), 422
    regular_absences.remove(session, chosen, **by(desk))
    flash("L’absence est retirée, pour tous ses jours. Ses créneaux sont de nouveau proposés.", "good")
    return redirect(url_for("openings.listing"), 303)


def looked_at(session: Session, desk: Desk, absence_id: int) -> tuple[list[RegularAbsence], RegularForm]:
    """The absences and the form as they stand, whoever is ticked; what is wrong with the ticks beside them."""
    found = regular_absences.seen_by(session, absence_id, desk.organisation.id, hold=True)
    form = RegularForm()
    form.offer_those(found)
    form.agents.validate(form)
    form.label.data = found[0].label
    form.show_absence(found[0])
    return found, form


def examined(desk: Desk, form: RegularForm) -> Habit | None:
    """What the form asks for, or None with the reason beside its field."""
    if not form.validate():
        return None
    habit = form.habit()
    try:
        regular_absences.check(habit, desk.organisation, runtime().clock())
    except EndsBeforeItStarts:
        complain(form.ends, "La fin vient après le début, le même jour. Pour passer minuit, ajoutez deux absences.")
    except NothingToCome:
        complain(form.starts_on, "Aucun jour de cette absence n’est à venir. Vérifiez les dates et les jours.")
    return None if form.errors else habit


def by(desk: Desk) -> dict[str, Any]:
    return {"organisation": desk.organisation, "agent_id": desk.agent.id, "now": runtime().clock()}


def back_to(absence: RegularAbsence) -> Response:
    return redirect(url_for("regular_absences.show", absence_id=absence.id), 303)


def its_page(session: Session, desk: Desk, form: RegularForm, found: Sequence[RegularAbsence]) -> str:
    """The form of a new absence, or with `found` of one that is there, and its next days."""
    now = runtime().clock()
    coming = absence_days.coming(session, desk.organisation, found, now=now) if found else None
    return render_template(
        "agents/openings/regular_absence.html",
        form=form,
        found=found,
        coming=coming,
        words=absence_words,
        opening_words=opening_words,
    )

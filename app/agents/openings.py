"""Créneaux: when the team receives, said in words; adding an opening, ending one."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import DateField, SelectField, SelectMultipleField, TimeField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk, agent_page
from app.agents import opening_words
from app.agents.french_form import FrenchForm, complain, in_our_times, offer
from app.filters import day_and_year
from app.runtime import runtime
from invitations import openings, openings_list, options
from invitations.errors import EndsBeforeItStarts, NothingToCome
from invitations.openings import Doubt, Wish
from invitations.options import Option

bp = Blueprint("openings", __name__, url_prefix="/agents/creneaux")

ONCE = 0
REPETITIONS = [
    (ONCE, "Ce jour seulement"),
    (1, "Toutes les semaines"),
    (2, "Une semaine sur deux"),
    (3, "Toutes les 3 semaines"),
    (4, "Toutes les 4 semaines"),
]
ACROSS_MIDNIGHT = "Une plage finit le jour où elle commence, après son début. Pour passer minuit, ajoutez deux plages."
NOTHING_TO_COME = "Aucun jour de cette plage n’est à venir. Vérifiez les dates et les jours de la semaine."


class OpeningForm(FrenchForm):
    agent = SelectField("Qui reçoit", coerce=int)
    place = SelectField("Où", coerce=int)
    types = SelectMultipleField(
        "Pour quels motifs",
        [InputRequired("Choisissez au moins un motif.")],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    starts_on = DateField("Premier jour", [InputRequired("Indiquez le premier jour."), in_our_times])
    starts = TimeField("De", [InputRequired("Indiquez l’heure de début.")])
    ends = TimeField("À", [InputRequired("Indiquez l’heure de fin.")])
    repetition = SelectField("Répétition", choices=offer(REPETITIONS), coerce=int, default=1)
    weekdays = SelectMultipleField(
        "Quels jours",
        coerce=int,
        choices=offer(enumerate(opening_words.WEEKDAYS)),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    until = DateField("Jusqu’au", [Optional(), in_our_times])

    @classmethod
    def offering(cls, session: Session, desk: Desk, today: date) -> OpeningForm:
        """The form with the organisation's own choices, the signed-in agent first thought of."""
        form = cls()
        form.agent.choices = offered(options.agents(session, desk.organisation.id))
        form.place.choices = offered(options.places(session, desk.organisation.id))
        form.types.choices = offered(options.types(session, desk.organisation.id))
        if request.method == "GET":
            form.agent.data = desk.agent.id
            form.starts_on.data = today
            form.types.data = [one.value for one in form.types.choices] if len(form.types.choices) == 1 else []
        return form

    def wish(self) -> Wish:
        """What was asked for; a repetition without weekdays is on the weekday of its first day."""
        said: dict[str, Any] = self.data
        weekdays = tuple(said["weekdays"] or [said["starts_on"].weekday()])
        return Wish(
            agent_id=said["agent"],
            place_id=said["place"],
            type_ids=tuple(said["types"]),
            starts_on=said["starts_on"],
            starts_at_time=said["starts"],
            ends_at_time=said["ends"],
            weekdays=weekdays if said["repetition"] != ONCE else (),
            interval=said["repetition"] or 1,
            until=said["until"],
        )


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    now, organisation = runtime().clock(), desk.organisation
    today = today_of(desk)
    return render_template(
        "agents/openings/listing.html",
        left=openings_list.slots_left(session, organisation, now=now),
        before=now + openings_list.AHEAD,
        openings=openings_list.openings_of(session, organisation.id, today=today),
        absences=openings_list.absences_of(session, organisation.id, now=now),
        zone=organisation.department.zone,
        today=today,
        words=opening_words,
    )


@bp.get("/nouvelle")
@agent_page
def form(session: Session, desk: Desk) -> str:
    return page(OpeningForm.offering(session, desk, today_of(desk)))


@bp.post("/nouvelle")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = OpeningForm.offering(session, desk, today_of(desk))
    if not form.validate():
        return page(form), 422
    found = examine(session, desk, form)
    if form.errors or (found and not request.form.get("anyway")):
        return page(form, found), 422
    openings.add(
        session, form.wish(), organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash("La plage est enregistrée. Ses créneaux peuvent être choisis dès maintenant.", "good")
    return redirect(url_for("openings.listing"), 303)


@bp.post("/<int:opening_id>/fin")
@agent_page
def end(session: Session, desk: Desk, opening_id: int) -> Response:
    opening = openings.opening_seen_by(session, opening_id, desk.organisation.id)
    from_on = day_asked(request.form.get("from_on", ""))
    openings.end(session, opening, from_on=from_on, agent_id=desk.agent.id, now=runtime().clock())
    flash(
        f"La plage s’arrête\N{NO-BREAK SPACE}: plus de créneau à partir du {day_and_year(from_on)}. "
        "Les rendez-vous déjà pris restent.",
        "good",
    )
    return redirect(url_for("openings.listing"), 303)


def examine(session: Session, desk: Desk, form: OpeningForm) -> list[Doubt]:
    """The doubts about the wish; what can't be saved is told beside its field."""
    try:
        return openings.doubts(session, form.wish(), organisation_id=desk.organisation.id, now=runtime().clock())
    except EndsBeforeItStarts:
        complain(form.ends, ACROSS_MIDNIGHT)
    except NothingToCome:
        complain(form.starts_on, NOTHING_TO_COME)
    return []


def page(form: OpeningForm, found: list[Doubt] | None = None) -> str:
    offered_agents: list[Any] = list(form.agent.choices or [])
    name = next((one.label for one in offered_agents if one.value == form.agent.data), "")
    doubts = [opening_words.doubt(one, name) for one in found or []]
    return render_template("agents/openings/form.html", form=form, doubts=doubts)


def offered(found: list[Option]) -> list[Any]:
    return offer((option.id, option.name) for option in found)


def today_of(desk: Desk) -> date:
    return runtime().clock().astimezone(desk.organisation.department.zone).date()


def day_asked(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        abort(422)

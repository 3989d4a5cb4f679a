"""The forms of collective sessions: new ones, alone or as a series; one that changes."""

from __future__ import annotations

from typing import Any

from flask import request
from sqlalchemy.orm import Session
from wtforms import DateField, Field, IntegerField, SelectField, SelectMultipleField, StringField, TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk
from app.agents.french_form import FrenchForm, in_our_times, offered
from app.agents.rhythm_form import ONCE, RhythmForm
from invitations import options
from invitations.models import Appointment
from invitations.rhythm import Rhythm
from invitations.sessions import LONGEST_SERIES, Plan

MOST_SEATS = 500
HOW_LONG = "Indiquez jusqu’à quand, ou combien de fois."


class SessionForm(FrenchForm):
    """What both forms ask. The hours are the place's."""

    title = StringField("Titre", [Length(max=120, message="120 caractères au plus.")])
    place = SelectField("Où", coerce=int)
    agents = SelectMultipleField(
        "Qui anime",
        [InputRequired("Choisissez au moins une personne qui anime.")],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    seats = IntegerField(
        "Nombre de places",
        [
            InputRequired("Indiquez le nombre de places."),
            NumberRange(1, MOST_SEATS, message=f"De 1 à {MOST_SEATS} places."),
        ],
    )
    starts = TimeField("De", [InputRequired("Indiquez l’heure de début.")])
    ends = TimeField("À", [Optional()])

    def offer_choices(self, session: Session, desk: Desk) -> None:
        self.place.choices = offered(options.places(session, desk.organisation.id))
        self.agents.choices = offered(options.agents(session, desk.organisation.id))


def ends_some_day(form: NewForm, control: Field) -> None:
    """A series has a last session: a day is said, or how many there are."""
    if form.repetition.data != ONCE and not (control.data or form.until.data or control.errors):
        raise StopValidation(HOW_LONG)


class NewForm(SessionForm, RhythmForm):
    type = SelectField("Motif", coerce=int)
    times = IntegerField(
        "Nombre de fois",
        [ends_some_day, Optional(), NumberRange(1, LONGEST_SERIES, message=f"De 1 à {LONGEST_SERIES} fois.")],
    )

    @classmethod
    def offering(cls, session: Session, desk: Desk) -> NewForm:
        form = cls()
        form.offer_choices(session, desk)
        form.type.choices = offered(options.types(session, desk.organisation.id, collective=True))
        if request.method == "GET":
            form.agents.data = [desk.agent.id]
            form.repetition.data = ONCE
        return form

    def plan(self) -> Plan:
        said: dict[str, Any] = self.data
        return Plan(
            type_id=said["type"],
            place_id=said["place"],
            agent_ids=tuple(said["agents"]),
            title=(said["title"] or "").strip(),
            seats=said["seats"],
            rhythm=self.rhythm(),
            starts_at_time=said["starts"],
            ends_at_time=said["ends"],
            times=said["times"] if said["repetition"] != ONCE else None,
        )


class ChangedForm(SessionForm):
    """One session to come, as it shall be."""

    starts_on = DateField("Jour", [InputRequired("Indiquez le jour."), in_our_times])
    ends = TimeField("À", [InputRequired("Indiquez l’heure de fin.")])

    @classmethod
    def showing(cls, session: Session, desk: Desk, appointment: Appointment) -> ChangedForm:
        """The form, filled with the session as it is unless it was sent."""
        form = cls()
        form.offer_choices(session, desk)
        if request.method == "GET" and appointment.place is not None:
            begins, ends = (
                one.astimezone(appointment.place.zone) for one in (appointment.starts_at, appointment.ends_at)
            )
            form.title.data, form.seats.data = appointment.title, appointment.seats
            form.place.data, form.agents.data = appointment.place_id, [one.agent_id for one in appointment.times]
            form.starts_on.data, form.starts.data, form.ends.data = begins.date(), begins.time(), ends.time()
        return form

    def plan(self, appointment: Appointment) -> Plan:
        said: dict[str, Any] = self.data
        return Plan(
            type_id=appointment.type_id,
            place_id=said["place"],
            agent_ids=tuple(said["agents"]),
            title=(said["title"] or "").strip(),
            seats=said["seats"],
            rhythm=Rhythm(said["starts_on"]),
            starts_at_time=said["starts"],
            ends_at_time=said["ends"],
        )

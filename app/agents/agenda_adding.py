"""Adding an appointment from the agenda: a person of the organisation is found, then put where the agent wants."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField

from app.access import Desk, agent_page
from app.agents import agenda_words
from app.agents.agenda import back, kept
from app.agents.agenda_spot import Said, SpotForm, day_asked, hour_asked, said
from app.agents.attempting import attempt
from app.agents.day import today_of
from app.agents.french_form import offered
from app.filters import day as in_words
from app.runtime import runtime
from app.security import row_id
from invitations import follow_ups, options, people, placing
from invitations.errors import Doubtful
from invitations.models import AppointmentType, Beneficiary, Participation, PlaceType
from invitations.options import Option
from invitations.permissions import beneficiary_seen_by
from invitations.placing import Spot
from invitations.team_agenda import Receiving, choosing, times

bp = Blueprint("agenda_adding", __name__, url_prefix="/agents/agenda/nouveau")

MOST_FOUND = 10
# What the address may say of the appointment to be: its day, hour, agent, place, type.
PREFILLED = ("jour", "heure", "agent", "endroit", "motif")


class AddForm(SpotForm):
    type = SelectField("Motif", coerce=int)

    @classmethod
    def offering(cls, session: Session, desk: Desk, types: list[AppointmentType], person: Beneficiary) -> AddForm:
        form = cls()
        form.offer_from(session, desk, nowhere=any(one.place_type is not PlaceType.PUBLIC_OFFICE for one in types))
        form.type.choices = offered([Option(one.id, one.name) for one in types])
        if request.method == "GET":
            form.fill_from_address(session, desk, types, person)
        return form

    def fill_from_address(
        self, session: Session, desk: Desk, types: list[AppointmentType], person: Beneficiary
    ) -> None:
        """What the address says; for the rest, what the agent's openings of that day suggest. Raises NotFound."""
        agent_id = self.asked_of(self.agent, "agent", desk.agent.id)
        on, at, now = day_asked() or today_of(desk), hour_asked(), runtime().clock()
        opening = times.opening_near(session, desk.organisation, agent_id, on, at, now=now)
        first = choosing.first_type(session, person.id, types)
        self.on.data, self.at.data = on, at or hour_of(opening, now)
        self.agent.data = agent_id
        self.place.data = self.asked_of(self.place, "endroit", opening.place_id if opening else None)
        self.type.data = request.args.get("motif", first.id if first else None, type=int)


@bp.get("")
@agent_page
def form(session: Session, desk: Desk) -> str | Response:
    person = person_asked(session, desk)
    if person is not None:
        types = choosing.individual_types(session, desk.organisation.id)
        return page(desk, person, types, AddForm.offering(session, desk, types, person))
    found = found_people(session, desk)
    if len(found) == 1:
        return redirect(url_for("agenda_adding.form", **address(personne=found[0].id)))
    return who_page(session, desk, found)


@bp.post("")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    person = beneficiary_seen_by(session, request.args.get("personne", 0, type=row_id), [desk.organisation.id])
    types = choosing.individual_types(session, desk.organisation.id)
    form = AddForm.offering(session, desk, types, person)
    type_ = next((one for one in types if one.id == form.type.data), None)
    spot = form.spot(session, desk, type_) if form.validate() and type_ else None
    if spot is None or type_ is None:
        return page(desk, person, types, form), 422
    made: list[Participation] = []
    refusal = attempt(session, lambda: made.append(place(session, desk, person, spot, type_)), Doubtful)
    if refusal is not None:
        return page(desk, person, types, form, said(session, desk, refusal, spot, type_)), 409
    told = "La confirmation part." if spot.starts_at > runtime().clock() else agenda_words.UNTOLD
    flash(f"Rendez-vous réservé pour {person.full_name}, {agenda_words.wall(*form.wall)}. {told}", "good")
    return back(f"rv-{made[0].appointment_id}", date=form.wall[0].isoformat())


def place(session: Session, desk: Desk, person: Beneficiary, spot: Spot, type_: AppointmentType) -> Participation:
    now: datetime = runtime().clock()
    return placing.place(
        session,
        follow_ups.open_follow_up(session, person, type_.category_id, now=now),
        spot,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        codes=runtime().codes,
        now=now,
        anyway=bool(request.form.get("anyway")),
    )


def person_asked(session: Session, desk: Desk) -> Beneficiary | None:
    """The person of the address. Raises NotFound for one of elsewhere."""
    wanted = request.args.get("personne", type=row_id)
    return None if wanted is None else beneficiary_seen_by(session, wanted, [desk.organisation.id])


def found_people(session: Session, desk: Desk) -> list[people.Line]:
    """Who answers to the words typed, by name; nobody while nothing is typed."""
    text = request.args.get("q", "").strip()
    if not text:
        return []
    here = (desk.organisation.id,)
    handled = tuple(one.id for one in people.categories_of(session, here))
    return people.listing(session, people.Wanted(here, handled, text=text), now=runtime().clock()).lines


def hour_of(opening: Receiving | None, now: datetime) -> time | None:
    """When an opening begins, if that is still to come."""
    return opening.starts_at.astimezone(opening.zone).time() if opening and opening.starts_at > now else None


def who_page(session: Session, desk: Desk, found: list[people.Line]) -> str:
    """Step one: the search, and who answers to it. Raises NotFound for an agent of elsewhere."""
    agent = options.chosen(options.agents(session, desk.organisation.id), request.args.get("agent", type=int))
    return render_template(
        "agents/agenda/who.html",
        found=found,
        most=MOST_FOUND,
        asked=request.args.get("q", "").strip(),
        when=when_asked(),
        agent=agent.name if agent else "",
        address=address(),
        prefilled=prefilled(),
        kept=kept(),
    )


def page(
    desk: Desk, person: Beneficiary, types: list[AppointmentType], form: AddForm, found: Said | None = None
) -> str:
    """Step two: when, with whom, where, what for."""
    return render_template(
        "agents/agenda/add.html",
        person=person,
        types=types,
        form=form,
        said=found or Said(),
        elsewhere={name: value for name, value in address().items() if name != "personne"},
        kept=kept(),
        is_admin=desk.is_admin,
        words=agenda_words,
    )


def when_asked() -> str:
    """mardi 24 novembre à 9 h 30, as far as the address says it"""
    on, at = day_asked(), hour_asked()
    if on is None:
        return ""
    return agenda_words.wall(on, at) if at else in_words(on)


def prefilled() -> dict[str, Any]:
    """The same wish for the forms of openings and absences, which call the hour `de`."""
    words = {"agent": request.args.get("agent"), "jour": request.args.get("jour"), "de": request.args.get("heure")}
    return {name: value for name, value in words.items() if value}


def address(**changes: Any) -> dict[str, Any]:
    """The address's own words about the agenda and the appointment to be."""
    words = {name: request.args[name] for name in (*PREFILLED, "personne") if request.args.get(name)}
    return kept(**words | changes)

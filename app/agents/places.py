"""Réglages: the places where people are received; closing one says first what still happens there."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, admin_page
from app.agents import place_form, weekly_hours
from app.agents.french_form import complain
from app.agents.place_form import PlaceForm
from app.agents.settings import saved
from app.runtime import runtime
from invitations import communes, place_hours, places
from invitations.errors import NameTaken
from invitations.models import Place
from invitations.places import Description

bp = Blueprint("places", __name__, url_prefix="/agents/reglages/lieux")

LISTING = "places.listing"


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    every = places.places_of(session, desk.organisation.id)
    return render_template(
        "agents/settings/places.html",
        places=[one for one in every if one.closed_at is None],
        closed=[one for one in every if one.closed_at is not None],
        organisation=desk.organisation,
        hours=hours_in_words,
    )


@bp.get("/ajouter")
@admin_page
def new(_session: Session, desk: Desk) -> str:
    return page(desk, PlaceForm(), None)


@bp.post("/ajouter")
@admin_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = PlaceForm()
    described = read(form, desk, None)
    if described is None:
        return page(desk, form, None), 422
    try:
        made = places.add(
            session,
            described,
            organisation_id=desk.organisation.id,
            agent_id=desk.agent.id,
            now=runtime().clock(),
        )
    except NameTaken:
        return name_taken(desk, form, None)
    return saved(f"{named(made)} est ajouté. Il reste à y ouvrir des plages.", LISTING)


@bp.get("/<int:place_id>")
@admin_page
def form(session: Session, desk: Desk, place_id: int) -> str:
    chosen = places.place_seen_by(session, place_id, desk.organisation.id)
    return page(desk, PlaceForm(data=place_form.shown_place(chosen)), chosen)


@bp.post("/<int:place_id>")
@admin_page
def change(session: Session, desk: Desk, place_id: int) -> Response | tuple[str, int]:
    chosen = places.place_seen_by(session, place_id, desk.organisation.id)
    form = PlaceForm()
    described = read(form, desk, chosen)
    if described is None:
        return page(desk, form, chosen), 422
    try:
        places.change(session, chosen, described, agent_id=desk.agent.id, now=runtime().clock())
    except NameTaken:
        return name_taken(desk, form, chosen)
    return saved(f"{named(chosen)} est enregistré.", LISTING)


@bp.get("/<int:place_id>/fermer")
@admin_page
def closing(session: Session, desk: Desk, place_id: int) -> str:
    chosen = places.place_seen_by(session, place_id, desk.organisation.id)
    still = places.still_there(session, chosen, now=runtime().clock())
    return render_template("agents/settings/place_closing.html", place=chosen, still=still)


@bp.post("/<int:place_id>/fermer")
@admin_page
def close(session: Session, desk: Desk, place_id: int) -> Response:
    chosen = places.place_seen_by(session, place_id, desk.organisation.id)
    places.close(session, chosen, agent_id=desk.agent.id, now=runtime().clock())
    return saved(f"{named(chosen)} est fermé\N{NO-BREAK SPACE}: plus aucun créneau n’y est proposé.", LISTING)


@bp.post("/<int:place_id>/rouvrir")
@admin_page
def reopen(session: Session, desk: Desk, place_id: int) -> Response:
    chosen = places.place_seen_by(session, place_id, desk.organisation.id)
    places.reopen(session, chosen, agent_id=desk.agent.id, now=runtime().clock())
    return saved(f"{named(chosen)} est rouvert.", LISTING)


def read(form: PlaceForm, desk: Desk, chosen: Place | None) -> Description | None:
    """What was typed, or None with a complaint beside what is wrong."""
    form.offer_zones(desk.organisation.department)
    if not form.validate():
        return None
    commune = place_form.settle_commune(form, desk.organisation.department, present=chosen)
    return None if commune is None else place_form.asked_place(form, commune, present=chosen)


def name_taken(desk: Desk, form: PlaceForm, chosen: Place | None) -> tuple[str, int]:
    complain(form.name, "Un autre lieu de cette commune porte déjà ce nom.")
    return page(desk, form, chosen), 422


def page(desk: Desk, form: PlaceForm, chosen: Place | None) -> str:
    form.offer_zones(desk.organisation.department)
    return render_template(
        "agents/settings/place.html",
        form=form,
        place=chosen,
        days=[form[day] for day in place_form.DAYS],
        richer=place_form.richer_hours(chosen),
        commune=communes.get(chosen.commune_insee) if chosen else None,
        back=url_for(LISTING),
    )


def hours_in_words(place: Place) -> list[str]:
    """A line for days that are alike; hours richer than a week as they are kept."""
    week = place_hours.weekly(place.opening_hours)
    return weekly_hours.grouped(week) if week else [one for one in (place.opening_hours,) if one]


def named(place: Place) -> str:
    return f"Le lieu «\N{NO-BREAK SPACE}{place.name}\N{NO-BREAK SPACE}»"

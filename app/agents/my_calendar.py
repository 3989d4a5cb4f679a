"""Mes calendriers: the address where an agent's own calendar finds their appointments, and the calendars that block time."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from app.access import Desk, agent_page
from app.agents import my_calendar_words as words
from app.agents.french_form import FrenchForm, complain
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations import external_calendars, feeds
from invitations.errors import CalendarRefused
from notifications.web_addresses import LONGEST

bp = Blueprint("my_calendar", __name__, url_prefix="/agents/mes-calendriers")


class CalendarForm(FrenchForm):
    address = StringField(
        "Adresse de l’agenda",
        [
            InputRequired("Collez l’adresse que donne votre agenda."),
            Length(max=LONGEST, message="Cette adresse est trop longue."),
        ],
    )
    label = StringField("Nom, facultatif", [Length(max=80, message="80 caractères au plus.")])


@bp.get("")
@agent_page
def show(session: Session, desk: Desk) -> str:
    return page(session, desk, CalendarForm())


@bp.post("/adresse")
@agent_page
def make_feed(session: Session, desk: Desk) -> Response:
    feeds.make(session, codes=runtime().codes, **by(desk))
    return back("adresse")


@bp.post("/adresse/remplacer")
@agent_page
def replace_feed(session: Session, desk: Desk) -> Response:
    feeds.replace(session, codes=runtime().codes, **by(desk))
    flash("Voici votre nouvelle adresse. L’ancienne ne mène plus nulle part.", "good")
    return back()


@bp.post("/adresse/retirer")
@agent_page
def revoke_feed(session: Session, desk: Desk) -> Response:
    feeds.revoke(session, **by(desk))
    flash("L’adresse est retirée. Vos autres agendas n’affichent plus vos rendez-vous d’ici.", "good")
    return back()


@bp.post("/agendas")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = CalendarForm()
    if not form.validate() or not save(session, desk, form):
        return page(session, desk, form), 422
    flash("L’agenda est ajouté. Il est lu dans la minute, puis tous les quarts d’heure.", "good")
    return back()


@bp.post("/agendas/<int:calendar_id>/relire")
@agent_page
def read_again(session: Session, desk: Desk, calendar_id: int) -> Response:
    calendar = external_calendars.owned_by(session, calendar_id, desk.agent.id)
    external_calendars.read_again(calendar, now=runtime().clock())
    flash("L’agenda est relu dans la minute.", "good")
    return back()


@bp.post("/agendas/<int:calendar_id>/retirer")
@agent_page
def remove(session: Session, desk: Desk, calendar_id: int) -> Response:
    calendar = external_calendars.owned_by(session, calendar_id, desk.agent.id)
    external_calendars.remove(session, calendar, organisation_id=desk.organisation.id, now=runtime().clock())
    flash("L’agenda est retiré. Le temps qu’il prenait est de nouveau proposé.", "good")
    return back()


def save(session: Session, desk: Desk, form: CalendarForm) -> bool:
    """False with the reason beside the address."""
    try:
        external_calendars.add(
            session,
            address=form.address.data or "",
            label=(form.label.data or "").strip(),
            seals=runtime().seals,
            public_url=runtime().settings.public_url,
            allowed=runtime().settings.private_hosts,
            **by(desk),
        )
    except CalendarRefused as refusal:
        why = refusal.details.get("why")
        complain(form.address, words.WRONG_ADDRESS[why] if why else refusal_sentence(refusal))
        return False
    return True


def page(session: Session, desk: Desk, form: CalendarForm) -> str:
    now = runtime().clock()
    feed = feeds.live_feed(session, desk.agent.id)
    return render_template(
        "agents/calendars/show.html",
        form=form,
        feed=feed,
        address=words.feed_address(feeds.code_of(feed, runtime().codes)) if feed else None,
        naming=[one.name for one in desk.organisations if one.names_in_calendars],
        calendars=external_calendars.of_agent(session, desk.agent.id, seals=runtime().seals, now=now),
        most=external_calendars.MOST,
        now=now,
        zone=desk.organisation.department.zone,
        words=words,
    )


def by(desk: Desk) -> dict[str, Any]:
    """Who does it, where and when."""
    return {"agent_id": desk.agent.id, "organisation_id": desk.organisation.id, "now": runtime().clock()}


def back(anchor: str | None = None) -> Response:
    """The page; from its top where something is said there."""
    return redirect(url_for("my_calendar.show", _anchor=anchor), 303)

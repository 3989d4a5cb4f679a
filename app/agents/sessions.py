"""Séances collectives: those to come, those still to mark; new ones, alone or as a series."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import session_words
from app.agents.french_form import complain
from app.agents.session_form import NewForm
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations import options, sessions, sessions_list
from invitations.errors import EndsBeforeItStarts, NothingToCome, SeriesTooLong
from invitations.models import Appointment
from invitations.sessions import Occurrence

bp = Blueprint("sessions", __name__, url_prefix="/agents/seances")

# What an agent says of the days that something speaks against.
SKIP, KEEP = "sauter", "garder"
ENDS_EARLY = "Une séance finit le jour où elle commence, après son début."
NOTHING_TO_COME = "Aucune séance n’est à venir. Vérifiez la date et l’heure."
ALL_TAKEN = "Aucune de ces séances n’est possible\N{NO-BREAK SPACE}: les personnes qui animent ont déjà un rendez-vous."


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    now = runtime().clock()
    return render_template(
        "agents/sessions/listing.html",
        sessions=sessions_list.to_come(session, desk.organisation, now=now),
        to_mark=sessions_list.to_mark(session, desk.organisation, now=now),
        now=now,
        has_types=bool(options.types(session, desk.organisation.id, collective=True)),
        words=session_words,
    )


@bp.get("/nouvelle")
@agent_page
def form(session: Session, desk: Desk) -> str:
    form = NewForm.offering(session, desk)
    form.seats.data = sessions.usual_seats(session, desk.organisation.id)
    return page(form)


@bp.post("/nouvelle")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = NewForm.offering(session, desk)
    found = examine(session, desk, form) if form.validate() else []
    days = request.form.get("jours")
    if form.errors or (any(one.troubles for one in found) and days not in {SKIP, KEEP}):
        return page(form, found), 422
    made = sessions.create(
        session,
        form.plan(),
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        skipping=days == SKIP,
        now=runtime().clock(),
    )
    return created(session, desk, made)


def examine(session: Session, desk: Desk, form: NewForm) -> list[Occurrence]:
    """The sessions asked for; what can't be saved at all is told beside its field."""
    try:
        found = sessions.examine(session, form.plan(), organisation_id=desk.organisation.id, now=runtime().clock())
    except EndsBeforeItStarts:
        complain(form.ends, ENDS_EARLY)
    except NothingToCome:
        complain(form.starts_on, NOTHING_TO_COME)
    except SeriesTooLong as refusal:
        complain(form.times, refusal_sentence(refusal))
    else:
        if not any(one.is_possible for one in found):
            complain(form.agents, ALL_TAKEN)
        return found
    return []


def created(session: Session, desk: Desk, made: Sequence[Appointment]) -> Response:
    """To the session, or to the list when there are several."""
    ids = {one.id for one in made}
    lines = sessions_list.to_come(session, desk.organisation, now=runtime().clock())
    flash(session_words.saved([one for one in lines if one.id in ids]), "good")
    if len(made) > 1:
        return redirect(url_for("sessions.listing"), 303)
    return redirect(url_for("session.show", appointment_id=made[0].id), 303)


def page(form: NewForm, found: Sequence[Occurrence] = ()) -> str:
    """The form; above its buttons the days that something speaks against, and how many there are with and without."""
    possible = [one for one in found if one.is_possible]
    return render_template(
        "agents/sessions/form.html",
        form=form,
        against=[session_words.against(one) for one in found if one.troubles],
        possible=len(possible),
        smooth=sum(not one.troubles for one in possible),
        skip=SKIP,
        keep=KEEP,
    )

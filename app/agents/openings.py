"""Créneaux: when the team receives, said in words; adding openings, looked at in the agenda before they are saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page, checking_agent_page
from app.agents import absence_words, opening_words
from app.agents.day import today_of
from app.agents.opening_form import NewForm
from app.agents.opening_page import doubts_about, page, preview_page
from app.filters import plural
from app.runtime import runtime
from app.security import row_id
from invitations import absences_list, openings, openings_left, openings_list, options
from invitations.openings_list import Filters
from invitations.options import Option
from invitations.rhythm import next_on
from invitations.team_agenda.receiving import ClosedDay, closed_days

bp = Blueprint("openings", __name__, url_prefix="/agents/creneaux")

# Holidays and closing days are told this far ahead.
CLOSED_AHEAD = 56


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters of the address; `agents` and `places` are what they offer."""

    agents: list[Option]
    places: list[Option]
    agent: Option | None
    place: Option | None
    with_over: bool

    @property
    def filters(self) -> Filters:
        return Filters(self.agent.id if self.agent else None, self.place.id if self.place else None)

    def kept(self, **changes: Any) -> dict[str, Any]:
        """The filters as they stand in the address, some of them changed; None leaves one out."""
        words = {
            "agent": self.agent.id if self.agent else None,
            "lieu": self.place.id if self.place else None,
            "termine": "oui" if self.with_over else None,
        }
        return {name: value for name, value in (words | changes).items() if value is not None}


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    now, organisation, today = runtime().clock(), desk.organisation, today_of(desk)
    asked = ask(session, desk)
    scope: dict[str, Any] = {"today": today, "filters": asked.filters}
    whose: dict[str, Any] = {"now": now, "agent_id": asked.filters.agent_id}
    return render_template(
        "agents/openings/listing.html",
        asked=asked,
        left=openings_left.slots_left(session, organisation, now=now),
        before=now + openings_left.AHEAD,
        closed=opening_words.closed_days(closings(session, desk, today)),
        teams=openings_list.openings_of(session, organisation.id, **scope),
        over=openings_list.openings_over(session, organisation.id, **scope) if asked.with_over else [],
        absences=absences_list.absences_of(session, organisation, **whose),
        regular=absences_list.regular_absences_of(session, organisation, **whose),
        absences_over=absences_list.absences_over(session, organisation, **whose) if asked.with_over else [],
        zone=organisation.department.zone,
        today=today,
        words=opening_words,
        absence_words=absence_words,
    )


@bp.get("/nouvelle")
@agent_page
def form(session: Session, desk: Desk) -> str:
    return page(first_thought(session, desk), **new(desk))


@bp.post("/nouvelle")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = NewForm.offering(session, desk)
    found = doubts_about(session, desk, form)
    if form.errors or (found and not request.form.get("anyway")):
        return page(form, doubts=found, **new(desk)), 422
    added = openings.add(
        session, form.wish(), organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash(told(len(added)), "good")
    return redirect(url_for("openings.listing"), 303)


@bp.post("/apercu")
@checking_agent_page
def preview(session: Session, desk: Desk) -> str | tuple[str, int]:
    return preview_page(session, desk, NewForm.offering(session, desk), **new(desk))


def new(_desk: Desk) -> dict[str, Any]:
    """What the page of a new opening says and where it leads."""
    return {
        "heading": "Ajouter une plage",
        "lead": "Qui reçoit, où et quand. Les créneaux en sont déduits, jours fériés et absences retirés.",
        "back": url_for("openings.listing"),
        "save": url_for("openings.add"),
        "look": url_for("openings.preview"),
    }


def first_thought(session: Session, desk: Desk) -> NewForm:
    """The form as it opens: a copy of an opening when the address asks for one, else the signed-in agent from today on."""
    form = NewForm.offering(session, desk)
    copied = request.args.get("copie", type=row_id)
    if copied is not None:
        show_copy(session, desk, form, copied)
        return form
    form.agents.data = [request.args.get("agent", desk.agent.id, type=int)]
    form.place.data = request.args.get("lieu", type=int)
    form.starts_on.data = request.args.get("jour", today_of(desk), type=date.fromisoformat)
    form.starts.data = request.args.get("de", type=time.fromisoformat)
    form.ends.data = request.args.get("a", type=time.fromisoformat)
    return form


def show_copy(session: Session, desk: Desk, form: NewForm, opening_id: int) -> None:
    """The same opening once more, from its next day on when it began before. Raises NotFound."""
    opening = openings.opening_seen_by(session, opening_id, desk.organisation.id)
    form.show_opening(opening)
    form.agents.data = [opening.agent_id]
    if opening.starts_on < today_of(desk):
        form.starts_on.data = next_on(opening.rrule, opening.starts_on, today_of(desk))


def ask(session: Session, desk: Desk) -> Asked:
    """What the address asks for. Raises NotFound for a place or an agent of elsewhere."""
    agents = options.agents(session, desk.organisation.id)
    places = options.places(session, desk.organisation.id, closed=True)
    return Asked(
        agents=agents,
        places=places,
        agent=options.chosen(agents, request.args.get("agent", type=int)),
        place=options.chosen(places, request.args.get("lieu", type=int)),
        with_over=request.args.get("termine") == "oui",
    )


def closings(session: Session, desk: Desk, today: date) -> list[ClosedDay]:
    """The next days on which nobody is received somewhere; a holiday on a Sunday is no news."""
    days = [today + number * timedelta(days=1) for number in range(CLOSED_AHEAD)]
    found = closed_days(session, desk.organisation, days)
    return [one for one in found if not (one.is_holiday and one.on.weekday() == 6)]


def told(count: int) -> str:
    if count == 1:
        return "La plage est enregistrée. Ses créneaux peuvent être choisis dès maintenant."
    return f"{plural(count, 'plage', 'plages')} enregistrées. Leurs créneaux peuvent être choisis dès maintenant."

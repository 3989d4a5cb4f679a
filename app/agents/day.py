"""The day: who comes, and what became of it, one tap each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.filters import day as in_words
from app.filters import plural
from app.runtime import runtime
from invitations import changing, day, options, outcomes, sessions_list
from invitations.models import Outcome
from invitations.options import Option
from invitations.permissions import participation_seen_by

bp = Blueprint("day", __name__, url_prefix="/agents/journee")

# What one tap may say; the service's own cancellation sends a message, and has its own button.
TAPS = frozenset({Outcome.UNKNOWN, Outcome.SEEN, Outcome.NOSHOW, Outcome.EXCUSED})
DAYS_REMEMBERED = 3

Otherwise = TypeVar("Otherwise", date, None)


@dataclass(frozen=True, slots=True)
class Asked:
    """The day and the filters of the address; `places` and `agents` are what the filters offer."""

    on: date
    places: list[Option]
    agents: list[Option]
    place: Option | None
    agent: Option | None

    @property
    def filters(self) -> dict[str, int]:
        """The filters as they stand in the address."""
        chosen = {"lieu": self.place, "agent": self.agent}
        return {name: option.id for name, option in chosen.items() if option}


@bp.get("")
@agent_page
def show(session: Session, desk: Desk) -> str:
    asked, listed = read(session, desk)
    today = today_of(desk)
    missing = day.missing(session, desk.organisation, today)[:DAYS_REMEMBERED] if asked.on == today else []
    return render_template(
        "agents/day/show.html",
        asked=asked,
        day=listed,
        today=today,
        missing=missing,
        organisation=desk.organisation,
        sessions=sessions_list.on_day(session, desk.organisation, asked.on, now=runtime().clock()),
        words=short,
        may_export=may_export(desk),
    )


@bp.post("/<int:participation_id>")
@agent_page
def record(session: Session, desk: Desk, participation_id: int) -> Response:
    participation = participation_seen_by(session, participation_id, [desk.organisation.id])
    outcomes.record(session, participation, tapped(), agent_id=desk.agent.id, now=runtime().clock())
    return back(f"p{participation_id}")


@bp.post("/tous-venus")
@agent_page
def all_came(session: Session, desk: Desk) -> Response:
    _, listed = read(session, desk)
    open_ones = day.without_outcome(session, listed)
    count = outcomes.all_came(session, open_ones, agent_id=desk.agent.id, now=runtime().clock())
    flash(
        f"C’est noté\N{NO-BREAK SPACE}: {plural(count, 'personne venue', 'personnes venues')}. "
        "Chaque ligne peut encore être corrigée.",
        "good",
    )
    return back()


@bp.post("/<int:participation_id>/annuler")
@agent_page
def revoke(session: Session, desk: Desk, participation_id: int) -> Response:
    participation = participation_seen_by(session, participation_id, [desk.organisation.id])
    changing.revoke(session, participation, agent_id=desk.agent.id, now=runtime().clock())
    flash("Rendez-vous annulé. La personne reçoit un message.", "good")
    return back(f"p{participation_id}")


def read(session: Session, desk: Desk) -> tuple[Asked, day.Day]:
    asked = ask(session, desk)
    listed = day.read(
        session,
        desk.organisation,
        asked.on,
        place_id=asked.place.id if asked.place else None,
        agent_id=asked.agent.id if asked.agent else None,
        now=runtime().clock(),
    )
    return asked, listed


def ask(session: Session, desk: Desk) -> Asked:
    """What the address asks for. Raises NotFound for a place or an agent of elsewhere."""
    places = options.places(session, desk.organisation.id, closed=True)
    agents = options.agents(session, desk.organisation.id)
    return Asked(
        on=day_of(request.args.get("date", ""), otherwise=today_of(desk)),
        places=places,
        agents=agents,
        place=options.chosen(places, request.args.get("lieu", type=int)),
        agent=options.chosen(agents, request.args.get("agent", type=int)),
    )


def may_export(desk: Desk) -> bool:
    return any(one.may_export for one in desk.agent.roles if one.organisation_id == desk.organisation.id)


def short(on: date) -> str:
    """mercredi 25, without the month: it is that of the heading, or the next"""
    return in_words(on).rsplit(" ", 1)[0]


def today_of(desk: Desk) -> date:
    now: datetime = runtime().clock()
    return now.astimezone(desk.organisation.department.zone).date()


def day_of(text: str, *, otherwise: Otherwise) -> date | Otherwise:
    """The ISO day of an address; years far away, which a calendar can't compute with, count as no day."""
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return on if 2000 <= on.year <= 2100 else otherwise


def tapped() -> Outcome:
    said = request.form.get("outcome", "")
    if said not in TAPS:
        abort(422)
    return Outcome(said)


def back(anchor: str | None = None) -> Response:
    """The same list, at the same place of it."""
    kept: dict[str, Any] = {name: request.args[name] for name in ("date", "lieu", "agent") if request.args.get(name)}
    return redirect(url_for("day.show", **kept, _anchor=anchor), 303)

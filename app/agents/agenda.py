"""The team's agenda: week, day, list; several agents side by side. The address says all of it, so it can be kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import agenda_grid, agenda_words
from app.agents.day import day_of, today_of
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations import day, options, team_agenda
from invitations.errors import AppointmentCancelled, NotFound
from invitations.options import Option
from invitations.team_agenda import Picture

bp = Blueprint("agenda", __name__, url_prefix="/agents/agenda")

WEEK, DAY, LIST = "semaine", "jour", "liste"
EVERYBODY = "tous"
# What of the address every link and form of the agenda carries along.
KEPT = ("vue", "date", "agents", "lieu")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; `everyone` and `places` are what the filters offer."""

    view: str
    on: date
    today: date
    everyone: list[Option]
    agents: list[Option]
    places: list[Option]
    place: Option | None

    @property
    def days(self) -> list[date]:
        """The day, or its week."""
        if self.view == DAY:
            return [self.on]
        monday = self.on - self.on.weekday() * _DAY
        return [monday + number * _DAY for number in range(7)]

    @property
    def who(self) -> str:
        """The agents as the address names them."""
        if self.agents == self.everyone and len(self.everyone) > 1:
            return EVERYBODY
        return ",".join(str(one.id) for one in self.agents)

    def kept(self, **changes: Any) -> dict[str, Any]:
        """The address's own words, some of them changed; None leaves one out."""
        words = {
            "vue": self.view,
            "date": self.on.isoformat(),
            "agents": self.who,
            "lieu": self.place.id if self.place else None,
        }
        return {name: value for name, value in (words | changes).items() if value is not None}

    def stepped(self, step: int) -> str:
        """The day or week before or after."""
        if self.view == DAY:
            return day.nearest(self.on, step, ()).isoformat()
        return (self.on + step * timedelta(weeks=1)).isoformat()


@bp.get("")
@agent_page
def show(session: Session, desk: Desk) -> str:
    asked = ask(session, desk)
    now = runtime().clock()
    picture = team_agenda.read(
        session,
        desk.organisation,
        [one.id for one in asked.agents],
        asked.days,
        place_id=asked.place.id if asked.place else None,
        now=now,
    )
    return page(desk, asked, picture, now)


def page(desk: Desk, asked: Asked, picture: Picture, now: datetime) -> str:
    """The picture as columns, or as lines."""
    shown = days_shown(asked, picture)
    names = [one.name for one in asked.agents]
    said = {
        "asked": asked,
        "heading": agenda_words.heading(
            asked.view, shown, names, is_everybody=asked.who == EVERYBODY, today=asked.today
        ),
        "zone": picture.zone,
        "organisation": desk.organisation,
        "words": agenda_words,
    }
    if asked.view == LIST:
        names_by_id = {one.id: one.name for one in asked.everyone}
        return render_template(
            "agents/agenda/list.html", lines=agenda_grid.listed(picture, shown), names=names_by_id, **said
        )
    grid = agenda_grid.lay_out(picture, asked.agents, shown, now=now)
    return render_template("agents/agenda/show.html", grid=grid, address_of=addresses(asked), **said)


def addresses(asked: Asked) -> Callable[[int], str]:
    """The address of each appointment's panel, by id: a big team's week holds thousands that differ by it alone."""
    before, after = url_for("agenda_meeting.show", appointment_id=0, **asked.kept()).split("/0?")
    return lambda appointment_id: f"{before}/{appointment_id}?{after}"


def ask(session: Session, desk: Desk) -> Asked:
    """What the address asks for. Raises NotFound for a place or an agent of elsewhere."""
    places = options.places(session, desk.organisation.id, closed=True)
    everyone = options.agents(session, desk.organisation.id)
    view = request.args.get("vue", WEEK)
    return Asked(
        view=view if view in {WEEK, DAY, LIST} else WEEK,
        on=day_of(request.args.get("date", ""), otherwise=today_of(desk)),
        today=today_of(desk),
        everyone=everyone,
        agents=agents_asked(everyone, request.args.getlist("agents"), desk.agent.id),
        places=places,
        place=options.chosen(places, request.args.get("lieu", type=int)),
    )


def agents_asked(everyone: Sequence[Option], words: Sequence[str], me: int) -> list[Option]:
    """ "tous", "1,2,3" or the ticks of a form; oneself when nothing is said. In the order of the team."""
    asked = {word for one in words for word in one.split(",") if word}
    if EVERYBODY in asked:
        return list(everyone)
    wanted = asked or {str(me)}
    found = [one for one in everyone if str(one.id) in wanted]
    if len(found) != len(wanted):
        raise NotFound
    return found


def days_shown(asked: Asked, picture: Picture) -> list[date]:
    """A week without its weekend, unless it is looked at or something happens on it."""
    if asked.view == DAY:
        return [asked.on]
    moments = [one.starts_at for one in picture.receiving] + [one.starts_at for one in picture.meetings]
    busy = {one.astimezone(picture.zone).date() for one in moments} | {asked.on}
    last = max((on for on in picture.days[5:] if on in busy), default=picture.days[4])
    return [on for on in picture.days if on <= last]


def kept(**changes: Any) -> dict[str, Any]:
    """The agenda's own words of this address, as an act hands them on; `agenda.show` judges them."""
    words: dict[str, Any] = {name: ",".join(request.args.getlist(name)) for name in KEPT if request.args.get(name)}
    return words | changes


def gone(refusal: AppointmentCancelled) -> Response:
    """Whoever follows a link to what was cancelled meanwhile reads so, in the agenda where it no longer is."""
    flash(refusal_sentence(refusal), "care")
    return back()


def back(anchor: str | None = None, **changes: Any) -> Response:
    """The same agenda, at the same place of it."""
    return redirect(url_for("agenda.show", **kept(**changes), _anchor=anchor), 303)

"""One opening: its next days, one taken out or put back, changed this time, from a day on or altogether, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page, checking_agent_page
from app.agents import opening_words
from app.agents.day import day_of, today_of
from app.agents.opening_form import ChangedForm, OnceForm
from app.agents.opening_page import Change, doubts_about, page, preview_page
from app.filters import day_and_year
from app.runtime import runtime
from invitations import opening_days, openings, openings_changes, openings_doubts, openings_list
from invitations.errors import NotFound
from invitations.models import Opening
from invitations.openings import Replaced
from invitations.rhythm import happens_on, next_on

bp = Blueprint("opening", __name__, url_prefix="/agents/creneaux")

ONCE, FROM, ALL = "une-fois", "a-partir", "toutes"
STAY = "Les rendez-vous déjà pris restent."
NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which days of which opening are to change: one, those from one on, or all of them."""

    opening: Opening
    which: str
    on: date

    @property
    def change(self) -> Change:
        days = {ONCE: (self.on, self.on), FROM: (self.on, date.max), ALL: (date.min, date.max)}[self.which]
        return Change(self.opening, Replaced(self.opening.id, *days), goes_on=self.which != ONCE)

    @property
    def words(self) -> dict[str, Any]:
        """What the page says and where it leads."""
        where: dict[str, Any] = {"opening_id": self.opening.id, "which": self.which, "le": self.on.isoformat()}
        heading, lead = {
            ONCE: (
                f"Modifier la plage du {day_and_year(self.on)}",
                "Ce jour-là seulement. Les autres jours ne changent pas.",
            ),
            FROM: ("Modifier la plage à partir d’un jour", "Avant ce jour, rien ne change."),
            ALL: ("Modifier la plage", "Tous ses jours changent."),
        }[self.which]
        return {
            "heading": heading,
            "lead": f"{lead} {STAY}",
            "back": url_for("opening.show", opening_id=self.opening.id),
            "save": url_for("opening.change", **where),
            "look": url_for("opening.preview", **where),
        }


@bp.get("/<int:opening_id>")
@agent_page
def show(session: Session, desk: Desk, opening_id: int) -> str:
    opening = openings.opening_seen_by(session, opening_id, desk.organisation.id)
    return shown(session, desk, opening)


@bp.get("/<int:opening_id>/modifier/<any('une-fois', 'a-partir', 'toutes'):which>")
@agent_page
def form(session: Session, desk: Desk, opening_id: int, which: str) -> str:
    scope = scope_of(desk, openings.opening_seen_by(session, opening_id, desk.organisation.id), which)
    form = kind_of(which).offering(session, desk)
    form.show_opening(scope.opening)
    if which != ALL:
        form.starts_on.data = next_on(scope.opening.rrule, scope.opening.starts_on, scope.on)
    return page(form, **scope.words)


@bp.post("/<int:opening_id>/modifier/<any('une-fois', 'a-partir', 'toutes'):which>")
@agent_page
def change(session: Session, desk: Desk, opening_id: int, which: str) -> Response | tuple[str, int]:
    scope = scope_of(desk, openings.held(session, opening_id, desk.organisation.id), which)
    form = kind_of(which).offering(session, desk)
    scope = following(scope, form)
    found = doubts_about(session, desk, form, scope.change)
    if form.errors or (found and not request.form.get("anyway")):
        return page(form, doubts=found, **scope.words), 422
    flash(f"{changed(session, desk, scope, form)} {STAY}", "good")
    return redirect(url_for("openings.listing"), 303)


@bp.post("/<int:opening_id>/apercu/<any('une-fois', 'a-partir', 'toutes'):which>")
@checking_agent_page
def preview(session: Session, desk: Desk, opening_id: int, which: str) -> str | tuple[str, int]:
    scope = scope_of(desk, openings.opening_seen_by(session, opening_id, desk.organisation.id), which)
    form = kind_of(which).offering(session, desk)
    scope = following(scope, form)
    return preview_page(session, desk, form, scope.change, **scope.words)


@bp.post("/<int:opening_id>/retirer-un-jour")
@agent_page
def take_out(session: Session, desk: Desk, opening_id: int) -> Response | tuple[str, int]:
    opening = openings.held(session, opening_id, desk.organisation.id)
    on = day_asked("on")
    if not happens_on(opening.rrule, opening.starts_on, opening.exdates, on):
        return shown(session, desk, opening, wrong=f"Cette plage n’a pas lieu le {day_and_year(on)}."), 422
    openings_changes.take_out(session, opening, on, agent_id=desk.agent.id, now=runtime().clock())
    flash(f"Plus de créneau le {day_and_year(on)}. {STAY}", "good")
    return back_to(opening)


@bp.post("/<int:opening_id>/remettre-un-jour")
@agent_page
def put_back(session: Session, desk: Desk, opening_id: int) -> Response:
    opening = openings.held(session, opening_id, desk.organisation.id)
    on = day_asked("on")
    openings_changes.put_back(session, opening, on, agent_id=desk.agent.id, now=runtime().clock())
    flash(f"La plage a lieu le {day_and_year(on)}.", "good")
    for one in openings_doubts.met_on(session, opening, on):
        flash(opening_words.doubt(one), "care")
    return back_to(opening)


@bp.post("/<int:opening_id>/fin")
@agent_page
def end(session: Session, desk: Desk, opening_id: int) -> Response:
    opening = openings.held(session, opening_id, desk.organisation.id)
    from_on = day_asked("from_on")
    openings_changes.end(session, opening, from_on=from_on, agent_id=desk.agent.id, now=runtime().clock())
    flash(f"La plage s’arrête{NBSP}: plus de créneau à partir du {day_and_year(from_on)}. {STAY}", "good")
    return redirect(url_for("openings.listing"), 303)


def scope_of(desk: Desk, opening: Opening, which: str) -> Scope:
    """What is to change. Raises NotFound for one time that does not happen."""
    if which == ALL:
        return Scope(opening, which, opening.starts_on)
    on = day_of(request.args.get("le", ""), otherwise=today_of(desk))
    if which == ONCE and not happens_on(opening.rrule, opening.starts_on, opening.exdates, on):
        raise NotFound
    return Scope(opening, which, on)


def following(scope: Scope, form: ChangedForm) -> Scope:
    """What changes from a day on changes from the first day that the form names."""
    named = form.starts_on.data
    return Scope(scope.opening, FROM, named) if scope.which == FROM and named is not None else scope


def kind_of(which: str) -> type[ChangedForm]:
    return OnceForm if which == ONCE else ChangedForm


def changed(session: Session, desk: Desk, scope: Scope, form: ChangedForm) -> str:
    """Save what was asked for, and say so."""
    wish = form.wish()
    who: dict[str, Any] = {"agent_id": desk.agent.id, "now": runtime().clock()}
    if scope.which == ONCE:
        openings_changes.change_once(session, scope.opening, scope.on, wish, **who)
        return f"La plage du {day_and_year(scope.on)} est modifiée, cette fois seulement."
    if scope.which == FROM:
        openings_changes.change_from(session, scope.opening, wish, **who)
        return f"La plage est modifiée à partir du {day_and_year(scope.on)}."
    openings_changes.change_all(session, scope.opening, wish, **who)
    return "La plage est modifiée."


def shown(session: Session, desk: Desk, opening: Opening, *, wrong: str = "") -> str:
    """The page of one opening; `wrong`: why a day could not be taken out of it."""
    return render_template(
        "agents/openings/show.html",
        line=openings_list.line_of(session, opening, today=today_of(desk)),
        coming=opening_days.coming(session, opening, now=runtime().clock()),
        wrong=wrong,
        today=today_of(desk),
        words=opening_words,
    )


def back_to(opening: Opening) -> Response:
    """The opening's page, or the list when the opening was of that day alone."""
    if opening.rrule is None:
        return redirect(url_for("openings.listing"), 303)
    return redirect(url_for("opening.show", opening_id=opening.id), 303)


def day_asked(name: str) -> date:
    try:
        on = date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        abort(422)
    if not 2000 <= on.year <= 2100:
        abort(422)
    return on

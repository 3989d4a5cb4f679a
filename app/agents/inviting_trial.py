"""Inviting a selection while a trial runs: who is drawn, who is not and why, looked at first; then drawn and addressed."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import selecting_dates
from app.agents.inviting_selection import Selection, by_reason, say_first, selected, trial_of, who_was_not
from app.agents.leaving import leaving
from app.agents.lots import who
from app.agents.people import asked_by
from app.agents.people_words import Asked
from app.filters import plural
from app.runtime import runtime
from app.security import row_id
from invitations.convening_many import MOST
from invitations.errors import NoFreeSlot
from invitations.models import FollowUp, Mode, Trial
from invitations.reach import why_unreachable
from invitations.trials import addressing, covering, opting_out
from invitations.trials.addressing import Addressed

bp = Blueprint("inviting_trial", __name__, url_prefix="/agents/personnes/inviter/tirage")

NBSP = "\N{NO-BREAK SPACE}"
OVER = f"L’évaluation est arrêtée{NBSP}: il n’y a plus de tirage au sort. Choisissez de nouveau comment inviter."
TOO_MANY = f"{MOST} personnes au plus à la fois pendant une évaluation, car une date est cherchée pour chacune."


@bp.post("")
@agent_page
def preview(session: Session, desk: Desk) -> str | Response:
    asked = asked_by(session, desk, request.form)
    selection = selected(session, desk, asked)
    trial = trial_of(session, desk, selection)
    return page(session, desk, asked, selection, trial) if trial else say_first(selection.problem or OVER, asked)


@bp.post("/envoyer")
@agent_page
def send(session: Session, desk: Desk) -> Response:
    asked = asked_by(session, desk, request.form)
    selection = selected(session, desk, asked)
    trial = trial_of(session, desk, selection)
    if trial is None or problem_of(selection):
        return say_first(problem_of(selection) or OVER, asked)
    made = addressing.address(
        session,
        trial,
        selection.follow_ups,
        channels=selection.channels,
        by=who(desk),
        may_wait=request.form.get("suite") == "vague",
        now=runtime().clock(),
    )
    flash("\n".join(told(made, desk)), "good" if made.invited or made.dated else "care")
    return redirect(after(made, asked), 303)


@bp.post("/sortir")
@agent_page
def take_out(session: Session, desk: Desk) -> str | Response:
    """One person, or all of them; then the same page again, with who is left to be drawn."""
    asked = asked_by(session, desk, request.form)
    selection = selected(session, desk, asked)
    trial, one = trial_of(session, desk, selection), request.form.get("sortir", type=row_id)
    if trial is None or selection.category is None:
        return say_first(selection.problem or OVER, asked)
    opting_out.take_out(
        session,
        trial,
        waiting(session, trial, [each for each in selection.follow_ups if one in {None, each.id}]),
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    if request.form.get("facon"):
        return selecting_dates.page(session, desk, asked, selection.beneficiary_ids, selection.category)
    return page(session, desk, asked, selection, trial)


def page(session: Session, desk: Desk, asked: Asked, selection: Selection, trial: Trial) -> str | Response:
    """Who would be drawn, who not and why; nothing is written."""
    if problem := problem_of(selection):
        return say_first(problem, asked)
    sorted_ = addressing.sort(
        session,
        trial,
        selection.follow_ups,
        organisation_id=desk.organisation.id,
        channels=selection.channels,
        now=runtime().clock(),
    )
    zone = desk.organisation.department.zone
    return render_template(
        "agents/people/lots.html",
        asked=asked,
        selection=selection,
        sorted=sorted_,
        again=[one for one in selection.follow_ups if one.id in sorted_.again],
        could_wait=sum(isinstance(why, NoFreeSlot) for _, why in sorted_.refused),
        unequal=by_reason(sorted_.unequal, zone),
        refused=by_reason(sorted_.refused, zone),
        why_unreachable=why_unreachable,
        zone=zone,
    )


def waiting(session: Session, trial: Trial, follow_ups: list[FollowUp]) -> list[FollowUp]:
    """Those who await the draw: a colleague may have been faster."""
    found = covering.undrawn(session, trial, [one.id for one in follow_ups])
    return [one for one in follow_ups if one.id in found]


def problem_of(selection: Selection) -> str:
    return selection.problem or (TOO_MANY if len(selection.follow_ups) > MOST else "")


def told(made: Addressed, desk: Desk) -> list[str]:
    """What was done, a line each."""
    lines = []
    if made.drawn:
        arms = [(mode, sum(arm is mode for arm in made.drawn.values())) for mode in Mode]
        given = ", ".join(plural(count, *GIVEN[mode]) for mode, count in arms if count)
        lines.append(f"{plural(len(made.drawn), 'personne tirée', 'personnes tirées')} au sort{NBSP}: {given}.")
    if made.dated:
        when = leaving(desk.organisation.department, runtime().clock())
        lines.append(f"{plural(len(made.dated), *DATED)}{when}. Une date s’annule depuis la page de la personne.")
    if made.refused:
        lines.append(who_was_not(made.refused, desk.organisation.department.zone))
    return lines or ["Aucun nouveau tirage au sort."]


DATED = ("date est prise, le message part", "dates sont prises, les messages partent")
GIVEN = {
    Mode.INVITATION: ("invitation", "invitations"),
    Mode.PROPOSITION: ("date proposée", "dates proposées"),
    Mode.CONVOCATION: ("date fixée", "dates fixées"),
}


def after(made: Addressed, asked: Asked) -> str:
    """The invitations may be taken back on their own page; dates can't, and lead back to the list."""
    if made.batch is None:
        return asked.href()
    words: dict[str, Any] = {name: value for name, value in asked.words.items() if value}
    return url_for("undoing.show", batch_id=made.batch.id, **words)

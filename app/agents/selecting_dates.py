"""A date for each of the people ticked, proposed or fixed: who gets which, looked at first, then done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.dating import is_choice
from app.agents.inviting_selection import by_reason, chosen_category
from app.agents.leaving import leaving
from app.agents.people_words import Asked
from app.agents.selecting import NOBODY, say_first, selection
from app.agents.selecting_words import NBSP, who
from app.filters import plural
from app.runtime import runtime
from invitations import convening_many, people, places, selecting
from invitations.convening_many import MOST
from invitations.models import Category, FollowUp, Mode
from invitations.reach import ELECTRONIC
from invitations.trials import covering

bp = Blueprint("selecting_dates", __name__, url_prefix="/agents/personnes/selection/dates")


@dataclass(frozen=True, slots=True)
class Way:
    """Proposing or fixing, in words."""

    mode: Mode
    title: str
    explained: str
    button: tuple[str, str]
    done: tuple[str, str]
    none: str


WAYS = {
    "proposer": Way(
        Mode.PROPOSITION,
        "Proposer une date à chaque personne",
        "Chaque créneau est gardé pour la personne. Elle reçoit un message, le garde ou en choisit un autre.",
        ("Proposer cette date", "Proposer ces dates"),
        ("proposition part", "propositions partent"),
        "Pas de proposition",
    ),
    "fixer": Way(
        Mode.CONVOCATION,
        "Fixer une date à chaque personne",
        "Chaque personne reçoit sa date. Pour en changer, elle vous téléphone.",
        ("Fixer cette date", "Fixer ces dates"),
        ("rendez-vous est fixé, le message part", "rendez-vous sont fixés, les messages partent"),
        "Pas de date",
    ),
}


@bp.post("")
@agent_page
def preview(session: Session, desk: Desk) -> str | Response:
    asked, chosen = selection(session, desk)
    category, problem = ready(asked, chosen)
    if problem or category is None:
        return say_first(problem, asked)
    return page(session, desk, asked, chosen, category)


def page(session: Session, desk: Desk, asked: Asked, chosen: Sequence[int], category: Category) -> str:
    word = way_asked()
    theirs = people.follow_ups_of(session, chosen, category.id, (desk.organisation.id,))
    lots = awaiting_lots(session, desk, category, theirs)
    free = [one for one in theirs if one.id not in lots]
    plan = convening_many.plan(
        session, free, WAYS[word].mode, organisation_id=desk.organisation.id, now=runtime().clock()
    )
    names = people.names_of(session, chosen, [desk.organisation.id])
    opened = {one.beneficiary_id for one in theirs}
    zone = desk.organisation.department.zone
    return render_template(
        "agents/people/dates.html",
        asked=asked,
        category=category,
        word=word,
        way=WAYS[word],
        plan=plan,
        lots=[one for one in theirs if one.id in lots],
        channels=ELECTRONIC,
        refused=by_reason(plan.refused, zone),
        unopened=[name for person, name in names.items() if person not in opened],
        places={one.id: one for one in places.places_of(session, desk.organisation.id)},
        agents={one.id: one for one in selecting.colleagues(session, [desk.organisation.id])},
        zone=zone,
    )


@bp.post("/poser")
@agent_page
def put(session: Session, desk: Desk) -> Response:
    asked, chosen = selection(session, desk)
    category, problem = ready(asked, chosen)
    if problem or category is None:
        return say_first(problem, asked)
    way = WAYS[way_asked()]
    made = convening_many.convene_all(
        session,
        people.follow_ups_of(session, chosen, category.id, (desk.organisation.id,)),
        tokens_in(chosen),
        way.mode,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        codes=runtime().codes,
        now=runtime().clock(),
    )
    zone = desk.organisation.department.zone
    lines = [
        f"{way.none} pour {who([one.id for one in those], {one.id: one.beneficiary.full_name for one in those})}{NBSP}: {reason}."
        for reason, those in by_reason(made.refused, zone).items()
    ]
    if made.told:
        lines.insert(
            0, f"{plural(len(made.told), *way.done)}{leaving(desk.organisation.department, runtime().clock())}."
        )
    flash("\n".join(lines) or f"{way.none}.", "good" if made.told else "care")
    return redirect(asked.href(), 303)


def ready(asked: Asked, chosen: Sequence[int]) -> tuple[Category | None, str]:
    """The category that the dates are for, or what must be chosen first."""
    category = chosen_category(asked)
    if not chosen:
        return None, NOBODY
    if len(chosen) > MOST:
        return None, f"{MOST} personnes au plus à la fois pour des dates, {len(chosen)} sont choisies."
    return category, "" if category else "Choisissez la catégorie pour laquelle donner une date."


def awaiting_lots(session: Session, desk: Desk, category: Category, theirs: Sequence[FollowUp]) -> set[int]:
    """For whom a trial draws lots first: ids of follow-ups."""
    trial = covering.covering(session, desk.organisation.id, category.id)
    return covering.undrawn(session, trial, [one.id for one in theirs]) if trial else set()


def way_asked() -> str:
    word = request.form.get("facon", "")
    return word if word in WAYS else "proposer"


def tokens_in(chosen: Sequence[int]) -> dict[int, str]:
    """The date shown for each person, as the preview handed it over."""
    said = {one: request.form.get(f"date_{one}", "") for one in chosen}
    return {one: token for one, token in said.items() if is_choice(token)}

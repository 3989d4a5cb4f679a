"""Choosing a date for a person: proposed, fixed, booked or moved with them on the phone. One page, one POST."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.attempting import attempt
from app.agents.leaving import leaving
from app.agents.person import back, follow_up_of
from app.refusals import refusal_sentence
from app.runtime import runtime
from app.security import row_id
from invitations import convening, moving, organisation_settings
from invitations.codes import Codes
from invitations.models import Channel, FollowUp
from invitations.offers import Choice, Days
from invitations.reach import ELECTRONIC, why_unreachable
from invitations.trials import standing
from invitations.trials.standing import Standing

bp = Blueprint("dating", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>/suivis/<int:follow_up_id>")

# Days with free times shown at first; "voir d'autres jours" adds as many.
DAYS_SHOWN = 8


class Act(Protocol):
    """What `convening` does with a chosen time."""

    def __call__(
        self,
        session: Session,
        follow_up: FollowUp,
        token: str,
        *,
        organisation_id: int,
        agent_id: int,
        codes: Codes,
        now: datetime,
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Way:
    """One of the ways to set a date, in words."""

    act: Act
    title: str
    explained: str
    verb: str
    done: str
    otherwise: str = ""  # the same for somebody who is told on paper or by a call


def move(
    session: Session,
    follow_up: FollowUp,
    token: str,
    *,
    organisation_id: int,
    agent_id: int,
    codes: Codes,
    now: datetime,
) -> object:
    """Moving makes no link: the person's own goes on working."""
    del codes
    return moving.move_for(session, follow_up, token, organisation_id=organisation_id, agent_id=agent_id, now=now)


# How somebody hears of a date whom neither text nor email reaches.
OTHERWISE = {
    Channel.LETTER: "Le courrier attend d’être imprimé.",
    Channel.VOICE: "L’appel part aux heures d’appel.",
}
WAYS = {
    "proposer": Way(
        convening.propose,
        "Proposer une date",
        "Le créneau est gardé pour la personne. Elle reçoit un message, le garde ou en choisit un autre.",
        "Proposer cette date",
        "Le créneau est gardé. La proposition part{when}.",
        "Le créneau est gardé.",
    ),
    "fixer": Way(
        convening.convene,
        "Fixer une date",
        "La personne reçoit la date. Pour en changer, elle vous téléphone.",
        "Fixer cette date",
        "Le rendez-vous est fixé. Le message part{when}.",
        "Le rendez-vous est fixé.",
    ),
    "reserver": Way(
        convening.book_for,
        "Réserver avec la personne",
        "Au téléphone ou à l’accueil, vous choisissez ensemble. La confirmation part tout de suite.",
        "Réserver ce rendez-vous",
        "Le rendez-vous est réservé, la confirmation part.",
    ),
    "deplacer": Way(
        move,
        "Déplacer le rendez-vous",
        "Le rendez-vous garde son lien. La personne reçoit l’ancienne et la nouvelle date tout de suite.",
        "Déplacer à cette date",
        "Le rendez-vous est déplacé, le message part.",
    ),
}


@bp.get("/<any(proposer, fixer, reserver, deplacer):way>")
@agent_page
def form(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int, way: str) -> str:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    return page(session, desk, follow_up, way)


@bp.post("/<any(proposer, fixer, reserver, deplacer):way>")
@agent_page
def choose(
    session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int, way: str
) -> Response | tuple[str, int]:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    token = request.form.get("creneau", "")
    if not is_choice(token):
        return page(session, desk, follow_up, way, "Choisissez d’abord un horaire."), 422
    refusal = attempt(
        session,
        lambda: WAYS[way].act(
            session,
            follow_up,
            token,
            organisation_id=desk.organisation.id,
            agent_id=desk.agent.id,
            codes=runtime().codes,
            now=runtime().clock(),
        ),
    )
    if refusal is not None:
        return page(session, desk, follow_up, way, refusal_sentence(refusal, zone(desk)), token), 409
    flash(what_follows(session, WAYS[way], follow_up, desk), "good")
    return back(beneficiary_id)


def what_follows(session: Session, way: Way, follow_up: FollowUp, desk: Desk) -> str:
    """How the person hears of it. A date is told on paper, or by a call, only to whom nothing else reaches."""
    person = follow_up.beneficiary
    if way.otherwise and all(why_unreachable(person, one) is not None for one in ELECTRONIC):
        ways = organisation_settings.telling_otherwise(session, desk.organisation.id).get(follow_up.category_id, ())
        return " ".join([way.otherwise, *(OTHERWISE[one] for one in ways if why_unreachable(person, one) is None)])
    return way.done.format(when=leaving(desk.organisation.department, runtime().clock()))


def page(session: Session, desk: Desk, follow_up: FollowUp, way: str, problem: str = "", chosen: str = "") -> str:
    """Places and free times by day; what was chosen stays chosen, if it is still there."""
    offer = convening.choices_for(
        session,
        follow_up,
        organisation_id=desk.organisation.id,
        place_id=request.values.get("lieu", type=row_id),
        now=runtime().clock(),
        sessions=WAYS[way].act is not convening.propose,
    )
    days = offer.days()
    shown = days_shown(days, chosen)
    return render_template(
        "agents/person/date.html",
        person=follow_up.beneficiary,
        follow_up=follow_up,
        way=WAYS[way],
        word=way,
        offer=offer,
        days=days[:shown],
        more=shown + DAYS_SHOWN if shown < len(days) else None,
        kinds={one: kind.name for one, kind in offer.types.items() if not kind.is_collective},
        chosen=chosen,
        problem=problem,
        standing=awaiting(session, desk, follow_up)
        if WAYS[way].act in {convening.propose, convening.convene}
        else None,
    )


def awaiting(session: Session, desk: Desk, follow_up: FollowUp) -> Standing | None:
    """A trial draws lots for this person first."""
    found = standing.read(session, desk.organisation.id, [follow_up]).get(follow_up.id)
    return found if found and found.awaits else None


def days_shown(days: Days, chosen: str) -> int:
    """As many as the address asks for, and always the day of what was chosen."""
    asked = request.args.get("jours", DAYS_SHOWN, type=int)
    holding = next((place for place, (_, those) in enumerate(days, 1) if chosen in {one.token for one in those}), 0)
    return max(DAYS_SHOWN, min(asked, len(days)), holding)


def is_choice(token: str) -> bool:
    try:
        Choice.parse(token)
    except ValueError:
        return False
    return True


def zone(desk: Desk) -> ZoneInfo:
    return desk.organisation.department.zone

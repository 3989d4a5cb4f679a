"""A trial on a person's page: draw and address them, take them out before, or note that they don't want it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.attempting import attempt
from app.agents.leaving import leaving
from app.agents.person import answer, back, flash_unless, follow_up_of, said
from app.runtime import runtime
from invitations import organisation_settings
from invitations.errors import NotFound
from invitations.models import Channel, FollowUp, Invitation, Mode, Trial
from invitations.reach import ELECTRONIC, without_doubles
from invitations.trials import addressing, covering, opting_out, standing
from invitations.trials.addressing import Who

bp = Blueprint("lots", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>/suivis/<int:follow_up_id>")

# What lots gave, and what happens now.
GAVE = {
    Mode.INVITATION: "Le tirage au sort donne une invitation. Elle part{when}.",
    Mode.PROPOSITION: "Le tirage au sort donne une date proposée. Le créneau est gardé, le message part{when}.",
    Mode.CONVOCATION: "Le tirage au sort donne une date fixée. Le rendez-vous est pris, le message part{when}.",
}
ONE = {Mode.INVITATION: "une invitation", Mode.PROPOSITION: "une date proposée", Mode.CONVOCATION: "une date fixée"}
OVER = "L’évaluation est arrêtée\N{NO-BREAK SPACE}: il n’y a plus de tirage au sort, à vous de choisir."
OUT = "Cette personne n’est pas dans l’évaluation. À vous de choisir comment lui proposer le rendez-vous."
OBJECTED = "C’est noté\N{NO-BREAK SPACE}: l’évaluation ne compte pas cette personne. Rien d’autre ne change pour elle."


@bp.app_template_filter("either")
def either(modes: Sequence[Mode]) -> str:
    """une invitation ou une date proposée"""
    *first, last = (ONE[one] for one in modes)
    return f"{', '.join(first)} ou {last}"


@bp.post("/tirage")
@agent_page
def draw(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> Response | tuple[str, int]:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    trial = covering.covering(session, desk.organisation.id, follow_up.category_id)
    if trial is None:
        return answer(session, desk, follow_up.beneficiary, OVER)
    made: list[Invitation] = []
    refusal = attempt(session, lambda: made.append(drawn(session, desk, trial, follow_up)))
    when = leaving(desk.organisation.department, runtime().clock())
    flash_unless(refusal, GAVE[made[0].mode].format(when=when) if made else "")
    return answer(session, desk, follow_up.beneficiary, said(refusal, desk))


@bp.post("/hors-evaluation")
@agent_page
def take_out(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> Response | tuple[str, int]:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    trial = covering.covering(session, desk.organisation.id, follow_up.category_id)
    if trial is None:
        return answer(session, desk, follow_up.beneficiary, OVER)
    opting_out.take_out(
        session,
        trial,
        [follow_up],
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    flash(OUT, "good")
    return back(beneficiary_id)


@bp.post("/ne-participe-pas")
@agent_page
def object_for(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> Response:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    found = standing.read(session, desk.organisation.id, [follow_up]).get(follow_up.id)
    if found is None or found.assignment is None:
        raise NotFound
    opting_out.object_for(
        session,
        found.assignment,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    flash(OBJECTED, "good")
    return back(beneficiary_id)


def drawn(session: Session, desk: Desk, trial: Trial, follow_up: FollowUp) -> Invitation:
    channels = channels_of(session, desk, follow_up)
    return addressing.address_one(session, trial, follow_up, channels=channels, by=who(desk), now=runtime().clock())


def channels_of(session: Session, desk: Desk, follow_up: FollowUp) -> list[Channel]:
    """How an invitation would leave: as ticked, else by whatever reaches the person."""
    otherwise = organisation_settings.telling_otherwise(session, desk.organisation.id)
    allowed = [*ELECTRONIC, *otherwise.get(follow_up.category_id, ())]
    ticked = [one for one in allowed if one in request.form.getlist("canal")]
    return ticked or without_doubles(follow_up.beneficiary, allowed) or list(ELECTRONIC)


def who(desk: Desk) -> Who:
    return Who(desk.organisation.id, desk.agent.id, runtime().codes, runtime().seals)

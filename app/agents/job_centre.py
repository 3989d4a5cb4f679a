"""Réglages, France Travail: whether it is told of the organisation's appointments, how that goes, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, admin_page
from app.agents import job_centre_words as words
from app.agents.job_centre_words import Trouble
from app.agents.settings import saved
from app.filters import plural
from app.runtime import runtime
from invitations.errors import NotAllowed, NotFound
from invitations.job_centre import choosing, reading
from invitations.job_centre.choosing import By
from invitations.job_centre.reading import Kind
from invitations.models import NoticeTrouble

bp = Blueprint("job_centre", __name__, url_prefix="/agents/reglages/france-travail")

HERE = "job_centre.show"
YES = "oui"


@bp.get("")
@admin_page
def show(session: Session, desk: Desk) -> str:
    organisation, now = desk.organisation, runtime().clock()
    found = reading.read(session, organisation.id)
    return render_template(
        "agents/settings/job_centre.html",
        organisation=organisation,
        zone=organisation.department.zone,
        may=organisation.kind in choosing.MAY,
        is_connected=runtime().job_centre is not None,
        found=found,
        kinds=shown(found.kinds, is_on=organisation.job_centre_since is not None),
        to_come=choosing.to_come(session, organisation.id, now=now),
        UNCERTAIN=NoticeTrouble.UNCERTAIN,
        NO_NUMBER=NoticeTrouble.NO_NUMBER,
    )


@bp.post("")
@admin_page
def choose(session: Session, desk: Desk) -> Response:
    """Raises NotAllowed where this installation has no access: people would read what is not so."""
    tells = request.form.get("prevenir") == YES
    if tells and runtime().job_centre is None:
        raise NotAllowed
    choosing.choose(session, tells=tells, by=by(desk))
    return saved(words.CHOSEN if tells else words.ENDED, HERE)


@bp.post("/retirer")
@admin_page
def take_back(session: Session, desk: Desk) -> Response:
    count = choosing.take_back(session, by=by(desk))
    said = plural(count, "rendez-vous à venir est retiré", "rendez-vous à venir sont retirés")
    return saved(f"{said} de chez France Travail dans les minutes qui suivent.", HERE)


@bp.post("/reessayer/<trouble>")
@admin_page
def try_again(session: Session, desk: Desk, trouble: str) -> Response:
    if trouble not in set(NoticeTrouble):
        raise NotFound
    reading.try_again(session, NoticeTrouble(trouble), by=by(desk))
    return saved("C’est réessayé dans la minute.", HERE)


@bp.post("/<int:notice_id>/redire")
@admin_page
def say_again(session: Session, desk: Desk, notice_id: int) -> Response:
    reading.say_again(session, notice_id, by=by(desk))
    return saved("Le rendez-vous est renvoyé dans la minute.", HERE)


@bp.post("/<int:notice_id>/laisser")
@admin_page
def leave(session: Session, desk: Desk, notice_id: int) -> Response:
    reading.leave(session, notice_id, by=by(desk))
    return saved("Plus rien n’est envoyé pour ce rendez-vous.", HERE)


def shown(kinds: Sequence[Kind], *, is_on: bool) -> list[tuple[Kind, Trouble]]:
    """What is to be decided first. While nothing more is told, what a number would mend is in nobody's way."""
    found = {kind.trouble: kind for kind in kinds if is_on or kind.trouble not in words.OF_NUMBERS}
    return [(found[trouble], said) for trouble, said in words.TROUBLES.items() if trouble in found]


def by(desk: Desk) -> By:
    return By(desk.organisation, desk.agent, runtime().clock())

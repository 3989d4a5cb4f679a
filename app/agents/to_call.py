"""À appeler: who did not answer, and whom nothing reaches; no answer, call no more, leave in peace, and the undo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import people_words
from app.agents.messages import words_of
from app.agents.needs import name_in_french
from app.runtime import runtime
from invitations import escalation, escalation_calls, escalation_untold, people
from invitations.escalation_calls import CallWhy
from invitations.models import FollowUp
from invitations.permissions import follow_up_seen_by
from notifications.languages import language

bp = Blueprint("to_call", __name__, url_prefix="/agents/a-appeler")

WHY = {
    CallWhy.UNTOLD: "son rendez-vous a changé et rien ne le lui a dit",
    CallWhy.UNDELIVERED: "rien ne lui est arrivé",
    CallWhy.NO_WAY: "aucun moyen de lui écrire",
    CallWhy.UNANSWERED: "sans réponse",
    CallWhy.UNSEEN: "pas encore de premier rendez-vous",
}


@bp.app_template_filter("call_why")
def call_why(why: CallWhy) -> str:
    return WHY[why]


@bp.app_template_filter("why_not_arrived")
def why_not_arrived(failure: Any) -> str:
    """Adresse électronique qui n’existe pas; empty when nobody said why. Of a message or a failure."""
    return words_of(failure.reason, failure.channel)


@bp.app_template_filter("language_name")
def language_name(spoken: str) -> str:
    """arabe, of a person's language; empty when it is French"""
    known = language(spoken)
    return "" if known.is_french else name_in_french(known.html)


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    now = runtime().clock()
    return render_template(
        "agents/to_call/listing.html",
        calls=escalation_calls.read(session, desk.organisation, now=now),
        zone=desk.organisation.department.zone,
        now=now,
    )


@bp.post("/<int:follow_up_id>/sans-reponse")
@agent_page
def unanswered(session: Session, desk: Desk, follow_up_id: int) -> Response:
    act(session, desk, follow_up_id, escalation.note_try)
    return back("Appel sans réponse noté. La personne revient dans la liste demain.")


@bp.post("/<int:follow_up_id>/dit")
@agent_page
def told(session: Session, desk: Desk, follow_up_id: int) -> Response:
    act(session, desk, follow_up_id, escalation_untold.note_told)
    return back("C’est noté\N{NO-BREAK SPACE}: la personne sait ce qui a changé.")


@bp.post("/<int:follow_up_id>/ne-plus-appeler")
@agent_page
def stop(session: Session, desk: Desk, follow_up_id: int) -> Response:
    act(session, desk, follow_up_id, escalation.stop_calling)
    return back("C’est noté. La personne reste en bas de la page, pour revenir en arrière.")


@bp.post("/<int:follow_up_id>/de-nouveau")
@agent_page
def again(session: Session, desk: Desk, follow_up_id: int) -> Response:
    act(session, desk, follow_up_id, escalation.call_again)
    return back("Cette personne est de nouveau à appeler.")


@bp.post("/<int:follow_up_id>/suspendre")
@agent_page
def suspend(session: Session, desk: Desk, follow_up_id: int) -> Response:
    follow_up = act(session, desk, follow_up_id, escalation.suspend)
    return back("Relances suspendues. Ni rappel ni courrier ne partira de lui-même.", origin(session, desk, follow_up))


@bp.post("/<int:follow_up_id>/reprendre")
@agent_page
def resume(session: Session, desk: Desk, follow_up_id: int) -> Response:
    follow_up = act(session, desk, follow_up_id, escalation.resume)
    return back("Les relances reprennent à la prochaine étape.", origin(session, desk, follow_up))


def act(session: Session, desk: Desk, follow_up_id: int, what: Callable[..., None]) -> FollowUp:
    follow_up = follow_up_seen_by(session, follow_up_id, [desk.organisation.id])
    what(session, follow_up, agent_id=desk.agent.id, organisation_id=desk.organisation.id, now=runtime().clock())
    return follow_up


def origin(session: Session, desk: Desk, follow_up: FollowUp) -> str:
    """The page the button was on: the person's, the list of people as it was narrowed, or this list."""
    came_from = request.form.get("depuis", "")
    if came_from == "personne":
        return url_for("people.show", beneficiary_id=follow_up.beneficiary_id)
    if came_from == "personnes":
        asked = people_words.read(request.form, desk, partial(people.categories_of, session))
        return asked.page_href(asked.wanted.page)
    return url_for(".listing")


def back(sentence: str, address: str = "") -> Response:
    flash(sentence, "good")
    return redirect(address or url_for(".listing"), 303)

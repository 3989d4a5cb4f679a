"""Réponses : the texts that people sent and that somebody has to read; answered, dealt with, and the undo."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations.errors import ReplyRefused
from invitations.models import MessageKind
from invitations.replies import inbox

# What an agent may type: two texts in the alphabet of texts, the signature aside. Counted exactly when it is sent.
LONGEST = 300

bp = Blueprint("replies", __name__, url_prefix="/agents/reponses")


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    return page(session, desk)


@bp.post("/<int:text_id>/repondre")
@agent_page
def answer(session: Session, desk: Desk, text_id: int) -> Response | tuple[str, int]:
    words = request.form.get("reponse", "")
    try:
        inbox.answer(
            session,
            text_id,
            words,
            organisation_id=desk.organisation.id,
            agent_id=desk.agent.id,
            now=runtime().clock(),
        )
    except ReplyRefused as refusal:
        problem = refusal_sentence(refusal, desk.organisation.department.zone)
        return page(session, desk, refused_id=text_id, typed=words, problem=problem), 422
    flash("Réponse envoyée par SMS. Le message est noté comme traité.", "good")
    return redirect(url_for(".listing"), 303)


@bp.post("/<int:text_id>/traite")
@agent_page
def handled(session: Session, desk: Desk, text_id: int) -> Response:
    inbox.mark_handled(
        session, text_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash("Message noté comme traité. Il reste en bas de la page, pour revenir en arrière.", "good")
    return redirect(url_for(".listing"), 303)


@bp.post("/<int:text_id>/a-relire")
@agent_page
def reopen(session: Session, desk: Desk, text_id: int) -> Response:
    inbox.reopen(session, text_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock())
    flash("Ce message est de nouveau à lire.", "good")
    return redirect(url_for(".listing"), 303)


def page(session: Session, desk: Desk, *, refused_id: int = 0, typed: str = "", problem: str = "") -> str:
    """The list; beside one of its lines, what was typed there and why it did not leave."""
    now = runtime().clock()
    return render_template(
        "agents/replies/listing.html",
        to_read=inbox.to_read(session, desk.organisation.id),
        lately=inbox.read_lately(session, desk.organisation.id, now=now),
        refused_id=refused_id,
        typed=typed,
        problem=problem,
        longest=LONGEST,
        by_agent=MessageKind.REPLY_BY_AGENT,
        zone=desk.organisation.department.zone,
        now=now,
    )

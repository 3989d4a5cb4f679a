"""Rows of a preview: a cell corrected in place, a question decided. The page comes back at the same row."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import import_words
from app.runtime import runtime
from invitations.errors import ImportClosed
from invitations.models import ImportBatch
from invitations.uploads import correcting, previews
from invitations.uploads.choices import Act, Choice
from invitations.uploads.headers import Field

bp = Blueprint("import_rows", __name__, url_prefix="/agents/imports")

PERSON = "personne-"
THIS_ROW = "cette-ligne"
CHOICES: dict[str, Choice | None] = {"autre": Choice(Act.OTHER), "aucune": Choice(Act.OUT), "reprendre": None}


@bp.post("/<int:batch_id>/lignes/<int:position>")
@agent_page
def correct(session: Session, desk: Desk, batch_id: int, position: int) -> Response:
    batch = previews.batch_seen_by(session, batch_id, desk.organisation_ids)
    cells = {field: request.form[field.value] for field in Field if field.value in request.form}
    try:
        correcting.correct(session, batch, position, cells, agent_id=desk.agent.id, now=runtime().clock())
    except ImportClosed:
        flash(import_words.CLOSED, "care")
    return back_to(batch, position)


@bp.post("/<int:batch_id>/lignes/<int:position>/choix")
@agent_page
def choose(session: Session, desk: Desk, batch_id: int, position: int) -> Response:
    batch = previews.batch_seen_by(session, batch_id, desk.organisation_ids)
    try:
        decide(session, desk, batch, position, request.form.get("choix", ""))
    except ImportClosed:
        flash(import_words.CLOSED, "care")
    return back_to(batch, position)


def decide(session: Session, desk: Desk, batch: ImportBatch, position: int, word: str) -> None:
    """What the button said. An unknown word decides nothing."""
    agent_id, now = desk.agent.id, runtime().clock()
    if word == THIS_ROW:
        correcting.keep_this_one(session, batch, position, agent_id=agent_id, now=now)
        return
    number = word.removeprefix(PERSON)
    if word.startswith(PERSON) and number.isdecimal() and len(number) < 10:
        choice: Choice | None = Choice(Act.SAME, int(number))
    elif word in CHOICES:
        choice = CHOICES[word]
    else:
        return
    correcting.choose(
        session, batch, position, choice, organisation_ids=desk.organisation_ids, agent_id=agent_id, now=now
    )


def back_to(batch: ImportBatch, position: int) -> Response:
    """The same rows, of the same page, at the same place."""
    shown = {name: request.form[name] for name in ("lignes", "page") if request.form.get(name)}
    return redirect(url_for("imports.show", batch_id=batch.id, _anchor=f"ligne-{position}", **shown), 303)  # type: ignore[arg-type]  # url_for's own options are no words of ours

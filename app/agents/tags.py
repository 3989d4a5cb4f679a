"""Étiquettes: the organisation's own words on people, kept in order by administrators; put on one person in one tap."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, admin_page, agent_page
from app.agents.person import back
from app.runtime import runtime
from app.security import row_id
from invitations import tags
from invitations.errors import NameTaken, SettingRefused
from invitations.permissions import beneficiary_seen_by

bp = Blueprint("tags", __name__, url_prefix="/agents")

WRONG_NAME = "Écrivez un nom de 60 caractères au plus."
TAKEN = "Une autre étiquette porte déjà ce nom. Pour n’en faire qu’une, fusionnez-les."


@bp.get("/reglages/etiquettes")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return page(session, desk)


@bp.post("/reglages/etiquettes/<int:tag_id>")
@admin_page
def rename(session: Session, desk: Desk, tag_id: int) -> Response | tuple[str, int]:
    tag = tags.seen_by(session, tag_id, desk.organisation.id)
    problem = why_refused(
        lambda: tags.rename(session, tag, request.form.get("nom", ""), agent_id=desk.agent.id, now=runtime().clock())
    )
    if problem:
        return page(session, desk, wrong=tag_id, problem=problem), 422
    return done(f"L’étiquette s’appelle maintenant {quoted(tag.label)}.")


@bp.post("/reglages/etiquettes/<int:tag_id>/fusionner")
@admin_page
def merge(session: Session, desk: Desk, tag_id: int) -> Response | tuple[str, int]:
    tag = tags.seen_by(session, tag_id, desk.organisation.id)
    into_id = request.form.get("dans", type=row_id)
    if into_id is None or into_id == tag_id:
        return page(session, desk, wrong=tag_id, problem="Choisissez l’étiquette à garder."), 422
    into = tags.seen_by(session, into_id, desk.organisation.id)
    tags.merge(session, tag, into, agent_id=desk.agent.id, now=runtime().clock())
    return done(
        f"{quoted(tag.label)} et {quoted(into.label)} ne font plus qu’une\N{NO-BREAK SPACE}: {quoted(into.label)}."
    )


@bp.post("/reglages/etiquettes/<int:tag_id>/retirer")
@admin_page
def remove(session: Session, desk: Desk, tag_id: int) -> Response:
    tag = tags.seen_by(session, tag_id, desk.organisation.id)
    tags.remove(session, tag, agent_id=desk.agent.id, now=runtime().clock())
    return done(f"L’étiquette {quoted(tag.label)} est retirée. Les personnes qui la portaient restent.")


@bp.post("/personnes/<int:beneficiary_id>/etiquettes")
@agent_page
def on_person(session: Session, desk: Desk, beneficiary_id: int) -> Response:
    """Put one tag on a person (`ajouter`, its words), or take one off (`retirer`, its id)."""
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    now = runtime().clock()
    removed = request.form.get("retirer", type=row_id)
    if removed is not None:
        tag = tags.seen_by(session, removed, desk.organisation.id)
        tags.take_off(session, tag, [person.id], agent_id=desk.agent.id, now=now)
        flash(f"Étiquette {quoted(tag.label)} retirée.", "good")
        return back(beneficiary_id)
    try:
        tag = tags.named(session, request.form.get("ajouter", ""), organisation_id=desk.organisation.id, now=now)
    except SettingRefused:
        flash(WRONG_NAME, "care")
        return back(beneficiary_id)
    tags.put(session, tag, [person.id], agent_id=desk.agent.id, now=now)
    flash(f"Étiquette {quoted(tag.label)} ajoutée.", "good")
    return back(beneficiary_id)


def page(session: Session, desk: Desk, *, wrong: int | None = None, problem: str = "") -> str:
    """All of them; what was typed into the one that is `wrong` is still there."""
    return render_template(
        "agents/settings/tags.html",
        tags=tags.counted(session, desk.organisation.id),
        wrong=wrong,
        problem=problem,
        typed=request.form.get("nom", ""),
    )


def why_refused(act: Callable[[], None]) -> str:
    try:
        act()
    except NameTaken:
        return TAKEN
    except SettingRefused:
        return WRONG_NAME
    return ""


def done(sentence: str) -> Response:
    flash(sentence, "good")
    return redirect(url_for("tags.listing"), 303)


def quoted(words: str) -> str:
    return f"«\N{NO-BREAK SPACE}{words}\N{NO-BREAK SPACE}»"

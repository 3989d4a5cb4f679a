"""What is done to the people ticked on the list, inviting apart: reminders, referent, tags, archives; and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.inviting_selection import ticked
from app.agents.leaving import leaving
from app.agents.people import asked_by
from app.agents.people_words import Asked
from app.agents.selecting_words import NBSP, NOT_REMINDED, what_was_done, who
from app.filters import plural
from app.runtime import runtime
from app.security import row_id
from invitations import people, reminding, selecting, selecting_undone
from invitations.errors import NotFound, SettingRefused
from invitations.selecting import Act, By, Done

bp = Blueprint("selecting", __name__, url_prefix="/agents/personnes/selection")

NOBODY = "Choisissez d’abord des personnes, en cochant leur ligne."
REASON_NEEDED = "Dites en quelques mots pourquoi ces personnes sortent des listes."
LABEL_NEEDED = "Choisissez une étiquette, ou écrivez-en une nouvelle de 60 caractères au plus."
REFERENT_NEEDED = "Choisissez la personne référente."

Doing = Callable[[Sequence[int], By], Done]


@bp.post("/relancer")
@agent_page
def remind(session: Session, desk: Desk) -> Response:
    asked, chosen = selection(session, desk)
    if not chosen:
        return say_first(NOBODY, asked)
    now = runtime().clock()
    reminded = reminding.remind_now(session, chosen, by=by(desk, asked), now=now)
    names = people.names_of(session, chosen, [desk.organisation.id])
    lines = [
        f"Pas de rappel pour {who(them, names)}{NBSP}: {NOT_REMINDED[why]}." for why, them in reminded.refused.items()
    ]
    if reminded.people:
        when = leaving(desk.organisation.department, now)
        lines.insert(0, f"{plural(len(reminded.people), 'rappel part', 'rappels partent')}{when}.")
    flash("\n".join(lines), "good" if reminded.people else "care")
    return redirect(asked.page_href(asked.wanted.page), 303)


@bp.post("/suspendre")
@agent_page
def suspend(session: Session, desk: Desk) -> Response:
    now = runtime().clock()
    return act(session, desk, Act.SUSPEND, lambda chosen, by: selecting.suspend(session, chosen, by=by, now=now))


@bp.post("/reprendre")
@agent_page
def resume(session: Session, desk: Desk) -> Response:
    now = runtime().clock()
    return act(session, desk, Act.RESUME, lambda chosen, by: selecting.resume(session, chosen, by=by, now=now))


@bp.post("/referent")
@agent_page
def assign(session: Session, desk: Desk) -> Response:
    referent, now = request.form.get("personne_referente", type=row_id), runtime().clock()
    if referent is None:
        return say_first(REFERENT_NEEDED, asked_by(session, desk, request.form))
    return act(
        session,
        desk,
        Act.REFERENT,
        lambda chosen, by: selecting.assign(session, chosen, referent, by=by, now=now),
    )


@bp.post("/etiqueter")
@agent_page
def tag(session: Session, desk: Desk) -> Response:
    now = runtime().clock()
    return act(session, desk, Act.TAG, lambda chosen, by: selecting.tag(session, chosen, label(), by=by, now=now))


@bp.post("/retirer-etiquette")
@agent_page
def untag(session: Session, desk: Desk) -> Response:
    now = runtime().clock()
    return act(session, desk, Act.UNTAG, lambda chosen, by: selecting.untag(session, chosen, label(), by=by, now=now))


@bp.post("/archiver")
@agent_page
def archive(session: Session, desk: Desk) -> Response:
    reason, now = request.form.get("raison", "").strip(), runtime().clock()
    if not reason:
        return say_first(REASON_NEEDED, asked_by(session, desk, request.form))
    return act(
        session, desk, Act.ARCHIVE, lambda chosen, by: selecting.archive(session, chosen, reason, by=by, now=now)
    )


@bp.post("/desarchiver")
@agent_page
def unarchive(session: Session, desk: Desk) -> Response:
    now = runtime().clock()
    return act(session, desk, Act.UNARCHIVE, lambda chosen, by: selecting.unarchive(session, chosen, by=by, now=now))


@bp.post("/<int:act_id>/annuler")
@agent_page
def undo(session: Session, desk: Desk, act_id: int) -> Response:
    asked = asked_by(session, desk, request.form)
    mine = by(desk, asked)
    done = selecting.act_of(session, act_id, by=mine)
    selecting_undone.undo(session, done, by=mine, now=runtime().clock())
    flash("C’est annulé, comme avant.", "good")
    return redirect(asked.page_href(asked.wanted.page), 303)


def act(session: Session, desk: Desk, kind: Act, do: Doing) -> Response:
    """Do it to the people ticked, and come back to the list with what was done and a way to take it back."""
    asked, chosen = selection(session, desk)
    if not chosen:
        return say_first(NOBODY, asked)
    try:
        done = do(chosen, by(desk, asked))
    except (SettingRefused, NotFound):
        return say_first(REFERENT_NEEDED if kind is Act.REFERENT else LABEL_NEEDED, asked)
    names = people.names_of(session, chosen, [desk.organisation.id])
    flash(what_was_done(kind, done, names, label()), "good" if done.changed else "care")
    page = asked.wanted.page if asked.wanted.page > 1 else None
    return redirect(asked.href(page=page, fait=done.act.id if done.act else None), 303)


def selection(session: Session, desk: Desk) -> tuple[Asked, list[int]]:
    """The list as it is narrowed, and the people ticked on it or all of them."""
    asked = asked_by(session, desk, request.form)
    return asked, people.ids(session, asked.wanted) if request.form.get("tout") else ticked()


def by(desk: Desk, asked: Asked) -> By:
    return By(desk.agent.id, desk.organisation.id, asked.wanted.category_ids)


def label() -> str:
    """A new label that was written, else the one that was chosen."""
    return request.form.get("nouvelle_etiquette", "").strip() or request.form.get("etiquette_choisie", "")


def say_first(problem: str, asked: Asked) -> Response:
    flash(problem, "care")
    return redirect(asked.page_href(asked.wanted.page), 303)

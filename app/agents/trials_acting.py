"""Évaluations: the two acts that change one for everybody, starting it and stopping it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.access import Desk, admin_page
from app.agents import trials_protocol, trials_words
from app.agents.french_form import FrenchForm, complain, offer
from app.labels import label
from app.runtime import runtime
from invitations.errors import TrialRefused
from invitations.models import Trial, TrialEnd, TrialState
from invitations.trials import listing, opening, protocol, results
from invitations.trials.opening import LONGEST_NOTE
from invitations.trials.results import TrialResults

bp = Blueprint("trials_acting", __name__, url_prefix="/agents/evaluations")


class StartForm(FrenchForm):
    agreed = BooleanField(
        "J’ai relu le protocole, et les structures qui participent savent qu’elles commencent",
        [InputRequired("Cochez pour dire que le protocole est relu.")],
    )


class StopForm(FrenchForm):
    reason = RadioField(
        "Pourquoi",
        [InputRequired("Choisissez une raison.")],
        choices=offer((one, label(one)) for one in TrialEnd),
        coerce=TrialEnd,
    )
    note = TextAreaField("En quelques mots", [Length(max=LONGEST_NOTE, message=f"{LONGEST_NOTE} caractères au plus.")])


@bp.get("/<int:trial_id>/commencer")
@admin_page
def start_form(session: Session, desk: Desk, trial_id: int) -> Response | str:
    trial = listing.trial_seen_by(session, trial_id, [desk.organisation.id])
    return start_page(trial, StartForm()) if trial.state is TrialState.DRAFT else back(trial)


@bp.post("/<int:trial_id>/commencer")
@admin_page
def start(session: Session, desk: Desk, trial_id: int) -> Response | tuple[str, int]:
    trial, form = listing.trial_seen_by(session, trial_id, [desk.organisation.id]), StartForm()
    if not form.validate():
        return start_page(trial, form), 422
    try:
        opening.start(session, trial, agent=desk.agent, seals=runtime().seals, now=runtime().clock())
    except TrialRefused as refusal:
        complain(form.agreed, trials_words.refusal(refusal)[1])
        return start_page(trial, form), 409
    flash("L’évaluation a commencé. Le protocole est figé, et le sort décide à partir de maintenant.", "good")
    return back(trial)


@bp.get("/<int:trial_id>/arreter")
@admin_page
def stop_form(session: Session, desk: Desk, trial_id: int) -> Response | str:
    trial = listing.trial_seen_by(session, trial_id, [desk.organisation.id])
    if trial.state is not TrialState.RUNNING:
        return back(trial)
    found = results.read(session, trial, now=runtime().clock())
    return stop_page(found, stopping(found))


@bp.post("/<int:trial_id>/arreter")
@admin_page
def stop(session: Session, desk: Desk, trial_id: int) -> Response | tuple[str, int]:
    trial = listing.trial_seen_by(session, trial_id, [desk.organisation.id])
    found = results.read(session, trial, now=runtime().clock())
    form = stopping(found)
    if not form.validate():
        return stop_page(found, form), 422
    note = " ".join((form.note.data or "").split())
    try:
        opening.stop(session, trial, form.reason.data, note, agent=desk.agent, now=runtime().clock())
    except TrialRefused as refusal:
        complain(form.note, trials_words.refusal(refusal)[1])
        return stop_page(found, form), 422
    flash("L’évaluation est arrêtée. Les personnes déjà tirées sont suivies jusqu’au bout de leur délai.", "good")
    return back(trial)


def start_page(trial: Trial, form: StartForm) -> str:
    return render_template(
        "agents/trials/start.html",
        trial=trial,
        form=form,
        words=trials_words,
        looks=protocol.planned_looks(trial),
        decimal=trials_protocol.decimal,
    )


def stopping(found: TrialResults) -> StopForm:
    """With the reasons that are true by now: the number is reached, a look has crossed; what else is for them to judge."""
    untrue = {TrialEnd.COMPLETED: found.is_too_early, TrialEnd.EARLY: not found.has_crossed}
    form = StopForm()
    form.reason.choices = offer((one, label(one)) for one in TrialEnd if not untrue.get(one))
    return form


def stop_page(found: TrialResults, form: StopForm) -> str:
    return render_template("agents/trials/stop.html", trial=found.trial, form=form, results=found)


def back(trial: Trial) -> Response:
    return redirect(url_for("trials.show", trial_id=trial.id), 303)

"""Évaluations: preparing one, changing what is prepared, and what it would cost, reckoned while one types."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, admin_page, checking_admin_page
from app.agents import trials_form, trials_words
from app.agents.french_form import complain
from app.agents.trials_form import TrialForm
from app.runtime import runtime
from invitations.errors import TrialRefused
from invitations.models import Trial, TrialState
from invitations.trials import listing, opening
from invitations.trials.opening import Plan

bp = Blueprint("trials_preparing", __name__, url_prefix="/agents/evaluations")


@bp.get("/nouvelle")
@admin_page
def form(session: Session, desk: Desk) -> str:
    return page(session, desk, TrialForm(formdata=None, data=trials_form.first_values(session, desk)))


@bp.post("/nouvelle")
@admin_page
def draft(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = trials_form.offered(session, desk, TrialForm())
    if not form.validate():
        return page(session, desk, form), 422
    try:
        made = opening.draft(session, plan(form, desk), agent=desk.agent, now=runtime().clock())
    except TrialRefused as refusal:
        return refused(session, desk, form, refusal)
    return kept(made)


@bp.post("/nouvelle/calcul")
@checking_admin_page
def reckon(session: Session, desk: Desk) -> str:
    return page(session, desk, TrialForm())


@bp.get("/<int:trial_id>/modifier")
@admin_page
def change_form(session: Session, desk: Desk, trial_id: int) -> Response | str:
    trial = listing.trial_seen_by(session, trial_id, [desk.organisation.id])
    if trial.state is not TrialState.DRAFT:
        return redirect(url_for("trials.show", trial_id=trial_id), 303)
    return page(session, desk, TrialForm(formdata=None, data=trials_form.shown(trial, desk)), trial)


@bp.post("/<int:trial_id>/modifier")
@admin_page
def change(session: Session, desk: Desk, trial_id: int) -> Response | tuple[str, int]:
    trial = listing.trial_seen_by(session, trial_id, [desk.organisation.id])
    form = trials_form.offered(session, desk, TrialForm())
    if not form.validate():
        return page(session, desk, form, trial), 422
    try:
        opening.change(session, trial, plan(form, desk), agent=desk.agent, now=runtime().clock())
    except TrialRefused as refusal:
        return refused(session, desk, form, refusal, trial)
    return kept(trial)


@bp.post("/<int:trial_id>/modifier/calcul")
@checking_admin_page
def reckon_again(session: Session, desk: Desk, trial_id: int) -> str:
    return page(session, desk, TrialForm(), listing.trial_seen_by(session, trial_id, [desk.organisation.id]))


@bp.post("/<int:trial_id>/supprimer")
@admin_page
def discard(session: Session, desk: Desk, trial_id: int) -> Response:
    trial = listing.trial_seen_by(session, trial_id, [desk.organisation.id])
    name = trial.name
    opening.discard(session, trial, agent=desk.agent, now=runtime().clock())
    flash(f"Le brouillon «\N{NO-BREAK SPACE}{name}\N{NO-BREAK SPACE}» est supprimé.", "good")
    return redirect(url_for("trials.listing"), 303)


def page(session: Session, desk: Desk, form: TrialForm, trial: Trial | None = None) -> str:
    today = runtime().clock().astimezone(desk.organisation.department.zone).date()
    trials_form.offered(session, desk, form)
    return render_template(
        "agents/trials/form.html",
        form=form,
        trial=trial,
        organisation=desk.organisation,
        estimate=trials_form.estimate(session, desk, form, today=today),
        observed=trials_form.observed(session, desk, form, today=today),
        words=trials_words,
    )


def plan(form: TrialForm, desk: Desk) -> Plan:
    return Plan(
        name=" ".join((form.name.data or "").split()),
        category_id=form.category.data,
        organisation_ids=tuple(trials_form.organisation_ids(form, desk)),
        arms=form.modes,
        horizon_days=form.days,
        expected_from=(form.expected_from.data or 0) / 100,
        expected_to=(form.expected_to.data or 0) / 100,
        power=form.power.data / 100,
        looks=form.looks.data,
    )


def refused(
    session: Session, desk: Desk, form: TrialForm, refusal: TrialRefused, trial: Trial | None = None
) -> tuple[str, int]:
    name, sentence = trials_words.refusal(refusal)
    complain(form[name], sentence)
    return page(session, desk, form, trial), 422


def kept(trial: Trial) -> Response:
    flash("Le brouillon est enregistré. Relisez le protocole avant de commencer.", "good")
    return redirect(url_for("trials.show", trial_id=trial.id), 303)

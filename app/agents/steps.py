"""Réglages: what follows an invitation of a category that nobody answers, step by step."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import FieldList, Form, FormField, IntegerField, SelectField, SelectMultipleField
from wtforms.validators import NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm, Sentences, complain, offer
from app.agents.steps_words import why_not
from app.labels import label, within
from app.runtime import runtime
from invitations import escalation, organisation_settings
from invitations.errors import StepsRefused
from invitations.escalation_rules import MOST_STEPS, Step
from invitations.models import CategorySettings, Channel, StepAct
from invitations.reach import ELECTRONIC

bp = Blueprint("steps", __name__, url_prefix="/agents/reglages/categories/<int:settings_id>/sans-reponse")

LONGEST = 365
ACTS = {
    StepAct.REMIND: "écrire un rappel",
    StepAct.LETTER: "imprimer un courrier",
    StepAct.CALL: "mettre à appeler",
}


class StepFields(Form):
    """One step; the token is the whole form's. Without a day it is no step."""

    class Meta:
        def get_translations(self, form: Any) -> Sentences:  # noqa: ARG002  (WTForms' signature)
            return Sentences()

    after_days = IntegerField(
        "Jour", [Optional(), NumberRange(1, LONGEST, message=f"De 1 à {LONGEST}\N{NO-BREAK SPACE}jours.")]
    )
    act = SelectField("Ce qui se fait", choices=offer(ACTS.items()), coerce=StepAct, default=StepAct.REMIND)
    channels = SelectMultipleField(
        "Rappel par",
        choices=offer((one.value, label(one)) for one in ELECTRONIC),
        default=[one.value for one in ELECTRONIC],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class StepsForm(FrenchForm):
    steps = FieldList(FormField(StepFields), max_entries=MOST_STEPS + 1)


@bp.app_template_filter("channel_word")
def channel_word(channel: str) -> str:
    """SMS, courriel: of a channel as settings keep it"""
    return within(Channel(channel))


@bp.get("")
@admin_page
def form(session: Session, desk: Desk, settings_id: int) -> str:
    chosen = organisation_settings.category_seen_by(session, settings_id, desk.organisation.id)
    form = StepsForm(data={"steps": [shown(one) for one in organisation_settings.steps_of(chosen)]})
    form.steps.append_entry()
    return page(chosen, form)


@bp.post("")
@admin_page
def change(session: Session, desk: Desk, settings_id: int) -> Response | tuple[str, int]:
    chosen = organisation_settings.category_seen_by(session, settings_id, desk.organisation.id)
    form = StepsForm()
    try:
        if not form.validate():
            return page(chosen, form), 422
        escalation.change_steps(session, chosen, asked(form), agent_id=desk.agent.id, now=runtime().clock())
    except StepsRefused as refusal:
        complain(row_of(form, refusal).after_days, why_not(refusal))
        return page(chosen, form), 422
    flash("C’est noté. Les invitations en cours suivent aussi ces étapes.", "good")
    return redirect(url_for(".form", settings_id=settings_id), 303)


def asked(form: StepsForm) -> list[Step]:
    """The rows that have a day, but for the one whose button was pressed to take it away."""
    taken_away = request.form.get("retirer", "")
    return [
        Step(row["after_days"], row["act"], tuple(row["channels"]) if row["act"] is StepAct.REMIND else ())
        for number, row in enumerate(form.data["steps"])
        if row["after_days"] and str(number) != taken_away
    ]


def row_of(form: StepsForm, refusal: StepsRefused) -> StepFields:
    """The last row of the day that is complained of."""
    days = [one.form for one in form.steps if one.form.after_days.data == refusal.details["after_days"]]
    found: StepFields = days[-1]
    return found


def shown(step: Step) -> dict[str, Any]:
    return {"after_days": step.after_days, "act": step.act, "channels": list(step.channels or ELECTRONIC)}


def page(chosen: CategorySettings, form: StepsForm) -> str:
    rows = [one.form for one in form.steps]
    problems = [(control.id, sentence) for row in rows for control in row for sentence in control.errors]
    return render_template("agents/settings/steps.html", form=form, rows=rows, problems=problems, settings=chosen)

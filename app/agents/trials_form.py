"""The form of an evaluation, and what it costs in people and months, said while it is filled in."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from wtforms import Field, IntegerField, RadioField, SelectField, SelectMultipleField, StringField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk
from app.agents.french_form import FrenchForm, filled, offer
from app.labels import label
from invitations import organisation_settings
from invitations.models import Mode, Role, Trial
from invitations.statistics import definitions, reading
from invitations.statistics.reading import HORIZONS, Filters, Scope
from invitations.trials import planning
from invitations.trials.planning import Estimate, Wish

NBSP = "\N{NO-BREAK SPACE}"
OF_A_HUNDRED = NumberRange(1, 99, message="Un nombre de 1 à 99.")
POWERS = ((80, "80 sur 100, l’usage"), (90, "90 sur 100, avec plus de personnes"))
LOOKS = (1, 2, 3, 4, 5)
# The window of the category: 45 days for an orientation, 30 for an accompaniment (definitions.window_for).
OWN, OWN_WORDS = 0, f"45{NBSP}jours, 30 pour un accompagnement"
USUAL = {"arms": [Mode.PROPOSITION.value], "reference": Mode.INVITATION, "power": 80, "looks": 3}


def other_than_the_first(form: Any, control: Field) -> None:
    chosen = {one for one in Mode if one.value in (control.data or ())} - {form.reference.data}
    if not 1 <= len(chosen) <= 2:
        raise ValidationError("Choisissez au moins une façon, autre que celle d’aujourd’hui.")


def other_than_today(form: Any, control: Field) -> None:
    if control.data is not None and control.data == form.expected_from.data:
        raise ValidationError("Sans écart à trouver, il n’y a rien à évaluer.")


class TrialForm(FrenchForm):
    name = StringField(
        "Nom",
        [InputRequired("Donnez un nom à l’évaluation."), filled, Length(max=120, message="120 caractères au plus.")],
    )
    category = SelectField("Catégorie", coerce=int)
    organisations = SelectMultipleField(
        "Autres structures qui participent",
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    reference = RadioField(
        "Votre façon d’aujourd’hui",
        choices=offer((one, label(one)) for one in Mode),
        coerce=Mode,
        default=Mode.INVITATION,
    )
    arms = SelectMultipleField(
        "À comparer avec",
        [other_than_the_first],
        choices=offer((one.value, label(one)) for one in Mode),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    horizon = SelectField("Compter les personnes vues dans les", coerce=int)
    expected_from = IntegerField("Aujourd’hui, sur 100", [InputRequired("Un nombre de 1 à 99."), OF_A_HUNDRED])
    expected_to = IntegerField(
        "Espérées, sur 100", [InputRequired("Un nombre de 1 à 99."), OF_A_HUNDRED, other_than_today]
    )
    power = RadioField("Chances de voir cet écart, s’il existe", choices=offer(POWERS), coerce=int, default=80)
    looks = SelectField(
        "Regards sur les données, le dernier compris", choices=offer((one, str(one)) for one in LOOKS), coerce=int
    )

    windows: dict[int, int] = {}  # noqa: RUF012  (days by category; `offered` gives each form its own)

    @property
    def days(self) -> int:
        """The window chosen, or the category's own."""
        return self.horizon.data or self.windows.get(self.category.data, HORIZONS[-1])

    @property
    def modes(self) -> tuple[Mode, ...]:
        """The reference first, then the others in their usual order."""
        ticked = set(self.arms.data or ())
        return (self.reference.data, *(one for one in Mode if one.value in ticked and one is not self.reference.data))


def offered(session: Session, desk: Desk, form: TrialForm) -> TrialForm:
    """The form with what this administrator may choose from."""
    handled = organisation_settings.categories_of(session, desk.organisation.id)
    form.category.choices = offer((one.category_id, one.category.name) for one in handled if not one.closed_at)
    form.organisations.choices = offer((one.id, one.name) for one in others(desk))
    form.horizon.choices = offer([(OWN, OWN_WORDS), *((days, f"{days}{NBSP}jours") for days in HORIZONS)])
    form.windows = {one.category_id: definitions.window_for(one.category.kind).days for one in handled}
    return form


def others(desk: Desk) -> list[Any]:
    """The other organisations of the département that this agent administers."""
    return sorted(
        (
            one.organisation
            for one in desk.agent.roles
            if one.role is Role.ADMIN
            and one.organisation_id != desk.organisation.id
            and one.organisation.department_id == desk.organisation.department_id
        ),
        key=lambda one: (one.name, one.id),
    )


def shown(trial: Trial, desk: Desk) -> dict[str, Any]:
    """What a draft's form holds."""
    return {
        "name": trial.name,
        "category": trial.category_id,
        "organisations": [one.organisation_id for one in trial.parts if one.organisation_id != desk.organisation.id],
        "reference": trial.modes[0],
        "arms": [one.value for one in trial.modes[1:]],
        "horizon": trial.horizon_days,
        "expected_from": round(trial.expected_from * 100),
        "expected_to": round(trial.expected_to * 100),
        "power": round(trial.power * 100),
        "looks": trial.looks,
    }


def organisation_ids(form: TrialForm, desk: Desk) -> list[int]:
    allowed = {one.id for one in others(desk)}
    return [desk.organisation.id, *sorted(allowed & set(form.organisations.data or ()))]


def first_values(session: Session, desk: Desk) -> dict[str, Any]:
    """What an empty form begins with: the first category of the organisation, and the window of whichever is chosen."""
    handled = [one for one in organisation_settings.categories_of(session, desk.organisation.id) if not one.closed_at]
    if not handled:
        return USUAL
    return USUAL | {"category": handled[0].category_id, "horizon": OWN}


def observed(session: Session, desk: Desk, form: TrialForm, *, today: date) -> float | None:
    """The share seen of those addressed in today's way, where there are enough of them to say so."""
    if form.category.data is None or form.days not in HORIZONS:
        return None
    scope = Scope(tuple(organisation_ids(form, desk)))
    filters = Filters(form.category.data, mode=form.reference.data, horizon=form.days)
    found = reading.counts_by(session, scope, filters, today=today).get((), reading.NOBODY).seen_figure
    return found.rate if found.is_published and not found.is_small else None


def estimate(session: Session, desk: Desk, form: TrialForm, *, today: date) -> Estimate | None:
    """What this form would cost; None while too little of it is filled in."""
    wish = wish_of(form)
    if wish is None or form.category.data is None:
        return None
    per_month = planning.people_a_month(session, organisation_ids(form, desk), form.category.data, today=today)
    return planning.estimate(wish, per_month)


def wish_of(form: TrialForm) -> Wish | None:
    today, hoped = form.expected_from.data, form.expected_to.data
    if today is None or hoped is None or today == hoped or not (1 <= today <= 99 and 1 <= hoped <= 99):
        return None
    if len(form.modes) not in {2, 3} or form.looks.data not in LOOKS or form.power.data not in dict(POWERS):
        return None
    return Wish(
        arms=len(form.modes),
        expected_from=today / 100,
        expected_to=hoped / 100,
        power=form.power.data / 100,
        looks=form.looks.data,
        horizon_days=form.days,
    )

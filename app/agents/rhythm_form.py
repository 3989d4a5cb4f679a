"""How often something comes back, in a form that works without a script: one list, weekdays to tick, an end or none."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, Field, SelectField, SelectMultipleField, ValidationError
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.agents.french_form import FrenchForm, in_our_times, offer
from app.agents.opening_words import WEEKDAYS
from invitations.rhythm import Rhythm

ONCE = "0"
# Every n weeks: n. Every month, the n-th of a weekday: m and n.
WEEKLY = (
    ("1", "Toutes les semaines"),
    ("2", "Une semaine sur deux"),
    ("3", "Toutes les 3 semaines"),
    ("4", "Toutes les 4 semaines"),
)
MONTHLY = (
    ("m1", "Chaque mois, le premier"),
    ("m2", "Chaque mois, le deuxième"),
    ("m3", "Chaque mois, le troisième"),
    ("m4", "Chaque mois, le quatrième"),
    ("m5", "Chaque mois, le cinquième s’il existe"),
    ("m-1", "Chaque mois, le dernier"),
)
ONE_WEEKDAY = "Une fois par mois, c’est un seul jour de la semaine. Pour un autre jour, ajoutez-le à part ensuite."


class RhythmForm(FrenchForm):
    starts_on = DateField("Premier jour", [InputRequired("Indiquez le premier jour."), in_our_times])
    repetition = SelectField(
        "Répétition", choices=offer([(ONCE, "Ce jour seulement"), *WEEKLY, *MONTHLY]), default=WEEKLY[0][0]
    )
    weekdays = SelectMultipleField(
        "Quels jours",
        coerce=int,
        choices=offer(enumerate(WEEKDAYS)),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    until = DateField("Jusqu’au", [Optional(), in_our_times])

    def validate_weekdays(self, control: Field) -> None:
        if self.repetition.data in dict(MONTHLY) and len(control.data or ()) > 1:
            raise ValidationError(ONE_WEEKDAY)

    def rhythm(self) -> Rhythm:
        """What was asked for; a repetition without weekdays is on the weekday of its first day."""
        said: dict[str, Any] = self.data
        repetition, starts_on = said["repetition"], said["starts_on"]
        if repetition == ONCE:
            return Rhythm(starts_on)
        weekdays = tuple(sorted(said["weekdays"] or [starts_on.weekday()]))
        if repetition in dict(MONTHLY):
            return Rhythm(starts_on, weekdays, nth=int(repetition.removeprefix("m")), until=said["until"])
        return Rhythm(starts_on, weekdays, interval=int(repetition), until=said["until"])

    def show(self, rhythm: Rhythm) -> None:
        """Fill the fields with a rhythm that is known."""
        self.starts_on.data = rhythm.starts_on
        self.until.data = rhythm.until
        self.weekdays.data = list(rhythm.weekdays)
        if not rhythm.weekdays:
            self.repetition.data = ONCE
        else:
            self.repetition.data = str(rhythm.interval) if rhythm.nth is None else f"m{rhythm.nth}"

"""A length of time as somebody says it: a number and its unit. Exact to the minute, never a fraction to work out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from markupsafe import Markup
from wtforms import Field, ValidationError
from wtforms.validators import StopValidation
from wtforms.widgets import TextInput

from app.agents.french_form import FrenchForm

MINUTE = timedelta(minutes=1)
UNITS = {"minutes": MINUTE, "heures": timedelta(hours=1), "jours": timedelta(days=1)}
# What nobody types on purpose, and no column holds.
_LONGEST_NUMBER = 6


class LengthInput:
    """A number and a list of units, both under the field's name: what they say arrives as a pair."""

    def __call__(self, field: LengthField, **attributes: Any) -> Markup:
        number = TextInput()(field, inputmode="numeric", autocomplete="off", size=5, **attributes)
        units = Markup("").join(
            Markup("<option{}>{}</option>").format(Markup(" selected") if one == field.unit else "", one)
            for one in UNITS
        )
        return Markup(
            '<span class="length">{}<select name="{}" id="{}-unite" aria-label="{}, unité">{}</select></span>'
        ).format(number, field.name, field.id, field.label.text, units)


class LengthField(Field):
    """`data` is a timedelta of whole minutes, or None when the number was left out."""

    widget = LengthInput()
    data: timedelta | None

    def __init__(self, label: str, validators: list[Any], *, unit: str = "minutes", **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.usual_unit = unit
        self.number = ""
        self.unit = unit

    def process_data(self, value: timedelta | None) -> None:
        """The number and unit that say this length: the biggest unit that does so without a fraction."""
        self.data = value
        if value:
            self.unit = next(unit for unit, one in reversed(UNITS.items()) if not value % one)
        self.number = "" if value is None else str(value // UNITS[self.unit])

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.number, self.unit = [*(str(one).strip() for one in valuelist[:2]), "", ""][:2]
        if self.unit not in UNITS:
            self.unit = self.usual_unit
        self.data = None
        if self.number:
            self.data = self.read() * UNITS[self.unit]

    def _value(self) -> str:
        """What the text input shows (WTForms' name)."""
        return self.number

    def read(self) -> int:
        """The number typed. Raises ValueError with the sentence to show."""
        if not (self.number.isascii() and self.number.isdecimal() and len(self.number) <= _LONGEST_NUMBER):
            raise ValueError("Indiquez un nombre entier, puis choisissez l’unité.")
        return int(self.number)


def said(sentence: str) -> Callable[[FrenchForm, Field], None]:
    """The length must be there; the sentence asks for it."""

    def check(_form: FrenchForm, control: Field) -> None:
        if control.data is None and not control.process_errors:
            raise StopValidation(sentence)

    return check


def between(least: timedelta, most: timedelta, sentence: str) -> Callable[[FrenchForm, Field], None]:
    """The length, when there is one, must lie between these, both included."""

    def check(_form: FrenchForm, control: Field) -> None:
        if control.data is not None and not least <= control.data <= most:
            raise ValidationError(sentence)

    return check

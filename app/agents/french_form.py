"""A form whose own complaints are French sentences, like those we write ourselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, ValidationError, fields
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from invitations.options import Option

# WTForms' sentences that an agent can meet, and ours. A sentence that is not here would be read in English: a test looks.
SENTENCES = {
    "Not a valid date value.": "Indiquez une date, par exemple 24/11/2026.",
    "Not a valid time value.": "Indiquez une heure, par exemple 9:30.",
    "Not a valid integer value.": "Indiquez un nombre entier.",
    "Not a valid decimal value.": "Indiquez un nombre.",
    "Not a valid choice.": "Choisissez dans la liste.",
    "Invalid Choice: could not coerce.": "Choisissez dans la liste.",
    "Invalid choice(s): one or more data inputs could not be coerced.": "Choisissez dans la liste.",
    "'%(value)s' is not a valid choice for this field.": "Choisissez dans la liste.",
    "'%(value)s' are not valid choices for this field.": "Choisissez dans la liste.",
    "This field is required.": "À remplir.",
}


class Sentences:
    """What WTForms asks for words; the signatures are gettext's."""

    def gettext(self, string: str) -> str:
        return SENTENCES.get(string, string)

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)


class FrenchForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # the same
        def get_translations(self, form: BaseForm) -> Sentences:  # noqa: ARG002  (WTForms' signature)
            return Sentences()


def in_our_times(_form: BaseForm, control: Field) -> None:
    """A day that a calendar can compute with; "0226" is a slip of the finger."""
    if control.data is not None and not 2000 <= control.data.year <= 2100:
        raise ValidationError("Indiquez une année entre 2000 et 2100.")


def filled(_form: BaseForm, control: Field) -> None:
    """Spaces alone say nothing."""
    if not (control.data or "").strip():
        raise StopValidation("À remplir.")


def complain(control: Field, sentence: str) -> None:
    """Put a sentence beside a field after validation, when the domain has refused its value."""
    control.errors = [*control.errors, sentence]


def offer(pairs: Iterable[tuple[Any, str]]) -> list[Any]:
    """The choices of a select field, from values and the words that name them."""
    choice = fields.SelectChoice  # type: ignore[attr-defined]  # newer than types-WTForms
    return [choice(value, words) for value, words in pairs]


def offered(found: Iterable[Option]) -> list[Any]:
    """The choices of a select field, from what an organisation has."""
    return offer((one.id, one.name) for one in found)

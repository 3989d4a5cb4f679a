"""The field of the social security number on a person's forms: what is typed there is read, sealed, and never said back.

When something else on the form is wrong, a number that was read waits in the page, sealed for this agent; else it is asked
for again.
"""

from __future__ import annotations

from typing import Any

from flask import g, request
from markupsafe import Markup
from wtforms import BooleanField, Field, StringField, ValidationError
from wtforms.validators import Length
from wtforms.widgets import TextInput

from app.access import Desk
from app.agents.french_form import FrenchForm
from app.runtime import runtime
from invitations import nir, nir_keeping
from invitations.models import Beneficiary
from invitations.nir import Nir, NotRead, Wrong
from invitations.nir_keeping import Keeping
from invitations.sealing import SealBroken

NBSP = "\N{NO-BREAK SPACE}"
CARRIED = "nir_note"
WRONG = {
    Wrong.UNREADABLE: f"Ce numéro ne se lit pas{NBSP}: 13{NBSP}chiffres, ou 15 avec la clé. Écrivez-le de nouveau.",
    Wrong.KEY: f"La clé, les deux derniers chiffres, ne correspond pas{NBSP}: un chiffre est faux. Écrivez le numéro de nouveau.",
}


class Unsaid(TextInput):
    """An input that is always empty when the page comes."""

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        return super().__call__(field, **kwargs | {"value": "", "autocomplete": "off", "spellcheck": "false"})


def is_number(_form: FrenchForm, control: Field) -> None:
    if not (control.data or "").strip():
        return
    try:
        nir.read(control.data)
    except NotRead as wrong:
        raise ValidationError(WRONG[wrong.why]) from None


class WithNir(FrenchForm):
    """A form that may ask for it; `settle_nir` says whether this one does."""

    nir = StringField(
        "Numéro de sécurité sociale", [Length(max=40, message=WRONG[Wrong.UNREADABLE]), is_number], widget=Unsaid()
    )
    nir_erased = BooleanField("Effacer le numéro enregistré")

    @property
    def nir_carried(self) -> str:
        """What the hidden field holds: the number that was read, sealed for this agent; "" when none was."""
        digits = self.digits()
        return runtime().seals.seal(digits, purpose=purpose()) if digits else ""

    @property
    def nir_masked(self) -> str:
        digits = self.digits()
        return nir.masked(digits[: nir_keeping.SHOWN]) if digits else ""

    def digits(self) -> str:
        """The number typed, else the one that waits in the page unless its box erases; "" when none can be read."""
        if "nir" not in self:
            return ""
        typed = (self.nir.data or "").strip()
        try:
            if typed:
                return nir.read(typed)
            return "" if self.nir_erased and self.nir_erased.data else carried()
        except NotRead:
            return ""

    def taken(self, keeping: Keeping | None) -> Nir | None:
        digits = self.digits()
        return keeping.take(digits) if digits and keeping is not None else None


def purpose() -> str:
    return f"nir noted by {g.desk.agent.id}"


def carried() -> str:
    try:
        return runtime().seals.open(request.form.get(CARRIED, ""), purpose=purpose())
    except SealBroken:
        return ""


def keeping(desk: Desk) -> Keeping | None:
    """None where what this desk says of numbers is not kept."""
    return nir_keeping.keeping_of(desk.organisation, runtime().seals)


def ask_unless_unkept(form: WithNir, *, asks: bool, held: bool = False) -> None:
    """Take the field off where it isn't to be asked for; nothing can be erased where nothing is held."""
    if not asks:
        del form.nir
    if not (asks and held):
        del form.nir_erased


def shown(person: Beneficiary) -> str:
    """1 85 •• •• ••• ••• ••, or "" """
    return nir_keeping.shown(person, person.department, runtime().seals)

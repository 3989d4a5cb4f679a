"""What can be typed about a person, read as an import reads its cells: same numbers, same dates, same refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import g
from wtforms import EmailField, Field, RadioField, SelectField, StringField, TelField, ValidationError
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import ListWidget

from app.agents.french_form import FrenchForm, complain, filled, offer
from app.agents.nir_field import WithNir
from app.agents.place_form import commune_in_words, fits
from app.filters import phone as written
from app.filters import short_day
from app.labels import label
from app.runtime import runtime
from invitations import communes
from invitations.communes import Commune
from invitations.models import Beneficiary, Department, RsaRole, Title
from invitations.uploads import cells
from invitations.uploads.nir import without_nir
from notifications.languages import LANGUAGES

NBSP = "\N{NO-BREAK SPACE}"
AS_TYPED = "autre"
WRONG = {
    "phone": "Ce numéro ne se lit pas. Écrivez-le comme 06 12 34 56 78.",
    "email": "Cette adresse n’est pas complète.",
    "birth_on": "Indiquez une date, par exemple 24/11/1985.",
    "rights_opened_on": "Indiquez une date, par exemple 24/11/2026.",
    "affiliation_number": "Ce numéro ne se lit pas. Sept caractères, comme sur les courriers de la Caf.",
    "department_internal_id": "Ce numéro ne se lit pas.",
    "france_travail_id": "Cet identifiant ne se lit pas.",
    "postcode": "Cinq chiffres.",
}
READERS: dict[str, Callable[[str], cells.Cell]] = {
    "phone": cells.read_phone,
    "email": cells.read_email,
    "affiliation_number": cells.read_affiliation,
    "department_internal_id": cells.read_number,
    "france_travail_id": cells.read_number,
    "postcode": cells.read_postcode,
}
DAYS = {"birth_on": cells.read_birth, "rights_opened_on": cells.read_rights}
NOT_OF_THE_ROW = frozenset({"csrf_token", "commune", "category", "nir", "nir_erased"})
NAMES = ("first_name", "last_name", "birth_name")


def read(name: str, text: str) -> Any:
    """The value that a text stands for, None when it says nothing or can't be read."""
    typed = text.strip()
    if not typed:
        return None
    if name in READERS:
        return READERS[name](typed).value
    if name in DAYS:
        return DAYS[name](typed, runtime().clock().astimezone(g.desk.organisation.department.zone).date()).value
    return (cells.read_name(typed) if name in NAMES else typed) or None


def readable(_form: FrenchForm, control: Field) -> None:
    if (control.data or "").strip() and read(control.name, control.data) is None:
        raise ValidationError(WRONG[control.name])


def without_secrets(_form: FrenchForm, control: Field) -> None:
    """A social security number has no place here: where it is kept, it has a field of its own (docs/decisions/0034)."""
    if without_nir(control.data or "") != (control.data or ""):
        raise ValidationError("Un numéro de sécurité sociale n’est pas enregistré ici. Retirez-le.")


def short(longest: int) -> list[Any]:
    return [without_secrets, Length(max=longest, message=f"{longest} caractères au plus.")]


class NewPersonForm(WithNir):
    """What a caller says in ten seconds; the rest can wait."""

    title = SelectField("Civilité", choices=offer([("", "Non indiquée"), *((one.value, label(one)) for one in Title)]))
    first_name = StringField("Prénom", [InputRequired("Indiquez le prénom."), filled, *short(80)])
    last_name = StringField("Nom", [InputRequired("Indiquez le nom."), filled, *short(80)])
    birth_on = StringField("Date de naissance", [Optional(), readable])
    phone = TelField("Téléphone", [Optional(), readable])
    email = EmailField("Adresse électronique", [Optional(), readable])
    affiliation_number = StringField("Numéro d’allocataire", [Optional(), *short(40), readable])
    role = SelectField("Rôle", choices=offer([("", "Non indiqué"), *((one.value, label(one)) for one in RsaRole)]))

    @property
    def has_identifier(self) -> bool:
        """One that tells somebody from their namesakes (domain.md); an affiliation number counts with its role."""
        return bool(
            self.phone.data or self.email.data or (self.affiliation_number.data and self.role.data) or self.digits()
        )


class PersonForm(NewPersonForm):
    """All that may be corrected."""

    birth_name = StringField("Nom de naissance", [Optional(), *short(80)])
    address = StringField("Adresse", [Optional(), *short(200)])
    postcode = StringField("Code postal", [Optional(), readable])
    city = StringField("Commune", [Optional(), *short(80)])
    commune = RadioField(
        "Quelle commune", [Optional()], choices=[], validate_choice=False, widget=ListWidget(prefix_label=False)
    )
    language = SelectField("Langue des messages", choices=offer((one.code, one.name) for one in LANGUAGES.values()))
    department_internal_id = StringField("Numéro interne", [Optional(), *short(40), readable])
    france_travail_id = StringField("Identifiant France Travail", [Optional(), *short(40), readable])
    rights_opened_on = StringField("Ouverture des droits", [Optional(), readable])


def shown(person: Beneficiary) -> dict[str, Any]:
    """What the form holds at first."""
    texts = (*NAMES, "email", "address", "postcode", "city", "affiliation_number", "language")
    return {name: getattr(person, name) or "" for name in (*texts, "department_internal_id", "france_travail_id")} | {
        "title": person.title.value if person.title else "",
        "role": person.role.value if person.role else "",
        "phone": written(person.phone),
        "birth_on": short_day(person.birth_on) if person.birth_on else "",
        "rights_opened_on": short_day(person.rights_opened_on) if person.rights_opened_on else "",
    }


def values_of(form: NewPersonForm, present: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes of a person as typed. What the form still shows as it was stays exactly as it was."""
    values: dict[str, Any] = {}
    for control in form:
        name, text = control.name, control.data or ""
        if name in NOT_OF_THE_ROW or text == present.get(name):
            continue
        values[name] = read(name, text)
    for name, kind in (("title", Title), ("role", RsaRole)):
        if name in values:
            values[name] = kind(values[name]) if values[name] else None
    for name in ("first_name", "last_name"):
        if name in values:
            values[name] = values[name] or ""
    return values


def settle_town(form: PersonForm, department: Department, person: Beneficiary) -> tuple[bool, dict[str, Any]]:
    """Whether it is clear where the person lives, and what to write of it; else the choice is offered beside the field."""
    city, postcode = (form.city.data or "").strip(), (form.postcode.data or "").strip()
    if (city, postcode) == (person.city or "", person.postcode or ""):
        return True, {}
    if not city and not postcode:
        return True, {"city": None, "postcode": None, "commune_insee": None}
    if form.commune.data == AS_TYPED:
        return True, {"city": city or None, "postcode": postcode or None, "commune_insee": None}
    found = communes.find(f"{postcode} {city}".strip(), department=department.number) or communes.find(
        city, department=department.number
    )
    if len(found) == 1 and (not postcode or fits(found[0], postcode)):
        return True, town_of(found[0], city, postcode)
    found = found or communes.near(city, department=department.number)
    chosen = next((one for one in found if one.code == form.commune.data), None)
    if chosen is not None:
        return True, town_of(chosen, "" if len(found) > 1 else city, postcode)
    ask_town(form, found, city, postcode)
    return False, {}


def town_of(commune: Commune, city: str, postcode: str) -> dict[str, Any]:
    """A postcode alone gets its commune's name, a name alone its postcode where there is one only."""
    only = commune.postcodes[0] if len(commune.postcodes) == 1 else None
    return {"city": city or commune.name, "postcode": postcode or only, "commune_insee": commune.code}


def ask_town(form: PersonForm, found: list[Commune], city: str, postcode: str) -> None:
    """Say what is not clear, and let what was typed stand if that is what is meant."""
    kept = (AS_TYPED, f"Garder «{NBSP}{' '.join(one for one in (postcode, city) if one)}{NBSP}» tel quel")
    form.commune.choices = offer([*((one.code, commune_in_words(one)) for one in found), kept])
    if not found:
        complain(form.city or form.postcode, "Aucune commune ne s’appelle ainsi. Corrigez, ou gardez ci-dessous.")
    elif len(found) > 1:
        complain(form.city, f"Plusieurs communes sont possibles{NBSP}: choisissez ci-dessous.")
    else:
        complain(form.postcode, f"Ce n’est pas celui de {found[0].name}. Corrigez-le, ou choisissez ci-dessous.")

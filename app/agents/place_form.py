"""What can be typed about a place, and how it is read: its commune is looked up, and asked for when several may be meant."""

from __future__ import annotations

import re
from typing import Any

from wtforms import BooleanField, Field, RadioField, SelectField, StringField, TelField, ValidationError
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import ListWidget

from app.agents.french_form import FrenchForm, complain, filled, offer
from app.agents.settings import readable_phone
from app.agents.weekly_hours import WEEKDAYS, read, readable_hours, shown
from app.filters import phone as written
from invitations import communes, place_hours
from invitations.communes import Commune
from invitations.models import Department, Place
from invitations.places import Description
from notifications import phone

DAYS = tuple(f"hours_{number}" for number in range(7))
ZONES = {
    "Europe/Paris": "Paris",
    "Indian/Reunion": "La Réunion",
    "America/Guadeloupe": "Guadeloupe",
    "America/Martinique": "Martinique",
    "America/Cayenne": "Guyane",
    "Indian/Mayotte": "Mayotte",
    "America/Miquelon": "Saint-Pierre-et-Miquelon",
}
_DEGREES = re.compile(r"-?\d{1,3}[.,]\d+")


def readable_coordinates(_form: FrenchForm, control: Field) -> None:
    if coordinates(control.data) is None:
        raise ValidationError("Deux nombres, latitude puis longitude, par exemple 44.9334, 4.8924.")


class PlaceForm(FrenchForm):
    name = StringField(
        "Nom du lieu",
        [InputRequired("Donnez un nom au lieu."), filled, Length(max=120, message="120 caractères au plus.")],
    )
    address = StringField(
        "Adresse",
        [InputRequired("Indiquez la rue et le numéro."), filled, Length(max=200, message="200 caractères au plus.")],
    )
    postcode = StringField(
        "Code postal", [InputRequired("Indiquez le code postal."), Regexp(r"\s*\d{5}\s*$", message="Cinq chiffres.")]
    )
    city = StringField(
        "Commune", [InputRequired("Indiquez la commune."), filled, Length(max=80, message="80 caractères au plus.")]
    )
    commune = RadioField(
        "Quelle commune", [Optional()], choices=[], validate_choice=False, widget=ListWidget(prefix_label=False)
    )
    is_step_free = BooleanField("Accès de plain-pied, ou par un ascenseur")
    phone = TelField("Téléphone du lieu", [Optional(), readable_phone])
    coordinates = StringField("Latitude et longitude", [Optional(), readable_coordinates])
    timezone = SelectField("Fuseau horaire")
    hours_0, hours_1, hours_2, hours_3, hours_4, hours_5, hours_6 = (
        StringField(name.capitalize(), [readable_hours]) for name in WEEKDAYS
    )

    def offer_zones(self, department: Department) -> None:
        same = ZONES.get(department.timezone, department.timezone)
        others = [(zone, name) for zone, name in ZONES.items() if zone != department.timezone]
        self.timezone.choices = offer([("", f"Celui du département\N{NO-BREAK SPACE}: {same}"), *others])


def settle_commune(form: PlaceForm, department: Department, *, present: Place | None) -> str | None:
    """The INSEE code of the commune meant; None, with the choice offered, when it is not clear.

    A postcode that is in no list may be a CEDEX: the name, in the département first, then says which commune.
    """
    city, postcode = (form.city.data or "").strip(), (form.postcode.data or "").strip()
    if present is not None and (present.city, present.postcode) == (city, postcode):
        return present.commune_insee
    named = communes.find(f"{postcode} {city}") or communes.find(city, department=department.number)
    if len(named) == 1 and fits(named[0], postcode):
        return named[0].code
    found = named or communes.near(city, department=department.number)
    if form.commune.data in {one.code for one in found}:
        return str(form.commune.data)
    offer_communes(form, city, found, are_named=bool(named))
    return None


def fits(commune: Commune, postcode: str) -> bool:
    """The postcode is the commune's, or a CEDEX of its département."""
    digits = 3 if postcode.startswith(("97", "98")) else 2
    return postcode in commune.postcodes or any(one[:digits] == postcode[:digits] for one in commune.postcodes)


def offer_communes(form: PlaceForm, city: str, found: list[Commune], *, are_named: bool) -> None:
    """Say what is not clear beside its field, with the communes to choose from: those of the name, else near it."""
    form.commune.choices = offer((one.code, commune_in_words(one)) for one in found)
    if not found:
        complain(form.city, "Aucune commune ne s’appelle ainsi. Vérifiez l’orthographe.")
    elif not are_named:
        complain(form.city, f"Aucune commune ne s’appelle {city}. Choisissez ci-dessous, ou corrigez.")
    elif len(found) > 1:
        complain(form.city, f"Plusieurs communes s’appellent {city}\N{NO-BREAK SPACE}: choisissez ci-dessous.")
    else:
        complain(
            form.postcode, f"Ce n’est pas celui de {found[0].name}. Corrigez-le, ou confirmez la commune ci-dessous."
        )


def commune_in_words(commune: Commune) -> str:
    """Valence (26000)"""
    return f"{commune.name} ({', '.join(commune.postcodes[:3])})"


def coordinates(text: str | None) -> tuple[float, float] | None:
    """Latitude and longitude as map sites write them, in degrees; None for anything else."""
    found = [float(one.replace(",", ".")) for one in _DEGREES.findall(text or "")]
    if len(found) == 2 and abs(found[0]) <= 90 and abs(found[1]) <= 180:
        return found[0], found[1]
    return None


def shown_place(place: Place) -> dict[str, Any]:
    week = place_hours.weekly(place.opening_hours) or place_hours.NEVER
    has_coordinates = place.latitude is not None and place.longitude is not None
    names = ("name", "address", "postcode", "city", "is_step_free")
    return {name: getattr(place, name) for name in names} | {
        "phone": written(place.phone),
        "coordinates": f"{place.latitude}, {place.longitude}" if has_coordinates else "",
        "timezone": place.timezone or "",
        **{day: shown(hours) for day, hours in zip(DAYS, week, strict=True)},
    }


def asked_place(form: PlaceForm, commune_insee: str, *, present: Place | None) -> Description:
    typed = form.data
    latitude, longitude = coordinates(typed["coordinates"]) or (None, None)
    return Description(
        name=typed["name"].strip(),
        address=typed["address"].strip(),
        postcode=typed["postcode"].strip(),
        city=typed["city"].strip(),
        commune_insee=commune_insee,
        latitude=latitude,
        longitude=longitude,
        is_step_free=typed["is_step_free"],
        phone=phone.parse(typed["phone"] or ""),
        opening_hours=asked_hours(typed, present=present),
        timezone=typed["timezone"] or None,
    )


def asked_hours(typed: dict[str, Any], *, present: Place | None) -> str:
    """The week in OSM's syntax. Hours richer than a week, that this form can't show, stay while nothing is typed."""
    hours = place_hours.written(tuple(read(typed[day]) for day in DAYS))
    return hours or richer_hours(present)


def richer_hours(place: Place | None) -> str:
    """The hours of a place when they say more than a week can; else nothing."""
    if place is None or place_hours.weekly(place.opening_hours) is not None:
        return ""
    return place.opening_hours

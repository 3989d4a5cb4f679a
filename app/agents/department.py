"""Réglages, département: its name, colour and logo on people's pages, and what its legal pages say.

Administrators of the département's own organisations set it; those of others read it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import Field, StringField, TelField, TextAreaField, URLField, ValidationError
from wtforms.validators import InputRequired, Length, Optional, Regexp

from app.access import Desk, admin_page, checking_admin_page
from app.agents.department_words import FIELDS, LOGO_TROUBLES, ratio, too_pale
from app.agents.french_form import FrenchForm, complain, filled
from app.agents.settings import readable_phone, saved
from app.filters import phone as written
from app.runtime import runtime
from invitations import department_colour, department_logo, department_settings
from invitations.department_settings import Identity, Speaker
from invitations.errors import ColourRefused, LogoRefused
from invitations.models import Department
from notifications import phone

bp = Blueprint("department", __name__, url_prefix="/agents/reglages/departement")

ACCEPTED = ".png,.jpg,.jpeg,.webp,.gif"
HERE = "department.form"


def at_most(length: int) -> Length:
    return Length(max=length, message=f"{length} caractères au plus.")


def readable_colour(_form: FrenchForm, control: Field) -> None:
    if department_colour.read(control.data or "") is None:
        raise ValidationError("Écrivez la couleur en six lettres ou chiffres, comme #0b5c6b.")


class IdentityForm(FrenchForm):
    full_name = StringField("Nom, tel que les personnes le lisent", [InputRequired("À remplir."), filled, at_most(120)])
    accent = StringField("Couleur", [readable_colour])
    website = URLField(
        "Site internet",
        [Optional(), at_most(200), Regexp(r"https?://\S+\.\S+$", message="Une adresse commence par https://.")],
    )
    phone = TelField("Téléphone", [Optional(), readable_phone])
    postal_address = TextAreaField("Adresse postale", [at_most(300)])
    publisher = StringField("Direction de la publication", [at_most(160)])
    host = TextAreaField("Hébergement", [at_most(300)])
    privacy_contact = TextAreaField("Délégation à la protection des données", [at_most(300)])
    accessibility_contact = TextAreaField("Contact pour l’accessibilité", [at_most(300)])


class LogoForm(FrenchForm):
    file = FileField("Fichier du logo")


@bp.get("")
@admin_page
def form(_session: Session, desk: Desk) -> str:
    return page(desk, IdentityForm(data=shown(desk.organisation.department)))


@bp.post("")
@admin_page
def change(session: Session, desk: Desk) -> Response | tuple[str, int]:
    by, form = speaker(session, desk), IdentityForm()
    if not form.validate():
        return page(desk, form), 422
    try:
        department_settings.change(session, asked(form.data), by=by, now=runtime().clock())
    except ColourRefused as refusal:
        complain(form.accent, too_pale(refusal.details["ratio"], refusal.details["least"]))
        return page(desk, form), 422
    return saved("C’est enregistré. L’aperçu montre ce que les personnes voient.", HERE)


@bp.post("/logo")
@checking_admin_page
def keep_logo(reading: Session, desk: Desk) -> Response | tuple[str, int]:
    by, form = speaker(reading, desk), LogoForm()
    try:
        logo = department_logo.read(content_of(form.file.data))
    except LogoRefused as refusal:
        complain(form.file, LOGO_TROUBLES[refusal.details["why"]])
        return page(desk, IdentityForm(formdata=None, data=shown(by.department)), form), 422
    with runtime().database.writing() as session:
        department_settings.keep_logo(session, logo, by=speaker(session, desk), now=runtime().clock())
    return saved("Le logo est en place.", HERE)


@bp.post("/logo/retirer")
@admin_page
def remove_logo(session: Session, desk: Desk) -> Response:
    department_settings.remove_logo(session, by=speaker(session, desk), now=runtime().clock())
    return saved("Le logo est retiré. Le nom reste seul.", HERE)


def speaker(session: Session, desk: Desk) -> Speaker:
    """Raises NotAllowed for an organisation that is not the département's."""
    return department_settings.speaker(session, agent_id=desk.agent.id, organisation_id=desk.organisation.id)


def page(desk: Desk, form: IdentityForm, logo_form: LogoForm | None = None) -> str:
    department = desk.organisation.department
    return render_template(
        "agents/settings/department.html",
        department=department,
        form=form,
        logo_form=logo_form or LogoForm(formdata=None),
        accepted=ACCEPTED,
        may_change=department_settings.speaks_for_department(desk.organisation),
        missing=[FIELDS[name] for name in department_settings.missing(department)],
        palette=department_colour.palette(department.accent),
        ratio=ratio,
    )


def shown(department: Department) -> dict[str, Any]:
    return {name: getattr(department, name) for name in Identity.__slots__} | {"phone": written(department.phone)}


def asked(said: dict[str, Any]) -> Identity:
    typed = {name: (said[name] or "").strip().replace("\r\n", "\n") for name in Identity.__slots__}
    colour = department_colour.read(typed["accent"]) or ""
    return Identity(**typed | {"accent": colour, "phone": phone.parse(typed["phone"]) or ""})


def content_of(received: FileStorage | None) -> bytes:
    return received.read() if received else b""

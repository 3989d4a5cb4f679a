"""Réglages: the page that tells all settings in words, and how the organisation is reached."""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, EmailField, Field, StringField, TelField, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length, Optional, Regexp

from app.access import Desk, admin_page
from app.agents import settings_words
from app.agents.french_form import FrenchForm
from app.filters import phone as written
from app.runtime import runtime
from invitations import organisation_settings, settings_overview
from invitations.models import Organisation
from invitations.organisation_settings import Contact
from notifications import phone

bp = Blueprint("settings", __name__, url_prefix="/agents/reglages")

WRONG_PHONE = "Ce numéro ne se lit pas. Écrivez-le comme 04 75 00 00 00."
# A sender of letters and figures (GSM 03.38, 11 characters at most, one letter at least), or a short code.
SENDER_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
SHORT_CODE = re.compile(r"\d{5}")


def readable_phone(_form: FrenchForm, control: Field) -> None:
    if phone.parse(control.data or "") is None:
        raise ValidationError(WRONG_PHONE)


def readable_sender(_form: FrenchForm, control: Field) -> None:
    if sender(control.data) is None:
        raise ValidationError("Onze lettres ou chiffres au plus, sans accent, ou un numéro.")


class ContactForm(FrenchForm):
    phone = TelField(
        "Téléphone où quelqu’un répond",
        [InputRequired("Sans numéro qui répond, aucune invitation ne part."), readable_phone],
    )
    phone_owner = StringField("Qui y répond", [Length(max=80, message="80 caractères au plus.")])
    hours = StringField("Horaires de ce téléphone", [Length(max=120, message="120 caractères au plus.")])
    email = EmailField(
        "Adresse électronique",
        [Optional(), Regexp(r"[^@\s]+@[^@\s]+\.[^@\s]+$", message="Cette adresse n’est pas complète.")],
    )
    address = TextAreaField("Adresse postale", [Length(max=200, message="200 caractères au plus.")])
    signature = StringField(
        "Signature des courriels et des courriers", [Length(max=120, message="120 caractères au plus.")]
    )
    sms_sender = StringField("Expéditeur des SMS", [Optional(), readable_sender])
    names_in_calendars = BooleanField("Les agendas des agents nomment les personnes reçues")


@bp.get("")
@admin_page
def show(session: Session, desk: Desk) -> str:
    overview = settings_overview.read(session, desk.organisation, now=runtime().clock())
    return render_template(
        "agents/settings/show.html",
        organisation=desk.organisation,
        categories=organisation_settings.categories_of(session, desk.organisation.id),
        words=settings_words,
        pages=settings_words.pages(overview, desk.organisation),
        missing=[settings_words.MISSING[one] for one in overview.missing],
    )


@bp.get("/structure")
@admin_page
def contact(_session: Session, desk: Desk) -> str:
    return contact_page(ContactForm(data=shown_contact(desk.organisation)))


@bp.post("/structure")
@admin_page
def change_contact(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = ContactForm()
    if not form.validate():
        return contact_page(form), 422
    asked = asked_contact(form.data)
    organisation_settings.change_contact(
        session, desk.organisation, asked, agent_id=desk.agent.id, now=runtime().clock()
    )
    return saved("Les coordonnées de la structure sont enregistrées.")


def contact_page(form: ContactForm) -> str:
    return render_template("agents/settings/contact.html", form=form)


def saved(sentence: str, back_to: str = "settings.show") -> Response:
    flash(sentence, "good")
    return redirect(url_for(back_to), 303)


def shown_contact(organisation: Organisation) -> dict[str, Any]:
    return {
        "phone": written(organisation.phone),
        "phone_owner": organisation.phone_owner,
        "hours": organisation.hours,
        "email": organisation.email,
        "address": organisation.address,
        "signature": organisation.signature,
        "sms_sender": organisation.sms_sender,
        "names_in_calendars": organisation.names_in_calendars,
    }


def asked_contact(said: dict[str, Any]) -> Contact:
    return Contact(
        phone=phone.parse(said["phone"]),
        hours=(said["hours"] or "").strip(),
        phone_owner=(said["phone_owner"] or "").strip() or None,
        signature=" ".join((said["signature"] or "").split()) or None,
        email=(said["email"] or "").strip() or None,
        sms_sender=sender(said["sms_sender"]),
        names_in_calendars=said["names_in_calendars"],
        address="\n".join(line.strip() for line in (said["address"] or "").splitlines() if line.strip()),
    )


def sender(text: str | None) -> str | None:
    """The sender as it is kept: a name of 11 characters at most, a short code, or a number in E.164; else None."""
    text = (text or "").strip()
    if SENDER_NAME.fullmatch(text) or SHORT_CODE.fullmatch(text):
        return text
    return phone.parse(text) if text else None

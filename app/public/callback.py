"""`/i/<code>/rappel`: "no time suits me, call me". Open to expired and ended invitations too: nobody meets a dead end."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, StringField, TelField
from wtforms.validators import Length, ValidationError

from app.access import public_page
from app.runtime import runtime
from invitations import booking, callbacks, offers
from invitations.errors import PhoneNeeded
from invitations.offers import Setting
from notifications import phone

bp = Blueprint("callback", __name__)

WRITE_A_NUMBER = "Écrivez un numéro où vous joindre, par exemple 06 12 34 56 78."


def known_number(_form: Form, field: Any) -> None:
    """A number that can be called, kept in E.164; nothing means the one we have."""
    written = (field.data or "").strip()
    field.data = phone.parse(written) if written else ""
    if field.data is None:
        field.data = written
        raise ValidationError(WRITE_A_NUMBER)


class CallbackForm(Form):
    phone = TelField("Votre numéro de téléphone", [known_number])
    preferred = StringField("Quand vous appeler", [Length(max=120, message="Écrivez 120 caractères au plus.")])


@bp.app_template_global()
def empty_callback_form() -> CallbackForm:
    """For the pages that end in "call me" whatever brought the person there."""
    return CallbackForm()


@bp.get("/i/<code>/rappel")
@public_page
def form(session: Session, code: str) -> str:
    return form_page(setting_of(session, code), code, CallbackForm())


@bp.post("/i/<code>/rappel")
@public_page
def ask(session: Session, code: str) -> Response | tuple[str, int]:
    form = CallbackForm(request.form)
    if not form.validate():
        return form_page(setting_of(session, code), code, form), 422
    callbacks.ask_callback(
        session, code, phone=form.phone.data or "", preferred=form.preferred.data or "", now=runtime().clock()
    )
    return redirect(url_for("callback.asked", code=code), 303)


@bp.get("/i/<code>/rappel/note")
@public_page
def asked(session: Session, code: str) -> str:
    return render_template("public/callback/asked.html", setting=setting_of(session, code))


@bp.errorhandler(PhoneNeeded)
def ask_for_number(_refusal: PhoneNeeded) -> tuple[str, int]:
    """We have no number: the field left empty is not enough. The refused transaction is over: this one only reads."""
    code = (request.view_args or {})["code"]
    form = CallbackForm(request.form)
    form.phone.errors = (WRITE_A_NUMBER,)
    with runtime().database.reading() as session:
        return form_page(setting_of(session, code), code, form), 422


def setting_of(session: Session, code: str) -> Setting:
    invitation = booking.invitation_of(session, code)
    return offers.setting_of(session, invitation.follow_up, invitation.organisation)


def form_page(setting: Setting, code: str, form: CallbackForm) -> str:
    return render_template("public/callback/form.html", setting=setting, code=code, form=form)

"""`/i/<code>/rappel` and `/r/<code>/rappel`: "call me". Open whatever has become of the invitation or the appointment:
nobody meets a dead end."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, SelectMultipleField, StringField, TelField, fields
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import public_page
from app.labels import label
from app.runtime import runtime
from invitations import booking, callbacks, changing, offers
from invitations.errors import PhoneNeeded
from invitations.models import CallTime
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
    times = SelectMultipleField(
        "Quand vous appeler ?".replace(" ?", "\N{NO-BREAK SPACE}?"),
        choices=[fields.SelectChoice(str(one), label(one)) for one in CallTime],  # type: ignore[attr-defined]  # newer than types-WTForms
        validate_choice=False,  # a word that is none is left aside: it is no reason to stop somebody
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    preferred = StringField("Une précision", [Length(max=120, message="Écrivez 120 caractères au plus.")])

    def wishes(self) -> dict[str, Any]:
        """What asking needs, as the domain wants it."""
        chosen = set(self.times.data or ())
        return {
            "phone": self.phone.data or "",
            "times": [one for one in CallTime if one in chosen],
            "preferred": self.preferred.data or "",
        }


@bp.app_template_global()
def empty_callback_form() -> CallbackForm:
    """For the pages that end in "call me" whatever brought the person there."""
    return CallbackForm()


@bp.get("/i/<code>/rappel")
@public_page
def form(session: Session, code: str) -> str:
    return form_page(setting_of(session, code), CallbackForm(), url_for(".ask", code=code))


@bp.post("/i/<code>/rappel")
@public_page
def ask(session: Session, code: str) -> Response | tuple[str, int]:
    form = CallbackForm(request.form)
    if not form.validate():
        return form_page(setting_of(session, code), form, url_for(".ask", code=code)), 422
    callbacks.ask_callback(session, code, **form.wishes(), now=runtime().clock())
    return redirect(url_for(".asked", code=code), 303)


@bp.get("/i/<code>/rappel/note")
@public_page
def asked(session: Session, code: str) -> str:
    return render_template("public/callback/asked.html", setting=setting_of(session, code))


@bp.get("/r/<code>/rappel")
@public_page
def form_about(session: Session, code: str) -> str:
    return form_page(setting_about(session, code), CallbackForm(), url_for(".ask_about", code=code))


@bp.post("/r/<code>/rappel")
@public_page
def ask_about(session: Session, code: str) -> Response | tuple[str, int]:
    form = CallbackForm(request.form)
    if not form.validate():
        return form_page(setting_about(session, code), form, url_for(".ask_about", code=code)), 422
    callbacks.ask_callback_about(session, code, **form.wishes(), now=runtime().clock())
    return redirect(url_for(".asked_about", code=code), 303)


@bp.get("/r/<code>/rappel/note")
@public_page
def asked_about(session: Session, code: str) -> str:
    return render_template("public/callback/asked.html", setting=setting_about(session, code))


@bp.errorhandler(PhoneNeeded)
def ask_for_number(_refusal: PhoneNeeded) -> tuple[str, int]:
    """We have no number: the field left empty is not enough. The refused transaction is over: this one only reads."""
    code = (request.view_args or {})["code"]
    form = CallbackForm(request.form)
    form.phone.errors = (WRITE_A_NUMBER,)
    read = setting_of if request.endpoint == "callback.ask" else setting_about
    with runtime().database.reading() as session:
        return form_page(read(session, code), form, request.path), 422


def setting_of(session: Session, code: str) -> Setting:
    invitation = booking.invitation_of(session, code)
    return offers.setting_of(session, invitation.follow_up, invitation.organisation)


def setting_about(session: Session, code: str) -> Setting:
    participation = changing.participation_of(session, code)
    return offers.setting_of(session, participation.follow_up, participation.appointment.organisation)


def form_page(setting: Setting, form: CallbackForm, action: str) -> str:
    return render_template("public/callback/form.html", setting=setting, form=form, action=action)

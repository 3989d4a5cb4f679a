"""`/i/<code>/rappel` and `/r/<code>/rappel`: "call me". Open whatever has become of the invitation or the appointment:
nobody meets a dead end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, SelectMultipleField, StringField, TelField
from wtforms.validators import Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import public_page
from app.labels import label
from app.public.holding import code_asked, holder_of, main_page, way_asked
from app.runtime import runtime
from invitations import callbacks
from invitations.errors import PhoneNeeded
from invitations.models import CallTime, Need
from invitations.offers import Setting
from notifications import phone

bp = Blueprint("callback", __name__)

WRITE_A_NUMBER = _("Écrivez un numéro où vous joindre, par exemple 06 12 34 56 78.")
WRITE_A_MOBILE = _("Écrivez un numéro de mobile où vous envoyer un SMS, par exemple 06 12 34 56 78.")


def known_number(_form: Form, field: Any) -> None:
    """A number that can be called, kept in E.164; nothing means the one we have."""
    written = (field.data or "").strip()
    field.data = phone.parse(written) if written else ""
    if field.data is None:
        field.data = written
        raise ValidationError(WRITE_A_NUMBER)


class Boxes(SelectMultipleField):
    """Check boxes, one for each value of an enumeration, in the words of the page's language.

    A value that is none is left aside: it is no reason to stop somebody.
    """

    def __init__(self, words: Any, kind: type[CallTime | Need], **kwargs: Any) -> None:
        super().__init__(
            words,
            choices=lambda: [(str(one), label(one)) for one in kind],
            validate_choice=False,
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
            **kwargs,
        )


class CallbackForm(Form):
    phone = TelField(_("Votre numéro de téléphone"), [known_number])
    times = Boxes(_("Quand vous appeler\N{NO-BREAK SPACE}?"), CallTime)
    needs = Boxes(_("De quoi avez-vous besoin pour venir\N{NO-BREAK SPACE}?"), Need)
    preferred = StringField(_("Une précision"), [Length(max=120, message=_("Écrivez 120 caractères au plus."))])

    def wishes(self) -> dict[str, Any]:
        """What asking needs, as the domain wants it."""
        return {
            "phone": self.phone.data or "",
            "times": [one for one in CallTime if one in (self.times.data or ())],
            "preferred": self.preferred.data or "",
            "needs": [one for one in Need if one in (self.needs.data or ())],
        }


@bp.app_template_global()
def empty_callback_form() -> CallbackForm:
    """For the pages that end in "call me" whatever brought the person there."""
    return CallbackForm()


@bp.app_template_filter()
def need_labels(needs: Sequence[str]) -> list[str]:
    """The words for what a person has noted, in the language of the page."""
    return [label(Need(one)) for one in needs]


@bp.get("/i/<code>/rappel")
@public_page
def form(session: Session, code: str) -> str:
    return form_page(holder_of(session, "i", code), CallbackForm(), url_for(".ask", code=code))


@bp.post("/i/<code>/rappel")
@public_page
def ask(session: Session, code: str) -> Response | tuple[str, int]:
    holder, form = holder_of(session, "i", code), CallbackForm(request.form)
    if not form.validate():
        return form_page(holder, form, url_for(".ask", code=code)), 422
    callbacks.ask_callback(session, code, **form.wishes(), codes=runtime().codes, now=runtime().clock())
    return redirect(url_for(".asked", code=code), 303)


@bp.get("/i/<code>/rappel/note")
@public_page
def asked(session: Session, code: str) -> str:
    return asked_page(holder_of(session, "i", code))


@bp.get("/r/<code>/rappel")
@public_page
def form_about(session: Session, code: str) -> str:
    return form_page(holder_of(session, "r", code), CallbackForm(), url_for(".ask_about", code=code))


@bp.post("/r/<code>/rappel")
@public_page
def ask_about(session: Session, code: str) -> Response | tuple[str, int]:
    holder, form = holder_of(session, "r", code), CallbackForm(request.form)
    if not form.validate():
        return form_page(holder, form, url_for(".ask_about", code=code)), 422
    callbacks.ask_callback_about(session, code, **form.wishes(), codes=runtime().codes, now=runtime().clock())
    return redirect(url_for(".asked_about", code=code), 303)


@bp.get("/r/<code>/rappel/note")
@public_page
def asked_about(session: Session, code: str) -> str:
    return asked_page(holder_of(session, "r", code))


@bp.errorhandler(PhoneNeeded)
def ask_for_number(_refusal: PhoneNeeded) -> tuple[str, int]:
    """Nothing we hold reaches them: the field left empty is not enough. The refused transaction is over: this one only reads."""
    with runtime().database.reading() as session:
        holder, form = holder_of(session, way_asked(), code_asked()), CallbackForm(request.form)
        signs = holder.beneficiary.is_written_to or Need.SIGN_LANGUAGE in (form.needs.data or ())
        form.phone.errors = (WRITE_A_MOBILE if signs else WRITE_A_NUMBER,)
        return form_page(holder, form, request.path), 422


def form_page(setting: Setting, form: CallbackForm, action: str) -> str:
    main = main_page(way_asked(), code_asked())
    return render_template("public/callback/form.html", setting=setting, form=form, action=action, main=main)


def asked_page(setting: Setting) -> str:
    main = main_page(way_asked(), code_asked())
    return render_template("public/callback/asked.html", setting=setting, main=main)

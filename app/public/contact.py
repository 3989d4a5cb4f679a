"""`/i/<code>/coordonnees` and `/r/<code>/coordonnees`: another number, another address. What we hold is never shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import EmailField, Form, TelField
from wtforms.validators import ValidationError

from app.access import public_page
from app.public.callback import known_number
from app.public.holding import code_asked, holder_of, main_page, way_asked
from app.runtime import runtime
from invitations import contacts
from invitations.errors import TooManyAttempts
from invitations.holders import Holder
from invitations.uploads.cells import read_email
from notifications.phone import is_mobile

bp = Blueprint("contact", __name__)

NOTHING = ("phone", _("Écrivez un numéro de téléphone ou un email."))
# What the page says once it is done; `?note=` of its own address.
NOTED = {
    "mobile": _("C’est noté. Nos SMS et nos appels iront à ce numéro."),
    "fixe": _("C’est noté. Ce numéro ne reçoit pas de SMS\N{NO-BREAK SPACE}: il servira à vous appeler."),
    "email": _("C’est noté. Nos emails iront à cette adresse."),
    "mobile-email": _("C’est noté. Nos messages iront à ce numéro et à cette adresse."),
    "fixe-email": _("C’est noté. Nos emails iront à cette adresse, et ce numéro servira à vous appeler."),
}


def plain_address(_form: Form, field: Any) -> None:
    """One address that mail can be sent to; nothing means the one we have."""
    written = (field.data or "").strip()
    found = read_email(written) if written else None
    if found is None:
        field.data = ""
    elif found.value is None or found.doubt is not None:
        raise ValidationError(_("Écrivez une adresse email complète, sans accents, par exemple ines@exemple.fr."))
    else:
        field.data = found.value


class ContactForm(Form):
    phone = TelField(_("Mon nouveau téléphone"), [known_number])
    email = EmailField(_("Mon nouvel email"), [plain_address])

    def said(self) -> str:
        """Which of the sentences of NOTED is true."""
        number = ("mobile" if is_mobile(self.phone.data) else "fixe") if self.phone.data else ""
        return "-".join(filter(None, [number, "email" if self.email.data else ""]))


@bp.get("/<any(i, r):way>/<code>/coordonnees")
@public_page
def form(session: Session, way: str, code: str) -> str:
    return page(holder_of(session, way, code), ContactForm())


@bp.post("/<any(i, r):way>/<code>/coordonnees")
@public_page
def correct(session: Session, way: str, code: str) -> Response | tuple[str, int]:
    holder, form = holder_of(session, way, code), ContactForm(request.form)
    if not form.validate():
        return page(holder, form), 422
    if not form.said():
        return page(holder, form, problems=[NOTHING]), 422
    contacts.correct(session, holder, phone=form.phone.data or "", email=form.email.data or "", now=runtime().clock())
    return redirect(url_for(".form", way=way, code=code, note=form.said()), 303)


@bp.errorhandler(TooManyAttempts)
def tell_to_call(_refusal: TooManyAttempts) -> tuple[str, int]:
    """Corrected again and again today. The refused transaction is over: this one only reads."""
    with runtime().database.reading() as session:
        holder = holder_of(session, way_asked(), code_asked())
        return page(holder, ContactForm(request.form), is_too_often=True), 429


def page(
    holder: Holder, form: ContactForm, *, problems: list[tuple[str, Any]] | None = None, is_too_often: bool = False
) -> str:
    return render_template(
        "public/contact/form.html",
        setting=holder,
        form=form,
        problems=problems or [],
        is_too_often=is_too_often,
        noted=NOTED.get(request.args.get("note", "")) if request.method != "POST" else None,
        action=url_for(".correct", way=way_asked(), code=code_asked()),
        main=main_page(way_asked(), code_asked()),
    )

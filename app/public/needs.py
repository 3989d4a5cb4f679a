"""`/i/<code>/besoins` and `/r/<code>/besoins`: an interpreter, a step-free access, sign language."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form

from app.access import public_page
from app.public.callback import Boxes
from app.public.holding import holder_of, main_page
from app.runtime import runtime
from invitations import logistics
from invitations.models import Need

bp = Blueprint("needs", __name__)


class NeedsForm(Form):
    needs = Boxes(_("J’ai besoin de…"), Need)


@bp.get("/<any(i, r):way>/<code>/besoins")
@public_page
def form(session: Session, way: str, code: str) -> str:
    holder = holder_of(session, way, code)
    return render_template(
        "public/needs/form.html",
        setting=holder,
        form=NeedsForm(needs=holder.beneficiary.needs),
        action=url_for(".note", way=way, code=code),
        is_noted="note" in request.args,
        main=main_page(way, code),
    )


@bp.post("/<any(i, r):way>/<code>/besoins")
@public_page
def note(session: Session, way: str, code: str) -> Response:
    holder = holder_of(session, way, code)
    logistics.write_needs(
        session,
        holder.beneficiary,
        NeedsForm(request.form).needs.data or [],
        organisation_id=holder.organisation.id,
        follow_up_id=holder.follow_up.id,
        now=runtime().clock(),
    )
    return redirect(url_for(".form", way=way, code=code, note="oui"), 303)

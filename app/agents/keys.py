"""Réglages, clés: with which other software enters, what each may do, and when it did last."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm, filled, offer
from app.labels import label
from app.runtime import runtime
from invitations.department_settings import speaks_for_department
from invitations.machines import keys
from invitations.machines.keys import By
from invitations.models import KeyScope, ServiceKey

bp = Blueprint("keys", __name__, url_prefix="/agents/reglages/cles")


class KeyForm(FrenchForm):
    name = StringField(
        "Nom", [InputRequired("Donnez un nom à la clé."), filled, Length(max=80, message="80 caractères au plus.")]
    )
    scopes = SelectMultipleField(
        "Ce qu’elle permet",
        [InputRequired("Choisissez au moins un droit.")],
        choices=offer((one.value, label(one)) for one in KeyScope),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    of_department = BooleanField("Pour toutes les structures du département")


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return page(session, desk, KeyForm())


@bp.post("")
@admin_page
def create(session: Session, desk: Desk) -> str | tuple[str, int]:
    """The key is shown by this answer, and never again: no redirection, which would have to keep it."""
    form = KeyForm()
    if not form.validate():
        return page(session, desk, form), 422
    key, token = keys.create(
        session,
        " ".join((form.name.data or "").split()),
        [KeyScope(one) for one in form.scopes.data or ()],
        of_department=bool(form.of_department.data) and speaks_for_department(desk.organisation),
        by=by(desk),
        now=runtime().clock(),
    )
    return shown(key, token)


@bp.post("/<int:key_id>/remplacer")
@admin_page
def rotate(session: Session, desk: Desk, key_id: int) -> str:
    """Shown by this answer, and never again."""
    key, token = keys.rotate(session, key_id, by=by(desk), now=runtime().clock())
    return shown(key, token)


@bp.post("/<int:key_id>/revoquer")
@admin_page
def revoke(session: Session, desk: Desk, key_id: int) -> Response:
    key = keys.revoke(session, key_id, by=by(desk), now=runtime().clock())
    flash(f"La clé «\N{NO-BREAK SPACE}{key.name}\N{NO-BREAK SPACE}» n’ouvre plus rien.", "good")
    return redirect(url_for(".listing"), 303)


def shown(key: ServiceKey, token: str) -> str:
    return render_template("agents/settings/key_shown.html", key=key, token=token)


def page(session: Session, desk: Desk, form: KeyForm) -> str:
    return render_template(
        "agents/settings/keys.html",
        form=form,
        keys=keys.listed(session, desk.organisation),
        scopes=KeyScope,
        of_department=speaks_for_department(desk.organisation),
        zone=desk.organisation.department.zone,
        now=runtime().clock(),
    )


def by(desk: Desk) -> By:
    return By(desk.agent, desk.organisation)

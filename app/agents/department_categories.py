"""Réglages, catégories: why people are met in the département, in its own words, and which organisation goes about each.

The département's administrators add, reword and give them; the others read, and stop what they no longer do.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Field, RadioField, StringField, ValidationError
from wtforms.validators import InputRequired, Length

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm, complain, filled, offer
from app.agents.settings import saved
from app.labels import label
from app.runtime import runtime
from app.security import row_id
from invitations import categories, department_settings, organisation_settings
from invitations.categories import Words
from invitations.department_settings import Speaker
from invitations.errors import NameTaken, PurposeThreatens
from invitations.models import Category, CategoryKind

bp = Blueprint("department_categories", __name__, url_prefix="/agents/reglages/categories")

HERE = "department_categories.listing"
NBSP = "\N{NO-BREAK SPACE}"
TAKEN = "Une autre catégorie du département porte déjà ce nom."


def goes_on(_form: FrenchForm, control: Field) -> None:
    if (control.data or "").strip().lower().startswith("pour "):
        raise ValidationError(f"La phrase dit déjà «{NBSP}pour{NBSP}»{NBSP}: commencez par ce qui suit.")


class WordsForm(FrenchForm):
    name = StringField(
        "Nom, pour les agents",
        [InputRequired("Donnez un nom à la catégorie."), filled, Length(max=80, message="80 caractères au plus.")],
    )
    purpose = StringField(
        "Un rendez-vous pour…",
        [
            InputRequired("Dites aux personnes pour quoi elles viennent."),
            filled,
            goes_on,
            Length(max=200, message="200 caractères au plus."),
        ],
    )


class AddingForm(WordsForm):
    kind = RadioField(
        "Genre",
        [InputRequired("Choisissez un genre.")],
        choices=offer((one.value, label(one)) for one in CategoryKind),
        coerce=CategoryKind,
    )


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return list_page(session, desk, AddingForm())


@bp.post("")
@admin_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    by, form = speaker(session, desk), AddingForm()
    if not form.validate():
        return list_page(session, desk, form), 422
    try:
        made = categories.add(session, asked(form.data), form.data["kind"], by=by, now=runtime().clock())
    except (NameTaken, PurposeThreatens) as refusal:
        explain(form, refusal)
        return list_page(session, desk, form), 422
    flash("La catégorie est ajoutée. Indiquez quelles structures la suivent.", "good")
    return redirect(url_for(".form", category_id=made.id), 303)


@bp.get("/departement/<int:category_id>")
@admin_page
def form(session: Session, desk: Desk, category_id: int) -> str:
    speaker(session, desk)
    chosen = categories.seen_by(session, category_id, desk.organisation.department_id)
    return page(session, chosen, WordsForm(data={"name": chosen.name, "purpose": chosen.purpose}))


@bp.post("/departement/<int:category_id>")
@admin_page
def reword(session: Session, desk: Desk, category_id: int) -> Response | tuple[str, int]:
    by, form = speaker(session, desk), WordsForm()
    chosen = categories.seen_by(session, category_id, desk.organisation.department_id)
    if not form.validate():
        return page(session, chosen, form), 422
    try:
        categories.reword(session, chosen, asked(form.data), by=by, now=runtime().clock())
    except (NameTaken, PurposeThreatens) as refusal:
        explain(form, refusal)
        return page(session, chosen, form), 422
    return saved("C’est noté. Les messages à venir le disent ainsi.", HERE)


@bp.post("/departement/<int:category_id>/structures")
@admin_page
def give(session: Session, desk: Desk, category_id: int) -> Response:
    by = speaker(session, desk)
    chosen = categories.seen_by(session, category_id, desk.organisation.department_id)
    wanted = set(request.form.getlist("structure", type=row_id))
    categories.give_to(session, chosen, wanted, by=by, now=runtime().clock())
    return saved(f"Les structures qui suivent «{NBSP}{chosen.name}{NBSP}» sont enregistrées.", HERE)


@bp.post("/<int:settings_id>/fermer")
@admin_page
def close(session: Session, desk: Desk, settings_id: int) -> Response:
    chosen = organisation_settings.category_seen_by(session, settings_id, desk.organisation.id)
    categories.close(session, chosen, agent_id=desk.agent.id, now=runtime().clock())
    return saved(f"«{NBSP}{chosen.category.name}{NBSP}» est fermée ici. Ce qui est commencé va à son terme.", HERE)


@bp.post("/<int:settings_id>/rouvrir")
@admin_page
def reopen(session: Session, desk: Desk, settings_id: int) -> Response:
    chosen = organisation_settings.category_seen_by(session, settings_id, desk.organisation.id)
    categories.reopen(session, chosen, agent_id=desk.agent.id, now=runtime().clock())
    return saved(f"«{NBSP}{chosen.category.name}{NBSP}» est rouverte, avec ses réglages d’avant.", HERE)


def speaker(session: Session, desk: Desk) -> Speaker:
    """Raises NotAllowed for an organisation that is not the département's."""
    return department_settings.speaker(session, agent_id=desk.agent.id, organisation_id=desk.organisation.id)


def asked(said: dict[str, Any]) -> Words:
    return Words(" ".join(said["name"].split()), " ".join(said["purpose"].split()).rstrip(" ."))


def explain(form: WordsForm, refusal: NameTaken | PurposeThreatens) -> None:
    if isinstance(refusal, NameTaken):
        complain(form.name, TAKEN)
        return
    threats = ", ".join(refusal.details["words"])
    complain(form.purpose, f"Une orientation n’annonce ni sanction ni obligation. À retirer{NBSP}: {threats}.")


def list_page(session: Session, desk: Desk, form: AddingForm) -> str:
    found = categories.listed(session, desk.organisation.department_id)
    handling = categories.handling(session, [one.id for one in found])
    here = desk.organisation.id
    return render_template(
        "agents/settings/categories.html",
        categories=found,
        mine={
            one: next((each for each in those if each.organisation_id == here), None) for one, those in handling.items()
        },
        teams={one: len([each for each in those if each.closed_at is None]) for one, those in handling.items()},
        form=form,
        may_change=department_settings.speaks_for_department(desk.organisation),
    )


def page(session: Session, chosen: Category, form: WordsForm) -> str:
    handled = categories.handling(session, [chosen.id])[chosen.id]
    return render_template(
        "agents/settings/category_words.html",
        category=chosen,
        form=form,
        organisations=categories.organisations_of(session, chosen.department_id),
        handled={one.organisation_id for one in handled if one.closed_at is None},
    )

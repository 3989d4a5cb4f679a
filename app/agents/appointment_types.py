"""Réglages: the types of appointment, everything about one, closing and opening it again."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, admin_page
from app.agents import settings_words
from app.agents.appointment_type_form import TypeForm, asked_terms, shown_terms
from app.agents.french_form import complain, offer
from app.agents.settings import saved
from app.filters import plural
from app.labels import within
from app.runtime import runtime
from invitations import appointment_types
from invitations.errors import NameTaken, TypeInUse
from invitations.models import AppointmentType

bp = Blueprint("appointment_types", __name__, url_prefix="/agents/reglages/motifs")

LISTING = "appointment_types.listing"


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    types = appointment_types.types_of(session, desk.organisation.id)
    return render_template(
        "agents/settings/types.html",
        types=[one for one in types if one.closed_at is None],
        closed=[one for one in types if one.closed_at is not None],
        organisation=desk.organisation,
        words=settings_words,
    )


@bp.get("/ajouter")
@admin_page
def new(session: Session, desk: Desk) -> str:
    return page(session, desk, blank_form(session, desk), None)


@bp.post("/ajouter")
@admin_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = blank_form(session, desk)
    if not form.validate():
        return page(session, desk, form, None), 422
    try:
        made = appointment_types.add(
            session,
            asked_terms(form.data),
            category_id=form.category.data,
            organisation_id=desk.organisation.id,
            agent_id=desk.agent.id,
            now=runtime().clock(),
        )
    except NameTaken:
        complain(form.name, taken())
        return page(session, desk, form, None), 422
    return saved(f"Le motif {quoted(made)} est ajouté. Il reste à ouvrir des plages pour lui.", LISTING)


@bp.get("/<int:type_id>")
@admin_page
def form(session: Session, desk: Desk, type_id: int) -> str:
    chosen = appointment_types.type_seen_by(session, type_id, desk.organisation.id)
    return page(session, desk, TypeForm(data=shown_terms(chosen)), chosen)


@bp.post("/<int:type_id>")
@admin_page
def change(session: Session, desk: Desk, type_id: int) -> Response | tuple[str, int]:
    chosen = appointment_types.type_seen_by(session, type_id, desk.organisation.id)
    form = TypeForm()
    del form.category
    if not form.validate():
        return page(session, desk, form, chosen), 422
    try:
        appointment_types.change(session, chosen, asked_terms(form.data), agent_id=desk.agent.id, now=runtime().clock())
    except NameTaken:
        complain(form.name, taken())
        return page(session, desk, form, chosen), 422
    except TypeInUse as refusal:
        complain_of_use(form, chosen, refusal)
        return page(session, desk, form, chosen), 422
    return saved(f"Le motif {quoted(chosen)} est enregistré.", LISTING)


@bp.post("/<int:type_id>/fermer")
@admin_page
def close(session: Session, desk: Desk, type_id: int) -> Response:
    chosen = appointment_types.type_seen_by(session, type_id, desk.organisation.id)
    left = appointment_types.close(session, chosen, agent_id=desk.agent.id, now=runtime().clock())
    stay = (
        f" {plural(left, 'rendez-vous à venir reste', 'rendez-vous à venir restent')} dans les agendas." if left else ""
    )
    return saved(f"Le motif {quoted(chosen)} est fermé\N{NO-BREAK SPACE}: plus aucun créneau.{stay}", LISTING)


@bp.post("/<int:type_id>/rouvrir")
@admin_page
def reopen(session: Session, desk: Desk, type_id: int) -> Response:
    chosen = appointment_types.type_seen_by(session, type_id, desk.organisation.id)
    try:
        appointment_types.reopen(session, chosen, agent_id=desk.agent.id, now=runtime().clock())
    except NameTaken:
        flash(f"Un autre motif s’appelle {quoted(chosen)}. Renommez l’un des deux, puis rouvrez celui-ci.", "care")
        return redirect(url_for("appointment_types.form", type_id=type_id), 303)
    return saved(f"Le motif {quoted(chosen)} est rouvert.", LISTING)


def blank_form(session: Session, desk: Desk) -> TypeForm:
    form = TypeForm()
    categories = appointment_types.categories_of(session, desk.organisation.id)
    form.category.choices = offer((one.id, one.name) for one in categories)
    return form


def page(session: Session, desk: Desk, form: TypeForm, chosen: AppointmentType | None) -> str:
    return render_template(
        "agents/settings/type.html",
        form=form,
        type=chosen,
        use=appointment_types.use_of(session, chosen, now=runtime().clock()) if chosen else None,
        has_categories=bool(chosen or appointment_types.categories_of(session, desk.organisation.id)),
    )


def complain_of_use(form: TypeForm, chosen: AppointmentType, refusal: TypeInUse) -> None:
    """Beside the field that would change under people who hold an appointment."""
    if form.is_collective.data != str(int(chosen.is_collective)):
        complain(form.is_collective, "Ce motif a déjà servi. Pour changer cela, ajoutez un autre motif.")
        return
    count = plural(refusal.details["appointments"], "rendez-vous est pris", "rendez-vous sont pris")
    complain(form.place_type, f"{count} {within(chosen.place_type)}. Pour recevoir autrement, ajoutez un autre motif.")


def taken() -> str:
    return "Un autre motif porte déjà ce nom."


def quoted(chosen: AppointmentType) -> str:
    return f"«\N{NO-BREAK SPACE}{chosen.name}\N{NO-BREAK SPACE}»"

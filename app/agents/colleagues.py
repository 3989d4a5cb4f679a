"""Réglages, collègues: who has access to what, and who else is to have it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, EmailField, RadioField
from wtforms.validators import InputRequired, Length, Regexp

from app.access import Desk, admin_page
from app.agents.french_form import FrenchForm, complain, offer
from app.filters import plural
from app.labels import label
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations import colleagues, colleagues_list
from invitations.colleagues import By, Rights
from invitations.colleagues_list import Colleague
from invitations.errors import AccountClosed, AlreadyColleague, LastAdministrator
from invitations.models import Role

bp = Blueprint("colleagues", __name__, url_prefix="/agents/reglages/collegues")

ROLES = offer([(role.value, label(role)) for role in Role])


class RightsForm(FrenchForm):
    role = RadioField("Rôle", choices=ROLES, default=Role.BASIC.value)
    may_export = BooleanField("Peut exporter des listes de personnes")


class ChangeForm(RightsForm):
    is_dpo = BooleanField("Veille à la protection des données (DPO)")


class InviteForm(RightsForm):
    email = EmailField(
        "Adresse électronique professionnelle",
        [
            InputRequired("Indiquez l’adresse de votre collègue."),
            Length(max=254, message="Cette adresse est trop longue."),
            Regexp(r"\s*[^@\s]+@[^@\s]+\.[^@\s]+\s*$", message="Cette adresse n’est pas complète."),
        ],
    )


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return page(session, desk, InviteForm())


@bp.post("")
@admin_page
def invite(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = InviteForm()
    if not form.validate() or not is_sent(session, desk, form):
        return page(session, desk, form), 422
    return told(f"L’invitation part à {(form.email.data or '').strip().lower()}. Elle vaut sept jours.")


@bp.post("/invitations/<int:link_id>/renvoyer")
@admin_page
def invite_again(session: Session, desk: Desk, link_id: int) -> Response:
    link = colleagues.invite_again(session, link_id, by=by(desk), codes=runtime().codes)
    return told(f"Une nouvelle invitation part à {link.agent.email}. La précédente ne sert plus.")


@bp.post("/invitations/<int:link_id>/retirer")
@admin_page
def take_back(session: Session, desk: Desk, link_id: int) -> Response:
    colleagues.take_back(session, link_id, by=by(desk))
    return told("L’invitation est retirée. Son lien ne sert plus.")


@bp.get("/<int:agent_id>")
@admin_page
def one(session: Session, desk: Desk, agent_id: int) -> str:
    found = colleagues_list.one(session, agent_id, desk.organisation.id, now=runtime().clock())
    return one_page(desk, found, ChangeForm(data=held(found)))


@bp.post("/<int:agent_id>")
@admin_page
def change(session: Session, desk: Desk, agent_id: int) -> Response | tuple[str, int]:
    form = ChangeForm()
    found = colleagues_list.one(session, agent_id, desk.organisation.id, now=runtime().clock())
    if not form.validate():
        return one_page(desk, found, form), 422
    try:
        colleagues.change(session, agent_id, changed_rights(form), by=by(desk))
    except LastAdministrator as refusal:
        complain(form.role, refusal_sentence(refusal))
        return one_page(desk, found, form), 409
    return told(f"C’est enregistré pour {found.full_name}.")


@bp.post("/<int:agent_id>/retirer")
@admin_page
def remove(session: Session, desk: Desk, agent_id: int) -> Response | tuple[str, int]:
    found = colleagues_list.one(session, agent_id, desk.organisation.id, now=runtime().clock())
    try:
        colleagues.remove(session, agent_id, by=by(desk))
    except LastAdministrator as refusal:
        form = ChangeForm(None, data=held(found))
        return one_page(desk, found, form, refusal_sentence(refusal)), 409
    return told(f"{found.full_name} n’a plus accès à la structure.")


@bp.post("/<int:agent_id>/deuxieme-etape")
@admin_page
def forget_second_factor(session: Session, desk: Desk, agent_id: int) -> Response:
    found = colleagues_list.one(session, agent_id, desk.organisation.id, now=runtime().clock())
    colleagues.forget_second_factor(session, agent_id, by=by(desk))
    return told(
        f"{found.full_name} se connecte avec son mot de passe, et peut installer de nouveau une deuxième étape."
    )


@bp.post("/<int:agent_id>/connexions/fermer")
@admin_page
def end_sessions(session: Session, desk: Desk, agent_id: int) -> Response:
    found = colleagues_list.one(session, agent_id, desk.organisation.id, now=runtime().clock())
    ended = colleagues.end_sessions(session, agent_id, by=by(desk))
    return told(f"{plural(ended, 'connexion fermée', 'connexions fermées')} pour {found.full_name}.")


def is_sent(session: Session, desk: Desk, form: InviteForm) -> bool:
    """False with the reason beside the address."""
    try:
        colleagues.invite(session, form.email.data or "", rights(form), by=by(desk), codes=runtime().codes)
    except (AlreadyColleague, AccountClosed) as refusal:
        complain(form.email, refusal_sentence(refusal))
        return False
    return True


def page(session: Session, desk: Desk, form: InviteForm) -> str:
    now = runtime().clock()
    return render_template(
        "agents/colleagues/listing.html",
        form=form,
        colleagues=colleagues_list.read(session, desk.organisation.id, now=now),
        invited=colleagues_list.invited(session, desk.organisation.id),
        asks_second_factor=runtime().settings.requires_second_factor,
        now=now,
    )


def held(found: Colleague) -> dict[str, Any]:
    return {"role": found.role.value, "may_export": found.may_export, "is_dpo": found.is_dpo}


def one_page(desk: Desk, found: Colleague, form: ChangeForm, problem: str = "") -> str:
    return render_template(
        "agents/colleagues/one.html",
        form=form,
        one=found,
        problem=problem,
        is_me=found.id == desk.agent.id,
        now=runtime().clock(),
    )


def rights(form: RightsForm) -> Rights:
    return Rights(Role(form.role.data), bool(form.may_export.data))


def changed_rights(form: ChangeForm) -> Rights:
    return replace(rights(form), is_dpo=bool(form.is_dpo.data))


def by(desk: Desk) -> By:
    return By(desk.agent, desk.organisation, runtime().clock())


def told(sentence: str) -> Response:
    flash(sentence, "good")
    return redirect(url_for(".listing"), 303)

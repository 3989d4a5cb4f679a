"""Correcting a person for a caller: who they are, how to reach them, what they no longer want to receive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import nir_field, person_form
from app.agents.person import back
from app.agents.person_form import PersonForm
from app.runtime import runtime
from invitations import nir_writing, people_editing
from invitations.models import Beneficiary, Channel
from invitations.permissions import beneficiary_seen_by, may_see_internal_id
from invitations.reach import ELECTRONIC

bp = Blueprint("person_editing", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>")

ACTS: dict[str, tuple[Callable[..., None], dict[Channel, str]]] = {
    "refuser": (
        people_editing.refuse,
        {Channel.SMS: "Plus aucun SMS ne partira.", Channel.EMAIL: "Plus aucun courriel ne partira."},
    ),
    "accepter": (
        people_editing.accept,
        {Channel.SMS: "Les SMS peuvent repartir.", Channel.EMAIL: "Les courriels peuvent repartir."},
    ),
    "remettre": (
        people_editing.vouch,
        {Channel.SMS: "Le numéro sert de nouveau.", Channel.EMAIL: "L’adresse sert de nouveau."},
    ),
}


@bp.get("/modifier")
@agent_page
def form(session: Session, desk: Desk, beneficiary_id: int) -> str:
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    return page(person, offered(person, desk, PersonForm(data=person_form.shown(person))))


@bp.post("/modifier")
@agent_page
def save(session: Session, desk: Desk, beneficiary_id: int) -> Response | tuple[str, int]:
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    typed = offered(person, desk, PersonForm())
    values = asked(typed, desk, person)
    if values is None:
        return page(person, typed), 422
    changed = people_editing.edit(
        session,
        person,
        values,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    changed_nir = save_nir(session, desk, typed, person)
    flash("C’est enregistré." if changed or changed_nir else "Rien n’a changé.", "good")
    return back(beneficiary_id)


@bp.post("/moyens")
@agent_page
def channel(session: Session, desk: Desk, beneficiary_id: int) -> Response:
    """One channel is refused (`refuser`), allowed again (`accepter`), or vouched for (`remettre`). Repeated, changes nothing."""
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    said = [(act, one) for act in ACTS for one in ELECTRONIC if one == request.form.get(act)]
    if not said:
        abort(422)
    act, sentences = ACTS[said[0][0]]
    act(
        session,
        person,
        said[0][1],
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    flash(sentences[said[0][1]], "good")
    return back(beneficiary_id)


def offered(person: Beneficiary, desk: Desk, form: PersonForm) -> PersonForm:
    """Without what this agent may not see."""
    kinds = [one.organisation.kind for one in person.memberships if one.organisation_id in desk.organisation_ids]
    if not may_see_internal_id(kinds):
        del form.department_internal_id
    asks = nir_writing.may_write(person, desk.organisation, kinds)
    nir_field.ask_unless_unkept(form, asks=asks, held=person.nir_hash is not None)
    return form


def save_nir(session: Session, desk: Desk, form: PersonForm, person: Beneficiary) -> bool:
    """Whether it changed. Nothing typed keeps what is held; erasing is said with its own box."""
    erases = form.nir_erased is not None and form.nir_erased.data
    taken = form.taken(nir_field.keeping(desk))
    if taken is None and not erases:
        return False
    return nir_writing.write(
        session, person, taken, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )


def asked(form: PersonForm, desk: Desk, person: Beneficiary) -> dict[str, Any] | None:
    """What to write, or None with a complaint beside what is wrong."""
    is_right = form.validate()
    is_clear, town = person_form.settle_town(form, desk.organisation.department, person)
    if not is_right or not is_clear:
        return None
    return person_form.values_of(form, person_form.shown(person)) | town


def page(person: Beneficiary, form: PersonForm) -> str:
    held = nir_field.shown(person) if form.nir else ""
    return render_template("agents/person/edit.html", person=person, form=form, nir_held=held)

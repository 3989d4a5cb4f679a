"""Somebody calls whom nobody knows yet: a name, a number, and straight to booking for them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField
from wtforms.widgets import ListWidget

from app.access import Desk, agent_page
from app.agents import nir_field, person_form, person_words
from app.agents.french_form import complain, offer
from app.agents.person_form import NewPersonForm
from app.runtime import runtime
from invitations import duplicates, nir_writing, people, people_editing
from invitations.duplicates import Duplicate
from invitations.models import Beneficiary, Category
from invitations.uploads.people import Person

bp = Blueprint("person_new", __name__, url_prefix="/agents/personnes/nouvelle")

NO_IDENTIFIER = "Un téléphone, une adresse électronique, ou un numéro d’allocataire avec son rôle."
# The answer to "is it one of these?": nobody of them.
NOBODY = "autre"


class Form(NewPersonForm):
    category = RadioField(
        "Pour quel suivi", coerce=int, validate_choice=False, choices=[], widget=ListWidget(prefix_label=False)
    )

    def offer_categories(self, found: list[Category]) -> None:
        self.category.choices = offer((one.id, one.name) for one in found)
        if request.method == "GET" and found:
            self.category.data = found[0].id


@bp.get("")
@agent_page
def form(session: Session, desk: Desk) -> str:
    return page(session, desk, asking(desk, Form(formdata=None, data=named(request.args.get("q", "")))), [])


@bp.post("")
@agent_page
def add(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = asking(desk, Form())
    categories = people.categories_of(session, [desk.organisation.id], is_open=True)
    described = read(form, desk, categories)
    if described is None:
        return page(session, desk, form, []), 422
    people_editing.take_turn(session, desk.organisation.department_id)
    found = duplicates.find(
        session, desk.organisation.department_id, described, organisation_ids=[desk.organisation.id]
    )
    answer = request.form.get("meme", "")
    same = next((one for one in found if not one.is_here and str(one.known.id) == answer), None)
    if found and same is None and answer != NOBODY:
        return page(session, desk, form, found), 409
    person = chosen(session, desk, same) if same else made(session, desk, form)
    note_nir(session, desk, form, person)
    return to_booking(session, person, form.category.data)


def asking(desk: Desk, form: Form) -> Form:
    """With the social security number only where it is kept."""
    nir_field.ask_unless_unkept(form, asks=nir_field.keeping(desk) is not None)
    return form


def note_nir(session: Session, desk: Desk, form: Form, person: Beneficiary) -> None:
    """Of somebody who was known elsewhere, a number that is held stays."""
    taken = form.taken(nir_field.keeping(desk))
    if taken is not None and person.nir_hash is None:
        nir_writing.write(
            session, person, taken, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
        )


def read(form: Form, desk: Desk, categories: list[Category]) -> Person | None:
    """Whom the form describes, or None with a complaint beside what is wrong."""
    is_right = form.validate()
    if is_right and not form.has_identifier:
        complain(form.phone, NO_IDENTIFIER)
        is_right = False
    if is_right and form.category.data not in {one.id for one in categories}:
        complain(form.category, "Choisissez dans la liste.")
        is_right = False
    return Person(**person_form.values_of(form, {}), nir=form.taken(nir_field.keeping(desk))) if is_right else None


def made(session: Session, desk: Desk, form: Form) -> Beneficiary:
    return people_editing.add(
        session,
        person_form.values_of(form, {}),
        department_id=desk.organisation.department_id,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )


def chosen(session: Session, desk: Desk, same: Duplicate) -> Beneficiary:
    """Somebody whom another organisation of the département follows comes here, too, as an import would do."""
    person = session.get_one(Beneficiary, same.known.id)
    people_editing.join(
        session,
        person,
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    return person


def to_booking(session: Session, person: Beneficiary, category_id: int) -> Response:
    follow_up = people_editing.follow(session, person, category_id, now=runtime().clock())
    flash(f"{person.full_name} est dans la liste. Choisissez une date ensemble, ou revenez à sa page.", "good")
    return redirect(url_for("dating.form", beneficiary_id=person.id, follow_up_id=follow_up.id, way="reserver"), 303)


def page(session: Session, desk: Desk, form: Form, found: list[Duplicate]) -> str:
    categories = people.categories_of(session, [desk.organisation.id], is_open=True)
    form.offer_categories(categories)
    return render_template(
        "agents/person/new.html",
        form=form,
        categories=categories,
        here=[one for one in found if one.is_here],
        elsewhere=[one for one in found if not one.is_here],
        doubt=person_words.doubt,
        nobody=NOBODY,
    )


def named(text: str) -> dict[str, str]:
    """What was searched in vain: a number, or a first and a last name."""
    words = " ".join(text.split())[:80]
    if sum(one.isdigit() for one in words) >= 6:
        return {"phone": words}
    first, _, last = words.partition(" ")
    return {"first_name": first, "last_name": last} if not has_digits(words) else {}


def has_digits(words: str) -> bool:
    """A file's number, in letters and digits, is nobody's name."""
    return any(one.isdigit() for one in words)

"""Imports: choose a file, look at what it would do, save it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField

from app.access import Desk, agent_page, checking_agent_page
from app.agents import import_words
from app.agents.french_form import FrenchForm, complain
from app.labels import label
from app.runtime import runtime
from invitations import people, uploads
from invitations.errors import UploadRefused
from invitations.models import Category, ImportState
from invitations.uploads import previews
from invitations.uploads.headers import Field

bp = Blueprint("imports", __name__, url_prefix="/agents/imports")

ACCEPTED = ".xlsx,.xls,.ods,.csv,.txt,.tsv"


class UploadForm(FrenchForm):
    file = FileField("Fichier")
    category = SelectField("Motif pour lequel ces personnes seront invitées", coerce=int)

    def offer(self, categories: list[Category]) -> None:
        self.category.choices = [(one.id, one.name) for one in categories]


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    return listing_page(session, desk, upload_form(session, desk))


@bp.post("")
@checking_agent_page
def upload(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = upload_form(session, desk)
    if not form.validate():
        return listing_page(session, desk, form), 422
    received = form.file.data
    try:
        seen = uploads.look(
            session,
            content=received.read() if received else b"",
            filename=received.filename or "" if received else "",
            organisation_id=desk.organisation.id,
            category_id=form.category.data,
            agent_id=desk.agent.id,
            now=runtime().clock(),
        )
    except UploadRefused as refusal:
        complain(form.file, label(refusal.details["why"]))
        return listing_page(session, desk, form), 422
    with runtime().database.writing() as writing:
        batch = uploads.keep(writing, seen, now=runtime().clock())
    return redirect(url_for("imports.show", batch_id=batch.id), 303)


@bp.get("/<int:batch_id>")
@agent_page
def show(session: Session, desk: Desk, batch_id: int) -> str:
    batch = previews.batch_seen_by(session, batch_id, desk.organisation_ids)
    verdict = import_words.VERDICTS.get(request.args.get("lignes", ""))
    number = request.args.get("page", 1, type=int)
    return render_template(
        "agents/imports/show.html",
        batch=batch,
        category=session.get_one(Category, batch.category_id),
        counts=previews.counts_of(session, [batch.id])[batch.id],
        page=previews.page_of(session, batch, verdict, number, desk.organisation_ids),
        columns=[(header, Field(name)) for header, name in batch.columns.items()],
        verdict=verdict,
        is_saved=batch.state is ImportState.SAVED,
        words=import_words,
        zone=desk.organisation.department.zone,
    )


@bp.post("/<int:batch_id>/enregistrer")
@agent_page
def save(session: Session, desk: Desk, batch_id: int) -> Response:
    batch = previews.batch_seen_by(session, batch_id, desk.organisation_ids)
    was_saved = batch.state is ImportState.SAVED
    saved = uploads.save(session, batch, agent_id=desk.agent.id, now=runtime().clock())
    flash("Cet import était déjà enregistré." if was_saved else import_words.saved_sentence(saved), "good")
    return redirect(url_for("imports.show", batch_id=batch.id), 303)


def upload_form(session: Session, desk: Desk) -> UploadForm:
    form = UploadForm()
    form.offer(people.categories_of(session, [desk.organisation.id]))
    return form


def listing_page(session: Session, desk: Desk, form: UploadForm) -> str:
    return render_template(
        "agents/imports/listing.html",
        form=form,
        accepted=ACCEPTED,
        batches=previews.batches(session, desk.organisation_ids),
        words=import_words,
        zone=desk.organisation.department.zone,
    )

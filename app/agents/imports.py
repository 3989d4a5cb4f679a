"""Imports: choose a file, look at what it would do, save it; see what it did, undo it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import SelectField, ValidationError

from app import security
from app.access import Desk, agent_page, checking_agent_page
from app.agents import import_words, imports_columns_words
from app.agents.french_form import FrenchForm, complain
from app.agents.imports_receiving import receive, received
from app.labels import label
from app.runtime import runtime
from invitations import people, uploads
from invitations.errors import ImportStays, UploadRefused
from invitations.models import Category, ImportBatch, ImportState
from invitations.nir_keeping import is_kept_by
from invitations.uploads import previews, progress
from invitations.uploads.headers import Field
from invitations.uploads.planning import is_at_work

bp = Blueprint("imports", __name__, url_prefix="/agents/imports")
bp.record(lambda state: security.receive_streams(state.app, "imports.upload", receive))

UNCHOSEN = 0
ACCEPTED = ".xlsx,.xls,.ods,.csv,.txt,.tsv,.xml"


class UploadForm(FrenchForm):
    file = FileField("Fichier")
    category = SelectField("Motif pour lequel ces personnes seront invitées", coerce=int)

    def offer(self, categories: list[Category]) -> None:
        """Nobody is followed for a reason that nobody chose: with several, one is chosen, or was the last time."""
        self.category.choices = [(one.id, one.name) for one in categories]
        if len(categories) > 1 and not self.category.data:
            self.category.choices.insert(0, (UNCHOSEN, "À choisir"))

    def validate_category(self, control: SelectField) -> None:
        if control.data == UNCHOSEN:
            raise ValidationError("Choisissez le motif.")


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
    try:
        batch_id = take_in(session, desk, form)
    except UploadRefused as refusal:
        complain(form.file, label(refusal.details["why"]))
        headers, with_nir = refusal.details.get("headers", []), is_kept_by(desk.organisation)
        return listing_page(session, desk, form, imports_columns_words.guessed(headers, with_nir=with_nir)), 422
    return redirect(url_for("imports.show", batch_id=batch_id), 303)


@bp.get("/<int:batch_id>")
@agent_page
def show(session: Session, desk: Desk, batch_id: int) -> str:
    batch = previews.batch_seen_by(session, batch_id, desk.organisation_ids)
    now = runtime().clock()
    if is_at_work(batch):
        return render_template(
            "agents/imports/progress.html",
            batch=batch,
            category=session.get_one(Category, batch.category_id),
            left=progress.time_left(batch, now=now),
            broke_off=progress.broke_off(batch, now=now),
            words=import_words,
            columns_words=imports_columns_words,
        )
    verdict = import_words.VERDICTS.get(request.args.get("lignes", ""))
    zone = desk.organisation.department.zone
    number, today = request.args.get("page", 1, type=int), now.astimezone(zone).date()
    return render_template(
        "agents/imports/show.html",
        batch=batch,
        category=session.get_one(Category, batch.category_id),
        counts=previews.counts_of(session, [batch.id])[batch.id],
        page=previews.page_of(session, batch, verdict, number, desk.organisation_ids, today=today),
        columns=[(header, Field(name)) for header, name in batch.columns.items()],
        fields=imports_columns_words.fields(with_nir=is_kept_by(desk.organisation)),
        verdict=verdict,
        is_preview=batch.state is ImportState.PREVIEW,
        is_saved=batch.state is not ImportState.PREVIEW,
        words=import_words,
        columns_words=imports_columns_words,
        zone=zone,
    )


@bp.post("/<int:batch_id>/enregistrer")
@agent_page
def save(session: Session, desk: Desk, batch_id: int) -> Response:
    batch = previews.batch_seen_by(session, batch_id, desk.organisation_ids)
    was_preview = batch.state is ImportState.PREVIEW
    saved = uploads.save(session, batch, agent_id=desk.agent.id, now=runtime().clock())
    if not was_preview:
        flash("Cet import était déjà enregistré.", "good")
    elif batch.state is ImportState.SAVED:
        flash(import_words.saved_sentence(saved), "good")
    return redirect(url_for("imports.show", batch_id=batch.id), 303)


@bp.post("/<int:batch_id>/annuler")
@agent_page
def undo(session: Session, desk: Desk, batch_id: int) -> Response:
    batch = previews.batch_seen_by(session, batch_id, desk.organisation_ids)
    try:
        undone = uploads.undoing.undo(session, batch, agent_id=desk.agent.id, now=runtime().clock())
        flash(import_words.undone_sentence(undone), "good")
    except ImportStays as refusal:
        flash(import_words.stays_sentence(refusal.details["invited"]), "stop")
    return redirect(url_for("imports.show", batch_id=batch.id), 303)


def take_in(session: Session, desk: Desk, form: UploadForm) -> int:
    """The file becomes a preview, or is handed to the scheduler when it is long. Returns the batch's id."""
    content, filename = received(form.file.data)
    now = runtime().clock()
    seen = uploads.look(
        session,
        content=content,
        filename=filename,
        organisation_id=desk.organisation.id,
        category_id=form.category.data,
        agent_id=desk.agent.id,
        seals=runtime().seals,
        now=now,
    )
    if seen.is_long:
        return progress.store(runtime().database, seen, now=now)
    with runtime().database.writing() as writing:
        return uploads.keep(writing, seen, now=now).id


def upload_form(session: Session, desk: Desk, batch: ImportBatch | None = None) -> UploadForm:
    form = UploadForm(category=batch.category_id if batch else previews.latest_category(session, desk.organisation.id))
    form.offer(people.categories_of(session, [desk.organisation.id], is_open=True))
    return form


def listing_page(session: Session, desk: Desk, form: UploadForm, told: Sequence[tuple[str, str]] = ()) -> str:
    """`told`: what a file that was not recognised calls its columns, and what each is said to hold."""
    return render_template(
        "agents/imports/listing.html",
        form=form,
        accepted=ACCEPTED,
        told=told,
        fields=imports_columns_words.fields(with_nir=is_kept_by(desk.organisation)),
        mappings=uploads.mappings.mappings_of(session, desk.organisation.id),
        batches=previews.batches(session, desk.organisation_ids),
        words=import_words,
        columns_words=imports_columns_words,
        zone=desk.organisation.department.zone,
    )

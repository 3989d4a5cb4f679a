"""What an organisation says its columns hold: told once beside a file, kept for the next ones, forgotten when wrong."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import security
from app.access import Desk, agent_page, checking_agent_page
from app.agents import import_words
from app.agents.french_form import complain
from app.agents.imports import UploadForm, listing_page, take_in, upload_form
from app.agents.imports_receiving import receive
from app.labels import label
from app.runtime import runtime
from invitations.errors import ImportClosed, UploadRefused
from invitations.uploads import correcting, mappings, previews
from invitations.uploads.headers import Field

bp = Blueprint("import_columns", __name__, url_prefix="/agents/imports/colonnes")
bp.record(lambda state: security.receive_streams(state.app, "import_columns.learn", receive))

MOST_COLUMNS = 200


@bp.post("")
@checking_agent_page
def learn(session: Session, desk: Desk) -> Response | tuple[str, int]:
    """Keep what was said, then read the file again with it: what was left aside had been kept nowhere."""
    headers = said()
    form = upload_form(session, desk)
    if not form.validate():
        return listing_page(session, desk, form, pairs(headers)), 422
    with runtime().database.writing() as writing:
        mappings.learn(
            writing, headers, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
        )
    with runtime().database.reading() as fresh:  # this page's own began before
        return read_again(fresh, desk, form, headers)


def read_again(
    session: Session, desk: Desk, form: UploadForm, headers: dict[str, Field | None]
) -> Response | tuple[str, int]:
    try:
        batch_id = take_in(session, desk, form)
    except UploadRefused as refusal:
        complain(form.file, label(refusal.details["why"]))
        return listing_page(session, desk, form, pairs(headers)), 422
    replace_preview(desk)
    return redirect(url_for("imports.show", batch_id=batch_id), 303)


@bp.post("/<int:mapping_id>/oublier")
@agent_page
def forget(session: Session, desk: Desk, mapping_id: int) -> Response:
    mappings.forget(
        session, mapping_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash(import_words.FORGOTTEN, "good")
    return redirect(url_for("imports.listing"), 303)


def said() -> dict[str, Field | None]:
    """Header → field, as the form pairs them; a word that names no field leaves the column aside."""
    headers, words = request.form.getlist("entete")[:MOST_COLUMNS], request.form.getlist("contenu")
    known = {field.value: field for field in Field}
    return {header: known.get(word) for header, word in zip(headers, words, strict=False)}


def pairs(headers: dict[str, Field | None]) -> list[tuple[str, str]]:
    return [(header, field.value if field else "") for header, field in headers.items()]


def replace_preview(desk: Desk) -> None:
    """The preview from which the columns were told apart is of no use any more."""
    number = request.form.get("import", "")
    if not number.isdecimal() or len(number) > 9:
        return
    with runtime().database.writing() as writing:
        try:
            batch = previews.batch_seen_by(writing, int(number), desk.organisation_ids)
            correcting.discard(writing, batch)
        except ImportClosed:  # a colleague has saved it: it stays
            return

"""Réglages, lieux utiles: what data·inclusion publishes of the département, what of it people are shown, where it is read from.

Each organisation chooses what its people see; the département's administrators bring the files.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Field, SelectMultipleField, StringField
from wtforms.widgets import CheckboxInput, ListWidget

from app import security
from app.access import Desk, admin_page, checking_admin_page
from app.agents import useful_places_words as words
from app.agents.french_form import FrenchForm, complain, offer
from app.agents.settings import saved
from app.agents.useful_places_receiving import receive, received
from app.runtime import runtime
from invitations import department_settings
from invitations.department_settings import Speaker
from invitations.errors import NameTaken, UploadRefused
from invitations.models import UsefulKind, UsefulTheme
from invitations.useful_places import choosing, drafts, feeds
from invitations.useful_places.reading import read
from notifications.web_addresses import FetchFailed

bp = Blueprint("useful_places", __name__, url_prefix="/agents/reglages/lieux-utiles")
bp.record(lambda state: security.receive_streams(state.app, "useful_places.upload", receive))

LISTING = "useful_places.listing"
ACCEPTED = ".csv,.json"
SHOWN = 20  # of each list of a preview


class ThemesForm(FrenchForm):
    themes = SelectMultipleField(
        "Montrer aux personnes, près de leur rendez-vous",
        choices=offer((one.value, words.THEMES[one]) for one in UsefulTheme),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )


class FileForm(FrenchForm):
    file = FileField("Fichier de data·inclusion")


class AddressForm(FrenchForm):
    structure = StringField("Adresse du fichier des structures")
    service = StringField("Adresse du fichier des services")


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return page(session, desk)


@bp.post("")
@checking_admin_page
def upload(reading: Session, desk: Desk) -> Response | tuple[str, int]:
    by, form = speaker(reading, desk), FileForm()
    try:
        found = read(received(form.file.data), by.department.number)
    except UploadRefused as refusal:
        complain(form.file, words.REFUSED[refusal.details["why"]])
        return page(reading, desk, failed=form, file_form=form), 422
    with runtime().database.writing() as session:
        draft = drafts.put_aside(session, found, by=speaker(session, desk), now=runtime().clock())
    return redirect(url_for("useful_places.preview", draft_id=draft.id), 303)


@bp.get("/apercu/<int:draft_id>")
@admin_page
def preview(session: Session, desk: Desk, draft_id: int) -> str:
    draft = drafts.draft_seen_by(session, draft_id, by=speaker(session, desk))
    found = drafts.preview(session, draft)
    return render_template(
        "agents/useful_places/preview.html",
        draft=draft,
        changes=found.changes,
        left_out=words.left_out_in_words(found.left_out),
        kind=words.KINDS[draft.kind],
        most=SHOWN,
        themes_in_words=words.themes_in_words,
    )


@bp.post("/apercu/<int:draft_id>")
@admin_page
def save(session: Session, desk: Desk, draft_id: int) -> Response:
    by = speaker(session, desk)
    changes = drafts.save(session, drafts.draft_seen_by(session, draft_id, by=by), by=by, now=runtime().clock())
    return saved(words.changes_in_words(changes), LISTING)


@bp.post("/apercu/<int:draft_id>/abandonner")
@admin_page
def drop(session: Session, desk: Desk, draft_id: int) -> Response:
    drafts.drop(session, drafts.draft_seen_by(session, draft_id, by=speaker(session, desk)))
    return saved("Rien n’a changé.", LISTING)


@bp.post("/montrer")
@admin_page
def choose(session: Session, desk: Desk) -> Response | tuple[str, int]:
    form = ThemesForm()
    if not form.validate():
        return page(session, desk, failed=form, themes_form=form), 422
    themes = [UsefulTheme(one) for one in form.themes.data or []]
    choosing.choose(session, desk.organisation, themes, agent_id=desk.agent.id, now=runtime().clock())
    return saved("C’est enregistré.", LISTING)


@bp.post("/adresses")
@admin_page
def point(session: Session, desk: Desk) -> Response | tuple[str, int]:
    by, form = speaker(session, desk), AddressForm()
    asked = {kind: checked(form[kind.value]) for kind in UsefulKind}
    if form.errors:
        return page(session, desk, failed=form, address_form=form), 422
    for kind, address in asked.items():
        feeds.point(session, kind, address, by=by, now=runtime().clock())
    return saved("C’est enregistré. Une adresse nouvelle est lue dans l’heure, puis chaque semaine.", LISTING)


@bp.post("/<int:useful_id>/lieu")
@admin_page
def make_place(session: Session, desk: Desk, useful_id: int) -> Response:
    try:
        made = choosing.make_place(session, useful_id, desk.organisation, agent_id=desk.agent.id, now=runtime().clock())
    except NameTaken:
        flash("Votre structure a déjà un lieu de ce nom dans cette commune.", "stop")
        return redirect(url_for(LISTING), 303)
    flash("Le lieu est ajouté à ceux de votre structure. Relisez-le, puis ouvrez-y des plages.", "good")
    return redirect(url_for("places.form", place_id=made.id), 303)


def checked(control: Field) -> str:
    """The address as it will be read, with a complaint beside the field for one that never will be."""
    try:
        return feeds.checked(control.data or "", allowed=runtime().settings.private_hosts)
    except FetchFailed as failed:
        complain(control, words.WRONG_ADDRESS[failed.why])
        return ""


def speaker(session: Session, desk: Desk) -> Speaker:
    """Raises NotAllowed for an organisation that is not the département's."""
    return department_settings.speaker(session, agent_id=desk.agent.id, organisation_id=desk.organisation.id)


def page(
    session: Session,
    desk: Desk,
    *,
    failed: FrenchForm | None = None,
    themes_form: ThemesForm | None = None,
    file_form: FileForm | None = None,
    address_form: AddressForm | None = None,
) -> str:
    department = desk.organisation.department
    theme, said = theme_asked(), request.args.get("recherche", "")[:80]
    known = feeds.feeds_of(session, department.id)
    return render_template(
        "agents/useful_places/listing.html",
        department=department,
        may_change=department_settings.speaks_for_department(desk.organisation),
        counts=choosing.counts_of(session, department.id),
        found=choosing.page_of(
            session, department.id, theme=theme, words=said, number=request.args.get("page", 1, type=int)
        ),
        theme=theme,
        said=said,
        feeds=known,
        failed=failed,
        themes_form=themes_form or ThemesForm(formdata=None, themes=list(choosing.chosen(desk.organisation))),
        file_form=file_form or FileForm(formdata=None),
        address_form=address_form
        or AddressForm(formdata=None, **{kind.value: one.address for kind, one in known.items()}),
        accepted=ACCEPTED,
        words=words,
        today=runtime().clock().astimezone(department.zone).date(),
    )


def theme_asked() -> UsefulTheme | None:
    said = request.args.get("aide", "")
    return UsefulTheme(said) if said in set(UsefulTheme) else None

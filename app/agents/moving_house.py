"""Réglages, reprise: a team's data come with the files of the software that it leaves, and leave with the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField

from app import security
from app.access import Desk, admin_page, checking_admin_page
from app.agents import moving_house_file
from app.agents import moving_house_words as words
from app.agents.french_form import FrenchForm, complain
from app.moving_house_words import MEETINGS, PEOPLE, WORDING
from app.runtime import runtime
from app.security import row_id
from invitations import options, people
from invitations.errors import NotAllowed, UploadRefused
from invitations.models import MoveIn, Organisation
from invitations.moving_house import handing_in, leaving, seen
from invitations.moving_house.columns import Column
from invitations.moving_house.handing_in import By, Choices, File, Files
from invitations.moving_house.sheets import Handed

bp = Blueprint("moving_house", __name__, url_prefix="/agents/reglages/reprise")
# Two files of 10 MB each: each is kept in memory as far as any file is.
bp.record(lambda state: security.receive_streams(state.app, "moving_house.upload", lambda _name: None))

NOBODY = 0
ACCEPTED = ".csv,.txt,.tsv,.xlsx,.xls,.ods"


class MoveForm(FrenchForm):
    people = FileField("Les personnes")
    meetings = FileField("Leurs rendez-vous")
    category = SelectField("Motif des invitations de ce fichier", coerce=int, default=NOBODY)
    holder = SelectField("Agent des rendez-vous à venir qui n’en nomment aucun", coerce=int, default=NOBODY)
    with_reminders = BooleanField("Rappeler d’ici les rendez-vous à venir", default=True)

    def offer(self, session: Session, organisation: Organisation) -> None:
        categories = people.categories_of(session, [organisation.id], is_open=True)
        self.category.choices = [(NOBODY, "Aucun"), *((one.id, one.name) for one in categories)]
        agents = options.agents(session, organisation.id)
        self.holder.choices = [(NOBODY, "Personne"), *((one.id, one.name) for one in agents)]

    @property
    def choices(self) -> Choices:
        return Choices(self.category.data or None, self.holder.data or None, bool(self.with_reminders.data))


@bp.get("")
@admin_page
def listing(session: Session, desk: Desk) -> str:
    return listing_page(session, desk, form_of(session, desk))


@bp.post("")
@checking_admin_page
def upload(session: Session, desk: Desk) -> Response | tuple[str, int]:
    """Files are read before anybody has to wait for what is written of them."""
    handing_in.check_may_move(session, by(desk))
    form = form_of(session, desk)
    files = read_files(form) if form.validate() else None
    if files is None:
        return listing_page(session, desk, form), 422
    rows = handing_in.group(session, files, WORDING, codes=runtime().codes, by=by(desk))
    with runtime().database.writing() as writing:
        move = handing_in.keep(writing, files, rows, form.choices, WORDING, codes=runtime().codes, by=by(desk))
        return redirect(url_for("moving_house.show", move_id=move.id), 303)


@bp.get("/<int:move_id>")
@admin_page
def show(session: Session, desk: Desk, move_id: int) -> str:
    move = handing_in.find(session, move_id, desk.organisation.id)
    if seen.is_at_work(move):
        left = seen.time_left(move, now=runtime().clock())
        return render_template("agents/moving_house/progress.html", move=move, left=left, words=words)
    return render_template(
        "agents/moving_house/show.html",
        seen=seen.see(session, move),
        page=seen.page_of(session, move, request.args.get("page", 1, type=row_id)),
        may_move=may_move(session, desk),
        zone=desk.organisation.department.zone,
        words=words,
    )


@bp.post("/<int:move_id>/reprendre")
@admin_page
def begin(session: Session, desk: Desk, move_id: int) -> Response:
    move = handing_in.find(session, move_id, desk.organisation.id, is_held=True)
    if not handing_in.begin(session, move, by=by(desk)):
        flash("Cette reprise était déjà lancée.", "good")
    return redirect(url_for("moving_house.show", move_id=move.id), 303)


@bp.post("/<int:move_id>/effacer")
@admin_page
def drop(session: Session, desk: Desk, move_id: int) -> Response:
    move = handing_in.find(session, move_id, desk.organisation.id, is_held=True)
    if not handing_in.drop(session, move, by=by(desk)):
        flash("Cette reprise est en cours. Son compte rendu s’effacera une fois qu’elle sera finie.", "care")
        return redirect(url_for("moving_house.show", move_id=move.id), 303)
    flash("C’est effacé.", "good")
    return redirect(url_for("moving_house.listing"), 303)


@bp.post("/<int:move_id>/laissees")
@admin_page
def left_out(session: Session, desk: Desk, move_id: int) -> Response:
    """The lines of one file that are left out, to be corrected and handed in again."""
    move = handing_in.find(session, move_id, desk.organisation.id)
    handing_in.take_report(session, move, by=by(desk))
    of_people = is_of_people()
    found = seen.left_out(session, move, of_people=of_people)
    content = b"".join(moving_house_file.left_out(found, of_people=of_people))
    return as_file([content], f"a-corriger-{words.file_of(of_people)}")


@bp.post("/emporter")
@checking_admin_page
def take_out(session: Session, desk: Desk) -> Response:
    """One of the two files, written while it leaves."""
    handing_in.check_may_move(session, by(desk))
    of_people, organisation_id, now = is_of_people(), desk.organisation.id, runtime().clock()
    with runtime().database.writing() as writing:
        leaving.note_file(writing, organisation_id, of_people=of_people, agent_id=desk.agent.id, now=now)
    return as_file(written(organisation_id, of_people=of_people), words.file_of(of_people))


def written(organisation_id: int, *, of_people: bool) -> Iterator[bytes]:
    """In a session of its own: the page's is over before the first line leaves."""
    database, codes, now = runtime().database, runtime().codes, runtime().clock()

    def lines() -> Iterator[bytes]:
        with database.reading() as session:
            setting = leaving.setting_within(session, WORDING, organisation_id, codes=codes, now=now)
            names: Mapping[Column, str] = PEOPLE if of_people else MEETINGS
            rows = leaving.people if of_people else leaving.meetings
            yield from moving_house_file.taken_out(names, rows(session, setting, [organisation_id]))

    return lines()


def as_file(content: Iterator[bytes] | list[bytes], name: str) -> Response:
    response = Response(content, mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename={name}.csv"
    return response


def is_of_people() -> bool:
    return request.form.get("fichier") != words.MEETINGS_FILE


def by(desk: Desk) -> By:
    return By(desk.organisation, desk.agent, runtime().clock())


def may_move(session: Session, desk: Desk) -> bool:
    try:
        handing_in.check_may_move(session, by(desk))
    except NotAllowed:
        return False
    return True


def form_of(session: Session, desk: Desk) -> MoveForm:
    form = MoveForm()
    form.offer(session, desk.organisation)
    return form


def read_files(form: MoveForm) -> Files | None:
    """What both files hold; None when one is none, which is said beside it."""
    people_file, meetings_file = sent(form.people), sent(form.meetings)
    if people_file is None:
        complain(form.people, words.NO_FILE)
        return None
    found = read(form.people, people_file, handing_in.read_people)
    met = read(form.meetings, meetings_file, handing_in.read_meetings) if meetings_file else None
    if found is None or (meetings_file and met is None):
        return None
    return Files(found, met, (people_file.name, meetings_file.name if meetings_file else None))


def sent(control: FileField) -> File | None:
    file = control.data
    return File(file.read(), file.filename) if file and file.filename else None


def read(control: FileField, file: File, reader: Callable[..., Handed]) -> Handed | None:
    try:
        return reader(file, WORDING)
    except UploadRefused as refusal:
        complain(control, words.refused(refusal, of_people=control.short_name == "people"))
        return None


def listing_page(session: Session, desk: Desk, form: MoveForm) -> str:
    moves: list[MoveIn] = list(seen.latest(session, desk.organisation.id))
    return render_template(
        "agents/moving_house/listing.html",
        form=form,
        accepted=ACCEPTED,
        moves=moves,
        may_move=may_move(session, desk),
        zone=desk.organisation.department.zone,
        words=words,
    )

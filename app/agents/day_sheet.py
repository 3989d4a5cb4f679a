"""The day on paper: sheets by agent and place to print, a spreadsheet to fill, and the outcomes that it brings back."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import day as day_page
from app.agents import day_sheet_file
from app.agents.exports import CSV, KINDS, XLSX
from app.agents.french_form import FrenchForm
from app.filters import plural
from app.labels import label
from app.runtime import runtime
from app.security import row_ids
from invitations import day_sheet, exports
from invitations.day_sheet import Doubt
from invitations.errors import UploadRefused
from invitations.models import Outcome

bp = Blueprint("day_sheet", __name__, url_prefix="/agents/journee")

DOUBTS = {
    Doubt.NO_NUMBER: "pas de numéro de rendez-vous dans la première colonne",
    Doubt.UNKNOWN: "ce numéro n’est pas celui d’un rendez-vous de la structure",
    Doubt.TWICE: "ce rendez-vous est déjà plus haut dans la feuille",
    Doubt.SEVERAL: "plusieurs issues sont cochées",
    Doubt.UNREADABLE: "l’issue ne se lit pas, écrire venu, absent ou excusé",
    Doubt.MOVED: "le rendez-vous a été déplacé depuis que la feuille a été faite",
    Doubt.TO_COME: "le rendez-vous n’a pas encore commencé",
    Doubt.FREED: "le rendez-vous a été annulé",
}
LONGEST_FIELD = 60


class SheetForm(FrenchForm):
    file = FileField("Feuille remplie")


@bp.get("/feuilles")
@agent_page
def sheets(session: Session, desk: Desk) -> str:
    asked = day_page.ask(session, desk)
    found = day_sheet.sheets(
        session,
        desk.organisation,
        asked.on,
        place_id=asked.place.id if asked.place else None,
        agent_id=asked.agent.id if asked.agent else None,
        now=runtime().clock(),
    )
    return render_template("agents/day/sheets.html", asked=asked, sheets=found, organisation=desk.organisation)


@bp.post("/feuille")
@agent_page
def download(session: Session, desk: Desk) -> Response:
    """The day as a spreadsheet. Raises NotAllowed without the right to export."""
    exports.check_may_export(session, desk.agent.id, [desk.organisation.id])
    asked, listed = day_page.read(session, desk)
    expected = [line for line in listed.lines if line.is_expected]
    exports.note(session, [desk.organisation.id], len(expected), agent_id=desk.agent.id, now=runtime().clock())
    kind = CSV if request.form.get("format") == CSV else XLSX
    write = day_sheet_file.csv_of if kind == CSV else day_sheet_file.workbook_of
    response = Response(write(expected), mimetype=KINDS[kind])
    response.headers["Content-Disposition"] = f"attachment; filename=journee-{asked.on.isoformat()}.{kind}"
    return response


@bp.get("/issues")
@agent_page
def form(_session: Session, _desk: Desk) -> str:
    return form_page(SheetForm())


@bp.post("/issues")
@agent_page
def preview(session: Session, desk: Desk) -> str | tuple[str, int]:
    """What the file would write; nothing is kept of it, the page itself carries the outcomes to be saved."""
    given, uploaded = SheetForm(), request.files.get("file")
    try:
        said = day_sheet_file.read(uploaded.read() if uploaded else b"", (uploaded and uploaded.filename) or "x.csv")
    except UploadRefused as refusal:
        given.file.errors = [label(refusal.details["why"])]
        return form_page(given), 422
    found = day_sheet.judge(session, desk.organisation, said, now=runtime().clock())
    return render_template("agents/day/outcomes.html", preview=found, doubts=DOUBTS)


@bp.post("/issues/enregistrer")
@agent_page
def save(session: Session, desk: Desk) -> Response:
    written, overtaken = day_sheet.save(
        session, desk.organisation, wanted(), agent_id=desk.agent.id, now=runtime().clock()
    )
    flash(f"{plural(written, 'issue notée', 'issues notées')} depuis la feuille.", "good" if written else "care")
    if overtaken:
        flash(f"{plural(overtaken, 'issue laissée', 'issues laissées')} comme un collègue vient de la noter.", "care")
    return redirect(url_for("day.show"), 303)


def form_page(given: SheetForm) -> str:
    return render_template("agents/day/outcomes_form.html", form=given)


def wanted() -> dict[int, tuple[Outcome, Outcome]]:
    """Of each field "12:unknown:seen": the participation, what was noted, what the sheet says. Others count for nothing."""
    found: dict[int, tuple[Outcome, Outcome]] = {}
    for text in request.form.getlist("issue"):
        number, _, words = text[:LONGEST_FIELD].partition(":")
        before, _, after = words.partition(":")
        if {before, after} <= set(Outcome):
            found |= {one: (Outcome(before), Outcome(after)) for one in row_ids([number])}
    return found

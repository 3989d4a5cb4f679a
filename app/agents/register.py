"""Réglages, registre: the register of processing and the impact assessment as this installation is set, to read, print, keep.

For the département's own administrators, and for whoever watches over its personal data: it speaks of every organisation.
"""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import register
from app.access import Desk, overseeing_page
from app.register import Document, Installed
from app.runtime import runtime
from invitations import department_settings, processing
from invitations.errors import NotAllowed

bp = Blueprint("register", __name__, url_prefix="/agents/reglages/registre")

TITLES = {
    Document.REGISTER: "Registre des traitements",
    Document.ASSESSMENT: "Analyse d’impact (AIPD)",
}


@bp.get("")
@overseeing_page
def show(session: Session, desk: Desk) -> str:
    return page(session, desk, Document.REGISTER)


@bp.get("/aipd")
@overseeing_page
def assess(session: Session, desk: Desk) -> str:
    return page(session, desk, Document.ASSESSMENT)


@bp.get("/registre.md")
@overseeing_page
def download(session: Session, desk: Desk) -> Response:
    return file(session, desk, Document.REGISTER)


@bp.get("/aipd.md")
@overseeing_page
def download_assessment(session: Session, desk: Desk) -> Response:
    return file(session, desk, Document.ASSESSMENT)


def page(session: Session, desk: Desk, document: Document) -> str:
    """Whoever oversees another organisation is told whose it is."""
    _, _, rest = written(session, desk, document).partition("\n") if may_read(desk) else ("", "", "")
    return render_template(
        "agents/settings/register.html",
        document=document,
        documents=Document,
        title=TITLES[document],  # the page has a heading of its own
        text=register.html(rest),
        department=desk.organisation.department,
    )


def file(session: Session, desk: Desk, document: Document) -> Response:
    answer = Response(written(session, desk, document), mimetype="text/markdown")
    answer.headers["Content-Disposition"] = f"attachment; filename={document}-{today(desk).isoformat()}.md"
    return answer


def written(session: Session, desk: Desk, document: Document) -> str:
    """Raises NotAllowed for an organisation that does not speak for the département."""
    if not may_read(desk):
        raise NotAllowed
    here = processing.of(session, desk.organisation.department)
    return register.markdown(document, here, Installed.of(runtime().settings), on=today(desk))


def may_read(desk: Desk) -> bool:
    return department_settings.speaks_for_department(desk.organisation)


def today(desk: Desk) -> date:
    return runtime().clock().astimezone(desk.organisation.department.zone).date()

"""Does inviting work? What was observed, in words first, then the picture, the tables and the files."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from app.access import Desk, agent_page
from app.agents import results_asked, results_page, results_sheets, results_tables
from app.agents.results_file import Sheet, write
from app.runtime import runtime
from invitations.errors import NotFound
from invitations.statistics import results
from invitations.statistics.results import Results

bp = Blueprint("results", __name__, url_prefix="/agents")


@bp.get("/resultats")
@agent_page
def show(session: Session, desk: Desk) -> str:
    today = day_of(desk)
    page = results_page.make(read(session, desk, today), desk.organisation, today)
    return render_template("agents/results/show.html", page=page, today=today)


@bp.get("/resultats.csv")
@agent_page
def download(session: Session, desk: Desk) -> Response:
    """Every table by groups, one under another."""
    today = day_of(desk)
    return as_file(results_sheets.whole(read(session, desk, today), desk.organisation, today), "resultats", today)


@bp.get("/resultats/<name>.csv")
@agent_page
def download_one(session: Session, desk: Desk, name: str) -> Response:
    """One table of the page, or one curve."""
    if name not in results_sheets.NAMES:
        raise NotFound
    today = day_of(desk)
    return as_file(results_sheets.one(name, read(session, desk, today), desk.organisation, today), name, today)


def day_of(desk: Desk) -> date:
    return runtime().clock().astimezone(desk.organisation.department.zone).date()


def read(session: Session, desk: Desk, today: date) -> Results:
    """The figures that the address asks for. Raises NotFound when its filters mean nothing here."""
    return results.read(
        session, desk.organisation, results_asked.read(request.args), is_admin=desk.is_admin, today=today
    )


def as_file(sheet: Sheet, name: str, today: date) -> Response:
    response = Response(write(sheet).encode("utf-8-sig"), mimetype="text/csv")  # the mark tells Excel: this is UTF-8
    response.headers["Content-Disposition"] = f"attachment; filename={name}-{today.isoformat()}.csv"
    return response


@bp.app_template_filter("of_hundred")
def of_hundred(share: float) -> str:
    """71, from 0.7142: so many of a hundred, without decimals that a sample could not hold."""
    return f"{share * 100:.0f}"


@bp.app_template_filter("points")
def points(share: float) -> str:
    """+9 or −2, from a difference of shares."""
    rounded = round(share * 100)
    return f"{rounded:+d}".replace("-", "−") if rounded else "0"


@bp.app_template_filter("month")
def month_words(day: date) -> str:
    """septembre 2026"""
    return results_tables.month(day)


@bp.app_template_filter("short_month")
def short_month(day: date) -> str:
    """sept., under a point of a picture"""
    return format_date(day, "LLL", locale="fr")

"""Does inviting work? What was observed, in words first, then the picture, the table and the file."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date
from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session

from app.access import Desk, agent_page
from app.agents import results_file
from app.runtime import runtime
from invitations.errors import NotFound
from invitations.statistics import comparison
from invitations.statistics.comparison import Results

bp = Blueprint("results", __name__, url_prefix="/agents")


@bp.get("/resultats")
@agent_page
def show(session: Session, desk: Desk) -> str:
    now = runtime().clock()
    today = now.astimezone(desk.organisation.department.zone).date()
    results = read(session, desk, now)
    return render_template("agents/results/show.html", results=results, today=today, months=months(results, today))


@bp.get("/resultats.csv")
@agent_page
def download(session: Session, desk: Desk) -> Response:
    now = runtime().clock()
    today = now.astimezone(desk.organisation.department.zone).date()
    text = results_file.write(read(session, desk, now), organisation=desk.organisation.name, today=today)
    response = Response(text.encode("utf-8-sig"), mimetype="text/csv")  # the mark tells Excel that this is UTF-8
    response.headers["Content-Disposition"] = f"attachment; filename=resultats-{today.isoformat()}.csv"
    return response


def read(session: Session, desk: Desk, now: datetime) -> Results:
    """The figures that the address asks for. Raises NotFound when its filters mean nothing here."""
    return comparison.read_results(
        session,
        desk.organisation.id,
        zone=desk.organisation.department.zone,
        category_code=request.args.get("categorie") or None,
        since=first_day(request.args.get("depuis", "")),
        now=now,
    )


def first_day(month: str) -> date | None:
    """The first day of "2026-09"; None when nothing is asked. Raises NotFound when it is no month."""
    if not month:
        return None
    try:
        return datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007  (a month, not a moment)
    except ValueError as wrong:
        raise NotFound from wrong


def months(results: Results, today: date) -> list[date]:
    """The months one may begin from, newest first: from the organisation's first invitation to now."""
    if results.first_on is None:
        return []
    first, last = (day.year * 12 + day.month - 1 for day in (results.first_on, today))
    return [date(number // 12, number % 12 + 1, 1) for number in range(last, first - 1, -1)]


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
    return format_date(day, "LLLL y", locale="fr")

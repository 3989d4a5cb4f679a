"""`/statistiques`: the figures of the départements that publish theirs. No cookie, no code; anyone may keep a copy.

They are in French, whatever the language around them, and search engines may show them. Nothing is counted here: what was
published is shown.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from sqlalchemy.orm import Session

from app.access import public_page
from app.public import statistics_files, statistics_words
from invitations.errors import NotFound
from invitations.models import Part, Span
from invitations.statistics import agreeing
from invitations.statistics import public_page as figures
from invitations.statistics.definitions import FEWEST_FOR_A_RATE
from invitations.statistics.public_page import Line, Published, Subject
from invitations.statistics.suppression import FEWEST

bp = Blueprint("statistics", __name__, url_prefix="/statistiques")

# They change once a month, or when an administrator corrects them.
KEPT = timedelta(hours=1)


@bp.get("")
@public_page
def listing(session: Session) -> str:
    return render_template("public/statistics/listing.html", department=None, departments=agreeing.publishing(session))


@bp.get("/<string(maxlength=3):number>")
@public_page
def show(session: Session, number: str) -> str:
    published = figures.read(session, number)
    subject = chosen(published, request.args.get("categorie", ""))
    quarter = asked_quarter(request.args.get("trimestre", ""))
    return render_template(
        "public/statistics/show.html",
        department=published.department,
        published=published,
        subject=subject,
        quarter=subject.quarter(quarter) if subject else None,
        quarter_address=partial(quarter_address, number, request.args.get("categorie")),
        words=statistics_words,
        part=Part,
        span=Span,
        fewest=FEWEST,
        fewest_for_a_rate=FEWEST_FOR_A_RATE,
    )


@bp.get("/<string(maxlength=3):number>.csv")
@public_page
def as_csv(session: Session, number: str) -> Response:
    text = statistics_files.as_csv(figures.read(session, number))
    response = Response(text.encode("utf-8-sig"), mimetype="text/csv")  # the mark tells Excel that this is UTF-8
    response.headers["Content-Disposition"] = f"attachment; filename=statistiques-{number}.csv"
    return response


@bp.get("/<string(maxlength=3):number>.json")
@public_page
def as_json(session: Session, number: str) -> Response:
    return jsonify(statistics_files.as_json(figures.read(session, number)))


@bp.after_request
def may_be_kept(response: Response) -> Response:
    """Whoever has it may keep it for an hour, then ask whether it is still so; search engines may show it."""
    if response.status_code == 200:
        response.headers["X-Robots-Tag"] = "all"
        response.cache_control.public = True
        response.cache_control.max_age = int(KEPT.total_seconds())
        response.vary.add("Accept-Language")  # in which the other languages are offered
        response.add_etag(weak=True)
        response.make_conditional(request)
    return response


def chosen(published: Published, code: str) -> Subject | None:
    """The category that the address names, else the first; None while nothing is out. Raises NotFound for an unknown one."""
    found = [one for one in published.subjects if code in {"", one.category.code}]
    if code and not found:
        raise NotFound
    return found[0] if found else None


def quarter_address(number: str, code: str | None, line: Line) -> str | None:
    """Where a quarter's own tables stand; None for a year, and for a quarter that is not told."""
    if line.span is not Span.QUARTER or line.is_hidden:
        return None
    quarter = statistics_words.code(line)
    return url_for("statistics.show", number=number, categorie=code, trimestre=quarter, _anchor="trimestre")


def asked_quarter(word: str) -> date | None:
    """The first day of "2026-T2"; None when nothing is asked. Raises NotFound when it is no quarter."""
    if not word:
        return None
    year, _, number = word.partition("-T")
    if not (year.isascii() and year.isdecimal() and len(year) == 4 and number in {"1", "2", "3", "4"} and int(year)):
        raise NotFound
    return date(int(year), int(number) * 3 - 2, 1)

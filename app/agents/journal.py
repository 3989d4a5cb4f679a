"""Réglages, journal: who did what to whom, when and from where. Administrators read their organisation's; those of the
conseil départemental, and whoever watches over its personal data, all of the département's.

A list in order of time and nothing else: no count, no order and no total by agent.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, checking_overseeing_page, overseeing_page
from app.agents import journal_asked, journal_file, journal_words
from app.agents.journal_acts import SUBJECTS
from app.agents.journal_asked import DOORS, Filters
from app.runtime import runtime
from invitations import department_settings, exports, journal, journal_reading, options
from invitations.errors import NotFound
from invitations.journal_reading import Page
from invitations.permissions import beneficiary_seen_by

bp = Blueprint("journal", __name__, url_prefix="/agents/reglages/journal")

# Lines of a file: what a spreadsheet opens. Older ones are had by asking for other days.
MOST = 50_000
WRONG_DAY = "Indiquez une date, par exemple 24/11/2026."


@bp.get("")
@overseeing_page
def listing(session: Session, desk: Desk) -> str | tuple[str, int]:
    filters = asked(session, desk)
    page = (
        Page([], None) if filters.wrong else journal_reading.read(session, filters.asked, seen_by=desk.organisation_ids)
    )
    shown = render_template("agents/journal/listing.html", **offered(session, desk, filters), page=page)
    return (shown, 422) if filters.wrong else shown


@bp.post("/exporter")
@checking_overseeing_page
def download(session: Session, desk: Desk) -> Response | tuple[str, int]:
    exports.check_may_export(session, desk.agent.id, [desk.organisation.id])
    filters, now, zone = asked(session, desk), runtime().clock(), desk.organisation.department.zone
    if filters.wrong:
        return render_template(
            "agents/journal/listing.html", **offered(session, desk, filters), page=Page([], None)
        ), 422
    wanted = journal_asked.newest(filters)
    page = journal_reading.read(session, wanted, seen_by=desk.organisation_ids, most=MOST)
    content = journal_file.csv_of(page.lines, zone)
    note(desk, len(page.lines), now)
    response = Response(content, mimetype="text/csv")
    on = now.astimezone(zone).date().isoformat()
    response.headers["Content-Disposition"] = f"attachment; filename=journal-{on}.csv"
    return response


def note(desk: Desk, lines: int, now: datetime) -> None:
    """In a transaction of its own: the file takes seconds, during which nobody else could write on SQLite."""
    with runtime().database.writing() as session:
        journal.note(
            session,
            "journal.exported",
            now=now,
            organisation_id=desk.organisation.id,
            agent_id=desk.agent.id,
            lines=lines,
        )


def asked(session: Session, desk: Desk) -> Filters:
    """From the address, or from the form that asks for the file."""
    organisations = journal_reading.readable(session, desk.organisation)
    return journal_asked.read(request.values, organisations, runtime().clock(), desk.organisation.department.zone)


def offered(session: Session, desk: Desk, filters: Filters) -> dict[str, Any]:
    """What the page offers to choose from. Agents of one organisation at a time: nobody is picked out of a département."""
    organisations = journal_reading.readable(session, desk.organisation)
    return {
        "filters": filters,
        "organisations": [(one.id, one.name) for one in organisations],
        "agents": agents(session, filters),
        "subjects": SUBJECTS,
        "doors": [(word, words) for word, (words, _) in DOORS.items()],
        "words": journal_words,
        "person": person(session, desk, filters.asked.beneficiary_id),
        "may_export": may_export(desk),
        "reads_register": department_settings.speaks_for_department(desk.organisation),
        "is_shared": len(organisations) > 1,
        "wrong_day": WRONG_DAY,
        "most": MOST,
        "zone": desk.organisation.department.zone,
        "older": lambda line: url_for("journal.listing", **filters.href(avant=line)),
    }


def agents(session: Session, filters: Filters) -> list[tuple[int, str]]:
    """Who can be picked; whoever is picked stands there too when they have left, or never were of this organisation."""
    ids, picked = filters.asked.organisation_ids, filters.asked.agent_id
    if len(ids) != 1:
        return []
    found = [(one.id, one.name) for one in options.agents(session, ids[0])]
    return (
        found if picked is None or picked in dict(found) else [*found, (picked, f"agent n°\N{NO-BREAK SPACE}{picked}")]
    )


def person(session: Session, desk: Desk, beneficiary_id: int | None) -> str | None:
    """Whose journal it is: their name for their own team, a number for others."""
    if beneficiary_id is None:
        return None
    try:
        return beneficiary_seen_by(session, beneficiary_id, desk.organisation_ids).full_name
    except NotFound:
        return f"la personne n°\N{NO-BREAK SPACE}{beneficiary_id}"


def may_export(desk: Desk) -> bool:
    return any(one.may_export for one in desk.agent.roles if one.organisation_id == desk.organisation.id)

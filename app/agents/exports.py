"""People as a spreadsheet: the list as it is narrowed, or those ticked on it, with the columns that an import takes.

The page of the list posts its own form here, with `format` "xlsx" or "csv".
"""

from __future__ import annotations

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, checking_agent_page
from app.agents import exports_file
from app.agents.inviting_selection import ticked
from app.agents.people import asked_by
from app.agents.people_words import Asked
from app.runtime import runtime
from invitations import exports

bp = Blueprint("exports", __name__, url_prefix="/agents/personnes/exporter")

CSV, XLSX = "csv", "xlsx"
KINDS = {CSV: "text/csv", XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@bp.post("")
@checking_agent_page
def download(session: Session, desk: Desk) -> Response:
    """It takes seconds, during which nobody else could write on SQLite: it is noted in a transaction of its own."""
    asked = asked_by(session, desk, request.form)
    kind = CSV if request.form.get("format") == CSV else XLSX
    now = runtime().clock()
    found = exported(session, desk, asked)
    write = exports_file.csv_of if kind == CSV else exports_file.workbook_of
    response = Response(write(found, runtime().settings.public_url), mimetype=KINDS[kind])
    with runtime().database.writing() as noting:
        exports.note(noting, asked.wanted.organisation_ids, len(found), agent_id=desk.agent.id, now=now)
    today = now.astimezone(desk.organisation.department.zone).date()
    response.headers["Content-Disposition"] = f"attachment; filename=personnes-{today.isoformat()}.{kind}"
    return response


def exported(session: Session, desk: Desk, asked: Asked) -> list[exports.Exported]:
    """Those ticked, else the whole list as it is narrowed. Raises NotAllowed without the right to export."""
    wanted = asked.wanted
    exports.check_may_export(session, desk.agent.id, wanted.organisation_ids)
    chosen = [] if request.form.get("tout") else ticked()
    return exports.people(
        session,
        wanted.organisation_ids,
        chosen or exports.whole_list(session, wanted),
        category_ids=wanted.category_ids if wanted.in_one_category else None,
        codes=runtime().codes,
        now=runtime().clock(),
    )

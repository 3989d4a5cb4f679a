"""All that is kept of a person, handed out for them: a PDF that they read, a JSON that another system reads."""

from __future__ import annotations

import json

from flask import Blueprint, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import personal_data_words
from app.runtime import runtime
from invitations import personal_data
from invitations.permissions import beneficiary_seen_by
from notifications import records

bp = Blueprint("personal_data", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>/exporter")

JSON, PDF = "json", "pdf"


@bp.post("")
@agent_page
def download(session: Session, desk: Desk, beneficiary_id: int) -> Response:
    """Administrators, and whoever may export. Raises NotAllowed."""
    person = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    personal_data.check_may_hand_out(session, desk.agent.id, desk.organisation, desk.role)
    now = runtime().clock()
    kind = JSON if request.form.get("format") == JSON else PDF
    found = personal_data.read(session, person, desk.organisation)
    personal_data.note(session, person, kind, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=now)
    today = now.astimezone(desk.organisation.department.zone).date()
    if kind == JSON:
        answer = Response(json.dumps(found, ensure_ascii=False, indent=2), mimetype="application/json")
    else:
        record = personal_data_words.record(found, person, desk.organisation, today)
        answer = Response(records.pdf_of(record, on=today), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f"attachment; filename=donnees-{person.id}-{today.isoformat()}.{kind}"
    return answer

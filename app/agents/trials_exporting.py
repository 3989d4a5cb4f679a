"""Évaluations: one pseudonymous row a person, enough to redo every figure elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from app.access import Desk, agent_page
from app.runtime import runtime
from invitations.trials import handing_out, listing
from invitations.trials.exporting import COLUMNS, Row

bp = Blueprint("trials_exporting", __name__, url_prefix="/agents/evaluations")


@bp.post("/<int:trial_id>/exporter")
@agent_page
def download(session: Session, desk: Desk, trial_id: int) -> Response:
    trial = listing.trial_seen_by(session, trial_id, [desk.organisation.id])
    rows = handing_out.hand_out(session, trial, agent_id=desk.agent.id, now=runtime().clock())
    response = Response(csv_of(rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename=evaluation-{trial.id}.csv"
    return response


def csv_of(rows: Iterable[Row]) -> bytes:
    """Semicolons and the mark of UTF-8, as French spreadsheets open it by a double click. Nobody typed any of its cells."""
    text = io.StringIO()
    out = csv.DictWriter(text, COLUMNS, delimiter=";", lineterminator="\r\n")
    out.writeheader()
    out.writerows(rows)
    return text.getvalue().encode("utf-8-sig")

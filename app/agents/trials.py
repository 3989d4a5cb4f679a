"""Évaluations: what is compared by lot, where it stands, what it found, its protocol and its report on paper."""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from sqlalchemy.orm import Session

from app.access import Desk, agent_page
from app.agents import trials_pictures, trials_protocol, trials_report, trials_result_words, trials_words
from app.runtime import runtime
from invitations.errors import NotFound
from invitations.models import Trial, TrialState
from invitations.trials import listing as listed
from invitations.trials import opening, protocol, results
from invitations.trials.results import TrialResults
from notifications import reports
from notifications.reports import Report

bp = Blueprint("trials", __name__, url_prefix="/agents/evaluations")


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str:
    found = [one for one in listed.trials_of(session, desk.organisation.id) if may_see(desk, one)]
    return render_template(
        "agents/trials/listing.html",
        of_state={state: [one for one in found if one.state is state] for state in TrialState},
        states=TrialState,
        assigned=listed.assigned_to(session, [one.id for one in found]),
        words=trials_words,
        zone=desk.organisation.department.zone,
    )


@bp.get("/<int:trial_id>")
@agent_page
def show(session: Session, desk: Desk, trial_id: int) -> str:
    trial = seen_by(session, desk, trial_id)
    if trial.state is TrialState.DRAFT:
        return protocol_page(desk, trial)
    found = results.read(session, trial, now=runtime().clock())
    template = "agents/trials/result.html" if is_open(found) else "agents/trials/running.html"
    return render_template(template, **told(desk, found))


@bp.get("/<int:trial_id>/protocole")
@agent_page
def protocol_shown(session: Session, desk: Desk, trial_id: int) -> str:
    return protocol_page(desk, seen_by(session, desk, trial_id))


@bp.get("/<int:trial_id>/protocole.pdf")
@agent_page
def protocol_pdf(session: Session, desk: Desk, trial_id: int) -> Response:
    trial = seen_by(session, desk, trial_id)
    return pdf(desk, trials_protocol.report(trial), f"protocole-{trial.id}.pdf")


@bp.get("/<int:trial_id>/protocole.json")
@agent_page
def protocol_text(session: Session, desk: Desk, trial_id: int) -> Response:
    """The frozen text, byte for byte: what its hash is of."""
    trial = seen_by(session, desk, trial_id)
    if trial.protocol is None:
        raise NotFound
    answer = Response(trial.protocol.encode(), mimetype="application/json")
    answer.headers["Content-Disposition"] = f"attachment; filename=protocole-{trial.id}.json"
    return answer


@bp.get("/<int:trial_id>/rapport.pdf")
@agent_page
def report(session: Session, desk: Desk, trial_id: int) -> Response:
    """Once the results may be read; before, there is nothing to report."""
    found = results.read(session, seen_by(session, desk, trial_id), now=runtime().clock())
    if not is_open(found):
        raise NotFound
    return pdf(desk, trials_report.report(found, seed=seed_of(found.trial)), f"evaluation-{trial_id}.pdf")


def seen_by(session: Session, desk: Desk, trial_id: int) -> Trial:
    """Raises NotFound for a trial of others, and for a draft when the agent is no administrator."""
    trial = listed.trial_seen_by(session, trial_id, [desk.organisation.id])
    if not may_see(desk, trial):
        raise NotFound
    return trial


def may_see(desk: Desk, trial: Trial) -> bool:
    return desk.is_admin or trial.state is not TrialState.DRAFT


def is_open(found: TrialResults) -> bool:
    """Whether results by arm are shown: once it has ended, or the planned number is counted."""
    return found.trial.state is TrialState.ENDED or not found.is_too_early


def may_export(desk: Desk, trial: Trial) -> bool:
    allowed = {one.organisation_id for one in desk.agent.roles if one.may_export}
    return {one.organisation_id for one in trial.parts} <= allowed and desk.supporter is None


def seed_of(trial: Trial) -> str | None:
    return opening.revealed_seed(trial, seals=runtime().seals)


def told(desk: Desk, found: TrialResults) -> dict[str, object]:
    return {
        "desk_is_admin": desk.is_admin,
        "may_export": may_export(desk, found.trial),
        "results": found,
        "trial": found.trial,
        "pictures": trials_pictures.of_results(found),
        "drawn": trials_pictures,
        "say": trials_result_words,
        "words": trials_words,
        "parted": trials_protocol.parted,
        "decimal": trials_protocol.decimal,
        "moment": trials_protocol.moment,
        "seed": seed_of(found.trial),
        "is_intact": protocol.is_intact(found.trial),
        "zone": desk.organisation.department.zone,
    }


def protocol_page(desk: Desk, trial: Trial) -> str:
    zone = desk.organisation.department.zone
    return render_template(
        "agents/trials/protocol.html",
        trial=trial,
        parts=trials_protocol.parts(trial, zone),
        is_draft=trial.state is TrialState.DRAFT,
        is_intact=protocol.is_intact(trial),
        desk_is_admin=desk.is_admin,
    )


def pdf(desk: Desk, made: Report, filename: str) -> Response:
    today = runtime().clock().astimezone(desk.organisation.department.zone).date()
    return Response(
        reports.pdf_of(made, on=today),
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{filename}"'},
    )

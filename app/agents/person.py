"""A person's page, and what an agent does from it: invite, close, note, mark, cancel. Choosing a date is `dating`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import nir_field, person_words
from app.agents.attempting import attempt
from app.agents.person_words import invited_by, told_by
from app.refusals import refusal_sentence
from app.runtime import runtime
from app.security import row_id
from invitations import (
    callbacks,
    changing,
    duplicates,
    follow_ups,
    inviting,
    logistics,
    options,
    organisation_settings,
    orientations,
    outcomes,
    people,
    personal_data,
    story,
    tags,
)
from invitations.errors import DomainError, NotFound
from invitations.identity import contradicts
from invitations.messages import LINK
from invitations.models import Beneficiary, FollowUp, OrientationKind, Outcome, Participation
from invitations.nir_keeping import may_see
from invitations.permissions import (
    beneficiary_seen_by,
    follow_up_seen_by,
    may_see_internal_id,
    participation_seen_by,
)
from invitations.reach import ELECTRONIC, why_unreachable
from invitations.trials import standing

bp = Blueprint("person", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>")

# What a tap may say of a past appointment; the service's own cancellation has its button.
OUTCOMES = (Outcome.SEEN, Outcome.NOSHOW, Outcome.EXCUSED)


@bp.post("/suivis/<int:follow_up_id>/inviter")
@agent_page
def invite(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> Response | tuple[str, int]:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    otherwise = organisation_settings.telling_otherwise(session, desk.organisation.id)
    allowed = [*ELECTRONIC, *otherwise.get(follow_up.category_id, ())]
    channels = [one for one in allowed if one in request.form.getlist("canal")]
    if not channels:
        return answer(session, desk, follow_up.beneficiary, "Choisissez au moins un moyen d’envoi.")
    refusal = attempt(
        session,
        lambda: inviting.invite(
            session,
            follow_up,
            organisation_id=desk.organisation.id,
            channels=channels,
            agent_id=desk.agent.id,
            codes=runtime().codes,
            now=runtime().clock(),
        ),
    )
    flash_unless(refusal, invited_by(channels, desk))
    return answer(session, desk, follow_up.beneficiary, said(refusal, desk))


@bp.post("/suivis/<int:follow_up_id>/clore")
@agent_page
def close(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> Response:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    follow_ups.close(
        session, follow_up, agent_id=desk.agent.id, organisation_id=desk.organisation.id, now=runtime().clock()
    )
    flash(
        "Suivi clos. Les invitations en cours ne sont plus valables\N{NO-BREAK SPACE}; un rendez-vous déjà pris reste prévu.",
        "good",
    )
    return back(beneficiary_id)


@bp.post("/suivis/<int:follow_up_id>/rouvrir")
@agent_page
def reopen(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> Response:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    follow_ups.reopen(
        session, follow_up, agent_id=desk.agent.id, organisation_id=desk.organisation.id, now=runtime().clock()
    )
    flash("Suivi rouvert.", "good")
    return back(beneficiary_id)


@bp.post("/suivis")
@agent_page
def open_follow_up(session: Session, desk: Desk, beneficiary_id: int) -> Response:
    beneficiary = beneficiary_seen_by(session, beneficiary_id, [desk.organisation.id])
    wanted = request.form.get("categorie", type=row_id)
    if wanted not in {one.id for one in people.categories_of(session, [desk.organisation.id], is_open=True)}:
        raise NotFound
    follow_ups.open_follow_up(session, beneficiary, wanted, now=runtime().clock())
    flash("Suivi ouvert.", "good")
    return back(beneficiary_id)


@bp.post("/note")
@agent_page
def note(session: Session, desk: Desk, beneficiary_id: int) -> Response:
    beneficiary = beneficiary_seen_by(session, beneficiary_id, desk.organisation_ids)
    logistics.write_note(
        session,
        beneficiary,
        request.form.get("note", ""),
        organisation_id=desk.organisation.id,
        agent_id=desk.agent.id,
        now=runtime().clock(),
    )
    flash("Note enregistrée.", "good")
    return back(beneficiary_id)


@bp.post("/rendez-vous/<int:participation_id>/issue")
@agent_page
def mark(session: Session, desk: Desk, beneficiary_id: int, participation_id: int) -> Response | tuple[str, int]:
    participation = participation_of(session, desk, beneficiary_id, participation_id)
    outcome = next((one for one in OUTCOMES if one == request.form.get("issue")), Outcome.UNKNOWN)
    refusal = attempt(
        session,
        lambda: outcomes.record(session, participation, outcome, agent_id=desk.agent.id, now=runtime().clock()),
    )
    return answer(session, desk, participation.beneficiary, said(refusal, desk))


@bp.post("/rendez-vous/<int:participation_id>/annuler")
@agent_page
def revoke(session: Session, desk: Desk, beneficiary_id: int, participation_id: int) -> Response | tuple[str, int]:
    participation = participation_of(session, desk, beneficiary_id, participation_id)
    refusal = attempt(
        session,
        lambda: changing.revoke(session, participation, agent_id=desk.agent.id, now=runtime().clock()),
    )
    if refusal is None:
        flash(f"Rendez-vous annulé. {told_by(changing.told_of_end(session, participation), desk)}", "good")
    return answer(session, desk, participation.beneficiary, said(refusal, desk))


@bp.post("/rappels/<int:callback_id>/fait")
@agent_page
def called(session: Session, desk: Desk, beneficiary_id: int, callback_id: int) -> Response:
    if callbacks.request_seen_by(session, callback_id, desk.organisation.id).beneficiary_id != beneficiary_id:
        raise NotFound
    callbacks.mark_called(
        session, callback_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash("Rappel noté comme fait.", "good")
    return back(beneficiary_id)


def person_page(session: Session, desk: Desk, beneficiary: Beneficiary, problem: str = "") -> str:
    """The page as this agent may see it; `problem` says above it why the last act was refused."""
    now = runtime().clock()
    told = story.read(session, beneficiary, desk.organisation_ids, now=now)
    shared = [one for one in beneficiary.memberships if one.organisation_id in desk.organisation_ids]
    here = next((one for one in shared if one.organisation_id == desk.organisation.id), None)
    return render_template(
        "agents/person/show.html",
        person=beneficiary,
        story=told,
        lots=standing.read(session, desk.organisation.id, [one.follow_up for one in told.chapters]),
        now=now,
        shared=shared,
        here=here,
        may_act=here is not None and here.archived_at is None,
        tags_here=tags.of_person(session, beneficiary.id, desk.organisation.id),
        labels_here=tags.labels_of(session, [desk.organisation.id]),
        nir_shown=nir_field.shown(beneficiary) if may_see([one.organisation.kind for one in shared]) else "",
        shows_internal_id=may_see_internal_id([one.organisation.kind for one in shared]),
        channels=[(one, why_unreachable(beneficiary, one)) for one in ELECTRONIC],
        otherwise={
            category_id: [(one, why_unreachable(beneficiary, one)) for one in ways]
            for category_id, ways in organisation_settings.telling_otherwise(session, desk.organisation.id).items()
        },
        outcomes=OUTCOMES,
        link=LINK,
        receipts=person_words.RECEIPTS,
        problem=problem,
        zone=beneficiary.department.zone,
        **beside(session, desk, beneficiary),
    )


def beside(session: Session, desk: Desk, person: Beneficiary) -> dict[str, Any]:
    """What stands beside the story: who looks the same, who may accompany, what may be decided and handed out."""
    here = desk.organisation
    alike = duplicates.find(session, person.department_id, person, organisation_ids=[here.id], but=person.id)
    return {
        "alike": [one for one in alike if not contradicts(person, one.known)],
        "doubt": person_words.doubt,
        "colleagues": options.agents(session, here.id),
        "teams": orientations.organisations(session, here.department_id),
        "orientation_kinds": list(OrientationKind),
        "may_hand_out": personal_data.may_hand_out(session, desk.agent.id, here, desk.role),
    }


def answer(session: Session, desk: Desk, beneficiary: Beneficiary, problem: str = "") -> Response | tuple[str, int]:
    """Back to the page, or the page itself with what was refused."""
    if not problem:
        return back(beneficiary.id)
    return person_page(session, desk, beneficiary, problem), 409


def said(refusal: DomainError | None, desk: Desk) -> str:
    return refusal_sentence(refusal, desk.organisation.department.zone) if refusal else ""


def flash_unless(refusal: DomainError | None, sentence: str) -> None:
    if refusal is None:
        flash(sentence, "good")


def back(beneficiary_id: int) -> Response:
    return redirect(url_for("people.show", beneficiary_id=beneficiary_id), 303)


def follow_up_of(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> FollowUp:
    """A follow-up of this person, who belongs to the present organisation. Raises NotFound."""
    follow_up = follow_up_seen_by(session, follow_up_id, [desk.organisation.id])
    if follow_up.beneficiary_id != beneficiary_id:
        raise NotFound
    return follow_up


def participation_of(session: Session, desk: Desk, beneficiary_id: int, participation_id: int) -> Participation:
    """A participation of this person in an appointment of the present organisation. Raises NotFound."""
    participation = participation_seen_by(session, participation_id, [desk.organisation.id])
    if participation.beneficiary_id != beneficiary_id:
        raise NotFound
    return participation

"""A person's page, and what an agent does from it: invite, close, note, mark, cancel. Choosing a date is `dating`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents.leaving import leaving
from app.refusals import refusal_sentence
from app.runtime import runtime
from app.security import row_id
from invitations import (
    callbacks,
    changing,
    follow_ups,
    inviting,
    logistics,
    organisation_settings,
    outcomes,
    people,
    story,
)
from invitations.errors import AlreadyBooked, DomainError, InviteRefused, NotChangeable, NotFound, SlotTaken
from invitations.messages import LINK
from invitations.models import Beneficiary, Channel, FollowUp, Outcome, Participation
from invitations.permissions import (
    beneficiary_seen_by,
    follow_up_seen_by,
    may_see_internal_id,
    participation_seen_by,
)
from invitations.reach import ELECTRONIC, why_unreachable

bp = Blueprint("person", __name__, url_prefix="/agents/personnes/<int:beneficiary_id>")

# What a tap may say of a past appointment; the service's own cancellation has its button.
OUTCOMES = (Outcome.SEEN, Outcome.NOSHOW, Outcome.EXCUSED)
# What a provider says of a message, in its own word (Twilio's `MessageStatus`) and in ours.
RECEIPTS = {
    "accepted": "Accepté par le service d’envoi",
    "queued": "Reçu par le service d’envoi",
    "sending": "En route",
    "sent": "Remis à l’opérateur",
    "delivered": "Arrivé",
    "read": "Lu",
    "undelivered": "Non remis",
    "failed": "Échec",
}
REFUSALS = (InviteRefused, SlotTaken, AlreadyBooked, NotChangeable)


@bp.post("/suivis/<int:follow_up_id>/inviter")
@agent_page
def invite(session: Session, desk: Desk, beneficiary_id: int, follow_up_id: int) -> Response | tuple[str, int]:
    follow_up = follow_up_of(session, desk, beneficiary_id, follow_up_id)
    letters = organisation_settings.sending_letters(session, desk.organisation.id)
    allowed = [*ELECTRONIC, Channel.LETTER] if follow_up.category_id in letters else ELECTRONIC
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
    flash("Suivi clos. Les invitations en cours ne sont plus valables ; un rendez-vous déjà pris reste prévu.", "good")
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
    if wanted not in {one.id for one in people.categories_of(session, [desk.organisation.id])}:
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
    flash_unless(
        refusal, f"Rendez-vous annulé. Le message part{leaving(desk.organisation.department, runtime().clock())}."
    )
    return answer(session, desk, participation.beneficiary, said(refusal, desk))


@bp.post("/rappels/<int:callback_id>/fait")
@agent_page
def called(session: Session, desk: Desk, beneficiary_id: int, callback_id: int) -> Response:
    callbacks.mark_called(
        session, callback_id, organisation_id=desk.organisation.id, agent_id=desk.agent.id, now=runtime().clock()
    )
    flash("Rappel noté comme fait.", "good")
    return back(beneficiary_id)


def person_page(session: Session, desk: Desk, beneficiary: Beneficiary, problem: str = "") -> str:
    """The page as this agent may see it; `problem` says above it why the last act was refused."""
    now = runtime().clock()
    shared = [one for one in beneficiary.memberships if one.organisation_id in desk.organisation_ids]
    here = next((one for one in shared if one.organisation_id == desk.organisation.id), None)
    return render_template(
        "agents/person/show.html",
        person=beneficiary,
        story=story.read(session, beneficiary, desk.organisation_ids, now=now),
        now=now,
        shared=shared,
        here=here,
        may_act=here is not None and here.archived_at is None,
        shows_internal_id=may_see_internal_id([one.organisation.kind for one in shared]),
        channels=[(one, why_unreachable(beneficiary, one)) for one in ELECTRONIC],
        by_letter=(Channel.LETTER, why_unreachable(beneficiary, Channel.LETTER)),
        letters_in=organisation_settings.sending_letters(session, desk.organisation.id),
        outcomes=OUTCOMES,
        link=LINK,
        receipts=RECEIPTS,
        problem=problem,
        zone=beneficiary.department.zone,
    )


def attempt(session: Session, act: Callable[[], object]) -> DomainError | None:
    """Do it, or come back with the refusal; a refused act leaves nothing behind, whatever it had begun."""
    try:
        with session.begin_nested():
            act()
    except REFUSALS as refusal:
        return refusal
    return None


def answer(session: Session, desk: Desk, beneficiary: Beneficiary, problem: str = "") -> Response | tuple[str, int]:
    """Back to the page, or the page itself with what was refused."""
    if not problem:
        return back(beneficiary.id)
    return person_page(session, desk, beneficiary, problem), 409


def invited_by(channels: Sequence[Channel], desk: Desk) -> str:
    """That the invitation leaves, or waits to be printed."""
    by_itself = any(one in ELECTRONIC for one in channels)
    sentences = [f"L’invitation part{leaving(desk.organisation.department, runtime().clock())}."] if by_itself else []
    return " ".join([*sentences, *(["Le courrier attend d’être imprimé."] if Channel.LETTER in channels else [])])


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

"""One collective session: who comes, what became of them on one screen, its seats; changing and cancelling it."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import session_words
from app.agents.attempting import attempt
from app.agents.day import tapped
from app.agents.french_form import complain
from app.agents.session_form import ChangedForm
from app.agents.sessions import ENDS_EARLY, NOTHING_TO_COME
from app.filters import plural
from app.refusals import refusal_sentence
from app.runtime import runtime
from app.security import row_id
from invitations import changing, outcomes, sessions, sessions_changing, sessions_list
from invitations.errors import (
    DomainError,
    EndsBeforeItStarts,
    FewerSeatsThanTaken,
    NotFound,
    NothingToCome,
    SessionFull,
)
from invitations.models import Appointment, Participation
from invitations.permissions import beneficiary_seen_by, participation_seen_by
from invitations.session_doubts import Trouble
from invitations.sessions_changing import Change, session_seen_by

bp = Blueprint("session", __name__, url_prefix="/agents/seances/<int:appointment_id>")

OF_SEATS = (FewerSeatsThanTaken, SessionFull)
TAKEN = "Quelqu’un de l’équipe a déjà un rendez-vous à cette heure."


@bp.get("")
@agent_page
def show(session: Session, desk: Desk, appointment_id: int) -> str:
    return show_page(session, session_seen_by(session, appointment_id, desk.organisation.id))


@bp.post("/personnes/<int:participation_id>")
@agent_page
def record(session: Session, desk: Desk, appointment_id: int, participation_id: int) -> Response | tuple[str, int]:
    one = participation_of(session, desk, appointment_id, participation_id)
    now = runtime().clock()
    refusal = attempt(
        session, lambda: outcomes.record(session, one, tapped(), agent_id=desk.agent.id, now=now), *OF_SEATS
    )
    return answer(session, one.appointment, refusal, anchor=f"p{participation_id}")


@bp.post("/tous-venus")
@agent_page
def all_came(session: Session, desk: Desk, appointment_id: int) -> Response:
    appointment = session_seen_by(session, appointment_id, desk.organisation.id)
    unmarked = sessions_list.unmarked(session, appointment)
    count = outcomes.all_came(session, unmarked, agent_id=desk.agent.id, now=runtime().clock())
    flash(
        f"C’est noté\N{NO-BREAK SPACE}: {plural(count, 'personne venue', 'personnes venues')}. "
        "Chaque ligne peut encore être corrigée.",
        "good",
    )
    return back(appointment_id)


@bp.post("/personnes/<int:participation_id>/annuler")
@agent_page
def revoke(session: Session, desk: Desk, appointment_id: int, participation_id: int) -> Response | tuple[str, int]:
    one = participation_of(session, desk, appointment_id, participation_id)
    now = runtime().clock()
    refusal = attempt(session, lambda: changing.revoke(session, one, agent_id=desk.agent.id, now=now), *OF_SEATS)
    if refusal is None:
        flash("Rendez-vous annulé, la place est libre. La personne reçoit un message.", "good")
    return answer(session, one.appointment, refusal)


@bp.post("/personnes")
@agent_page
def seat(session: Session, desk: Desk, appointment_id: int) -> Response | tuple[str, int]:
    appointment = session_seen_by(session, appointment_id, desk.organisation.id)
    wanted = request.form.get("personne", type=row_id)
    if wanted is None:
        abort(422)
    person = beneficiary_seen_by(session, wanted, [desk.organisation.id])
    codes, now = runtime().codes, runtime().clock()
    refusal = attempt(
        session,
        lambda: sessions_changing.add(session, appointment, person, agent_id=desk.agent.id, codes=codes, now=now),
        *OF_SEATS,
    )
    if refusal is None:
        flash(f"{person.full_name} a une place. La confirmation part tout de suite.", "good")
    return answer(session, appointment, refusal)


@bp.get("/modifier")
@agent_page
def form(session: Session, desk: Desk, appointment_id: int) -> str | Response:
    appointment = session_seen_by(session, appointment_id, desk.organisation.id)
    if appointment.cancelled_at is not None or appointment.starts_at <= runtime().clock():
        return back(appointment_id)
    return form_page(appointment, ChangedForm.showing(session, desk, appointment))


@bp.post("/modifier")
@agent_page
def change(session: Session, desk: Desk, appointment_id: int) -> Response | tuple[str, int]:
    appointment = session_seen_by(session, appointment_id, desk.organisation.id)
    form = ChangedForm.showing(session, desk, appointment)
    wish = wish_of(session, desk, appointment, form) if form.validate() else None
    found = sessions_changing.doubts(session, appointment, wish) if wish else []
    if any(one.forbids for one in found):
        complain(form.agents, TAKEN)
    if wish is None or form.errors or (found and not request.form.get("anyway")):
        return form_page(appointment, form, found), 422
    now = runtime().clock()
    refusal = attempt(
        session,
        lambda: sessions_changing.change(session, appointment, wish, agent_id=desk.agent.id, now=now),
        *OF_SEATS,
    )
    if refusal is not None:
        complain(form.seats if isinstance(refusal, FewerSeatsThanTaken) else form.agents, refusal_sentence(refusal))
        return form_page(appointment, form), 422
    flash("La séance est modifiée.", "good")
    return back(appointment_id)


@bp.post("/annuler")
@agent_page
def cancel(session: Session, desk: Desk, appointment_id: int) -> Response:
    appointment = session_seen_by(session, appointment_id, desk.organisation.id)
    rest = request.form.get("suite") == "oui"
    told = sessions_changing.cancel(session, appointment, rest=rest, agent_id=desk.agent.id, now=runtime().clock())
    said = "Les séances sont annulées." if rest else "La séance est annulée."
    flash(f"{said} {session_words.told(told)}", "good")
    return redirect(url_for("sessions.listing"), 303)


def wish_of(session: Session, desk: Desk, appointment: Appointment, form: ChangedForm) -> Change | None:
    """The session as the form wants it; what can't be is told beside its field."""
    plan = form.plan(appointment)
    try:
        checked = sessions.check(session, plan, desk.organisation.id)
        (time,) = sessions.times_of(plan, checked)
    except EndsBeforeItStarts:
        complain(form.ends, ENDS_EARLY)
        return None
    except (NothingToCome, ValueError):
        complain(form.starts, NOTHING_TO_COME)
        return None
    if time.starts_at <= runtime().clock():
        complain(form.starts_on, NOTHING_TO_COME)
        return None
    return Change(plan.title, plan.seats, checked, time)


def show_page(session: Session, appointment: Appointment, problem: str = "") -> str:
    now = runtime().clock()
    text = request.args.get("q", "").strip()
    place = appointment.place
    is_to_come = appointment.cancelled_at is None and appointment.starts_at > now
    return render_template(
        "agents/sessions/show.html",
        appointment=appointment,
        zone=place.zone if place else appointment.organisation.department.zone,
        people=sessions_list.people_of(session, appointment),
        following=len(sessions_changing.following(session, appointment)) - 1 if is_to_come else 0,
        is_to_come=is_to_come,
        has_begun=appointment.cancelled_at is None and appointment.starts_at <= now,
        text=text,
        found=sessions_list.candidates(session, appointment, text, now=now) if text and is_to_come else [],
        problem=problem,
        words=session_words,
    )


def form_page(appointment: Appointment, form: ChangedForm, found: list[Trouble] | None = None) -> str:
    return render_template(
        "agents/sessions/change.html",
        appointment=appointment,
        form=form,
        doubts=[session_words.trouble(one) for one in found or [] if not one.forbids],
    )


def answer(
    session: Session, appointment: Appointment, refusal: DomainError | None, *, anchor: str | None = None
) -> Response | tuple[str, int]:
    """Back to the session, or the session itself with what was refused."""
    if refusal is None:
        return back(appointment.id, anchor)
    return show_page(session, appointment, refusal_sentence(refusal)), 409


def back(appointment_id: int, anchor: str | None = None) -> Response:
    return redirect(url_for("session.show", appointment_id=appointment_id, _anchor=anchor), 303)


def participation_of(session: Session, desk: Desk, appointment_id: int, participation_id: int) -> Participation:
    """A person's seat in this session of the present organisation. Raises NotFound."""
    session_seen_by(session, appointment_id, desk.organisation.id)
    participation = participation_seen_by(session, participation_id, [desk.organisation.id])
    if participation.appointment_id != appointment_id:
        raise NotFound
    return participation

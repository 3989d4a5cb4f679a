"""`/r/<code>`: the page of an appointment. It is noted; the person may put it into a calendar, move it, cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.access import public_page
from app.languages import current, speak_to
from app.public.calendar_file import calendar_file, links_to_calendars
from app.public.choosing import NO_TIME, laid_out, place_asked, token_asked
from app.runtime import runtime
from invitations import changing, messages, moving, offers, queueing
from invitations.changing import Visit
from invitations.errors import NotChangeable, SlotTaken, TooLateToChange
from invitations.job_centre import choosing as job_centre
from invitations.models import Outcome
from invitations.outbox.links import code_that_opens
from invitations.useful_places.near import near

bp = Blueprint("appointment", __name__)


class State(StrEnum):
    """What the page of an appointment tells."""

    COMING = "coming"
    PAST = "past"
    CANCELLED = "cancelled"  # by the person
    REVOKED = "revoked"  # by the service


STANDING = frozenset({State.COMING, State.PAST})


@bp.get("/r/<code>")
@public_page
def show(session: Session, code: str) -> str:
    return show_page(session, visit_of(session, code), code)


@bp.get("/r/<code>/rendez-vous.ics")
@public_page
def calendar(session: Session, code: str) -> Response:
    now = runtime().clock()
    visit = visit_of(session, code)
    return calendar_file(
        messages.calendar_of(
            visit.participation,
            codes=runtime().codes,
            public_url=runtime().settings.public_url,
            stamp=now,
            help_phone=visit.help_phone,
            help_hours=visit.help_hours,
            help_owner=visit.help_owner,
            spoken=current(),
            method="PUBLISH" if state_of(visit, now=now) in STANDING else "CANCEL",
            code=code,
        )
    )


@bp.get("/r/<code>/changer")
@public_page
def change(session: Session, code: str) -> str | Answer:
    return change_page(session, code)


@bp.post("/r/<code>/changer")
@public_page
def move(session: Session, code: str) -> Answer | tuple[Any, int]:
    token = token_asked()
    if token is None:
        return change_page(session, code, problems=[NO_TIME]), 422
    moving.move(session, code, token, codes=runtime().codes, now=runtime().clock())
    return redirect(url_for("appointment.show", code=code), 303)


@bp.get("/r/<code>/annuler")
@public_page
def leave(session: Session, code: str) -> str | Answer:
    visit = visit_of(session, code)
    if not visit.may_cancel:
        return redirect(url_for("appointment.show", code=code), 303)
    return render_template("public/appointment/cancel.html", visit=visit, code=code, zone=zone_of(visit))


@bp.post("/r/<code>/annuler")
@public_page
def cancel(session: Session, code: str) -> Answer:
    changing.cancel(session, code, codes=runtime().codes, now=runtime().clock())
    return redirect(url_for("appointment.show", code=code), 303)


@bp.errorhandler(SlotTaken)
def offer_nearest(refusal: SlotTaken) -> tuple[str | Answer, int]:
    """The nearest other times; the present appointment stays. The refused transaction is over: this one only reads."""
    with runtime().database.reading() as session:
        return change_page(session, code_asked(), lost=refusal), 409


@bp.errorhandler(TooLateToChange)
@bp.errorhandler(NotChangeable)
def show_as_it_is(_refusal: TooLateToChange | NotChangeable) -> tuple[str, int]:
    """Too late, or changed in another tab: the appointment as it stands, and whom to call."""
    code = code_asked()
    with runtime().database.reading() as session:
        return show_page(session, visit_of(session, code), code, is_unchanged=True), 409


def code_asked() -> str:
    return str((request.view_args or {})["code"])


def visit_of(session: Session, code: str, **more: Any) -> Visit:
    """The appointment, and from here on its person's language."""
    visit = changing.open_appointment(session, code, codes=runtime().codes, now=runtime().clock(), **more)
    speak_to(visit.beneficiary)
    return visit


def show_page(session: Session, visit: Visit, code: str, *, is_unchanged: bool = False) -> str:
    state = state_of(visit, now=runtime().clock())
    address = f"{runtime().settings.public_url}{url_for('.show', code=code, langue=None)}"
    return render_template(
        "public/appointment/show.html",
        visit=visit,
        code=code,
        zone=zone_of(visit),
        state=state,
        is_unchanged=is_unchanged,
        address=address,
        calendars=links_to_calendars(visit, address) if state is State.COMING else [],
        standing=queueing.standing_of_appointment(session, visit.participation, is_waiting=visit.is_waiting),
        near=near(session, visit.appointment) if state is State.COMING else [],
        is_in_trial=state is State.COMING and visit.is_in_trial,
        is_told=state in STANDING and job_centre.concerns(session, visit.participation),
        **choosing_again(session, visit, state),
    )


def choosing_again(session: Session, visit: Visit, state: State) -> dict[str, Any]:
    """What the page of an appointment that is off needs to offer another: the open invitation, the nearest free times."""
    invitation = visit.participation.invitation
    if invitation is None:
        return {"invitation_code": None, "may_choose_again": False, "nearest": []}
    now, appointment = runtime().clock(), visit.appointment
    code = code_that_opens(session, runtime().codes, "invitation", invitation.id)
    if state in STANDING or visit.is_convocation or not invitation.is_open(now):
        return {"invitation_code": code, "may_choose_again": False, "nearest": []}
    offered = changing.other_choices(session, visit.participation, now=now)
    nearest = offers.nearest_to(appointment.starts_at, offered.choices, place_id=appointment.place_id)
    laid = laid_out(offered) | {"nearest": nearest, "nearest_zone": offered.zone}
    return {"invitation_code": code, "may_choose_again": True, **laid}


def zone_of(visit: Visit) -> ZoneInfo:
    """A day is that of the place, else of the département."""
    place = visit.appointment.place
    return place.zone if place else visit.department.zone


def state_of(visit: Visit, *, now: datetime) -> State:
    if visit.participation.outcome is Outcome.EXCUSED:
        return State.CANCELLED
    if visit.participation.outcome is Outcome.REVOKED or visit.appointment.cancelled_at is not None:
        return State.REVOKED
    return State.PAST if visit.appointment.ends_at <= now else State.COMING


def change_page(
    session: Session, code: str, *, lost: SlotTaken | None = None, problems: Sequence[tuple[str, str]] = ()
) -> str | Answer:
    visit = visit_of(session, code, choices=True, place_id=place_asked())
    if not visit.may_move or visit.offered is None:
        return redirect(url_for("appointment.show", code=code), 303)
    return render_template(
        "public/appointment/change.html",
        visit=visit,
        offered=visit.offered,
        code=code,
        lost=lost,
        problems=problems,
        **laid_out(visit.offered, lost),
    )

"""`/i/<code>`: the page of an invitation. Choose a place and a time, confirm; or ask to be called."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import checking_page, public_page
from app.languages import speak_to
from app.public.choosing import NO_TIME, laid_out, place_asked, token_asked
from app.runtime import runtime
from invitations import booking, confirming, queueing
from invitations.database import throw_away
from invitations.errors import AlreadyBooked, DomainError, SlotTaken
from invitations.job_centre import choosing as job_centre
from invitations.outbox.links import code_that_opens

bp = Blueprint("booking", __name__)


@bp.get("/i/<code>")
@public_page
def choose(session: Session, code: str) -> str:
    return choose_page(session, code)


@bp.get("/i/<code>/confirmer")
@public_page
def confirm(session: Session, code: str) -> str | tuple[str, int]:
    token = token_asked()
    if token is None:
        return choose_page(session, code, problems=[NO_TIME]), 422
    looked = confirming.look_at(session, code, token, codes=runtime().codes, now=runtime().clock())
    setting = looked.setting
    speak_to(setting.beneficiary)
    is_told = job_centre.is_told_of(setting.organisation, setting.beneficiary)
    return render_template("public/booking/confirm.html", looked=looked, setting=setting, code=code, is_told=is_told)


@bp.post("/i/<code>")
@checking_page
def book(session: Session, code: str) -> Response | tuple[str, int]:
    token, now = token_asked(), runtime().clock()
    if token is None:
        return choose_page(session, code, problems=[NO_TIME]), 422
    wish = booking.look(session, code, token, codes=runtime().codes, now=now)
    if wish.had_id is not None:
        return to_appointment(session, wish.had_id)
    throw_away(session)  # what was read goes on into the session that writes, and nobody keeps two connections
    with runtime().database.writing() as writing:
        participation = booking.grant(writing, wish, codes=runtime().codes, now=now)
    return to_appointment(session, participation.id)


@bp.post("/i/<code>/garder")
@public_page
def keep(session: Session, code: str) -> Response:
    participation = booking.keep(session, code, codes=runtime().codes, now=runtime().clock())
    return to_appointment(session, participation.id)


@bp.errorhandler(SlotTaken)
def offer_nearest(refusal: SlotTaken) -> ResponseReturnValue:
    """An apology and the nearest times, not an error page. The refused transaction is over: this one only reads."""
    code = (request.view_args or {})["code"]
    try:
        with runtime().database.reading() as session:
            return choose_page(session, code, lost=refusal), 409
    except DomainError as meanwhile:  # they have just booked in another tab, or the service has ended it
        return current_app.handle_user_exception(meanwhile)


@bp.errorhandler(AlreadyBooked)
def show_booked(refusal: AlreadyBooked) -> Response:
    """A second tab, the back button, a link opened again: all lead to the appointment that exists."""
    with runtime().database.reading() as session:
        return to_appointment(session, refusal.details["participation_id"])


def to_appointment(session: Session, participation_id: int) -> Response:
    code = code_that_opens(session, runtime().codes, "participation", participation_id)
    return redirect(url_for("appointment.show", code=code), 303)


def choose_page(
    session: Session, code: str, *, lost: SlotTaken | None = None, problems: Sequence[tuple[str, str]] = ()
) -> str:
    offer = booking.open_invitation(session, code, place_id=place_asked(), codes=runtime().codes, now=runtime().clock())
    speak_to(offer.beneficiary)
    return render_template(
        "public/booking/choose.html",
        offer=offer,
        code=code,
        form=None,
        lost=lost,
        problems=problems,
        standing=queueing.standing_of_invitation(
            session, offer.invitation, found_nothing=not offer.by_day, is_waiting=offer.is_waiting
        ),
        **laid_out(offer, lost),
    )

"""`/i/<code>/attente` and `/place`, and the same below `/r/<code>`: waiting for a freed slot, and answering its offer."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import public_page
from app.public.booking import to_appointment
from app.public.holding import code_asked, holder_of, way_asked
from app.runtime import runtime
from app.security import row_id
from invitations import accepting, booking, changing, queueing
from invitations.errors import AlreadyBooked, NotChangeable, OfferOver, TooLateToChange

bp = Blueprint("waiting", __name__)

# No offer has this number: a form without it answers none.
NO_OFFER = 0


@bp.post("/i/<code>/attente")
@public_page
def ask(session: Session, code: str) -> Response:
    place_id = request.form.get("lieu", type=row_id)
    queueing.ask(session, code, place_id=place_id, codes=runtime().codes, now=runtime().clock())
    return to_invitation(code)


@bp.post("/i/<code>/attente/fin")
@public_page
def give_up(session: Session, code: str) -> Response:
    invitation = booking.invitation_of(session, code, codes=runtime().codes)
    queueing.give_up(session, invitation.follow_up_id, now=runtime().clock())
    return to_invitation(code)


@bp.post("/i/<code>/place")
@public_page
def take(session: Session, code: str) -> Response:
    participation = accepting.take(session, code, offer_asked(), codes=runtime().codes, now=runtime().clock())
    return to_appointment(session, participation.id)


@bp.post("/i/<code>/place/non")
@public_page
def decline(session: Session, code: str) -> Response:
    invitation = booking.invitation_of(session, code, codes=runtime().codes)
    accepting.decline(session, invitation.follow_up_id, offer_asked(), now=runtime().clock())
    return to_invitation(code)


@bp.post("/r/<code>/attente")
@public_page
def ask_earlier(session: Session, code: str) -> Response:
    queueing.ask_earlier(session, code, codes=runtime().codes, now=runtime().clock())
    return to_mine(code)


@bp.post("/r/<code>/attente/fin")
@public_page
def keep_mine(session: Session, code: str) -> Response:
    participation = changing.participation_of(session, code, codes=runtime().codes)
    queueing.give_up(session, participation.follow_up_id, now=runtime().clock())
    return to_mine(code)


@bp.post("/r/<code>/place")
@public_page
def take_instead(session: Session, code: str) -> Response:
    accepting.take_instead(session, code, offer_asked(), codes=runtime().codes, now=runtime().clock())
    return to_mine(code)


@bp.post("/r/<code>/place/non")
@public_page
def decline_earlier(session: Session, code: str) -> Response:
    participation = changing.participation_of(session, code, codes=runtime().codes)
    accepting.decline(session, participation.follow_up_id, offer_asked(), now=runtime().clock())
    return to_mine(code)


@bp.errorhandler(OfferOver)
def tell_it_is_over(_refusal: OfferOver) -> tuple[str, int]:
    """Somebody else is being asked. The refused transaction is over: this one only reads."""
    way, code = way_asked(), code_asked()
    with runtime().database.reading() as session:
        setting = holder_of(session, way, code)
        page = render_template("public/waiting/over.html", setting=setting, code=code, is_invitation=way == "i")
    return page, 409


@bp.errorhandler(AlreadyBooked)
def show_booked(refusal: AlreadyBooked) -> Response:
    """They have found a date since this page was opened."""
    with runtime().database.reading() as session:
        return to_appointment(session, refusal.details["participation_id"])


@bp.errorhandler(TooLateToChange)
@bp.errorhandler(NotChangeable)
def show_as_it_is(_refusal: TooLateToChange | NotChangeable) -> Response:
    """The page of the appointment says what can still be done, and whom to call."""
    return to_mine(code_asked())


def offer_asked() -> int:
    """The offer that the form answers."""
    return request.form.get("offre", NO_OFFER, type=row_id)


def to_invitation(code: str) -> Response:
    return redirect(url_for("booking.choose", code=code), 303)


def to_mine(code: str) -> Response:
    return redirect(url_for("appointment.show", code=code), 303)

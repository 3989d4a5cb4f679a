"""`/i/<code>/messages` and `/r/<code>/messages`: no more texts, no more emails; or again.

`…/messages/stop` is the address in every email's List-Unsubscribe: mail programs post to it (RFC 8058), people open it.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import public_page
from app.public.holding import holder_of, main_page
from app.runtime import runtime
from invitations import contacts
from invitations.models import Channel
from invitations.reach import ELECTRONIC

bp = Blueprint("refusing", __name__)

# What a mail program posts, to the letter (RFC 8058, section 3.2).
ONE_CLICK = ("List-Unsubscribe", "One-Click")


@bp.get("/<any(i, r):way>/<code>/messages")
@public_page
def show(session: Session, way: str, code: str) -> str:
    return page(session, way, code)


@bp.post("/<any(i, r):way>/<code>/messages")
@public_page
def decide(session: Session, way: str, code: str) -> Response:
    holder = holder_of(session, way, code)
    for act, name in ((contacts.refuse, "refuser"), (contacts.accept, "accepter")):
        channel = next((one for one in ELECTRONIC if one == request.form.get(name)), None)
        if channel is not None:
            act(session, holder, channel, now=runtime().clock())
    return redirect(url_for(".show", way=way, code=code, note="oui"), 303)


@bp.get("/<any(i, r):way>/<code>/messages/stop")
@public_page
def stop_page(session: Session, way: str, code: str) -> str:
    return page(session, way, code)


@bp.post("/<any(i, r):way>/<code>/messages/stop")
@public_page
def stop(session: Session, way: str, code: str) -> str:
    """One click in a mail program: emails stop. Answered without a redirect, which such programs don't follow."""
    name, value = ONE_CLICK
    if request.form.get(name) == value:
        contacts.refuse(session, holder_of(session, way, code), Channel.EMAIL, now=runtime().clock())
    return page(session, way, code)


def page(session: Session, way: str, code: str) -> str:
    holder = holder_of(session, way, code)
    return render_template(
        "public/refusing/show.html",
        setting=holder,
        action=url_for(".decide", way=way, code=code),
        contact=url_for("contact.form", way=way, code=code),
        is_noted="note" in request.args or request.method == "POST",
        main=main_page(way, code),
    )

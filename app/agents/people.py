"""Personnes: the list, and a person's page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import people_words
from app.agents.people_words import Asked
from app.agents.person import person_page
from app.runtime import runtime
from invitations import organisation_settings, people
from invitations.models import Channel
from invitations.people import Listing
from invitations.permissions import beneficiary_seen_by
from invitations.reach import ELECTRONIC

bp = Blueprint("people", __name__, url_prefix="/agents/personnes")


@bp.get("")
@agent_page
def listing(session: Session, desk: Desk) -> str | Response:
    asked = asked_by(session, desk, request.args)
    now = runtime().clock()
    found = people.listing(session, asked.wanted, now=now)
    if request.args.get("direct") and asked.wanted.text and found.total == 1:
        return redirect(url_for("people.show", beneficiary_id=found.lines[0].id))
    return render_template(
        "agents/people/listing.html",
        asked=asked,
        listing=found,
        statuses=people_words.STATUSES,
        channels=channels_here(session, desk),
        largest=people.LARGEST_SELECTION,
        chosen=chosen_lines(found),
        now=now,
    )


@bp.get("/<int:beneficiary_id>")
@agent_page
def show(session: Session, desk: Desk, beneficiary_id: int) -> str:
    return person_page(session, desk, beneficiary_seen_by(session, beneficiary_id, desk.organisation_ids))


def channels_here(session: Session, desk: Desk) -> list[Channel]:
    """How a selection may be written to: letters only where some category sends them."""
    letters = organisation_settings.sending_letters(session, desk.organisation.id)
    return [*ELECTRONIC, Channel.LETTER] if letters else list(ELECTRONIC)


def asked_by(session: Session, desk: Desk, arguments: Mapping[str, str]) -> Asked:
    return people_words.read(arguments, desk, partial(people.categories_of, session))


def chosen_lines(found: Listing) -> frozenset[int]:
    """The people ticked when the page opens: `choisir=page` all of it, `choisir=26` the first 26."""
    wanted = request.args.get("choisir", "")
    count = len(found.lines) if wanted == "page" else int(wanted) if wanted.isdecimal() and len(wanted) < 5 else 0
    return frozenset(line.id for line in found.lines[:count])

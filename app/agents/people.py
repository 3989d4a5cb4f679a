"""Personnes: the list, and a person's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import consulting
from app.access import Desk, agent_page
from app.agents import people_words
from app.agents.people_words import Asked
from app.agents.person import person_page
from app.runtime import runtime
from app.security import row_id
from invitations import organisation_settings, people, saved_views, selecting, tags
from invitations.errors import NotFound
from invitations.models import Agent, Channel, SavedView, SelectionAct
from invitations.people import Listing
from invitations.permissions import beneficiary_seen_by
from invitations.reach import ELECTRONIC, OTHERWISE
from invitations.selecting import By

bp = Blueprint("people", __name__, url_prefix="/agents/personnes")


@dataclass(frozen=True, slots=True)
class Offered:
    """What the list may be narrowed by, and what may be done with a selection of it."""

    channels: Sequence[Channel]
    referents: Sequence[Agent]
    labels: Sequence[str]
    views: Sequence[SavedView]
    may_export: bool


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
        turned=asked.turned(found.lines[0].id, found.lines[-1].id) if found.lines else asked.page_href,
        statuses=people_words.STATUSES,
        modes=people_words.MODES,
        views=people_words.VIEWS,
        offered=offered(session, desk, asked),
        largest=people.LARGEST_SELECTION,
        chosen=chosen_lines(found),
        undoable=undoable(session, desk),
        now=now,
    )


@bp.get("/<int:beneficiary_id>")
@agent_page
def show(session: Session, desk: Desk, beneficiary_id: int) -> str:
    person = beneficiary_seen_by(session, beneficiary_id, desk.organisation_ids)
    consulting.keep(session, desk, person.id)
    return person_page(session, desk, person)


def offered(session: Session, desk: Desk, asked: Asked) -> Offered:
    return Offered(
        channels_here(session, desk),
        selecting.colleagues(session, asked.wanted.organisation_ids),
        tags.labels_of(session, asked.wanted.organisation_ids),
        saved_views.views_of(session, agent_id=desk.agent.id, organisation_id=desk.organisation.id),
        {one.organisation_id for one in desk.agent.roles if one.may_export} >= set(asked.wanted.organisation_ids),
    )


def channels_here(session: Session, desk: Desk) -> list[Channel]:
    """How a selection may be told: letters and calls only where some category has them."""
    otherwise = organisation_settings.telling_otherwise(session, desk.organisation.id).values()
    return [*ELECTRONIC, *(one for one in OTHERWISE if any(one in channels for channels in otherwise))]


def asked_by(session: Session, desk: Desk, arguments: Mapping[str, str]) -> Asked:
    return people_words.read(arguments, desk, partial(people.categories_of, session))


def chosen_lines(found: Listing) -> frozenset[int]:
    """The people ticked when the page opens: `choisir=page` all of it, `choisir=26` the first 26."""
    wanted = request.args.get("choisir", "")
    count = len(found.lines) if wanted == "page" else int(wanted) if wanted.isdecimal() and len(wanted) < 5 else 0
    return frozenset(line.id for line in found.lines[:count])


def undoable(session: Session, desk: Desk) -> SelectionAct | None:
    """What was just done to a selection (`fait`), while it can be taken back."""
    act_id = request.args.get("fait", type=row_id)
    if act_id is None:
        return None
    try:
        act = selecting.act_of(session, act_id, by=By(desk.agent.id, desk.organisation.id))
    except NotFound:
        return None
    return act if act.undone_at is None else None

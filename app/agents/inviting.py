"""Inviting a selection of the list: a preview that changes nothing, then the sending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import inviting_trial
from app.agents.inviting_selection import by_reason, say_first, selected, trial_of, who_was_not
from app.agents.needs import name_in_french
from app.agents.own_texts import some_link
from app.agents.people import asked_by
from app.runtime import runtime
from invitations import batch_cost, inviting, undoing
from invitations.batch_cost import Prices, Writer
from invitations.errors import NoFreeSlot
from invitations.models import Channel, FollowUp
from invitations.reach import why_unreachable
from notifications.languages import language

bp = Blueprint("inviting", __name__, url_prefix="/agents/personnes/inviter")


@bp.post("")
@agent_page
def preview(session: Session, desk: Desk) -> str | Response:
    asked = asked_by(session, desk, request.form)
    selection = selected(session, desk, asked)
    if selection.problem:
        return say_first(selection.problem, asked)
    if trial := trial_of(session, desk, selection):
        return inviting_trial.page(session, desk, asked, selection, trial)
    seen = inviting.preview_selection(
        session,
        selection.follow_ups,
        organisation_id=desk.organisation.id,
        channels=selection.channels,
        now=runtime().clock(),
    )
    writers = {one: Writer(session, terms, runtime().clock()) for one, terms in seen.terms.items()}
    reader = read_by(seen.ready)
    return render_template(
        "agents/people/preview.html",
        estimate=batch_cost.estimate(seen.ready, selection.channels, writers),
        prices=prices(),
        spoken=spoken_by,
        reader=reader,
        written=writers[reader.category_id].written(reader, selection.channels, link=some_link()) if reader else {},
        asked=asked,
        selection=selection,
        preview=seen,
        could_wait=sum(isinstance(refusal, NoFreeSlot) for _, refusal in seen.refused),
        refused=by_reason(seen.refused, desk.organisation.department.zone),
        why_unreachable=why_unreachable,
        used=lambda one: inviting.used_for(one, selection.channels),
        letters=letters_among(seen.ready, selection.channels),
        zone=desk.organisation.department.zone,
    )


@bp.post("/envoyer")
@agent_page
def send(session: Session, desk: Desk) -> str | Response:
    asked = asked_by(session, desk, request.form)
    selection = selected(session, desk, asked)
    if selection.problem:
        return say_first(selection.problem, asked)
    if trial := trial_of(session, desk, selection):
        return inviting_trial.page(session, desk, asked, selection, trial)
    sent = undoing.send(
        session,
        selection.follow_ups,
        organisation_id=desk.organisation.id,
        category_id=selection.category.id if selection.category else 0,
        channels=selection.channels,
        agent_id=desk.agent.id,
        may_wait=request.form.get("suite") == "vague",
        codes=runtime().codes,
        now=runtime().clock(),
    )
    if sent.refused or sent.batch is None:
        flash(who_was_not(sent.refused, desk.organisation.department.zone), "care")
    if sent.batch is None:
        return redirect(asked.href(), 303)
    words: dict[str, Any] = {name: value for name, value in asked.words.items() if value}
    return redirect(url_for("undoing.show", batch_id=sent.batch.id, **words), 303)


def prices() -> Prices:
    settings = runtime().settings
    return Prices(settings.sms_price_cents, settings.letter_price_cents, settings.call_price_cents)


def read_by(ready: Sequence[FollowUp]) -> FollowUp | None:
    """Whose message is shown: the person chosen, else the first."""
    chosen = request.form.get("lire", "")
    return next((one for one in ready if str(one.beneficiary_id) == chosen), ready[0] if ready else None)


def spoken_by(languages: Counter[str]) -> str:
    """10 en français, 2 en arabe"""
    return ", ".join(f"{count} en {name_in_french(language(code).html)}" for code, count in languages.most_common())


def letters_among(follow_ups: Sequence[FollowUp], channels: list[Channel]) -> int:
    """How many of these people are written to on paper."""
    return sum(Channel.LETTER in inviting.used_for(one, channels) for one in follow_ups)

"""Inviting a selection of the list: a preview that changes nothing, then the sending."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk, agent_page
from app.agents import people_words
from app.agents.needs import name_in_french
from app.agents.own_texts import some_link
from app.agents.people import asked_by
from app.agents.people_words import Asked
from app.filters import plural
from app.refusals import refusal_reason, shared_reason
from app.runtime import runtime
from invitations import batch_cost, inviting, organisation_settings, people, undoing
from invitations.batch_cost import Prices, Writer
from invitations.errors import DomainError, InviteRefused, NoFreeSlot
from invitations.models import Category, Channel, FollowUp
from invitations.reach import ELECTRONIC, why_unreachable
from notifications.languages import language

bp = Blueprint("inviting", __name__, url_prefix="/agents/personnes/inviter")

Refused = list[tuple[FollowUp, InviteRefused]]
# Names said for one reason; the others are counted.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Selection:
    """The people ticked, their follow-ups in the category chosen, and those who have none there."""

    category: Category | None
    beneficiary_ids: list[int]
    follow_ups: list[FollowUp]
    unopened: list[str]
    channels: list[Channel]

    @property
    def problem(self) -> str:
        """What must be chosen first, in a sentence; empty when nothing is missing."""
        if not self.beneficiary_ids:
            return "Choisissez d’abord les personnes à inviter, en cochant leur ligne."
        if not self.channels:
            return "Choisissez au moins un moyen d’envoi\N{NO-BREAK SPACE}: SMS, courriel ou courrier."
        return "" if self.category else "Choisissez la catégorie pour laquelle inviter."


@bp.post("")
@agent_page
def preview(session: Session, desk: Desk) -> str | Response:
    asked = asked_by(session, desk, request.form)
    selection = selected(session, desk, asked)
    if selection.problem:
        return say_first(selection.problem, asked)
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
def send(session: Session, desk: Desk) -> Response:
    asked = asked_by(session, desk, request.form)
    selection = selected(session, desk, asked)
    if selection.problem:
        return say_first(selection.problem, asked)
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


def say_first(problem: str, asked: Asked) -> Response:
    flash(problem, "care")
    return redirect(asked.href(), 303)


def selected(session: Session, desk: Desk, asked: Asked) -> Selection:
    """What the form ticked: single lines, or the whole list as it is narrowed."""
    here = (desk.organisation.id,)
    ids = people.ids(session, asked.wanted) if request.form.get("tout") else ticked()
    category = chosen_category(asked)
    names = people.names_of(session, ids, here)
    found = people.follow_ups_of(session, ids, category.id, here) if category else []
    opened = {one.beneficiary_id for one in found}
    otherwise = organisation_settings.telling_otherwise(session, desk.organisation.id) if category else {}
    allowed = [*ELECTRONIC, *(otherwise.get(category.id, ()) if category else ())]
    channels = [one for one in allowed if one in request.form.getlist("canal")]
    return Selection(
        category,
        [one for one in ids if one in names],
        found,
        [name for person, name in names.items() if person not in opened],
        channels,
    )


def ticked() -> list[int]:
    """Ids from the boxes, or from the one field of the preview; what is no number is no one."""
    texts = [*request.form.getlist("personne"), *request.form.get("personnes", "").split(",")]
    return [int(text) for text in texts if text.isdecimal() and len(text) < 19][: people.LARGEST_SELECTION]


def chosen_category(asked: Asked) -> Category | None:
    """The category to invite for: the one chosen in the bar, else the only one there is."""
    word = request.form.get("pour", "")
    if not word and len(asked.categories) == 1:
        return asked.categories[0]
    return next((one for one in asked.categories if people_words.category_word(one) == word), None)


def by_reason(refused: Sequence[tuple[FollowUp, DomainError]], zone: ZoneInfo) -> dict[str, list[FollowUp]]:
    """Reason in words → the follow-ups it holds for, in order. Many of a kind share one reason, without its dates."""
    kinds = Counter(type(refusal) for _, refusal in refused)
    grouped: dict[str, list[FollowUp]] = {}
    for follow_up, refusal in refused:
        is_one_of_many = kinds[type(refusal)] > NAMED
        reason = shared_reason(refusal, zone) if is_one_of_many else refusal_reason(refusal, zone)
        grouped.setdefault(reason, []).append(follow_up)
    return grouped


def letters_among(follow_ups: Sequence[FollowUp], channels: list[Channel]) -> int:
    """How many of these people are written to on paper."""
    return sum(Channel.LETTER in inviting.used_for(one, channels) for one in follow_ups)


def who_was_not(refused: Refused, zone: ZoneInfo) -> str:
    """A line for each reason why somebody has no invitation."""
    lines = [
        f"Pas d’invitation pour {who(those)}\N{NO-BREAK SPACE}: {reason}."
        for reason, those in by_reason(refused, zone).items()
    ]
    return "\n".join(lines) or "Aucune invitation n’est partie."


def who(follow_ups: list[FollowUp]) -> str:
    names = [one.beneficiary.full_name for one in follow_ups]
    if len(names) <= NAMED:
        return ", ".join(names)
    return f"{plural(len(names), 'personne', 'personnes')} ({', '.join(names[:NAMED])}…)"

"""A selection of the list that is to be invited: who was ticked, for what and how; and who was not invited, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import flash, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app.access import Desk
from app.agents import people_words
from app.agents.people_words import Asked
from app.filters import plural
from app.refusals import refusal_reason, shared_reason
from app.security import row_ids
from invitations import organisation_settings, people
from invitations.errors import DomainError
from invitations.models import Category, Channel, FollowUp, Trial
from invitations.reach import ELECTRONIC
from invitations.trials import covering

Refused = Sequence[tuple[FollowUp, DomainError]]
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
    return row_ids(texts)[: people.LARGEST_SELECTION]


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


def trial_of(session: Session, desk: Desk, selection: Selection) -> Trial | None:
    """The trial that draws lots for this category here: its own page tells how (`inviting_trial`)."""
    return covering.covering(session, desk.organisation.id, selection.category.id) if selection.category else None

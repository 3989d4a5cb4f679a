"""The page of an opening's form: what is wrong, what is doubted, and what it would look like in the agenda."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from app.access import Desk
from app.agents import agenda_grid, agenda_words, opening_words
from app.agents.agenda_grid import Grid
from app.agents.french_form import complain
from app.agents.opening_form import OnceForm, OpeningForm
from app.runtime import runtime
from invitations import openings_doubts, openings_preview
from invitations.errors import EndsBeforeItStarts, NothingToCome
from invitations.models import Opening
from invitations.openings import Replaced, Wish
from invitations.openings_changes import going_on
from invitations.openings_doubts import Doubt
from invitations.openings_preview import NOT_SAVED, Preview, Week
from invitations.options import Option

ACROSS_MIDNIGHT = "Une plage finit le jour où elle commence, après son début. Pour passer minuit, ajoutez deux plages."
NOTHING_TO_COME = "Aucun jour de cette plage n’est à venir. Vérifiez les dates et les jours de la semaine."
# A weekend is shown when something happens on it.
WORKDAYS = 5


@dataclass(frozen=True, slots=True)
class Change:
    """The opening that a form changes, and which of its days; null for a new one."""

    opening: Opening
    replaced: Replaced
    goes_on: bool


@dataclass(frozen=True, slots=True)
class AgentWeeks:
    """One agent's first weeks."""

    agent: Option
    grids: list[Grid]


def doubts_about(session: Session, desk: Desk, form: OpeningForm, change: Change | None = None) -> list[Doubt]:
    """The doubts about what the form asks for; what can't be saved is told beside its field."""
    if not form.validate():
        return []
    try:
        return openings_doubts.doubts(
            session,
            wish_of(form, change),
            organisation_id=desk.organisation.id,
            now=runtime().clock(),
            replaced=change.replaced if change else None,
        )
    except EndsBeforeItStarts:
        complain(form.ends, ACROSS_MIDNIGHT)
    except NothingToCome:
        complain(form.starts_on, NOTHING_TO_COME)
    return []


def preview_page(
    session: Session, desk: Desk, form: OpeningForm, change: Change | None = None, **words: Any
) -> str | tuple[str, int]:
    """The form under its picture in the agenda. Nothing is saved."""
    found = doubts_about(session, desk, form, change)
    if form.errors:
        return page(form, **words), 422
    now = runtime().clock()
    seen = openings_preview.preview(
        session,
        desk.organisation,
        wish_of(form, change),
        now=now,
        replaced=change.replaced if change else None,
    )
    weeks = [AgentWeeks(Option(*one), grids_of(seen, Option(*one))) for one in seen.agents.items()]
    today = now.astimezone(seen.place.zone).date()
    said = opening_words.asked(wish_of(form, change), seen.agents.values(), seen.place.city, today)
    return page(
        form, doubts=found, preview=seen, weeks=weeks, **words | {"lead": f"{said}. Rien n’est encore enregistré."}
    )


def page(
    form: OpeningForm,
    *,
    doubts: list[Doubt] | None = None,
    preview: Preview | None = None,
    weeks: list[AgentWeeks] | None = None,
    **words: Any,
) -> str:
    return render_template(
        "agents/openings/form.html",
        form=form,
        doubts=[opening_words.doubt(one) for one in doubts or []],
        preview=preview,
        weeks=weeks or [],
        added=NOT_SAVED,
        repeats=not isinstance(form, OnceForm),
        opening_words=opening_words,
        agenda_words=agenda_words,
        **words,
    )


def wish_of(form: OpeningForm, change: Change | None) -> Wish:
    wish = form.wish()
    return going_on(change.opening, wish) if change and change.goes_on else wish


def grids_of(seen: Preview, agent: Option) -> list[Grid]:
    now = runtime().clock()
    return [agenda_grid.lay_out(week.picture, [agent], days_shown(week), now=now) for week in seen.weeks]


def days_shown(week: Week) -> list[date]:
    """Monday to Friday, and as much of the weekend as something happens on, or would."""
    zone = week.picture.zone
    moments = [
        *(one.starts_at for one in week.picture.receiving),
        *(one.starts_at for one in week.picture.meetings),
    ]
    busy = {moment.astimezone(zone).date() for moment in moments} | week.wished
    last = max((on for on in week.days[WORKDAYS:] if on in busy), default=week.days[WORKDAYS - 1])
    return [on for on in week.days if on <= last]

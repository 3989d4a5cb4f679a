"""What the pages that put an appointment somewhere share: the fields of a spot, and refusals said in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, TimeField
from wtforms.validators import InputRequired

from app.access import Desk
from app.agents import agenda_words
from app.agents.agenda import kept
from app.agents.day import day_of
from app.agents.french_form import FrenchForm, complain, in_our_times, offered
from app.labels import label
from app.refusals import refusal_sentence
from app.runtime import runtime
from invitations import options, team_agenda
from invitations.concerns import Concern
from invitations.errors import DomainError, Doubtful, NotFound, SlotTaken
from invitations.models import AppointmentType, PlaceType
from invitations.options import Option
from invitations.placing import Spot
from invitations.team_agenda import times

NOWHERE = 0
NO_SUCH_TIME = (
    "Cette heure n’existe pas ce jour-là\N{NO-BREAK SPACE}: l’horloge passe à l’heure d’été. Choisissez-en une autre."
)
PLACE_NEEDED = "Choisissez un lieu\N{NO-BREAK SPACE}: ce rendez-vous se tient sur place."


class SpotForm(FrenchForm):
    """When, with whom, where. The address may hold the first values: `jour`, `heure`, `agent`, `endroit`."""

    on = DateField("Jour", [InputRequired("Indiquez le jour."), in_our_times])
    at = TimeField("Heure", [InputRequired("Indiquez l’heure.")])
    agent = SelectField("Avec", coerce=int)
    place = SelectField("Lieu", coerce=int)

    def offer_from(self, session: Session, desk: Desk, *, nowhere: bool) -> None:
        """The organisation's own agents and places; `nowhere`: nobody has to travel."""
        self.agent.choices = offered(options.agents(session, desk.organisation.id))
        places = options.places(session, desk.organisation.id)
        self.place.choices = offered([*([Option(NOWHERE, "Sans lieu")] if nowhere else []), *places])

    def asked_of(self, control: SelectField, name: str, otherwise: int | None) -> int:
        """What the address says for a field, else what is suggested, else its first choice. Raises NotFound."""
        choices: list[Any] = list(control.choices or [])
        ids = [one.value for one in choices if one.value != NOWHERE]
        wanted = request.args.get(name, type=int)
        if wanted is not None and wanted not in [*ids, NOWHERE]:
            raise NotFound
        found = next((one for one in (wanted, otherwise) if one is not None), None)
        return found if found is not None else next(iter(ids), NOWHERE)

    @property
    def wall(self) -> tuple[date, time]:
        """The wall time of a form that was found valid."""
        said: dict[str, Any] = self.data
        return said["on"], said["at"]

    def spot(self, session: Session, desk: Desk, type_: AppointmentType) -> Spot | None:
        """Where it would be, or None with the reason beside the field."""
        place_id = self.place.data or None
        if type_.place_type is PlaceType.PUBLIC_OFFICE and place_id is None:
            complain(self.place, PLACE_NEEDED)
            return None
        try:
            starts_at = times.moment(*self.wall, team_agenda.zone_of(session, desk.organisation, place_id))
        except ValueError:
            complain(self.at, NO_SUCH_TIME)
            return None
        return Spot(self.agent.data, type_.id, place_id, starts_at)


@dataclass(frozen=True, slots=True)
class Near:
    """A free time near one that is taken, in words and as an address that fills the form with it."""

    words: str
    href: str


@dataclass(frozen=True, slots=True)
class Said:
    """Why an act was refused: a problem, or doubts that one click overrules; free times nearby. `is_past`: nobody is told."""

    problem: str = ""
    doubts: list[str] = field(default_factory=list)
    nearest: list[Near] = field(default_factory=list)
    is_past: bool = False


def said(session: Session, desk: Desk, refusal: DomainError, spot: Spot, type_: AppointmentType) -> Said:
    """The refusal for the page that shows the form again."""
    if isinstance(refusal, Doubtful):
        return doubted(refusal.details["concerns"])
    sentence = refusal_sentence(refusal, desk.organisation.department.zone)
    if isinstance(refusal, SlotTaken):
        return Said("Un autre rendez-vous occupe déjà cette heure.", nearest=near(session, desk, spot, type_))
    return Said(sentence)


def doubted(concerns: Sequence[Concern]) -> Said:
    return Said(doubts=[f"{label(one)}." for one in concerns], is_past=Concern.PAST in concerns)


def near(session: Session, desk: Desk, spot: Spot, type_: AppointmentType) -> list[Near]:
    """The nearest free times, the same agent's first."""
    names = {one.id: one.name for one in options.agents(session, desk.organisation.id)}
    found = times.nearest_free(session, [type_], spot.agent_id, spot.starts_at, now=runtime().clock())
    zones = {one: team_agenda.zone_of(session, desk.organisation, one) for one in {slot.place_id for slot in found}}
    return [
        Near(
            f"{agenda_words.moment(one.starts_at, zones[one.place_id])}, {names[one.agent_id]}",
            here(one.starts_at.astimezone(zones[one.place_id]), one.agent_id, one.place_id),
        )
        for one in found
        if one.agent_id in names
    ]


def here(local: datetime, agent_id: int, place_id: int) -> str:
    """This page's address, with another time in its form."""
    asked = {name: request.args[name] for name in ("personne", "motif") if name in request.args}
    return url_for(
        request.endpoint or "",
        **(request.view_args or {}),
        **kept(**asked),
        jour=local.date().isoformat(),
        heure=f"{local:%H:%M}",
        agent=agent_id,
        endroit=place_id,
    )


def day_asked() -> date | None:
    return day_of(request.args.get("jour", ""), otherwise=None)


def hour_asked() -> time | None:
    try:
        return time.fromisoformat(request.args.get("heure", ""))
    except ValueError:
        return None

"""The forms of openings: new ones for several agents, one that changes, one day of it."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import request
from sqlalchemy.orm import Session
from wtforms import DateField, SelectField, SelectMultipleField, TimeField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from app.access import Desk
from app.agents.french_form import in_our_times, offer, offered
from app.agents.rhythm_form import RhythmForm
from invitations import options
from invitations.models import Opening
from invitations.openings import Wish
from invitations.rhythm import Rhythm, rhythm_of

Form = TypeVar("Form", bound="OpeningForm")


class OpeningForm(RhythmForm):
    """What every form of an opening asks; who receives is asked by those below."""

    place = SelectField("Où", coerce=int)
    types = SelectMultipleField(
        "Pour quels motifs",
        [InputRequired("Choisissez au moins un motif.")],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    starts = TimeField("De", [InputRequired("Indiquez l’heure de début.")])
    ends = TimeField("À", [InputRequired("Indiquez l’heure de fin.")])

    @classmethod
    def offering(cls: type[Form], session: Session, desk: Desk) -> Form:
        """The form with the organisation's own choices."""
        form = cls()
        form.place.choices = offered(options.places(session, desk.organisation.id))
        form.types.choices = offered(options.types(session, desk.organisation.id, collective=False))
        form.who().choices = offered(options.agents(session, desk.organisation.id))
        if request.method == "GET" and len(form.types.choices) == 1:
            form.types.data = [one.value for one in form.types.choices]
        return form

    def who(self) -> Any:
        """The field that says who receives."""
        raise NotImplementedError

    def agent_ids(self) -> tuple[int, ...]:
        chosen: Any = self.who().data
        return tuple(chosen) if isinstance(chosen, list) else (chosen,)

    def wish(self) -> Wish:
        said: dict[str, Any] = self.data
        return Wish(
            agent_ids=self.agent_ids(),
            place_id=said["place"],
            type_ids=tuple(said["types"]),
            rhythm=self.rhythm(),
            starts_at_time=said["starts"],
            ends_at_time=said["ends"],
        )

    def show_opening(self, opening: Opening) -> None:
        """Fill the fields with an opening that is there. A place out of use is to be chosen anew."""
        self.show(rhythm_of(opening.rrule, opening.starts_on, opening.last_on))
        self.place.data = opening.place_id
        if opening.place.closed_at is not None:
            self.place.choices = [*offer([(0, "À choisir")]), *(self.place.choices or [])]
            self.place.data = 0
        self.types.data = [one.id for one in opening.types]
        self.starts.data, self.ends.data = opening.starts_at_time, opening.ends_at_time


class NewForm(OpeningForm):
    """One opening for each agent ticked."""

    agents = SelectMultipleField(
        "Qui reçoit",
        [InputRequired("Choisissez au moins une personne qui reçoit.")],
        coerce=int,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def who(self) -> Any:
        return self.agents


class ChangedForm(OpeningForm):
    """One opening, as it shall be."""

    agent = SelectField("Qui reçoit", coerce=int)

    def who(self) -> Any:
        return self.agent

    def show_opening(self, opening: Opening) -> None:
        super().show_opening(opening)
        self.agent.data = opening.agent_id


class OnceForm(ChangedForm):
    """One day of an opening, as it shall be that time."""

    starts_on = DateField("Jour", [InputRequired("Indiquez le jour."), in_our_times])

    def rhythm(self) -> Rhythm:
        said: dict[str, Any] = self.data
        return Rhythm(said["starts_on"])

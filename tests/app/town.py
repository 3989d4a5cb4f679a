"""People who were invited, in a saved world, and what their telephone shows."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, select

from invitations import booking, convening, inviting
from invitations.codes import Codes
from invitations.models import Appointment, Channel, FollowUp, Invitation, Participation
from invitations.offers import Choice
from tests.app.team import Team

Row = TypeVar("Row")

_TAG = re.compile(r"<[^>]+>")
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r'name="creneau" value="([^"]+)"')


@dataclass
class Town(Team):
    """A world whose every change is committed at once, and the links of the people it invites."""

    codes: Codes

    def invite(self, **person: Any) -> str:
        """Invite one more person. Returns the path of their page."""
        with self.changing() as world:
            follow_up = world.make_follow_up(world.make_beneficiary(**person))
            made = inviting.invite(
                world.session,
                follow_up,
                organisation_id=world.organisation.id,
                channels=[Channel.SMS, Channel.EMAIL],
                agent_id=world.agent.id,
                codes=self.codes,
                now=self.now,
            )
        return self.page_of(made)

    def propose(self, choice: int = 0) -> str:
        """Hold the nth free time for one more person. Returns the path of their page."""
        with self.changing() as world:
            follow_up, token = self.somebody(choice)
            made = convening.propose(world.session, follow_up, token, **self.by_agent())
        return self.page_of(made)

    def convene(self, choice: int = 0) -> str:
        """Fix the nth free time for one more person. Returns the path of their appointment."""
        with self.changing() as world:
            follow_up, token = self.somebody(choice)
            made = convening.convene(world.session, follow_up, token, **self.by_agent())
            participation = world.session.scalars(
                select(Participation).where(Participation.invitation_id == made.id)
            ).one()
        return f"/r/{self.codes.derive('participation', participation.id)}"

    def somebody(self, choice: int) -> tuple[FollowUp, str]:
        """A new person, and the token of the nth time an agent may give them."""
        follow_up = self.world.make_follow_up()
        found = convening.choices_for(
            self.world.session, follow_up, organisation_id=self.world.organisation.id, now=self.now
        )
        return follow_up, found.choices[choice].token

    def by_agent(self) -> dict[str, Any]:
        return {
            "organisation_id": self.world.organisation.id,
            "agent_id": self.world.agent.id,
            "codes": self.codes,
            "now": self.now,
        }

    def page_of(self, invitation: Invitation) -> str:
        return f"/i/{self.codes.derive('invitation', invitation.id)}"

    def invitation_of(self, path: str) -> Invitation:
        """The row behind the path of a page; for use inside a transaction of the world."""
        return booking.invitation_of(self.world.session, path.rsplit("/", 1)[-1], codes=self.codes)

    def appointments(self) -> list[Appointment]:
        """Every appointment that takes somebody's time, in order of start."""
        return self.rows(select(Appointment).where(Appointment.cancelled_at.is_(None)).order_by(Appointment.starts_at))

    def rows(self, query: Select[tuple[Row]]) -> list[Row]:
        """What the tables hold, to look at once the transaction is over."""
        with self.database.reading() as session:
            found = list(session.scalars(query))
            session.expunge_all()
            return found

    def token(self, starts_at: datetime) -> str:
        """What the form carries for this start in Valence."""
        return Choice(starts_at, self.world.place.id, self.world.type.id, starts_at).token


def words_of(page: str) -> str:
    """What a person reads on a page: no tags, plain spaces and hyphens."""
    text = html.unescape(_TAG.sub(" ", page)).replace("\N{NON-BREAKING HYPHEN}", "-")
    return _SPACE.sub(" ", text).replace(" ,", ",").replace(" .", ".").strip()


def tokens_of(page: str) -> list[str]:
    """The times a page offers, in order."""
    return _TOKEN.findall(page)

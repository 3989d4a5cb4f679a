"""Looking at a choice first, booking it afterwards in a session that writes: what may have changed in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from invitations import booking, follow_ups, inviting
from invitations.booking import Wish
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import AlreadyBooked, InvitationEnded, LinkUnknown, SlotGone, SlotTaken
from invitations.models import (
    Appointment,
    AppointmentAgent,
    Channel,
    FollowUp,
    FollowUpStatus,
    Invitation,
    Message,
    MessageKind,
    Participation,
)
from invitations.offers import Choice
from tests.conftest import NOW
from tests.factories import World


@dataclass
class Town:
    """One agent, and people with an invitation; every act is a transaction of its own."""

    database: Database
    codes: Codes
    links: list[str]
    world: World

    def tokens(self, who: int = 0) -> list[str]:
        with self.database.reading() as session:
            return [
                one.token
                for one in booking.open_invitation(session, self.links[who], codes=self.codes, now=NOW).choices
            ]

    def look(self, token: str, who: int = 0) -> Wish:
        with self.database.reading() as session:
            wish = booking.look(session, self.links[who], token, codes=self.codes, now=NOW)
            session.close()
        return wish

    def grant(self, wish: Wish) -> int:
        with self.database.writing() as session:
            return booking.grant(session, wish, codes=self.codes, now=NOW).id

    def book(self, token: str, who: int = 0) -> int:
        return self.grant(self.look(token, who))

    def count(self, of: type[Participation] | type[Message] | type[Appointment]) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(of)) or 0

    def change(self, act: Callable[[Session, Invitation], None], who: int = 0) -> None:
        with self.database.writing() as session:
            act(session, booking.invitation_of(session, self.links[who], codes=self.codes))


@pytest.fixture
def town(database: Database, codes: Codes) -> Town:
    with database.writing() as session:
        world = World(session, NOW)
        invited = [
            inviting.invite(
                session,
                world.make_follow_up(),
                organisation_id=world.organisation.id,
                channels=(Channel.SMS, Channel.EMAIL),
                agent_id=world.agent.id,
                codes=codes,
                now=NOW,
            )
            for _ in range(3)
        ]
        return Town(database, codes, [codes.derive("invitation", one.id) for one in invited], world)


def test_what_was_looked_at_is_booked_with_all_that_belongs_to_it(town: Town) -> None:
    token = town.tokens()[0]
    participation_id = town.book(token)
    with town.database.reading() as session:
        booked = session.get_one(Participation, participation_id)
        assert booking.Choice.parse(token)[0] == booked.appointment.starts_at
        assert booked.follow_up.status is FollowUpStatus.APPOINTMENT_PENDING
        assert booked.invitation is not None
        assert booked.invitation.answered_at == booked.invitation.ended_at == NOW
        told = session.scalars(select(Message).where(Message.kind == MessageKind.BOOKED)).all()
        assert {one.channel for one in told} == {Channel.SMS, Channel.EMAIL}
        assert all("Roche" in one.body for one in told)


def test_looking_takes_nothing(town: Town) -> None:
    before = town.count(Message)
    town.look(town.tokens()[0])
    assert (town.count(Appointment), town.count(Message)) == (0, before)


def test_two_who_looked_at_the_same_time_are_not_both_given_it(town: Town) -> None:
    token = town.tokens()[0]
    first, second = town.look(token), town.look(token, who=1)
    town.grant(first)
    with pytest.raises(SlotTaken):
        town.grant(second)
    assert (town.count(Appointment), town.count(Participation)) == (1, 1)


def test_who_looks_too_late_never_gets_as_far_as_writing(town: Town) -> None:
    token = town.tokens()[0]
    town.book(token)
    with pytest.raises(SlotTaken):
        town.look(token, who=1)


def test_a_time_that_nobody_ever_offered_is_only_gone(town: Town) -> None:
    starts_at, place_id, type_id = Choice.parse(town.tokens()[0])
    night = starts_at - timedelta(hours=6)
    with pytest.raises(SlotGone):
        town.look(Choice(night, place_id, type_id, night).token)


def test_a_double_tap_that_looked_before_the_first_was_booked_books_once(town: Town) -> None:
    token = town.tokens()[0]
    taps = [town.look(token), town.look(token)]
    assert len({town.grant(one) for one in taps}) == 1
    assert (town.count(Appointment), town.count(Participation)) == (1, 1)


def test_a_tap_again_is_answered_without_writing(town: Town) -> None:
    token = town.tokens()[0]
    booked = town.book(token)
    assert town.look(token).had_id == booked


def test_a_tap_that_another_overtakes_while_it_looks_is_shown_what_both_wanted(town: Town) -> None:
    token, said, booked = town.tokens()[0], [], []

    def between(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "FROM openings" in statement and not said:  # who asks has been read, what is free has not
            said.append(statement)
            with town.database.writing() as session:
                booked.append(booking.book(session, town.links[0], token, codes=town.codes, now=NOW).id)

    event.listen(town.database.engine, "before_cursor_execute", between)
    wish = town.look(token)
    event.remove(town.database.engine, "before_cursor_execute", between)
    assert said
    assert town.grant(wish) == booked[0]
    assert town.count(Appointment) == 1


def test_another_time_in_another_tab_is_told_of_the_first(town: Town) -> None:
    first, second = (town.look(token) for token in town.tokens()[:2])
    town.grant(first)
    with pytest.raises(AlreadyBooked):
        town.grant(second)
    assert town.count(Appointment) == 1


def test_an_invitation_withdrawn_in_between_is_over(town: Town) -> None:
    wish = town.look(town.tokens()[0])

    def close(session: Session, invitation: Invitation) -> None:
        follow_up = session.get_one(FollowUp, invitation.follow_up_id)
        agent, organisation = town.world.agent, town.world.organisation
        follow_ups.close(session, follow_up, agent_id=agent.id, organisation_id=organisation.id, now=NOW)

    town.change(close)
    with pytest.raises(InvitationEnded):
        town.grant(wish)
    assert town.count(Appointment) == 0


def test_an_invitation_that_goes_on_longer_is_looked_at_again_and_booked(town: Town) -> None:
    wish = town.look(town.tokens()[0])

    def prolong(_session: Session, invitation: Invitation) -> None:
        assert invitation.expires_at is not None
        invitation.expires_at += timedelta(days=1)

    town.change(prolong)
    town.grant(wish)
    with town.database.reading() as session:
        ended = booking.invitation_of(session, town.links[0], codes=town.codes)
        assert ended.expires_at is not None
        assert ended.expires_at > NOW + timedelta(days=11)
        assert ended.ended_at == NOW


def test_of_two_agents_the_other_receives_when_one_was_taken_in_between(town: Town) -> None:
    with town.database.writing() as session:
        town.world.session = session
        town.world.make_opening(agent_id=town.world.make_agent().id)
    token = town.tokens()[0]
    wishes = [town.look(token, who) for who in range(3)]
    town.grant(wishes[0])
    town.grant(wishes[1])
    with pytest.raises(SlotTaken):
        town.grant(wishes[2])
    with town.database.reading() as session:
        assert len(set(session.scalars(select(AppointmentAgent.agent_id)))) == 2


def test_a_code_that_nobody_was_given_is_unknown(town: Town) -> None:
    token = town.tokens()[0]
    with town.database.reading() as session, pytest.raises(LinkUnknown):
        booking.look(session, "nobody", token, codes=town.codes, now=NOW)

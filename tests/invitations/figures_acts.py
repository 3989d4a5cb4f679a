"""A team's life at random, through the real workflows: whatever they do to people, the figures must follow."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from invitations import (
    booking,
    callbacks,
    changing,
    convening,
    forgetting,
    inviting,
    merging,
    moving,
    outcomes,
    selecting,
    undoing,
    uploads,
)
from invitations.codes import Codes
from invitations.errors import DomainError
from invitations.models import (
    Author,
    Beneficiary,
    Channel,
    FollowUp,
    Invitation,
    InvitationBatch,
    Membership,
    Message,
    MessageState,
    Outcome,
    Participation,
)
from invitations.selecting import By
from invitations.statistics import cohorts
from invitations.statistics.units import Unit
from tests.factories import World
from tests.invitations.lists import csv, preview
from tests.stories import Story

Act = Callable[["Life"], None]
CHANNELS = ((Channel.SMS,), (Channel.EMAIL,), (Channel.SMS, Channel.EMAIL))
PAST = (Outcome.SEEN, Outcome.SEEN, Outcome.NOSHOW, Outcome.EXCUSED, Outcome.REVOKED, Outcome.UNKNOWN)


class Life:
    """`gone`: the units of people who have been deleted, as they were then. Every choice is drawn from one seed."""

    def __init__(self, world: World, codes: Codes, *, seed: int, zone: str) -> None:
        self.world, self.codes, self.session = world, codes, world.session
        self.drawn = random.Random(seed)
        self.now = world.now
        self.gone: list[Unit] = []
        world.department.timezone = zone
        self.other = world.make_organisation()
        self.by = By(world.agent.id, world.organisation.id, (world.category.id,))
        for _ in range(6):
            self.newcomer()

    def live(self, act: Act) -> bool:
        """Do it, unless the product refuses."""
        try:
            with self.session.begin_nested():
                act(self)
                self.session.flush()
        except DomainError:
            return False
        return True

    def newcomer(self) -> None:
        opened = self.drawn.choice((None, 10, 89, 91, 400))
        person = self.world.make_beneficiary(
            department_internal_id=f"IODAS{self.drawn.randrange(1_000_000)}",
            rights_opened_on=None if opened is None else self.today - timedelta(days=opened),
            phone=self.drawn.choice((None, "+33475000000", f"+3363998{self.drawn.randrange(10_000):04d}")),
        )
        self.world.make_follow_up(person)

    @property
    def today(self) -> date:
        return self.now.astimezone(self.world.department.zone).date()

    def one(self, table: type, *where: object) -> int:
        """The id of a row, drawn. Raises NotThere when there is none."""
        found = self.session.scalars(select(table.id).where(*where).order_by(table.id)).all()  # type: ignore[attr-defined, arg-type]  # any table with an id
        if not found:
            raise NotThere
        return int(self.drawn.choice(found))

    def follow_up(self) -> FollowUp:
        return self.session.get_one(FollowUp, self.one(FollowUp))

    def person(self) -> Beneficiary:
        """More often somebody who has been addressed."""
        addressed = select(FollowUp.beneficiary_id).join(Invitation, Invitation.follow_up_id == FollowUp.id)
        where = [Beneficiary.id.in_(addressed)] if self.drawn.random() < 0.7 else []
        return self.session.get_one(Beneficiary, self.one(Beneficiary, *where))

    def participation(self, *where: object) -> Participation:
        return self.session.get_one(Participation, self.one(Participation, *where))


class NotThere(DomainError):
    """Nothing yet to do it with."""


def someone_comes(life: Life) -> None:
    life.newcomer()


def time_passes(life: Life) -> None:
    life.now += timedelta(hours=life.drawn.choice((1, 9, 25, 24 * 8, 24 * 20)))


def invite(life: Life) -> None:
    here: dict[str, Any] = {
        "organisation_id": life.world.organisation.id,
        "agent_id": life.world.agent.id,
        "codes": life.codes,
    }
    inviting.invite(life.session, life.follow_up(), channels=life.drawn.choice(CHANNELS), now=life.now, **here)


def invite_some(life: Life) -> None:
    selected = [life.follow_up() for _ in range(3)]
    undoing.send(
        life.session, list({one.id: one for one in selected}.values()), organisation_id=life.world.organisation.id,
        category_id=life.world.category.id, channels=life.drawn.choice(CHANNELS), agent_id=life.world.agent.id,
        may_wait=False, codes=life.codes, now=life.now,
    )  # fmt: skip
    if life.drawn.random() < 0.5:
        take_back(life)


def take_back(life: Life) -> None:
    batch = life.session.get_one(InvitationBatch, life.one(InvitationBatch))
    undoing.take_back(life.session, batch, agent_id=life.world.agent.id, now=life.now)


def give_a_date(life: Life) -> None:
    act = life.drawn.choice((convening.propose, convening.convene, convening.book_for))
    here: dict[str, Any] = {"organisation_id": life.world.organisation.id, "now": life.now}
    follow_up = life.follow_up()
    choices = convening.choices_for(life.session, follow_up, **here).choices
    if not choices:
        raise NotThere
    token = life.drawn.choice(choices[:60]).token
    act(life.session, follow_up, token, agent_id=life.world.agent.id, codes=life.codes, **here)


def book(life: Life) -> None:
    code = life.codes.derive("invitation", life.one(Invitation))
    choices = booking.open_invitation(life.session, code, codes=life.codes, now=life.now).choices
    if not choices:
        raise NotThere
    booking.book(life.session, code, life.drawn.choice(choices[:60]).token, codes=life.codes, now=life.now)


def move(life: Life) -> None:
    here: dict[str, Any] = {"organisation_id": life.world.organisation.id, "now": life.now}
    follow_up = life.follow_up()
    choices = convening.choices_for(life.session, follow_up, **here).choices
    if not choices:
        raise NotThere
    token = life.drawn.choice(choices[:60]).token
    moving.move_for(life.session, follow_up, token, agent_id=life.world.agent.id, **here)


def cancel(life: Life) -> None:
    changing.cancel(
        life.session, life.codes.derive("participation", life.participation().id), codes=life.codes, now=life.now
    )


def note_an_outcome(life: Life) -> None:
    outcomes.record(
        life.session, life.participation(), life.drawn.choice(PAST), agent_id=life.world.agent.id, now=life.now
    )


def write_an_outcome_before_the_booking(life: Life) -> None:
    """Somebody came without an appointment: the row begins with its outcome, in the past, before or after the invitation."""
    day = (life.now - life.world.now).days + 84 - life.drawn.choice((0, 1, 30))
    Story(life.world, life.follow_up()).met(life.drawn.choice(PAST), day=day)


def ask_to_be_called(life: Life) -> None:
    code = life.codes.derive("invitation", life.one(Invitation))
    callbacks.ask_callback(life.session, code, phone="+33639980001", preferred="", codes=life.codes, now=life.now)


def receive_a_receipt(life: Life) -> None:
    state = life.drawn.choice((MessageState.DELIVERED, MessageState.UNDELIVERED))
    values = {"state": state, "settled_at": life.now}
    life.session.execute(update(Message).where(Message.id == life.one(Message)).values(values))


def archive(life: Life) -> None:
    selecting.archive(life.session, [life.person().id], "a déménagé", by=life.by, now=life.now)


def unarchive(life: Life) -> None:
    people = life.session.scalars(select(Membership.beneficiary_id).where(Membership.archived_at.is_not(None))).all()
    selecting.unarchive(life.session, sorted(people), by=life.by, now=life.now)


def join_another_team(life: Life) -> None:
    known = life.session.scalars(
        select(Membership.beneficiary_id).where(Membership.organisation_id == life.other.id)
    ).all()
    person = life.person()
    if person.id in known:
        raise NotThere
    life.session.add(Membership(beneficiary_id=person.id, organisation_id=life.other.id, created_at=life.now))


def merge(life: Life) -> None:
    kept, absorbed = life.person(), life.person()
    here: dict[str, Any] = {"organisation_id": life.world.organisation.id, "agent_id": life.world.agent.id}
    merging.merge(life.session, kept, absorbed, (), now=life.now, **here)
    life.session.expire_all()


def import_again(life: Life) -> None:
    """The same person in a newer list: their right was opened anew."""
    person = life.person()
    opened = life.today - timedelta(days=life.drawn.choice((5, 90, 200)))
    line = f"{person.department_internal_id};{person.first_name};{person.last_name};{opened:%d/%m/%Y}"
    batch = preview(life.session, life.world, csv("ID IODAS;Prénom;Nom;Date ouverture droit", line))
    uploads.save(life.session, batch, agent_id=life.world.agent.id, now=life.now)
    life.session.expire_all()


def forget(life: Life) -> None:
    person = life.person()
    theirs = life.session.scalars(select(FollowUp.id).where(FollowUp.beneficiary_id == person.id)).all()
    life.gone += cohorts.read_units(life.session, theirs).values()
    forgetting.forget(life.session, [person.id], now=life.now)


def delete_an_appointment(life: Life) -> None:
    """By hand, past every workflow: the triggers see it all the same."""
    which = life.participation(Participation.created_by == Author.BENEFICIARY, Participation.invitation_id.is_(None))
    life.session.execute(delete(Participation).where(Participation.id == which.id))
    life.session.expunge(which)


def write_past_the_workflows(life: Life) -> None:
    """Rows that nothing of the product wrote: an INSERT by hand."""
    follow_up = life.follow_up()
    row = {"uid": f"{life.drawn.random()}", "follow_up_id": follow_up.id, "organisation_id": life.other.id}
    life.session.execute(
        insert(Invitation), row | {"mode": "convocation", "with_referents": False, "created_at": life.now}
    )


def correct_the_time_zone(life: Life) -> None:
    life.world.department.timezone = life.drawn.choice(("Europe/Paris", "Indian/Reunion", "America/Guadeloupe"))


ACTS: tuple[Act, ...] = (
    *(
        someone_comes,
        time_passes,
        time_passes,
        invite,
        invite,
        invite,
        invite_some,
        take_back,
        give_a_date,
        give_a_date,
    ),
    *(book, book, book, move, cancel, note_an_outcome, note_an_outcome, note_an_outcome, ask_to_be_called),
    *(write_an_outcome_before_the_booking, receive_a_receipt, receive_a_receipt, archive, unarchive, join_another_team),
    *(merge, import_again, forget, delete_an_appointment, write_past_the_workflows, correct_the_time_zone),
)

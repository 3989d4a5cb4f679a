"""What is noted to be counted, and the counting itself: nothing is lost to a writer, a kill or a second scheduler."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, timedelta
from threading import Barrier

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from invitations.database import Database
from invitations.errors import DatabaseBusy
from invitations.models import (
    Appointment,
    Beneficiary,
    CallbackRequest,
    Department,
    Entry,
    FigureChange,
    FigureDelays,
    Figures,
    FigureSpan,
    FigureState,
    FirstChannel,
    FollowUp,
    HasMobile,
    Invitation,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Mode,
    Outcome,
    Participation,
    UnitFacts,
)
from invitations.statistics import cohorts, counting, reading, recounting
from invitations.statistics.reading import Counts, Dimension, Filters, Scope
from invitations.statistics.survival import Times
from tests.conftest import NOW
from tests.factories import World
from tests.post import Post
from tests.stories import T0, Story

TODAY = date(2026, 11, 24)


def noted(session: Session) -> set[int]:
    """The follow-ups that are noted; and none is any more."""
    found = set(session.scalars(select(FigureChange.follow_up_id)))
    session.execute(delete(FigureChange))
    return found


@pytest.fixture
def lived(world: World) -> Story:
    """Somebody invited, written to, called, met, with every kind of row that a fact is read from."""
    told = Story(world).addressed(Mode.INVITATION).met(Outcome.UNKNOWN, day=5)
    invitation = world.session.scalars(select(Invitation)).one()
    person = told.follow_up.beneficiary_id
    world.add(
        CallbackRequest(
            organisation_id=world.organisation.id, beneficiary_id=person, follow_up_id=told.follow_up.id,
            phone="", created_at=T0,
        )
    )  # fmt: skip
    world.add(
        Message(
            once="invitation:1:sms", organisation_id=world.organisation.id, beneficiary_id=person, channel="sms",
            invitation_id=invitation.id, kind=MessageKind.INVITATION, address="+33639980001", body="", due_at=T0,
            state=MessageState.SENT, created_at=T0,
        )
    )  # fmt: skip
    noted(world.session)
    return told


CHANGES = {
    "its appointment is moved": update(Appointment).values(starts_at=T0, ends_at=T0 + timedelta(hours=1)),
    "their right opened": update(Beneficiary).values(rights_opened_on=date(2026, 8, 1)),
    "they asked to be called": update(CallbackRequest).values(created_at=T0 + timedelta(days=1)),
    "a time zone was wrong": update(Department).values(timezone="Indian/Reunion"),
    "a request is withdrawn": delete(CallbackRequest),
    "an invitation is answered": update(Invitation).values(answered_at=T0),
    "an invitation is taken back": update(Invitation).values(end_reason="taken_back"),
    "a mode was wrong": update(Invitation).values(mode=Mode.CONVOCATION),
    "they are archived": update(Membership).values(archived_at=T0),
    "they left a team": delete(Membership),
    "a message arrives": update(Message).values(state=MessageState.DELIVERED, settled_at=T0),
    "a message goes": delete(Message),
    "an outcome is noted": update(Participation).values(outcome=Outcome.SEEN),
    "a participation goes": delete(Participation),
}
NO_CHANGES = {
    "an appointment's title": update(Appointment).values(title="Atelier"),
    "an invitation ends": update(Invitation).values(ended_at=T0, end_reason="booked"),
    "a message leaves": update(Message).values(state=MessageState.SENDING, attempts=1),
    "a person's name": update(Beneficiary).values(last_name="Autre", rights_opened_on=None),
    "a status": update(FollowUp).values(status="seen"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_fact_is_read_from_notes_the_follow_up(session: Session, lived: Story, what: str) -> None:
    session.execute(CHANGES[what])
    assert noted(session) == {lived.follow_up.id}


def test_what_no_fact_is_read_from_notes_nothing(session: Session, lived: Story) -> None:
    for statement in NO_CHANGES.values():
        session.execute(statement)
    assert noted(session) == set()


def test_what_changes_hands_notes_both(session: Session, world: World, lived: Story) -> None:
    other = world.make_follow_up()
    for table in (Participation, Invitation):
        session.execute(update(table).values(follow_up_id=other.id))
        assert noted(session) == {lived.follow_up.id, other.id}


def test_facts_say_how_and_when_the_person_was_first_addressed(world: World, lived: Story) -> None:
    session = world.session
    session.execute(update(Beneficiary).values(rights_opened_on=date(2026, 7, 1)))
    session.execute(update(Invitation).values(to_mobile=True))
    session.execute(update(Message).values(state=MessageState.DELIVERED, settled_at=T0 + timedelta(days=1)))
    session.execute(update(Participation).values(outcome=Outcome.SEEN))
    counting.count(session, now=world.now)
    facts = session.scalars(select(UnitFacts)).one()
    assert (facts.arm, facts.channel, facts.entry, facts.mobile) == (
        Mode.INVITATION, FirstChannel.SMS, Entry.NEW, HasMobile.YES,
    )  # fmt: skip
    assert {facts.addressed_on, facts.reached_on, facts.answered_on} == {date(2026, 9, 1)}
    assert (facts.seen_on, facts.meetings) == (date(2026, 9, 6), [[5, "seen", 1]])


def test_a_receipt_says_that_they_were_reached_before_they_answer(world: World, lived: Story) -> None:
    session, one = world.session, lived.follow_up.id
    for statement in (delete(CallbackRequest), delete(Participation)):
        session.execute(statement)
    assert cohorts.read_units(session, [one])[one].reached_on is None
    session.execute(update(Message).values(state=MessageState.DELIVERED, settled_at=T0 + timedelta(days=1)))
    found = cohorts.read_units(session, [one])[one]
    assert (found.reached_on, found.answered_on) == (date(2026, 9, 2), None)


def test_whoever_left_every_team_left(world: World, lived: Story) -> None:
    session, person = world.session, lived.follow_up.beneficiary_id
    other = world.make_organisation()
    session.execute(update(Membership).values(archived_at=T0 + timedelta(days=20)))
    assert cohorts.read_units(session, [lived.follow_up.id])[lived.follow_up.id].left_on == date(2026, 9, 21)
    world.add(Membership(beneficiary_id=person, organisation_id=other.id, created_at=T0))
    assert cohorts.read_units(session, [lived.follow_up.id])[lived.follow_up.id].left_on is None


def told(world: World) -> None:
    Story(world).addressed(Mode.INVITATION).met(Outcome.SEEN, day=10)
    Story(world).addressed(Mode.INVITATION).met(Outcome.NOSHOW, day=10).met(Outcome.UNKNOWN, day=31)
    Story(world).addressed(Mode.CONVOCATION, day=15)
    Story(world).addressed(Mode.PROPOSITION, day=80).met(Outcome.SEEN, day=81)


def everybody(session: Session, **filters: object) -> Counts:
    scope = Scope(department_id=session.scalars(select(Department.id)).one())
    return reading.counts_by(session, scope, Filters(**filters), today=TODAY).get((), Counts())  # type: ignore[arg-type]


def test_figures_are_read_by_horizon_and_by_what_is_asked(world: World) -> None:
    told(world)
    counting.count(world.session, now=world.now)
    assert everybody(world.session, horizon=30) == Counts(
        counted=3, too_early=1, seen_early=1, reached=2, answered=2, booked=2, autonomous=2, seen=1, kept=1, noshow=1
    )
    found = everybody(world.session, horizon=45)
    assert (found.counted, found.booked, found.unknown, found.unnoted, found.addressed) == (3, 2, 1, 1, 4)
    assert everybody(world.session, mode=Mode.CONVOCATION).counted == 1
    assert everybody(world.session, since=date(2026, 10, 1)).addressed == 1
    assert everybody(world.session, until=date(2026, 9, 1)).addressed == 3
    assert everybody(world.session, channel=FirstChannel.LETTER) == Counts()


def test_dimensions_come_as_what_they_are(world: World) -> None:
    told(world)
    counting.count(world.session, now=world.now)
    scope = Scope((world.organisation.id,))
    keys = reading.counts_by(world.session, scope, Filters(), *Dimension, today=TODAY)
    assert (
        Mode.CONVOCATION, FirstChannel.NONE, date(2026, 9, 1), world.organisation.id, world.category.id,
        Entry.UNKNOWN, HasMobile.UNKNOWN,
    ) in keys  # fmt: skip
    assert reading.counts_by(world.session, Scope((world.make_organisation().id,)), Filters(), today=TODAY) == {}


def test_times_are_told_until_a_week_ago(world: World) -> None:
    told(world)
    counting.count(world.session, now=world.now)
    times = reading.times_to_seen(world.session, Scope((world.organisation.id,)), Filters(), today=TODAY)
    assert times[Mode.INVITATION] == Times(seen={10: 1}, left={}, censored={77: 1})
    assert times[Mode.CONVOCATION] == Times(seen={}, left={}, censored={62: 1})
    assert Mode.PROPOSITION not in times  # addressed four days ago


def test_people_who_are_deleted_stay_in_the_sums_and_nowhere_else(world: World) -> None:
    told(world)
    counting.count(world.session, now=world.now)
    before = everybody(world.session)
    counting.let_go(world.session, world.session.scalars(select(FollowUp.id)).all())
    assert everybody(world.session) == before
    assert world.session.scalars(select(UnitFacts)).all() == []
    live = select(func.sum(Figures.addressed)).where(Figures.is_gone.is_(False))
    assert world.session.scalar(live) == 0


def test_old_days_are_dropped_and_nothing_that_is_read_changes(world: World) -> None:
    told(world)
    Story(world).addressed(Mode.INVITATION, day=-200).met(Outcome.SEEN, day=-190)
    counting.count(world.session, now=world.now)
    before = everybody(world.session)
    assert before.addressed == 5
    days = select(func.min(Figures.on)).where(Figures.span == FigureSpan.DAY)
    assert world.session.scalar(days) == date(2026, 9, 1)
    recounting.tidy(world.session, now=world.now + timedelta(days=150))
    assert world.session.scalar(days) is None or world.session.scalar(days) >= date(2026, 11, 1)  # type: ignore[operator]
    assert everybody(world.session).addressed == 5


def test_a_recount_finds_and_mends_what_was_tampered_with(world: World) -> None:
    told(world)
    session, organisation = world.session, world.organisation.id
    counting.count(session, now=world.now)
    right = everybody(session)
    session.execute(update(Figures).where(Figures.organisation_id == organisation).values(seen=7))
    session.execute(delete(FigureDelays))
    session.execute(update(UnitFacts).values(reached_on=None))
    follow_ups = recounting.follow_ups(session, 0)
    assert recounting.recount_people(session, follow_ups, mend=False) > 0
    assert recounting.recount_organisation(session, organisation, mend=False) > 0
    recounting.recount_people(session, follow_ups)
    recounting.recount_organisation(session, organisation)
    recounting.recount_department(session, world.department.id)
    assert everybody(session) == right
    assert recounting.recount_people(session, follow_ups, mend=False) == 0
    assert recounting.recount_organisation(session, organisation, mend=False) == 0
    assert recounting.recount_department(session, world.department.id, mend=False) == 0


def test_a_year_that_lacks_people_is_made_of_its_months_those_who_are_gone_among_them(world: World) -> None:
    told(world)
    session, organisation = world.session, world.organisation.id
    counting.count(session, now=world.now)
    counting.let_go(session, session.scalars(select(FollowUp.id).order_by(FollowUp.id)).all()[:2])
    right = sums_of(session)
    for table in (Figures, FigureDelays):
        session.execute(delete(table).where(table.span == FigureSpan.YEAR))
    assert recounting.recount_organisation(session, organisation, mend=False) > 0
    recounting.recount_organisation(session, organisation)
    recounting.recount_department(session, world.department.id)
    assert sums_of(session) == right


def sums_of(session: Session) -> set[tuple[object, ...]]:
    """Every sum of somebody, of both tables."""
    return {
        tuple(row)
        for table, people in ((Figures, Figures.addressed), (FigureDelays, FigureDelays.people))
        for row in session.execute(select(table.__table__).where(people > 0))
    }


def test_the_first_count_takes_in_whoever_was_addressed_before(world: World) -> None:
    told(world)
    noted(world.session)
    assert reading.as_of(world.session) is None
    assert counting.is_due(world.session, now=world.now)
    counting.count(world.session, now=world.now)
    assert everybody(world.session).addressed == 4
    assert reading.as_of(world.session) == world.now
    assert not counting.is_due(world.session, now=world.now + timedelta(seconds=5))
    assert counting.is_due(world.session, now=world.now + timedelta(minutes=2))  # to say that nothing has happened


def test_a_release_that_counts_otherwise_counts_everybody_anew(world: World) -> None:
    told(world)
    counting.count(world.session, now=world.now)
    world.session.execute(update(FigureState).values(version=0))
    world.session.execute(update(Figures).values(seen=Figures.seen + 1))
    counting.count(world.session, now=world.now)
    assert everybody(world.session).seen == 1


def test_a_writer_who_commits_while_it_counts_is_counted_next(postgres_url: str) -> None:
    """The note that was not read stays; what was read of the writer meanwhile makes no difference twice. SQLite's writer is
    alone."""
    database = Database(postgres_url)
    with database.writing() as session:
        world = World(session, NOW)
        follow_up = Story(world).addressed(Mode.INVITATION).follow_up
    query = select(FigureChange.id)
    with database.writing() as job:
        assert job.scalars(query).all()  # read, as the job does
        with database.writing() as other:
            world.session = other
            Story(world, follow_up).met(Outcome.SEEN, day=4)
        assert counting.count(job, now=NOW) == 1
        with database.writing() as other:
            world.session = other
            Story(world, follow_up).met(Outcome.NOSHOW, day=9)
    with database.writing() as session:
        assert len(session.scalars(query).all()) == 1
        counting.count(session, now=NOW)
        assert (everybody(session).seen, everybody(session).noshow) == (1, 1)
        assert not session.scalars(query).all()
    database.engine.dispose()


def test_a_kill_in_the_middle_loses_nothing_and_counts_nobody_twice(post: Post, database: Database) -> None:
    with database.writing() as session:
        post.world.session = session
        told(post.world)
    for _ in range(2):
        with suppress(Killed), database.writing() as session:
            counting.count(session, now=NOW)
            raise Killed
    with database.writing() as session:
        counting.count(session, now=NOW)
        assert everybody(session).addressed == 4


class Killed(Exception):
    """As if the process had died before the commit."""


def test_two_schedulers_and_writers_at_once_count_everybody_once(post: Post, database: Database) -> None:
    start, drawn = Barrier(4), random.Random(7)
    days = [drawn.randrange(60) for _ in range(24)]
    with database.writing() as session:
        post.world.session = session
        people = [post.world.make_follow_up().id for _ in days]

    def write(mine: list[tuple[int, int]]) -> None:
        start.wait(timeout=30)
        for follow_up_id, day in mine:
            with database.writing() as session:
                world = World.__new__(World)
                world.session, world.organisation, world.type = session, post.world.organisation, post.world.type
                Story(world, session.get_one(FollowUp, follow_up_id)).addressed(Mode.INVITATION, day=day).met(
                    Outcome.SEEN, day=day + 3
                )

    def count(_: object) -> None:
        start.wait(timeout=30)
        for _ in range(25):
            with suppress(DatabaseBusy), database.writing() as session:
                counting.count(session, now=NOW)

    pairs = list(zip(people, days, strict=True))
    with ThreadPoolExecutor(4) as pool:
        made = [
            pool.submit(write, pairs[:12]),
            pool.submit(write, pairs[12:]),
            *(pool.submit(count, one) for one in "ab"),
        ]
        for one in made:
            one.result(timeout=60)
    with database.writing() as session:
        counting.count(session, now=NOW)
        found = everybody(session, horizon=30)
        assert found.addressed == len(people)
        assert found.seen + found.seen_early == len(people)
        assert recounting.recount_organisation(session, post.world.organisation.id, mend=False) == 0

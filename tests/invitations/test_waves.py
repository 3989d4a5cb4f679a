"""Waves: the rest of a selection is invited as slots open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from invitations import follow_ups, inviting, undoing, waves, waves_list
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import NotFound
from invitations.models import (
    Channel,
    FollowUp,
    Invitation,
    Membership,
    Opening,
    Organisation,
    Wave,
    WaveExit,
    WavePerson,
)
from tests.factories import World

BOTH = (Channel.SMS, Channel.EMAIL)
LATER = timedelta(minutes=11)


def one_morning(world: World, days: int = 2) -> Opening:
    """9:00–12:00 once, 45 minutes each: four slots, and nothing else."""
    return world.make_opening(rrule=None, starts_on=(world.now + timedelta(days=days)).date())


@pytest.fixture
def short(world: World) -> World:
    """A world with four slots in all."""
    world.opening.rrule, world.opening.starts_on = None, (world.now + timedelta(days=2)).date()
    world.session.flush()
    return world


def queue(world: World, codes: Codes, count: int = 6) -> tuple[list[FollowUp], Wave]:
    """A selection of which the first four are invited, and the wave of the others."""
    those = [world.make_follow_up() for _ in range(count)]
    sent = undoing.send(
        world.session,
        those,
        organisation_id=world.organisation.id,
        category_id=world.category.id,
        channels=BOTH,
        agent_id=world.agent.id,
        may_wait=True,
        codes=codes,
        now=world.now,
    )
    assert (len(sent.invited), sent.waiting, sent.refused) == (min(4, count), count - 4, [])
    return those, world.session.scalars(select(Wave)).one()


def go_on(world: World, codes: Codes, *, now: datetime | None = None) -> int:
    return waves.go_on(world.session, world.organisation.id, codes=codes, now=now or world.now + LATER)


def place_of(world: World, follow_up: FollowUp) -> WavePerson:
    found = select(WavePerson).where(WavePerson.follow_up_id == follow_up.id)
    return world.session.scalars(found.execution_options(populate_existing=True)).one()


def test_as_many_as_slots_allow_are_invited_and_the_rest_as_slots_open(short: World, codes: Codes) -> None:
    those, wave = queue(short, codes, 10)
    assert waves.due(short.session, now=short.now + LATER) == []
    assert go_on(short, codes) == 0
    one_morning(short, days=3)
    assert waves.due(short.session, now=short.now + LATER) == [short.organisation.id]
    assert go_on(short, codes) == 4
    invited = [one.id for one in those if place_or_none(short, one) and place_of(short, one).invited_at]
    assert invited == [one.id for one in those[4:8]]  # from the front
    assert go_on(short, codes) == 0
    one_morning(short, days=4)
    assert go_on(short, codes) == 2
    assert wave.ended_at == short.now + LATER
    assert len(short.session.scalars(select(Invitation)).all()) == 10


def place_or_none(world: World, follow_up: FollowUp) -> WavePerson | None:
    return world.session.scalar(select(WavePerson).where(WavePerson.follow_up_id == follow_up.id))


def test_nobody_of_a_wave_is_invited_before_the_selection_can_no_longer_be_taken_back(
    short: World, codes: Codes
) -> None:
    queue(short, codes)
    one_morning(short, days=3)
    assert go_on(short, codes, now=short.now + timedelta(minutes=9)) == 0
    assert go_on(short, codes) == 2


def test_at_night_and_on_sundays_a_wave_rests(short: World, codes: Codes) -> None:
    queue(short, codes)
    one_morning(short, days=8)
    night = short.now + timedelta(hours=12)
    assert waves.due(short.session, now=night) == []
    assert go_on(short, codes, now=night) == 0
    assert go_on(short, codes, now=night + timedelta(hours=10)) == 2


def test_taking_a_selection_back_ends_its_wave(short: World, codes: Codes) -> None:
    those, wave = queue(short, codes)
    assert wave.batch_id
    batch = undoing.batch_seen_by(short.session, wave.batch_id, short.organisation.id)
    undoing.take_back(short.session, batch, agent_id=short.agent.id, now=short.now + timedelta(minutes=3))
    assert wave.ended_at
    assert place_of(short, those[5]).left_because is WaveExit.STOPPED
    assert go_on(short, codes) == 0


def closed(world: World, follow_up: FollowUp) -> None:
    follow_ups.close(
        world.session, follow_up, agent_id=world.agent.id, organisation_id=world.organisation.id, now=world.now
    )


def archived(world: World, follow_up: FollowUp) -> None:
    mine = select(Membership).where(Membership.beneficiary_id == follow_up.beneficiary_id)
    world.session.scalars(mine).one().archived_at = world.now


def unreachable(world: World, follow_up: FollowUp) -> None:
    follow_up.beneficiary.phone = follow_up.beneficiary.email = None


def invited_by_hand(world: World, follow_up: FollowUp) -> None:
    made = Invitation(
        uid="by hand",
        follow_up_id=follow_up.id,
        organisation_id=world.organisation.id,
        mode="invitation",
        created_at=world.now + timedelta(minutes=1),
    )
    world.add(made)


@pytest.mark.parametrize(
    ("meanwhile", "why"),
    [
        (closed, WaveExit.CLOSED),
        (archived, WaveExit.ARCHIVED),
        (unreachable, WaveExit.NO_ADDRESS),
        (invited_by_hand, WaveExit.INVITED_OTHERWISE),
    ],
)
def test_who_cannot_be_invited_any_more_leaves_with_the_reason(
    short: World, codes: Codes, meanwhile: object, why: WaveExit
) -> None:
    those, _ = queue(short, codes)
    meanwhile(short, those[4])  # type: ignore[operator]
    short.session.flush()
    one_morning(short, days=3)
    assert go_on(short, codes) == 2
    assert place_of(short, those[4]).left_because is why
    assert place_of(short, those[5]).invited_at


def test_what_is_missing_in_the_organisation_makes_nobody_leave(short: World, codes: Codes) -> None:
    those, _ = queue(short, codes)
    one_morning(short, days=3)
    short.session.get_one(Organisation, short.organisation.id).phone = None
    assert go_on(short, codes) == 0
    assert place_of(short, those[4]).left_at is None
    short.session.get_one(Organisation, short.organisation.id).phone = "+33475000000"
    assert go_on(short, codes) == 2


def test_nobody_waits_in_two_waves(short: World, codes: Codes) -> None:
    those, _ = queue(short, codes)
    short.now += LATER
    again = undoing.send(
        short.session,
        those[4:],
        organisation_id=short.organisation.id,
        category_id=short.category.id,
        channels=BOTH,
        agent_id=short.agent.id,
        may_wait=True,
        codes=codes,
        now=short.now,
    )
    assert (again.batch, again.waiting) == (None, 0)
    assert len(short.session.scalars(select(WavePerson)).all()) == 2


def test_an_agent_stops_a_wave(short: World, codes: Codes) -> None:
    _, wave = queue(short, codes)
    assert waves.stop(short.session, wave, agent_id=short.agent.id, now=short.now + LATER) == 2
    assert waves.stop(short.session, wave, agent_id=short.agent.id, now=short.now + LATER) == 0
    one_morning(short, days=3)
    assert go_on(short, codes) == 0


def test_the_page_tells_who_waits_who_was_invited_and_who_left(short: World, codes: Codes) -> None:
    those, wave = queue(short, codes, 8)
    unreachable(short, those[5])
    short.make_opening(rrule=None, starts_on=(short.now + timedelta(days=3)).date(), ends_at_time=time(9, 45))
    go_on(short, codes)
    (told,) = waves_list.read(short.session, short.organisation.id, now=short.now + LATER)
    assert dict(told.counts) == {"invited": 1, "left": 1, "waiting": 2}
    assert [one.beneficiary_id for one in told.waiting] == [one.beneficiary_id for one in those[6:]]
    assert [one.why for one in told.left] == [WaveExit.NO_ADDRESS]
    assert waves.waiting_by_category(short.session, short.organisation.id) == {short.category.id: 2}
    with pytest.raises(NotFound):
        waves_list.wave_seen_by(short.session, wave.id, short.make_organisation().id)


def test_two_schedulers_invite_nobody_twice(database: Database, codes: Codes, now: datetime) -> None:
    with database.writing() as session:
        world = World(session, now)
        world.opening.rrule, world.opening.starts_on = None, (now + timedelta(days=2)).date()
        queue(world, codes, 8)
        one_morning(world, days=3)
        organisation_id = world.organisation.id
    done = 0
    for _ in range(2):  # what the first has done, the second finds done
        with database.writing() as session:
            done += waves.go_on(session, organisation_id, codes=codes, now=now + LATER)
    assert done == 4
    with database.reading() as session:
        each = session.scalars(select(Invitation.follow_up_id)).all()
    assert len(each) == len(set(each)) == 8


def test_whoever_dies_in_between_has_invited_nobody(database: Database, codes: Codes, now: datetime) -> None:
    with database.writing() as session:
        world = World(session, now)
        world.opening.rrule, world.opening.starts_on = None, (now + timedelta(days=2)).date()
        queue(world, codes, 8)
        one_morning(world, days=3)
        organisation_id = world.organisation.id

    def die_after_inviting() -> None:
        with database.writing() as session:
            assert waves.go_on(session, organisation_id, codes=codes, now=now + LATER) == 4
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        die_after_inviting()
    with database.writing() as session:
        assert waves.go_on(session, organisation_id, codes=codes, now=now + LATER) == 4


def test_a_person_of_a_wave_may_be_invited_alone_before_their_turn(short: World, codes: Codes) -> None:
    those, _ = queue(short, codes)
    one_morning(short, days=3)
    short.now += timedelta(minutes=1)
    inviting.invite(
        short.session,
        those[5],
        organisation_id=short.organisation.id,
        channels=BOTH,
        agent_id=short.agent.id,
        codes=codes,
        now=short.now,
    )
    go_on(short, codes)
    assert place_of(short, those[5]).left_because is WaveExit.INVITED_OTHERWISE


def test_two_schedulers_at_the_same_moment_invite_nobody_twice(
    database: Database, database_url: str, codes: Codes, now: datetime
) -> None:
    with database.writing() as session:
        world = World(session, now)
        world.opening.rrule, world.opening.starts_on = None, (now + timedelta(days=2)).date()
        queue(world, codes, 8)
        one_morning(world, days=3)
        organisation_id = world.organisation.id
    start = Barrier(2)

    def scheduler(_: int) -> int:
        mine = Database(database_url)
        start.wait(timeout=30)
        with mine.writing() as session:
            done = waves.go_on(session, organisation_id, codes=codes, now=now + LATER)
        mine.engine.dispose()
        return done

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(scheduler, range(2))) == [0, 4]
    with database.reading() as session:
        assert len(session.scalars(select(Invitation.id)).all()) == 8

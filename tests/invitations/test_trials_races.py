"""Two agents at once: nobody shares a place in a stratum, nobody is drawn twice, and a trial that ends draws no more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import select

from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import DatabaseBusy, TrialOver
from invitations.models import Assignment, FollowUp, Invitation, Trial, TrialEnd
from invitations.trials import addressing, opening
from invitations.trials.addressing import Who
from invitations.trials.blocks import lots
from tests.factories import World
from tests.invitations.trial_worlds import BOTH, SEALS, admin_of, running
from tests.post import Post


def begun(post: Post, people: int) -> tuple[int, list[int]]:
    with post.database.writing() as session:
        post.world.session = session
        trial = running(post.world)
        return trial.id, [post.world.make_follow_up().id for _ in range(people)]


def at_once(post: Post, trial_id: int, groups: list[list[int]]) -> list[int]:
    """Each group is addressed by an agent of its own, all in the same moment. How many were drawn by each."""
    ready = Barrier(len(groups))
    world = post.world

    def act(ids: list[int]) -> int:
        ready.wait(timeout=30)
        for _ in range(5):
            try:
                return address(post.database, world, trial_id, ids, post.codes)
            except DatabaseBusy:
                continue
        raise AssertionError("the database was busy five times")

    with ThreadPoolExecutor(len(groups)) as pool:
        return list(pool.map(act, groups))


def address(database: Database, world: World, trial_id: int, ids: list[int], codes: Codes) -> int:
    with database.writing() as session:
        made = addressing.address(
            session,
            session.get_one(Trial, trial_id),
            session.scalars(select(FollowUp).where(FollowUp.id.in_(ids)).order_by(FollowUp.id)).all(),
            channels=BOTH,
            by=Who(world.organisation.id, world.agent.id, codes, SEALS),
            may_wait=False,
            now=world.now,
        )
        return len(made.drawn)


def test_agents_who_draw_at_once_never_share_a_place(post: Post) -> None:
    trial_id, ids = begun(post, 8)
    assert at_once(post, trial_id, [ids[:4], ids[4:]]) == [4, 4]
    with post.database.reading() as session:
        drawn = session.scalars(select(Assignment).order_by(Assignment.position)).all()
        trial = session.get_one(Trial, trial_id)
        seed = bytes.fromhex(SEALS.open(trial.seed_sealed or "", purpose=opening.PURPOSE))
        assert [one.position for one in drawn] == list(range(8))
        assert [one.arm for one in drawn] == lots(seed, drawn[0].stratum, trial.modes, after=0, people=8)


def test_the_same_people_drawn_by_two_agents_are_drawn_and_addressed_once(post: Post) -> None:
    trial_id, ids = begun(post, 3)
    assert sorted(at_once(post, trial_id, [ids, ids])) == [0, 3]
    with post.database.reading() as session:
        assert len(session.scalars(select(Assignment.id)).all()) == 3
        arms = {one.follow_up_id: one.arm for one in session.scalars(select(Assignment))}
        first = session.execute(select(Invitation.follow_up_id, Invitation.mode).order_by(Invitation.id)).all()
        assert {row.follow_up_id: row.mode for row in reversed(first)} == arms


def test_a_trial_that_ends_while_an_agent_draws_either_draws_before_or_not_at_all(post: Post) -> None:
    trial_id, ids = begun(post, 2)
    ready = Barrier(2)

    def stop() -> bool:
        ready.wait(timeout=30)
        with post.database.writing() as session:
            trial = session.get_one(Trial, trial_id)
            post.world.session = session
            opening.stop(session, trial, TrialEnd.COMPLETED, "", agent=admin_of(post.world), now=post.world.now)
        return True

    def draw() -> bool:
        ready.wait(timeout=30)
        try:
            return address(post.database, post.world, trial_id, ids, post.codes) == 2
        except TrialOver:
            return False

    with ThreadPoolExecutor(2) as pool:
        stopped, drawn = pool.submit(stop), pool.submit(draw)
        assert stopped.result(timeout=60)
        was_drawn = drawn.result(timeout=60)
    with post.database.reading() as session:
        assert len(session.scalars(select(Assignment.id)).all()) == (2 if was_drawn else 0)
        assert len(session.scalars(select(Invitation.id)).all()) == (2 if was_drawn else 0)

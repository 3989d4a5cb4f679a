"""The draw: balanced within strata, the same from the same seed, and not to be guessed."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select, text

from invitations.database import Base
from invitations.models import Assignment, Entry, Mode
from invitations.trials import allocating, opening
from invitations.trials.blocks import block, lots
from invitations.trials.strata import parsed, stratum_of
from tests.factories import World
from tests.invitations.trial_worlds import ARMS, ON_SQLITE, SEALS, address, running

THREE = (Mode.INVITATION, Mode.PROPOSITION, Mode.CONVOCATION)
SEED = bytes(range(32))


def test_the_same_seed_gives_the_same_lots() -> None:
    drawn = lots(SEED, "1:new:yes", ARMS, after=0, people=100)
    assert drawn == lots(SEED, "1:new:yes", ARMS, after=0, people=100)
    one_by_one = [lots(SEED, "1:new:yes", ARMS, after=place, people=1)[0] for place in range(100)]
    assert one_by_one == drawn
    assert lots(SEED, "1:new:no", ARMS, after=0, people=100) != drawn
    assert lots(bytes(32), "1:new:yes", ARMS, after=0, people=100) != drawn


def test_lots_can_be_redone_with_nothing_but_a_keyed_hash() -> None:
    def drawn(number: int, what: object) -> bytes:
        return hmac.digest(SEED, f"7:stock:no|{number}|{what}".encode(), hashlib.sha256)

    by_hand: list[str] = []
    for number in range(5):
        size = 3 * (3 if drawn(number, "size")[0] % 2 else 2)
        by_hand += [THREE[place % 3] for place in sorted(range(size), key=lambda place: drawn(number, place))]
    assert lots(SEED, "7:stock:no", THREE, after=0, people=30) == by_hand[:30]


@pytest.mark.parametrize("arms", [ARMS, THREE])
def test_arms_are_balanced_in_a_stratum_at_every_moment(arms: tuple[Mode, ...]) -> None:
    sizes = set()
    for seed in range(200):
        secret = hashlib.sha256(str(seed).encode()).digest()
        sizes.add(len(block(secret, "1:new:yes", 0, arms)))
        so_far: Counter[Mode] = Counter(dict.fromkeys(arms, 0))
        for arm in lots(secret, "1:new:yes", arms, after=0, people=60):
            so_far[arm] += 1
            assert max(so_far.values()) - min(so_far.values()) <= 3
    assert sizes == {2 * len(arms), 3 * len(arms)}


def test_each_place_of_a_block_may_hold_any_arm() -> None:
    firsts = Counter(
        lots(hashlib.sha256(str(seed).encode()).digest(), "1:new:yes", ARMS, after=0, people=1)[0]
        for seed in range(4000)
    )
    assert abs(firsts[Mode.INVITATION] - 2000) < 4 * 31.6  # four standard deviations of a fair coin


def guessed(sequence: list[Mode], rule: random.Random) -> int:
    """How many of a stratum's lots somebody guesses who has seen all the former ones: the arm that is behind comes next."""
    right, ahead = 0, 0
    for arm in sequence:
        behind = ARMS[1] if ahead > 0 else ARMS[0] if ahead < 0 else rule.choice(ARMS)
        right += behind is arm
        ahead += 1 if arm is ARMS[0] else -1
    return right


def test_knowing_every_former_lot_predicts_the_next_no_better_than_an_open_block_allows() -> None:
    """Guessing the arm that is behind, the best that can be done, is right for 69 of 100; a coin is for 50.

    Blackwell & Hodges, Ann Math Stat 1957; 28: 449-460: m + 2^(2m-1)/C(2m, m) - 1/2 of a block of 2m, which is 2.83 of
    four and 4.1 of six; blocks of both sizes in equal number: 6.93 of ten.
    """
    rule, people, right = random.Random(7), 0, 0
    for seed in range(400):
        drawn = lots(hashlib.sha256(b"guess%d" % seed).digest(), "1:new:yes", ARMS, after=0, people=50)
        right += guessed(drawn, rule)
        people += len(drawn)
    assert 0.67 < right / people < 0.715


def test_the_first_lot_of_a_stratum_cannot_be_guessed_at_all() -> None:
    rule = random.Random(3)
    right = sum(
        guessed(lots(hashlib.sha256(b"%d" % seed).digest(), "9:new:no", ARMS, after=0, people=1), rule)
        for seed in range(2000)
    )
    assert abs(right - 1000) < 4 * 22.4


@ON_SQLITE
def test_strata_are_organisation_new_or_stock_and_mobile(world: World) -> None:
    on = date(2026, 11, 24)

    def word(**changes: object) -> str:
        return stratum_of(world.make_beneficiary(**changes), world.organisation.id, on=on).word

    here = world.organisation.id
    assert word(rights_opened_on=on - timedelta(days=90)) == f"{here}:new:yes"
    assert word(rights_opened_on=on - timedelta(days=91)) == f"{here}:stock:yes"
    assert word(rights_opened_on=None, phone="+33475000000") == f"{here}:unknown:no"
    assert word(phone=None) == f"{here}:unknown:no"
    assert parsed("12:new:yes") == (12, Entry.NEW, True)


def test_each_person_gets_the_next_place_of_their_stratum(world: World) -> None:
    trial = running(world)
    those = [world.make_follow_up() for _ in range(6)]
    old = world.make_follow_up(world.make_beneficiary(phone=None))
    drawn = allocating.assign(
        world.session, trial, [*those[:4], old, *those[4:]],
        organisation_id=world.organisation.id, agent_id=None, seals=SEALS, now=world.now,
    )  # fmt: skip
    found = world.session.scalars(select(Assignment).order_by(Assignment.stratum, Assignment.position)).all()
    assert [(one.follow_up_id, one.position) for one in found] == [
        (old.id, 0), *((one.id, place) for place, one in enumerate(those)),
    ]  # fmt: skip
    assert drawn == {one.follow_up_id: one.arm for one in found}
    more = world.make_follow_up()
    allocating.assign(
        world.session, trial, [more, *those],
        organisation_id=world.organisation.id, agent_id=None, seals=SEALS, now=world.now,
    )  # fmt: skip
    assert world.session.scalars(select(Assignment.position).where(Assignment.follow_up_id == more.id)).all() == [6]


@ON_SQLITE
def test_lots_follow_the_seed_that_is_revealed_afterwards(world: World) -> None:
    trial = running(world, arms=THREE)
    address(world, trial, *(world.make_follow_up() for _ in range(7)))
    seed = bytes.fromhex(SEALS.open(trial.seed_sealed or "", purpose=opening.PURPOSE))
    found = world.session.scalars(select(Assignment).order_by(Assignment.position)).all()
    assert [one.arm for one in found] == lots(seed, found[0].stratum, THREE, after=0, people=7)
    assert all(one.position - before.position == 1 for before, one in pairwise(found))


def test_the_seed_lies_in_no_table_in_clear(world: World) -> None:
    trial = running(world)
    address(world, trial, world.make_follow_up())
    seed = SEALS.open(trial.seed_sealed or "", purpose=opening.PURPOSE)
    for table in Base.metadata.sorted_tables:
        for row in world.session.execute(text(f'SELECT * FROM "{table.name}"')):
            assert seed not in str(tuple(row)), table.name
            assert bytes.fromhex(seed).hex() not in str(tuple(row)), table.name

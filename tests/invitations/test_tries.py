"""A limit is exact: so many at once as it says, faded as it says, and what is refused is not counted."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from invitations import tries
from invitations.codes import Codes
from invitations.database import Database
from invitations.errors import TooManyTries
from invitations.models import Tries
from invitations.tries import Limit, Party

CODES = Codes("a secret key for counting, thirty-two characters or more")
MINUTE = timedelta(minutes=1)
WHO = Party(Limit("api", 5, MINUTE), "key:1")


@pytest.fixture
def minute(now: datetime) -> datetime:
    """The first moment of a window."""
    return WHO.limit.window_of(now)


def spend(session: Session, party: Party, now: datetime) -> int | None:
    """How many are left; None when there was none."""
    try:
        return tries.spend(session, party, codes=CODES, now=now)
    except TooManyTries:
        return None


def test_each_try_leaves_one_less_and_the_refused_are_not_counted(session: Session, minute: datetime) -> None:
    assert [spend(session, WHO, minute) for _ in range(8)] == [4, 3, 2, 1, 0, None, None, None]
    assert session.scalars(select(Tries.count)).all() == [5]


def test_whoever_is_refused_may_try_again_when_they_are_told(session: Session, minute: datetime) -> None:
    for _ in range(5):
        spend(session, WHO, minute)
    with pytest.raises(TooManyTries) as refused:
        tries.spend(session, WHO, codes=CODES, now=minute + MINUTE / 2)
    until = refused.value.details["until"]
    assert until > minute + MINUTE
    assert spend(session, WHO, minute + MINUTE) is None
    assert spend(session, WHO, until) == 0


def test_one_party_takes_nothing_from_another(session: Session, minute: datetime) -> None:
    others = [Party(WHO.limit, "key:2"), Party(Limit("hooks", 5, MINUTE), WHO.name)]
    for _ in range(5):
        spend(session, WHO, minute)
    assert [spend(session, one, minute) for one in others] == [4, 4]


def test_the_statement_refuses_when_the_rule_does(session: Session, minute: datetime) -> None:
    """Over some minutes of tries as they come, against the rule in Python that the other limits are read by."""
    codes, drawn, now, seen = CODES, Random(8), minute, set()
    for _ in range(60):
        now += drawn.choice((timedelta(), timedelta(seconds=3), timedelta(seconds=17), timedelta(seconds=40)))
        is_over = tries.is_over(session, WHO, codes=codes, now=now)
        left = spend(session, WHO, now)
        assert (left is None) is is_over
        if left is not None:
            assert tries.is_over(session, WHO, codes=codes, now=now) is (left == 0)
        seen.add(left)
    assert seen == {None, 0, 1, 2, 3, 4}


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def test_of_eight_at_once_as_many_pass_as_the_limit_says(
    database: Database, minute: datetime, crowd: ThreadPoolExecutor
) -> None:
    def one(_: int) -> int | None:
        with database.counting_once() as session:
            return spend(session, WHO, minute)

    told = list(crowd.map(one, range(8)))
    assert sorted(told, key=lambda left: -1 if left is None else left) == [None, None, None, 0, 1, 2, 3, 4]

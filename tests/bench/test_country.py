"""The invented country: the same for the same seed, shaped as it says it is, and what the product itself would have written."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from itertools import count, pairwise
from math import sqrt
from random import Random
from statistics import NormalDist, median
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from invitations import follow_ups
from invitations.codes import Codes
from invitations.database import Base, Database
from invitations.models import (
    Beneficiary,
    FigureChange,
    FollowUp,
    Invitation,
    Message,
    Mode,
    Outcome,
    Participation,
    UnitFacts,
)
from invitations.sealed_links import link_of
from invitations.statistics import counting
from tests.bench import race
from tests.bench.country import habits, people, teams
from tests.bench.country.generating import NotEmpty, Plan, generate, parts
from tests.bench.country.habits import DAY
from tests.bench.country.lives import Lives
from tests.bench.country.messages import Pen
from tests.bench.country.moments import Place, minute_of, moment_of
from tests.bench.country.sheets import COLUMNS, Sheets, usual
from tests.conftest import NOW, SECRET

PEOPLE, MONTHS, SEED = 1_500, 12, 26
FICTIONAL = re.compile(r"\+33(63998|46571)\d{4}")
# One in ten thousand honest draws lies further out.
SURE = NormalDist().inv_cdf(1 - 1e-4 / 2)


@cache
def invented(seed: int = SEED, size: int = PEOPLE) -> Sheets:
    """A département on paper alone: no database sees it."""
    since, now = minute_of(NOW) - int(MONTHS * 30.44 * DAY), minute_of(NOW)
    drawn, sheets, wall, ids = Random(seed), Sheets(0), Place("Europe/Paris"), count(1)
    made = [
        teams.Team(next(ids), 1, 0.5, [next(ids)], [next(ids), next(ids)], next(ids), drawn, wall) for _ in range(2)
    ]
    for one in made:
        teams.staff(sheets, one, size, since=since, now=now)
    territory = teams.Territory(1, "26", [1, 2], made, [0.5, 0.5])
    lives = Lives(territory, sheets, drawn, Codes(SECRET), Pen(sheets, drawn, wall, now), now)
    for number in range(size):
        row, person = people.invent(number + 1, number, (1, "26"), drawn, since=since, now=now)
        sheets.add("beneficiaries", *row)
        lives.live(person)
    return sheets


def told(table: str, sheets: Sheets | None = None) -> Iterator[dict[str, Any]]:
    return (dict(zip(COLUMNS[table], row, strict=True)) for row in (sheets or invented()).rows[table])


def is_about(found: int, of: int, share: float) -> bool:
    """Whether so many may well be that share of a population."""
    return abs(found / of - share) < SURE * sqrt(share * (1 - share) / of)


def chi_squared(found: Mapping[Any, int], shares: Mapping[Any, float]) -> float:
    """Pearson's statistic, beyond what is expected of it in standard deviations (Wilson and Hilferty's cube root)."""
    whole, freedom = sum(found.values()), len(shares) - 1
    statistic = sum((found.get(one, 0) - whole * share) ** 2 / (whole * share) for one, share in shares.items())
    spread = 2 / (9 * freedom)
    return float((statistic / freedom) ** (1 / 3) - (1 - spread)) / sqrt(spread)


def shares_of(cumulated: list[float]) -> list[float]:
    return [(one - before) / cumulated[-1] for one, before in zip(cumulated, [0.0, *cumulated], strict=False)]


def test_the_same_seed_invents_the_same_people_and_another_seed_others() -> None:
    def mark(sheets: Sheets) -> str:
        return hashlib.sha256(repr(sheets.rows).encode()).hexdigest()

    again = invented.__wrapped__(SEED, 150)
    assert mark(again) == mark(invented(SEED, 150))
    assert mark(invented(SEED + 1, 150)) != mark(again)


def test_names_are_borne_as_often_as_the_list_says() -> None:
    borne = Counter(one["first_name"] for one in told("beneficiaries") if one["title"] == "madame")
    shares = dict(zip(people.WOMEN, shares_of(people.zipf(len(people.WOMEN))), strict=True))
    assert chi_squared(borne, shares) < SURE
    assert chi_squared(borne, dict.fromkeys(people.WOMEN, 1 / len(people.WOMEN))) > 10


def test_people_are_reached_spoken_to_and_addressed_in_the_shares_that_are_assumed() -> None:
    everybody = list(told("beneficiaries"))
    mobiles = sum((one["phone"] or "").startswith(people.MOBILES) for one in everybody)
    assert is_about(mobiles, PEOPLE, habits.HAS_MOBILE)
    assert is_about(sum(one["email"] is not None for one in everybody), PEOPLE, habits.HAS_EMAIL)
    assert chi_squared(Counter(one["language"] for one in everybody), habits.LANGUAGES) < SURE
    first = {one["follow_up_id"]: one["mode"] for one in reversed(list(told("invitations")))}
    modes = {mode.value: share for mode, share in habits.MODES.items()}
    assert chi_squared(Counter(first.values()), modes) < SURE


def test_people_answer_and_come_as_often_and_as_late_as_is_assumed() -> None:
    over = [
        one for one in told("invitations") if one["mode"] == "invitation" and one["expires_at"] < NOW.isoformat(" ")
    ]
    booked = [one for one in over if one["end_reason"] == "booked"]
    assert is_about(len(booked), len(over), habits.ANSWERED[Mode.INVITATION])
    ids = {one["id"] for one in booked}
    outcomes = Counter(one["outcome"] for one in told("participations") if one["invitation_id"] in ids)
    assert is_about(outcomes["noshow"], outcomes["noshow"] + outcomes["seen"], habits.NOSHOW[Mode.INVITATION])
    delays = [hours_between(one["created_at"], one["answered_at"]) for one in booked]
    assert 0.8 * 24 * habits.ANSWER_DELAY[0] < median(delays) < 1.2 * 24 * habits.ANSWER_DELAY[0]
    assert min(delays) > 0
    assert max(delays) < 24 * 10


def hours_between(first: str, second: str) -> float:
    return (datetime.fromisoformat(second) - datetime.fromisoformat(first)).total_seconds() / 3600


def test_every_number_is_fictional_and_every_address_an_example() -> None:
    numbers = {one["phone"] for one in told("beneficiaries")} | {one["phone"] for one in told("callback_requests")}
    assert all(FICTIONAL.fullmatch(one) for one in numbers - {None})
    emails = {one["email"] for table in ("beneficiaries", "agents") for one in told(table)} - {None}
    assert emails
    assert all(one.endswith("@example.org") for one in emails)


def test_nobody_meets_two_people_at_once_nor_where_they_are_away() -> None:
    busy: dict[int, list[tuple[str, str]]] = {}
    for one in told("appointment_agents"):
        if one["is_live"]:
            busy.setdefault(one["agent_id"], []).append((one["starts_at"], one["ends_at"]))
    for agent, times in busy.items():
        ordered = sorted(times)
        assert all(first[1] <= second[0] for first, second in pairwise(ordered)), agent
    away = [(one["agent_id"], one["starts_at"], one["ends_at"]) for one in told("absences")]
    assert not [one for one in away for begins, _ in busy.get(one[0], ()) if one[1] <= begins < one[2]]


@pytest.mark.parametrize("table", COLUMNS)
def test_a_row_says_all_that_a_table_wants(table: str) -> None:
    """COPY knows no default of Python's: a new column that may not be empty has to be written here too."""
    wanted = {
        one.name for one in Base.metadata.tables[table].columns if not one.nullable and one.server_default is None
    }
    assert wanted <= {*COLUMNS[table], *usual(table)}


def plan(people: int = 60) -> Plan:
    return Plan(departments=2, people=people, months=6, seed=SEED, now=NOW, secret=SECRET)


def test_what_is_written_is_what_the_product_would_say_of_it(database: Database) -> None:
    """Statuses, links, and sums counted from what the triggers will have noted since; nobody is met twice at once."""
    generate(database, plan())
    with database.writing() as session:
        assert session.scalar(select(func.count()).select_from(Beneficiary)) == 60
        those = session.scalars(select(FollowUp).order_by(FollowUp.id)).all()
        before = [one.status for one in those]
        follow_ups.refresh_all(session, those, now=NOW)
        assert [one.status for one in those] == before
        assert len(set(before)) > 3
        first = session.scalars(select(Invitation.id).order_by(Invitation.id).limit(1)).one()
        assert link_of(session, Codes(SECRET).derive("invitation", first), codes=Codes(SECRET)) is not None
        assert "\\n" not in (session.scalar(select(Message.body).where(Message.channel == "email").limit(1)) or "")
    assert race.look(database)[1] == 0


def test_sums_equal_a_recount_and_what_happens_next_is_noted(database: Database) -> None:
    generate(database, plan(40))
    while True:
        with database.writing() as session:
            if not counting.is_due(session, now=NOW) or not counting.count(session, now=NOW):
                break
    with database.writing() as session:
        units = session.scalars(select(UnitFacts.follow_up_id).order_by(UnitFacts.follow_up_id)).all()
        assert units
        assert counting.differing(session, units) == []
        session.execute(update(Participation).values(outcome=Outcome.REVOKED))
        assert session.scalar(select(func.count()).select_from(FigureChange))


def test_new_rows_are_numbered_after_the_invented_ones(database: Database) -> None:
    generate(database, plan(20))
    with database.writing() as session:
        last = session.scalar(text("SELECT max(id) FROM beneficiaries"))
        values = {"uid": "x", "department_id": 1, "first_name": "A", "last_name": "B", "first_name_key": "a"}
        made = Beneficiary(**values, search_key="a b", created_at=NOW, updated_at=NOW)
        session.add(made)
        session.flush()
        assert made.id > last


def test_a_database_that_holds_somebody_is_left_alone(database: Database) -> None:
    generate(database, plan(10))
    with pytest.raises(NotEmpty):
        generate(database, plan(10))


def test_a_country_is_divided_without_losing_anybody() -> None:
    whole = Plan(departments=100, people=2_000_000, months=12, seed=1, now=NOW, secret=SECRET)
    every = parts(whole)
    assert len({one.number for one in every}) == 100
    assert sum(one.size for one in every) == 2_000_000
    rooms = [one.room for one in every]
    assert all(second - first >= one.size for one, first, second in zip(every, rooms, rooms[1:], strict=False))


def test_moments_are_those_of_the_clock_on_the_wall() -> None:
    paris, day = Place("Europe/Paris"), minute_of(NOW) // DAY
    assert moment_of(paris.at(day, 10 * 60)).isoformat() == NOW.isoformat()
    evening = paris.at(day, 21 * 60)
    assert moment_of(paris.leaves(evening)).isoformat() == "2026-11-25T07:00:00+00:00"

"""Who is counted where, read from both databases: stories of people, as the product writes them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from invitations.errors import NotFound
from invitations.models import CategoryKind, Mode, Outcome
from invitations.statistics import cohorts
from invitations.statistics.comparison import Comparison, read_results
from invitations.statistics.definitions import Unit
from tests.factories import World
from tests.stories import Story

PARIS = ZoneInfo("Europe/Paris")


@contextmanager
def statements(session: Session) -> Iterator[list[str]]:
    said: list[str] = []

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", remember)
    yield said
    event.remove(engine, "before_cursor_execute", remember)


def units(world: World) -> list[Unit]:
    return cohorts.read_units(world.session, world.organisation.id, zone=PARIS)


def comparison(world: World, now: datetime) -> Comparison:
    found = read_results(world.session, world.organisation.id, zone=PARIS, now=now)
    return next(one for one in found.comparisons if one.category.id == world.category.id)


def test_someone_convoked_after_no_answer_stays_among_the_invited(world: World, now: datetime) -> None:
    Story(world).addressed(Mode.INVITATION).addressed(Mode.CONVOCATION, day=20).met(Outcome.SEEN, day=30)
    invited, _, convoked = comparison(world, now).groups
    assert (invited.seen.proportion.count, invited.seen.proportion.total, invited.crossed.count) == (1, 1, 1)
    assert convoked.addressed == 0


def test_a_second_invitation_is_no_crossover_and_no_second_person(world: World) -> None:
    Story(world).addressed(Mode.INVITATION).addressed(Mode.INVITATION, day=15)
    (unit,) = units(world)
    assert unit.crossed_on is None


def test_the_stories_that_hurt_are_told_apart(world: World, now: datetime) -> None:
    Story(world).addressed(Mode.INVITATION).met(Outcome.NOSHOW, day=10)
    Story(world).addressed(Mode.INVITATION).met(Outcome.EXCUSED, day=10).met(Outcome.SEEN, day=40)
    Story(world).addressed(Mode.INVITATION).met(Outcome.REVOKED, day=10).met(Outcome.SEEN, day=46)
    Story(world).addressed(Mode.INVITATION)
    Story(world).addressed(Mode.INVITATION, day=50).met(Outcome.SEEN, day=60)
    (invited, *_) = comparison(world, now).groups
    assert invited.addressed == 5
    assert (invited.seen.proportion.count, invited.seen.proportion.total) == (1, 4)
    assert (invited.seen.too_early, invited.seen.seen_early) == (1, 1)
    assert (invited.no_show.proportion.count, invited.no_show.proportion.total) == (1, 4)
    assert (invited.no_show.excused, invited.no_show.revoked) == (1, 1)


def test_a_difference_waits_until_enough_outcomes_are_noted(world: World, now: datetime) -> None:
    for _ in range(3):
        Story(world).addressed(Mode.INVITATION).met(Outcome.SEEN, day=10)
        Story(world).addressed(Mode.PROPOSITION).met(Outcome.NOSHOW, day=10)
    Story(world).addressed(Mode.CONVOCATION).met(Outcome.UNKNOWN, day=10)
    found = comparison(world, now)
    assert [(one.of, one.minus, one.value) for one in found.differences] == [(Mode.PROPOSITION, Mode.INVITATION, -1.0)]
    assert found.everyone.seen.rate is None


def test_an_appointment_before_the_first_invitation_is_not_its_effect(world: World) -> None:
    Story(world).met(Outcome.SEEN, day=-3).addressed(Mode.INVITATION)
    (unit,) = units(world)
    assert unit.meetings == ()


def test_a_person_belongs_to_the_organisation_that_addressed_them_first(world: World) -> None:
    other = world.make_organisation()
    Story(world).addressed(Mode.INVITATION, by=other).addressed(Mode.INVITATION, day=3).met(Outcome.SEEN, day=9)
    assert units(world) == []
    (theirs,) = cohorts.read_units(world.session, other.id, zone=PARIS)
    assert [one.outcome for one in theirs.meetings] == [Outcome.SEEN]


def test_an_organisation_sees_none_of_the_figures_of_another(world: World, now: datetime) -> None:
    Story(world).addressed(Mode.INVITATION)
    stranger = world.make_organisation()
    found = read_results(world.session, stranger.id, zone=PARIS, now=now)
    assert not found.has_units
    assert found.categories == []
    assert found.first_on is None


def test_days_are_those_of_the_departement(world: World) -> None:
    """23:30 in Paris on 1 September is already the 2nd in Réunion."""
    Story(world).addressed(Mode.INVITATION, day=13.5 / 24)
    (in_paris,) = units(world)
    (in_reunion,) = cohorts.read_units(world.session, world.organisation.id, zone=ZoneInfo("Indian/Reunion"))
    assert (in_paris.addressed_on, in_reunion.addressed_on) == (date(2026, 9, 1), date(2026, 9, 2))


def test_the_filters_keep_one_category_and_what_began_since_a_month(world: World, now: datetime) -> None:
    accompaniment = world.make_category(
        code="rsa_accompagnement", kind=CategoryKind.ACCOMPANIMENT, name="RSA accompagnement"
    )
    world.make_settings(category_id=accompaniment.id)
    Story(world).addressed(Mode.INVITATION)
    Story(world).addressed(Mode.INVITATION, day=29.7)  # 1 October at 02:48 in Paris
    Story(world, world.make_follow_up(category_id=accompaniment.id)).addressed(Mode.INVITATION, day=31)
    found = read_results(
        world.session,
        world.organisation.id,
        zone=PARIS,
        category_code="rsa_orientation",
        since=date(2026, 10, 1),
        now=now,
    )
    assert [(one.category.code, one.everyone.addressed) for one in found.comparisons] == [("rsa_orientation", 1)]
    assert [one.code for one in found.categories] == ["rsa_orientation", "rsa_accompagnement"]
    assert found.first_on == date(2026, 9, 1)
    with pytest.raises(NotFound):
        read_results(world.session, world.organisation.id, zone=PARIS, category_code="autre", now=now)


def test_the_page_costs_the_same_few_queries_whatever_the_number_of_people(world: World, now: datetime) -> None:
    costs = []
    for _ in range(2):
        for _ in range(10):
            Story(world).addressed(Mode.INVITATION).met(Outcome.SEEN, day=10)
        with statements(world.session) as said:
            read_results(world.session, world.organisation.id, zone=PARIS, now=now)
        costs.append(len(said))
    assert costs == [4, 4]


def test_no_figure_is_read_by_agent(world: World, now: datetime) -> None:
    """product.md, rule 2: no count of anything grouped by agent. Nothing here even reads who the agent was."""
    Story(world).addressed(Mode.INVITATION).met(Outcome.SEEN, day=10)
    with statements(world.session) as said:
        read_results(world.session, world.organisation.id, zone=PARIS, now=now)
    assert said
    assert [one for one in said if "agent" in one.lower()] == []
